"""What a process of the server does before it answers calls."""

import gc
import logging
import os
import signal
import threading
import time
from importlib import import_module

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError, close_old_connections, connection
from django.utils.module_loading import import_string

from gamopanda.server.application import Application

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_BETWEEN_STORING = 2
SECONDS_TO_FINISH = 30


def build(*, threads: int, parent: int) -> Application:
    """Return the application for a process of its own, with so many threads; `parent` starts and stops it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # Until the server has its own, and not those of the parent, which this process was copied from.
        signal.signal(number, signal.SIG_DFL)
    end_with_parent(parent)
    bound_database()
    store_noted_calls()
    if settings.GAMOPANDA_METRICS:
        from gamopanda.api.monitoring.metrics import threads as threads_counted

        threads_counted.set(threads)
    return Application(load(), threads=threads)


def load() -> WSGIHandler:
    """Load the whole application: once, before processes are copied from this one."""
    # Sets Django up.
    from gamopanda.wsgi import application

    import_module(settings.ROOT_URLCONF)
    # Spare the garbage collector what is loaded once and stays, and the many objects of a batch of logs.
    gc.freeze()
    gc.set_threshold(20_000)
    return application


def bound_database() -> None:
    """Let the database end what a call may not wait for: commands may, and have no such limits."""
    if connection.vendor != "postgresql":
        return
    from gamopanda.postgresql.base import DatabaseWrapper
    from gamopanda.postgresql.replicas import watch_replicas
    from gamopanda.postgresql.standby import watch_commits

    DatabaseWrapper.limits = settings.DATABASE_LIMITS
    if settings.DATABASE_STANDBY_SECONDS:
        watch_commits(connection.get_connection_params(), settings.DATABASE_STANDBY_SECONDS)
    watch_replicas()


def store_noted_calls() -> None:
    """Store in the background, every few seconds, which calls of API keys this process has answered."""

    def work() -> None:
        while True:
            time.sleep(SECONDS_BETWEEN_STORING)
            try:
                # By its name: the server knows nothing of keys.
                import_string("gamopanda.accounts.recent_calls.store_calls")()
            except DatabaseError as error:
                logger.warning("The latest calls could not be stored: %s", error)
            close_old_connections()

    threading.Thread(target=work, name="calls", daemon=True).start()


def end_with_parent(parent: int) -> None:
    """End this process, after the calls that it has, when its parent was killed: it would serve an old version."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        # Once: at a second one, while a call is under way, Granian stops the whole process for good.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(SECONDS_TO_FINISH)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent", daemon=True).start()
