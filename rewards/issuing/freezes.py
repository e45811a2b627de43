"""Freezes that milestones give along with a code or instead of one (S47).

They come with the place that a reward has within the limit of its milestone, in the same transaction, once for each.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from rewards.models import RewardLog
from streaks.models import Milestone, StreakFreeze
from streaks.progress.freezes import BY_SYSTEM, give_earned
from streaks.progress.store.orm import lock_members, share_streaks


def give_freezes_with(rewards: Sequence[RewardLog], *, now: datetime) -> None:
    """Give the members of new rewards, who are locked, the freezes of their milestones."""
    earned = [
        StreakFreeze(
            member_id=reward.member_id,
            streak_id=reward.streak_id,
            given_at=now,
            quantity=reward.milestone.freeze_reward,
            reason=reward.milestone.name,
            unique_identifier=f"reward:{reward.pk}",
            created_by=BY_SYSTEM,
        )
        for reward in rewards
        if reward.milestone.freeze_reward and not reward.is_beyond_limit
    ]
    if earned:
        give_earned(earned, now=now)


def lock_receivers(milestone: Milestone, member_ids: Collection[UUID]) -> None:
    """Lock the members to whom rewards of a milestone give freezes, before anything else is locked."""
    if milestone.freeze_reward:
        lock_members(member_ids)
        share_streaks([milestone.streak_id])
