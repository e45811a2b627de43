"""Rewards for members who stand at a milestone, or past it, when it goes live (S20).

By itself a milestone rewards those who rise to it while it is live. A request for the others is stored, and then
applied member by member, under their locks, in batches that can be killed and resumed.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from gamopanda.admin.audit import record_change
from gamopanda.api.models import Status
from rewards.models import PastRewards, RewardLog
from rewards.signals import tell_issued
from streaks.core.milestones import Achievement
from streaks.core.runs import Run, RunStatus
from streaks.models import Milestone, StreakLog, StreakProgress, TaskProgress
from streaks.progress.deriving import Impact, describe_impact
from streaks.progress.signals import tell_reached
from streaks.progress.store.columns import RUN_FIELDS, values_of
from streaks.progress.store.orm import lock_members, share_streaks

BATCH = 500
"""How many members are locked at once."""
AT_ONCE = 1000
"""About so many members are rewarded by the call that asks for it; the rest by the command `issue_rewards`."""


def runs_to_reward(milestone: Milestone, at: datetime) -> "QuerySet[Any]":
    """Return the runs of live members that were in progress at an instant, stand high enough, and have no reward."""
    alive = Q(status=RunStatus.IN_PROGRESS)
    broken_since = Q(stored_status=RunStatus.BROKEN, breaks_at__gt=at)
    completed_since = Q(stored_status=RunStatus.COMPLETED, updated_at__gte=at)
    rewards = RewardLog.objects.filter(milestone=milestone.pk)
    if milestone.once_per_member:
        rewarded = rewards.filter(member=OuterRef("member"))
    else:
        rewarded = rewards.filter(member=OuterRef("member"), streak_progress=OuterRef("pk"), is_carried_over=False)
    return StreakProgress.objects.by_status(at).filter(
        alive | broken_since | completed_since,
        ~Exists(rewarded),
        streak=milestone.streak_id,
        member__status=Status.LIVE,
        current_progress_value__gte=milestone.milestone_target_value,
    )


def describe_past_rewards(milestone: Milestone, *, now: datetime, is_wanted: bool = True) -> dict[str, Any]:
    """Return, as the wire has it, what it would mean to reward those who stand at a milestone now (S42)."""
    members = runs_to_reward(milestone, now).count() if is_wanted else 0
    return describe_impact(Impact(members=members, rewards=Counter({milestone.pk: members} if members else {})))


@transaction.atomic
def request_past_rewards(milestone: Milestone, *, now: datetime) -> None:
    """Store the wish to reward those who stand at a milestone now, and begin once the transaction is through."""
    request = PastRewards.objects.create(milestone=milestone, requested_at=now)
    record_change(milestone, past_rewarded=(None, now))
    transaction.on_commit(lambda: issue_past_rewards(request.pk, now=now, at_most=AT_ONCE))


def issue_past_rewards(request_id: int, *, now: datetime, at_most: int | None = None) -> int:
    """Issue what was requested, in batches; return for how many members.

    Stops after about `at_most` of them, and goes on from there the next time.
    """
    done = 0
    while (at_most is None or done < at_most) and (issued := _issue_batch(request_id, now)) is not None:
        done += issued
    return done


def issue_all_past_rewards(*, now: datetime) -> int:
    """Go on with all requests that are not finished; return how many members are rewarded."""
    unfinished = PastRewards.objects.filter(finished_at=None).values_list("pk", flat=True)
    return sum(issue_past_rewards(request_id, now=now) for request_id in list(unfinished))


@transaction.atomic
def _issue_batch(request_id: int, now: datetime) -> int | None:
    """Reward the next members and return how many; None when all have had their turn."""
    unfinished = PastRewards.objects.select_for_update(of=("self",)).filter(pk=request_id, finished_at=None)
    request = unfinished.select_related("milestone").first()
    if request is None:
        return None
    runs = runs_to_reward(request.milestone, request.requested_at).order_by("member_id")
    if request.applied_through is not None:
        runs = runs.filter(member__gt=request.applied_through)
    ids = list(runs.values_list("member_id", flat=True)[:BATCH])
    achievements = _find_achievements(request, ids)
    if achievements:
        tell_issued(tell_reached(achievements, now=now), now=now)
    progress = {"applied_through": ids[-1]} if ids else {"finished_at": now}
    changed = PastRewards.objects.filter(pk=request.pk)
    changed.update(**progress, rewarded_members=F("rewarded_members") + len(achievements))
    return len(achievements) if ids else None


def _find_achievements(request: PastRewards, member_ids: Collection[UUID]) -> list[Achievement]:
    """Lock members and return what they are rewarded for: each with the last log of the period that reached it."""
    lock_members(member_ids)
    share_streaks([request.milestone.streak_id])
    milestone = Milestone.objects.visible().filter(pk=request.milestone_id, status=Status.LIVE).first()
    if milestone is None:
        return []
    runs = runs_to_reward(milestone, request.requested_at).filter(member__any_of=member_ids)
    found = list(_with_log(runs, milestone.milestone_target_value))
    logs = StreakLog.objects.in_bulk([run.log_id for run in found])
    return [
        Achievement(milestone, Run(**values_of(run, RUN_FIELDS)), logs[run.log_id], run.reached_on) for run in found
    ]


def _with_log(runs: "QuerySet[Any]", target: int) -> "QuerySet[Any]":
    """Annotate runs with the period in which they reached a value, and with the last log of it."""
    same = {"member": OuterRef("member"), "streak": OuterRef("streak")}
    complete = TaskProgress.objects.filter(**same, period_key__gte=OuterRef("starts_on"), completed_at__isnull=False)
    nth = complete.order_by("period_key").values("period_key")[target - 1 : target]
    logs = StreakLog.objects.filter(**same, period_key=OuterRef("reached_on")).order_by("-activity_at", "-pk")
    reached = runs.annotate(reached_on=Subquery(nth))
    found: QuerySet[Any] = reached.annotate(log_id=Subquery(logs.values("pk")[:1]))
    return found
