"""Rewards as the API reads them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from gamopanda.api.worded import Reading, reading
from rewards.models import RewardLog

MAX_REWARDS = 1000
"""How many rewards of a member are shown at once, the newest first; the list of rewards pages through all."""


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


def rewards_of_logs(log_ids: Sequence[UUID], now: datetime) -> Reading:
    """Read the rewards that logs brought, newest first: what `streaks.api.rewards_shown` asks for."""
    found = reading("rewards of logs", _of_logs, list(log_ids))
    # Put in order here: in SQL, the order would tempt PostgreSQL to go through all rewards by their age.
    return found.then(lambda rewards: sorted(read_rewards(rewards, now), key=_age, reverse=True))


def _of_logs(log_ids: Sequence[UUID]) -> QuerySet[RewardLog]:
    return with_milestones().filter(streak_log__any_of=log_ids).order_by()


def _age(reward: RewardLog) -> tuple[datetime, UUID]:
    return reward.created_at, reward.pk


def rewards_of_member(member_id: UUID, now: datetime) -> Reading:
    """Read the rewards of a member in streaks that are not deleted, newest first; at most `MAX_REWARDS`."""
    return reading("rewards of a member", _of_member, member_id).then(lambda rewards: read_rewards(rewards, now))


def _of_member(member_id: UUID) -> QuerySet[RewardLog]:
    mine = with_milestones().filter(member=member_id, streak__deleted_at=None)
    return mine.order_by("-created_at", "-pk")[:MAX_REWARDS]
