"""Refusals and failures in the API's own description: one shape, and for each status what leads to it."""

from collections.abc import Iterable
from typing import Any

from gamopanda.api.limits.outages import MESSAGE
from gamopanda.api.serializers.examples import EXAMPLE_ID
from gamopanda.api.serializers.field_schemas import Schema

CODES = (
    "validation_error, streak_not_live, streak_not_started, streak_ended, member_not_live, freezes_full (400), "
    "unauthorized (401), forbidden (403), not_found (404), "
    "method_not_allowed (405), request_timeout (408), "
    "duplicate_record, idempotency_mismatch, idempotency_in_progress (409), payload_too_large (413), "
    "unsupported_media_type (415), "
    "throttled (429), server_error (500), unavailable (503)"
)
DETAIL: Schema = {
    "type": "object",
    "description": "What is wrong with one field or parameter.",
    "required": ["field", "code", "message"],
    "properties": {
        "field": {
            "type": ["string", "null"],
            "description": "The field or query parameter, as in ownedBy.email; null: the request as a whole.",
            "examples": ["activityAt"],
        },
        "code": {
            "type": "string",
            "description": "What is wrong, for programs: required, invalid, max_length, unknown_field, not_found, …",
            "examples": ["missing_offset"],
        },
        "message": {
            "type": "string",
            "description": "What is wrong and what is allowed, for people.",
            "examples": ["Add the UTC offset, as in 2026-03-01T18:30:00+01:00 or 2026-03-01T17:30:00Z."],
        },
        "existingId": {
            "type": "string",
            "format": "uuid",
            "description": "The id of the record that is there already; with the code duplicate_record alone.",
            "examples": [EXAMPLE_ID],
        },
    },
}
REFUSAL_FIELDS: Schema = {
    "code": {"type": "string", "description": f"One of {CODES}.", "examples": ["validation_error"]},
    "message": {
        "type": "string",
        "description": "What is wrong and what is allowed, for people.",
        "examples": ["activityAt: Add the UTC offset, as in 2026-03-01T18:30:00+01:00 or 2026-03-01T17:30:00Z."],
    },
    "details": {
        "type": "array",
        "description": "Each field and parameter that is wrong; empty where the code says everything.",
        "items": {"$ref": "#/components/schemas/ErrorDetail"},
    },
}
REFUSAL: Schema = {
    "type": "object",
    "description": "Why one record of a batch was refused.",
    "required": ["code", "message", "details"],
    "properties": REFUSAL_FIELDS,
}
ERROR: Schema = {
    "type": "object",
    "description": "The one shape of every refusal and failure.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "description": "What was refused or failed, and why.",
            "required": ["code", "message", "details", "requestId"],
            "properties": {
                **REFUSAL_FIELDS,
                "requestId": {
                    "type": "string",
                    "description": "As in the header X-Request-Id; the server's log has the cause under it.",
                    "examples": ["order-4711"],
                },
            },
        }
    },
}
SCHEMAS = {"ErrorDetail": DETAIL, "Refusal": REFUSAL, "Error": ERROR}

REQUEST_ID: Schema = {
    "description": "The id of this call: taken from the request when it has 1 to 128 letters, digits, dots, "
    "underscores or hyphens, else made.",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$", "examples": ["order-4711"]},
}
RETRY_AFTER: Schema = {
    "description": "How many seconds to wait before the next call, at most 60.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": 60, "examples": [17]},
}
RATE_LIMIT_POLICY: Schema = {
    "description": "How many calls the caller may make (q) in so many seconds (w); on answers of limited callers.",
    "schema": {"type": "string", "examples": ['"default";q=600;w=60']},
}
RATE_LIMIT: Schema = {
    "description": "How many calls are left (r), and in how many seconds there are all again (t).",
    "schema": {"type": "string", "examples": ['"default";r=597;t=42']},
}
HEADERS = {
    "RequestId": REQUEST_ID,
    "RetryAfter": RETRY_AFTER,
    "RateLimitPolicy": RATE_LIMIT_POLICY,
    "RateLimit": RATE_LIMIT,
}
EVERYWHERE = {
    "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
}

# By status: the name of the response, what leads to it, and an example of code and message.
RESPONSES = {
    "400": (
        "Invalid",
        "Something in the request is wrong, or the rules do not allow it; nothing was changed. Details name fields.",
        "validation_error",
        "externalId: This field may not be blank.",
    ),
    "401": (
        "Unauthorized",
        "Credentials are needed and missing, or they are wrong, expired, incomplete or no longer live.",
        "unauthorized",
        "The API key or its secret is wrong, or the key is not live.",
    ),
    "403": (
        "Forbidden",
        "The caller is known, and not allowed to do this.",
        "forbidden",
        "You may not do this. It is allowed for: admin.",
    ),
    "404": (
        "NotFound",
        "There is no such record, or it belongs to another member.",
        "not_found",
        "There is no such record, or it belongs to another member.",
    ),
    "409": (
        "DuplicateRecord",
        (
            "There is such a record already, which details[0].existingId names; or the Idempotency-Key was used for "
            "another call, or by one that is under way. Nothing was changed."
        ),
        "duplicate_record",
        "There is a record with this externalId already.",
    ),
    "413": (
        "PayloadTooLarge",
        "The body, packed or unpacked, is larger than this installation takes (5 MiB unless configured).",
        "payload_too_large",
        "The body is too large: at most 5242880 bytes are allowed.",
    ),
    "415": (
        "UnsupportedMediaType",
        "The body is of a type, or packed in a way, that is not read here.",
        "unsupported_media_type",
        "The Content-Type text/plain is not supported. Use application/json.",
    ),
    "429": (
        "Throttled",
        "Too many calls in this minute: wait as long as Retry-After says.",
        "throttled",
        "Request was throttled. Expected available in 17 seconds.",
    ),
    "500": (
        "ServerError",
        "Something went wrong on our side; the message tells nothing of the inside.",
        "server_error",
        "Something went wrong on our side. The log has the cause under this request id.",
    ),
    "503": (
        "Unavailable",
        "The service cannot do this at the moment: send the request again after Retry-After seconds.",
        "unavailable",
        MESSAGE,
    ),
}


def _response(status: str) -> Schema:
    _name, meaning, code, message = RESPONSES[status]
    headers = {**EVERYWHERE}
    if status in {"429", "503"}:
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    example: Schema = {"code": code, "message": message, "details": [], "requestId": "order-4711"}
    if status == "400":
        text = message.partition(": ")[2]
        example["details"] = [{"field": "externalId", "code": "blank", "message": text}]
    if status == "409":
        detail = {"field": "externalId", "code": code, "message": message, "existingId": EXAMPLE_ID}
        example["details"] = [detail]
    content = {"schema": {"$ref": "#/components/schemas/Error"}, "example": {"error": example}}
    return {"description": meaning, "headers": headers, "content": {"application/json": content}}


ERROR_RESPONSES: dict[str, Any] = {RESPONSES[status][0]: _response(status) for status in RESPONSES}


def references(statuses: Iterable[int]) -> Schema:
    """Return the responses of an operation for these statuses."""
    names = {str(status): RESPONSES[str(status)][0] for status in sorted(statuses)}
    return {status: {"$ref": f"#/components/responses/{name}"} for status, name in names.items()}
