"""The server's worker ends when it is told to."""

import signal
from threading import Thread

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from gamopanda.conf.worker import QuickToQuit


def test_ctrl_c_ends_a_worker_that_is_just_handing_over_a_connection():
    configuration = Config()
    worker = QuickToQuit(0, 0, [], None, 30, configuration, Logger(configuration))
    worker.tpool = worker.get_thread_pool()

    def quit_at_once() -> None:
        with pytest.raises(SystemExit):
            worker.handle_quit(signal.SIGQUIT, None)

    quitting = Thread(target=quit_at_once, daemon=True)
    with worker.tpool._shutdown_lock:
        quitting.start()
        quitting.join(60)
        assert not quitting.is_alive()
    assert not worker.alive
