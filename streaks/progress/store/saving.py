"""What the store on PostgreSQL writes: with one call of a function, or by COPY and arrays where there is much."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import orjson
from django.utils import timezone

from streaks.core.advance import Changes, Pair
from streaks.core.aggregation import Total
from streaks.core.facts import Log
from streaks.core.runs import Run, RunStatus
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.progress.store.binary_copy import Column, Same, microseconds
from streaks.progress.store.bulk_rows import array_literal, insert_columns, raw_column, update_columns
from streaks.progress.store.columns import (
    CHANGING_RUN_COLUMNS,
    CHANGING_TOTAL_COLUMNS,
    RUN_FIELDS,
    TOTAL_FIELDS,
    values_of,
)
from streaks.progress.store.functions import SAVE, call_function
from streaks.progress.store.orm import (
    ids_of,
)

# Up to so many new rows go out with the call of one function; more by COPY.
MIN_ROWS_FOR_COPY = 50


def save_few(changes: Mapping[Pair, Changes], *, are_stored: bool) -> None:
    """Store everything with one call."""
    logs = [] if are_stored else [_log_values(log) for one in changes.values() for log in one.logs]
    deleted = ids_of(run for one in changes.values() for run in one.runs.deleted)
    changed_runs = [(pair, run) for pair, one in changes.items() for run in one.runs.changed]
    changed_runs.sort(key=lambda item: item[1].stored_status == RunStatus.IN_PROGRESS)
    call_function(
        SAVE,
        _dump(logs),
        _dump(_values(pair, total, TOTAL_FIELDS) for pair, one in changes.items() for total in one.totals_created),
        _dump(_values(pair, total, TOTAL_FIELDS) for pair, one in changes.items() for total in one.totals_changed),
        array_literal(deleted) if deleted else None,
        _dump(_values(pair, run, RUN_FIELDS) for pair, run in changed_runs),
        _dump(_values(pair, run, RUN_FIELDS) for pair, one in changes.items() for run in one.runs.created),
    )


def _dump(rows: Iterable[dict[str, Any]]) -> str:
    return orjson.dumps(list(rows)).decode()


def _log_values(log: Log) -> dict[str, Any]:
    return {
        "id": log.id,
        "created_at": log.created_at,
        "updated_at": log.created_at,
        "member_id": log.member_id,
        "streak_id": log.streak_id,
        "activity_at": log.activity_at,
        "activity_id": log.activity_id,
        "unique_identifier": log.unique_identifier,
        "activity_value": log.units,
        "period_key": log.period_key,
    }


def _values(pair: Pair, record: Total | Run, names: tuple[str, ...]) -> dict[str, Any]:
    return {"member_id": pair[0], "streak_id": pair[1], **values_of(record, names)}


def save_many(changes: Mapping[Pair, Changes], *, are_stored: bool) -> None:
    """Store new rows by COPY and changed ones as arrays."""
    if not are_stored:
        _copy_logs({pair: one.logs for pair, one in changes.items() if one.logs})
    totals_deleted = ids_of(total for one in changes.values() for total in one.totals_deleted)
    if totals_deleted:
        TaskProgress.objects.filter(pk__any_of=totals_deleted).delete()
    _update(TaskProgress, CHANGING_TOTAL_COLUMNS, [total for one in changes.values() for total in one.totals_changed])
    _copy(TaskProgress, TOTAL_FIELDS, [(pair, total) for pair, one in changes.items() for total in one.totals_created])
    deleted = ids_of(run for one in changes.values() for run in one.runs.deleted)
    if deleted:
        StreakProgress.objects.filter(pk__any_of=deleted).delete()
    runs = [run for one in changes.values() for run in one.runs.changed]
    for is_over in (True, False):
        some = [run for run in runs if (run.stored_status != RunStatus.IN_PROGRESS) is is_over]
        _update(StreakProgress, CHANGING_RUN_COLUMNS, some)
    _copy(StreakProgress, RUN_FIELDS, [(pair, run) for pair, one in changes.items() for run in one.runs.created])


def _copy_logs(logs: Mapping[Pair, Sequence[Log]]) -> None:
    every = list(chain.from_iterable(logs.values()))
    if not every:
        return
    stamp = Same(microseconds(every[0].created_at or timezone.now()))
    columns: dict[str, Column] = {
        "created_at": stamp,
        "updated_at": stamp,
        "activity_value": list(map(attrgetter("units"), every)),
        **_raw_pairs((pair, len(some)) for pair, some in logs.items()),
    }
    for name in ("id", "activity_at", "activity_id", "unique_identifier", "period_key"):
        columns[name] = raw_column(StreakLog, name, map(attrgetter(name), every))
    insert_columns(StreakLog, columns)


def _copy(model: Any, names: Sequence[str], rows: Sequence[tuple[Pair, Any]]) -> None:
    """Insert new totals or runs, whose values are in the form that the core has."""
    if not rows:
        return
    records = [record for _, record in rows]
    columns = {name: raw_column(model, name, map(attrgetter(name), records)) for name in names}
    insert_columns(model, columns | _raw_pairs((pair, 1) for pair, _ in rows))


def _raw_pairs(counted: Iterable[tuple[Pair, int]]) -> dict[str, Column]:
    """Return the columns of pairs, each of which has so many rows that follow each other."""
    members: list[bytes] = []
    streaks: list[bytes] = []
    for (member_id, streak_id), count in counted:
        members += [member_id.bytes] * count
        streaks += [streak_id.bytes] * count
    return {"member_id": members, "streak_id": streaks}


def _update(model: Any, names: Sequence[str], records: Sequence[Any]) -> None:
    """Save totals or runs, whose values are in the form that the core has."""
    if records:
        update_columns(model, {name: map(attrgetter(name), records) for name in ("id", *names)})
