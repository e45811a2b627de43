"""Work shared out to processes, where there are cores for it."""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from typing import TypeVar

import django
from django.core.management.base import CommandError, CommandParser

Item = TypeVar("Item")
Result = TypeVar("Result")
# The collector looks for cycles whenever so many more objects were made than freed. With Python's own 700 it looks
# through all the rows of a batch again and again, a fifth of the whole work, and they have no cycles.
OBJECTS_BETWEEN_COLLECTIONS = 50_000
# How many pieces wait for each process: so none is idle, and what waits takes little memory.
AHEAD = 2


def add_processes(parser: CommandParser) -> None:
    """Offer `--processes`."""
    parser.add_argument(
        "--processes", type=int, default=1, metavar="NUMBER", help="How many processes share the work (1)."
    )


def share_out(
    function: Callable[[Item], Result], work: Iterable[tuple[int, Item]], *, processes: int
) -> Iterator[Result]:
    """Yield what the function makes of each piece of work, a (key, item) pair; all of one key go to one process.

    One process does everything itself. Others are started with a database connection of their own each, so function,
    items and results have to be picklable. An error in one of them is raised here, and ends them all.
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
    waiting: list[deque[Future[Result]]] = [deque() for _ in range(processes)]
    with ExitStack() as stack:
        # A process that is forked would share this one's connection.
        workers = [
            stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_set_up))
            for _ in range(processes)
        ]
        for key, item in work:
            number = key % processes
            if len(waiting[number]) == AHEAD:
                yield waiting[number].popleft().result()
            waiting[number].append(workers[number].submit(function, item))
        for future in (future for queue in waiting for future in queue):
            yield future.result()


def _set_up() -> None:
    django.setup()
    _collect_seldom()


def _collect_seldom() -> None:
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
