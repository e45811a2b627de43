"""Bodies with exactly one of several fields: a schema for each of them, so that generators make a type of each."""

from collections.abc import Sequence

from gamopanda.api.serializers.field_schemas import EITHER, Schema


def split_alternatives(schemas: dict[str, Schema]) -> None:
    """Replace each schema that names such fields by a choice of schemas that have one of them."""
    for name in [name for name, schema in schemas.items() if EITHER in schema]:
        whole = schemas[name]
        fields = whole.pop(EITHER)
        stem = name.removesuffix("Request")
        parts = {f"{stem}With{field[0].upper()}{field[1:]}Request": _with(whole, field, fields) for field in fields}
        references = [{"$ref": f"#/components/schemas/{part}"} for part in parts]
        schemas.update(parts)
        schemas[name] = {"oneOf": references, "description": whole["description"]}


def _with(whole: Schema, field: str, fields: Sequence[str]) -> Schema:
    properties = {name: part for name, part in whole["properties"].items() if name == field or name not in fields}
    properties[field] = _not_null(properties[field])
    return {**whole, "properties": properties, "required": [*whole.get("required", ()), field]}


def _not_null(schema: Schema) -> Schema:
    """Return the schema of a value that is there."""
    if isinstance(schema.get("type"), list):
        (only,) = [one for one in schema["type"] if one != "null"]
        return {**schema, "type": only}
    if "oneOf" in schema:
        (reference,) = [one for one in schema["oneOf"] if one != {"type": "null"}]
        return {**{name: part for name, part in schema.items() if name != "oneOf"}, "allOf": [reference]}
    return schema
