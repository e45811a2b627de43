"""How many calls a minute: per API key, per end user, and per address of guests."""

import logging
import math
import time
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


class CallerThrottle(BaseThrottle):
    """Refuse calls beyond the limit of the caller's kind until the next minute; a limit of 0 is none.

    Calls are counted in one step of the cache. DRF's own classes read and write a list of instants, which loses calls
    that come at the same moment and grows with the limit.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the call, and say whether it is within the limit."""
        now = time.time()
        self.seconds_left = WINDOW - now % WINDOW
        if getattr(request, "is_counted", False):
            return True
        caller = caller_of(request)
        # A guest has no name of its own.
        name = caller.throttle_name or client_address(request._request) or ""
        return is_within_limit(caller.kind, name, now)

    def wait(self) -> float:
        """Return the whole seconds until the next minute, for `Retry-After`."""
        return math.ceil(self.seconds_left)


def is_within_limit(kind: CallerKind, name: str, now: float) -> bool:
    """Count a call at an instant, in seconds since 1970, and say whether its caller is within the limit.

    A call that cannot be counted is within it: limits keep the service up, so they must not take it down.
    """
    limit = settings.GAMOPANDA_CALLS_PER_MINUTE[kind]
    return limit == 0 or _count(f"{kind}:{name}:{int(now // WINDOW)}") <= limit


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
