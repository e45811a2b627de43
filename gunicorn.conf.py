"""How the server runs, here and in production: `gunicorn gamopanda.wsgi`. GUNICORN_CMD_ARGS changes any of it."""

import gc
from typing import Any

workers = 2
worker_class = "gamopanda.conf.worker.QuickToQuit"
threads = 4
# The filters of a list travel in its address, and may be long.
limit_request_line = 8190
# Two servers on one machine must not share a socket under the same home.
control_socket_disable = True


def on_starting(_server: Any) -> None:
    """Forget what processes have counted that are gone (GAMOPANDA_METRICS)."""
    # Not above: this file is read before the folder of the project can be imported from.
    from gamopanda.conf.environment import read_var_dir

    for counts in (read_var_dir("GAMOPANDA_VAR_DIR") / "metrics").glob("*.db"):
        counts.unlink()


def post_worker_init(_worker: Any) -> None:
    """Spare the collector of garbage what is loaded once and stays, and the many objects of a batch of logs."""
    gc.freeze()
    gc.set_threshold(20_000)
