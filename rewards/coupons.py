"""Where coupon codes come from (S23)."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from rewards.models import PoolCode, RewardLog
from streaks.models import Milestone

# No 0/O, 1/I/L, 5/S, 2/Z or U/V: a code is read from a screen and typed at a till.
ALPHABET = "346789ABCDEFGHJKMNPQRTWXY"
# 25 characters are 4.64 bits each; 14 of them are 65 bits, over the 60 that S23 asks for.
CODE_LENGTH = 14
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


# Where one code goes to one reward (S25).
UNIQUE_SOURCES = (Milestone.CouponSource.GENERATED, Milestone.CouponSource.POOL)


def generate_code(prefix: str) -> str:
    """Return the prefix and an unguessable code of 65 bits (S23)."""
    number, pairs = secrets.randbelow(len(ALPHABET) ** CODE_LENGTH), []
    for _ in range(CODE_LENGTH // 2):
        number, position = divmod(number, len(PAIRS))
        pairs.append(PAIRS[position])
    return prefix + "".join(pairs)


def lock_pools(streak_ids: Collection[UUID]) -> None:
    """Lock the pools of all milestones of some streaks, in order of their ids, until the transaction ends.

    Transactions that give out, move or upload codes take turns, so that a pool never has codes left while a reward
    waits. Each locks all pools that it can come to need at once, before any reward: so no two deadlock.
    """
    # Whatever their source is now: rewards may still wait from the time when it was a pool.
    pools = Milestone.objects.filter(streak__in=streak_ids)
    list(pools.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def take_pool_codes(rewards: Sequence[RewardLog]) -> list[RewardLog]:
    """Set the oldest free code on each reward of a locked pool, while there are any; the rest stay pending (S23, S25).

    Returns the rewards that got one; the caller saves them in the same transaction.
    """
    waiting: dict[UUID, list[RewardLog]] = defaultdict(list)
    for reward in rewards:
        waiting[reward.milestone_id].append(reward)
    taken: list[PoolCode] = []
    for milestone_id, claimants in waiting.items():
        free = PoolCode.objects.filter(milestone=milestone_id, reward_log=None).order_by("pk")[: len(claimants)]
        for reward, code in zip(claimants, free, strict=False):
            reward.coupon_code = code.code
            code.reward_log = reward
            taken.append(code)
    PoolCode.objects.bulk_update(taken, ["reward_log"], batch_size=500)
    return [code.reward_log for code in taken if code.reward_log]


@transaction.atomic
def upload_codes(milestone: Milestone, codes: Iterable[str], *, now: datetime) -> tuple[int, list[str]]:
    """Add codes to the pool of a milestone and give them to the rewards that wait, oldest first (S23).

    Blank lines are dropped. Returns how many were added, and the codes that were left out because this or another
    pool, or an earlier reward, has them already.
    """
    lock_pools([milestone.streak_id])
    wanted = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    pool = PoolCode.objects.filter(milestone=milestone, code__in=wanted)
    known: set[str | None] = set(pool.values_list("code", flat=True))
    known |= set(RewardLog.objects.filter(coupon_code__in=wanted).values_list("coupon_code", flat=True))
    new = [PoolCode(milestone=milestone, code=code) for code in wanted if code not in known]
    # Another pool may have a code already, or be getting it at this moment: then it stays there.
    PoolCode.objects.bulk_create(new, ignore_conflicts=True)
    added = set(pool.values_list("code", flat=True)) - known
    pending = RewardLog.objects.filter(milestone=milestone, coupon_code=None, coupon_source=Milestone.CouponSource.POOL)
    waiting = list(pending.order_by("reward_issued_at", "pk")[: len(wanted)])
    given = take_pool_codes(waiting)
    for reward in given:
        reward.updated_at = now
    RewardLog.objects.bulk_update(given, ["coupon_code", "updated_at"], batch_size=500)
    return len(added), [code for code in wanted if code not in added]


def is_code_taken(code: str, reward: RewardLog) -> bool:
    """Say whether a code is somebody else's: of another reward where codes are unique, or kept in a pool (S25)."""
    others = RewardLog.objects.filter(coupon_code=code).exclude(pk=reward.pk)
    if reward.coupon_source not in UNIQUE_SOURCES:
        others = others.filter(coupon_source__in=UNIQUE_SOURCES)
    return others.exists() or PoolCode.objects.filter(code=code).exclude(reward_log=reward.pk).exists()
