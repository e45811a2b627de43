"""Query parameters in the API's own description: those that all resources share, and the plain filters of each."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from gamopanda.api.explaining import NO_EXAMPLE, Explained, Schema
from gamopanda.api.paging import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET

EXAMPLE_INSTANT = "2026-03-01T17:30:00Z"
LANGUAGE_TAG = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"


def _parameter(name: str, meaning: str, schema: Schema, example: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {**schema, "examples": [example]}, description=meaning)


PARAMETERS = [
    _parameter(
        "languageCode",
        "BCP-47: the language of the texts. What is not written in it is shown in the nearest one that is.",
        {"type": "string", "pattern": LANGUAGE_TAG, "maxLength": 35, "default": "en"},
        "pt-BR",
    ),
    _parameter(
        "fields",
        'Just these fields: a JSON array of names, such as ["id","name"].',
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
        "fetchTotalCount",
        "Whether paging has the totalCount: true or false.",
        {"type": "boolean", "default": False},
        True,
    ),
]
EXTRA_FILTERS = {
    "externalId": Explained("Your own name for the member; exactly as it was given.", "customer-17"),
    "streakId": Explained("The id of the streak.", "0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"),
    "streakProgressId": Explained("The id of the run.", "0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"),
}


def explain_filter(parameter: Schema, explained: Mapping[str, Explained]) -> None:
    """Say in a parameter of a plain filter, or of the record's id, what it is, with an example."""
    name, schema = parameter["name"], parameter["schema"]
    for keyword in ("title", "readOnly", "minimum", "maximum"):
        schema.pop(keyword, None)
    if schema["type"] == "integer":
        schema.pop("format", None)
    schema["type"] = _without_null(schema["type"])
    if parameter["in"] == "path":
        known = explained["id"]
        schema.update(known.keywords)
    elif schema.get("format") == "date-time":
        known = Explained(f"{parameter['description']} RFC 3339, with a UTC offset.", EXAMPLE_INSTANT)
    else:
        known = explained.get(name) or EXTRA_FILTERS[name]
        schema.update({bound: known.keywords[bound] for bound in ("minimum", "maximum") if bound in known.keywords})
        known = Explained(f"Just the records with this value, exactly. {known.meaning}", known.example)
    parameter["description"] = known.meaning
    if known.example is not NO_EXAMPLE:
        schema["examples"] = [known.example]
    if schema["type"] == "string" and "enum" not in schema and "format" not in schema:
        schema["minLength"] = 1


def _without_null(kind: Any) -> Any:
    if not isinstance(kind, list):
        return kind
    (only,) = [one for one in kind if one != "null"]
    return only
