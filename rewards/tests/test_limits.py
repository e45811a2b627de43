"""How many rewards a milestone gives in all, and what becomes of those beyond (S59)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from rewards.coupons import upload_codes
from rewards.issuing import limits
from rewards.models import RewardCount, RewardLog
from streaks.models import Milestone, Streak
from streaks.progress.service import record_logs
from streaks.tests.calling import Caller, admin, end_user, log_body, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case, make_case, noon

pytestmark = pytest.mark.django_db

OnCommit = Callable[..., Any]


def limited(limit: int | None, **fields: Any) -> tuple[Case, Milestone]:
    """A member, in a streak whose first day has a reward."""
    case = make_case()
    return case, make_milestone(case.streak, 1, reward_limit=limit, **fields)


def places() -> list[tuple[int, bool, str | None]]:
    """The rewards in order: the day of the period, whether it has a code, and why it has none."""
    rewards = RewardLog.objects.with_status(NOW).oldest_first()
    return [(one.period_key.day, one.coupon_code is not None, one.pending_reason) for one in rewards]


def counted() -> tuple[int | None, int, int]:
    (count,) = RewardCount.objects.values_list("limit", "issued", "owed")
    return count


def raise_to(milestone: Milestone, limit: int | None, on_commit: OnCommit) -> None:
    milestone.reward_limit = limit
    with on_commit(execute=True):
        milestone.save()


def test_rewards_beyond_the_limit_wait_and_follow_oldest_first_when_it_is_raised_S59(
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    case, milestone = limited(2)
    case.record_days(1, 3, 5, 7, 9)
    waiting = (False, "limit_reached")
    assert places() == [(1, True, None), (3, True, None), (5, *waiting), (7, *waiting), (9, *waiting)]
    assert counted() == (2, 2, 0)
    raise_to(milestone, 4, django_capture_on_commit_callbacks)
    assert places() == [*((day, True, None) for day in (1, 3, 5, 7)), (9, *waiting)]
    assert counted() == (4, 4, 0)
    raise_to(milestone, None, django_capture_on_commit_callbacks)
    assert [has_code for _, has_code, _ in places()] == [True] * 5


def test_a_batch_fills_the_last_places_in_order_S59() -> None:
    case, _ = limited(3)
    case.record(1)
    record_logs([case.log(day) for day in (3, 5, 7, 9)], now=noon(9))
    assert counted() == (3, 3, 0)
    assert RewardLog.objects.filter(is_beyond_limit=True).count() == 2


def test_rewards_before_the_limit_count_too_S59(django_capture_on_commit_callbacks: OnCommit) -> None:
    case, milestone = limited(None)
    case.record_days(1, 3)
    assert not RewardCount.objects.exists()
    raise_to(milestone, 3, django_capture_on_commit_callbacks)
    case.record_days(5, 7)
    assert [reason for _, _, reason in places()] == [None, None, None, "limit_reached"]
    raise_to(milestone, None, django_capture_on_commit_callbacks)
    case.record(9)
    raise_to(milestone, 5, django_capture_on_commit_callbacks)
    case.record(11)
    assert [reason for _, _, reason in places()] == [None] * 5 + ["limit_reached"]
    assert counted() == (5, 5, 0)


def test_a_lower_limit_takes_nothing_back_S59(django_capture_on_commit_callbacks: OnCommit) -> None:
    case, milestone = limited(3)
    case.record_days(1, 3)
    raise_to(milestone, 1, django_capture_on_commit_callbacks)
    case.record(5)
    assert [reason for _, _, reason in places()] == [None, None, "limit_reached"]
    raise_to(milestone, 2, django_capture_on_commit_callbacks)
    assert [reason for _, _, reason in places()] == [None, None, "limit_reached"]


def test_a_limit_and_an_empty_pool_are_told_apart_S23_S59(django_capture_on_commit_callbacks: OnCommit) -> None:
    case, milestone = limited(2, coupon_source="pool")
    upload_codes(milestone, ["A"], now=NOW)
    case.record_days(1, 3, 5)
    assert [reason for _, _, reason in places()] == [None, "no_code", "limit_reached"]
    assert upload_codes(milestone, ["B", "C"], now=NOW) == (2, [])
    assert [reason for _, _, reason in places()] == [None, None, "limit_reached"]
    raise_to(milestone, 3, django_capture_on_commit_callbacks)
    assert list(RewardLog.objects.oldest_first().values_list("coupon_code", flat=True)) == ["A", "B", "C"]
    assert milestone.pool_codes.filter(reward_log=None).count() == 0


def test_new_rewards_queue_behind_those_that_are_owed_a_place_S59(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that raised the limit is killed before it has given out what it owes."""
    case, milestone = limited(1)
    case.record_days(1, 3, 5, 7)
    milestone.reward_limit = 3
    milestone.save()
    assert counted() == (3, 3, 2)
    case.record(9)
    assert [reason for _, _, reason in places()] == [None] + ["limit_reached"] * 4
    monkeypatch.setattr(limits, "BATCH", 1)
    call_command("issue_rewards")
    assert [reason for _, _, reason in places()] == [None] * 3 + ["limit_reached"] * 2
    assert counted() == (3, 3, 0)


def test_a_milestone_without_a_limit_costs_nothing_S59(django_assert_num_queries: Any) -> None:
    case, milestone = limited(None)
    case.record(1)
    reward = RewardLog.objects.select_related("milestone").get()
    with django_assert_num_queries(0):
        limits.hold_back([reward])
    milestone.reward_limit = 5
    milestone.save()
    case.record(3)
    reward.milestone.reward_limit = 5
    with django_assert_num_queries(1):
        limits.hold_back([reward])
    assert counted() == (5, 3, 0)


# --- on the wire -----------------------------------------------------------------------------------------------------


def posted(caller: Caller, streak: Streak, *days: int) -> list[Any]:
    bodies = [log_body(streak, day=day, of=f"member {day}") for day in days]
    return [caller.post("streak_log/record", body).data["achievedMilestoneRewardLog"] for body in bodies]


def test_the_api_sets_the_limit_and_says_why_a_reward_is_pending_S59(
    time_machine: Any, django_capture_on_commit_callbacks: OnCommit
) -> None:
    time_machine.move_to("2026-03-20T12:00:00Z", tick=False)
    caller, streak = admin(), make_streak()
    body = {"linkedSchemaRecordId": str(streak.pk), "name": "First", "milestoneTargetValue": 1, "status": "live"}
    milestone = caller.post("milestone/record", {**body, "rewardLimit": 1}).data
    assert milestone["rewardLimit"] == 1
    first, second = posted(caller, streak, 1, 2)
    assert (first["rewardStatus"], first["pendingReason"]) == ("issued", None)
    assert (second["rewardStatus"], second["pendingReason"], second["couponCode"]) == ("pending", "limit_reached", None)
    assert caller.get("reward_log/record", pendingReason="limit_reached").ids == [second["id"]]
    condition = {"fieldSlug": "pendingReason", "operator": "eq", "value": "limit_reached"}
    assert caller.get("reward_log/record", filters=condition).ids == [second["id"]]
    assert end_user("member 2").get("reward_log/record").data[0]["pendingReason"] == "limit_reached"
    refused = caller.patch(f"reward_log/record/{second['id']}", {"couponCode": "MINE"})
    assert refused.details() == [("couponCode", "limit_reached")]
    assert RewardLog.objects.get(pk=second["id"]).coupon_code is None
    with django_capture_on_commit_callbacks(execute=True):
        assert caller.patch(f"milestone/record/{milestone['id']}", {"rewardLimit": 2}).data["rewardLimit"] == 2
    raised = caller.get(f"reward_log/record/{second['id']}").data
    assert (raised["rewardStatus"], raised["pendingReason"]) == ("issued", None)
    assert raised["couponCode"]


@pytest.mark.parametrize(
    ("value", "code"), [(0, "min_value"), (-1, "min_value"), (2.5, "invalid"), (10**9 + 1, "max_value")]
)
def test_a_limit_that_is_none_is_refused_and_changes_nothing_S59(value: Any, code: str) -> None:
    _, milestone = limited(3)
    refused = admin().patch(f"milestone/record/{milestone.pk}", {"rewardLimit": value})
    assert refused.details() == [("rewardLimit", code)]
    assert Milestone.objects.get().reward_limit == 3
