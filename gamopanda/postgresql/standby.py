"""An end to commits that wait for a synchronous standby that is gone, which PostgreSQL would let wait for ever."""

import logging
import threading
import time
from typing import Any

import psycopg

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.5
# Of the same user and database: those of this installation.
_END_LONG_COMMITS = """
    SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
    WHERE wait_event = 'SyncRep' AND usename = current_user AND datname = current_database()
        AND query_start < clock_timestamp() - make_interval(secs => %s)
"""


def watch_commits(parameters: dict[str, Any], seconds: int) -> None:
    """From now on, in a thread, end the wait of every commit that takes longer; `parameters` are those to connect."""
    threading.Thread(target=_watch, args=(parameters, seconds), name="commits", daemon=True).start()


def _watch(parameters: dict[str, Any], seconds: int) -> None:
    while True:
        try:
            with psycopg.connect(**parameters, autocommit=True) as looking:
                while True:
                    end_long_commits(looking, seconds)
                    time.sleep(SECONDS_BETWEEN_LOOKS)
        except psycopg.Error:
            # Calls tell of it.
            time.sleep(SECONDS_BETWEEN_LOOKS)


def end_long_commits(looking: psycopg.Connection[Any], seconds: int) -> int:
    """End the wait of commits that began so long ago; returns how many. What they wrote is stored, and stays."""
    (ended,) = looking.execute(_END_LONG_COMMITS, [seconds]).fetchone() or (0,)
    if ended:
        logger.warning("%s commits had no synchronous standby within %s seconds.", ended, seconds)
    return int(ended)
