"""Figures for operators: what waits or runs low, as Prometheus reads it."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest

from gamopanda import VERSION
from gamopanda.console import gauges
from gamopanda.events.models import Delivery, Event
from gamopanda.events.tests.receiving import make_endpoint
from gamopanda.tests.documents import table_of
from rewards.coupons import upload_codes
from rewards.models import PastRewards, RewardCount
from streaks.models import ExcuseKind, StreakExcuse, TallyRound
from streaks.tests.calling import make_member, make_milestone
from streaks.tests.recording_cases import NOW, Case, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keep_the_connection_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges.connection, "close", lambda: None)


def scraped() -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(gauges.OperatorGauges())
    lines = generate_latest(registry).decode().splitlines()
    rows = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


def test_what_waits_and_what_is_left_is_told(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    case = make_case()
    pool, limited = (
        make_milestone(case.streak, 1, coupon_source="pool"),
        make_milestone(case.streak, 1, reward_limit=3, name="First"),
    )
    for name in ("ann", "bob", "cyd", "dan"):
        member = case if name == "ann" else Case(make_member(name), case.streak)
        member.record(1)
    figures = scraped()
    assert figures[f'gamopanda_version{{version="{VERSION}"}}'] == figures["gamopanda_database_readable"] == 1
    assert figures['gamopanda_rewards_waiting{reason="no_code"}'] == 4
    assert figures['gamopanda_rewards_waiting{reason="limit_reached"}'] == 1
    assert figures[f'gamopanda_rewards_left{{milestone="{limited.pk}"}}'] == 0
    assert figures["gamopanda_runs_not_stamped"] == 4
    assert "gamopanda_results_age_seconds" not in figures
    upload_codes(pool, [f"code {number}" for number in range(6)], now=NOW)
    RewardCount.objects.update(limit=9, issued=4, owed=1)
    limited.reward_limit = 9
    limited.save()
    PastRewards.objects.create(milestone=limited, requested_at=NOW)
    StreakExcuse.objects.create(kind=ExcuseKind.AMNESTY, starts_on=NOW.date(), ends_on=NOW.date(), reason="outage")
    TallyRound.objects.create(pk=1, counted_at=timezone.now(), milliseconds=1)
    figures = scraped()
    assert figures[f'gamopanda_coupon_codes_free{{milestone="{pool.pk}"}}'] == 2
    assert figures[f'gamopanda_rewards_left{{milestone="{limited.pk}"}}'] == 5
    assert figures["gamopanda_rewards_owed"] == figures["gamopanda_past_rewards_unfinished"] == 1
    assert figures["gamopanda_amnesties_unfinished"] == 1
    assert figures["gamopanda_results_age_seconds"] == 0


def test_what_works_in_the_background_is_told(time_machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    time_machine.move_to(NOW, tick=False)
    monkeypatch.setattr("gamopanda.events.rounds._noted", {})
    live, paused = make_endpoint(), make_endpoint(status="paused")
    event = Event.objects.create(type="run.started", sequence=1, payload="{}")
    due = [("pending", -90), ("pending", -30), ("pending", 30), ("failed", None), ("delivered", None)]
    for endpoint in (live, paused):
        for status, seconds in due:
            at = None if seconds is None else NOW + timedelta(seconds=seconds)
            Delivery.objects.create(event=event, endpoint=endpoint, status=status, next_attempt_at=at)
    call_command("close_periods", stdout=StringIO())
    time_machine.move_to(NOW + timedelta(seconds=10), tick=False)
    # Its rounds are short: this one is not noted.
    call_command("close_periods", stdout=StringIO())
    figures = scraped()
    assert figures['gamopanda_round_age_seconds{command="close_periods"}'] == 10
    label = f'{{endpoint="{live.pk}"}}'
    assert figures[f"gamopanda_deliveries_waiting{label}"] == 3
    assert figures[f"gamopanda_delivery_delay_seconds{label}"] == 100
    assert figures[f"gamopanda_deliveries_failed{label}"] == 1
    assert not [name for name in figures if str(paused.pk) in name]


@pytest.mark.postgresql
def test_connections_of_the_database_are_told() -> None:
    figures = scraped()
    most = figures["gamopanda_database_connections_most"]
    assert 0 < figures["gamopanda_database_connections"] < most == int(most)


def test_standbys_are_told_with_their_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "lags", lambda: [("replica-1", 0.25), ("replica-2", None)])
    figures = scraped()
    assert figures['gamopanda_replica_lag_seconds{replica="replica-1"}'] == 0.25
    assert 'gamopanda_replica_lag_seconds{replica="replica-2"}' not in figures
    used = [figures[f'gamopanda_replica_used{{replica="replica-{number}"}}'] for number in (1, 2)]
    assert used == [1, 0]


def test_many_of_something_are_counted_up_to_a_number(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(gauges, "MOST_COUNTED", 3)
    case = make_case()
    for _ in range(2):
        upload_codes(make_milestone(case.streak, 1, coupon_source="pool"), [str(uuid4()) for _ in range(5)], now=NOW)
    with django_assert_max_num_queries(15):
        figures = scraped()
    assert [number for name, number in figures.items() if "codes_free" in name] == [3, 3]


def test_the_figures_are_kept_for_a_moment_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def read_all() -> list[Any]:
        read.append(1)
        return []

    monkeypatch.setattr(gauges, "read_all", read_all)
    seconds = iter([0.0, 0.0, 9.0, 10.0, 10.0])
    monkeypatch.setattr(gauges.time, "monotonic", lambda: next(seconds))
    asked = gauges.OperatorGauges()
    for number in (1, 1, 2):
        list(asked.collect())
        assert len(read) == number


def test_every_gauge_is_in_the_docs_with_its_meaning() -> None:
    TallyRound.objects.create(pk=1, counted_at=NOW, milliseconds=1)
    told = {gauge.name: gauge.documentation for gauge in gauges.OperatorGauges().collect()}
    if connection.vendor == "sqlite":
        told |= {gauge.name: gauge.documentation for gauge in gauges.connections_told(0, 0)}
    table = table_of("docs/operations.md", "Gauge", "Meaning", "Alert when")
    assert {row["Gauge"].strip("`"): row["Meaning"] for row in table} == told


def test_without_the_database_only_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> Any:
        raise OperationalError("the database is away")

    monkeypatch.setattr(gauges, "read_gauges", fail)
    assert scraped() == {f'gamopanda_version{{version="{VERSION}"}}': 1, "gamopanda_database_readable": 0}
