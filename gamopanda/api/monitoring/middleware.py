"""The id that a request carries through the answer and the log, and the line that the log has for each API call."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

from gamopanda.api.errors.handlers import failed, is_api
from gamopanda.api.monitoring.calls import note_call
from gamopanda.api.monitoring.context import current_request_id

logger = logging.getLogger(__name__)

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestIdMiddleware:
    """Take `X-Request-Id` from the request when it is well-formed, or make one; answer and log with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.request_id` and the header of the answer."""
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _WELL_FORMED.fullmatch(given) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        token = current_request_id.set(request_id)
        started_at = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = request_id
            if is_api(request):
                seconds = time.perf_counter() - started_at
                log_call(request, response, seconds=seconds)
                note_call(request, response, seconds=seconds)
        finally:
            current_request_id.reset(token)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer in the envelope also what fails outside of DRF: the fast path, and writing the answer."""
        if not is_api(request):
            return None
        got_request_exception.send(sender=None, request=request)
        response = failed(request, exception)
        log_response(
            "%s: %s", type(exception).__name__, request.path, response=response, request=request, exception=exception
        )
        return response


def log_call(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Log one API call: never its headers, its query or its body, which may hold secrets or name people."""
    details = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 1),
        "caller": getattr(getattr(request, "user", None), "kind", "guest"),
    }
    logger.info("%s %s %s", request.method, request.path, response.status_code, extra={"details": details})
    # Or Django would say so once more, with no request id.
    response._has_been_logged = True  # type: ignore[attr-defined]
