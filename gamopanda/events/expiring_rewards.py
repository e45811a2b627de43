"""Rewards that expire before long are told of once, some days before, as the clock comes there (E2)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.events.models import FollowedStreak, ReminderRule
from gamopanda.events.outbox import store_events, take
from gamopanda.events.rendering import read_members
from gamopanda.events.reward_events import tell_rewards
from gamopanda.events.subscriptions import Takers, takers_now
from gamopanda.events.types import EventType
from rewards.models import RewardLog
from streaks.models import Streak

BATCH = 500
DAYS_BEFORE = 3
"""Where the streak's reminder says nothing else."""
WORTH_IT = timedelta(hours=1)
"""What is left at the time to tell when the reward was issued: who has just got it knows when it expires."""


def tell_expiring(*, now: datetime) -> None:
    """Tell of the rewards of all streaks that expire before long."""
    takers = takers_now()
    if not takers:
        return
    rules = ReminderRule.objects.filter(type=ReminderType.REWARD_EXPIRING)
    days = dict(rules.order_by().values_list("streak_id", "days_before"))
    for streak in Streak.objects.filter(has_activity=True, deleted_at=None).order_by("pk"):
        if takers.take_any([EventType.REWARD_EXPIRING], streak.pk):
            before = timedelta(days=days.get(streak.pk, DAYS_BEFORE))
            while _tell_batch(streak, before, takers, now):
                continue


@transaction.atomic
def _tell_batch(streak: Streak, before: timedelta, takers: Takers, now: datetime) -> bool:
    """Tell of some rewards, the first to expire first; False when there are no more, or another process tells."""
    followed = _lock(streak.pk)
    if followed is None:
        return False
    expiring = RewardLog.objects.filter(
        streak=streak.pk,
        redeemed_at=None,
        coupon_code__isnull=False,
        reward_expiry_at__gt=max(followed.rewards_until or now, now),
        reward_expiry_at__lte=now + before,
        reward_issued_at__lte=F("reward_expiry_at") - before - WORTH_IT,
    ).order_by("reward_expiry_at")
    ends = list(expiring.values_list("reward_expiry_at", flat=True)[:BATCH])
    if not ends:
        return False
    # All that expire at the same instant go together, so that the instant says how far it has got.
    rewards = list(expiring.filter(reward_expiry_at__lte=ends[-1]).select_related("milestone"))
    members = read_members({reward.member_id for reward in rewards})
    events = tell_rewards(EventType.REWARD_EXPIRING, rewards, members=members, streaks={streak.pk: streak}, now=now)
    store_events(take(events, takers), now=now)
    FollowedStreak.objects.filter(pk=streak.pk).update(rewards_until=ends[-1])
    return len(ends) == BATCH


def _lock(streak_id: UUID) -> FollowedStreak | None:
    FollowedStreak.objects.get_or_create(pk=streak_id)
    return FollowedStreak.objects.select_for_update(skip_locked=True).filter(pk=streak_id).first()
