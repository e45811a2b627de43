"""Breaks are told some time after they happened, if they still are breaks then (E4)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from gamopanda.events.models import Announcement
from gamopanda.events.outbox import NewEvent, store_events, take
from gamopanda.events.rendering import render_member, render_run, render_streak
from gamopanda.events.subscriptions import Takers, takers_now
from gamopanda.events.types import EventType
from streaks.core.runs import Run, RunStatus
from streaks.models import Streak, StreakProgress
from streaks.presenters.runs import present_runs_of

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
    hours = dict(
        Streak.objects.filter(pk__in={row[0] for row in taken}).order_by().values_list("pk", "announce_after_hours")
    )
    Announcement.objects.bulk_create(
        [
            Announcement(run_id=run_id, breaks_at=breaks_at, due_at=breaks_at + timedelta(hours=hours[streak_id]))
            for streak_id, run_id, breaks_at in taken
            if run_id is not None and breaks_at is not None
        ],
        ignore_conflicts=True,
    )


def announce_breaks(*, now: datetime, member_id: UUID | None = None) -> int:
    """Tell of all breaks that are due, or of those of one member; return of how many."""
    told = 0
    while (batch := _announce_batch(now, member_id)) is not None:
        told += batch
    return told


@transaction.atomic
def _announce_batch(now: datetime, member_id: UUID | None) -> int | None:
    """Tell of some breaks that are due and still are breaks; None when none is due."""
    due = Announcement.objects.filter(is_open=True, due_at__lte=now).order_by("due_at", "pk")
    if member_id is not None:
        due = due.filter(run_id__in=StreakProgress.objects.filter(member=member_id).values("pk"))
    announcements = list(due.select_for_update(skip_locked=True)[:BATCH])
    if not announcements:
        return None
    deadlines = {one.run_id: one.breaks_at for one in announcements}
    # Locked, so that a log that revives one is either seen or tells of it later.
    locked = StreakProgress.objects.filter(pk__in=deadlines).select_related("streak", "member").order_by("pk")
    runs = [
        run
        for run in locked.select_for_update(no_key=True, of=("self",))
        if run.breaks_at == deadlines[run.pk] and run.status_at(now) == RunStatus.BROKEN
    ]
    takers = takers_now()
    events = take(_broken_events(runs, now), takers) if takers else []
    store_events(events, now=now)
    Announcement.objects.filter(pk__in=[one.pk for one in announcements]).update(is_open=False)
    return len(events)


def _broken_events(runs: Sequence[StreakProgress], now: datetime) -> Iterable[NewEvent]:
    streaks = {run.streak_id: run.streak for run in runs}
    for run in present_runs_of(streaks, runs, now=now, language=settings.LANGUAGE_CODE):
        data = {
            "isLate": False,
            "member": render_member(run.member),
            "streak": render_streak(run.streak),
            "streakProgress": render_run(run),
        }
        yield NewEvent(EventType.STREAK_BROKEN, data, run.streak_id, run.member_id)
