"""The API's own description (OpenAPI 3.1): envelope, errors, credentials and query parameters of every operation."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from gamopanda.api.callers import KEY_HEADERS, TOKEN_HEADERS, CallerKind

# The same tree also answers without the version in front; it is described once.
UNVERSIONED = "/schema/"
# The name of each header's security scheme.
SCHEMES = {
    "x-api-key": ("apiKey", "The API key of one of your servers; goes with x-api-secret."),
    "x-api-secret": ("apiSecret", "The secret of the API key."),
    "x-enduser-access-token": (
        "accessToken",
        (
            "A JWT of one end user, signed by your backend with an API secret (HS256, HS384 or HS512). Header: kid = "
            "the API key. Payload: sub = the account id, userData.externalId = the member's external id, exp = at most "
            "24 hours ahead. Goes with x-account-id."
        ),
    ),
    "x-account-id": ("accountId", "The account id of this installation."),
}
CREDENTIALS: dict[CallerKind, dict[str, list[str]]] = {
    CallerKind.ADMIN: {SCHEMES[header][0]: [] for header in KEY_HEADERS},
    CallerKind.END_USER: {SCHEMES[header][0]: [] for header in TOKEN_HEADERS},
    CallerKind.GUEST: {},
}
SECURITY_SCHEMES = {
    name: {"type": "apiKey", "in": "header", "name": header, "description": text}
    for header, (name, text) in SCHEMES.items()
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "requestId"],
            "properties": {
                "code": {"type": "string", "examples": ["validation_error"]},
                "message": {"type": "string", "description": "What is wrong and what is allowed."},
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "code", "message"],
                        "properties": {
                            "field": {"type": ["string", "null"], "description": "null: the request as a whole."},
                            "code": {"type": "string", "examples": ["missing_offset"]},
                            "message": {"type": "string"},
                            "existingId": {"type": "string", "format": "uuid", "description": "Of a duplicate_record."},
                        },
                    },
                },
                "requestId": {"type": "string"},
            },
        }
    },
}
COMPONENTS = {"schemas": {"Error": ERROR}, "securitySchemes": SECURITY_SCHEMES}


def _parameter(name: str, text: str, kind: Any = OpenApiTypes.STR, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=text, **more)


PARAMETERS = [
    _parameter("languageCode", "BCP-47: the language of the texts, such as en or pt-BR.", default="en"),
    _parameter("fields", 'Just these fields: a JSON array of names, such as ["id","name"].'),
    _parameter(
        "filters",
        'JSON: a condition {"fieldSlug","operator","value"} or a group {"operator":"and"|"or","conditions":[…]}, '
        "nested at most 5 deep, at most 50 conditions. "
        "Operators: eq ne gt gte lt lte in notIn contains startsWith isNull.",
    ),
    _parameter("sortBy", 'JSON: [{"fieldSlug":"createdAt","order":"DESC"}]. Newest first by default; ties by id.'),
    _parameter("offset", "How many records to skip.", OpenApiTypes.INT, default=0),
    _parameter("limit", "How many records to return, 1 to 1000.", OpenApiTypes.INT, default=20),
    _parameter("fetchTotalCount", "Whether paging has the totalCount.", OpenApiTypes.BOOL, default=False),
]


class EnvelopeSchema(AutoSchema):
    """Reads what every view says of itself: who may call, which parameters it knows, and whether it is a list."""

    view: Any

    def get_override_parameters(self) -> list[Any]:
        """Describe the parameters that all resources share; a filter set describes its own."""
        known = self.view.query_parameters()
        return [parameter for parameter in PARAMETERS if parameter.name in known]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return the credentials of each kind of caller that may do this."""
        return [
            CREDENTIALS[CallerKind(kind)]
            for kind, operations in self.view.allowed.items()
            if self.view.action in operations
        ]

    def get_tags(self) -> list[str]:
        """Group operations by resource."""
        return [self._tokenize_path()[1 if "/schema/" in self.path else 0]]

    def get_operation_id(self) -> str:
        """Name an operation after what it does to which resource, such as `list_streak`."""
        return f"{self.view.action}_{self.get_tags()[0].replace('-', '_')}"

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(self.view.action == "list" and self.view.pagination_class)


def leave_out_unversioned(endpoints: list[Any]) -> list[Any]:
    """Describe every operation once, under its versioned address."""
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith(UNVERSIONED)]


def add_envelopes(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Put successful answers into `data` where a list has not done so; add errors and the ways in."""
    for kind, schemas in COMPONENTS.items():
        result["components"].setdefault(kind, {}).update(schemas)
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    if status.startswith("2"):
                        content["schema"] = _enveloped(content["schema"])
            operation["responses"]["default"] = {
                "description": "Whatever was refused or failed.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            }
    return result


def _enveloped(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("$ref", "").startswith("#/components/schemas/Paginated"):
        return schema
    return {"type": "object", "required": ["data"], "properties": {"data": schema}}
