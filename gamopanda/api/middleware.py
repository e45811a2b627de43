"""The id that a request carries through the answer and the log."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,128}")


class RequestIdMiddleware:
    """Take `X-Request-Id` from the request when it is well-formed, or make one; answer with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.request_id` and the header of the answer."""
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _WELL_FORMED.fullmatch(given) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        token = current_request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response["X-Request-Id"] = request_id
        return response
