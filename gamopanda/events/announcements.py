"""Breaks and used freezes are told some time after they happened, if they still are what they were then (E4)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from gamopanda.events.models import Announcement, UsedFreeze
from gamopanda.events.outbox import NewEvent, store_events, take
from gamopanda.events.rendering import render_member, render_run, render_streak
from gamopanda.events.subscriptions import Takers, takers_now
from gamopanda.events.types import EventType
from streaks.core.protection import Account
from streaks.core.runs import Run, RunStatus
from streaks.models import Streak, StreakProgress
from streaks.presenters.runs import RunPresenter, present_runs_of

BATCH = 500


def note_closed(run_ids: Sequence[UUID], takers: Takers) -> None:
    """Note breaks by the ids of their runs."""
    runs = StreakProgress.objects.filter(pk__in=run_ids).order_by("pk").values_list("streak_id", "pk", "breaks_at")
    if takers:
        _note(list(runs), takers)


def note_broken(runs: Iterable[tuple[UUID, Run]], takers: Takers) -> None:
    """Note breaks of runs, each given with its streak."""
    _note([(streak_id, run.id, run.breaks_at) for streak_id, run in runs], takers)


def _note(runs: Sequence[tuple[UUID, UUID | None, datetime | None]], takers: Takers) -> None:
    taken = [row for row in runs if takers.of(EventType.STREAK_BROKEN, row[0]) is not None]
    if not taken:
        return
    delays = delays_of({row[0] for row in taken})
    Announcement.objects.bulk_create(
        [
            Announcement(run_id=run_id, breaks_at=breaks_at, due_at=breaks_at + delays[streak_id])
            for streak_id, run_id, breaks_at in taken
            if run_id is not None and breaks_at is not None
        ],
        ignore_conflicts=True,
    )


def delays_of(streak_ids: Iterable[UUID]) -> dict[UUID, timedelta]:
    """Return how long after it happened is told what the clock did in streaks."""
    hours = Streak.objects.filter(pk__in=streak_ids).order_by().values_list("pk", "announce_after_hours")
    return {streak_id: timedelta(hours=number) for streak_id, number in hours}


def announce_breaks(*, now: datetime, member_id: UUID | None = None) -> int:
    """Tell of all breaks that are due, or of those of one member; return of how many."""
    return _announce(Announcement, _broken_events, now, member_id)


def announce_used_freezes(*, now: datetime, member_id: UUID | None = None) -> int:
    """Tell of all used freezes that are due, or of those of one member; return of how many."""
    return _announce(UsedFreeze, _freeze_events, now, member_id)


EventsOf = Callable[[Sequence[Any], Sequence[StreakProgress], datetime], Iterable[NewEvent]]


def _announce(
    model: type[Announcement | UsedFreeze], events_of: EventsOf, now: datetime, member_id: UUID | None
) -> int:
    told = 0
    only = {} if member_id is None else {"run_id__in": StreakProgress.objects.filter(member=member_id).values("pk")}
    while (batch := _announce_batch(model, events_of, now, only)) is not None:
        told += batch
    return told


@transaction.atomic
def _announce_batch(
    model: type[Announcement | UsedFreeze], events_of: EventsOf, now: datetime, only: Mapping[str, Any]
) -> int | None:
    """Tell of some that are due and still are what was noted; None when none is due."""
    due = model._default_manager.filter(is_open=True, due_at__lte=now, **only).order_by("due_at", "pk")
    noted: list[Any] = list(due.select_for_update(skip_locked=True)[:BATCH])
    if not noted:
        return None
    # Locked, so that a log that changes one is either seen or tells of it later.
    locked = StreakProgress.objects.filter(pk__in={one.run_id for one in noted}).select_related("streak", "member")
    runs = list(locked.order_by("pk").select_for_update(no_key=True, of=("self",)))
    takers = takers_now()
    events = take(events_of(noted, runs, now), takers) if takers else []
    store_events(events, now=now)
    model._default_manager.filter(pk__in=[one.pk for one in noted]).update(is_open=False)
    return len(events)


def _broken_events(noted: Sequence[Announcement], runs: Sequence[StreakProgress], now: datetime) -> Iterator[NewEvent]:
    deadlines = {one.run_id: one.breaks_at for one in noted}
    broken = [run for run in runs if run.breaks_at == deadlines[run.pk] and run.status_at(now) == RunStatus.BROKEN]
    for run in _presented(broken, now):
        yield _about(EventType.STREAK_BROKEN, run)


def _freeze_events(noted: Sequence[UsedFreeze], runs: Sequence[StreakProgress], now: datetime) -> Iterator[NewEvent]:
    keys = defaultdict(list)
    for one in noted:
        keys[one.run_id].append(one.period_key)
    for run in _presented(runs, now):
        for key in sorted(keys[run.pk]):
            if is_frozen(run, key):
                yield _about(EventType.STREAK_FREEZE_USED, run, periodKey=key)


def is_frozen(run: Any, key: date) -> bool:
    """Say whether a freeze has saved a period of a run whose status was read; none has saved what broke (S48)."""
    account = Account.stored(run.freeze_account)
    is_back = run.status == RunStatus.BROKEN and account is not None and key >= account.next_key
    return key.isoformat() in (run.frozen_periods or ()) and not is_back


def _presented(runs: Sequence[StreakProgress], now: datetime) -> Sequence[RunPresenter]:
    streaks = {run.streak_id: run.streak for run in runs}
    return present_runs_of(streaks, runs, now=now, language=settings.LANGUAGE_CODE)


def _about(event_type: EventType, run: RunPresenter, **more: Any) -> NewEvent:
    data = {
        "isLate": False,
        "member": render_member(run.member),
        "streak": render_streak(run.streak),
        **more,
        "streakProgress": render_run(run),
    }
    return NewEvent(event_type, data, run.streak_id, run.member_id)
