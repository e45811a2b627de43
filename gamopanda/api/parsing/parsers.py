"""Bodies as the API reads them: of a bounded size, and JSON strictly."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser
from rest_framework.request import Request

from gamopanda.api.errors.exceptions import PayloadTooLarge, Unreadable, invalid, too_large
from gamopanda.api.parsing.strict_json import check_json, parse_json
from gamopanda.api.parsing.unpacking import refuse_packed, unpack

Context = Mapping[str, Any] | None
REPLACEMENT = "\ufffd"
"""What Django reads in place of bytes that are no UTF-8."""


def refuse_large_body(request: Request) -> None:
    """Raise `PayloadTooLarge` when the body is larger than `GAMOPANDA_MAX_BODY_BYTES`."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.GAMOPANDA_MAX_BODY_BYTES:
        raise PayloadTooLarge(too_large())


def refuse_body_without_length(request: Request) -> None:
    """Raise a 400 for a body that comes in chunks, which would be read as none at all."""
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise invalid(None, "Send the body with a Content-Length: one in chunks is not read here.", "length_required")


def refuse_missing_body(request: Request) -> None:
    """Raise a 400 when there is no body at all: an update of nothing is a mistake."""
    if not int(request.META.get("CONTENT_LENGTH") or 0):
        raise invalid(None, "Send the fields to change in the body.", "required")


class StrictJSONParser(BaseParser):
    """`application/json` in UTF-8, packed with gzip or not, read as by `load_json`.

    Where the view has `checks_each_of` for its action, the items of that list are left to the view.
    """

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Context = None) -> Any:
        """Return the value of the body; 400 with a sentence when it is no JSON, 413 when it is too large."""
        context = parser_context or {}
        refuse_large_body(context["request"])
        try:
            body = unpack(stream.read(), _encoding_of(context["request"]))
            return _checked(parse_json(body.decode()), _left_to(context["view"]))
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except Unreadable as error:
            raise ParseError(str(error)) from error


def _encoding_of(request: Request) -> str:
    return str(request.META.get("HTTP_CONTENT_ENCODING", ""))


def _left_to(view: Any) -> str | None:
    by_action: Mapping[str, str] = getattr(view, "checks_each_of", {})
    return by_action.get(getattr(view, "action", None) or "")


def _checked(value: Any, apart: str | None) -> Any:
    is_apart = isinstance(value, dict) and isinstance(value.get(apart), list)
    check_json({**value, apart: []} if is_apart else value)
    return value


class BoundedMultiPartParser(MultiPartParser):
    """`multipart/form-data` of a bounded size, for resources with a file."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> "DataAndFiles[Any, Any]":
        """Return fields and files; 400 for what two readers could understand differently, 413 when it is too large."""
        refuse_large_body(parser_context["request"])
        refuse_packed(_encoding_of(parser_context["request"]))
        form = super().parse(stream, media_type=media_type, parser_context=parser_context)
        given = [*form.data.lists(), *form.files.lists()]
        names = [name for name, values in given for _ in values]
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated is not None:
            raise ParseError(f"The field {repeated!a} is given twice in one form.")
        for text in (*names, *form.data.values()):
            refuse_unclear_text(text)
        return form


def refuse_unclear_text(text: str) -> None:
    """Raise a 400 for NUL, and for what stands where bytes were no UTF-8."""
    if "\0" in text:
        raise ParseError("Texts must not contain the character NUL (U+0000).")
    if REPLACEMENT in text:
        raise ParseError("A text is not UTF-8.")
