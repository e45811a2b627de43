"""From an exception to the envelope; apart from the exceptions, because DRF's settings lead from its views to those."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework import exceptions

from gamopanda.api.errors.exceptions import (
    CODES,
    ApiError,
    PayloadTooLarge,
    Unavailable,
    describe,
    envelope,
    from_django,
    summarise,
    too_large,
)
from gamopanda.api.limits.outages import is_passing

CONVERTED: dict[type[Exception], Callable[[Any], exceptions.APIException]] = {
    DjangoValidationError: from_django,
    # Before its parent, SuspiciousOperation.
    RequestDataTooBig: lambda _: PayloadTooLarge(too_large()),
    SuspiciousOperation: lambda _: exceptions.ParseError("The request is malformed."),
    Http404: lambda _: exceptions.NotFound("There is no such record, or it belongs to another member."),
}


class EnvelopeFormatter(ExceptionFormatter):
    """The body of an error: `{"error": {"code", "message", "details", "requestId"}}`."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        """Put the flattened errors into the envelope."""
        request_id = getattr(self.context["request"], "request_id", "")
        if isinstance(self.exc, ApiError):
            code, message, details = self.exc.code, str(self.exc.detail), self.exc.details
        else:
            details = [describe(error.attr, error.code, error.detail) for error in error_response.errors]
            code = CODES.get(self.exc.status_code, "server_error" if self.exc.status_code >= 500 else "invalid")
            message = summarise(details)
            if not isinstance(self.exc, exceptions.ValidationError | exceptions.ParseError):
                details = []
        return envelope(code, message, details, request_id)


class EnvelopeHandler(ExceptionHandler):
    """DRF's handler of exceptions, which also logs unexpected ones."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Read what models refuse as invalid input, and what passes by itself as that."""
        if is_passing(exc):
            return Unavailable()
        if isinstance(exc, exceptions.UnsupportedMediaType):
            return self._say_what_is_read(exc)
        for kind, convert in CONVERTED.items():
            if isinstance(exc, kind):
                return convert(exc)
        return super().convert_known_exceptions(exc)

    def _say_what_is_read(self, exc: exceptions.UnsupportedMediaType) -> exceptions.UnsupportedMediaType:
        request: Any = self.context["request"]
        given = request.content_type or "(none)"
        allowed = " or ".join(str(parser.media_type) for parser in request.parsers)
        return exceptions.UnsupportedMediaType(given, f"The Content-Type {given} is not supported. Use {allowed}.")

    def convert_unhandled_exceptions(self, exc: Exception) -> exceptions.APIException:
        """Tell nothing of the inside."""
        converted = super().convert_unhandled_exceptions(exc)
        if converted is not exc:
            converted.detail = exceptions.ErrorDetail(
                "Something went wrong on our side. The log has the cause under this request id.", code="server_error"
            )
        return converted
