"""An amnesty over a streak with a million members and ten million logs: previewed, counted, applied, resumed (S38).

Three of five members missed the day of the outage and came again, one of five came on it too, and one of five had
stopped before. So an amnesty of that day joins two runs of six hundred thousand members.
"""

import json
import re
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.generating import id_of, run_trusted
from benchmarks.installation import WORKERS, Installation
from benchmarks.measuring import limit
from benchmarks.watching import posts, watch
from gamopanda.conf.environment import read_int
from streaks.models import Milestone, Streak, StreakExcuse

# What an amnesty of so many members may take at most.
ESTIMATE_SECONDS = 2
EXACT_SECONDS = 180
LOCK_MILLISECONDS = 200
OUTAGE_DAYS_AGO = 5
PATH = "/api/v1.0/schema/streak_excuse/record"
_PLAN = f"""
CREATE TEMPORARY TABLE plan AS
SELECT number, {id_of("%(now)s::timestamptz", "'amnesty' || number")} AS member_id,
       CASE WHEN number %% 5 = 4 THEN 8 ELSE 1 END AS last_ago,
       CASE WHEN number %% 5 = 4 THEN 16 ELSE 11 END AS first_ago, number %% 5 < 3 AS has_missed
FROM generate_series(0, %(members)s - 1) AS number
"""
_MEMBERS = """
INSERT INTO accounts_member (id, created_at, updated_at, external_id, first_name, last_name, email, phone_number,
                             status)
SELECT member_id, %(now)s, %(now)s, 'generated-' || number, '', '', '', '', 'live' FROM plan ORDER BY number
"""
_DAYS = """
FROM plan CROSS JOIN LATERAL generate_series(last_ago, first_ago) AS ago
CROSS JOIN LATERAL (SELECT %(today)s::date - ago) AS dates (day)
CROSS JOIN LATERAL (SELECT day::timestamp AT TIME ZONE 'UTC' + interval '9 hours') AS instants (instant)
WHERE NOT (has_missed AND ago = %(outage)s) ORDER BY ago DESC, number
"""
_LOGS = f"""
INSERT INTO streaks_streaklog (id, created_at, updated_at, member_id, streak_id, activity_at, activity_id,
                               unique_identifier, activity_value, period_key)
SELECT {id_of("instant", "'log' || number || '-' || ago")}, instant, instant, member_id, %(streak)s, instant,
       'made_a_purchase', 'before-' || number || '-' || ago, 500000, day
{_DAYS}
"""
_TOTALS = f"""
INSERT INTO streaks_taskprogress (id, created_at, updated_at, member_id, streak_id, period_key, total, log_count,
                                  first_activity_at, last_activity_at, completed_at)
SELECT {id_of("instant", "'total' || number || '-' || ago")}, instant, instant, member_id, %(streak)s, day, 500000, 1,
       instant, instant, instant
{_DAYS}
"""
# Before the outage, and after it: for who missed it both, for others one.
_RUNS = f"""
INSERT INTO streaks_streakprogress (id, created_at, updated_at, member_id, streak_id, stored_status,
    current_progress_value, highest_progress_value, starts_on, ends_on, streak_started_at, breaks_at)
SELECT {id_of("started_at", "'run' || number || '-' || first")}, started_at, started_at, member_id, %(streak)s,
       CASE WHEN last = 1 THEN 'in_progress' ELSE 'broken' END, 1 + first - last, 1 + first - last,
       %(today)s::date - first, %(today)s::date - last + 1, started_at,
       (%(today)s::date - last + 2)::timestamp AT TIME ZONE 'UTC'
FROM plan CROSS JOIN LATERAL (
    SELECT first_ago, CASE WHEN has_missed THEN %(outage)s + 1 ELSE last_ago END
    UNION ALL SELECT %(outage)s - 1, last_ago WHERE has_missed
) AS parts (first, last)
CROSS JOIN LATERAL (
    SELECT (%(today)s::date - first)::timestamp AT TIME ZONE 'UTC' + interval '9 hours'
) AS starts (started_at)
ORDER BY number
"""


def fill(members: int, *, now: datetime) -> Streak:
    """Make a streak with so many members, who have ten logs each."""
    streak = Streak.objects.create(
        name="Outage",
        description="Spend $50 a day for a month.",
        status="live",
        aggregation_target_value=50,
        completion_target_value=30,
        has_activity=True,
    )
    for target in (8, 20):
        Milestone.objects.create(streak=streak, name=f"Day {target}", status="live", milestone_target_value=target)
    values = {"members": members, "now": now, "today": now.date(), "streak": streak.pk, "outage": OUTAGE_DAYS_AGO}
    run_trusted([_PLAN, _MEMBERS, _LOGS, _TOTALS, _RUNS, "DROP TABLE plan"], values)
    return streak


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Preview it, count it exactly, apply it for a while beside posts, end that at once, and go on."""
    now = datetime.now(UTC)
    members = 10_000 if quick else read_int("MEMBERS", default=1_000_000, minimum=1000)
    started_at = time.perf_counter()
    streak = fill(members, now=now)
    yield f"{members:,} members generated in {time.perf_counter() - started_at:,.0f} s\n"
    outage = now.date() - timedelta(days=OUTAGE_DAYS_AGO)
    yield from _measure_previews(installation, streak, outage, rounds=3 if quick else 5)
    yield from _measure_applying(installation, streak, range(members), seconds=10 if quick else 60)


def _measure_previews(installation: Installation, streak: Streak, outage: date, *, rounds: int) -> Iterator[str]:
    body = {"kind": "amnesty", "streakId": str(streak.pk), "reason": "outage"}
    dates = {"startsOn": outage.isoformat(), "endsOn": outage.isoformat()}
    took = []
    with installation.serve() as port:
        headers = installation.key_headers()
        for _round in range(rounds):
            began_at = time.perf_counter()
            estimated = _post(f"http://127.0.0.1:{port}{PATH}?dryRun=true", headers, body | dates)
            took.append(time.perf_counter() - began_at)
    yield limit("Estimate, the median", statistics.median(took) * 1000, "ms", ESTIMATE_SECONDS * 1000) + "\n"
    began_at = time.perf_counter()
    arguments = ("--streak", str(streak.pk), "--from", outage.isoformat(), "--to", outage.isoformat())
    told = installation.manage("preview_amnesty", *arguments, "--processes", str(WORKERS))
    yield limit("Exact figures", time.perf_counter() - began_at, "s", EXACT_SECONDS) + "\n"
    exact = int(re.match(r"\d+", told)[0])  # type: ignore[index]
    yield f"Members that change: {estimated['impact']['members']:,} estimated, {exact:,} counted\n"


def _post(address: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Any:
    sent = Request(address, json.dumps(body).encode(), {**headers, "content-type": "application/json"})
    with urlopen(sent, timeout=60) as answer:
        return json.load(answer)["data"]


def _measure_applying(installation: Installation, streak: Streak, members: range, *, seconds: float) -> Iterator[str]:
    outage = datetime.now(UTC).date() - timedelta(days=OUTAGE_DAYS_AGO)
    excuse = StreakExcuse(kind="amnesty", streak=streak, starts_on=outage, ends_on=outage, reason="outage")
    excuse.total_members = len(members)
    excuse.save(force_insert=True)
    with posts(installation, [streak], members=members, seconds=seconds) as loads:
        watched = watch(installation, "apply_facts", ends_after=seconds)
    (load,) = loads
    excuse.refresh_from_db()
    rate = excuse.applied_members / watched.seconds
    done = f"{excuse.applied_members:,} members in {watched.seconds:.0f} s"
    yield f"Applied to {done} beside posts, {rate:,.0f} a second\n"
    yield f"Posts meanwhile: p50 {load.p50:.0f} ms, p99 {load.p99:.0f} ms, none lost\n"
    yield limit("The longest transaction of apply_facts", watched.transaction_ms, "ms", LOCK_MILLISECONDS) + "\n"
    before = excuse.applied_members
    watch(installation, "apply_facts", ends_after=5)
    excuse.refresh_from_db()
    if excuse.applied_members <= before:
        raise RuntimeError("It did not go on where it was ended.")
    yield f"Ended at once and started again, it went on with member {before + 1:,}\n"
