"""The latest calls of API keys, noted in this process until they are stored for people to look at.

Nothing is kept that names a member: no bodies, no queries, and of an address only what is no name.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from gamopanda.api.access.callers import KEY_HEADERS
from gamopanda.api.errors.handlers import page_not_found

MOST_WAITING = 500
"""How many are noted at most: of more, the earliest are forgotten."""
MOST_PARTS, MOST_PROBLEMS = 5, 5
"""How much is noted of an address that leads nowhere, and of what was wrong."""
_KEY = f"HTTP_{KEY_HEADERS[0].upper().replace('-', '_')}"
_waiting: deque["Call"] = deque(maxlen=MOST_WAITING)


@dataclass(frozen=True, slots=True)
class Call:
    """A call with an API key, and how it was answered; `problems` has the code of a refusal, and of each field."""

    api_key: str
    called_at: datetime
    method: str
    path: str
    status: int
    problems: str
    milliseconds: int
    request_id: str


def note_call(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Note a call that names an API key."""
    api_key = request.META.get(_KEY)
    if not api_key:
        return
    _waiting.append(
        Call(
            api_key=api_key,
            called_at=timezone.now(),
            method=request.method or "",
            path=path_without_names(request),
            status=response.status_code,
            problems=", ".join(_problems(response)) if response.status_code >= 400 else "",
            milliseconds=round(seconds * 1000),
            request_id=getattr(request, "request_id", ""),
        )
    )


def take_noted() -> list[Call]:
    """Return what was noted since the last time, in order."""
    taken = []
    while _waiting:
        taken.append(_waiting.popleft())
    return taken


def path_without_names(request: HttpRequest) -> str:
    """Return the path with our own ids, but no external ids, and the beginning of one that leads nowhere."""
    match = request.resolver_match
    if match is None or match.func is page_not_found:
        parts = request.path.split("/")
        return "/".join(parts if len(parts) <= MOST_PARTS else [*parts[:MOST_PARTS], "…"])
    path = request.path
    for name, value in match.kwargs.items():
        if isinstance(value, str) and value and not _is_id(value):
            path = path.replace(f"/{value}", f"/{{{name}}}")
    return path


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _problems(response: Any) -> Iterator[str]:
    """Yield the code of a refusal and where it applies; never the message, which may repeat what was sent."""
    try:
        error = orjson.loads(response.content)["error"]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return
    yield error["code"]
    for detail in (error.get("details") or [])[:MOST_PROBLEMS]:
        yield f"{detail['field']}: {detail['code']}"
