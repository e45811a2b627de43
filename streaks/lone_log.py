"""A lone log on PostgreSQL, by two functions of the database: what nearly every call of the API comes down to.

It is the same road as in `streaks.recording`: lock the member, then read; insert the log; derive. But it knows only
the way straight on: a log in the last run of a member, or in a period of a run that it leaves as it was. Whatever else
there is (a repeat, a refusal, runs to be joined or split) it leaves to `record_logs`, before it has written anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gamopanda.accounts.authentication import LiveKey
from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from streaks import signals
from streaks.core.runs import PeriodTotal, Run, crossing_at, fold
from streaks.derivation import amount_of, check_range, extend_total, new_total
from streaks.known_streaks import KnownStreak, forget_streak, known_streak
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.outcome import Outcome, Standing
from streaks.refusal import find_refusal
from streaks.run_storage import Achievement, Stretch, as_run, reconcile
from streaks.statements import begin_with_function, call_function, dump, end_with_function, load

MemberName = tuple[str, UUID | str]
"""How a member is called: ("id", its id) or ("external_id", its external id)."""

# Whether this member is live is found out where it is locked.
SOMEBODY = Member(status=Status.LIVE)


@dataclass(slots=True)
class History:
    """What is stored around a log: totals by period, and runs in order, with the versions of their rows."""

    totals: dict[date, TaskProgress]
    runs: list[StreakProgress]
    versions: dict[UUID, str]


def record_lone_log(
    log: StreakLog, member: MemberName, *, now: datetime, of_key: LiveKey | None = None
) -> Outcome | None:
    """Record an unsaved log with everything that follows from it, or return None with nothing stored.

    The log need not know its member yet. With `of_key`, an API key that is only presumed to be live, nothing is stored
    if it is not. Raises `Refused` when its total would be out of range.
    """
    known = known_streak(log.streak_id) if connection.vendor == "postgresql" else None
    if known is None or find_refusal(log, known.streak, SOMEBODY, now=now) is not None:
        return None
    log.period_key = known.streak.calendar.key_of(log.activity_at)
    try:
        with transaction.atomic():
            history = _lock_and_read(log, member, known, known.streak.calendar.key_of(now), of_key)
            return None if history is None else _record(log, history, known.streak, now)
    except IntegrityError:
        # Or somebody has changed what was read, without the lock of the member.
        return None


def _lock_and_read(
    log: StreakLog, member: MemberName, known: KnownStreak, current: date, of_key: LiveKey | None
) -> History | None:
    """Lock the member of a log and read what is stored around it; None when it takes more than that."""
    column, name = member
    names = (name, None) if column == "id" else (None, name)
    key = None if of_key is None else of_key.api_key
    of_pair = (known.streak.pk, log.unique_identifier, log.period_key, current)
    read = orjson.loads(begin_with_function("streaks_lock_and_read", *names, *of_pair, key))
    if read["version"] != known.version:
        forget_streak(known.streak.pk)
        return None
    is_revoked = of_key is not None and read["secret"] != of_key.encrypted_secret
    if is_revoked or read["is_repeat"] or read["owner"] is None:
        return None
    log.member_id = UUID(read["owner"])
    runs, totals = read["runs"] or [], read["totals"] or []
    history = History({}, [load(StreakProgress, row) for row in runs], {})
    for row in totals:
        total = load(TaskProgress, row)
        history.totals[total.period_key], history.versions[total.pk] = total, row["version"]
    for run, row in zip(history.runs, runs, strict=True):
        history.versions[run.pk] = row["version"]
    return history


def _record(log: StreakLog, history: History, streak: Streak, now: datetime) -> Outcome | None:
    """Derive what follows from a log, store it, and tell the world; None before anything is stored."""
    stored = history.totals.get(log.period_key)
    was_complete_at = None if stored is None else stored.completed_at
    total = _add(log, stored, streak, now)
    stretch = _stretch(history.runs, total, was_complete_at, streak, now)
    if stretch is None:
        return None
    achievements = [] if amount_of(log, streak) < 0 else _achievements(log, stretch, streak)
    _store(log, total, stretch, history, write=call_function if achievements else end_with_function)
    run = next(run for run in stretch.rows if run.starts_on <= log.period_key <= run.ends_on)
    run.streak = streak
    rewards = _issue(achievements, now) if achievements else []
    current = history.totals.get(streak.calendar.key_of(now))
    return Outcome(log, run=run, achievements=achievements, standing=Standing(streak, current), rewards=rewards)


def _issue(achievements: list[Achievement], now: datetime) -> list[Any]:
    """Let rewards be issued, and return them (S22)."""
    answers: list[Any] = signals.milestones_reached.send(StreakProgress, achievements=achievements, now=now)
    return [reward for _receiver, issued in answers for reward in issued]


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
    logs = StreakLog.objects.filter(member=log.member_id, streak=log.streak_id, period_key=log.period_key)
    return [
        (earlier.activity_at, amount_of(earlier, streak))
        for earlier in logs.order_by().only("activity_at", "activity_value")
    ]


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


def _store(
    log: StreakLog, total: TaskProgress, stretch: Stretch, history: History, *, write: Callable[..., Any]
) -> None:
    """Write everything at once; raises `IntegrityError` when a row is no longer as it was read."""
    is_new = total.period_key not in history.totals
    # What is new is stamped with the time of day, whatever instant it is recorded for, as the ORM does.
    stamp = timezone.now()
    for record in (log, *([total] if is_new else []), *stretch.created):
        record.created_at = record.updated_at = stamp
    if is_new:
        history.totals[total.period_key] = total
    changed, created = (_dump_one(rows, history) for rows in (stretch.changed, stretch.created))
    write("streaks_write", dump(log), _dump_one([total], history), changed, created)
    for record in (log, total, *stretch.created):
        record._state.adding, record._state.db = False, connection.alias


def _dump_one(rows: Sequence[StreakProgress | TaskProgress], history: History) -> str | None:
    """Write the only row that there may be, with the version that it was read in."""
    if not rows:
        return None
    (row,) = rows
    return dump(row, version=history.versions.get(row.pk))


def _achievements(log: StreakLog, stretch: Stretch, streak: Streak) -> list[Achievement]:
    """Return the live milestones that a run rose to with its last complete period, which is the log's (S20)."""
    return [
        Achievement(milestone, run, log, log.period_key)
        for run, before in stretch.risen
        for milestone in streak.milestones.all()
        if before < milestone.milestone_target_value <= run.current_progress_value
    ]
