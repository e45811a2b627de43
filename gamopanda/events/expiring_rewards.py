"""Rewards that expire before long are told of once, some days before, as the clock comes there (E2)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

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
    for streak, before in _streaks_to_follow(takers):
        while _tell_batch(streak, before, takers, now):
            continue


def tell_expiring_of(member_id: UUID, *, since: datetime, now: datetime) -> None:
    """Tell of the rewards of a sandbox member that expire before long, and did not yet when its clock was moved."""
    takers = takers_now()
    for streak, before in _streaks_to_follow(takers):
        expiring = _expiring(streak, before, max(since + before, now), now).filter(member=member_id)
        _tell(list(expiring.select_related("milestone")), streak, takers, now)


def _streaks_to_follow(takers: Takers) -> Iterator[tuple[Streak, timedelta]]:
    """Yield the streaks whose rewards are told of, each with how long before."""
    if not takers:
        return
    rules = ReminderRule.objects.filter(type=ReminderType.REWARD_EXPIRING)
    days = dict(rules.order_by().values_list("streak_id", "days_before"))
    for streak in Streak.objects.filter(has_activity=True, deleted_at=None).order_by("pk"):
        if takers.take_any([EventType.REWARD_EXPIRING], streak.pk):
            yield streak, timedelta(days=days.get(streak.pk, DAYS_BEFORE))


def _expiring(streak: Streak, before: timedelta, after: datetime, now: datetime) -> "QuerySet[RewardLog]":
    """Return the rewards that can be used, and expire after an instant and so long before."""
    return RewardLog.objects.filter(
        streak=streak.pk,
        redeemed_at=None,
        coupon_code__isnull=False,
        reward_expiry_at__gt=after,
        reward_expiry_at__lte=now + before,
        reward_issued_at__lte=F("reward_expiry_at") - before - WORTH_IT,
    ).order_by("reward_expiry_at")


def _tell(rewards: Sequence[RewardLog], streak: Streak, takers: Takers, now: datetime) -> None:
    members = read_members({reward.member_id for reward in rewards})
    events = tell_rewards(EventType.REWARD_EXPIRING, rewards, members=members, streaks={streak.pk: streak}, now=now)
    store_events(take(events, takers), now=now)


@transaction.atomic
def _tell_batch(streak: Streak, before: timedelta, takers: Takers, now: datetime) -> bool:
    """Tell of some rewards, the first to expire first; False when there are no more, or another process tells."""
    followed = _lock(streak.pk)
    if followed is None:
        return False
    # Members of the sandbox have clocks of their own.
    of_all = _expiring(streak, before, max(followed.rewards_until or now, now), now)
    expiring = of_all.filter(member__sandbox=False)
    ends = list(expiring.values_list("reward_expiry_at", flat=True)[:BATCH])
    if not ends:
        return False
    # All that expire at the same instant go together, so that the instant says how far it has got.
    _tell(list(expiring.filter(reward_expiry_at__lte=ends[-1]).select_related("milestone")), streak, takers, now)
    FollowedStreak.objects.filter(pk=streak.pk).update(rewards_until=ends[-1])
    return len(ends) == BATCH


def _lock(streak_id: UUID) -> FollowedStreak | None:
    FollowedStreak.objects.get_or_create(pk=streak_id)
    return FollowedStreak.objects.select_for_update(skip_locked=True).filter(pk=streak_id).first()
