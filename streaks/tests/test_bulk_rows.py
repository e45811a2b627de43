"""Many rows at once are stored as the ORM would store them, one by one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from gamopanda.accounts.models import Member
from streaks.fields import as_units
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.progress.store.bulk_rows import MIN_ROWS_FOR_COPY, insert_missing, insert_rows, new_row, update_columns
from streaks.tests.recording_cases import Case, make_case, march, noon

pytestmark = pytest.mark.django_db

# With the ORM's statements, and with those for many.
NUMBERS = [1, MIN_ROWS_FOR_COPY - 1, MIN_ROWS_FOR_COPY, 3 * MIN_ROWS_FOR_COPY]
# What would end a value, an element or a statement if it were not written with care.
AWKWARD = ['"', "'", "\\", '\\"', "{a,b}", "NULL", "null", "a\tb\nc\r", "%s", "$1", "'; --", "é 🔥 \u202e", " ", ","]


def logs_of(case: Case, number: int) -> list[StreakLog]:
    """Unsaved logs with awkward identifiers, and every second one without a value."""
    return [
        new_row(
            StreakLog,
            member_id=case.member.pk,
            streak_id=case.streak.pk,
            activity_at=noon(1) + timedelta(microseconds=index),
            activity_id=AWKWARD[index % len(AWKWARD)],
            unique_identifier=f"{AWKWARD[index % len(AWKWARD)]}{index}",
            activity_value=Decimal("-0.0001") * index if index % 2 else None,
            period_key=march(1),
        )
        for index in range(number)
    ]


@pytest.mark.parametrize("number", NUMBERS)
def test_new_rows_are_stored_to_the_letter_and_know_it(number: int) -> None:
    logs = logs_of(make_case(), number)
    insert_rows(StreakLog, logs)
    # The database gives each log its position.
    columns = [field.attname for field in StreakLog._meta.concrete_fields if field.attname != "position"]
    stored = StreakLog.objects.order_by("pk").values_list(*columns)
    assert list(stored) == [tuple(getattr(log, name) for name in columns) for log in sorted(logs, key=lambda x: x.pk)]
    assert all(not log._state.adding and log._state.db == "default" for log in logs)
    assert all(log.created_at is not None and log.updated_at is not None for log in logs)


@pytest.mark.parametrize("number", NUMBERS)
def test_rows_that_are_there_already_are_left_out_and_change_nothing_S27(number: int) -> None:
    case = make_case()
    (earlier,) = logs_of(case, number)[-1:]
    insert_rows(StreakLog, [earlier])
    logs = logs_of(case, number)
    assert insert_missing(StreakLog, logs) == logs[:-1]
    assert set(StreakLog.objects.values_list("pk", flat=True)) == {earlier.pk, *(log.pk for log in logs[:-1])}
    again = [new_row(Member, external_id=f"member-{index}") for index in range(number)]
    assert insert_missing(Member, again) == again


@pytest.mark.parametrize("number", NUMBERS)
def test_what_a_constraint_forbids_is_an_error_of_the_orm(number: int) -> None:
    logs = logs_of(make_case(), number)
    logs[-1].unique_identifier = ""
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(StreakLog, logs)


@pytest.mark.postgresql
@pytest.mark.parametrize("number", NUMBERS)
def test_changes_are_stored_in_the_fields_named_and_no_others(number: int) -> None:
    case = make_case()
    rows = [
        new_row(
            TaskProgress,
            member_id=case.member.pk,
            streak_id=case.streak.pk,
            period_key=march(1) + timedelta(days=index),
            total=Decimal(index),
            log_count=1,
            first_activity_at=noon(1),
            last_activity_at=noon(1),
        )
        for index in range(number)
    ]
    bystander = rows.pop() if number > 1 else None
    insert_rows(TaskProgress, [*rows, *([bystander] if bystander else [])])
    for index, row in enumerate(rows):
        row.total, row.completed_at, row.log_count = Decimal("0.5") + index, None if index % 2 else noon(2), 99
    columns: dict[str, Any] = {
        "id": [row.pk for row in rows],
        "total": [as_units(row.total) for row in rows],
        "completed_at": [row.completed_at for row in rows],
    }
    update_columns(TaskProgress, columns)
    stored = {row.pk: row for row in TaskProgress.objects.all()}
    for row in rows:
        found = stored[row.pk]
        assert (found.total, found.completed_at, found.log_count) == (row.total, row.completed_at, 1)
    if bystander:
        assert stored[bystander.pk].total == number - 1


@pytest.mark.postgresql
@pytest.mark.parametrize("number", NUMBERS)
def test_objects_are_changed_to_the_letter_and_to_null(number: int) -> None:
    case = make_case()
    rows = [
        new_row(
            StreakProgress,
            member_id=case.member.pk,
            streak_id=case.streak.pk,
            stored_status="broken",
            current_progress_value=0,
            highest_progress_value=0,
            former_peaks={"before": index} if index % 2 else None,
            starts_on=march(1) + timedelta(days=index),
            ends_on=march(1) + timedelta(days=index),
            streak_started_at=noon(1),
            breaks_at=noon(2),
        )
        for index in range(number)
    ]
    insert_rows(StreakProgress, rows)
    for index, row in enumerate(rows):
        row.former_peaks = None if index % 2 else {"2026-03-01": 7, 'a "quote"': index}
    columns = {"id": [row.pk for row in rows], "former_peaks": [row.former_peaks for row in rows]}
    update_columns(StreakProgress, columns)
    stored = dict(StreakProgress.objects.values_list("pk", "former_peaks"))
    assert stored == {row.pk: row.former_peaks for row in rows}


def test_nothing_to_store_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        insert_rows(StreakLog, [])


@pytest.mark.parametrize("number", NUMBERS)
def test_any_of_finds_the_rows_that_in_finds_whatever_the_values_are(number: int) -> None:
    case = make_case()
    logs = logs_of(case, number)
    insert_rows(StreakLog, logs)
    wanted = [log.unique_identifier for log in logs[::2]] + ["none of them"]
    found = StreakLog.objects.filter(unique_identifier__any_of=wanted)
    assert set(found.values_list("pk", flat=True)) == {log.pk for log in logs[::2]}
    of_member = StreakLog.objects.filter(member__any_of=[case.member.pk], period_key__any_of={march(1)})
    assert set(of_member.values_list("pk", flat=True)) == {log.pk for log in logs}
    assert not StreakLog.objects.filter(pk__any_of=[]).exists()
