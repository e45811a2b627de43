"""What is told of rewards and of pools of codes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from gamopanda.accounts.models import Member
from gamopanda.events.outbox import NewEvent
from gamopanda.events.rendering import render_member, render_reward, render_streak
from gamopanda.events.types import EventType
from rewards.coupon_sources import COUPON_SOURCES
from rewards.models import PoolCode, RewardLog
from streaks.models import Milestone, Streak

OF_POOLS = (EventType.COUPON_POOL_LOW, EventType.COUPON_POOL_EMPTY)


def tell_rewards(
    event_type: EventType,
    rewards: Sequence[RewardLog],
    *,
    members: Mapping[UUID, Member],
    streaks: Mapping[UUID, Streak],
    now: datetime,
) -> Iterator[NewEvent]:
    """Yield an event for each reward, with its code and its milestone."""
    for reward in rewards:
        member = members[reward.member_id]
        data = {
            "isLate": False,
            "member": render_member(member),
            "streak": render_streak(streaks[reward.streak_id]),
            "rewardLog": render_reward(reward, member, now),
        }
        yield NewEvent(event_type, data, reward.streak_id, reward.member_id)


def tell_pools(rewards: Sequence[RewardLog], *, streaks: Mapping[UUID, Streak]) -> Iterator[NewEvent]:
    """Yield which locked pools ran low or empty when these rewards took their codes (S23)."""
    taken = Counter(reward.milestone_id for reward in rewards if _is_from_pool(reward))
    milestones = {reward.milestone_id: reward.milestone for reward in rewards}
    for milestone_id, number in taken.items():
        milestone = milestones[milestone_id]
        free = PoolCode.objects.filter(milestone=milestone_id, reward_log=None, is_double=False)
        left = len(free.order_by("pk").values_list("pk")[: milestone.low_stock + 1])
        if left == 0:
            yield _pool_event(EventType.COUPON_POOL_EMPTY, milestone, left, streaks)
        elif left < milestone.low_stock <= left + number:
            yield _pool_event(EventType.COUPON_POOL_LOW, milestone, left, streaks)


def _is_from_pool(reward: RewardLog) -> bool:
    return reward.coupon_code is not None and COUPON_SOURCES[reward.coupon_source].has_pool


def _pool_event(event_type: EventType, milestone: Milestone, left: int, streaks: Mapping[UUID, Streak]) -> NewEvent:
    data = {
        "isLate": False,
        "member": None,
        "streak": render_streak(streaks[milestone.streak_id]),
        "pool": {"milestoneId": milestone.pk, "milestoneName": milestone.name, "codesLeft": left},
    }
    return NewEvent(event_type, data, milestone.streak_id, subject_id=milestone.pk)
