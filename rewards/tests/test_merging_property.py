"""Merges of any two members against what one member with the logs of both has (S60)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from os import environ
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamopanda.accounts.merging import merge_members
from gamopanda.accounts.models import Member
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress import service
from streaks.tests.calling import make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 16, 18, tzinfo=UTC)
FIRST = datetime(2026, 3, 2, 12, tzinfo=UTC)
# Day, identifier, and what was bought; some are refunds, and some identifiers come twice.
ACTIVITY = st.tuples(st.integers(0, 14), st.integers(0, 30), st.sampled_from([50, 50, 50, 50, 20, 30, -30]))
HISTORY = st.lists(ACTIVITY, max_size=14)
Activity = tuple[int, int, int]


def record(streak: Streak, member: Member, activities: list[Activity]) -> None:
    logs = [
        StreakLog(
            member=member,
            streak=streak,
            activity_at=FIRST + timedelta(days=day),
            activity_id="made_a_purchase",
            unique_identifier=f"order-{number}",
            activity_value=Decimal(value),
        )
        for day, number, value in activities
    ]
    service.record_logs(logs, now=NOW)


def progress_of(member: Member) -> tuple[list[Any], list[Any]]:
    """Totals and runs, without what a member of its own makes different."""
    totals = TaskProgress.objects.filter(member=member).order_by("period_key")
    runs = StreakProgress.objects.filter(member=member).order_by("starts_on")
    names = ("starts_on", "ends_on", "current_progress_value", "streak_started_at", "streak_completed_at", "breaks_at")
    return (
        list(totals.values_list("period_key", "total", "log_count", "first_activity_at", "completed_at")),
        list(runs.values_list(*names, "stored_status")),
    )


def union_of(ann: Member, device: Member) -> list[Activity]:
    """The logs of both, of each identifier the one recorded first."""
    logs = StreakLog.objects.filter(member__in=[ann, device]).order_by("created_at", "pk")
    first: dict[str, StreakLog] = {}
    for log in logs:
        first.setdefault(log.unique_identifier, log)
    return [
        ((log.activity_at - FIRST).days, int(log.unique_identifier.removeprefix("order-")), int(log.activity_value))
        for log in first.values()
    ]


def check_rewards(ann: Member, streak: Streak, before: dict[Any, Any], peaks: list[tuple[Any, int]]) -> None:
    """All rewards of both are there, each in the run of its period, and what runs rose to was issued once.

    A reward in a run that never stood at its milestone does not count for it, and so blocks nothing (S21).
    """
    runs = list(StreakProgress.objects.filter(member=ann).order_by("starts_on"))
    rewards = list(RewardLog.objects.select_related("milestone").filter(member=ann))
    assert {pk: code for pk, code in before.items() if pk not in {one.pk for one in rewards}} == {}
    assert {one.pk: one.coupon_code for one in rewards if one.pk in before} == before
    by_id = {run.pk: run for run in runs}
    for reward in rewards:
        run = by_id[reward.streak_progress_id]
        until = next((one.ends_on for one in runs if reward.period_key <= one.ends_on), runs[-1].ends_on)
        assert run.ends_on == until
    for run in runs:
        highest = max((peak for starts_on, peak in peaks if run.starts_on <= starts_on <= run.ends_on), default=0)
        for target in (1, 3, 5):
            issued = [
                one
                for one in rewards
                if one.streak_progress_id == run.pk and one.milestone.milestone_target_value == target
            ]
            new = [one for one in issued if one.pk not in before]
            counting = [one for one in issued if not one.is_carried_over]
            assert len(new) == (run.current_progress_value >= target > highest), (run.starts_on, target)
            assert len(counting) <= (run.highest_progress_value >= target)
            assert not new or counting == new


@settings(
    max_examples=int(environ.get("MERGES", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=HISTORY, other=HISTORY, completion=st.sampled_from([3, 5, 7]), turned=st.booleans())
def test_s60_a_merge_agrees_with_one_member_who_has_the_logs_of_both(
    history: list[Activity], other: list[Activity], completion: int, turned: bool
) -> None:
    # Undone each time: what recording reads of all live streaks would grow with every example.
    with time_machine.travel(NOW, tick=True), transaction.atomic():
        streak = make_streak(completion_target_value=completion, aggregation_target_value=Decimal(50))
        for target in (1, 3, 5):
            if target <= completion:
                make_milestone(streak, target)
        ann, device = make_member(f"ann {streak.pk}"), make_member(f"device {streak.pk}")
        one_after_the_other = ((ann, history), (device, other))
        for member, activities in reversed(one_after_the_other) if turned else one_after_the_other:
            record(streak, member, activities)
        union = union_of(ann, device)
        before = dict(RewardLog.objects.filter(streak=streak).values_list("pk", "coupon_code"))
        peaks = list(StreakProgress.objects.filter(streak=streak).values_list("starts_on", "highest_progress_value"))
        merge_members(device.pk, ann.pk, author="a test", now=NOW)
        alone = make_member(f"alone {streak.pk}")
        record(streak, alone, union)
        assert progress_of(ann) == progress_of(alone)
        assert service.check([ann.pk], now=NOW) == []
        assert not StreakProgress.objects.filter(member=device).exists()
        check_rewards(ann, streak, before, peaks)
        transaction.set_rollback(True)
