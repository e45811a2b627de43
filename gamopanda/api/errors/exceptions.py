"""What the API refuses, and the one shape in which every error is told."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import exceptions, status
from rest_framework.fields import get_error_detail
from rest_framework.settings import api_settings

from gamopanda.api.limits.outages import MESSAGE, RETRY_AFTER
from gamopanda.api.naming import camel_case

CODES = {
    400: "validation_error",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "duplicate_record",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "throttled",
    503: "unavailable",
}


class Unreadable(ValueError):
    """The request cannot be read; the message is a sentence that says what is allowed."""

    def __init__(self, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.code = code


Detail = dict[str, Any]
"""`field` (None: the request as a whole), `code`, `message`, and more where the code says so."""


class ApiError(exceptions.APIException):
    """A refusal with its own code, and details that are sent as they are."""

    def __init__(self, status_code: int, code: str, message: str, details: Iterable[Detail] = ()) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        self.code = code
        self.details = list(details)


class DuplicateRecord(ApiError):
    """The record is there already; `details[0].existingId` names it."""

    def __init__(self, field: str, existing_id: object, message: str) -> None:
        detail = {"field": field, "code": "duplicate_record", "message": message, "existingId": str(existing_id)}
        super().__init__(status.HTTP_409_CONFLICT, "duplicate_record", message, [detail])


class PayloadTooLarge(exceptions.APIException):
    """The body is larger than this installation takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "payload_too_large"


class UnknownEncoding(exceptions.APIException):
    """The body is packed in a way that is not read here."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "unsupported_media_type"


def too_large() -> str:
    """Say how large a body may be."""
    return f"The body is too large: at most {settings.GAMOPANDA_MAX_BODY_BYTES} bytes are allowed."


class Unavailable(exceptions.APIException):
    """The database or the disk cannot serve at the moment; nothing was done, or sending it again tells what was."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = MESSAGE
    wait = RETRY_AFTER


def invalid(field: str | None, message: str, code: str = "invalid") -> exceptions.ValidationError:
    """Return the error that says what is wrong with one field, query parameter, or (None) the request as a whole."""
    key = api_settings.NON_FIELD_ERRORS_KEY if field is None else field
    return exceptions.ValidationError({key: [exceptions.ErrorDetail(message, code=code)]})


def from_django(error: DjangoValidationError) -> exceptions.ValidationError:
    """Turn what a model refuses into the error of the wire, its fields in camelCase."""
    detail = get_error_detail(error)
    if not isinstance(detail, dict):
        detail = {"__all__": detail}
    names = {"__all__": api_settings.NON_FIELD_ERRORS_KEY}
    return exceptions.ValidationError({names.get(name) or camel_case(name): errors for name, errors in detail.items()})


def describe(attribute: str | None, code: str, message: str) -> Detail:
    """Return one entry of `details`."""
    # What is wrong with an object as a whole, such as ownedBy, is told under the name of the object.
    field = (attribute or "").removesuffix(api_settings.NON_FIELD_ERRORS_KEY).removesuffix(".") or None
    return {"field": field, "code": "invalid" if code == "parse_error" else code, "message": message}


def summarise(details: list[Detail]) -> str:
    """Say in one sentence what is wrong: the first detail, and how many more there are."""
    first = details[0]
    message = f"{first['field']}: {first['message']}" if first["field"] else str(first["message"])
    return message if len(details) == 1 else f"{message} ({len(details) - 1} more: see details)"


def envelope(code: str, message: str, details: list[Detail], request_id: str) -> dict[str, Any]:
    """Return the body of an error."""
    return {"error": {"code": code, "message": message, "details": details, "requestId": request_id}}
