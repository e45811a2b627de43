"""What is told of a change of totals and runs (E3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gamopanda.accounts.models import Member
from gamopanda.events.outbox import NewEvent
from gamopanda.events.rendering import render_member, render_milestone, render_run, render_streak
from gamopanda.events.types import EventType
from streaks.core.advance import Changes, Pair
from streaks.core.aggregation import Total
from streaks.core.runs import Run
from streaks.models import TaskProgress
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
    """One member in one streak, of whom something is told: with the total of the current period."""

    pair: Pair
    member: Member
    cached: CachedStreak
    total: Total | TaskProgress | None
    now: datetime

    @property
    def today(self) -> date:
        """The current period."""
        return self.cached.rules_for(self.pair[0]).calendar.key_of(self.now)

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
        """Return a run as it is shown."""
        total = total_row(self.pair, self.total) if isinstance(self.total, Total) else self.total
        return render_run(run_row(self.pair, run), self.member, self.cached.streak, total, self.now)


def tell_changes(changes: Changes, told: Told) -> Iterator[NewEvent]:
    """Yield what new logs have set off, in the order in which it happens in a run."""
    begun = {total.period_key for total in changes.totals_created}
    today = told.today
    for run in changes.runs.created:
        if run.starts_on in begun:
            yield told.event(EventType.STREAK_STARTED, run.starts_on < today, streakProgress=told.run(run))
    yield from _revived(changes, told)
    for key in changes.completed:
        run = changes.run_of(key)
        yield told.event(EventType.STREAK_PERIOD_COMPLETED, key < today, periodKey=key, streakProgress=told.run(run))
    yield from _reached(changes, told)
    yield from _completed(changes, told, changes.runs.created)


def tell_rederived(changes: Changes, told: Told) -> Iterator[NewEvent]:
    """Yield what became of runs that were there before, when their history was derived anew."""
    yield from _revived(changes, told)
    yield from _reached(changes, told)
    yield from _completed(changes, told, [])


def _revived(changes: Changes, told: Told) -> Iterator[NewEvent]:
    clock = told.cached.rules_for(told.pair[0]).clock_at(told.now)
    for run in changes.runs.changed:
        before = changes.runs.before.get(id(run))
        was_broken = before is not None and before.breaks_at is not None and before.breaks_at <= clock
        if was_broken and run.breaks_at is not None and run.breaks_at > clock:
            yield told.event(EventType.STREAK_REVIVED, True, streakProgress=told.run(run))


def _reached(changes: Changes, told: Told) -> Iterator[NewEvent]:
    for achievement in sorted(changes.achievements, key=lambda one: one.milestone.milestone_target_value):
        yield told.event(
            EventType.MILESTONE_REACHED,
            achievement.period_key < told.today,
            periodKey=achievement.period_key,
            streakProgress=told.run(achievement.run),
            milestone=render_milestone(achievement.milestone),
        )


def _completed(changes: Changes, told: Told, created: list[Run]) -> Iterator[NewEvent]:
    for run in (*created, *changes.runs.changed):
        before = changes.runs.before.get(id(run))
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
