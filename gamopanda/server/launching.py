"""The server with its processes: Granian, with what suits this application."""

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from gamopanda.server.ports import wait_for_port
from gamopanda.server.worker import SECONDS_TO_FINISH, build, load

SECONDS_FOR_HEADERS = 10
"""Also how long a connection stays open that nothing comes on."""
# What an interrupted process may take to end.
SECONDS_TO_QUIT = 0.1
# Of one process, open at once; each takes a file descriptor, of which a process has 1,024.
MOST_CONNECTIONS = 800


def serve(host: str, port: int, *, workers: int, threads: int, on_startup: Callable[[], object] | None = None) -> None:
    """Serve until SIGTERM, which lets calls finish, or Ctrl-C, which does not.

    Raises `OSError` when something else listens on the port.
    """
    wait_for_port(host, port)
    load()
    server: Any = Granian(
        "gamopanda.server.worker:build",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=SECONDS_FOR_HEADERS * 1000),
        backpressure=MOST_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
        log_level=LogLevels.warning,
    )

    def quit_at_once(*_signal: Any) -> None:
        server.workers_kill_timeout = SECONDS_TO_QUIT
        server.signal_handler_interrupt()

    def start() -> None:
        signal.signal(signal.SIGINT, quit_at_once)
        if settings.GAMOPANDA_METRICS:
            from gamopanda.server.metrics import publish

            publish(*settings.GAMOPANDA_METRICS)
        if on_startup is not None:
            on_startup()

    server.on_startup(start)
    server.serve(target_loader=partial(build, threads=threads, parent=os.getpid()), wrap_loader=False)
