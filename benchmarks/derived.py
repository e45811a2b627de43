"""What is derived from five million logs, derived again and checked; and half a million runs that the clock has ended.

The floors are what a database does by itself: window functions over the same logs, written to tables with the same
indexes, and one UPDATE of all runs at once.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import connection

from benchmarks.generating import COMPLETION_TARGET, TARGET, generate, make_streaks
from benchmarks.installation import WORKERS, Installation
from benchmarks.load import Load
from benchmarks.measuring import Contender, compete, limit, table
from benchmarks.watching import Watched, posts, watch
from gamopanda.conf.environment import read_int
from streaks.models import Streak, StreakLog, StreakProgress

_TOTALS = f"""
INSERT INTO plain_total (id, created_at, updated_at, member_id, streak_id, period_key, total, log_count,
                         first_activity_at, last_activity_at, completed_at)
SELECT gen_random_uuid(), now(), now(), member_id, streak_id, period_key, sum(activity_value), count(*),
       min(activity_at), max(activity_at), min(activity_at) FILTER (WHERE running >= {TARGET * 10_000})
FROM (SELECT member_id, streak_id, period_key, activity_at, activity_value, sum(activity_value) OVER (
          PARTITION BY member_id, streak_id, period_key ORDER BY activity_at) AS running
      FROM streaks_streaklog) AS logs
GROUP BY member_id, streak_id, period_key
"""
# Gaps and islands: days in a row, cut into runs of seven.
_RUNS = f"""
INSERT INTO plain_run (id, created_at, updated_at, member_id, streak_id, stored_status, current_progress_value,
    highest_progress_value, starts_on, ends_on, streak_started_at, streak_completed_at, breaks_at)
SELECT gen_random_uuid(), now(), now(), member_id, streak_id,
       CASE WHEN count(*) = {COMPLETION_TARGET} THEN 'completed' WHEN max(period_key) + 1 >= current_date
            THEN 'in_progress' ELSE 'broken' END,
       count(*), count(*), min(period_key), max(period_key) + (count(*) < {COMPLETION_TARGET})::integer,
       min(first_activity_at), CASE WHEN count(*) = {COMPLETION_TARGET} THEN max(completed_at) END,
       CASE WHEN count(*) < {COMPLETION_TARGET} THEN (max(period_key) + 2)::timestamptz END
FROM (SELECT *, (row_number() OVER (PARTITION BY member_id, streak_id, island ORDER BY period_key) - 1)
                / {COMPLETION_TARGET} AS part
      FROM (SELECT *, period_key
                   - row_number() OVER (PARTITION BY member_id, streak_id ORDER BY period_key)::integer AS island
            FROM plain_total WHERE completed_at IS NOT NULL) AS days) AS parts
GROUP BY member_id, streak_id, island, part
"""
_BARE_UPDATE = "UPDATE streaks_streakprogress SET stored_status = 'broken' WHERE stored_status = 'in_progress'"
_ENDED_RUNS = """
INSERT INTO streaks_streakprogress (id, created_at, updated_at, member_id, streak_id, stored_status,
    current_progress_value, highest_progress_value, starts_on, ends_on, streak_started_at, breaks_at)
SELECT gen_random_uuid(), now(), now(), id, %(streak)s, 'in_progress', 1, 1, current_date - 9, current_date - 8,
       now() - interval '9 days', current_date - 7
FROM accounts_member ORDER BY id
"""
# What the parts of this file may take at most.
REBUILD_MEGABYTES = 500
CLOSE_MILLISECONDS = 200
_MEMBERS = """
INSERT INTO accounts_member (id, created_at, updated_at, external_id, first_name, last_name, email, phone_number,
                             status)
SELECT gen_random_uuid(), now(), now(), 'generated-' || %(first)s + number, '', '', '', '', 'live'
FROM generate_series(0, %(number)s - 1) AS number
"""


def run(*statements: str, **values: Any) -> None:
    """Run statements, each by itself."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values or None)


@dataclass(frozen=True, slots=True)
class Work:
    """Something to time, so many rows of it, and what has to be done before the clock starts."""

    rows: int
    prepare: Callable[[], object]
    do: Callable[[], object]

    def measure(self) -> float:
        """Return the rows a second."""
        self.prepare()
        run("CHECKPOINT")
        started_at = time.perf_counter()
        self.do()
        return self.rows / (time.perf_counter() - started_at)


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Compare with the database alone: three times its time at most, and twice for a check."""
    members, runs = (5_000, 30_000) if quick else (read_int("MEMBERS", default=500_000, minimum=1_000), 500_000)
    yield from _measure_rebuilding(installation, members=members, rounds=2 if 5_000 < members <= 100_000 else 1)
    yield from _measure_closing(installation, first=members, runs=runs, rounds=1 if quick else 4)


def _measure_rebuilding(installation: Installation, *, members: int, rounds: int) -> Iterator[str]:
    streaks = make_streaks(20)
    generate(streaks, members=members, now=datetime.now(UTC), is_derived=False)
    logs = StreakLog.objects.count()
    run(
        "CREATE TABLE plain_total (LIKE streaks_taskprogress INCLUDING ALL)",
        "CREATE TABLE plain_run (LIKE streaks_streakprogress INCLUDING ALL)",
    )
    floor = Work(logs, partial(run, "TRUNCATE plain_total, plain_run"), partial(run, _TOTALS, _RUNS))
    nothing_derived = partial(run, "TRUNCATE streaks_taskprogress, streaks_streakprogress CASCADE")
    processes = ("--processes", str(WORKERS))
    rebuild = partial(installation.manage, "rebuild_progress", *processes)
    check = partial(installation.manage, "check_progress", *processes)
    contenders = [
        Contender("Floor: window functions, written with indexes", floor.measure),
        Contender(f"rebuild_progress --processes {WORKERS}", Work(logs, nothing_derived, rebuild).measure, 1 / 3, 0.8),
        Contender(f"check_progress --processes {WORKERS}", Work(logs, lambda: None, check).measure, 1 / 2),
    ]
    results = compete(contenders, rounds=rounds)
    yield table(f"Deriving anew from {logs:,} logs, from nothing", results)
    nothing_derived()
    with posts(installation, streaks, members=range(members), seconds=logs / results[1].median) as loads:
        watched = watch(installation, "rebuild_progress", *processes)
    check()
    yield _meanwhile("rebuild_progress", watched, loads)
    yield limit("Memory of all its processes", watched.megabytes, "MB", REBUILD_MEGABYTES) + "\n"


def _meanwhile(command: str, watched: Watched, loads: Sequence[Load]) -> str:
    (load,) = loads
    return (
        f"{command} while posts went on: {watched.seconds:.1f} s; posts p50 {load.p50:.0f} ms, p99 {load.p99:.0f} ms, "
        f"none lost; its longest transaction {watched.transaction_ms:.0f} ms\n"
    )


def _measure_closing(installation: Installation, *, first: int, runs: int, rounds: int) -> Iterator[str]:
    (streak,) = make_streaks(1)
    run("TRUNCATE accounts_member CASCADE")
    run(_MEMBERS, first=first, number=runs)
    prepare = partial(_end_runs, streak)
    contenders = [
        Contender("Floor: one UPDATE", Work(runs, prepare, partial(run, _BARE_UPDATE)).measure),
        Contender("close_periods", Work(runs, prepare, partial(_close, installation)).measure, 1 / 3, 2 / 3),
    ]
    results = compete(contenders, rounds=rounds)
    yield table(f"Stamping {runs:,} ended runs", results)
    prepare()
    members = range(first, first + runs)
    with posts(installation, [streak], members=members, seconds=runs / results[1].median) as loads:
        watched = watch(installation, "close_periods")
    yield _meanwhile("close_periods", watched, loads)
    yield limit("Longest time for which it held a lock", watched.transaction_ms, "ms", CLOSE_MILLISECONDS) + "\n"


def _end_runs(streak: Streak) -> None:
    run("TRUNCATE streaks_streakprogress CASCADE")
    run(_ENDED_RUNS, streak=streak.pk)
    run("VACUUM ANALYZE streaks_streakprogress")


def _close(installation: Installation) -> None:
    installation.manage("close_periods")
    assert not StreakProgress.objects.filter(stored_status="in_progress").exists()
