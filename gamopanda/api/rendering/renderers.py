"""JSON as the API writes it: everything in the envelope, numbers exact, instants in UTC."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer


def number_text(number: Decimal) -> str:
    """Write a finite decimal as a JSON number, exact and without trailing zeros: `50`, `20.5`, `0`."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def written(value: object) -> object:
    """Return a value as it is written, where Python has to say how."""
    return _plain(value) if isinstance(value, Decimal | Promise) else value


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(number_text(value))
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def dump_json(value: object) -> bytes:
    """Write JSON as UTF-8: decimals, instants, dates and ids included; instants have to be in UTC."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def write_once(value: object) -> object:
    """Return what goes into any answer in the place of a value, and is not written again."""
    return orjson.Fragment(dump_json(value))


class EnvelopeRenderer(BaseRenderer):
    """Wrap what a view answers into `data`, with `paging` beside it where the paginator left it on the response."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the body; errors come in their envelope already, and nothing stays nothing (204)."""
        if data is None:
            return b""
        response = (renderer_context or {})["response"]
        if response.exception:
            return dump_json(data)
        body = {"data": data}
        paging = getattr(response, "paging", None)
        return dump_json(body if paging is None else {**body, "paging": paging})
