"""How the server runs, here and in production: `gunicorn gamopanda.wsgi`. GUNICORN_CMD_ARGS changes any of it."""

from typing import Any

workers = 2
worker_class = "gamopanda.worker.QuickToQuit"
threads = 4
# The filters of a list travel in its address, and may be long.
limit_request_line = 8190
# Two servers on one machine must not share a socket under the same home.
control_socket_disable = True


def on_starting(_server: Any) -> None:
    """Forget what processes have counted that are gone (GAMOPANDA_METRICS)."""
    # Not above: this file is read before the folder of the project can be imported from.
    from gamopanda.environment import read_var_dir

    for counts in (read_var_dir("GAMOPANDA_VAR_DIR") / "metrics").glob("*.db"):
        counts.unlink()
