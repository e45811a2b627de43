"""Period totals to runs (S10–S19).

A run is a pure function of a member's period totals, the rules and the excused periods. The present instant decides
only one thing, and only for the last run: whether its deadline has passed. So a run is stored with its deadline and
its status is read off against the clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from operator import itemgetter

from streaks.core.periods import Calendar


class RunStatus(StrEnum):
    """The states of a run."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """One member's total in one period, reduced to what a run depends on.

    `first_activity_at` is the earliest instant logged in it; `completed_at` is None while the target is not met (S10).
    """

    key: date
    first_activity_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pause:
    """A half-open range of instants, `starts_at` to `ends_at`, in which the streak was paused (S19)."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """What a streak asks for: its calendar, how many complete periods finish it, and the pauses that excuse periods."""

    calendar: Calendar
    completion_target: int
    pauses: tuple[Pause, ...] = ()

    def is_excused(self, key: date) -> bool:
        """Say whether a period overlaps a pause (S19)."""
        if not self.pauses:
            return False
        starts_at, ends_at = self.calendar.starts_at(key), self.calendar.ends_at(key)
        return any(pause.starts_at < ends_at and starts_at < pause.ends_at for pause in self.pauses)

    def due_from(self, key: date) -> date:
        """Return the first period from `key` on that is not excused."""
        while self.is_excused(key):
            key = self.calendar.following(key)
        return key


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a streak.

    `ends_on` is the last period that belongs to it: the one that completed it, or the one that must be completed
    next, whose end breaks the run. `breaks_at` is that end; None when the run is completed.
    """

    starts_on: date
    ends_on: date
    value: int
    started_at: datetime
    completed_at: datetime | None
    breaks_at: datetime | None

    def status_at(self, now: datetime) -> RunStatus:
        """Read the status off the clock (S16). `now` is the present, or the start of a pause that still lasts (S19)."""
        if self.completed_at is not None:
            return RunStatus.COMPLETED
        assert self.breaks_at is not None
        return RunStatus.BROKEN if self.breaks_at <= now else RunStatus.IN_PROGRESS


def fold(totals: Iterable[PeriodTotal], rules: Rules, began: Run | None = None) -> Iterator[Run]:
    """Yield the runs of one member, in order, from the totals of all periods with activity, in order of their keys.

    It can begin at any period at which a run starts, because nothing that came before a run decides anything in it,
    and at the due period of a run that `began` and is not completed: it goes on from there.
    """
    value, started, due = 0, None, date.min
    if began is not None:
        value, due = began.value, began.ends_on
        started = PeriodTotal(began.starts_on, began.started_at, None)
    for total in totals:
        if started is not None and total.key > due:
            yield _broken(started, due, value, rules)
            started = None
        if started is None:
            value, started, due = 0, total, rules.due_from(total.key)
        if total.completed_at is None:
            continue
        value += 1
        if value == rules.completion_target:
            yield Run(started.key, total.key, value, started.first_activity_at, total.completed_at, None)
            started = None
        else:
            due = rules.due_from(rules.calendar.following(total.key))
    if started is not None:
        yield _broken(started, due, value, rules)


def _broken(started: PeriodTotal, due: date, value: int, rules: Rules) -> Run:
    """Return the run that breaks, or will break, at the end of the period that is due (S14, S15)."""
    return Run(started.key, due, value, started.first_activity_at, None, rules.calendar.ends_at(due))


def crossing_at(entries: Iterable[tuple[datetime, Decimal]], target: Decimal) -> datetime | None:
    """Return the instant with which a running total reached `target` for good (S10), or None if it is below in the end.

    `entries` are (instant, amount) pairs in order of their instants; amounts at one instant count together, so that
    the order in which simultaneous logs arrived decides nothing (S17).
    """
    total, completed_at = Decimal(0), None
    for instant, together in groupby(entries, key=itemgetter(0)):
        total += sum(amount for _, amount in together)
        if total < target:
            completed_at = None
        elif completed_at is None:
            completed_at = instant
    return completed_at
