"""Where the time of one log goes: the microseconds of each part, in one process and one thread, with no server around.

The fastest of many calls counts, part by part: what else runs on the machine only ever adds.
"""

import io
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial, wraps
from importlib import import_module
from typing import Any

from django.core.wsgi import get_wsgi_application

from benchmarks.bodies import body_of_log
from benchmarks.generating import generate, make_streaks
from benchmarks.installation import Installation

PATH = "/api/v1.0/schema/streak_log/record"
# What is measured, and where it is: a function of a module or of a class in it. Parts may lie within others.
PARTS = {
    "all of it": "",
    "a connection": "gamopanda.postgresql.base.DatabaseWrapper.get_new_connection",
    "the key, as it is known": "streaks.api.fast_path._presumed_key",
    "reading and validating the body": "streaks.api.fast_path._plain_body",
    "counting the call": "streaks.api.fast_path.count_call",
    "recording, all of it": "streaks.api.fast_path.record_directly",
    "– begin, lock the member and read": "streaks.progress.store.postgres.PostgresStore.open_one",
    "– total, fold, run": "streaks.progress.recording.Recording._advance",
    "– insert and update": "streaks.progress.store.postgres.PostgresStore.save",
    "– issue a reward": "rewards.receivers.issue_rewards",
    "– commit": "gamopanda.postgresql.base.DatabaseWrapper.commit",
    "the answer, written": "streaks.api.fast_path._content",
    "the line in the log": "gamopanda.api.monitoring.middleware.log_call",
}


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Print the fastest time of every part, and its share of all."""
    now, members = datetime.now(UTC), 200 if quick else 2_000
    streaks = make_streaks(20)
    generate(streaks, members=members, now=now, spread=1)
    body = partial(body_of_log, streaks=[str(one.pk) for one in streaks], members=range(members), stamp=now.isoformat())
    times = _times_of_parts(installation.key_headers(), body, calls=200 if quick else 2_000)
    whole = min(times["all of it"])
    fastest = {name: min(times[name], default=0) for name in PARTS}
    rows = [f"| {name} | {fastest[name] * 1e6:,.0f} | {fastest[name] / whole:.0%} |" for name in PARTS]
    yield "\n".join(["## Where the time of one log goes", "", "| Part | µs | |", "|---|--:|--:|", *rows, ""])


def _times_of_parts(headers: Mapping[str, str], body: Callable[[int], bytes], *, calls: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    application: Any = get_wsgi_application()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(io.StringIO())
    with ExitStack() as timed:
        for name, target in PARTS.items():
            if target:
                timed.enter_context(_timed(target, times[name]))
        for number in range(calls):
            started_at = time.perf_counter()
            _post(application, headers, body(number))
            times["all of it"].append(time.perf_counter() - started_at)
    return times


@contextmanager
def _timed(target: str, times: list[float]) -> Iterator[None]:
    """Let a function note how long it takes."""
    owner_name, _, name = target.rpartition(".")
    try:
        owner: Any = import_module(owner_name)
    except ModuleNotFoundError:
        module_name, _, class_name = owner_name.rpartition(".")
        owner = getattr(import_module(module_name), class_name)
    plain = vars(owner).get(name) or getattr(owner, name)

    @wraps(plain)
    def noting(*args: Any, **kwargs: Any) -> Any:
        started_at = time.perf_counter()
        try:
            return plain(*args, **kwargs)
        finally:
            times.append(time.perf_counter() - started_at)

    setattr(owner, name, noting)
    yield
    setattr(owner, name, plain)


def _post(application: Any, headers: Mapping[str, str], body: bytes) -> None:
    """Call the application as a server does; raises `RuntimeError` when it does not record the log."""
    environment = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()},
    }
    said: list[str] = []
    response = application(environment, lambda status, _headers: said.append(status))
    content = b"".join(response)
    response.close()
    if said != ["201 Created"]:
        raise RuntimeError(f"{said}: {content.decode()}")
