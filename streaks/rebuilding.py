"""Everything derived, once more from the logs: written anew by `rebuild_members`, compared by `find_drift`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import transaction

from streaks.bulk_rows import insert_rows, new_row, share_rows, update_rows
from streaks.core.runs import PeriodTotal, fold
from streaks.derivation import TOTAL_FIELDS, Entry, total_of
from streaks.models import AggregationMethod, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.recording import RULE_COLUMNS, freeze_rules, lock_members
from streaks.run_storage import Pair, Stretch, reconcile, save_stretches


@dataclass(slots=True)
class Rebuilt:
    """What the logs of some members say, and in what the stored rows differ from it."""

    new_totals: list[TaskProgress]
    changed_totals: list[TaskProgress]
    surplus_totals: list[TaskProgress]
    stretches: list[Stretch]

    def drift(self) -> list[str]:
        """Describe every difference, one sentence each."""
        return [
            *(f"{_place(row)} period {row.period_key}: the total is missing" for row in self.new_totals),
            *(f"{_place(row)} period {row.period_key}: the total is wrong" for row in self.changed_totals),
            *(f"{_place(row)} period {row.period_key}: the total has no logs" for row in self.surplus_totals),
            *(f"{_place(row)} run from {row.starts_on}: missing" for s in self.stretches for row in s.created),
            *(f"{_place(row)} run from {row.starts_on}: wrong" for s in self.stretches for row in s.wrong),
            *(f"{_place(row)} run from {row.starts_on}: has no logs" for s in self.stretches for row in s.gone),
        ]


def _place(row: TaskProgress | StreakProgress) -> str:
    return f"member {row.member_id} streak {row.streak_id}"


def batches_with_activity(size: int, *, streak_id: UUID | None = None) -> Iterator[list[UUID]]:
    """Yield the ids of all members with logs, in order, `size` at a time; each batch is looked up when it is due."""
    logs = StreakLog.objects.all() if streak_id is None else StreakLog.objects.filter(streak=streak_id)
    members = logs.order_by("member_id").values_list("member_id", flat=True).distinct()
    batch = list(members[:size])
    while batch:
        yield batch
        batch = list(members.filter(member_id__gt=batch[-1])[:size])


@transaction.atomic
def rebuild_members(ids: Iterable[UUID], *, now: datetime, streak_id: UUID | None = None) -> Rebuilt:
    """Derive totals and runs of some members from their logs and store them; no milestone is reached by it (S21).

    Returns what was changed. Members are locked in the order of their ids, then their streaks: so nobody pauses,
    resumes or edits one meanwhile.
    """
    ids = list(lock_members(ids))
    concerned = _lock_streaks(ids, streak_id)
    rebuilt = _rebuild(ids, streak_id, now)
    freeze_rules(concerned)
    TaskProgress.objects.filter(pk__in=[row.pk for row in rebuilt.surplus_totals]).delete()
    update_rows(TaskProgress, rebuilt.changed_totals, TOTAL_FIELDS)
    insert_rows(TaskProgress, rebuilt.new_totals)
    save_stretches(rebuilt.stretches, streak_ids=[streak.pk for streak in concerned])
    return rebuilt


def _lock_streaks(members: Sequence[UUID], streak_id: UUID | None) -> list[Streak]:
    """Lock the streaks of some members' logs until the transaction ends: nobody pauses, resumes or edits one meanwhile.

    Others may rebuild meanwhile: a streak that has activity is shared by all who only read its rules.
    """
    logs = StreakLog.objects.filter(member__among=members)
    ids = {streak_id} if streak_id else set(logs.order_by().values_list("streak_id", flat=True).distinct())
    streaks = Streak.objects.filter(pk__in=ids).order_by("pk").only(*RULE_COLUMNS)
    share_rows(streaks.filter(has_activity=True))
    list(streaks.filter(has_activity=False).select_for_update(no_key=True))
    return list(streaks)


@transaction.atomic
def find_drift(ids: Iterable[UUID], *, now: datetime, streak_id: UUID | None = None) -> list[str]:
    """Compare the stored totals and runs of some members with their logs and change nothing.

    Locks the members while it reads, so that a log that is being recorded is seen whole or not at all.
    """
    return _rebuild(list(lock_members(ids)), streak_id, now).drift()


TotalKey = tuple[UUID, UUID, date]
VALUES = [name for name in TOTAL_FIELDS if name != "updated_at"]


def _rebuild(ids: Sequence[UUID], streak_id: UUID | None, now: datetime) -> Rebuilt:
    only: dict[str, Any] = {"member__among": ids} if streak_id is None else {"member__among": ids, "streak": streak_id}
    streaks = {streak.pk: streak for streak in Streak.objects.only(*RULE_COLUMNS).prefetch_related("pauses")}
    rebuilt = Rebuilt([], [], [], [])
    totals = _compare_totals(rebuilt, only, streaks, now)
    stored: dict[Pair, list[StreakProgress]] = defaultdict(list)
    for run in StreakProgress.objects.filter(**only).order_by("starts_on"):
        stored[run.member_id, run.streak_id].append(run)
    concerned = {pair[1] for pair in totals.keys() | stored.keys()}
    rules = {pk: (streaks[pk].rules, streaks[pk].clock_at(now)) for pk in concerned}
    for pair in totals.keys() | stored.keys():
        of_streak, clock = rules[pair[1]]
        runs = list(fold(totals[pair], of_streak))
        rebuilt.stretches.append(reconcile(pair, stored[pair], runs, clock=clock, now=now))
    return rebuilt


def _compare_totals(
    rebuilt: Rebuilt, only: dict[str, Any], streaks: dict[UUID, Streak], now: datetime
) -> dict[Pair, list[PeriodTotal]]:
    """Return the totals as the logs have them, in order, and note in what the stored ones differ."""
    columns = ("member_id", "streak_id", "period_key", "pk", *VALUES)
    stored = {row[:3]: row[3:] for row in TaskProgress.objects.filter(**only).order_by().values_list(*columns)}
    totals: dict[Pair, list[PeriodTotal]] = defaultdict(list)
    for key, values in _totals_from_logs(only, streaks):
        totals[key[:2]].append(PeriodTotal(key[2], values["first_activity_at"], values["completed_at"]))
        row = stored.pop(key, None)
        if row is None:
            rebuilt.new_totals.append(_total_row(key, **values))
        elif row[1:] != tuple(values.values()):
            rebuilt.changed_totals.append(_total_row(key, pk=row[0], updated_at=now, **values))
    rebuilt.surplus_totals = [_total_row(key, pk=row[0]) for key, row in stored.items()]
    return totals


def _total_row(key: TotalKey, *, pk: UUID | None = None, **values: Any) -> TaskProgress:
    """Return the row of a total; of a stored one with its `pk`."""
    identity = {} if pk is None else {"id": pk}
    return new_row(TaskProgress, member_id=key[0], streak_id=key[1], period_key=key[2], **identity, **values)


def _totals_from_logs(only: dict[str, Any], streaks: dict[UUID, Streak]) -> Iterator[tuple[TotalKey, dict[str, Any]]]:
    targets = {pk: streak.aggregation_target_value for pk, streak in streaks.items()}
    counting = {pk for pk, streak in streaks.items() if streak.aggregation_method == AggregationMethod.COUNT}
    columns = ("member_id", "streak_id", "period_key", "activity_at")
    logs = StreakLog.objects.filter(**only).order_by(*columns).values_list(*columns, "activity_value")
    for key, together in groupby(logs.iterator(), key=itemgetter(0, 1, 2)):
        one = Decimal(1) if key[1] in counting else None
        entries: list[Entry] = [(row[3], one or row[4]) for row in together]
        yield key, total_of(entries, targets[key[1]])
