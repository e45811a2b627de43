"""How what follows from a batch is stored: whole columns of new rows, and which milestones were reached with them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import repeat
from typing import Any
from uuid import UUID

from django.utils import timezone
from uuid_utils import uuid7

from streaks import signals
from streaks.batch_derivation import Columns, Progress, as_decimal
from streaks.bulk_rows import insert_columns, new_row, update_rows
from streaks.core.runs import Run
from streaks.derivation import TOTAL_FIELDS
from streaks.models import MAX_PERIODS, RunStatus, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.packed_rows import Column, Same, days, microseconds
from streaks.run_storage import Achievement, save_stretches

Risen = tuple[Progress, StreakProgress, int]
"""(what followed for a member, a run that rose by it, the highest value that it had before)"""


def store(progresses: Sequence[Progress], columns: Columns, streak: Streak, *, now: datetime) -> None:
    """Store what was derived, and tell the world which milestones were reached.

    The streak comes with its live milestones.
    """
    stamp = Same(microseconds(timezone.now()))
    common: dict[str, Column] = {"created_at": stamp, "updated_at": stamp, "streak_id": Same(streak.pk.bytes)}
    _insert_logs(progresses, columns, common)
    _insert_totals(progresses, columns, common)
    update_rows(TaskProgress, [total for progress in progresses for total in progress.extended], TOTAL_FIELDS)
    save_stretches([progress.stretch for progress in progresses if progress.stretch], streak_ids=[streak.pk])
    risen = [*_insert_runs(progresses, common, streak, now)]
    risen += [(one, *rise) for one in progresses if one.stretch for rise in one.stretch.risen]
    achievements = list(_achievements(risen, columns, streak))
    if achievements:
        signals.milestones_reached.send(sender=StreakProgress, achievements=achievements, now=now)


def new_ids(number: int) -> list[bytes]:
    """Return ids for new rows, in order of time."""
    return [uuid7().bytes for _ in range(number)]


@cache
def _days(key: date) -> int:
    return days(key)


def _insert_logs(progresses: Sequence[Progress], columns: Columns, common: dict[str, Column]) -> None:
    batch = columns.batch
    places = [place for progress in progresses for place in progress.places]

    def of_each(column: Sequence[Any]) -> list[Any]:
        return list(map(column.__getitem__, places))

    given: dict[str, Column] = {
        "id": of_each(batch.ids),
        "member_id": [raw for one in progresses for raw in repeat(one.member_id.bytes, len(one.places))],
        "activity_at": of_each(columns.at),
        "activity_id": of_each(batch.activity_ids),
        "unique_identifier": of_each(batch.identifiers),
        "activity_value": of_each(batch.values),
        "period_key": list(map(_days, of_each(columns.keys))),
    }
    insert_columns(StreakLog, common | given)


def _insert_totals(progresses: Iterable[Progress], columns: Columns, common: dict[str, Column]) -> None:
    at = columns.at
    whose = [(progress.member_id.bytes, total) for progress in progresses for total in progress.totals]
    given: dict[str, Column] = {
        "id": new_ids(len(whose)),
        "member_id": [member for member, _ in whose],
        "period_key": [_days(total.key) for _, total in whose],
        "total": [total.amount for _, total in whose],
        "log_count": [total.log_count for _, total in whose],
        "first_activity_at": [at[total.first] for _, total in whose],
        "last_activity_at": [at[total.last] for _, total in whose],
        "completed_at": [None if total.completed is None else at[total.completed] for _, total in whose],
    }
    insert_columns(TaskProgress, common | given)


def _insert_runs(
    progresses: Iterable[Progress], common: dict[str, Column], streak: Streak, now: datetime
) -> Iterator[Risen]:
    """Insert new runs; yield those that may have reached a milestone."""
    whose = [(progress, run, _status(run, progress, now)) for progress in progresses for run in progress.runs]
    ids = new_ids(len(whose))
    given: dict[str, Column] = {
        "id": ids,
        "member_id": [progress.member_id.bytes for progress, _, _ in whose],
        "stored_status": [status for _, _, status in whose],
        "current_progress_value": [run.value for _, run, _ in whose],
        "highest_progress_value": [run.value for _, run, _ in whose],
        "starts_on": [_days(run.starts_on) for _, run, _ in whose],
        "ends_on": [_days(run.ends_on) for _, run, _ in whose],
        "streak_started_at": [microseconds(run.started_at) for _, run, _ in whose],
        "streak_completed_at": [_microseconds(run.completed_at) for _, run, _ in whose],
        "breaks_at": [_microseconds(run.breaks_at) for _, run, _ in whose],
    }
    insert_columns(StreakProgress, common | given)
    lowest = min((milestone.milestone_target_value for milestone in streak.milestones.all()), default=MAX_PERIODS + 1)
    for (progress, run, status), pk in zip(whose, ids, strict=True):
        if run.value >= lowest:
            yield progress, _row(run, progress, status, pk, streak), 0


def _status(run: Run, progress: Progress, now: datetime) -> str:
    """Return the status of a new run (S16); one that another follows is over, whatever the clock says."""
    if run is not progress.runs[-1] and run.completed_at is None:
        return RunStatus.BROKEN.value
    return run.status_at(now).value


def _microseconds(instant: datetime | None) -> int | None:
    return None if instant is None else microseconds(instant)


def _row(run: Run, progress: Progress, status: str, pk: bytes, streak: Streak) -> StreakProgress:
    """Return the record of a run that was inserted."""
    return new_row(
        StreakProgress,
        id=UUID(bytes=pk),
        member_id=progress.member_id,
        streak_id=streak.pk,
        stored_status=status,
        current_progress_value=run.value,
        highest_progress_value=run.value,
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        streak_started_at=run.started_at,
        streak_completed_at=run.completed_at,
        breaks_at=run.breaks_at,
    )


def _achievements(risen: Iterable[Risen], columns: Columns, streak: Streak) -> Iterator[Achievement]:
    """Yield the milestones that runs rose to (S20), each with the last log in the period with which it was reached."""
    milestones = streak.milestones.all()
    for progress, run, before in risen:
        own = [item for item in progress.completed.items() if run.starts_on <= item[0] <= run.ends_on]
        value_before = run.current_progress_value - len(own)
        for milestone in milestones:
            if before < milestone.milestone_target_value <= run.current_progress_value:
                key, place = own[milestone.milestone_target_value - value_before - 1]
                yield Achievement(milestone, run, _log(place, run, columns), key)


def _log(place: int, run: StreakProgress, columns: Columns) -> StreakLog:
    """Return the record of a log that was inserted."""
    batch = columns.batch
    return new_row(
        StreakLog,
        id=UUID(bytes=batch.ids[place]),
        member_id=run.member_id,
        streak_id=run.streak_id,
        activity_at=batch.instants[place],
        activity_id=batch.activity_ids[place],
        unique_identifier=batch.identifiers[place],
        activity_value=as_decimal(batch.values[place]),
        period_key=columns.keys[place],
    )
