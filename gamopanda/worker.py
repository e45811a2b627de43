"""The worker of the server: gunicorn's threads, and a quick end that cannot hang."""

from typing import Any

from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker


class QuickToQuit(ThreadWorker):  # type: ignore[misc]  # it carries no types
    """Ends at once on Ctrl-C, whatever it was doing.

    Gunicorn's own handler takes the lock of the pool of threads. It waits for ever when the signal finds its own
    thread holding that lock, as it does while it hands over a connection.
    """

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Leave; the interpreter ends the pool's threads when it exits."""
        Worker.handle_quit(self, sig, frame)
