"""Rewards as the API reads them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from rewards.models import RewardLog


def read_rewards(now: datetime) -> QuerySet[RewardLog]:
    """Return all rewards with `status` as it is at an instant (S24), and their milestones, in one query."""
    rewards: QuerySet[RewardLog] = RewardLog.objects.with_status(now).select_related("milestone")
    return rewards


def rewards_of_logs(log_ids: Iterable[UUID], now: datetime) -> QuerySet[RewardLog]:
    """Return the rewards that logs brought: what `streaks.api.rewards_shown` asks for."""
    return read_rewards(now).filter(streak_log__in=log_ids)
