"""Query parameters in the API's own description: those that all resources share, and the plain filters of each."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from gamopanda.api.lists.paging import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET
from gamopanda.api.serializers.examples import EXAMPLE_ID, EXAMPLE_INSTANT
from gamopanda.api.serializers.field_schemas import Schema, example_of

LANGUAGE_TAG = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"


def _parameter(name: str, meaning: str, schema: Schema, example: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {**schema, "examples": [example]}, description=meaning)


PARAMETERS = [
    _parameter(
        "languageCode",
        "BCP-47: the language of the texts. A text that is not written in it is in the nearest language that has it.",
        {"type": "string", "pattern": LANGUAGE_TAG, "maxLength": 35, "default": "en"},
        "pt-BR",
    ),
    _parameter(
        "fields",
        'Only these fields: a JSON array of names, such as ["id","name"].',
        {"type": "string", "minLength": 1, "format": "json-fields"},
        '["id","createdAt"]',
    ),
    _parameter(
        "filters",
        'JSON: a condition {"fieldSlug","operator","value"} or a group {"operator":"and"|"or","conditions":[…]}, '
        "nested at most 5 deep, at most 50 conditions. "
        "Operators: eq ne gt gte lt lte in notIn contains startsWith isNull.",
        {"type": "string", "minLength": 1, "format": "json-condition"},
        f'{{"fieldSlug":"createdAt","operator":"gte","value":"{EXAMPLE_INSTANT}"}}',
    ),
    _parameter(
        "sortBy",
        "JSON: a list of 1 to 10 fields, each with its order, ASC or DESC. Newest first by default; "
        "null comes last, and ties are broken by id.",
        {"type": "string", "minLength": 1, "format": "json-order"},
        '[{"fieldSlug":"createdAt","order":"DESC"}]',
    ),
    _parameter(
        "offset",
        "How many records to skip.",
        {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
        20,
    ),
    _parameter(
        "limit",
        "How many records to return at most.",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        100,
    ),
    _parameter(
        "after",
        "Follow the list: the records that became visible after this cursor, in that order. sortBy and offset are left "
        "out. Take it from paging.nextCursor of the last answer; empty, it begins at the beginning.",
        {"type": "string", "pattern": "^([A-Za-z0-9_-]{32})?$", "format": "cursor"},
        "",
    ),
    _parameter(
        "fetchTotalCount",
        "Whether paging has the totalCount: true or false.",
        {"type": "boolean", "default": False},
        True,
    ),
    _parameter(
        "rewardPast",
        "Whether members are rewarded who stand at the milestone already, or past it, in a run in progress; others "
        "earn it by rising to it while it is live. The milestone has to be live.",
        {"type": "boolean", "default": False},
        False,
    ),
    _parameter(
        "dryRun",
        "Whether only to find out what the call would do, and store nothing: true or false. For many members the "
        "answer is an estimate.",
        {"type": "boolean", "default": False},
        True,
    ),
]
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "examples": ["order-4711-paid"]},
    OpenApiParameter.HEADER,
    description="Any text that names this call. Sent again with it, the call makes nothing twice: the answer is the "
    "one of the first time. Kept for 24 hours.",
)
# Filters that the resource has no field for.
OTHER_FILTERS = {
    "externalId": ("Your own name for the member.", "customer-17"),
    "ownedById": ("The id of the member.", EXAMPLE_ID),
    "streakId": ("The id of the streak.", EXAMPLE_ID),
}


def describe_filter(parameter: Schema, fields: Mapping[str, Any]) -> None:
    """Describe the parameter of a plain filter, or of the record's id, by the field of that name."""
    name, schema = parameter["name"], parameter["schema"]
    for keyword in ("title", "readOnly", "minimum", "maximum"):
        schema.pop(keyword, None)
    if schema["type"] == "integer":
        schema.pop("format", None)
    schema["type"] = _without_null(schema["type"])
    if parameter["in"] == "path" and name in OTHER_FILTERS:
        value = OTHER_FILTERS[name][1]
    elif parameter["in"] == "path":
        parameter["description"], value = str(fields["id"].help_text), EXAMPLE_ID
        schema["format"] = "uuid"
    elif schema.get("format") == "date-time":
        parameter["description"] += " RFC 3339, with a UTC offset."
        value = EXAMPLE_INSTANT
    else:
        meaning, value = _describe_field(fields[name], schema) if name in fields else OTHER_FILTERS[name]
        parameter["description"] = f"Only the records with exactly this value. {meaning}"
    schema["examples"] = [value]
    if schema["type"] == "string" and "enum" not in schema and "format" not in schema:
        schema["minLength"] = 1


def _describe_field(field: Any, schema: Schema) -> tuple[str, Any]:
    """Return the meaning and the example of a field, and take over its bounds."""
    bounds = {"minimum": getattr(field, "min_value", None), "maximum": getattr(field, "max_value", None)}
    bounds |= {name: value for name, value in field.style.get("schema", {}).items() if name in bounds}
    schema.update({name: value for name, value in bounds.items() if value is not None})
    return str(field.help_text), example_of(field)


def _without_null(types: Any) -> Any:
    if not isinstance(types, list):
        return types
    (only,) = [one for one in types if one != "null"]
    return only
