"""From logs to totals to runs: what is derived, under the lock of its member, and how it is stored.

`apply_logs` adds new logs to what is stored and reads no more than the runs that they can touch; `streaks.rebuilding`
derives the same from all logs. Both end in `streaks.run_storage`, so there is one way in which a run keeps its row.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from streaks import signals
from streaks.bulk_rows import insert_rows, new_row, update_rows
from streaks.core.runs import PeriodTotal, Rules, Run, crossing_at, fold
from streaks.fields import MAX_VALUE
from streaks.models import AggregationMethod, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.refusal import Refused
from streaks.run_storage import Achievement, Pair, find_achievements, reconcile, save_stretches
from streaks.windows import HistoryWindow, open_windows, widen

TOTAL_FIELDS = ["total", "log_count", "first_activity_at", "last_activity_at", "completed_at", "updated_at"]
Entry = tuple[datetime, Decimal]
"""(instant of a log, what it adds to the total)"""


@dataclass(slots=True)
class Derived:
    """What followed from the logs.

    The runs of the touched stretch by pair, in order; the rows of runs that are gone, by pair; the milestones reached.
    """

    runs: dict[Pair, list[StreakProgress]]
    gone: dict[Pair, list[StreakProgress]]
    achievements: list[Achievement]

    def run_of(self, log: StreakLog) -> StreakProgress:
        """Return the run in which a log counts."""
        runs = self.runs[log.member_id, log.streak_id]
        return next(run for run in runs if run.starts_on <= log.period_key <= run.ends_on)


def apply_logs(
    logs: Sequence[StreakLog],
    streaks: dict[UUID, Streak],
    *,
    now: datetime,
    can_achieve: bool = True,
    former: Mapping[Pair, Sequence[StreakProgress]] = MappingProxyType({}),
) -> Derived:
    """Derive what follows from logs that were just inserted; the caller holds the locks of their members.

    `streaks` has the rules of all streaks concerned. With `can_achieve` False no milestone is reached (S20). `former`
    has the rows of runs that are gone since the first part of the same batch: they may come back (S17).
    """
    by_pair: dict[Pair, list[StreakLog]] = defaultdict(list)
    for log in sorted(logs, key=attrgetter("activity_at")):
        by_pair[log.member_id, log.streak_id].append(log)
    windows = open_windows({pair: {log.period_key for log in some} for pair, some in by_pair.items()})
    _add_to_totals(by_pair, windows, streaks, now)
    # As late as possible: who pauses and resumes meanwhile moves deadlines that are overwritten here.
    prefetch_related_objects([streaks[streak_id] for _, streak_id in by_pair], "pauses")
    folded = _fold_windows(windows, {streak_id: streaks[streak_id].rules for _, streak_id in windows})
    stretches = [
        reconcile(
            pair,
            window.runs,
            folded[pair],
            clock=None if window.ends_before else streaks[pair[1]].clock_at(now),
            now=now,
            former=former.get(pair, ()),
        )
        for pair, window in windows.items()
    ]
    save_stretches(stretches, streak_ids=streaks.keys())
    totals = {pair: window.totals for pair, window in windows.items()}
    achievements = find_achievements(stretches, by_pair, totals) if can_achieve else []
    if achievements:
        signals.milestones_reached.send(sender=StreakProgress, achievements=achievements, now=now)
    rows = {stretch.pair: stretch.rows for stretch in stretches}
    return Derived(rows, {stretch.pair: stretch.gone for stretch in stretches if stretch.gone}, achievements)


def _fold_windows(windows: Mapping[Pair, HistoryWindow], rules: Mapping[UUID, Rules]) -> dict[Pair, list[Run]]:
    """Fold the totals of each window, opened to the end of the history where its runs grow beyond it."""
    folded = {pair: fold_totals(window.totals.values(), rules[pair[1]]) for pair, window in windows.items()}
    outgrown = {pair: window for pair, window in windows.items() if not window.is_settled(folded[pair])}
    widen(outgrown)
    for pair, window in outgrown.items():
        folded[pair] = fold_totals(window.totals.values(), rules[pair[1]])
    return folded


def fold_totals(rows: Iterable[TaskProgress], rules: Rules) -> list[Run]:
    """Fold the totals of one member, in any order, to runs."""
    totals = (PeriodTotal(row.period_key, row.first_activity_at, row.completed_at) for row in sorted(rows, key=_key))
    return list(fold(totals, rules))


_key = attrgetter("period_key")


# --- totals ----------------------------------------------------------------------------------------------------------


def amount_of(log: StreakLog, streak: Streak) -> Decimal:
    """Return what a log adds to the total of its period (S6)."""
    if streak.aggregation_method == AggregationMethod.COUNT:
        return Decimal(1)
    amount: Decimal | None = log.activity_value
    assert amount is not None, "a log of a sum has a value: checked where logs come in"
    return amount


def _add_to_totals(
    by_pair: dict[Pair, list[StreakLog]],
    windows: Mapping[Pair, HistoryWindow],
    streaks: dict[UUID, Streak],
    now: datetime,
) -> None:
    """Add new logs, sorted by instant, to the totals of their periods and store those."""
    new, changed, unclear = [], [], []
    for (member_id, streak_id), logs in by_pair.items():
        streak, rows = streaks[streak_id], windows[member_id, streak_id].totals
        for key, together in _by_period(logs).items():
            entries = [(log.activity_at, amount_of(log, streak)) for log in together]
            row = rows.get(key)
            check_range(row, entries)
            if row is None:
                rows[key] = new_total(member_id, streak_id, key, entries, streak.aggregation_target_value)
                new.append(rows[key])
                continue
            if not extend_total(row, entries, streak.aggregation_target_value):
                unclear.append(row)
            row.updated_at = now
            changed.append(row)
    _complete_from_logs(unclear, streaks)
    insert_rows(TaskProgress, new)
    update_rows(TaskProgress, changed, TOTAL_FIELDS)


def check_range(row: TaskProgress | None, entries: Sequence[Entry]) -> None:
    """Refuse what would carry a total out of the range that both databases store exactly (S7)."""
    total = sum((amount for __, amount in entries), Decimal(0) if row is None else row.total)
    if abs(total) > MAX_VALUE:
        message = _("With this the total of the period would be beyond ±%s, the most that can be stored.") % MAX_VALUE
        raise Refused("validation_error", message, field="activity_value", detail_code="out_of_range")


def _by_period(logs: Iterable[StreakLog]) -> dict[date, list[StreakLog]]:
    periods: dict[date, list[StreakLog]] = defaultdict(list)
    for log in logs:
        periods[log.period_key].append(log)
    return periods


def new_total(member_id: UUID, streak_id: UUID, key: date, entries: Sequence[Entry], target: Decimal) -> TaskProgress:
    """Return the total of a period from all its (instant, amount) entries in order (S6–S10)."""
    values = total_of(entries, target)
    return new_row(TaskProgress, member_id=member_id, streak_id=streak_id, period_key=key, **values)


def total_of(entries: Sequence[Entry], target: Decimal) -> dict[str, Any]:
    """Return what all (instant, amount) entries of a period, in order, add up to, by field of the total (S6–S10)."""
    return {
        "total": sum((amount for __, amount in entries), Decimal(0)),
        "log_count": len(entries),
        "first_activity_at": entries[0][0],
        "last_activity_at": entries[-1][0],
        "completed_at": crossing_at(entries, target),
    }


def extend_total(row: TaskProgress, entries: Sequence[Entry], target: Decimal) -> bool:
    """Add entries, in order, to a stored total; False when only all the logs can tell `completed_at` (S10).

    They need not be asked when the total ends below the target, when entries come after all that was there and did not
    reach it, when a complete period only grows after it was complete, or when one entry comes last and leaves it so.
    So a log costs the same however many came before it.
    """
    first_at, was_last_at, before = entries[0][0], row.last_activity_at, row.total
    row.total += sum(amount for __, amount in entries)
    row.log_count += len(entries)
    row.first_activity_at = min(row.first_activity_at, first_at)
    row.last_activity_at = max(was_last_at, entries[-1][0])
    if row.total < target:
        row.completed_at = None
        return True
    only_grows = all(amount >= 0 for __, amount in entries)
    if row.completed_at is not None and only_grows and first_at >= row.completed_at:
        return True
    if row.completed_at is None and first_at > was_last_at:
        row.completed_at = crossing_at([(was_last_at, before), *entries], target)
        return True
    return len(entries) == 1 and first_at > was_last_at


def _complete_from_logs(rows: list[TaskProgress], streaks: dict[UUID, Streak]) -> None:
    """Set `completed_at` of totals from all logs of their periods (S10)."""
    by_key = {(row.member_id, row.streak_id, row.period_key): row for row in rows}
    periods: dict[tuple[UUID, date], list[UUID]] = defaultdict(list)
    for row in rows:
        periods[row.streak_id, row.period_key].append(row.member_id)
    entries: dict[tuple[UUID, UUID, date], list[Entry]] = defaultdict(list)
    for (streak_id, key), members in periods.items():
        logs = StreakLog.objects.filter(streak=streak_id, period_key=key, member__among=members)
        for log in logs.order_by("activity_at").only(
            "member_id", "streak_id", "period_key", "activity_at", "activity_value"
        ):
            entries[log.member_id, streak_id, key].append((log.activity_at, amount_of(log, streaks[streak_id])))
    for (member_id, streak_id, key), row in by_key.items():
        row.completed_at = crossing_at(entries[member_id, streak_id, key], streaks[streak_id].aggregation_target_value)
