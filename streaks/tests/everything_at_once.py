"""Members with everything at once, for tests: what is sent by all ways in, and what has to be there (S36–S58).

TEST_MEMBERS=10000 makes it the big proof; TEST_SEED draws other members.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import time_machine
from django.core.management import call_command

from gamopanda.accounts.models import Member, MemberZone
from gamopanda.accounts.zones import make_with_zones
from streaks.models import (
    ExcusedMember,
    ExcuseKind,
    RunStatus,
    Streak,
    StreakExcuse,
    StreakFreeze,
    StreakLog,
    StreakProgress,
    StreakRules,
    TaskProgress,
)
from streaks.progress.applying import apply_facts
from streaks.progress.changing_rules import declare_version
from streaks.progress.excuses import declare_amnesty, revoke
from streaks.progress.freezes import balance
from streaks.tests.calling import admin, make_milestone, make_streak
from streaks.tests.forgiving_walk import Excused, Expected, Facts, Version, Wish, expected_of, periods
from streaks.tests.ways_in import ACTS, BEGIN, WHY, ZONES, Person, Sender, dates, day_of

MEMBERS = int(os.environ.get("TEST_MEMBERS", "3"))
SEED = int(os.environ.get("TEST_SEED", "1"))
PRESENTS = [BEGIN + timedelta(hours=hours) for hours in (151, 250, 397, 500, 652, 810, 1001, 1069)]
FREEZES: dict[str, Any] = {"freeze_max_count": 2, "freeze_initial_count": 1, "freeze_minimum_value": 2}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Task = Callable[[], Any]


@dataclass
class World:
    """Two streaks with the clocks of their members, and everybody in them."""

    random: Random
    sender: Sender
    streaks: list[Streak]
    people: list[Person]
    outage: StreakExcuse | None = None

    # --- what is sent

    def tasks(self, phase: int) -> list[Task]:
        """Return what is done in a phase in any order: logs by all ways in, facts of members, facts about all."""
        now = PRESENTS[phase]
        tasks: list[Task] = []
        logs = [(person, number) for person in self.people for number, log in enumerate(person.sent) if log[2] == phase]
        self.random.shuffle(logs)
        while logs:
            way, size = self.random.choice(self.sender.ways())
            some, logs = logs[:size], logs[size:]
            tasks.append(partial(way, some, now))
        if phase:
            for person in self.people:
                tasks += [partial(act, person, now) for act in ACTS if self.random.random() < 0.25]
        self.random.shuffle(tasks)
        tasks.insert(0, partial(self.act_for_all, phase, now))
        return tasks

    def act_for_all(self, phase: int, now: datetime) -> None:
        """Declare what concerns many, and apply it to one after the other while everything else goes on (S38)."""
        daily, weekly = self.streaks
        if phase == 1:
            self._change(
                daily, now, 14, aggregation_target_value=60, completion_target_value=6, active_weekdays=_days(6)
            )
            self._change(weekly, now, 14, aggregation_target_value=60, completion_target_value=2)
        elif phase == 2:
            self.outage = self._excuse_all(now, 9, 12)
        elif phase == 3:
            later: dict[str, Any] = {"freeze_max_count": 3, "freeze_every_periods": 2, "freeze_minimum_value": 1}
            for streak in self.streaks:
                self._change(streak, now, 28, aggregation_target_value=40, active_weekdays=_days(7), **later)
        elif phase == 4:
            assert self.outage is not None
            revoke(self.outage, by="sue", now=now)
            apply_facts(self.outage, now=now)
        elif phase == 5:
            self._excuse_all(now, 20, 24, streak=daily, of=[one.member.pk for one in self.people[::3]])
            self._excuse_all(now, 26, 27, streak=weekly)

    def _change(self, streak: Streak, now: datetime, day: int, **rules: Any) -> None:
        if streak.aggregation_period == "weekly":
            rules.pop("active_weekdays", None)
        made = StreakRules(streak=streak, valid_from=day_of(day), created_by="sue", **rules)
        declare_version(made, now=now)
        apply_facts(made, now=now)

    def _excuse_all(
        self, now: datetime, first: int, last: int, *, streak: Streak | None = None, of: list[UUID] | None = None
    ) -> StreakExcuse:
        excuse = StreakExcuse(kind=ExcuseKind.AMNESTY, streak=streak, **dates(first, last), **WHY)
        declare_amnesty(excuse, of)
        apply_facts(excuse, now=now)
        return excuse

    # --- what has to be there

    def facts_of(self, person: Person) -> Facts:
        """Return all facts about a person as they were accepted."""
        own = StreakExcuse.objects.filter(member=person.member, streak__in=[None, person.streak], revoked_at=None)
        for_all = StreakExcuse.objects.filter(member=None, is_for_list=False, revoked_at=None)
        listed = ExcusedMember.objects.filter(member=person.member).values("excuse")
        of_some = StreakExcuse.objects.filter(pk__in=listed, revoked_at=None)
        concerned = [*own, *for_all, *of_some]
        wishes = MemberZone.objects.filter(member=person.member).order_by("asked_at", "pk")
        given = StreakFreeze.objects.filter(member=person.member, streak=person.streak).order_by("given_at")
        return Facts(
            person.streak.aggregation_period,
            person.streak.time_zone,
            VERSIONS[person.streak.aggregation_period],
            [(at, value) for at, value, _ in person.sent],
            [
                Wish(one.asked_at, one.time_zone, one.is_initial, is_at_once=one.counts_from == one.asked_at)
                for one in wishes
            ],
            list(given.values_list("given_at", "quantity")),
            [
                Excused(one.starts_on, one.ends_on, by_half=one.kind == "member_break")
                for one in concerned
                if one.streak_id in {None, person.streak.pk}
            ],
            person.streak.day_starts_at,
        )

    def differences(self, now: datetime) -> Iterator[Any]:
        """Yield what is stored and what the rules say, wherever the two differ."""
        for number, person in enumerate(self.people):
            facts = self.facts_of(person)
            expected = expected_of(facts, now)
            stored = stored_of(person, now), stored_totals(person)
            wanted = wanted_of(expected, now), wanted_totals(expected)
            if stored != wanted:
                yield person, facts, stored, wanted
            if number < 100:
                key = [key for key in expected.freezes if key <= present_key(person, facts, now)][-1]
                left = balance(person.streak, Member.objects.get(pk=person.member.pk), now=now)
                if left != expected.freezes[key]:
                    yield person, facts, left, expected.freezes


def _days(number: int) -> str:
    return ",".join(WEEKDAYS[:number])


VERSIONS = {
    "daily": (
        Version(date.min, Decimal(50), 8, 2, 1, 3, 2),
        Version(day_of(14), Decimal(60), 6, 2, 1, 3, 2, frozenset(range(6))),
        Version(day_of(28), Decimal(40), 6, 3, 1, 2, 1),
    ),
    "weekly": (
        Version(date.min, Decimal(50), 3, 2, 1, 2, 1),
        Version(day_of(14), Decimal(60), 2, 2, 1, 2, 1),
        Version(day_of(28), Decimal(40), 2, 3, 1, 2, 1),
    ),
}


def present_key(person: Person, facts: Facts, now: datetime) -> date:
    return next(period.key for period in periods(facts, now) if period.ends_at > now)


def stored_of(person: Person, now: datetime) -> list[Any]:
    """Return the runs as they are stored."""
    runs = StreakProgress.objects.filter(member=person.member, streak=person.streak).order_by("starts_on")
    return [
        (
            run.starts_on,
            run.ends_on,
            run.current_progress_value,
            run.streak_started_at,
            run.streak_completed_at,
            run.breaks_at,
            run.frozen_periods or [],
            run.status_at(now),
        )
        for run in runs.select_related("streak")
    ]


def wanted_of(expected: Expected, now: datetime) -> list[Any]:
    """Return the runs as they have to be."""
    return [
        (
            run.starts_on,
            run.ends_on,
            run.value,
            run.started_at,
            run.completed_at,
            run.breaks_at,
            [key.isoformat() for key in run.frozen],
            _status(run.breaks_at, now),
        )
        for run in expected.runs
    ]


def _status(breaks_at: datetime | None, now: datetime) -> RunStatus:
    if breaks_at is None:
        return RunStatus.COMPLETED
    return RunStatus.BROKEN if breaks_at <= now else RunStatus.IN_PROGRESS


def stored_totals(person: Person) -> list[Any]:
    """Return the totals as they are stored."""
    totals = TaskProgress.objects.filter(member=person.member, streak=person.streak).order_by("period_key")
    return list(totals.values_list("period_key", "total", "log_count", "completed_at"))


def wanted_totals(expected: Expected) -> list[Any]:
    """Return the totals as they have to be."""
    return [(key, one.total, one.log_count, one.completed_at) for key, one in sorted(expected.totals.items())]


# --- the proof --------------------------------------------------------------------------------------------------------


def some_logs(random: Random) -> list[tuple[datetime, Decimal, int]]:
    """Draw the logs of a person: one in the first phase, and any others on time or late, refunds among them."""
    keenness, sent = random.choice((0.5, 0.75, 0.95)), []
    for day in range(42):
        for _ in range(random.choice((1, 1, 2)) if random.random() < keenness else 0):
            at = BEGIN + timedelta(days=day, seconds=random.randrange(86_400))
            value = Decimal(random.choice((60, 60, 60, 45, 30, -20)))
            open_phases = [phase for phase, present in enumerate(PRESENTS) if present >= at]
            if open_phases:
                sent.append((at, value, random.choice((open_phases[0], open_phases[0], random.choice(open_phases)))))
    first_at = BEGIN + timedelta(seconds=random.randrange(6 * 86_400))
    return [(first_at, Decimal(60), 0), *sent]


def build(folder: Path) -> World:
    """Make two streaks, and people in them: two of three with a zone from the beginning."""
    random = Random(SEED)
    common: dict[str, Any] = {
        "clock": "member",
        "time_zone": "Europe/Berlin",
        "aggregation_target_value": Decimal(50),
        "member_break_max_days_per_year": 12,
    }
    daily = make_streak(**common, completion_target_value=8, **FREEZES, freeze_every_periods=3)
    weekly = make_streak(
        **common,
        aggregation_period="weekly",
        completion_target_value=3,
        day_starts_at=3,
        **FREEZES | {"freeze_minimum_value": 1},
        freeze_every_periods=2,
    )
    make_milestone(daily, 4, freeze_reward=1)
    make_milestone(daily, 5)
    members = Member.objects.bulk_create(
        [Member(external_id=f"member-{number}", status="live") for number in range(MEMBERS)]
    )
    zones = {member.pk: random.choice(ZONES) for number, member in enumerate(members) if number % 3}
    make_with_zones(zones, author="sue", now=BEGIN - timedelta(days=9))
    streaks = [daily, weekly]
    people = [
        Person(member, streak, some_logs(random))
        for member in Member.objects.order_by("pk")
        for streak in ([random.choice(streaks)] if random.random() < 0.8 else streaks)
    ]
    return World(random, Sender(admin(), folder), streaks, people)


def play(world: World, run: Callable[[Task], list[Any]]) -> None:
    """Send everything, phase by phase; in each, those that `run` starts take one task after the other."""
    for phase, now in enumerate(PRESENTS):
        with time_machine.travel(now, tick=False):
            waiting = deque(world.tasks(phase))

            def work(waiting: deque[Task] = waiting) -> None:
                while task := _next(waiting):
                    task()

            assert [error for error in run(work) if error is not None] == []


def _next(waiting: deque[Task]) -> Task | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def prove(world: World) -> None:
    """Compare everything with the brute force; what is stored is what deriving it anew gives."""
    now = PRESENTS[-1]
    assert list(world.differences(now)) == []
    with time_machine.travel(now, tick=False):
        out = StringIO()
        call_command("check_progress", stdout=out)
        assert out.getvalue() == f"{MEMBERS} members checked, 0 differences.\n"
        call_command("close_periods", stdout=out)
        before = everything()
        call_command("rebuild_progress", stdout=StringIO())
        differing = [(after, was) for after, was in zip(everything(), before, strict=True) if after != was]
        assert [(after["id"], {name for name in after if after[name] != was[name]}) for after, was in differing] == []
    assert StreakLog.objects.count() == sum(len(person.sent) for person in world.people)
    assert MemberZone.objects.count() > MEMBERS
    assert StreakFreeze.objects.filter(created_by="sue").exists()
    assert StreakFreeze.objects.filter(created_by="system").exists()
    assert {kind for (kind,) in StreakExcuse.objects.values_list("kind").distinct()} == set(ExcuseKind.values)


def everything() -> list[dict[str, Any]]:
    """Return all derived rows, with their ids and instants of saving."""
    return [row for model in (TaskProgress, StreakProgress) for row in model.objects.order_by("pk").values()]
