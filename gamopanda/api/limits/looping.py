"""Commands that work in rounds until they are stopped."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandParser
from django.db import Error, close_old_connections, connection
from django.dispatch import Signal

from gamopanda.api.limits.outages import is_passing

logger = logging.getLogger(__name__)

round_finished = Signal()
"""Sent with the `command` that has finished a round of its work."""


def add_loop_options(parser: CommandParser, *, every: float = 60) -> None:
    """Offer `--loop` and `--every`."""
    parser.add_argument("--loop", action="store_true", help="Run until stopped, once every --every seconds.")
    parser.add_argument(
        "--every", type=float, default=every, metavar="SECONDS", help=f"Pause between rounds ({every:g})."
    )


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give the event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    yield stop


def run_rounds(command: str, work: Callable[[], object], *, loop: bool, every: float) -> None:
    """Work once, or in rounds until SIGTERM or SIGINT; a round that has begun is finished first.

    In a loop, a round that fails because the database is away is left out. A round that returns True has more to do at
    once.
    """
    if not loop:
        while work() is True:
            pass
        round_finished.send(run_rounds, command=command)
        return
    with stopped_by_signals() as stop:
        go_round(command, work, stop, every=every)


def go_round(command: str, work: Callable[[], object], stop: threading.Event, *, every: float) -> None:
    """Work in rounds until `stop` is set."""
    while not stop.is_set():
        has_more: Any = None
        try:
            has_more = work()
            round_finished.send(go_round, command=command)
        except Error as error:
            if not is_passing(error):
                raise
            logger.warning("This round is left out: %s", error)
            # The next round gets a connection that works.
            close_old_connections()
        if has_more is not True:
            stop.wait(every)


def run_together(loops: dict[str, tuple[Callable[[], object], float]]) -> None:
    """Run loops side by side, each in a thread of its own, until SIGTERM or SIGINT; the first that fails ends all."""
    errors: list[BaseException] = []
    with stopped_by_signals() as stop:

        def run(command: str, work: Callable[[], object], every: float) -> None:
            try:
                go_round(command, work, stop, every=every)
            except BaseException as error:
                errors.append(error)
                stop.set()
                raise
            finally:
                connection.close()

        threads = [
            threading.Thread(target=run, args=(name, *loop), name=name, daemon=True) for name, loop in loops.items()
        ]
        for thread in threads:
            thread.start()
        stop.wait()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
