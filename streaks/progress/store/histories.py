"""Whole histories of members, or from some period on, as deriving them once more needs them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db.models import Q, QuerySet

from streaks.core.advance import History, Pair
from streaks.core.aggregation import Entry, amount_of
from streaks.core.rules import Rules
from streaks.core.runs import Run, RunStatus
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.progress.store.columns import RUN_FIELDS, RUN_ORDER, TOTAL_FIELDS
from streaks.progress.store.orm import UNITS, read_total


def read_histories(only: Mapping[str, object], from_key: date | None) -> dict[Pair, History]:
    """Read all totals and runs, or those from the run on to which a period belongs."""
    histories: dict[Pair, History] = defaultdict(History)
    runs = StreakProgress.objects.filter(**only) if from_key is None else _from(only, from_key)
    columns = ("member_id", "streak_id", *RUN_FIELDS)
    for member_id, streak_id, *values in runs.order_by(*RUN_ORDER).values_list(*columns):
        histories[member_id, streak_id].runs.append(Run(*values))
    totals = TaskProgress.objects.filter(**only).order_by()
    for member_id, streak_id, *values in totals.values_list("member_id", "streak_id", *TOTAL_FIELDS):
        history, total = histories[member_id, streak_id], read_total(values)
        if from_key is None or total.period_key >= _begin(history, from_key):
            history.totals[total.period_key] = total
    return histories


def _from(only: Mapping[str, object], from_key: date) -> "QuerySet[StreakProgress]":
    return StreakProgress.objects.filter(Q(**only), Q(ends_on__gte=from_key) | Q(stored_status=RunStatus.IN_PROGRESS))


def _begin(history: History, from_key: date) -> date:
    return min([from_key, *(run.starts_on for run in history.runs)])


def read_entries(
    only: Mapping[str, object], histories: Mapping[Pair, History], from_key: date | None, rules: Mapping[UUID, Rules]
) -> dict[Pair, dict[date, list[Entry]]]:
    """Read all logs, or those from the beginning of the loaded histories on, by pair and period."""
    columns = ("member_id", "streak_id", "period_key")
    rows = StreakLog.objects.filter(**only).order_by(*columns).annotate(units=UNITS)
    found: dict[Pair, dict[date, list[Entry]]] = defaultdict(dict)
    for (member_id, streak_id, key), some in groupby(
        rows.values_list(*columns, "activity_at", "units").iterator(), key=itemgetter(0, 1, 2)
    ):
        pair, method = (member_id, streak_id), rules[streak_id].method
        if from_key is None or key >= _begin(histories.get(pair) or History(), from_key):
            found[pair][key] = [(row[3], amount_of(method, row[4])) for row in some]
    return found
