"""How many calls a minute: per API key, per end user, and per address of guests."""

import logging
import math
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from gamopanda.api.access.addresses import client_address
from gamopanda.api.access.callers import CallerKind, caller_of

logger = logging.getLogger(__name__)

WINDOW = 60
"""Seconds in which calls are counted together, by the clock."""
SECONDS_LEFT_ALONE = 5
"""For so long a cache that failed is not asked again, so that calls do not wait for it."""
_left_alone_until = 0.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many calls a caller may make in a minute, how many of them are left, and for how many whole seconds.

    Fewer than none are left once the limit is exceeded.
    """

    limit: int
    left: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that tell it, as the IETF's draft for RateLimit has them."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={WINDOW}',
            "RateLimit": f'"default";r={max(self.left, 0)};t={self.seconds}',
        }


class CallerThrottle(BaseThrottle):
    """Refuse calls beyond the limit of the caller's kind until the next minute; a limit of 0 is none.

    Calls are counted in one step of the cache. DRF's own classes read and write a list of instants, which loses calls
    that come at the same moment and grows with the limit.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the call, and say whether it is within the limit; one that the fast path has counted is not again."""
        noted: Any = request
        if not hasattr(request, "allowance"):
            caller = caller_of(request)
            # A guest has no name of its own.
            name = caller.throttle_name or client_address(request._request) or ""
            noted.allowance = count_call(caller.kind, name, time.time())
        self.allowance: Allowance | None = noted.allowance
        return self.allowance is None or self.allowance.left >= 0

    def wait(self) -> float | None:
        """Return the whole seconds until the next minute, for `Retry-After`."""
        return None if self.allowance is None else self.allowance.seconds


def count_call(kind: CallerKind, name: str, now: float) -> Allowance | None:
    """Count a call at an instant, in seconds since 1970, and return what its caller has left; None without a limit.

    Nor is there a limit while calls cannot be counted: limits keep the service up, so they must not take it down.
    """
    limit = settings.GAMOPANDA_CALLS_PER_MINUTE[kind]
    calls = 0 if limit == 0 else _count(f"{kind}:{name}:{int(now // WINDOW)}")
    return None if calls == 0 else Allowance(limit, limit - calls, math.ceil(WINDOW - now % WINDOW))


def can_count() -> bool:
    """Say whether calls can be counted at present."""
    return _count("readyz") > 0


def _count(key: str) -> int:
    """Add one to a count that is kept for a minute, and return it; 0 when the cache cannot be used."""
    global _left_alone_until  # noqa: PLW0603  what this process has last seen of the cache
    if time.monotonic() < _left_alone_until:
        return 0
    calls = caches["calls"]
    try:
        calls.add(key, 0, timeout=WINDOW)
        return int(calls.incr(key))
    except ValueError:
        # It expired in between.
        return 1
    except (RedisError, OSError) as error:
        _left_alone_until = time.monotonic() + SECONDS_LEFT_ALONE
        logger.warning("Calls cannot be counted, so they are not limited. %s: %s", type(error).__name__, error)
        return 0
