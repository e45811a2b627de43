"""What one log costs, whatever there is already: a crowd in one streak, many streaks, a long history.

Each is compared with the same log in a small deployment, on a server and in a database of its own, in the same rounds:
by what answers take, and by the processor time of server and database, which depends less on what else goes on.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
from django.db import connection

from benchmarks.bodies import body_of_log
from benchmarks.generating import id_of, make_streaks, run_trusted
from benchmarks.installation import Installation, database_process, processor_seconds, seconds_of
from benchmarks.load import Body, Pace, Target
from benchmarks.measuring import Contender, compare, compete, table
from benchmarks.one_log import PATH, Shop
from gamopanda.accounts.models import Member
from streaks.models import Streak
from streaks.progress.service import rederive

TARGET = 0.9
LIVE_STREAKS = 200
# Each customer came yesterday, and three of seven also the day before: these get a reward for their next day.
_PLAN = f"""
CREATE TEMPORARY TABLE plan AS
SELECT number, {id_of("%(now)s::timestamptz", "'crowd' || number")} AS member_id,
       (%(streaks)s::uuid[])[1 + number %% cardinality(%(streaks)s::uuid[])] AS streak_id,
       1 + (number %% 7 < 3)::integer AS days
FROM generate_series(%(first)s::bigint, %(first)s + %(members)s - 1) AS number
"""
_MEMBERS = """
INSERT INTO accounts_member (id, created_at, updated_at, external_id, first_name, last_name, email, phone_number,
                             status)
SELECT member_id, %(now)s, %(now)s, 'generated-' || number, '', '', '', '', 'live' FROM plan ORDER BY number
"""
_DAYS = """
FROM plan CROSS JOIN LATERAL generate_series(1, days) AS ago
CROSS JOIN LATERAL (SELECT %(today)s::date - ago) AS dates (day)
CROSS JOIN LATERAL (SELECT day::timestamp AT TIME ZONE 'UTC' + interval '9 hours') AS instants (instant)
ORDER BY ago DESC, number
"""
_LOGS = f"""
INSERT INTO streaks_streaklog (id, created_at, updated_at, member_id, streak_id, activity_at, activity_id,
                               unique_identifier, activity_value, period_key)
SELECT {id_of("instant", "'log' || number || '-' || ago")}, instant, instant, member_id, streak_id, instant,
       'made_a_purchase', 'before-' || number || '-' || ago, 500000, day
{_DAYS}
"""
_TOTALS = f"""
INSERT INTO streaks_taskprogress (id, created_at, updated_at, member_id, streak_id, period_key, total, log_count,
                                  first_activity_at, last_activity_at, completed_at)
SELECT {id_of("instant", "'total' || number || '-' || ago")}, instant, instant, member_id, streak_id, day, 500000, 1,
       instant, instant, instant
{_DAYS}
"""
_RUNS = f"""
INSERT INTO streaks_streakprogress (id, created_at, updated_at, member_id, streak_id, stored_status,
    current_progress_value, highest_progress_value, starts_on, ends_on, streak_started_at, breaks_at)
SELECT {id_of("instant", "'run' || number")}, instant, instant, member_id, streak_id, 'in_progress', days, days, day,
       %(today)s, instant, (%(today)s::date + 1)::timestamp AT TIME ZONE 'UTC'
{_DAYS.replace("ORDER BY", "WHERE ago = days ORDER BY")}
"""
# All of them within 300 days, in one run.
_HISTORY = """
INSERT INTO streaks_streaklog (id, created_at, updated_at, member_id, streak_id, activity_at, activity_id,
                               unique_identifier, activity_value, period_key)
SELECT gen_random_uuid(), day, day, %(member)s, %(streak)s, day, 'made_a_purchase', 'old-' || number,
       500000, (day AT TIME ZONE 'UTC')::date
FROM generate_series(1, %(logs)s) AS number
CROSS JOIN LATERAL (
    SELECT date_trunc('day', %(now)s::timestamptz, 'UTC') - interval '1 day' * (number %% 300 + 1)
) AS days (day)
"""


def fill(streaks: Sequence[Streak], *, first: int, members: int, now: datetime) -> range:
    """Make customers in the midst of a run, numbered from `first`, each in one of the streaks; return their numbers."""
    values = {
        "streaks": [streak.pk for streak in streaks],
        "first": first,
        "members": members,
        "now": now,
        "today": now.date(),
    }
    run_trusted([_PLAN, _MEMBERS, _LOGS, _TOTALS, _RUNS, "DROP TABLE plan"], values)
    return range(first, first + members)


def add_history(streak: Streak, *, logs: int, now: datetime) -> None:
    """Give the first member so many logs in the 300 days before now, in one run of a streak that lasts longer."""
    member = Member.objects.get(external_id="generated-0")
    Streak.objects.filter(pk=streak.pk).update(completion_target_value=400)
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"member": member.pk, "streak": streak.pk, "logs": logs, "now": now})
    rederive([member.pk], now=now)


def copy_of(installation: Installation) -> Installation:
    """Return a second installation that begins as this one is, in a database of its own."""
    connection.close()
    beside = installation.database_url.rpartition("/")[0]
    with psycopg.connect(f"{beside}/template1", autocommit=True) as making:
        making.execute("CREATE DATABASE small TEMPLATE postgres")
    folder = installation.folder / "small"
    folder.mkdir()
    return Installation(f"{beside}/small", folder)


@dataclass(slots=True)
class Costing:
    """A server under load, whose processor time, and that of its database, is noted."""

    shop: Shop
    database: int
    logs_per_processor_second: list[float] = field(default_factory=list)

    def measure(self) -> float:
        """Send load for one period of time; return the answers a second."""
        first, before = self.shop.next_number, self._processor_seconds()
        per_second = self.shop.measure()
        spent = self._processor_seconds() - before
        self.logs_per_processor_second.append((self.shop.next_number - first) / spent)
        return per_second

    def _processor_seconds(self) -> float:
        return processor_seconds(os.getpid()) + seconds_of(self.database)


@dataclass(slots=True)
class Deployments:
    """The servers of the small deployment and of the large one; logs are sent one at a time."""

    ports: dict[str, int]
    headers: dict[str, str]
    pace: Pace
    rounds: int

    def compare(self, title: str, bodies: Mapping[str, tuple[str, Body]]) -> Iterator[str]:
        """Let logs compete: by name, where each is sent, and its body; the first is the floor."""
        database = database_process()
        costings = {
            name: Costing(Shop(Target(self.ports[where], PATH, headers=self.headers, body=body), self.pace), database)
            for name, (where, body) in bodies.items()
        }
        floor, *others = costings
        contenders = [Contender(floor, costings[floor].measure)]
        contenders += [Contender(name, costings[name].measure, TARGET) for name in others]
        yield table(f"{title}: a second", compete(contenders, rounds=self.rounds))
        counted = {name: costing.logs_per_processor_second[1:] for name, costing in costings.items()}
        yield table(f"{title}: a second of the processor's time", compare(contenders, counted))


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Compare with a small deployment: within ten percent."""
    now, some, many, logs = datetime.now(UTC), *((2_000, 20_000, 10_000) if quick else (20_000, 1_000_000, 100_000))
    streaks = make_streaks(1)
    few = fill(streaks, first=0, members=some, now=now)
    headers = installation.key_headers()
    small = copy_of(installation)
    crowded, *others = make_streaks(LIVE_STREAKS - 1)
    spread = fill(others, first=some, members=some, now=now)
    crowd = fill([crowded], first=2 * some, members=many, now=now)
    add_history(streaks[0], logs=logs, now=now)
    with ExitStack() as stack:
        ports = {
            name: stack.enter_context(one.serve()) for name, one in {"small": small, "large": installation}.items()
        }
        pace = Pace(seconds=1 if quick else 5, connections=1)
        deployments = Deployments(ports, headers, pace, rounds=1 if quick else 5)
        yield from deployments.compare(
            "The first log of the day",
            {
                f"Floor: one streak of {some:,} members": ("small", _first_log(streaks, few, now)),
                f"{LIVE_STREAKS} live streaks, all of them in turn": ("large", _first_log(others, spread, now)),
                f"A streak of {many:,} members": ("large", _first_log([crowded], crowd, now)),
            },
        )
        for title, at in (
            ("Log after log of one member", now),
            ("Late logs of one member, within the running run", (now - timedelta(days=1)).replace(hour=12)),
        ):
            body = partial(_body(streaks), members=[0], stamp=at.isoformat(), label=title)
            bodies = {"Floor: a few before": ("small", body), f"{logs:,} before": ("large", body)}
            yield from deployments.compare(title, bodies)


def _body(streaks: Sequence[Streak]) -> Callable[..., bytes]:
    return partial(body_of_log, streaks=[str(streak.pk) for streak in streaks], value=50)


def _first_log(streaks: Sequence[Streak], members: range, now: datetime) -> Body:
    return partial(_body(streaks), members=members, stamp=now.isoformat())
