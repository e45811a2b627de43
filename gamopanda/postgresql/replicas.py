"""Reads that a standby may answer: which one, and how far it is behind.

Only what asks for it reads from a standby: everything that writes or locks stays on the primary.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TRUSTED = 3
"""For so long what was seen of a standby holds: one that does not answer any more is left out."""
MOST_POSITIONS = 1000
_WRITTEN = "SELECT pg_current_wal_insert_lsn() - '0/0'"
_REPLAYED = "SELECT pg_last_wal_replay_lsn() - '0/0' WHERE pg_is_in_recovery()"


@dataclass(slots=True)
class Reading:
    """Which database one call reads from."""

    alias: str = DEFAULT_DB_ALIAS
    is_settled: bool = False

    @property
    def is_replica(self) -> bool:
        """Return whether that is a standby."""
        return self.alias != DEFAULT_DB_ALIAS


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def reading() -> Iterator[Reading]:
    """Let one call choose what it reads from; it is the primary until then, and again afterwards."""
    chosen = Reading()
    token = _reading.set(chosen)
    try:
        yield chosen
    finally:
        _reading.reset(token)


def current_reading() -> Reading:
    """Return what this call reads from."""
    return _reading.get() or Reading()


class ReplicaRouter:
    """Lead the reads of a call to the standby that it has chosen, and everything else to the primary."""

    def db_for_read(self, _model: Any, **_hints: Any) -> str:
        """Return what this call reads from."""
        return current_reading().alias

    def db_for_write(self, _model: Any, **_hints: Any) -> str:
        """Return the primary."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Any, _another: Any, **_hints: Any) -> bool:
        """Say that all records are of one database, wherever they were read."""
        return True

    def allow_migrate(self, alias: str, _app: str, **_hints: Any) -> bool:
        """Migrate the primary alone."""
        return alias == DEFAULT_DB_ALIAS


@dataclass
class Watch:
    """What this process has last seen of a standby.

    The lag is the time since the primary first had a position that the standby has not replayed: a standby by itself
    cannot tell that it gets nothing any more.
    """

    alias: str
    lag: float | None = None
    replayed: int = 0
    looked_at: float = float("-inf")
    not_replayed: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def is_usable(self) -> bool:
        """Return whether calls may read from it."""
        is_recent = time.monotonic() - self.looked_at < SECONDS_TRUSTED
        return is_recent and self.lag is not None and self.lag <= settings.DATABASE_REPLICA_SECONDS

    def note(self, now: float, written: int, replayed: int) -> None:
        """Note the position of the primary at an instant, and the one up to which the standby has replayed."""
        waiting = self.not_replayed
        while waiting and waiting[0][1] <= replayed:
            waiting.popleft()
        newest = waiting[-1][1] if waiting else replayed
        if newest < written and len(waiting) < MOST_POSITIONS:
            waiting.append((now, written))
        self.lag = now - waiting[0][0] if waiting else 0.0
        self.replayed, self.looked_at = replayed, now

    def leave_out(self) -> None:
        """Let no call read from it until it is seen again."""
        self.lag = None

    def look(self, primary: "psycopg.Connection[Any]", standby: "psycopg.Connection[Any]") -> None:
        """Ask both; a standby that has become a primary is one no more."""
        now = time.monotonic()
        (written,) = primary.execute(_WRITTEN).fetchone() or (0,)
        row = standby.execute(_REPLAYED).fetchone()
        if row is None:
            self.leave_out()
        else:
            self.note(now, int(written), int(row[0]))

    def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                with connect(DEFAULT_DB_ALIAS) as primary, connect(self.alias) as standby:
                    while True:
                        self.look(primary, standby)
                        time.sleep(SECONDS_BETWEEN_LOOKS)
            except psycopg.Error as error:
                logger.warning("%s is left out: %s", self.alias, error)
                self.leave_out()
                time.sleep(SECONDS_BETWEEN_LOOKS)


watches: dict[str, Watch] = {}
"""Of the standbys that this process may read from."""


def connect(alias: str) -> "psycopg.Connection[Any]":
    """Return a connection beside those of the threads that answer calls."""
    return psycopg.connect(**connections[alias].get_connection_params(), autocommit=True)


def watch_replicas() -> None:
    """From now on look at all standbys, each in a thread."""
    for alias in settings.DATABASES:
        if alias != DEFAULT_DB_ALIAS:
            watches[alias] = Watch(alias)
            threading.Thread(target=watches[alias].run, name=alias, daemon=True).start()


def choose_replica(since: int) -> str:
    """Return a standby that has replayed the position `since`; the primary where there is none."""
    usable = [watch for watch in watches.values() if watch.is_usable]
    random.shuffle(usable)
    found = (watch.alias for watch in usable if watch.replayed >= since or has_replayed(watch, since))
    return next(found, DEFAULT_DB_ALIAS)


def has_replayed(watch: Watch, since: int) -> bool:
    """Ask a standby whether it has replayed a position by now."""
    try:
        with connections[watch.alias].cursor() as cursor:
            cursor.execute(_REPLAYED)
            row = cursor.fetchone()
    except Error:
        watch.leave_out()
        return False
    return row is not None and row[0] >= since


def give_up_replica(chosen: Reading) -> bool:
    """Leave out the standby that a call has read from, and let the call read from the primary; say whether it did."""
    if not chosen.is_replica:
        return False
    if chosen.alias in watches:
        watches[chosen.alias].leave_out()
    chosen.alias, chosen.is_settled = DEFAULT_DB_ALIAS, True
    return True


def written_position() -> int:
    """Return the position of the primary: all that was committed before lies before it."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN)
        return int(cursor.fetchone()[0])


def lags() -> Iterable[tuple[str, float | None]]:
    """Return how many seconds each standby is behind; None for one that is left out."""
    return [(alias, watch.lag if watch.is_usable else None) for alias, watch in watches.items()]
