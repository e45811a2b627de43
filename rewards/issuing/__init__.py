"""Rewards issued for milestones reached, and moved when runs are rearranged (S20–S25).

Everything here happens in the transaction that recorded the logs, under the lock of the member (S22).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from rewards.coupon_sources import COUPON_SOURCES
from rewards.coupons import give_codes, lock_pools
from rewards.issuing.limits import hold_back
from rewards.models import RewardLog
from streaks.core.advance import Changes, Pair
from streaks.core.milestones import Achievement
from streaks.core.runs import Run
from streaks.progress.store.bulk_rows import insert_rows, new_row

# Where a reward counts.
PLACE = ["streak_progress", "earned_in_id", "is_carried_over"]


def issue_rewards(achievements: Sequence[Achievement], *, now: datetime) -> list[RewardLog]:
    """Issue what was achieved, except what the run, or a member who may have it once, has already (S21)."""
    due = due_among([(achievement.log.member_id, achievement) for achievement in achievements])
    rewards = [_reward_for(achievement, now) for achievement in due]
    lock_pools({reward.streak_id for reward in rewards if COUPON_SOURCES[reward.coupon_source].has_pool})
    hold_back(rewards)
    give_codes([reward for reward in rewards if not reward.is_beyond_limit])
    insert_rows(RewardLog, rewards)
    return rewards


def due_among(achieved: Sequence[tuple[UUID, Achievement]]) -> list[Achievement]:
    """Return the achievements, each given with its member, of which a reward is due: each is issued once (S21)."""
    taken = _claims_taken(achieved)
    due = []
    for member_id, achievement in achieved:
        milestone = achievement.milestone
        claim = (member_id if milestone.once_per_member else achievement.run.id, milestone.pk)
        if claim not in taken:
            taken.add(claim)
            due.append(achievement)
    return due


def _claims_taken(achieved: Sequence[tuple[UUID, Achievement]]) -> set[tuple[object, object]]:
    """Return (run, milestone) for the rewards of the runs, and (member, milestone) where one member earns one ever."""
    runs = {achievement.run.id for _member_id, achievement in achieved}
    in_runs = RewardLog.objects.filter(streak_progress__any_of=runs, is_carried_over=False)
    taken: set[tuple[object, object]] = set(in_runs.values_list("streak_progress_id", "milestone_id"))
    once = [(member_id, one.milestone) for member_id, one in achieved if one.milestone.once_per_member]
    if once:
        issued = RewardLog.objects.filter(
            member__any_of={member_id for member_id, _milestone in once},
            streak__in={milestone.streak_id for _member_id, milestone in once},
            milestone__in={milestone.pk for _member_id, milestone in once},
        )
        taken |= set(issued.values_list("member_id", "milestone_id"))
    return taken


def _reward_for(achievement: Achievement, now: datetime) -> RewardLog:
    milestone, log = achievement.milestone, achievement.log
    days = milestone.reward_validity_days
    reward = new_row(
        RewardLog,
        member_id=log.member_id,
        streak_id=log.streak_id,
        milestone_id=milestone.pk,
        streak_progress_id=achievement.run.id,
        streak_log_id=log.id,
        period_key=achievement.period_key,
        coupon_source=milestone.coupon_source,
        reward_issued_at=now,
        reward_expiry_at=None if days is None else now + timedelta(days=days),
        is_once_per_member=milestone.once_per_member,
    )
    reward.milestone = milestone
    return reward


def move_rewards(changes: Mapping[Pair, Changes]) -> None:
    """Put each reward of rearranged runs into the run that it counts for; none is issued or taken away (S21).

    That is the run in which it was earned, as long as that has the value that was rewarded, and otherwise the one to
    which the period of the reward now belongs. A correction gives a reward to another run only until it is undone.
    Where two rewards of a milestone come to lie in one run, both stay: one counts for it, the others are carried over.
    So is one that came by a merge to a run that had not stood at its milestone: it blocks nothing.
    """
    moved = [reward for pair, some in _touched_rewards(changes).items() for reward in _move_within(some, changes[pair])]
    if not moved:
        return
    # First out of the way of the constraint, then to where they belong.
    RewardLog.objects.filter(pk__any_of=[reward.pk for reward in moved]).update(is_carried_over=True)
    RewardLog.objects.bulk_update(moved, PLACE, batch_size=500)


def _touched_rewards(changes: Mapping[Pair, Changes]) -> dict[Pair, list[RewardLog]]:
    """Read the rewards in runs that were rearranged, and those without a run."""
    ids = [run.id for one in changes.values() for run in (*one.runs.runs, *one.runs.deleted)]
    members, streaks = {pair[0] for pair in changes}, {pair[1] for pair in changes}
    touched = Q(streak_progress__any_of=ids) | Q(earned_in_id__any_of=ids) | Q(streak_progress=None)
    rewards = RewardLog.objects.filter(touched, member__any_of=members, streak__any_of=streaks)
    found: dict[Pair, list[RewardLog]] = defaultdict(list)
    for reward in rewards.select_related("milestone").order_by("is_carried_over", "created_at", "pk"):
        pair = reward.member_id, reward.streak_id
        if pair in changes:
            found[pair].append(reward)
    return found


def _move_within(rewards: list[RewardLog], changes: Changes) -> list[RewardLog]:
    """Decide the places of rewards within the runs of one member in one streak; return those whose place changes."""
    runs, before = changes.runs.runs, {reward.pk: _place_now(reward) for reward in rewards}
    ids = {run.id for run in (*runs, *changes.runs.deleted)}
    for reward in rewards:
        reward.earned_in_id = _run_that_earned(reward, changes)
    places = {reward.pk: _place_of(reward, runs, ids, only_corrects=changes.only_corrects) for reward in rewards}
    # A reward that stays where it was earned counts before one that has only come to lie there.
    rewards.sort(key=lambda reward: places[reward.pk] != reward.earned_in_id)
    held: set[tuple[UUID | None, UUID]] = set()
    stood = _highest_before(changes)
    for reward in rewards:
        place = places[reward.pk]
        has_moved = reward.streak_progress_id not in (None, place)
        counts = (
            has_moved or not reward.is_carried_over or stood.get(place, 0) >= reward.milestone.milestone_target_value
        )
        reward.streak_progress_id, earned_in_id = place, reward.earned_in_id
        reward.earned_in_id = None if earned_in_id == place else earned_in_id
        reward.is_carried_over = not counts or (place, reward.milestone_id) in held
        if counts:
            held.add((place, reward.milestone_id))
    return [reward for reward in rewards if _place_now(reward) != before[reward.pk]]


def _place_now(reward: RewardLog) -> tuple[UUID | None, UUID | None, bool]:
    return reward.streak_progress_id, reward.earned_in_id, reward.is_carried_over


def _highest_before(changes: Changes) -> dict[UUID | None, int]:
    """Return the highest value of each run, as it was before the change, by its id."""
    risen = {run.id: before for run, before in changes.runs.grown}
    return {run.id: risen.get(run.id, run.highest_progress_value) for run in changes.runs.runs}


def _run_that_earned(reward: RewardLog, changes: Changes) -> UUID | None:
    """Return the run in which a reward was earned, or the one that it was joined into."""
    earned_in = reward.earned_in_id or reward.streak_progress_id
    gone = next((run for run in changes.runs.deleted if run.id == earned_in), None)
    if gone is None:
        return earned_in
    joined = next((run for run in changes.runs.runs if run.starts_on <= gone.starts_on <= run.ends_on), None)
    return None if joined is None else joined.id


def _place_of(
    reward: RewardLog, runs: Sequence[Run], ids: Collection[UUID | None], *, only_corrects: bool
) -> UUID | None:
    """Return the run in which a reward shall lie; `ids` are those of all runs that are known here, gone ones too."""
    own = next((run for run in runs if run.id == reward.earned_in_id), None)
    stands = own is not None and own.current_progress_value >= reward.milestone.milestone_target_value
    if own is not None and stands and (not only_corrects or own.starts_on <= reward.period_key <= own.ends_on):
        return own.id
    if reward.streak_progress_id is not None and reward.streak_progress_id not in ids:
        return reward.streak_progress_id  # a run that nothing here has touched
    return _run_of_period(runs, reward.period_key)


def _run_of_period(runs: Sequence[Run], key: date) -> UUID | None:
    """Return the run to which a period belongs; a period between runs counts for the next one; None without runs."""
    return next((run.id for run in runs if key <= run.ends_on), runs[-1].id if runs else None)


def join_rewards(merged_id: UUID, into_id: UUID, streak_ids: Collection[UUID], kept: Mapping[UUID, UUID]) -> None:
    """Give the rewards of a member to another one, and let `move_rewards` find the run of each by its period (S60).

    `kept` has, for each log that goes, the one that stays with its identifier.
    """
    of_streaks = RewardLog.objects.filter(streak__in=streak_ids)
    merged = of_streaks.filter(member=merged_id)
    for set_aside_id, kept_id in kept.items():
        of_streaks.filter(streak_log=set_aside_id).update(streak_log=kept_id)
    # Both keep what they have; that a member earns it once holds for what is issued from now on.
    once = of_streaks.filter(member=into_id, is_once_per_member=True).values_list("milestone_id", flat=True)
    merged.filter(milestone__in=list(once)).update(is_once_per_member=False)
    merged.update(member=into_id)
    of_streaks.filter(member=into_id).update(streak_progress=None, earned_in_id=None, is_carried_over=True)
