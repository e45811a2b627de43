"""Commands that work in rounds until they are stopped."""

import logging
import signal
import threading
from collections.abc import Callable

from django.core.management.base import CommandParser
from django.db import Error, close_old_connections

from gamopanda.api.limits.outages import is_passing

logger = logging.getLogger(__name__)


def add_loop_options(parser: CommandParser) -> None:
    """Offer `--loop` and `--every`."""
    parser.add_argument("--loop", action="store_true", help="Run until stopped, once every --every seconds.")
    parser.add_argument("--every", type=float, default=60, metavar="SECONDS", help="Pause between rounds (60).")


def run_rounds(work: Callable[[], object], *, loop: bool, every: float) -> None:
    """Work once, or in rounds until SIGTERM or SIGINT; a round that has begun is finished first.

    In a loop, a round that fails because the database is away is left out.
    """
    stop = threading.Event()
    if loop:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    while True:
        try:
            work()
        except Error as error:
            if not loop or not is_passing(error):
                raise
            logger.warning("This round is left out: %s", error)
            # The next round gets a connection that works.
            close_old_connections()
        if not loop or stop.wait(every):
            return
