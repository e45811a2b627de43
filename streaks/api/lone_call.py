"""A call that sends one log, answered without Django REST framework: what nearly every call comes down to.

Its machinery takes longer than all that recording does. Here are the same credentials, the same limit, the same
recording and the same answer, one after the other. Whatever is unusual about a call (other credentials or none, a
parameter, a body that has to be looked at closely, a limit reached, a repeat, a refusal) is left to the view, which
knows everything and says what is wrong; nothing has been stored by then.
"""

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from gamopanda.accounts.authentication import AdminCaller, LiveKey, known_key
from gamopanda.api.callers import KEY_HEADERS, TOKEN_HEADERS, CallerKind
from gamopanda.api.exceptions import Unreadable
from gamopanda.api.renderers import dump_json
from gamopanda.api.serializer_compiler import CompiledSerializer, RenderContext
from gamopanda.api.strict_json import load_json
from gamopanda.api.throttling import is_within_limit
from streaks.api.intake import record_straight
from streaks.api.plain_bodies import Values, read_plain_body
from streaks.outcome import Outcome
from streaks.presenters.logs import present_recorded_log

# A log takes some hundred bytes.
LONGEST_BODY = 8192
KEY, SECRET, *OTHERS = (f"HTTP_{name.upper().replace('-', '_')}" for name in (*KEY_HEADERS, *TOKEN_HEADERS))


def answer_lone_log(request: HttpRequest, serializer: CompiledSerializer, language: str) -> HttpResponse | None:
    """Record the log that a call sends and answer 201, or return None with nothing stored.

    `serializer` renders a log for administrators, `language` that of calls that name none.
    """
    key, body = _presumed_key(request), _plain_body(request)
    if key is None or body is None:
        return None
    caller = AdminCaller(key.key_id)
    if not is_within_limit(CallerKind.ADMIN, caller.throttle_name, time.time()):
        return None
    noted: Any = request
    # If the view has to look at this call after all, it does not count it once more.
    noted.is_counted = True
    now = timezone.now()
    outcome = record_straight(body, now=now, of_key=key)
    if outcome is None:
        return None
    noted.user = caller
    content = _content(outcome, serializer, RenderContext(language, request), now)
    return HttpResponse(content, status=201, content_type="application/json")


def _presumed_key(request: HttpRequest) -> LiveKey | None:
    """Return the key that a call has, when it has all that it needs and nothing else; recording makes sure of it."""
    meta = request.META
    if meta.get("QUERY_STRING") or any(name in meta for name in OTHERS):
        return None
    return known_key(meta.get(KEY, ""), meta.get(SECRET, ""))


def _plain_body(request: HttpRequest) -> Values | None:
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or ""
    is_plain = meta.get("CONTENT_TYPE") == "application/json" and "HTTP_TRANSFER_ENCODING" not in meta
    longest = min(LONGEST_BODY, settings.GAMOPANDA_MAX_BODY_BYTES)
    if not is_plain or not length.isdecimal() or not 0 < int(length) <= longest:
        return None
    try:
        return read_plain_body(load_json(request.body.decode()))
    except (UnicodeDecodeError, Unreadable):
        return None


def _content(outcome: Outcome, serializer: CompiledSerializer, context: RenderContext, now: datetime) -> bytes:
    presenter = present_recorded_log(outcome, now=now, language=context.language)
    return dump_json({"data": serializer.render(presenter, context)})
