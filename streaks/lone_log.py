"""A lone log on PostgreSQL, in two batches of plain statements: what nearly every call of the API comes down to.

It is the same road as in `streaks.recording`: lock the member, then read; insert the log; derive. But it knows only
the way straight on: a log in the last run of a member, or in a period of a run that it leaves as it was. Whatever else
there is (a repeat, a refusal, runs to be joined or split) it leaves to `record_logs`, before it has written anything.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from streaks import signals
from streaks.core.runs import PeriodTotal, Run, crossing_at, fold
from streaks.derivation import TOTAL_FIELDS, amount_of, check_range, extend_total, new_total
from streaks.known_streaks import VERSION, KnownStreak, forget_streak, known_streak
from streaks.models import RunStatus, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.outcome import Outcome, Standing
from streaks.refusal import find_refusal
from streaks.run_storage import RUN_FIELDS, Achievement, Stretch, as_run, reconcile
from streaks.statements import Statement, insertion, load, run_together, select_from, update_of

MemberName = tuple[str, UUID | str]
"""How a member is called: ("id", its id) or ("external_id", its external id)."""

LOCK = "FOR NO KEY UPDATE"
# Whether this member is live is found out where it is locked.
SOMEBODY = Member(status=Status.LIVE)


class ChangedMeanwhile(Exception):
    """Somebody has changed what was read, without the lock of the member: nothing is stored."""


@dataclass(slots=True)
class History:
    """What is stored around a log: totals by period, and runs in order, with the versions of their rows."""

    totals: dict[date, TaskProgress]
    runs: list[StreakProgress]
    versions: dict[UUID, str]


def record_lone_log(log: StreakLog, member: MemberName, *, now: datetime) -> Outcome | None:
    """Record an unsaved log with everything that follows from it, or return None with nothing stored.

    The log need not know its member yet. Raises `Refused` when its total would be out of range.
    """
    known = known_streak(log.streak_id) if connection.vendor == "postgresql" else None
    if known is None or find_refusal(log, known.streak, SOMEBODY, now=now) is not None:
        return None
    log.period_key = known.streak.calendar.key_of(log.activity_at)
    try:
        with transaction.atomic():
            history = _lock_and_read(log, member, known, known.streak.calendar.key_of(now))
            return None if history is None else _record(log, history, known.streak, now)
    except (ChangedMeanwhile, IntegrityError):
        return None


def _lock_and_read(log: StreakLog, member: MemberName, known: KnownStreak, current: date) -> History | None:
    """Lock the member of a log and read what is stored around it; None when it takes more than that."""
    column, name = member
    of_pair = f"WHERE member_id = (SELECT id FROM accounts_member WHERE {column} = %s) AND streak_id = %s"  # noqa: S608
    pair = (name, log.streak_id)
    runs, totals = select_from(StreakProgress), select_from(TaskProgress)
    (_, members), (_, versions), (_, repeats), (_, run_rows), (_, total_rows) = run_together(
        [
            (f"SELECT id, status FROM accounts_member WHERE {column} = %s {LOCK}", [name]),  # noqa: S608
            (VERSION, [log.streak_id]),
            (f"SELECT 1 FROM streaks_streaklog {of_pair} AND unique_identifier = %s", [*pair, log.unique_identifier]),  # noqa: S608
            (
                f"{runs} {of_pair} AND (ends_on >= %s OR stored_status = %s) ORDER BY starts_on LIMIT 2",
                [*pair, log.period_key, RunStatus.IN_PROGRESS.value],
            ),
            (f"{totals} {of_pair} AND period_key IN (%s, %s)", [*pair, log.period_key, current]),
        ]
    )
    if versions != [(known.version,)]:
        forget_streak(log.streak_id)
        return None
    if repeats or not members or members[0][1] != Status.LIVE:
        return None
    log.member_id = members[0][0]
    stored = [load(StreakProgress, row) for row in run_rows]
    totals_with_versions = [load(TaskProgress, row) for row in total_rows]
    return History(
        {total.period_key: total for total, _ in totals_with_versions},
        [run for run, _ in stored],
        {record.pk: version for record, version in [*stored, *totals_with_versions]},
    )


def _record(log: StreakLog, history: History, streak: Streak, now: datetime) -> Outcome | None:
    """Derive what follows from a log, store it, and tell the world; None before anything is stored."""
    stored = history.totals.get(log.period_key)
    was_complete_at = None if stored is None else stored.completed_at
    total = _add(log, stored, streak, now)
    stretch = _stretch(history.runs, total, was_complete_at, streak, now)
    if stretch is None:
        return None
    _store(log, total, stretch, history)
    run = next(run for run in stretch.rows if run.starts_on <= log.period_key <= run.ends_on)
    run.streak = streak
    achievements = [] if amount_of(log, streak) < 0 else _achievements(log, stretch, streak)
    if achievements:
        signals.milestones_reached.send(sender=StreakProgress, achievements=achievements, now=now)
    current = history.totals.get(streak.calendar.key_of(now))
    return Outcome(log, run=run, achievements=achievements, standing=Standing(streak, current))


def _add(log: StreakLog, stored: TaskProgress | None, streak: Streak, now: datetime) -> TaskProgress:
    """Return the total of the log's period, with the log in it (S6–S10)."""
    entries, target = [(log.activity_at, amount_of(log, streak))], streak.aggregation_target_value
    check_range(stored, entries)
    if stored is None:
        return new_total(log.member_id, log.streak_id, log.period_key, entries, target)
    if not extend_total(stored, entries, target):
        stored.completed_at = crossing_at(sorted([*entries, *_entries_before(log, streak)]), target)
    stored.updated_at = now
    return stored


def _entries_before(log: StreakLog, streak: Streak) -> list[tuple[datetime, Decimal]]:
    """Read what was logged in the period of a log that is not stored yet."""
    condition = "WHERE member_id = %s AND streak_id = %s AND period_key = %s"
    ((_, rows),) = run_together(
        [(f"{select_from(StreakLog)} {condition}", [log.member_id, log.streak_id, log.period_key])]
    )
    logs = (load(StreakLog, row)[0] for row in rows)
    return [(earlier.activity_at, amount_of(earlier, streak)) for earlier in logs]


def _stretch(
    runs: list[StreakProgress], total: TaskProgress, was_complete_at: datetime | None, streak: Streak, now: datetime
) -> Stretch | None:
    """Bring the runs around a period in line with its new total; None where that takes more of the history.

    Either the period leaves its run as it was, or it is, or comes after, the last one of the last run: then that one
    goes on from where it stands, however long it is.
    """
    pair = (total.member_id, total.streak_id)
    own = next((run for run in runs if run.starts_on <= total.period_key <= run.ends_on), None)
    if own is not None and _leaves_as_it_was(own, total, was_complete_at):
        return Stretch(pair, rows=[own])
    if len(runs) > 1 or was_complete_at is not None:
        return None
    began = [as_run(run) for run in runs]
    if began and not _goes_on_to(total.period_key, began[0], streak):
        return None
    if began and total.period_key == began[0].starts_on:
        began = [replace(began[0], started_at=total.first_activity_at)]
    period = PeriodTotal(total.period_key, total.first_activity_at, total.completed_at)
    stretch = reconcile(pair, runs, list(fold([period], streak.rules, *began)), clock=now, now=now)
    return None if stretch.is_rearranged else stretch


def _goes_on_to(key: date, run: Run, streak: Streak) -> bool:
    """Say whether a run waits for this period or has missed its own before, on the clock that the streak has now."""
    is_open = run.completed_at is None and run.ends_on <= key
    return is_open and run.breaks_at == streak.calendar.ends_at(run.ends_on)


def _leaves_as_it_was(run: StreakProgress, total: TaskProgress, was_complete_at: datetime | None) -> bool:
    """Say whether a period of a run counts as before: it starts the run when it did, and completes what it did."""
    starts = total.period_key == run.starts_on and total.first_activity_at != run.streak_started_at
    completes = total.period_key == run.ends_on and total.completed_at != run.streak_completed_at
    return not starts and not completes and (was_complete_at is None) == (total.completed_at is None)


def _store(log: StreakLog, total: TaskProgress, stretch: Stretch, history: History) -> None:
    """Write everything at once; raises `ChangedMeanwhile` when a row is no longer as it was read."""
    is_new = total.period_key not in history.totals
    # What is new is stamped with the time of day, whatever instant it is recorded for, as the ORM does.
    stamp = timezone.now()
    for record in (log, *([total] if is_new else []), *stretch.created):
        record.created_at = record.updated_at = stamp
    statements = [_update_of(run, RUN_FIELDS, history) for run in stretch.changed]
    statements.append(insertion(log))
    if is_new:
        statements.append(insertion(total))
        history.totals[total.period_key] = total
    else:
        statements.append(_update_of(total, TOTAL_FIELDS, history))
    statements += [insertion(run) for run in stretch.created]
    if any(count != 1 for count, _ in run_together(statements)):
        raise ChangedMeanwhile
    for record in (log, total, *stretch.created):
        record._state.adding, record._state.db = False, connection.alias


def _update_of(record: StreakProgress | TaskProgress, names: list[str], history: History) -> Statement:
    return update_of(record, names, version=history.versions[record.pk])


def _achievements(log: StreakLog, stretch: Stretch, streak: Streak) -> list[Achievement]:
    """Return the live milestones that a run rose to with its last complete period, which is the log's (S20)."""
    return [
        Achievement(milestone, run, log, log.period_key)
        for run, before in stretch.risen
        for milestone in streak.milestones.all()
        if before < milestone.milestone_target_value <= run.current_progress_value
    ]
