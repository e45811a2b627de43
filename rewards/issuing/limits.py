"""How many rewards a milestone gives in all (S59).

Rewards that are earned within the limit are counted in the transaction that issues them. Later ones wait, without a
code. When the limit is raised, the places that this makes are counted at once as owed to those that wait, so that no
new reward takes one; they are given out in transactions of their own, so that no call waits for many.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from gamopanda.accounts.sandbox import is_sandbox
from rewards.coupons import give_codes, lock_pools
from rewards.issuing.freezes import give_freezes_with, lock_receivers
from rewards.models import RewardCount, RewardLog
from rewards.signals import tell_codes_assigned
from streaks.models import Milestone

BATCH = 500
"""How many rewards one transaction gives out."""
AT_ONCE = 1000
"""About so many are given out by the call that raises a limit; the rest by the command `issue_rewards`."""


def hold_back(rewards: Sequence[RewardLog]) -> None:
    """Count new rewards of milestones with a limit, and note on those that it leaves no place for that they wait."""
    limited: dict[UUID, list[RewardLog]] = defaultdict(list)
    for reward in rewards:
        if reward.milestone.reward_limit is not None and not is_sandbox(reward.member_id):
            limited[reward.milestone_id].append(reward)
    # In order of the ids, so that two batches wait for each other.
    for milestone_id in sorted(limited):
        claimants = limited[milestone_id]
        for reward in claimants[_take_places(claimants[0].milestone, len(claimants)) :]:
            reward.is_beyond_limit = True


def _take_places(milestone: Milestone, wanted: int) -> int:
    """Count up to as many rewards as wanted; return for how many there was a place.

    The limit may come from a cache: a change of it waits until no transaction is recording for the streak.
    """
    limit = milestone.reward_limit
    assert limit is not None, "only milestones with a limit are counted"
    counts = RewardCount.objects.filter(milestone=milestone.pk)
    if counts.filter(issued__lte=limit - wanted).update(issued=F("issued") + wanted):
        return wanted
    counted = {"limit": limit, "issued": _count_issued(milestone.pk)}
    RewardCount.objects.get_or_create(milestone_id=milestone.pk, defaults=counted)
    # Once it is used up, nothing is locked.
    count = counts.filter(issued__lt=limit).select_for_update().first()
    if count is None:
        return 0
    places = min(wanted, limit - count.issued)
    counts.update(issued=F("issued") + places)
    return places


def _count_issued(milestone_id: UUID) -> int:
    return RewardLog.objects.filter(milestone=milestone_id, is_beyond_limit=False, member__sandbox=False).count()


def apply_limit(milestone_id: UUID) -> None:
    """Owe the places that a changed limit makes to the rewards that wait; nothing is issued for the streak meanwhile.

    Where nothing was counted yet, no reward waits, and the next one is counted together with those before it.
    """
    limit = Milestone.objects.values_list("reward_limit", flat=True).get(pk=milestone_id)
    count = RewardCount.objects.select_for_update().filter(milestone=milestone_id).first()
    if count is None or count.limit == limit:
        return
    waiting = RewardLog.objects.filter(milestone=milestone_id, is_beyond_limit=True).count()
    issued = _count_issued(milestone_id)
    count.owed = waiting if limit is None else min(waiting, max(0, limit - issued))
    count.limit, count.issued = limit, issued + count.owed
    count.save()


def give_out_owed(milestone_id: UUID, *, now: datetime, at_most: int | None = None) -> int:
    """Give the rewards of a milestone that wait the places that they are owed, the oldest first; return how many.

    Stops after about `at_most`, and goes on from there the next time.
    """
    done = 0
    while (at_most is None or done < at_most) and (given := _give_out_batch(milestone_id, now)):
        done += given
    return done


def owes(milestone_id: UUID) -> bool:
    """Return whether rewards of a milestone wait for places that they are owed."""
    return RewardCount.objects.filter(milestone=milestone_id, owed__gt=0).exists()


def give_out_all_owed(*, now: datetime) -> int:
    """Give out all that is owed; return how many."""
    owing = RewardCount.objects.filter(owed__gt=0).values_list("pk", flat=True)
    return sum(give_out_owed(milestone_id, now=now) for milestone_id in list(owing))


@transaction.atomic
def _give_out_batch(milestone_id: UUID, now: datetime) -> int:
    """Give out some places; return how many."""
    milestone = Milestone.objects.get(pk=milestone_id)
    waiting = RewardLog.objects.filter(milestone=milestone_id, is_beyond_limit=True).oldest_first()
    lock_receivers(milestone, set(waiting.values_list("member_id", flat=True)[:BATCH]))
    lock_pools([milestone.streak_id])
    count = RewardCount.objects.select_for_update().filter(milestone=milestone_id, owed__gt=0).first()
    if count is None:
        return 0
    rewards = list(waiting[: min(count.owed, BATCH)])
    for reward in rewards:
        reward.milestone, reward.is_beyond_limit, reward.updated_at = milestone, False, now
    give_codes(rewards)
    RewardLog.objects.bulk_update(rewards, ["is_beyond_limit", "coupon_code", "coupon_key", "updated_at"])
    RewardCount.objects.filter(pk=count.pk).update(owed=F("owed") - len(rewards))
    give_freezes_with(rewards, now=now)
    tell_codes_assigned([reward for reward in rewards if reward.coupon_code is not None], now=now)
    return len(rewards)
