"""When a delivery is tried again (W3)."""

import random
from datetime import datetime, timedelta

# From the first try on.
OFFSETS = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
JITTER = 0.2
"""A wait is longer by up to this part of it, so that an endpoint that is up again is not met by all at once."""


def next_attempt(*, first_attempt_at: datetime, tries: int, now: datetime, retry_after: int | None) -> datetime | None:
    """Return when to try again after a number of tries, the last one now; None when there were enough."""
    if tries >= len(OFFSETS):
        return None
    gap = OFFSETS[tries] - OFFSETS[tries - 1]
    planned = first_attempt_at + OFFSETS[tries]
    due = max(planned, now + min(gap, timedelta(seconds=5))) + gap * random.uniform(0, JITTER)  # noqa: S311
    return due if retry_after is None else max(due, now + timedelta(seconds=retry_after))
