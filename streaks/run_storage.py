"""Stored runs brought in line with folded ones: which row stands for which run, and which milestones were reached."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from gamopanda.api.models import Status
from streaks import signals
from streaks.bulk_rows import insert_rows, new_row, update_rows
from streaks.core.runs import Run
from streaks.models import Milestone, RunStatus, StreakLog, StreakProgress, TaskProgress

Pair = tuple[UUID, UUID]
"""(member id, streak id)"""

VISIBLE_FIELDS = [
    "current_progress_value",
    "starts_on",
    "ends_on",
    "streak_started_at",
    "streak_completed_at",
    "breaks_at",
]
RUN_FIELDS = [*VISIBLE_FIELDS, "highest_progress_value", "stored_status", "updated_at"]


@dataclass(frozen=True, slots=True)
class Achievement:
    """A milestone reached (S20): in which run, with which log, and in which period of the run."""

    milestone: Milestone
    run: StreakProgress
    log: StreakLog
    period_key: date


@dataclass(slots=True)
class Stretch:
    """The runs of one pair from some run on: the rows as they shall be, and how they differ from what is stored.

    `changed` rows have to be saved; `wrong` are those of them in which a reader would have seen a difference. Of the
    `created` ones, `reborn` are as they were before the first part of the same batch took them away.
    """

    pair: Pair
    rows: list[StreakProgress] = field(default_factory=list)
    created: list[StreakProgress] = field(default_factory=list)
    changed: list[StreakProgress] = field(default_factory=list)
    gone: list[StreakProgress] = field(default_factory=list)
    risen: list[tuple[StreakProgress, int]] = field(default_factory=list)
    wrong: list[StreakProgress] = field(default_factory=list)
    is_rearranged: bool = False
    reborn: list[StreakProgress] = field(default_factory=list)


def as_run(row: StreakProgress) -> Run:
    """Return the run that a row stands for."""
    return Run(
        row.starts_on,
        row.ends_on,
        row.current_progress_value,
        row.streak_started_at,
        row.streak_completed_at,
        row.breaks_at,
    )


def reconcile(
    pair: Pair,
    stored: Sequence[StreakProgress],
    runs: Sequence[Run],
    *,
    clock: datetime | None,
    now: datetime,
    former: Sequence[StreakProgress] = (),
) -> Stretch:
    """Match folded runs with stored rows, both in order, and set the rows' values without saving them.

    `clock` is the instant against which the deadline of the last run is read: `now`, or the start of a pause; None
    when another run follows it. Rows keep their ids where their run still exists (S17); of runs that were joined, the
    first row stays. One of the `former` rows, which this transaction has deleted, comes back when its run does.
    """
    stretch = Stretch(pair)
    lost = {row.starts_on: row for row in former}
    matches = list(_match(stored, runs))
    kept = {row.pk for row, _ in matches if row is not None}
    stretch.gone = [row for row in stored if row.pk not in kept]
    stretch.is_rearranged = bool(stretch.gone)
    for row, run in matches:
        known = row or lost.get(run.starts_on)
        before = _highest_before(run, [*([known] if known else []), *_within(stretch.gone, run)])
        # A run that another one follows is over, whatever the clock says.
        over_at = max(now, run.breaks_at or now)
        status = run.status_at(clock if clock is not None and run is runs[-1] else over_at)
        inner = {"highest_progress_value": max(before, run.value), "stored_status": status.value}
        stretch.rows.append(_write(stretch, row, run, inner, now))
        if row is None and known is not None:
            stretch.rows[-1].pk = known.pk
            stretch.reborn.append(known)
        if run.value > before:
            stretch.risen.append((stretch.rows[-1], before))
    return stretch


def _match(stored: Sequence[StreakProgress], runs: Sequence[Run]) -> Iterator[tuple[StreakProgress | None, Run]]:
    """Pair each run with the first stored row that shares a period with it and stands for no earlier run."""
    rows = deque(stored)
    for run in runs:
        while rows and rows[0].ends_on < run.starts_on:
            rows.popleft()
        yield (rows.popleft() if rows and rows[0].starts_on <= run.ends_on else None), run


def _highest_before(run: Run, rows: Sequence[StreakProgress]) -> int:
    """Return the highest value that a run, or one that was joined into it, had before (S20).

    What a row had together with periods that belong to another run now says nothing about this one.
    """
    return max((row.highest_progress_value for row in rows if row.starts_on >= run.starts_on), default=0)


def _within(rows: Sequence[StreakProgress], run: Run) -> list[StreakProgress]:
    return [row for row in rows if row.starts_on <= run.ends_on and run.starts_on <= row.ends_on]


def _write(
    stretch: Stretch, row: StreakProgress | None, run: Run, inner: dict[str, Any], now: datetime
) -> StreakProgress:
    """Set the values of a row, new or stored, and note in the stretch what has to be saved."""
    seen = {
        "current_progress_value": run.value,
        "starts_on": run.starts_on,
        "ends_on": run.ends_on,
        "streak_started_at": run.started_at,
        "streak_completed_at": run.completed_at,
        "breaks_at": run.breaks_at,
    }
    if row is None:
        row = new_row(StreakProgress, member_id=stretch.pair[0], streak_id=stretch.pair[1], **seen, **inner)
        stretch.created.append(row)
        return row
    stretch.is_rearranged |= row.starts_on < run.starts_on or row.ends_on > run.ends_on
    differing = {name: value for name, value in (seen | inner).items() if getattr(row, name) != value}
    # Stamping what the clock has already decided is housekeeping: nobody sees a change (S16).
    is_stamping = row.stored_status == RunStatus.IN_PROGRESS or "stored_status" not in differing
    if differing.keys() & seen.keys() or not is_stamping:
        differing["updated_at"] = now
        stretch.wrong.append(row)
    for name, value in differing.items():
        setattr(row, name, value)
    if differing:
        stretch.changed.append(row)
    return row


def save_stretches(stretches: Sequence[Stretch], *, streak_ids: Collection[UUID]) -> None:
    """Save what was reconciled, in an order in which no pair ever has two runs in progress (S18).

    `streak_ids` are all streaks that the transaction records for: receivers may have to lock something for each.
    """
    gone = [row.pk for stretch in stretches for row in stretch.gone]
    if gone:
        StreakProgress.objects.filter(pk__in=gone).delete()
    changed = [row for stretch in stretches for row in stretch.changed]
    update_rows(StreakProgress, [row for row in changed if row.stored_status != RunStatus.IN_PROGRESS], RUN_FIELDS)
    update_rows(StreakProgress, [row for row in changed if row.stored_status == RunStatus.IN_PROGRESS], RUN_FIELDS)
    insert_rows(StreakProgress, [row for stretch in stretches for row in stretch.created])
    for row in (row for stretch in stretches for row in stretch.reborn):
        StreakProgress.objects.filter(pk=row.pk).update(created_at=row.created_at)
    rearranged = [stretch for stretch in stretches if stretch.is_rearranged and stretch.rows]
    if rearranged:
        signals.runs_rearranged.send(sender=StreakProgress, stretches=rearranged, streak_ids=streak_ids)


def find_achievements(
    stretches: Sequence[Stretch],
    logs: Mapping[Pair, Sequence[StreakLog]],
    totals: Mapping[Pair, Mapping[date, TaskProgress]],
) -> list[Achievement]:
    """Return the live milestones that the runs rose to (S20), each with the log that did it."""
    streak_ids = {stretch.pair[1] for stretch in stretches if stretch.risen}
    if not streak_ids:
        return []
    milestones: dict[UUID, list[Milestone]] = defaultdict(list)
    for milestone in Milestone.objects.visible().filter(streak__in=streak_ids, status=Status.LIVE):
        milestones[milestone.streak_id].append(milestone)
    return [
        _achievement(milestone, run, logs[stretch.pair], totals[stretch.pair])
        for stretch in stretches
        for run, before in stretch.risen
        for milestone in milestones[stretch.pair[1]]
        if before < milestone.milestone_target_value <= run.current_progress_value
    ]


def _achievement(
    milestone: Milestone, run: StreakProgress, logs: Sequence[StreakLog], totals: Mapping[date, TaskProgress]
) -> Achievement:
    """Tell with which of the new logs, sorted by instant, and in which period a run rose to a milestone.

    A lone log did it wherever it fell: a late one closes a gap before the period that counts up to the target. Of
    several it is the last one up to that period.
    """
    completed = sorted(key for key, row in totals.items() if row.completed_at and run.starts_on <= key <= run.ends_on)
    reached_on = completed[milestone.milestone_target_value - 1]
    within = [log for log in logs if run.starts_on <= log.period_key <= run.ends_on]
    if not within:  # runs further on were cut anew
        return Achievement(milestone, run, logs[-1], reached_on)
    log = max((log for log in within if log.period_key <= reached_on), key=attrgetter("activity_at"), default=within[0])
    return Achievement(milestone, run, log, log.period_key)
