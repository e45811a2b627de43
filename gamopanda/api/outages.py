"""What becomes of calls while the cache is away: they are served, uncounted, and the log says so."""

import logging
import time

logger = logging.getLogger(__name__)

SECONDS_LEFT_ALONE = 5
"""How long a cache that failed is not asked again, so that requests do not wait and the log has one line."""


class Outage:
    """Whether a cache is away, as this process has last seen it. Without its cache a limit cannot be kept."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        """Whether the cache failed a moment ago, and is left alone."""
        return time.monotonic() < self._until

    def begin(self, error: Exception) -> None:
        """Leave the cache alone for a while, and tell why."""
        self._until = time.monotonic() + SECONDS_LEFT_ALONE
        logger.warning(
            "The cache cannot be used, so calls are not limited. It is tried again in %s seconds. %s: %s",
            SECONDS_LEFT_ALONE,
            type(error).__name__,
            error,
        )
