"""Rewards as the API reads them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from gamopanda.api.lists.compiled_queries import DeferredQuery, deferred_query
from rewards.models import RewardLog

MAX_REWARDS = 1000
"""How many rewards of a member the display has, the newest first; the list of rewards pages through all."""


def present_rewards(rewards: Iterable[Any], now: datetime) -> list[Any]:
    """Return rewards with their `status` and `pending_reason` at an instant (S24, S59)."""
    presented = list(rewards)
    for reward in presented:
        reward.status, reward.pending_reason = reward.status_at(now), reward.pending_reason_at(now)
    return presented


def rewards_of_logs(log_ids: Sequence[UUID], now: datetime) -> DeferredQuery:
    """Read the rewards that logs brought, newest first: see `streaks.presenters.rewards`."""
    found = deferred_query("rewards of logs", _of_logs, list(log_ids), related=["milestone", "member"])
    # Sorted here: an order in SQL makes PostgreSQL go through all rewards by their age.
    return found.then(lambda rewards: sorted(present_rewards(rewards, now), key=_age, reverse=True))


def _of_logs(log_ids: Sequence[UUID]) -> QuerySet[RewardLog]:
    return RewardLog.objects.filter(streak_log__any_of=log_ids).order_by()


def _age(reward: RewardLog) -> tuple[datetime, UUID]:
    return reward.created_at, reward.pk


def rewards_of_member(member_id: UUID, now: datetime) -> DeferredQuery:
    """Read the rewards of a member in streaks that are not deleted, newest first; at most `MAX_REWARDS`."""
    found = deferred_query("rewards of a member", _of_member, member_id, related=["milestone"])
    return found.then(lambda rewards: present_rewards(rewards, now))


def _of_member(member_id: UUID) -> QuerySet[RewardLog]:
    mine = RewardLog.objects.filter(member=member_id, streak__deleted_at=None)
    return mine.order_by("-created_at", "-pk")[:MAX_REWARDS]


def rewards_of_members(member_ids: Sequence[UUID], now: datetime) -> list[RewardLog]:
    """Read the rewards of many members as `rewards_of_member` does; at most `MAX_REWARDS` of each."""
    theirs = RewardLog.objects.select_related("milestone").filter(member__any_of=member_ids, streak__deleted_at=None)
    place = Window(RowNumber(), partition_by="member_id", order_by=[F("created_at").desc(), F("pk").desc()])
    newest = theirs.annotate(place=place).filter(place__lte=MAX_REWARDS)
    return present_rewards(newest.order_by("-created_at", "-pk"), now)
