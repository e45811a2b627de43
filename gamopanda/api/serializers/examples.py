"""Examples of values for the API's description."""

from typing import Any

EXAMPLE_ID = "0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"
EXAMPLE_INSTANT = "2026-03-01T17:30:00Z"
EXAMPLE_DATE = "2026-03-01"


def example(value: Any, **keywords: Any) -> dict[str, Any]:
    """Return the argument that gives a serializer field an example, and JSON Schema keywords that its type lacks."""
    return {"style": {"example": value, "schema": keywords}}


def keywords(**keywords: Any) -> dict[str, Any]:
    """Return the argument that gives a serializer field JSON Schema keywords."""
    return {"style": {"schema": keywords}}
