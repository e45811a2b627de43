"""How many calls a minute: per API key, per end user, and per address of guests."""

import math
import time
from contextlib import suppress
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from gamopanda.api.callers import CallerKind, caller_of

WINDOW = 60
"""Seconds in which calls are counted together, by the clock."""
SHARES = 10_000
"""Into how many shares a limit is cut. A process counts a share at once, so that it need not ask for every call.

No caller gets more than its limit; of many processes each may keep the rest of a share to itself. Only limits that are
larger than this are cut, which are those of API keys, of which there are few.
"""
MOST_IN_HAND = 1000
_in_hand: dict[str, int] = {}
_hand = Lock()
_PROBE = "readyz"


class CallerThrottle(BaseThrottle):
    """Refuse a caller's calls beyond its kind's limit until the next minute; a limit of 0 is none.

    Limits are `GAMOPANDA_CALLS_PER_MINUTE`, by kind of caller. Counts are kept in Django's cache, which all
    processes must share; while it is away, no call is refused.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the call, and say whether it is within the limit."""
        caller = caller_of(request)
        now = time.time()
        self.seconds_left = WINDOW - now % WINDOW
        # A guest has no name of its own.
        name = caller.throttle_name or self.get_ident(request)
        return getattr(request, "is_counted", False) or is_within_limit(caller.kind, name, now)

    def wait(self) -> float:
        """Return the whole seconds until the next minute, for `Retry-After`."""
        return math.ceil(self.seconds_left)


def is_within_limit(kind: CallerKind, name: str, now: float) -> bool:
    """Count a call at an instant, in seconds since 1970, and say whether its caller is within the limit."""
    limit = settings.GAMOPANDA_CALLS_PER_MINUTE[kind]
    return limit == 0 or _take_call(f"calls:{kind}:{name}:{int(now // WINDOW)}", limit)


def _take_call(key: str, limit: int) -> bool:
    """Take one call of a limit: of what this process has in hand, or else of what is left for all."""
    with _hand:
        if _in_hand.get(key, 0) > 0:
            _in_hand[key] -= 1
            return True
    share = max(1, limit // SHARES)
    granted = min(share, limit - (count_calls(key, share) - share))
    if granted > 1:
        with _hand:
            if len(_in_hand) >= MOST_IN_HAND:
                _in_hand.clear()
            _in_hand[key] = _in_hand.get(key, 0) + granted - 1
    return granted > 0


def count_calls(key: str, number: int) -> int:
    """Add to a count that is kept for a minute, and return it; just `number` whenever the cache is away.

    A call that cannot be counted is served: limits keep the service up, so they must not be what takes it down.
    """
    with suppress(ValueError):
        return cache.incr(key, number)
    # The first of this minute, unless another process was faster.
    if cache.add(key, number, timeout=WINDOW):
        return number
    with suppress(ValueError):
        return cache.incr(key, number)
    return number


def is_cache_away() -> bool:
    """Say whether calls cannot be counted at present."""
    cache.set(_PROBE, 1, timeout=WINDOW)
    return bool(cache.get(_PROBE) != 1)
