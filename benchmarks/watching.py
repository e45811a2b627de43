"""A command of the product, watched while it runs: its time, memory and longest transaction, and posts meanwhile."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count

import psycopg

from benchmarks.bodies import body_of_log
from benchmarks.installation import Installation, memory_of
from benchmarks.load import Load, Pace, Target, send_load
from benchmarks.one_log import PATH
from gamopanda.conf.environment import BASE_DIR
from streaks.models import Streak, StreakLog

SECONDS_BETWEEN_LOOKS = 0.01
# Adding up memory takes longer than looking for transactions.
LOOKS_AT_MEMORY = 10
# By this name the database knows what the command does from what others do.
NAME = "watched"
_LONGEST_TRANSACTION = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)) * 1000, 0)::float8
FROM pg_stat_activity WHERE application_name = %s
"""


@dataclass(slots=True)
class Watched:
    """What a command took: milliseconds of its longest transaction; megabytes of all of its processes at once."""

    seconds: float = 0
    megabytes: float = 0
    transaction_ms: float = 0


def watch(installation: Installation, *arguments: str, ends_after: float | None = None) -> Watched:
    """Run a command of the product to its end, or kill it after so many seconds.

    Raises `CalledProcessError` when it fails. A transaction holds its locks until its end, so that none is held for
    longer than the longest one.
    """
    watched, started_at = Watched(), time.perf_counter()
    command = [sys.executable, "manage.py", *arguments]
    environment = {**installation.environment, "PGAPPNAME": NAME}
    with (
        psycopg.connect(installation.database_url, autocommit=True) as looking,
        subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL) as process,
    ):
        for number in count():
            if process.poll() is not None:
                break
            if ends_after is not None and time.perf_counter() - started_at > ends_after:
                process.kill()
                watched.seconds = time.perf_counter() - started_at
                return watched
            (longest,) = looking.execute(_LONGEST_TRANSACTION, [NAME]).fetchone() or (0,)
            watched.transaction_ms = max(watched.transaction_ms, longest)
            if number % LOOKS_AT_MEMORY == 0:
                watched.megabytes = max(watched.megabytes, memory_of(process.pid) / 1_000_000)
            time.sleep(SECONDS_BETWEEN_LOOKS)
    watched.seconds = time.perf_counter() - started_at
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return watched


@contextmanager
def posts(
    installation: Installation, streaks: Sequence[Streak], *, members: range, seconds: float
) -> Iterator[list[Load]]:
    """Post logs of members meanwhile, twenty a second; afterwards the list has what it brought.

    Raises `RuntimeError` when an answer is another than 201, and when a log is not there that was answered so.
    """
    label = f"meanwhile {time.time_ns()}"
    body = partial(
        body_of_log,
        streaks=[str(streak.pk) for streak in streaks],
        members=members,
        stamp=datetime.now(UTC).isoformat(),
        label=label,
    )
    loads: list[Load] = []
    with installation.serve() as port, ThreadPoolExecutor(1) as pool:
        target = Target(port, PATH, headers=installation.key_headers(), body=body)
        _, warm = send_load(target, first=0, pace=Pace(seconds=0.5, connections=4))
        pace = Pace(seconds=seconds, connections=4, per_second=20)
        sending = pool.submit(send_load, target, first=warm, pace=pace)
        yield loads
        load, sent = sending.result()
        loads.append(load)
    stored = StreakLog.objects.filter(unique_identifier__startswith=label).count()
    if stored != sent:
        raise RuntimeError(f"{sent} logs were answered with 201, and {stored} are stored.")
