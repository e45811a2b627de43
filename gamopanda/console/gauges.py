"""Figures that an operator can alert on, read from the database when Prometheus asks."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from gamopanda import VERSION
from gamopanda.api.models import Status
from gamopanda.events.models import CommandRound, Delivery, WebhookEndpoint
from gamopanda.postgresql.replicas import lags, watch_replicas, watches
from rewards.models import PastRewards, PendingReason, PoolCode, RewardCount, RewardLog
from streaks.models import Milestone, StreakProgress, TallyRound
from streaks.progress.applying import FACTS

# Clients alone: the server's own processes take none.
_CONNECTIONS = """
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
        current_setting('max_connections')::int
"""
SECONDS_KEPT = 10
"""For so long figures are told again, however many ask."""
MOST_COUNTED = 10_000
"""What there is more of is told as this number: no scrape reads a large table."""


class CountUpTo(Subquery):
    """Counts the rows of a query that is cut off after so many."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk")[:MOST_COUNTED])


class OperatorGauges:
    """Reads the figures on a connection of its own, at most once in some seconds."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.found: list[GaugeMetricFamily] = []
        self.read_at = float("-inf")

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the version, whether the database can be read, and what it says."""
        with self.lock:
            if time.monotonic() - self.read_at >= SECONDS_KEPT:
                self.found, self.read_at = read_all(), time.monotonic()
            found = self.found
        yield _gauge("gamopanda_version", "The version that runs.", ("version", [(VERSION, 1)]))
        yield _gauge("gamopanda_database_readable", "1 when the figures below could be read, else 0.", bool(found))
        yield from found
        yield from _replicas()


def _replicas() -> Iterator[GaugeMetricFamily]:
    if settings.REPLICAS and not watches:
        watch_replicas()
    behind = [(alias, lag) for alias, lag in lags() if lag is not None]
    yield _gauge("gamopanda_replica_lag_seconds", "Seconds that a standby is behind.", ("replica", behind))
    used = [(alias, int(lag is not None)) for alias, lag in lags()]
    yield _gauge("gamopanda_replica_used", "1 while a standby is read from, 0 while it is left out.", ("replica", used))


def read_all() -> list[GaugeMetricFamily]:
    """Return the figures; none without the database."""
    try:
        return list(read_gauges(now=timezone.now()))
    except Error:
        return []
    finally:
        connection.close()


def read_gauges(*, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield what waits or runs low, in a fixed number of queries of bounded cost."""
    yield from _stock()
    yield from _rewards()
    yield from _housekeeping(now)
    yield from _deliveries(now)
    if connection.vendor == "postgresql":
        yield from _connections()


def _rewards() -> Iterator[GaugeMetricFamily]:
    waiting = [
        (PendingReason.NO_CODE.value, _count(RewardLog.objects.waiting_for_code())),
        (PendingReason.LIMIT_REACHED.value, _count(RewardLog.objects.filter(is_beyond_limit=True))),
    ]
    yield _gauge("gamopanda_rewards_waiting", "Rewards that wait for a code or a limit.", ("reason", waiting))
    owed = RewardCount.objects.aggregate(owed=Sum("owed"))["owed"] or 0
    yield _gauge("gamopanda_rewards_owed", "Rewards that issue_rewards has still to give out.", owed)
    requests = PastRewards.objects.filter(finished_at=None).count()
    yield _gauge("gamopanda_past_rewards_unfinished", "Requests that issue_rewards has still to finish.", requests)


def _stock() -> Iterator[GaugeMetricFamily]:
    live = Milestone.objects.visible().filter(status=Status.LIVE, streak__deleted_at=None)
    free = CountUpTo(PoolCode.objects.free().filter(milestone=OuterRef("pk")))
    pools = live.filter(coupon_source=Milestone.CouponSource.POOL).values_list("pk", free)
    codes = [(str(pk), number) for pk, number in pools]
    yield _gauge("gamopanda_coupon_codes_free", "Free codes of live milestones with a pool.", ("milestone", codes))
    limited = live.filter(reward_limit__isnull=False, reward_count__isnull=False)
    left = limited.values_list("pk", F("reward_limit") - F("reward_count__issued"))
    places = [(str(pk), max(0, number)) for pk, number in left]
    yield _gauge("gamopanda_rewards_left", "Rewards left within the limits of live milestones.", ("milestone", places))


def _housekeeping(now: datetime) -> Iterator[GaugeMetricFamily]:
    pending = sum(model.objects.filter(applied_at=None).count() for model in FACTS)
    yield _gauge("gamopanda_amnesties_unfinished", "Changes for all members that are still being applied.", pending)
    unstamped = _count(StreakProgress.objects.broken_by(now))
    yield _gauge(
        "gamopanda_runs_not_stamped", "Runs past their deadline that close_periods has not stamped.", unstamped
    )
    counted_at = TallyRound.objects.order_by("-counted_at").values_list("counted_at", flat=True).first()
    if counted_at is not None:
        age = (now - counted_at).total_seconds()
        yield _gauge("gamopanda_results_age_seconds", "Seconds since results were last counted.", age)
    rounds = CommandRound.objects.order_by("pk").values_list("pk", "finished_at")
    ages = [(command, (now - finished_at).total_seconds()) for command, finished_at in rounds]
    yield _gauge("gamopanda_round_age_seconds", "Seconds since a command last finished a round.", ("command", ages))


def _deliveries(now: datetime) -> Iterator[GaugeMetricFamily]:
    of_endpoint = Delivery.objects.filter(endpoint=OuterRef("pk"))
    waiting = of_endpoint.filter(status=Delivery.Status.PENDING).order_by("next_attempt_at")
    failed = CountUpTo(of_endpoint.filter(status=Delivery.Status.FAILED))
    rows = [
        (str(pk), number, max(0.0, (now - (due_at or now)).total_seconds()), lost)
        for pk, number, due_at, lost in WebhookEndpoint.objects.filter(status=WebhookEndpoint.Status.LIVE).values_list(
            "pk", CountUpTo(waiting), Subquery(waiting.values("next_attempt_at")[:1]), failed
        )
    ]
    told = (
        ("gamopanda_deliveries_waiting", "Deliveries that a live endpoint has still to get."),
        ("gamopanda_delivery_delay_seconds", "Seconds since the next delivery to a live endpoint was due."),
        ("gamopanda_deliveries_failed", "Deliveries to a live endpoint that were given up, of those that are kept."),
    )
    for place, (name, meaning) in enumerate(told, start=1):
        yield _gauge(name, meaning, ("endpoint", [(row[0], float(row[place])) for row in rows]))


def _connections() -> Iterator[GaugeMetricFamily]:
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        yield from connections_told(*cursor.fetchone())


def connections_told(used: int, most: int) -> Iterator[GaugeMetricFamily]:
    """Yield how many connections to PostgreSQL there are, and may be."""
    yield _gauge("gamopanda_database_connections", "Connections to the PostgreSQL server, of all its databases.", used)
    yield _gauge("gamopanda_database_connections_most", "Connections that the PostgreSQL server takes.", most)


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST_COUNTED].count()


def _gauge(name: str, meaning: str, value: float | tuple[str, Iterable[tuple[str, float]]]) -> GaugeMetricFamily:
    """Return a gauge of one value, or of one for each value of a label."""
    if not isinstance(value, tuple):
        return GaugeMetricFamily(name, meaning, value=value)
    label, values = value
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for text, number in values:
        family.add_metric([text], number)
    return family
