"""Rewards stay with the run that earned them, whatever corrections and moved logs do to the runs (S21)."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gamopanda.api.models import Status
from rewards.coupons import upload_codes
from rewards.models import RewardLog
from streaks.models import StreakProgress
from streaks.progress import service
from streaks.tests.calling import make_member, make_milestone
from streaks.tests.recording_cases import NOW, Case, make_case

pytestmark = pytest.mark.django_db


def test_the_logs_of_one_member_given_to_another_can_be_derived_anew_S21() -> None:
    case = make_case()
    make_milestone(case.streak, 1)
    other = make_member("other")
    case.record_days(1, 2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE streaks_streaklog SET member_id = %s", [other.pk.hex if is_sqlite() else other.pk])
    service.rederive([case.member.pk, other.pk], now=NOW)
    connection.check_constraints()
    (reward,) = RewardLog.objects.all()
    assert (reward.member_id, reward.streak_progress_id) == (case.member.pk, None)
    assert case.runs() == []
    assert Case(other, case.streak).runs() == [("broken", 2, 1, 3)]
    with connection.cursor() as cursor:
        mine = case.member.pk.hex if is_sqlite() else case.member.pk
        cursor.execute("UPDATE streaks_streaklog SET member_id = %s", [mine])
    service.rederive([case.member.pk, other.pk], now=NOW)
    connection.check_constraints()
    assert RewardLog.objects.get().streak_progress_id == StreakProgress.objects.get().pk


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def test_a_correction_that_is_undone_costs_a_later_run_no_reward_S21_F27() -> None:
    case = make_case(completion_target_value=2)
    make_milestone(case.streak, 2)
    case.record_days(21, 22, 20)
    case.record(20, -1, hours=1)
    case.record(20, 1, hours=2)
    case.record_days(23)
    assert case.runs() == [("completed", 2, 20, 21), ("completed", 2, 22, 23)]
    assert set(RewardLog.objects.values_list("streak_progress_id", "is_carried_over")) == {
        (pk, False) for pk in case.run_ids()
    }


# A log: a day in March, and whether a correction of that day and its undoing follow at once.
STORIES = st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=3, max_size=14)
SOURCES = ("generated", "fixed", "pool", "external")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    story=STORIES, completion=st.sampled_from((1, 2, 3, 9)), source=st.sampled_from(SOURCES), publishes=st.booleans()
)
@example(story=[(5, False), (6, False), (4, True), (7, False)], completion=2, source="pool", publishes=False)
def test_any_corrections_that_are_undone_leave_the_rewards_as_they_would_be_without_S21(
    story: list[tuple[int, bool]], completion: int, source: str, publishes: bool
) -> None:
    assert rewards_of(story, completion, source, publishes=publishes, corrects=True) == rewards_of(
        story, completion, source, publishes=publishes, corrects=False
    )


def rewards_of(story: list[tuple[int, bool]], completion: int, source: str, *, publishes: bool, corrects: bool) -> Any:
    """Play a story and return what was earned in which run; half-way a milestone goes live."""
    with transaction.atomic():
        case = make_case(completion_target_value=completion)
        code = {"coupon_code": "SAME"} if source == "fixed" else {}
        targets = [target for target in (1, 2, 3) if target <= completion]
        milestones = [
            make_milestone(case.streak, target, coupon_source=source, once_per_member=is_once, **code)
            for target in targets
            for is_once in (False, True)
        ]
        later = make_milestone(case.streak, targets[-1], status=Status.PAUSED)
        for milestone in milestones if source == "pool" else ():
            upload_codes(milestone, [f"{milestone.pk}-{number}" for number in range(3)], now=NOW)
        for number, (day, is_corrected) in enumerate(story):
            if publishes and number == len(story) // 2:
                later.status = Status.LIVE
                later.save()
            case.record(day, now=NOW)
            if corrects and is_corrected:
                case.record(day, -30, hours=1, now=NOW)
                case.record(day, 30, hours=2, now=NOW)
        assert service.check([case.member.pk], now=NOW) == []
        order = {milestone.pk: number for number, milestone in enumerate([*milestones, later])}
        rewards = RewardLog.objects.values_list(
            "milestone_id", "streak_progress__starts_on", "streak_progress__ends_on", "is_carried_over", "period_key"
        )
        found = sorted((order[pk], *rest) for pk, *rest in rewards)
        transaction.set_rollback(True)
    return found


def test_a_reward_stays_in_a_run_that_the_change_does_not_touch_S21() -> None:
    case = make_case(completion_target_value=4)
    make_milestone(case.streak, 2)
    case.record_days(3, 4)
    case.record(3, -50, hours=1)
    case.record(2, 25)
    case.record(2, 25, hours=1)
    assert case.runs() == [("broken", 1, 2, 3), ("broken", 1, 4, 5)]
    reward = RewardLog.objects.select_related("streak_progress").get()
    assert reward.streak_progress.starts_on.day == 4
    connection.check_constraints()


def test_a_reward_costs_the_same_however_many_the_member_has_S21() -> None:
    case = make_case(completion_target_value=1)
    make_milestone(case.streak, 1)
    case.record_days(*range(1, 20))
    with CaptureQueriesContext(connection) as captured:
        case.record(20)
    (asked,) = [one["sql"] for one in captured if one["sql"].startswith("SELECT") and "rewards_rewardlog" in one["sql"]]
    assert "streak_progress_id" in asked.partition("WHERE")[2]
    assert len(case.rewards()) == 20


def test_rebuilding_many_members_asks_as_often_as_rebuilding_two_and_moves_each_reward_S21() -> None:
    case = make_case()
    make_milestone(case.streak, 1)
    cases = [case, *(Case(make_member(f"member {number}"), case.streak) for number in range(5))]
    for one in cases:
        one.record_days(1, 2)
    stored = sorted(RewardLog.objects.values_list("member", "period_key", "is_carried_over"))
    ids = [one.member.pk for one in cases]

    def asked_for(members: list[Any]) -> int:
        StreakProgress.objects.filter(member__in=members).delete()
        with CaptureQueriesContext(connection) as captured:
            service.rederive(members, now=NOW)
        return len(captured)

    RewardLog.objects.update(streak_progress=None)
    assert asked_for(ids[:2]) == asked_for(ids[2:])
    runs = dict(StreakProgress.objects.values_list("member", "pk"))
    assert len(runs) == 6
    rewards = RewardLog.objects.values_list("member", "streak_progress")
    assert dict(rewards) == runs
    assert sorted(RewardLog.objects.values_list("member", "period_key", "is_carried_over")) == stored
