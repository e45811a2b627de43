"""What rewards tell, always inside the transaction in which it happened, with `now`.

`past_rewards_issued` has the `rewards` that were issued to those who stood at a milestone when it went live,
`codes_assigned` those that got the code that they waited for, `rewards_redeemed` those that were used.
"""

from collections.abc import Sequence
from datetime import datetime

from django.dispatch import Signal

from rewards.models import RewardLog

past_rewards_issued = Signal()
codes_assigned = Signal()
rewards_redeemed = Signal()


def tell_edited(reward: RewardLog, before: RewardLog, *, now: datetime) -> None:
    """Tell what an edit has done to a reward."""
    if before.coupon_code is None and reward.coupon_code is not None:
        tell_codes_assigned([reward], now=now)
    if before.redeemed_at is None and reward.redeemed_at is not None:
        tell_redeemed([reward], now=now)


def tell_issued(rewards: Sequence[RewardLog], *, now: datetime) -> None:
    """Tell which rewards were issued for the past."""
    past_rewards_issued.send(RewardLog, rewards=rewards, now=now)


def tell_codes_assigned(rewards: Sequence[RewardLog], *, now: datetime) -> None:
    """Tell which rewards got their codes; their milestones are read along."""
    codes_assigned.send(RewardLog, rewards=rewards, now=now)


def tell_redeemed(rewards: Sequence[RewardLog], *, now: datetime) -> None:
    """Tell which rewards were used."""
    rewards_redeemed.send(RewardLog, rewards=rewards, now=now)
