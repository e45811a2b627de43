"""Errors outside of the views: unknown addresses, and whatever Django itself refuses or fails at."""

import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from gamopanda.api.errors.exceptions import CODES, envelope
from gamopanda.api.errors.pages import error_page
from gamopanda.api.limits.outages import MESSAGE, RETRY_AFTER, is_passing
from gamopanda.api.rendering.renderers import dump_json

PREFIXES = ("/api/", "/schema/")

MESSAGES = {
    400: "The request is malformed.",
    403: "This is not allowed.",
    404: "There is nothing at this address. Addresses have no trailing slash.",
    500: "Something went wrong on our side. The log has the cause under this request id.",
    503: MESSAGE,
}
_WRONG_HOST = "The Host header names none of the hosts that this installation answers for (ALLOWED_HOSTS)."


def is_api(request: HttpRequest) -> bool:
    """Say whether the request is for the API, where every answer has its envelope."""
    return f"{request.path_info}/".startswith(PREFIXES)


def error_answer(request: HttpRequest, status: int, message: str = "") -> HttpResponse:
    """Return the envelope of an error."""
    code = CODES.get(status, "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid")
    body = envelope(code, message or MESSAGES[status], [], getattr(request, "request_id", ""))
    return HttpResponse(dump_json(body), status=status, content_type="application/json")


def bad_request(request: HttpRequest, exception: Exception) -> Any:
    """Answer 400."""
    if not is_api(request):
        return error_page(request, 400)
    return error_answer(request, 400, _WRONG_HOST if isinstance(exception, DisallowedHost) else "")


def permission_denied(request: HttpRequest, exception: Exception) -> Any:
    """Answer 403."""
    return error_answer(request, 403) if is_api(request) else error_page(request, 403)


@csrf_exempt
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> Any:
    """Answer 404; also the last route under the API's addresses, because DEBUG=1 would show a page of its own.

    It changes nothing, so it takes every method without a CSRF token.
    """
    return error_answer(request, 404) if is_api(request) else error_page(request, 404)


def failed(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """Return the answer to what failed: 503 where that passes by itself, 500 otherwise; without internals."""
    if is_passing(error):
        status = HTTPStatus.SERVICE_UNAVAILABLE
        answer = error_answer(request, status) if is_api(request) else error_page(request, status)
        answer["Retry-After"] = str(RETRY_AFTER)
        return answer
    return error_answer(request, 500) if is_api(request) else error_page(request, 500)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what nothing else has answered; Django calls this while it handles the exception."""
    return failed(request, sys.exception())
