"""A cache on a Redis server, shared by the processes of several hosts, which the product can do without for a while."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.core.cache.backends import redis as django_redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from gamopanda.api.outages import Outage

SECONDS_TO_ANSWER = 1
# Django makes a cache object for each thread; all of those of one process know of an outage at once.
_outages: dict[str, Outage] = defaultdict(Outage)


class RedisCache(django_redis.RedisCache):
    """Django's own; while the server cannot be reached, an empty cache that forgets what it is given.

    Once a server is back, what it had is there again.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "socket_connect_timeout": SECONDS_TO_ANSWER,
            "socket_timeout": SECONDS_TO_ANSWER,
            # Once: for connections that were open when the server was started anew.
            "retry": Retry(NoBackoff(), 1),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._outage = _outages[server]

    def _ask(self, work: Callable[..., Any], *arguments: Any, otherwise: Any) -> Any:
        if self._outage.is_on:
            return otherwise
        try:
            return work(*arguments)
        except RedisError as error:
            self._outage.begin(error)
            return otherwise

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return a value, or `default` when there is none."""
        return self._ask(super().get, key, default, version, otherwise=default)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        """Return those values that there are."""
        found: dict[Any, Any] = self._ask(super().get_many, keys, version, otherwise={})
        return found

    def has_key(self, key: str, version: int | None = None) -> bool:
        """Say whether there is a value."""
        return bool(self._ask(super().has_key, key, version, otherwise=False))

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store a value for `timeout` seconds."""
        self._ask(super().set, key, value, timeout, version, otherwise=None)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store a value unless there is one; False: there was one."""
        return bool(self._ask(super().add, key, value, timeout, version, otherwise=True))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to a stored whole number and return it; raises `ValueError` when there is none."""
        count = self._ask(super().incr, key, delta, version, otherwise=None)
        if count is None:
            raise ValueError(f"There is no {key!r} in the cache.")
        return int(count)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let a value live for another `timeout` seconds; say whether there was one."""
        return bool(self._ask(super().touch, key, timeout, version, otherwise=False))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Remove a value; say whether there was one."""
        return bool(self._ask(super().delete, key, version, otherwise=False))

    def clear(self) -> None:
        """Remove everything."""
        self._ask(super().clear, otherwise=None)
