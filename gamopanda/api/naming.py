"""Names in Python and names on the wire."""


def camel_case(name: str) -> str:
    """Turn `snake_case`, also after a double underscore or dot, into the `camelCase` of the wire."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
