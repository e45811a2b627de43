"""What keeps the tables tidy and changes nothing that anyone sees (S16)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from streaks.models import RunStatus, StreakProgress
from streaks.progress.signals import clock_followed, runs_closed

BATCH = 1_000


def close_runs(*, now: datetime) -> int:
    """Stamp the runs whose deadline has passed as broken; returns how many.

    Safe to run twice, at once, or never: readers compare the deadline with the clock themselves. `updated_at` stays,
    because nothing that a reader sees has changed.
    """
    closed = 0
    while batch := _close_batch(now):
        closed += batch
    clock_followed.send(StreakProgress, now=now)
    return closed


def close_runs_of(member_id: UUID, *, now: datetime) -> int:
    """Stamp the runs of one member whose deadline has passed on its own clock; returns how many."""
    return _close_batch(now, member=member_id)


@transaction.atomic
def _close_batch(now: datetime, **only: UUID) -> int:
    """Stamp one batch, leaving rows that a log is changing at this moment to the next time."""
    over = StreakProgress.objects.broken_by(now).filter(**only).select_for_update(skip_locked=True, of=("self",))
    run_ids = list(over.order_by("breaks_at").values_list("pk", flat=True)[:BATCH])
    if run_ids:
        StreakProgress.objects.filter(pk__in=run_ids).update(stored_status=RunStatus.BROKEN)
        runs_closed.send(StreakProgress, run_ids=run_ids, now=now)
    return len(run_ids)
