"""Rewards as the API reads them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from rewards.models import RewardLog


def with_milestones() -> QuerySet[RewardLog]:
    """Return all rewards with their milestones, in one query."""
    rewards: QuerySet[RewardLog] = RewardLog.objects.select_related("milestone")
    return rewards


def read_rewards(rewards: Iterable[Any], now: datetime) -> list[Any]:
    """Return rewards with `status` as it is at an instant (S24)."""
    read = list(rewards)
    for reward in read:
        reward.status = reward.status_at(now)
    return read


def rewards_of_logs(log_ids: Iterable[UUID], now: datetime) -> list[Any]:
    """Return the rewards that logs brought, newest first: what `streaks.api.rewards_shown` asks for."""
    # Put in order here: in SQL, the order would tempt PostgreSQL to go through all rewards by their age.
    rewards = read_rewards(with_milestones().filter(streak_log__in=log_ids).order_by(), now)
    return sorted(rewards, key=lambda reward: (reward.created_at, reward.pk), reverse=True)
