"""Batches of logs of one streak on PostgreSQL, in a few statements for all of them: what files and `…/bulk` come to.

It is the same road as in `streaks.recording`: lock the members, then read; insert the logs; derive. But it knows only
the way straight on: members without a history in the streak, and those whose last run goes on or is over. Members with
anything else in the batch (a repeat, a refusal, a correction, a late log) it leaves to `record_logs`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from streaks.batch_derivation import Batch, Columns, Derivation, Progress, Stored, as_decimal
from streaks.batch_storage import store
from streaks.bulk_rows import FEW, new_row
from streaks.known_streaks import VERSION, KnownStreak, forget_streak, known_streak
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.outcome import Outcome
from streaks.recording import record_logs

_LAST_RUNS = """
SELECT run.* FROM unnest(%s::uuid[]) AS member (id) CROSS JOIN LATERAL (
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


def record_batch(batch: Batch, *, now: datetime) -> Set[int]:
    """Record the logs that take the straight road, with everything that follows from them; return their places.

    All others are left to `record_logs`, with whatever else there is of their members, before anything of that is
    stored. The caller has a transaction, and goes on with what is left in the same one: the members are locked.
    """
    if connection.vendor != "postgresql" or len(batch.ids) < FEW:
        return frozenset()
    known = known_streak(batch.streak_id)
    if known is None:
        return frozenset()
    with suppress(IntegrityError, ChangedMeanwhile), transaction.atomic():
        return _record(batch, known, now)
    return frozenset()


def record_together(logs: Sequence[StreakLog], *, now: datetime) -> list[Outcome]:
    """Record logs as `record_logs` does, in the transaction of the caller; those on the straight road cost less.

    Outcomes of these say no more than that they were recorded.
    """
    # Of several streaks the pools would be locked one after the other, in any order.
    is_of_one = len({log.streak_id for log in logs}) == 1
    taken = record_batch(Batch.of(logs), now=now) if is_of_one else frozenset()
    left = [log for place, log in enumerate(logs) if place not in taken]
    others = iter(record_logs(left, now=now) if left else ())
    return [Outcome(log) if place in taken else next(others) for place, log in enumerate(logs)]


def logs_of(batch: Batch, places: Iterable[int]) -> list[StreakLog]:
    """Return some logs of a batch as unsaved records."""
    return [
        new_row(
            StreakLog,
            id=UUID(bytes=batch.ids[place]),
            member_id=batch.member_ids[place],
            streak_id=batch.streak_id,
            activity_at=batch.instants[place],
            activity_id=batch.activity_ids[place],
            unique_identifier=batch.identifiers[place],
            activity_value=as_decimal(batch.values[place]),
        )
        for place in places
    ]


def _record(batch: Batch, known: KnownStreak, now: datetime) -> Set[int]:
    live = _lock(batch.member_ids)
    columns = Columns(batch, known.streak, now)
    histories = _histories(columns, live)
    progresses = _derive(histories, Derivation(columns, known.streak.rules, now), batch.streak_id)
    store(progresses, columns, known.streak, now=now)
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [batch.streak_id])
        if cursor.fetchall() != [(known.version,)]:
            forget_streak(batch.streak_id)
            raise ChangedMeanwhile
    return {place for progress in progresses for place in progress.places}


def _lock(ids: Iterable[UUID]) -> set[UUID]:
    """Lock members until the transaction ends, as `lock_members` does; return the ids of the live ones."""
    locked = Member.objects.select_for_update(no_key=True).filter(pk__among=set(ids)).order_by("pk")
    return {pk for pk, status in locked.values_list("pk", "status") if status == Status.LIVE}


def _histories(columns: Columns, live: set[UUID]) -> dict[UUID, list[int]]:
    """Return the logs of each member in order of time, but of those with a log that has to be looked at closer."""
    batch = columns.batch
    places: dict[UUID, list[int]] = defaultdict(list)
    for place, member_id in enumerate(batch.member_ids):
        places[member_id].append(place)
    left = {batch.member_ids[place] for place in columns.unfit}
    return {
        member_id: sorted(own, key=columns.at.__getitem__)
        for member_id, own in places.items()
        if member_id in live and member_id not in left and _are_distinct(own, batch.identifiers)
    }


def _are_distinct(places: Sequence[int], identifiers: Sequence[str]) -> bool:
    return len(places) == 1 or len({identifiers[place] for place in places}) == len(places)


def _derive(histories: Mapping[UUID, Sequence[int]], derivation: Derivation, streak_id: UUID) -> list[Progress]:
    stored = _read(histories, derivation.columns.keys, streak_id)
    derived = (
        derivation.go_on(member_id, places, stored[member_id])
        if member_id in stored
        else derivation.start(member_id, places)
        for member_id, places in histories.items()
    )
    return [progress for progress in derived if progress is not None]


def _read(histories: Mapping[UUID, Sequence[int]], keys: Sequence[date], streak_id: UUID) -> dict[UUID, Stored]:
    """Read the last run of each member, and its totals in the periods up to that run's last in which there are logs."""
    runs = StreakProgress.objects.raw(_LAST_RUNS, [list(histories), streak_id])
    stored = {run.member_id: Stored(run) for run in runs}
    touched = {
        (member_id, keys[place])
        for member_id, last in stored.items()
        for place in histories[member_id]
        if keys[place] <= last.run.ends_on
    }
    if touched:
        members, periods = zip(*touched, strict=True)
        for total in TaskProgress.objects.raw(_TOTALS, [list(members), list(periods), streak_id]):
            stored[total.member_id].totals[total.period_key] = total
    return stored
