"""A cache in one file, shared by the processes of one host: no server to run, and exact counts under concurrency.

Django's own file cache reads and lists a directory on every write and loses counts when two processes add at once;
its local-memory cache counts for each process alone.
"""

import pickle
import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from gamopanda.api.outages import Outage

_SCHEMA = "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value, expires_at REAL NOT NULL) WITHOUT ROWID"
_STORE = """
    INSERT INTO entry (key, value, expires_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
_NEVER = float("inf")
# One store in so many also removes what has expired.
_STORES_PER_CLEANING = 500
# Django makes a cache object for each thread; all of those of one process know of an outage at once.
_outages: dict[str, Outage] = defaultdict(Outage)


class SharedFileCache(BaseCache):
    """Django's cache interface over a table in a SQLite file of its own, which may be deleted at any time.

    While the file cannot be used (a full disk, a folder without rights), an empty cache that forgets what it is given.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._path = Path(location)
        self._outage = _outages[location]
        self._opened: sqlite3.Connection | None = None

    @property
    def _connection(self) -> sqlite3.Connection:
        """The connection of this cache object, of which Django makes one for each thread."""
        if self._opened is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._opened = sqlite3.connect(self._path, timeout=5, isolation_level=None, check_same_thread=False)
            self._opened.execute("PRAGMA journal_mode=WAL")
            self._opened.execute("PRAGMA synchronous=OFF")
            self._opened.execute(_SCHEMA)
        return self._opened

    def _run(self, statement: str, *parameters: object, otherwise: Sequence[Any] = ()) -> Sequence[Any]:
        if self._outage.is_on:
            return otherwise
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except (sqlite3.Error, OSError) as error:
            self._outage.begin(error)
            return otherwise

    def _name(self, key: str, version: int | None) -> str:
        return self.make_and_validate_key(key, version=version)

    def _expiry(self, timeout: Any) -> float:
        return self.get_backend_timeout(timeout) or _NEVER

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return a value, or `default` when there is none that has not expired."""
        rows = self._run(
            "SELECT value FROM entry WHERE key = ? AND expires_at > ?", self._name(key, version), time.time()
        )
        return _unpack(rows[0][0]) if rows else default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store a value for `timeout` seconds."""
        self._run(_STORE, self._name(key, version), _pack(value), self._expiry(timeout))
        self._clean_now_and_then()

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store a value unless there is one; False: there was one."""
        statement = f"{_STORE} WHERE entry.expires_at <= ? RETURNING key"
        values = (self._name(key, version), _pack(value), self._expiry(timeout), time.time())
        stored = self._run(statement, *values, otherwise=[key])
        self._clean_now_and_then()
        return bool(stored)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to a stored whole number, in one step, and return it; raises `ValueError` when there is none."""
        statement = "UPDATE entry SET value = value + ? WHERE key = ? AND expires_at > ? RETURNING value"
        rows = self._run(statement, delta, self._name(key, version), time.time())
        if not rows:
            raise ValueError(f"There is no {key!r} in the cache.")
        return int(rows[0][0])

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let a value live for another `timeout` seconds; say whether there was one."""
        statement = "UPDATE entry SET expires_at = ? WHERE key = ? AND expires_at > ? RETURNING key"
        return bool(self._run(statement, self._expiry(timeout), self._name(key, version), time.time()))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Remove a value; say whether there was one."""
        return bool(self._run("DELETE FROM entry WHERE key = ? RETURNING key", self._name(key, version)))

    def clear(self) -> None:
        """Remove everything."""
        self._run("DELETE FROM entry")

    def _clean_now_and_then(self) -> None:
        if random.randrange(_STORES_PER_CLEANING) == 0:  # noqa: S311 (no secret depends on it)
            self._run("DELETE FROM entry WHERE expires_at <= ?", time.time())


def _pack(value: Any) -> Any:
    """Whole numbers are stored as they are, so that SQL can add to them."""
    return value if type(value) is int else pickle.dumps(value)


def _unpack(stored: Any) -> Any:
    return stored if type(stored) is int else pickle.loads(stored)  # noqa: S301 (only this installation writes it)
