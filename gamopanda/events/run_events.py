"""What is told of a change of totals and runs (E3)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from gamopanda.accounts.models import Member
from gamopanda.events.outbox import NewEvent
from gamopanda.events.rendering import render_member, render_milestone, render_run, render_streak
from gamopanda.events.types import EventType
from streaks.core.advance import Changes, Pair
from streaks.core.aggregation import Total
from streaks.core.rules import Rules
from streaks.core.runs import Run
from streaks.models import TaskProgress
from streaks.presenters.current_period import current_totals
from streaks.presenters.protection import read_protection
from streaks.presenters.runs import RunPresenter, read_clock
from streaks.progress.store.orm import run_row, total_row
from streaks.progress.streak_cache import CachedStreak

OF_CHANGES = (
    EventType.STREAK_STARTED,
    EventType.STREAK_PERIOD_COMPLETED,
    EventType.STREAK_COMPLETED,
    EventType.STREAK_REVIVED,
    EventType.MILESTONE_REACHED,
)
"""What logs can set off in a run."""


@dataclass(slots=True)
class Told:
    """One member in one streak, of whom something is told: with the changes, and the total of the current period."""

    pair: Pair
    member: Member
    cached: CachedStreak
    changes: Changes
    now: datetime
    total: Total | TaskProgress | None = None
    runs: dict[int, Any] = field(default_factory=dict)
    rendered: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for run in {id(run): run for run in self._concerned()}.values():
            row: Any = run_row(self.pair, run)
            row.member, row.rules = self.member, self.rules
            read_clock(row, self.cached.streak, self.now)
            self.runs[id(run)] = row

    def _concerned(self) -> Iterator[Run]:
        """Yield the runs that something may be told of."""
        runs = self.changes.runs
        yield from (*runs.created, *runs.changed)
        yield from (self.changes.run_of(key) for key in self.changes.completed)
        yield from (achievement.run for achievement in self.changes.achievements)

    @property
    def rules(self) -> Rules:
        """The rules as they are for the member."""
        return self.changes.rules or self.cached.rules_for(self.member.pk)

    @property
    def today(self) -> date:
        """The current period."""
        return self.rules.calendar.key_of(self.now)

    def event(self, event_type: EventType, is_late: bool, **data: Any) -> NewEvent:
        """Return an event about the member in the streak."""
        member_id, streak_id = self.pair
        about = {
            "isLate": is_late,
            "member": render_member(self.member),
            "streak": render_streak(self.cached.streak),
        }
        return NewEvent(event_type, about | data, streak_id, member_id)

    def run(self, run: Run) -> dict[str, Any]:
        """Return a run as it is shown, once `read_along` has read for all."""
        if id(run) not in self.rendered:
            total = total_row(self.pair, self.total) if isinstance(self.total, Total) else self.total
            presenter = RunPresenter(self.runs[id(run)], total, self.now, settings.LANGUAGE_CODE)
            self.rendered[id(run)] = render_run(presenter)
        return self.rendered[id(run)]


def read_along(told: Collection[Told], totals: Mapping[Pair, Total | None], now: datetime) -> None:
    """Read what runs are shown with, for all at once; `totals` has those of current periods that were read already."""
    missing = []
    for one in told:
        if one.today in one.changes.totals:
            one.total = one.changes.totals[one.today]
        elif one.pair in totals:
            one.total = totals[one.pair]
        else:
            missing.append(one)
    current = current_totals(((one.pair, one.rules.calendar) for one in missing), now=now)
    for one in missing:
        one.total = current.get(one.pair)
    read_protection([run for one in told for run in one.runs.values()], now)


def tell_changes(told: Told) -> Iterator[NewEvent]:
    """Yield what new logs have set off, in the order in which it happens in a run."""
    changes = told.changes
    begun = {total.period_key for total in changes.totals_created}
    today = told.today
    for run in changes.runs.created:
        if run.starts_on in begun:
            yield told.event(EventType.STREAK_STARTED, run.starts_on < today, streakProgress=told.run(run))
    yield from _revived(told)
    for key in changes.completed:
        run = changes.run_of(key)
        yield told.event(EventType.STREAK_PERIOD_COMPLETED, key < today, periodKey=key, streakProgress=told.run(run))
    yield from _reached(told)
    yield from _completed(told, changes.runs.created)


def tell_rederived(told: Told) -> Iterator[NewEvent]:
    """Yield what became of runs that were there before, when their history was derived anew."""
    yield from _revived(told)
    yield from _reached(told)
    yield from _completed(told, [])


def _revived(told: Told) -> Iterator[NewEvent]:
    runs = told.changes.runs
    clock = told.cached.rules_for(told.pair[0]).clock_at(told.now)
    for run in runs.changed:
        before = runs.before.get(id(run))
        was_broken = before is not None and before.breaks_at is not None and before.breaks_at <= clock
        if was_broken and run.breaks_at is not None and run.breaks_at > clock:
            yield told.event(EventType.STREAK_REVIVED, True, streakProgress=told.run(run))


def _reached(told: Told) -> Iterator[NewEvent]:
    for achievement in sorted(told.changes.achievements, key=lambda one: one.milestone.milestone_target_value):
        yield told.event(
            EventType.MILESTONE_REACHED,
            achievement.period_key < told.today,
            periodKey=achievement.period_key,
            streakProgress=told.run(achievement.run),
            milestone=render_milestone(achievement.milestone),
        )


def _completed(told: Told, created: list[Run]) -> Iterator[NewEvent]:
    runs = told.changes.runs
    for run in (*created, *runs.changed):
        before = runs.before.get(id(run))
        was_completed = before is not None and before.breaks_at is None
        if run.breaks_at is None and not was_completed:
            yield told.event(EventType.STREAK_COMPLETED, run.ends_on < told.today, streakProgress=told.run(run))


def overtaken_runs(changes: Mapping[Pair, Changes]) -> Iterator[tuple[UUID, Run]]:
    """Yield the streak and each run that was in progress before, and is stored as broken because another follows it."""
    for (_member_id, streak_id), one in changes.items():
        for run in one.runs.changed:
            before = one.runs.before.get(id(run))
            if before is not None and before.stored_status == "in_progress" and run.stored_status == "broken":
                yield streak_id, run
