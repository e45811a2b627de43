"""Everything derived, once more from the logs: written anew by `rebuild_members`, compared by `find_drift`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction

from streaks.bulk_rows import insert_rows, update_rows
from streaks.derivation import TOTAL_FIELDS, Entry, amount_of, fold_totals, new_total
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
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
    logs = StreakLog.objects.filter(member__in=members)
    ids = {streak_id} if streak_id else set(logs.order_by().values_list("streak_id", flat=True).distinct())
    return list(Streak.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").only(*RULE_COLUMNS))


@transaction.atomic
def find_drift(ids: Iterable[UUID], *, now: datetime, streak_id: UUID | None = None) -> list[str]:
    """Compare the stored totals and runs of some members with their logs and change nothing.

    Locks the members while it reads, so that a log that is being recorded is seen whole or not at all.
    """
    return _rebuild(list(lock_members(ids)), streak_id, now).drift()


def _rebuild(ids: Sequence[UUID], streak_id: UUID | None, now: datetime) -> Rebuilt:
    only: dict[str, Any] = {"member__in": ids} if streak_id is None else {"member__in": ids, "streak": streak_id}
    streaks = {streak.pk: streak for streak in Streak.objects.only(*RULE_COLUMNS).prefetch_related("pauses")}
    stored_totals = {_total_key(row): row for row in TaskProgress.objects.filter(**only).order_by()}
    stored_runs: dict[Pair, list[StreakProgress]] = defaultdict(list)
    for run in StreakProgress.objects.filter(**only).order_by("starts_on"):
        stored_runs[run.member_id, run.streak_id].append(run)
    rebuilt = Rebuilt([], [], [], [])
    totals: dict[Pair, list[TaskProgress]] = defaultdict(list)
    for fresh in _totals_from_logs(only, streaks):
        row = stored_totals.pop(_total_key(fresh), None)
        totals[fresh.member_id, fresh.streak_id].append(fresh if row is None else row)
        if row is None:
            rebuilt.new_totals.append(fresh)
        elif _take_over(row, fresh, now):
            rebuilt.changed_totals.append(row)
    rebuilt.surplus_totals = list(stored_totals.values())
    rules = {streak_id: streaks[streak_id].rules for _, streak_id in totals.keys() | stored_runs.keys()}
    for pair in totals.keys() | stored_runs.keys():
        streak = streaks[pair[1]]
        runs = fold_totals(totals[pair], rules[pair[1]])
        rebuilt.stretches.append(reconcile(pair, stored_runs[pair], runs, clock=streak.clock_at(now), now=now))
    return rebuilt


def _total_key(row: TaskProgress) -> tuple[UUID, UUID, date]:
    return row.member_id, row.streak_id, row.period_key


def _totals_from_logs(only: dict[str, Any], streaks: dict[UUID, Streak]) -> Iterator[TaskProgress]:
    columns = ("member_id", "streak_id", "period_key", "activity_at", "activity_value")
    logs = StreakLog.objects.filter(**only).only(*columns).order_by("member", "streak", "period_key", "activity_at")
    for key, together in groupby(logs.iterator(), key=attrgetter("member_id", "streak_id", "period_key")):
        streak = streaks[key[1]]
        entries: list[Entry] = [(log.activity_at, amount_of(log, streak)) for log in together]
        yield new_total(*key, entries, streak.aggregation_target_value)


def _take_over(row: TaskProgress, fresh: TaskProgress, now: datetime) -> bool:
    """Set a stored total to what the logs say; False when it was right."""
    names = [name for name in TOTAL_FIELDS if name != "updated_at"]
    if all(getattr(row, name) == getattr(fresh, name) for name in names):
        return False
    for name in names:
        setattr(row, name, getattr(fresh, name))
    row.updated_at = now
    return True
