"""What rewards do when the streaks tell them something, inside its transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from rewards.coupons import lock_pools
from rewards.issuing import due_among, issue_rewards, join_rewards, move_rewards
from rewards.issuing.freezes import give_freezes_with
from rewards.issuing.limits import AT_ONCE, apply_limit, give_out_owed, owes
from rewards.models import RewardLog
from rewards.results import count_rewards
from streaks.core.advance import Changes, Pair
from streaks.core.milestones import Achievement
from streaks.models import Milestone
from streaks.progress.signals import (
    histories_joined,
    milestones_counted,
    milestones_reached,
    results_counted,
    runs_rearranged,
)


@receiver(milestones_reached, dispatch_uid="rewards.issue")
def issue_for_milestones(achievements: Sequence[Achievement], now: datetime, **_kwargs: Any) -> list[RewardLog]:
    """Issue a reward for each milestone reached, with the freezes that it gives (S22, S47), and tell which."""
    rewards = issue_rewards(achievements, now=now)
    give_freezes_with(rewards, now=now)
    return rewards


@receiver(milestones_counted, dispatch_uid="rewards.count_due")
def count_for_milestones(achieved: Sequence[tuple[UUID, Achievement]], **_kwargs: Any) -> list[Achievement]:
    """Tell for which milestones a reward would be issued (S42)."""
    return due_among(achieved)


@receiver(runs_rearranged, dispatch_uid="rewards.move")
def move_with_runs(changes: Mapping[Pair, Changes], streak_ids: Collection[UUID], **_kwargs: Any) -> None:
    """Keep rewards with the run in which they were earned (S21)."""
    lock_pools(streak_ids)
    move_rewards(changes)


@receiver(histories_joined, dispatch_uid="rewards.join")
def join_with_histories(
    merged_id: UUID, into_id: UUID, streak_ids: Collection[UUID], kept: Mapping[UUID, UUID], **_kwargs: Any
) -> None:
    """Give the rewards of a merged member to the present one (S60)."""
    lock_pools(streak_ids)
    join_rewards(merged_id, into_id, streak_ids, kept)


@receiver(results_counted, dispatch_uid="rewards.count")
def count_along(now: datetime, **_kwargs: Any) -> None:
    """Count rewards whenever the runs are counted."""
    count_rewards(now=now)


@receiver(post_save, sender=Milestone, dispatch_uid="rewards.apply_limit")
def apply_saved_limit(instance: Milestone, raw: bool, **_kwargs: Any) -> None:
    """Let the rewards that wait follow when the limit is raised (S59)."""
    if not raw:
        apply_limit(instance.pk)
        if owes(instance.pk):
            transaction.on_commit(lambda: give_out_owed(instance.pk, now=timezone.now(), at_most=AT_ONCE))
