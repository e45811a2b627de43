"""Half a million members whose streak is at risk are reminded, by one worker and by two."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.derived import run
from benchmarks.installation import WORKERS, Installation
from benchmarks.measuring import limit
from benchmarks.watching import Watched, watch
from gamopanda.conf.environment import BASE_DIR, read_int
from streaks.models import Streak

HOUR = 18
"""The streak's zone is one in which this hour has begun; six hours later its period ends."""
MINUTES, MILLISECONDS = 60, 200
_MEMBERS = """
INSERT INTO accounts_member (id, created_at, updated_at, external_id, first_name, last_name, email, phone_number,
                             status)
SELECT gen_random_uuid(), now(), now(), 'generated-' || number, '', '', '', '', 'live'
FROM generate_series(1, %(number)s) AS number
"""
_RUNS = """
INSERT INTO streaks_streakprogress (id, created_at, updated_at, member_id, streak_id, stored_status,
    current_progress_value, highest_progress_value, starts_on, ends_on, streak_started_at, breaks_at)
SELECT gen_random_uuid(), now(), now(), id, %(streak)s, 'in_progress', 2, 2, %(today)s::date - 2, %(today)s,
       now() - interval '2 days', %(breaks_at)s
FROM accounts_member ORDER BY id
"""


def make_streak(now: datetime) -> tuple[Streak, datetime]:
    """Make a streak that reminds those at risk since some minutes; return it with the end of its day."""
    from gamopanda.events.models import ReminderRule

    ahead = (HOUR - now.hour + 11) % 24 - 11
    streak = Streak.objects.create(
        name="Benchmark",
        status="live",
        aggregation_target_value=50,
        completion_target_value=7,
        has_activity=True,
        # The signs in these names are those of POSIX.
        time_zone=f"Etc/GMT{-ahead:+d}",
    )
    text = "{{nextRemainingValue}} more today keeps your streak of {{currentProgressValue}} days"
    ReminderRule.objects.create(streak=streak, type="at_risk", is_on=True, hours_before=24 - HOUR, text=text)
    local = now + timedelta(hours=ahead)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return streak, midnight - timedelta(hours=ahead)


def prepare(members: int) -> None:
    """Put all members at risk, who were not reminded yet."""
    streak, ends_at = make_streak(datetime.now(UTC))
    today = (ends_at - timedelta(hours=1)).astimezone(ZoneInfo(streak.time_zone)).date()
    run("TRUNCATE accounts_member CASCADE", "TRUNCATE events_event CASCADE")
    run(_MEMBERS, number=members)
    run(_RUNS, streak=streak.pk, today=today, breaks_at=ends_at)
    run("VACUUM ANALYZE", "CHECKPOINT")


def check(members: int) -> None:
    """Raise `RuntimeError` unless every member was told once."""
    from gamopanda.events.models import Event, Reminder

    told = Event.objects.filter(type="reminder.due")
    found = (told.count(), told.order_by().values("member_id").distinct().count(), sent(Reminder))
    if found != (members, members, members):
        raise RuntimeError(f"{members} members should have been reminded once each: {found}")


def sent(model: Any) -> int:
    """Return how many reminders were sent."""
    return int(model.objects.filter(status="sent").count())


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Within an hour, with no lock longer than 200 ms, and each member once."""
    members = 2_000 if quick else read_int("MEMBERS", default=500_000, minimum=1_000)
    listed = Installation(installation.database_url, installation.folder, {"GAMOPANDA_EVENT_LIST": "1"})
    for workers in range(1, WORKERS + 1):
        prepare(members)
        watched = work(listed, others=workers - 1)
        check(members)
        yield f"### {members:,} reminders, workers: {workers}\n"
        yield f"{members / watched.seconds:,.0f} reminders a second\n"
        yield limit("500,000 would take", 500_000 * watched.seconds / members / 60, "minutes", MINUTES) + "\n"
        yield limit("The longest transaction", watched.transaction_ms, "ms", MILLISECONDS) + "\n"
        yield f"Memory: {watched.megabytes:,.0f} MB\n"


def work(installation: Installation, *, others: int) -> Watched:
    """Watch a worker, beside others, until there is nothing left to send."""
    command, environment = [sys.executable, "manage.py", "send_reminders"], installation.environment
    started_at = time.perf_counter()
    beside = [
        subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL) for _number in range(others)
    ]
    watched = watch(installation, "send_reminders")
    for process in beside:
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, command)
    watched.seconds = time.perf_counter() - started_at
    # What one was deciding while the other looked at it is left to the next round.
    installation.manage("send_reminders")
    return watched
