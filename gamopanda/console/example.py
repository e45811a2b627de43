"""A member who does not exist, in each state of a streak: the programme as the display would get it (S30–S34)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from gamopanda.widget.display import widget_display
from rewards.api.programme import Earned, Programme, ProgrammeStreak, milestone_progress_of
from rewards.models import RewardLog
from streaks.core.aggregation import needs_value
from streaks.models import Milestone, RunStatus, Streak, StreakProgress, TaskProgress
from streaks.presenters.display import SAMPLE_FIRST_NAME
from streaks.presenters.protection import read_protection

# Codes and people in examples; the same every time, so that nothing flickers while one types.
SAMPLE_CODE = "7KQ2MW9XFH4T"
MEMBER = UUID("00000000-0000-7000-8000-000000000001")
RUN = UUID("00000000-0000-7000-8000-000000000002")
# 29.50 of 50, as on the product page.
SHARE_DONE = Decimal("0.59")
PERIODS_DONE = 3


class State(models.TextChoices):
    """The states of a member in a streak."""

    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    PERIOD_DONE = "period_done", _("Period done")
    MILESTONE = "milestone", _("Milestone reached")
    FREEZE_USED = "freeze_used", _("Freeze used")
    COMPLETED = "completed", _("Completed")
    BROKEN = "broken", _("Broken")


@dataclass(frozen=True, slots=True)
class Progress:
    """Completed periods, the total of the current one, and the status of the run; None before the first.

    A freeze has saved the period before the current one where it `has_used_freeze`.
    """

    value: int
    total: Decimal
    status: RunStatus | None
    has_used_freeze: bool = False


def example_progress(state: State, streak: Streak, targets: Sequence[int]) -> Progress | None:
    """Return an example of a state, for milestones at `targets`; None where the rules leave no room for it."""
    target, last = streak.aggregation_target_value, streak.completion_target_value
    if state is State.NOT_STARTED:
        return Progress(0, Decimal(0), None)
    if state is State.COMPLETED:
        return Progress(last, target, RunStatus.COMPLETED)
    if state is State.BROKEN:
        return Progress(min(PERIODS_DONE, last - 1), Decimal(0), RunStatus.BROKEN)
    if state is State.FREEZE_USED:
        value = max(PERIODS_DONE, streak.freeze_minimum_value)
        is_possible = streak.freeze_max_count > 0 and value < last
        return Progress(value, _part_of(streak), RunStatus.IN_PROGRESS, has_used_freeze=True) if is_possible else None
    if state is State.IN_PROGRESS:
        return Progress(min(PERIODS_DONE, last - 1), _part_of(streak), RunStatus.IN_PROGRESS)
    is_milestone = state is State.MILESTONE
    values = [value for value in range(1, min(last, 1000)) if (value in targets) is is_milestone]
    value = min(values, key=lambda one: abs(one - PERIODS_DONE - 1), default=None)
    return None if value is None else Progress(value, target, RunStatus.IN_PROGRESS)


def _part_of(streak: Streak) -> Decimal:
    """Return a total on the way to the target."""
    target: Decimal = streak.aggregation_target_value
    if not needs_value(streak.aggregation_method):
        return Decimal(int(target) // 2)
    return (target * SHARE_DONE).quantize(Decimal("0.01"))


def example_programme(
    streak: Any, milestones: Sequence[Milestone], progress: Progress, *, now: datetime, language: str
) -> Programme:
    """Return what the member in this progress is shown of a streak, saved or not; reads and stores nothing of theirs.

    The streak is shown as if it were live; of the milestones only the live ones are.
    """
    # What the rest of the product reads off a streak that came from the database.
    streak.paused_at = None
    streak.live_milestones = [one for one in milestones if one.status == Status.LIVE]
    run = None if progress.status is None else _run(streak, progress, progress.status, now)
    rewards = [] if run is None else _rewards(streak, run, now)
    earned: Earned = defaultdict(list)
    for reward in rewards:
        earned[reward.milestone_id].append(reward)
    total = TaskProgress(total=progress.total) if progress.total else None
    ladder = milestone_progress_of(streak, run, earned)
    entry = ProgrammeStreak(streak, streak.calendar, run, total, ladder, now, language, SAMPLE_FIRST_NAME)
    return Programme(language, [entry], rewards[::-1], widget_display(language))


def _run(streak: Streak, progress: Progress, status: RunStatus, now: datetime) -> StreakProgress:
    calendar = streak.calendar
    key, value = calendar.key_of(now), progress.value
    last = calendar.key_of(calendar.starts_at(key) - timedelta(seconds=1))
    is_completed, is_broken = status is RunStatus.COMPLETED, status is RunStatus.BROKEN
    deadline = calendar.starts_at(key) if is_broken else calendar.ends_at(key)
    run: Any = StreakProgress(
        pk=RUN,
        member=Member(pk=MEMBER),
        streak=streak,
        stored_status=status,
        current_progress_value=value,
        streak_started_at=now - timedelta(days=value + 1),
        streak_completed_at=now if is_completed else None,
        breaks_at=None if is_completed else deadline,
        starts_on=key,
        ends_on=key,
        frozen_periods=[last.isoformat()] if progress.has_used_freeze else None,
    )
    run.rules = streak.rules_with([])
    run.created_at = run.updated_at = now
    run.status = status
    run.broken_at = deadline if is_broken else None
    run.due_at = None if is_completed or is_broken else deadline
    read_protection([run], now)
    return run  # type: ignore[no-any-return]


def _rewards(streak: Any, run: StreakProgress, now: datetime) -> list[RewardLog]:
    reached = [one for one in streak.milestones_to_reach() if one.milestone_target_value <= run.current_progress_value]
    return [_reward(milestone, run, now) for milestone in reached]


def _reward(milestone: Milestone, run: StreakProgress, now: datetime) -> RewardLog:
    days = milestone.reward_validity_days
    reward: Any = RewardLog(
        pk=UUID(int=milestone.milestone_target_value),
        member=run.member,
        streak_id=run.streak_id,
        milestone=milestone,
        streak_progress=run,
        period_key=run.streak.calendar.key_of(now),
        coupon_source=milestone.coupon_source,
        coupon_code=_code(milestone),
        reward_issued_at=now,
        reward_expiry_at=None if days is None else now + timedelta(days=days),
    )
    reward.created_at = reward.updated_at = now
    reward.status, reward.pending_reason = reward.status_at(now), reward.pending_reason_at(now)
    return reward  # type: ignore[no-any-return]


def _code(milestone: Milestone) -> str | None:
    source = Milestone.CouponSource
    samples = {
        source.GENERATED: f"{milestone.coupon_prefix}{SAMPLE_CODE}",
        source.FIXED: milestone.coupon_code or None,
        source.POOL: SAMPLE_CODE,
        source.EXTERNAL: None,
        source.NONE: None,
    }
    return samples[source(milestone.coupon_source)]
