"""Compiled queries return the records that the ORM returns, whole and with what is related to them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from gamopanda.accounts.models import Member
from gamopanda.api.lists.compiled_queries import DeferredQuery, compiled_query, deferred_query, run_together
from gamopanda.widget.display import stored_display
from gamopanda.widget.models import WidgetSettings, WidgetText
from rewards.api.reading import rewards_of_logs, rewards_of_member
from rewards.models import RewardLog
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.tests.calling import admin, log_body, make_milestone, make_streak

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

NOW = datetime(2026, 3, 3, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _activity(time_machine: Any) -> None:
    streaks = [make_streak(), make_streak(aggregation_period="weekly")]
    for streak in streaks:
        make_milestone(streak, 1, eud_title_de="Eins", reward_validity_days=2)
    caller = admin()
    for day, name in ((1, "ann"), (2, "ann"), (4, "bob"), (6, "ann")):
        time_machine.move_to(f"2026-03-0{day}T18:00:00Z", tick=False)
        for streak in streaks[: 1 + day % 2]:
            assert caller.post("streak_log/record", log_body(streak, day=day, of=name)).status == 201
    WidgetSettings(primary_color="#0000ff").save()
    WidgetText.objects.create(key="copy_button", text_en="Take it", text_de="Nimm")


def columns(record: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


def has_statement_and_same_records(query: DeferredQuery) -> list[Any]:
    """Return the records of a query, after running it both ways."""
    assert query.statement is not None
    found: list[Any]
    (found,) = run_together(query)
    assert list(map(columns, found)) == list(map(columns, query.run()))
    return found


def ids_of(model: type[models.Model]) -> list[UUID]:
    return list(model._default_manager.order_by("pk").values_list("pk", flat=True))


def test_the_queries_of_the_display_and_of_lists_are_compiled_and_exact() -> None:
    for member_id in ids_of(Member):
        assert has_statement_and_same_records(rewards_of_member(member_id, NOW))
    (logs,) = [has_statement_and_same_records(rewards_of_logs(ids_of(StreakLog), NOW))]
    assert len(logs) == RewardLog.objects.count()
    for language in ("en", "de"):
        with translation.override(language):
            settings, texts = map(has_statement_and_same_records, stored_display())
            assert (settings[0].primary_color, texts[0].text_en, texts[0].text_de) == ("#0000ff", "Take it", "Nimm")


def test_decimals_instants_dates_and_nulls_are_read_as_the_orm_reads_them() -> None:
    def totals(member_ids: Any, key: date) -> models.QuerySet[TaskProgress]:
        return TaskProgress.objects.filter(member_id__any_of=member_ids, period_key__gte=key).order_by("pk")

    found = has_statement_and_same_records(deferred_query("totals", totals, ids_of(Member), date(2026, 3, 1)))
    assert {one.total for one in found} == {Decimal(50)}
    assert all(isinstance(one.total, Decimal) for one in found)


def test_related_records_are_whole_and_one_object_wherever_they_are_met() -> None:
    def runs_of(member_id: Any) -> models.QuerySet[StreakProgress]:
        return StreakProgress.objects.filter(member=member_id).order_by("pk")

    for member_id in ids_of(Member):
        query = deferred_query("with streaks", runs_of, member_id, related=["streak"])
        found, expected = has_statement_and_same_records(query), query.run()
        with CaptureQueriesContext(connection) as queries:
            assert [columns(one.streak) for one in found] == [columns(one.streak) for one in expected]
        assert len(queries) == 0
        assert len({id(one.streak) for one in found}) == len({one.streak_id for one in expected})


def test_a_compiled_query_takes_the_values_of_each_call() -> None:
    names = sorted(Member.objects.values_list("external_id", flat=True))

    def named(name: str) -> models.QuerySet[Member]:
        return Member.objects.filter(external_id=name)

    found = run_together(*(deferred_query("named", named, name) for name in [*names, "somebody else's"]))
    assert [[one.external_id for one in members] for members in found] == [["ann"], ["bob"], []]


def test_a_query_without_a_statement_makes_the_others_run_by_themselves() -> None:
    compiled, other = deferred_query("all", Member.objects.all), deferred_query("by value", _with_value, Decimal(50))
    assert (compiled.statement is None, other.statement is None) == (False, True)
    assert [len(found) for found in run_together(compiled, other)] == [2, 5]


def _with_value(value: Decimal) -> models.QuerySet[StreakLog]:
    return StreakLog.objects.filter(activity_value=value)


@pytest.mark.parametrize(
    ("build", "value"),
    [
        (lambda beginning: StreakLog.objects.filter(activity_id__startswith=beginning), "made"),
        (_with_value, Decimal(50)),
    ],
)
def test_a_query_whose_values_the_orm_converts_is_compiled_by_every_call(build: Callable[..., Any], value: Any) -> None:
    assert compiled_query(str(value), build, [value]) is None
    (found,) = run_together(deferred_query(str(value), build, value))
    assert len(found) == 5
