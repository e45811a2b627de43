"""A single log answered without Django REST framework, which takes longer than all that recording does.

What nearly every call is needs no more: the credentials of an API key, a plain body, a member who is there already.
Authentication, limits, recording and rendering are those of the view. Whatever is unusual about a call (other
credentials or none, a parameter, a repeat, a refusal) is left to the view, which says what is wrong; nothing has been
stored by then.
"""

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from gamopanda.accounts.authentication import AdminCaller, LiveKey, cached_key
from gamopanda.api.access.callers import KEY_HEADERS, TOKEN_HEADERS, CallerKind
from gamopanda.api.errors.exceptions import Unreadable
from gamopanda.api.limits.throttling import count_call
from gamopanda.api.parsing.strict_json import load_json
from gamopanda.api.rendering.renderers import dump_json
from gamopanda.api.serializers.serializer_compiler import CompiledSerializer, RenderContext
from streaks.api.ingestion import Said, record_directly
from streaks.presenters.logs import present_recorded_log
from streaks.progress.log_body import InvalidLogBody, LogBody, read_log_body
from streaks.progress.recording import KeyRevoked, RecordResult

# A log takes some hundred bytes.
LONGEST_BODY = 8192
KEY, SECRET, *OTHERS = (f"HTTP_{name.upper().replace('-', '_')}" for name in (*KEY_HEADERS, *TOKEN_HEADERS))


def answer_single_log(request: HttpRequest, serializer: CompiledSerializer, language: str) -> HttpResponse | None:
    """Record the log that a call sends and answer 201, or return None with nothing stored.

    `serializer` renders a log for administrators, `language` that of calls that name none.
    """
    key, body = _presumed_key(request), _plain_body(request)
    if key is None or body is None:
        return None
    caller = AdminCaller(key.key_id)
    noted: Any = request
    # If the view has to look at this call after all, it does not count it once more.
    noted.allowance = count_call(CallerKind.ADMIN, caller.throttle_name, time.time())
    if noted.allowance is not None and noted.allowance.left < 0:
        return None
    now = timezone.now()
    result = _record(body, key, now)
    if result is None or not result.is_recorded:
        return None
    noted.user = caller
    content = _content(result, serializer, RenderContext(language, request), now)
    return HttpResponse(content, status=201, content_type="application/json")


def _record(body: LogBody, key: LiveKey, now: datetime) -> RecordResult | None:
    try:
        return record_directly(body, Said(f"API key {key.key_id}", now), key=key)
    except KeyRevoked:
        return None


def _presumed_key(request: HttpRequest) -> LiveKey | None:
    """Return the key that a call has, when it has all that it needs and nothing else; recording makes sure of it."""
    meta = request.META
    if meta.get("QUERY_STRING") or any(name in meta for name in (*OTHERS, "HTTP_IDEMPOTENCY_KEY")):
        return None
    key = cached_key(meta.get(KEY, ""), meta.get(SECRET, ""))
    # Members of the sandbox have clocks of their own, which the view reads.
    return None if key is None or key.sandbox else key


def _plain_body(request: HttpRequest) -> LogBody | None:
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or ""
    is_coded = "HTTP_TRANSFER_ENCODING" in meta or "HTTP_CONTENT_ENCODING" in meta
    is_plain = meta.get("CONTENT_TYPE") == "application/json" and not is_coded
    longest = min(LONGEST_BODY, settings.GAMOPANDA_MAX_BODY_BYTES)
    if not is_plain or not length.isdecimal() or not 0 < int(length) <= longest:
        return None
    try:
        return read_log_body(load_json(request.body.decode()))
    except (UnicodeDecodeError, Unreadable, InvalidLogBody):
        return None


def _content(result: RecordResult, serializer: CompiledSerializer, context: RenderContext, now: datetime) -> bytes:
    presenter = present_recorded_log(result, now=now, language=context.language)
    return dump_json({"data": serializer.render(presenter, context)})
