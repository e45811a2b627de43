"""What a streak asks for: its rules on a time line, what is excused, and when a run breaks (S12–S19)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from streaks.core.periods import Calendar


class Excuse(Protocol):
    """One source of excused periods, such as a pause."""

    def covers(self, key: date, calendar: Calendar) -> bool:
        """Say whether it excuses a period."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A half-open range of instants, `starts_at` to `ends_at`, in which the streak was paused (S19)."""

    starts_at: datetime
    ends_at: datetime

    def covers(self, key: date, calendar: Calendar) -> bool:
        """Say whether the pause overlaps a period."""
        return self.starts_at < calendar.ends_at(key) and calendar.starts_at(key) < self.ends_at


@dataclass(frozen=True, slots=True)
class DatesExcused:
    """Local dates, both included, every period of which is excused; of a member's break only those half of it (S39)."""

    first: date
    last: date
    by_half: bool = False

    def covers(self, key: date, calendar: Calendar) -> bool:
        """Say whether a period is excused."""
        if not self.by_half:
            return key <= self.last and self.first <= calendar.last_date_of(key)
        dates = calendar.dates_of(key)
        covered = sum(self.first <= day <= self.last for day in dates)
        return covered > 0 and 2 * covered >= len(dates)


@dataclass(frozen=True, slots=True)
class FreezeSettings:
    """How freezes are earned and used: at most `maximum`, one more `every` so many periods, from a value on (S44)."""

    maximum: int
    initial: int = 0
    every: int | None = None
    minimum_value: int = 3


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """What is asked for from the period `valid_from` on: units in a period, and complete periods in a run.

    The days of a daily streak that are none of the `active_weekdays` (0 = Monday), and its `holidays`, are excused
    (S40); without weekdays all count. `freezes` are None where a streak has none.
    """

    target: int
    completion: int
    valid_from: date = date.min
    active_weekdays: frozenset[int] | None = None
    freezes: FreezeSettings | None = None
    holidays: frozenset[date] = frozenset()

    @property
    def has_rest_days(self) -> bool:
        """Whether a day can be excused for its weekday or as a holiday."""
        return self.active_weekdays is not None or bool(self.holidays)

    def is_rest_day(self, key: date) -> bool:
        """Say whether a day is excused for its weekday or as a holiday."""
        is_inactive = self.active_weekdays is not None and key.weekday() not in self.active_weekdays
        return is_inactive or key in self.holidays


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for one member of a streak: the calendar is asked for by streak and member.

    `versions` are in order of time and the first is valid from the beginning. `stopped_at` is where the clock stands:
    at the start of a pause that still lasts (S19), or at the end of the streak (S57). `milestones` are the live ones,
    in order of target. `grants` are the freezes given to the member: the period of each, and how many (S47).
    `has_own_clocks` says that the periods of each member are counted in the member's own zone (S52).
    """

    method: str
    calendar: Calendar
    versions: tuple[RulesVersion, ...]
    excuses: tuple[Excuse, ...] = ()
    stopped_at: datetime | None = None
    milestones: Sequence[Any] = ()
    grants: tuple[tuple[date, int], ...] = ()
    has_own_clocks: bool = False

    @property
    def has_excuses(self) -> bool:
        """Whether any period can be excused."""
        return bool(self.excuses) or any(version.has_rest_days for version in self.versions)

    @property
    def has_freezes(self) -> bool:
        """Whether a version of the rules has freezes."""
        return any(version.freezes is not None for version in self.versions)

    def version_for(self, key: date) -> RulesVersion:
        """Return the version in force in a period (S58)."""
        index = len(self.versions) - 1
        while self.versions[index].valid_from > key:
            index -= 1
        return self.versions[index]

    def target_for(self, key: date) -> int:
        """Return the units that complete a period."""
        return self.version_for(key).target

    def completion_for(self, key: date) -> int:
        """Return how many complete periods finish a run that reaches them in a period."""
        return self.version_for(key).completion

    def is_excused(self, key: date) -> bool:
        """Say whether a period is neither complete nor missed when its target is not met (S19, S40)."""
        if self.version_for(key).is_rest_day(key):
            return True
        return any(excuse.covers(key, self.calendar) for excuse in self.excuses)

    def next_due(self, key: date) -> date:
        """Return the first period from `key` on that is not excused."""
        while self.is_excused(key):
            key = self.calendar.following(key)
        return key

    def breaks_at(self, due: date) -> datetime:
        """Return the instant at which a run breaks whose due period stays incomplete (S14)."""
        return self.calendar.ends_at(due)

    def clock_at(self, now: datetime) -> datetime:
        """Return the instant against which deadlines are read: the present, or where the clock stands (S19, S57)."""
        return now if self.stopped_at is None else min(now, self.stopped_at)


def with_facts(rules: Rules, excuses: Iterable[Excuse], given_freezes: Iterable[tuple[datetime, int]]) -> Rules:
    """Return rules with excuses and given freezes, each when and how many, of one member."""
    grants = tuple((rules.calendar.key_of(given_at), quantity) for given_at, quantity in given_freezes)
    return replace(rules, excuses=(*rules.excuses, *excuses), grants=grants)
