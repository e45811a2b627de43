"""Work shared out to processes, where there are cores for it."""

import gc
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import TypeVar

import django
from django.core.management.base import CommandError, CommandParser
from django.db import connections

Item = TypeVar("Item")
Result = TypeVar("Result")
# The collector looks for cycles whenever so many more objects were made than freed. With Python's own 700 it looks
# through all the rows of a batch again and again, a fifth of the whole work, and they have no cycles.
OBJECTS_BETWEEN_COLLECTIONS = 50_000
# For each process that many pieces are under way, so none is idle, and what waits takes little memory.
AHEAD = 2


def add_processes(parser: CommandParser) -> None:
    """Offer `--processes`."""
    parser.add_argument(
        "--processes", type=int, default=1, metavar="NUMBER", help="How many processes share the work (1)."
    )


def share_out(
    function: Callable[[Item], Result], work: Iterable[tuple[int, Item]], *, processes: int
) -> Iterator[Result]:
    """Yield what the function makes of each piece of work, a (key, item) pair; all of one key one after the other.

    One process does everything itself. Others have a database connection of their own each; function, items and
    results have to be picklable. An error in one of them is raised here, and ends them all.
    """
    if processes < 1:
        raise CommandError("--processes must be at least 1.")
    if processes == 1:
        usual = gc.get_threshold()
        _collect_seldom()
        try:
            yield from (function(item) for _, item in work)
        finally:
            gc.set_threshold(*usual)
        return
    under_way: dict[int, Future[Result]] = {}
    with ProcessPoolExecutor(processes, mp_context=_way_to_start(), initializer=_set_up) as workers:
        # Copies are made with the first call: now, before the work is looked up over a connection of our own.
        workers.submit(os.getpid)
        for key, item in work:
            number = key % shares_for(processes)
            if number in under_way:
                yield under_way.pop(number).result()
            under_way[number] = workers.submit(function, item)
        for future in under_way.values():
            yield future.result()


def shares_for(processes: int) -> int:
    """Return how many keys can be under way at a time."""
    return 1 if processes == 1 else AHEAD * processes


def _way_to_start() -> BaseContext:
    """Return how processes are started: as copies of this one, which has everything loaded already.

    A copy has no threads, and what they held stays locked in it for ever; and connections cannot be shared. So these
    are closed, and where there are threads a process starts from nothing.
    """
    for connection in connections.all(initialized_only=True):
        connection.close()
    return get_context("fork" if threading.active_count() == 1 else "spawn")


def _set_up() -> None:
    django.setup()
    _collect_seldom()


def _collect_seldom() -> None:
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
