"""What a caller has just written it reads, also where a standby answers.

The position of the last write of each API key, person and member is kept in the cache of all processes, for longer
than a standby may be behind.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.db import Error
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from gamopanda.api.access.callers import KEY_HEADERS
from gamopanda.postgresql.replicas import choose_replica, current_reading, reading, watches, written_position

logger = logging.getLogger(__name__)

SECONDS_ADDED = 10
"""For so much longer than a standby may be behind a position is kept."""
SECONDS_LEFT_ALONE = 5
"""For so long a cache that failed is not asked again, and the primary answers."""
UNKNOWN = 2**63 - 1
"""A position that no standby has replayed."""
HEADER = "X-Replica-Lag"
SAFE = {"GET", "HEAD", "OPTIONS"}
_members: ContextVar[set[UUID] | None] = ContextVar("members", default=None)
_left_alone_until = 0.0


class FreshnessMiddleware:
    """Keep the position after each call that may have written, for its caller and the members that it concerned."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and keep the position before the caller knows that it has written."""
        if request.method in SAFE:
            return self.get_response(request)
        with _noting() as members:
            response = self.get_response(request)
        names = [*names_of(request), *map(name_of_member, members)]
        if names and response.status_code not in {401, 403}:
            remember(names)
        return response


@contextmanager
def _noting() -> Iterator[set[UUID]]:
    members: set[UUID] = set()
    token = _members.set(members)
    try:
        yield members
    finally:
        _members.reset(token)


def note_members(ids: Iterable[UUID]) -> None:
    """Note members that the present call writes about."""
    members = _members.get()
    if members is not None:
        members.update(ids)


def names_of(request: HttpRequest) -> list[str]:
    """Return what the writes of a server or of a person in the console are kept under."""
    key, person = request.headers.get(KEY_HEADERS[0]), getattr(getattr(request, "user", None), "pk", None)
    names = [f"key:{sha256(key.encode()).hexdigest()}"] if key else []
    return names if person is None else [*names, f"person:{person}"]


def name_of_member(member_id: UUID) -> str:
    """Return what the writes about a member are kept under."""
    return f"member:{member_id}"


def remember(names: Iterable[str]) -> None:
    """Keep the present position for these names; without it, standbys are left aside for as long."""
    try:
        position = written_position()
    except Error:
        position = UNKNOWN
    seconds = settings.DATABASE_REPLICA_SECONDS + SECONDS_ADDED
    _ask(lambda cache: cache.set_many({f"written:{name}": position for name in names}, timeout=seconds))


def last_position(names: Iterable[str]) -> int:
    """Return the last position that is kept for any of these names; 0 where there is none."""
    kept = _ask(lambda cache: cache.get_many([f"written:{name}" for name in names]))
    return UNKNOWN if kept is None else max(kept.values(), default=0)


def _ask(work: Callable[[Any], Any]) -> Any:
    """Return what the cache answers; None while it cannot be used."""
    global _left_alone_until  # noqa: PLW0603  what this process has last seen of the cache
    if time.monotonic() < _left_alone_until:
        return None
    try:
        return work(caches["calls"])
    except (RedisError, OSError) as error:
        _left_alone_until = time.monotonic() + SECONDS_LEFT_ALONE
        logger.warning("The primary answers all reads: the cache cannot be used. %s", error)
        return None


def let_replica_answer(request: HttpRequest, member_id: UUID | None = None) -> None:
    """Let a standby answer what the present call reads from now on, if it has what the caller has written."""
    chosen = current_reading()
    if watches and not chosen.is_settled:
        names = names_of(request) + ([] if member_id is None else [name_of_member(member_id)])
        since = last_position(names) if names else 0
        chosen.alias = choose_replica(since)


@contextmanager
def replica_may_answer(request: HttpRequest) -> Iterator[None]:
    """Let a standby answer what the block reads."""
    with reading():
        let_replica_answer(request)
        yield


def lag_header() -> dict[str, str]:
    """Return the header that says how far behind the standby is that answers; none where the primary does."""
    chosen = current_reading()
    lag = watches[chosen.alias].lag if chosen.alias in watches else None
    return {} if lag is None else {HEADER: f"{lag:.3f}"}
