"""The codes of rewards: pools given out and filled, and codes that are taken already (S23, S25)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from gamopanda.accounts.sandbox import is_sandbox
from rewards.code_keys import code_key
from rewards.coupon_sources import COUPON_SOURCES
from rewards.models import PoolCode, RewardLog
from rewards.signals import tell_codes_assigned
from streaks.models import Milestone

# Where one code goes to one reward (S25).
UNIQUE_SOURCES = tuple(name for name, source in COUPON_SOURCES.items() if source.is_unique)


def lock_pools(streak_ids: Collection[UUID]) -> None:
    """Lock the pools of all milestones of some streaks, in order of their ids, until the transaction ends.

    Transactions that give out, move or upload codes take turns, so that a pool never has codes left while a reward
    waits. Each locks all pools that it can come to need at once, before any reward: so no two deadlock.
    """
    # Whatever their source is now: rewards may still wait from the time when it was a pool.
    pools = Milestone.objects.filter(streak__in=streak_ids)
    list(pools.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def give_codes(rewards: Sequence[RewardLog]) -> None:
    """Set a code on each new reward that can have one now; the caller saves them, and has locked the pools (S23).

    Those of sandbox members get codes that are for trying out alone.
    """
    for reward in rewards:
        source = COUPON_SOURCES[reward.coupon_source]
        is_trial = is_sandbox(reward.member_id)
        reward.coupon_code = source.trial_code() if is_trial else source.first_code(reward.milestone)
    real = [reward for reward in rewards if not is_sandbox(reward.member_id)]
    take_pool_codes([reward for reward in real if COUPON_SOURCES[reward.coupon_source].has_pool])


def take_pool_codes(rewards: Sequence[RewardLog]) -> list[RewardLog]:
    """Set the oldest free code on each reward of a locked pool, while there are any; the rest stay pending (S23, S25).

    Returns the rewards that got one; the caller saves them in the same transaction.
    """
    waiting: dict[UUID, list[RewardLog]] = defaultdict(list)
    for reward in rewards:
        waiting[reward.milestone_id].append(reward)
    taken: list[PoolCode] = []
    for milestone_id, claimants in waiting.items():
        pool = PoolCode.objects.filter(milestone=milestone_id).free()
        free = pool.order_by("pk")[: len(claimants)]
        for reward, code in zip(claimants, free, strict=False):
            reward.coupon_code = code.code
            code.reward_log = reward
            taken.append(code)
    PoolCode.objects.bulk_update(taken, ["reward_log"], batch_size=500)
    return [code.reward_log for code in taken if code.reward_log]


@transaction.atomic
def upload_codes(milestone: Milestone, codes: Iterable[str], *, now: datetime) -> tuple[int, list[str]]:
    """Add codes to the pool of a milestone and give them to the rewards that wait, oldest first (S23).

    Blank lines are dropped, and of several ways of writing a code the first is taken. Returns how many were added, and
    the codes that were left out because this or another pool, or an earlier reward, has them already.
    """
    lock_pools([milestone.streak_id])
    wanted = _by_key(code.strip() for code in codes if code.strip())
    pool = PoolCode.objects.filter(milestone=milestone, code_key__in=wanted)
    known = set(pool.values_list("code_key", flat=True)) | _keys_of_rewards(wanted)
    new = [PoolCode(milestone=milestone, code=code) for key, code in wanted.items() if key not in known]
    # Another pool may have a code already, or be getting it at this moment: then it stays there.
    PoolCode.objects.bulk_create(new, ignore_conflicts=True)
    added = set(pool.values_list("code_key", flat=True)) - known
    waiting = RewardLog.objects.filter(milestone=milestone).waiting_for_code().oldest_first()
    given = take_pool_codes(list(waiting.select_related("milestone")[: len(wanted)]))
    for reward in given:
        reward.updated_at = now
    RewardLog.objects.bulk_update(given, ["coupon_code", "coupon_key", "updated_at"], batch_size=500)
    tell_codes_assigned(given, now=now)
    return len(added), [code for key, code in wanted.items() if key not in added]


def _by_key(codes: Iterable[str]) -> dict[UUID | None, str]:
    """Return the codes by their keys: of several ways of writing one, the first."""
    found: dict[UUID | None, str] = {}
    for code in codes:
        found.setdefault(code_key(code), code)
    return found


def _keys_of_rewards(wanted: Mapping[UUID | None, str]) -> set[UUID | None]:
    """Return which of some codes rewards have."""
    held = RewardLog.objects.filter(coupon_key__in=wanted).values_list("coupon_key", flat=True)
    return set(held)


def is_code_taken(code: str, reward: RewardLog) -> bool:
    """Say whether a code is somebody else's: of another reward where codes are unique, or kept in a pool (S25)."""
    key = code_key(code)
    others = RewardLog.objects.filter(coupon_key=key).exclude(pk=reward.pk)
    if reward.coupon_source not in UNIQUE_SOURCES:
        others = others.filter(coupon_source__in=UNIQUE_SOURCES)
    return others.exists() or PoolCode.objects.filter(code_key=key).exclude(reward_log=reward.pk).exists()


def fill_code_keys() -> None:
    """Write the keys that are missing where a process of an earlier version stored a code; mark doubles among them."""
    for reward in RewardLog.objects.filter(coupon_key=None).exclude(coupon_code=None):
        reward.is_code_double = is_code_taken(str(reward.coupon_code), reward)
        reward.save(update_fields=["coupon_code", "is_code_double"])
    for code in PoolCode.objects.filter(code_key=None):
        held = RewardLog.objects.filter(coupon_key=code.code_key).exclude(pool_code=code)
        code.is_double = held.exists() or PoolCode.objects.filter(code_key=code.code_key).exists()
        code.save(update_fields=["code_key", "is_double"])
