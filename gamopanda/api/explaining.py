"""What the API's description tells of a field beyond its type: what it means, in which unit and bounds, and an example.

A serializer carries such texts in an attribute `explained`, by the names on the wire; those of its base classes hold
for it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

NO_EXAMPLE = object()
"""For objects and lists of objects: the fields inside have their own."""
# Python trims more than regular expressions take for blanks: the four separators from 1c on, and 85.
NOT_BLANK = r"[^\s\x1c-\x1f\x85]"
EXAMPLE_ID = "0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"


@dataclass(frozen=True)
class Explained:
    """`meaning` is a sentence; `keywords` are JSON Schema keywords that say more than the type of the field does."""

    meaning: str
    example: Any = NO_EXAMPLE
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def add_to(self, schema: Schema) -> Schema:
        """Return the schema of a field with all this in it."""
        said = {name: value for name, value in schema.items() if name != "title"}
        said |= {**self.keywords, "description": self.meaning}
        if self.example is not NO_EXAMPLE:
            said["examples"] = [self.example]
        return said


def value(meaning: str, example: Any, **keywords: Any) -> Explained:
    """Explain a field that has a value of its own."""
    return Explained(meaning, example, keywords)


def part(meaning: str, **keywords: Any) -> Explained:
    """Explain a field that holds an object or a list of them."""
    return Explained(meaning, NO_EXAMPLE, keywords)


def explained_fields(serializer_class: type[Any]) -> Mapping[str, Explained]:
    """Return what a serializer and its base classes explain, the nearest first."""
    found: dict[str, Explained] = {}
    for known in reversed(serializer_class.__mro__):
        found |= vars(known).get("explained", {})
    return found


def as_sent(schema: Schema) -> Schema:
    """Return the schema of a value as a body may have it: numbers may come as text, so that none loses a digit."""
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if not {"number", "integer"} & {*kinds}:
        return schema
    return {**schema, "type": [kinds[0], "string", *kinds[1:]], "format": "numeric"}


def or_part(record: Schema) -> Schema:
    """Return the schema of a record that `fields` may have cut down."""
    return {"anyOf": [record, {"$ref": f"{record['$ref']}Part"}]}
