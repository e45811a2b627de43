"""What became of the rewards, counted along with the runs."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from rewards.models import RewardLog, RewardStatus, RewardTally
from streaks.models import Milestone
from streaks.presenters.results import replace_tallies


def count_rewards(*, now: datetime) -> None:
    """Count the rewards of every milestone anew; the caller's transaction is the round."""
    zone = ZoneInfo(settings.GAMOPANDA_TIME_ZONE)
    counted = (
        RewardLog.objects.with_status(now)
        .filter(member__sandbox=False)
        .annotate(issued_on=TruncDate("reward_issued_at", tzinfo=zone))
        .order_by()
        .values_list("milestone_id", "issued_on", "status")
        .annotate(rewards=Count("pk"))
    )
    replace_tallies(RewardTally, ("milestone_id", "issued_on", "status", "rewards"), counted)


def rewards_by_milestone(ids: Iterable[UUID], *, since: date, until: date) -> dict[UUID, dict[str, int]]:
    """Return how many rewards of each milestone were issued from `since` to `until`, by their status, in one query."""
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    tallies = RewardTally.objects.filter(milestone__in=list(ids), issued_on__range=(since, until)).order_by()
    for milestone_id, status, rewards in tallies.values_list("milestone_id", "status").annotate(Sum("rewards")):
        found[milestone_id][status] = rewards
    return found


def costs_of(milestones: Iterable[Milestone], *, since: date, until: date) -> dict[str, tuple[Decimal, Decimal]]:
    """Return what the rewards issued in a range cost, and those of them that were redeemed, by currency."""
    valued = [milestone for milestone in milestones if milestone.reward_value is not None]
    found = rewards_by_milestone([milestone.pk for milestone in valued], since=since, until=until)
    costs: dict[str, tuple[Decimal, Decimal]] = {}
    for milestone in valued:
        issued, redeemed = costs.get(milestone.reward_currency, (Decimal(0), Decimal(0)))
        numbers, value = found[milestone.pk], milestone.reward_value or Decimal(0)
        issued += value * sum(numbers.values())
        redeemed += value * numbers.get(RewardStatus.REDEEMED, 0)
        costs[milestone.reward_currency] = (issued, redeemed)
    return costs


def rewards_by_status(*, since: date, until: date) -> dict[str, int]:
    """Return how many rewards were issued from `since` to `until`, by their status."""
    tallies = RewardTally.objects.filter(issued_on__range=(since, until)).order_by()
    return dict(tallies.values_list("status").annotate(Sum("rewards")))


def rewards_by_day(*, since: date, until: date) -> dict[date, int]:
    """Return how many rewards were issued on each day from `since` to `until` that has any."""
    tallies = RewardTally.objects.filter(issued_on__range=(since, until)).order_by()
    return dict(tallies.values_list("issued_on").annotate(Sum("rewards")))
