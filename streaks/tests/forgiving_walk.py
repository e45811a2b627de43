"""The rules S36–S58 once more, for one member, read from the rules alone and in the dumbest way that can be right.

Nothing of `streaks` is imported here but the other brute force. Periods are found by looking at all clocks, and runs,
freezes and deadlines by walking over every single period from the first log on.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from streaks.tests.brute_force import (
    ExpectedTotal,
    LoggedActivity,
    first_date_of_period,
    next_period,
    total_of_period,
)

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
HALF_A_DAY = timedelta(hours=12)
FURTHEST = timedelta(hours=16)


@dataclass(frozen=True)
class Version:
    """What is asked for from a period on (S58); `most` freezes and how they are earned and used (S44)."""

    valid_from: date
    target: Decimal
    completion: int
    most: int = 0
    initial: int = 0
    every: int | None = None
    minimum: int = 3
    weekdays: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True)
class Wish:
    """A zone that a member asked for; `is_initial` where the member was made with it, `is_at_once` by support (S55)."""

    asked_at: datetime
    zone: str
    is_initial: bool = False
    is_at_once: bool = False


@dataclass(frozen=True)
class Excused:
    """Local dates, both included; `by_half` for a break of a member (S39)."""

    first: date
    last: date
    by_half: bool = False


@dataclass(frozen=True)
class Facts:
    """All that decides what the rules make of a member in a streak whose members have their own clocks."""

    kind: str
    zone: str
    versions: Sequence[Version]
    logs: Sequence[LoggedActivity]
    wishes: Sequence[Wish] = ()
    grants: Sequence[tuple[datetime, int]] = ()
    excuses: Sequence[Excused] = ()
    day_starts_at: int = 0

    def version_for(self, key: date) -> Version:
        """Return the version in force in a period."""
        return [one for one in self.versions if one.valid_from <= key][-1]


@dataclass(frozen=True)
class Period:
    """A period on the clock of a member."""

    key: date
    starts_at: datetime
    ends_at: datetime


@dataclass
class Run:
    """One attempt; a run that is not completed breaks at `breaks_at` if nothing more comes."""

    starts_on: date
    started_at: datetime
    value: int = 0
    ends_on: date | None = None
    completed_at: datetime | None = None
    breaks_at: datetime | None = None
    frozen: list[date] = field(default_factory=list)


@dataclass
class Expected:
    """What the rules say: totals and runs, and the freezes that are there in each period (S45)."""

    totals: dict[date, ExpectedTotal] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    freezes: dict[date, int] = field(default_factory=dict)


# --- the clock of the member ------------------------------------------------------------------------------------------


def zones_that_count(wishes: Sequence[Wish]) -> list[tuple[datetime | None, str]]:
    """Return from which instant on, None: ever, each zone counts: one change in 7 days, the last wish waits (S55)."""
    counting: list[tuple[datetime | None, str]] = []
    changed_at, waiting = None, None
    for wish in wishes:
        if waiting is not None and waiting[0] <= wish.asked_at:
            counting.append(waiting)
            changed_at = waiting[0]
        waiting = None
        if wish.is_initial:
            counting.append((None, wish.zone))
        elif wish.zone == (counting[-1][1] if counting else ""):
            pass
        elif wish.is_at_once or changed_at is None or changed_at + WEEK <= wish.asked_at:
            counting.append((wish.asked_at, wish.zone))
            changed_at = wish.asked_at
        else:
            waiting = (changed_at + WEEK, wish.zone)
    return [*counting, waiting] if waiting is not None else counting


@cache
def _starts_at(day: date, zone: str, hour: int) -> datetime:
    """Look at the clock every half an hour, then every minute, until it first shows `hour` of `day` or later (S52)."""
    clock, begins_at = ZoneInfo(zone), datetime.combine(day, time(hour))
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - FURTHEST
    for step in (timedelta(minutes=30), timedelta(minutes=1)):
        while instant.astimezone(clock).replace(tzinfo=None) < begins_at:
            instant += step
        instant -= step
    return instant + timedelta(minutes=1)


def _key_at(instant: datetime, facts: Facts, zone: str) -> date:
    local = instant.astimezone(ZoneInfo(zone)) - timedelta(hours=facts.day_starts_at)
    key = first_date_of_period(local.date() - WEEK, facts.kind, 0)
    while _starts_at(next_period(key, facts.kind, 0), zone, facts.day_starts_at) <= instant:
        key = next_period(key, facts.kind, 0)
    return key


def _ends_at(key: date, facts: Facts, zone: str) -> datetime:
    return _starts_at(next_period(key, facts.kind, 0), zone, facts.day_starts_at)


def periods(facts: Facts, begins_at: datetime) -> Iterator[Period]:
    """Yield all periods from about an instant on: each runs until all clocks that count in it have left it (S54)."""
    changes = zones_that_count(facts.wishes)
    looking_at = [[zone or facts.zone for at, zone in [(None, facts.zone), *changes] if at is None][-1]]
    waiting = [(at, zone or facts.zone) for at, zone in changes if at is not None]
    key = _key_at(min([begins_at, *(at for at, _ in waiting)]) - WEEK, facts, looking_at[0])
    starts_at = _starts_at(key, looking_at[0], facts.day_starts_at)
    while True:
        ends_at = _ends_at(key, facts, looking_at[0])
        while waiting and waiting[0][0] < ends_at:
            looking_at.append(waiting.pop(0)[1])
            ends_at = max(ends_at, _ends_at(key, facts, looking_at[-1]))
        yield Period(key, starts_at, ends_at)
        looking_at = looking_at[-1:]
        key, starts_at = _key_at(ends_at, facts, looking_at[0]), ends_at


# --- the walk ---------------------------------------------------------------------------------------------------------


def is_excused(period: Period, facts: Facts) -> bool:
    """Say whether a period is skipped when it is not complete (S39, S40, S54)."""
    key, following = period.key, next_period(period.key, facts.kind, 0)
    dates = [key + DAY * number for number in range((following - key).days)]
    is_short = period.ends_at - period.starts_at < HALF_A_DAY
    if facts.kind == "daily" and (is_short or key.weekday() not in facts.version_for(key).weekdays):
        return True
    for excuse in facts.excuses:
        covered = sum(excuse.first <= day <= excuse.last for day in dates)
        if covered and (not excuse.by_half or 2 * covered >= len(dates)):
            return True
    return False


class Walk:
    """One member, period after period, as the rules are written."""

    def __init__(self, facts: Facts, now: datetime) -> None:
        self.facts, self.now, self.expected = facts, now, Expected()
        self.run: Run | None = None
        self.left = self.elapsed = self.since_complete = 0

    def take(self) -> Expected:
        """Walk until nothing more can happen and the present has come."""
        periods_, of_logs, of_grants = self._filed()
        first, last = min(of_logs), max(of_logs)
        begin = self.facts.version_for(first)
        self.left = begin.initial + sum(quantity for key, quantity in of_grants if key < first)
        for period in periods_:
            if period.key < first:
                continue
            if period.key > last and self.run is None and period.starts_at > self.now:
                break
            self.left += sum(quantity for key, quantity in of_grants if key == period.key)
            self.expected.freezes[period.key] = self.left
            self._pass(period, of_logs.get(period.key))
        return self.expected

    def _filed(self) -> tuple[Iterator[Period], dict[date, list[LoggedActivity]], list[tuple[date, int]]]:
        """Return the periods, the logs by their period, and the grants, each with its period."""
        instants = [at for at, _ in (*self.facts.logs, *self.facts.grants)]
        seen: list[Period] = []
        more = periods(self.facts, min(instants))
        while not seen or seen[-1].starts_at <= max(instants):
            seen.append(next(more))
        starts = [period.starts_at for period in seen]

        def key_of(at: datetime) -> date:
            return seen[bisect_right(starts, at) - 1].key

        of_logs: dict[date, list[LoggedActivity]] = {}
        for log in self.facts.logs:
            of_logs.setdefault(key_of(log[0]), []).append(log)
        grants = [(key_of(at), quantity) for at, quantity in self.facts.grants]
        return _again(seen, more), of_logs, grants

    def _pass(self, period: Period, logs: list[LoggedActivity] | None) -> None:
        version = self.facts.version_for(period.key)
        total = None
        if logs is not None:
            total = total_of_period(logs, method="sum", target=version.target)
            self.expected.totals[period.key] = total
        self.elapsed += 1
        if version.most and version.every and self.elapsed % version.every == 0 and self.left < version.most:
            self.left += 1  # S45: when a period ends, first what is earned
        if self.run is None and total is not None:
            self.run, self.since_complete = Run(period.key, total.first_activity_at), 0
            self.expected.runs.append(self.run)
        if self.run is None:
            return
        if total is not None and total.completed_at is not None:  # S37: complete, excused, frozen, missed
            self._complete(period, total.completed_at, version)
        elif is_excused(period, self.facts):
            pass
        elif version.most and self.run.value >= version.minimum and self.left >= 1:
            self.left -= 1
            self.since_complete += 1
            self.run.frozen.append(period.key)
        else:
            self.left += self.since_complete  # S48
            self.run.ends_on, self.run.breaks_at, self.run = period.key, period.ends_at, None

    def _complete(self, period: Period, completed_at: datetime, version: Version) -> None:
        assert self.run is not None
        self.run.value, self.since_complete = self.run.value + 1, 0
        if self.run.value >= version.completion:  # S58
            self.run.ends_on, self.run.completed_at, self.run = period.key, completed_at, None


def _again(seen: list[Period], more: Iterator[Period]) -> Iterator[Period]:
    yield from seen
    yield from more


def expected_of(facts: Facts, now: datetime) -> Expected:
    """Say what the rules make of a member's facts at the instant `now`; without any log nothing."""
    return Walk(facts, now).take() if facts.logs else Expected()
