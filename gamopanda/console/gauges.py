"""Figures that an operator can alert on, read from the database whenever Prometheus asks."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import Error, connection
from django.db.models import Count, F, Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from gamopanda import VERSION
from gamopanda.api.models import Status
from rewards.models import PastRewards, PendingReason, PoolCode, RewardCount, RewardLog
from streaks.models import Milestone, StreakProgress, TallyRound
from streaks.progress.applying import FACTS


class OperatorGauges:
    """Reads the figures on a connection of its own for each scrape; without the database it says that alone."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the version, whether the database can be read, and what it says."""
        found: list[GaugeMetricFamily] = []
        try:
            found += read_gauges(now=timezone.now())
        except Error:
            found.clear()
        finally:
            connection.close()
        yield _gauge("gamopanda_version", "The version that runs.", ("version", [(VERSION, 1)]))
        yield _gauge("gamopanda_database_readable", "1 when the figures below could be read, else 0.", bool(found))
        yield from found


def read_gauges(*, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield what waits or runs low, in a fixed number of queries."""
    yield from _stock()
    yield from _rewards()
    yield from _housekeeping(now)


def _rewards() -> Iterator[GaugeMetricFamily]:
    waiting = [
        (PendingReason.NO_CODE.value, RewardLog.objects.waiting_for_code().count()),
        (PendingReason.LIMIT_REACHED.value, RewardLog.objects.filter(is_beyond_limit=True).count()),
    ]
    yield _gauge("gamopanda_rewards_waiting", "Rewards that wait for a code or a limit.", ("reason", waiting))
    owed = RewardCount.objects.aggregate(owed=Sum("owed"))["owed"] or 0
    yield _gauge("gamopanda_rewards_owed", "Rewards that issue_rewards has still to give out.", owed)
    requests = PastRewards.objects.filter(finished_at=None).count()
    yield _gauge("gamopanda_past_rewards_unfinished", "Requests that issue_rewards has still to finish.", requests)


def _stock() -> Iterator[GaugeMetricFamily]:
    live = Milestone.objects.visible().filter(status=Status.LIVE, streak__deleted_at=None)
    pools = live.filter(coupon_source=Milestone.CouponSource.POOL).values_list("pk", flat=True)
    free = dict(PoolCode.objects.free().filter(milestone__in=pools).values_list("milestone").annotate(Count("pk")))
    codes = [(str(pk), free.get(pk, 0)) for pk in pools]
    yield _gauge("gamopanda_coupon_codes_free", "Free codes of live milestones with a pool.", ("milestone", codes))
    limited = live.filter(reward_limit__isnull=False, reward_count__isnull=False)
    left = limited.values_list("pk", F("reward_limit") - F("reward_count__issued"))
    places = [(str(pk), max(0, number)) for pk, number in left]
    yield _gauge("gamopanda_rewards_left", "Rewards left within the limits of live milestones.", ("milestone", places))


def _housekeeping(now: datetime) -> Iterator[GaugeMetricFamily]:
    pending = sum(model.objects.filter(applied_at=None).count() for model in FACTS)
    yield _gauge("gamopanda_amnesties_unfinished", "Changes for all members that are still being applied.", pending)
    unstamped = StreakProgress.objects.broken_by(now).count()
    yield _gauge(
        "gamopanda_runs_not_stamped", "Runs past their deadline that close_periods has not stamped.", unstamped
    )
    counted_at = TallyRound.objects.order_by("-counted_at").values_list("counted_at", flat=True).first()
    if counted_at is not None:
        age = (now - counted_at).total_seconds()
        yield _gauge("gamopanda_results_age_seconds", "Seconds since results were last counted.", age)


def _gauge(name: str, meaning: str, value: float | tuple[str, Iterable[tuple[str, float]]]) -> GaugeMetricFamily:
    """Return a gauge of one value, or of one for each value of a label."""
    if not isinstance(value, tuple):
        return GaugeMetricFamily(name, meaning, value=value)
    label, values = value
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for text, number in values:
        family.add_metric([text], number)
    return family
