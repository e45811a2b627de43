"""Fields in the API's description: examples, defaults and keywords beside their type and `help_text`."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import build_serializer_context, force_instance, safe_ref
from modeltranslation.manager import get_translatable_fields_for_model
from rest_framework import serializers

from gamopanda.api.characters import refuse_control_characters
from gamopanda.api.serializers.examples import EXAMPLE_DATE, EXAMPLE_ID, EXAMPLE_INSTANT
from gamopanda.api.serializers.language import default_of_text

Schema = dict[str, Any]
EITHER = "x-either"
"""Marks the fields of a body of which exactly one is sent; the serializer names them in `either`."""

# Python strips more characters than \s has: the four separators from 1c on, and 85.
NOT_BLANK = r"[^\s\x1c-\x1f\x85]"
# As `refuse_control_characters` has it; JSON itself has no half of a pair.
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff"
READABLE, READABLE_NOT_BLANK = f"^[^{_CONTROL}]*$", f"^[^{_CONTROL}]*[^\\s{_CONTROL}][^{_CONTROL}]*$"
_EXAMPLES: Mapping[type[Any], Any] = {
    serializers.UUIDField: EXAMPLE_ID,
    serializers.PrimaryKeyRelatedField: EXAMPLE_ID,
    serializers.DateTimeField: EXAMPLE_INSTANT,
    serializers.DateField: EXAMPLE_DATE,
    serializers.BooleanField: False,
}


class SerializerDescription(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """Describes every serializer; a body takes no other fields, and numbers also as text."""

    target_class = serializers.Serializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Schema:
        """Return the schema of a serializer."""
        serializer: Any = force_instance(self.target)  # type: ignore[no-untyped-call]
        if not serializer.context:
            serializer.context.update(build_serializer_context(auto_schema.view))
        schema: Schema = auto_schema._map_serializer(serializer, direction, bypass_extensions=True)
        for name, property_schema in schema.get("properties", {}).items():
            described = _describe(property_schema, serializer.fields[name])
            if direction == "request":
                described = _as_sent(described, serializer.fields[name])
            schema["properties"][name] = safe_ref(described)
        if direction == "request":
            schema["additionalProperties"] = False
            if hasattr(serializer, "either"):
                schema[EITHER] = list(serializer.either)
        return schema


def _describe(schema: Schema, field: Any) -> Schema:
    described = {name: value for name, value in schema.items() if name != "title"} | field.style.get("schema", {})
    value = example_of(field)
    return described if value is None else {**described, "examples": [value]}


def example_of(field: Any) -> Any:
    """Return the example of a field: its own, or one for its type; None for an object."""
    if "example" in field.style:
        return field.style["example"]
    if isinstance(field, serializers.ChoiceField):
        return default_of(field) or next(iter(field.choices))
    found = (value for field_class, value in _EXAMPLES.items() if isinstance(field, field_class))
    return next(found, None)


def default_of(field: Any) -> Any:
    """Return the value that a create without this field stores, or shows in its place; None without a default."""
    model: Any = getattr(getattr(field.parent, "Meta", None), "model", None)
    if model is None or field.read_only:
        return None
    if field.source in (get_translatable_fields_for_model(model) or ()):
        return default_of_text(model, field.source).text or None
    column = next((one for one in model._meta.concrete_fields if one.name == field.source), None)
    default = None if column is None else _constant_default(column)
    is_list = isinstance(field, serializers.ListField) and default is not None
    return field.to_representation(default) if is_list else default


def _constant_default(column: "models.Field[Any, Any]") -> Any:
    is_constant = column.has_default() and not callable(column.default)
    return getattr(column.default, "value", column.default) if is_constant else None


def _as_sent(schema: Schema, field: Any) -> Schema:
    """Return the schema of a value in a body: with its default, never blank where Python strips it to nothing."""
    sent = number_or_text(schema)
    if isinstance(field, serializers.CharField) and "format" not in sent:
        sent = {**_pattern_of(field), **sent}
    default = None if field.parent.partial else default_of(field)
    return sent if default is None else {**sent, "default": default}


def _pattern_of(field: Any) -> Schema:
    is_never_blank = field.trim_whitespace and not field.allow_blank
    if refuse_control_characters in field.validators:
        return {"pattern": READABLE_NOT_BLANK if is_never_blank else READABLE}
    return {"pattern": NOT_BLANK} if is_never_blank else {}


def number_or_text(schema: Schema) -> Schema:
    """Return the schema of a value in a body: numbers may come as text, so that none loses a digit."""
    types = schema.get("type")
    types = types if isinstance(types, list) else [types]
    if not {"number", "integer"} & {*types}:
        return schema
    return {**schema, "type": [types[0], "string", *types[1:]], "format": "numeric"}


def or_part(record: Schema) -> Schema:
    """Return the schema of a record, or of the part of it that `fields` names."""
    return {"anyOf": [record, {"$ref": f"{record['$ref']}Part"}]}
