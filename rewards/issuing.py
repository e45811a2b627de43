"""Rewards issued for milestones reached, and moved when runs are rearranged (S20–S25).

Everything here happens in the transaction that recorded the logs, under the lock of the member (S22).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson
from django.db import connection

from rewards.coupons import generate_code, lock_pools, take_pool_codes
from rewards.models import RewardLog
from streaks.bulk_rows import insert_rows, new_row, note_as_stored, stamp_rows
from streaks.models import Milestone, StreakProgress
from streaks.run_storage import Achievement
from streaks.statements import call_function, dump_all

CouponSource = Milestone.CouponSource


def issue_rewards(achievements: Sequence[Achievement], *, now: datetime) -> list[RewardLog]:
    """Issue what was achieved, except what the run, or a member who may have it once, has already (S21)."""
    if connection.vendor == "postgresql" and _is_plain(achievements):
        return _issue_at_once([_reward_for(achievement, now) for achievement in achievements])
    due = _without_repeats(achievements)
    rewards = [_reward_for(achievement, now) for achievement in due]
    from_pools = [reward for reward in rewards if reward.coupon_source == CouponSource.POOL]
    lock_pools({reward.streak_id for reward in from_pools})
    take_pool_codes(from_pools)
    insert_rows(RewardLog, rewards)
    return rewards


def _is_plain(achievements: Sequence[Achievement]) -> bool:
    """Say whether no two are for the same milestone, and none takes its code from a pool."""
    milestones = {achievement.milestone.pk for achievement in achievements}
    from_pool = any(achievement.milestone.coupon_source == CouponSource.POOL for achievement in achievements)
    return len(milestones) == len(achievements) and not from_pool


def _issue_at_once(rewards: list[RewardLog]) -> list[RewardLog]:
    """Look for what is issued already and issue the rest with one statement, which PostgreSQL keeps the plan of."""
    stamp_rows(RewardLog, rewards)
    ids = set(orjson.loads(call_function("rewards_issue", dump_all(rewards))))
    issued = [reward for reward in rewards if str(reward.pk) in ids]
    note_as_stored(issued)
    return issued


def _without_repeats(achievements: Sequence[Achievement]) -> list[Achievement]:
    milestones = {achievement.milestone.pk for achievement in achievements}
    members = {achievement.run.member_id for achievement in achievements}
    issued = RewardLog.objects.filter(member__any_of=members, milestone__in=milestones)
    taken: set[tuple[object, object]] = set()
    for member_id, run_id, milestone_id in issued.values_list("member_id", "streak_progress_id", "milestone_id"):
        taken |= {(member_id, milestone_id), (run_id, milestone_id)}
    due = []
    for achievement in achievements:
        milestone, run = achievement.milestone, achievement.run
        claim = (run.member_id if milestone.once_per_member else run.pk, milestone.pk)
        if claim not in taken:
            taken.add(claim)
            due.append(achievement)
    return due


def _reward_for(achievement: Achievement, now: datetime) -> RewardLog:
    milestone, run = achievement.milestone, achievement.run
    days = milestone.reward_validity_days
    reward = new_row(
        RewardLog,
        member_id=run.member_id,
        streak_id=run.streak_id,
        milestone_id=milestone.pk,
        streak_progress_id=run.pk,
        streak_log_id=achievement.log.pk,
        period_key=achievement.period_key,
        coupon_source=milestone.coupon_source,
        coupon_code=_first_code(milestone),
        reward_issued_at=now,
        reward_expiry_at=None if days is None else now + timedelta(days=days),
        is_once_per_member=milestone.once_per_member,
    )
    reward.milestone = milestone
    return reward


def _first_code(milestone: Milestone) -> str | None:
    if milestone.coupon_source == CouponSource.GENERATED:
        return generate_code(milestone.coupon_prefix)
    return milestone.coupon_code if milestone.coupon_source == CouponSource.FIXED else None


def move_rewards(runs: Sequence[StreakProgress], gone: Collection[UUID]) -> None:
    """Put each reward of a rearranged stretch into the run that earned it; nothing is issued or taken away (S21).

    That is its own run, as long as it still has the value that was rewarded, and otherwise the one to which the
    period of the reward now belongs. Where runs were joined and both had earned a milestone, both rewards stay: one
    counts for the run, the others are marked as carried over. `runs` are in order; `gone` are ids of joined ones.
    """
    touched = RewardLog.objects.filter(streak_progress__in=[*(run.pk for run in runs), *gone])
    rewards = list(touched.select_related("milestone").order_by("is_carried_over", "created_at", "pk"))
    held: dict[tuple[UUID, UUID], RewardLog] = {}
    for reward in rewards:
        own = next((run for run in runs if run.pk == reward.streak_progress_id), None)
        if own is not None and own.current_progress_value >= reward.milestone.milestone_target_value:
            held.setdefault((own.pk, reward.milestone_id), reward)
    kept = {reward.pk for reward in held.values()}
    moved = []
    for reward in rewards:
        run_id = reward.streak_progress_id if reward.pk in kept else _run_of_period(runs, reward.period_key).pk
        is_carried_over = held.setdefault((run_id, reward.milestone_id), reward) is not reward
        if (run_id, is_carried_over) != (reward.streak_progress_id, reward.is_carried_over):
            reward.streak_progress_id, reward.is_carried_over = run_id, is_carried_over
            moved.append(reward)
    # First out of the way of the constraint, then to where they belong.
    RewardLog.objects.filter(pk__in=[reward.pk for reward in moved]).update(is_carried_over=True)
    RewardLog.objects.bulk_update(moved, ["streak_progress", "is_carried_over"])


def _run_of_period(runs: Sequence[StreakProgress], key: date) -> StreakProgress:
    """Return the run to which a period belongs; a period between runs counts for the next one."""
    return next((run for run in runs if key <= run.ends_on), runs[-1])
