"""Batches of logs of one streak on PostgreSQL, in a few statements for all of them: what files and `…/bulk` come to.

It is the same road as in `streaks.recording`: lock the members, then read; insert the logs; derive. But it knows only
the way straight on: members without a history in the streak, and those whose last run goes on or is over. Repeats it
takes out first (S27): an import that was interrupted and is run again consists of them. Members with anything else in
the batch (a refusal, a correction, a late log) it leaves to `record_logs`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from streaks.batch_derivation import Batch, Columns, Derivation, Progress, Stored, as_decimal
from streaks.batch_repeats import find_stored, find_within
from streaks.batch_storage import store
from streaks.bulk_rows import FEW, new_row
from streaks.known_streaks import VERSION, KnownStreak, forget_streak, known_streak
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.outcome import Outcome
from streaks.packed_rows import microseconds
from streaks.recording import record_logs

# With each run comes the instant of the last log that its member has in the streak.
_LAST_RUNS = """
SELECT run.*, coalesce((
    SELECT last_activity_at FROM streaks_taskprogress
    WHERE member_id = run.member_id AND streak_id = run.streak_id ORDER BY period_key DESC LIMIT 1
), run.streak_started_at) AS last_activity_at
FROM unnest(%s::uuid[]) AS member (id) CROSS JOIN LATERAL (
    SELECT * FROM streaks_streakprogress WHERE member_id = member.id AND streak_id = %s ORDER BY ends_on DESC LIMIT 1
) AS run
"""
# LIMIT, although there is one at most, keeps the planner from reading the whole table in the order of its own choice.
_TOTALS = """
SELECT total.* FROM unnest(%s::uuid[], %s::date[]) AS touched (member_id, period_key) CROSS JOIN LATERAL (
    SELECT * FROM streaks_taskprogress
    WHERE member_id = touched.member_id AND streak_id = %s AND period_key = touched.period_key LIMIT 1
) AS total
"""


class ChangedMeanwhile(Exception):
    """Somebody has changed the streak since it was read: nothing is stored."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Which logs of a batch took the straight road, by place: those recorded, and repeats with the first log's id."""

    recorded: Set[int] = frozenset()
    repeats: Mapping[int, UUID] = field(default_factory=dict)

    def left(self, batch: Batch) -> list[int]:
        """Return the places of all others."""
        return [place for place in range(len(batch.ids)) if place not in self.recorded and place not in self.repeats]


def record_batch(batch: Batch, *, now: datetime) -> Taken:
    """Record the logs that take the straight road, with everything that follows from them.

    All others are left to `record_logs`, with whatever else of their members is no repeat, before anything of that is
    stored. The caller has a transaction, and goes on with what is left in the same one: the members are locked.
    """
    known = known_streak(batch.streak_id) if connection.vendor == "postgresql" and len(batch.ids) >= FEW else None
    if known is None:
        return Taken()
    with suppress(ChangedMeanwhile):
        with suppress(IntegrityError), transaction.atomic():
            return _record(batch, known, now)
        # Some log repeats a stored one, but says that it happened later than anything that is stored of its member.
        with suppress(IntegrityError), transaction.atomic():
            return _record(batch, known, now, trusts_instants=False)
    return Taken()


def record_together(logs: Sequence[StreakLog], *, now: datetime) -> list[Outcome]:
    """Record logs as `record_logs` does, in the transaction of the caller; those on the straight road cost less.

    Outcomes of these say no more than that they were recorded, or what they repeat.
    """
    # Of several streaks the pools would be locked one after the other, in any order.
    if len({log.streak_id for log in logs}) > 1:
        return record_logs(logs, now=now)
    batch = Batch.of(logs)
    taken = record_batch(batch, now=now)
    left = taken.left(batch)
    others = dict(zip(left, record_logs([logs[place] for place in left], now=now) if left else (), strict=True))
    return [
        others[place] if place in others else Outcome(log, existing_id=taken.repeats.get(place))
        for place, log in enumerate(logs)
    ]


def logs_of(batch: Batch, places: Iterable[int]) -> list[StreakLog]:
    """Return some logs of a batch as unsaved records."""
    member_of = {place: member_id for member_id, own in batch.places.items() for place in own}
    return [
        new_row(
            StreakLog,
            id=UUID(bytes=batch.ids[place]),
            member_id=member_of[place],
            streak_id=batch.streak_id,
            activity_at=batch.instants[place],
            activity_id=batch.activity_ids[place],
            unique_identifier=batch.identifiers[place],
            activity_value=as_decimal(batch.values[place]),
        )
        for place in places
    ]


def _record(batch: Batch, known: KnownStreak, now: datetime, *, trusts_instants: bool = True) -> Taken:
    live = _lock(batch.places)
    places = {member_id: own for member_id, own in batch.places.items() if member_id in live}
    columns = Columns(batch, known.streak, now)
    stored = _last_runs(places, batch.streak_id)
    repeats = find_stored(batch, _possible_repeats(columns, stored, trusts_instants=trusts_instants))
    histories, within = _histories(places, columns, repeats)
    progresses = _derive(histories, Derivation(columns, known.streak.rules, now), stored)
    if progresses:
        store(progresses, columns, known.streak, now=now)
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [batch.streak_id])
        if cursor.fetchall() != [(known.version,)]:
            forget_streak(batch.streak_id)
            raise ChangedMeanwhile
    recorded = {place for progress in progresses for place in progress.places}
    again = {place: UUID(bytes=batch.ids[first]) for place, first in within.items() if first in recorded}
    return Taken(recorded, repeats | again)


def _lock(ids: Collection[UUID]) -> set[UUID]:
    """Lock members until the transaction ends, as `lock_members` does; return the ids of the live ones."""
    locked = Member.objects.select_for_update(no_key=True).filter(pk__among=ids).order_by("pk")
    return {pk for pk, status in locked.values_list("pk", "status") if status == Status.LIVE}


def _last_runs(member_ids: Iterable[UUID], streak_id: UUID) -> dict[UUID, Stored]:
    """Read the last run of each member who has one."""
    runs = StreakProgress.objects.raw(_LAST_RUNS, [list(member_ids), streak_id])
    return {run.member_id: Stored(run, microseconds(cast(Any, run).last_activity_at)) for run in runs}


def _possible_repeats(
    columns: Columns, stored: Mapping[UUID, Stored], *, trusts_instants: bool
) -> dict[UUID, list[int]]:
    """Return the logs that may be stored already, by member: those that did not happen after all that is.

    Where a repeat may say another instant than before, it can be any log of a member with a history.
    """
    at, refused, places = columns.at, columns.refused, columns.batch.places
    return {
        member_id: [
            place
            for place in places[member_id]
            if (at[place] <= last.last_at or not trusts_instants) and place not in refused
        ]
        for member_id, last in stored.items()
    }


def _histories(
    places: Mapping[UUID, Sequence[int]], columns: Columns, repeats: Mapping[int, UUID]
) -> tuple[dict[UUID, list[int]], dict[int, int]]:
    """Return the new logs of each member in order of time, and what repeats one of them, with the place of that.

    Members with a log that has to be looked at closer are left out.
    """
    identifiers, at, odd = columns.batch.identifiers, columns.at, columns.unfit - repeats.keys()
    histories: dict[UUID, list[int]] = {}
    within: dict[int, int] = {}
    for member_id, own in places.items():
        new = [place for place in own if place not in repeats] if repeats else own
        if new and odd.isdisjoint(new):
            again = find_within(new, identifiers)
            within.update(again)
            histories[member_id] = sorted(
                (place for place in new if place not in again) if again else new, key=at.__getitem__
            )
    return histories, within


def _derive(
    histories: Mapping[UUID, Sequence[int]], derivation: Derivation, stored: Mapping[UUID, Stored]
) -> list[Progress]:
    _read_totals(histories, derivation.columns, stored)
    derived = (
        derivation.go_on(member_id, places, stored[member_id])
        if member_id in stored
        else derivation.start(member_id, places)
        for member_id, places in histories.items()
    )
    return [progress for progress in derived if progress is not None]


def _read_totals(histories: Mapping[UUID, Sequence[int]], columns: Columns, stored: Mapping[UUID, Stored]) -> None:
    """Read the totals of the periods up to the last of each last run in which there are new logs."""
    keys = columns.keys
    touched = [
        (member_id, key)
        for member_id, last in stored.items()
        for key in set(map(keys.__getitem__, histories.get(member_id, ())))
        if key <= last.run.ends_on
    ]
    if touched:
        members, periods = zip(*touched, strict=True)
        for total in TaskProgress.objects.raw(_TOTALS, [list(members), list(periods), columns.batch.streak_id]):
            stored[total.member_id].totals[total.period_key] = total
