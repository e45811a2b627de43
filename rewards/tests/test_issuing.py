"""Rewards, rule by rule: when they are issued, with which code, and that none is lost, doubled or taken away."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from gamopanda.api.models import Status
from rewards.coupon_sources import ALPHABET, CODE_LENGTH
from rewards.coupons import upload_codes
from rewards.models import PoolCode, RewardLog
from streaks.models import Milestone, StreakLog
from streaks.progress import service
from streaks.progress.service import record_logs
from streaks.progress.signals import milestones_reached
from streaks.tests.calling import make_member, make_milestone
from streaks.tests.recording_cases import NOW, Case, make_case, march, noon

pytestmark = pytest.mark.django_db


def case_with_milestones(*targets: int, **fields: Any) -> Case:
    """A member in a streak with live milestones."""
    case = make_case()
    for target in targets:
        make_milestone(case.streak, target, **fields)
    return case


def test_a_milestone_is_reached_when_the_value_rises_to_it_S20() -> None:
    case = case_with_milestones(3)
    case.record_days(1, 2)
    assert case.rewards() == []
    result = case.record(3)
    assert case.rewards() == [(3, 3)]
    reward = RewardLog.objects.get()
    assert result.run is not None
    assert (reward.streak_progress_id, reward.streak_log_id) == (result.run.pk, result.log.pk)
    assert (reward.period_key, reward.reward_issued_at, reward.reward_expiry_at) == (march(3), noon(3), None)


def test_more_activity_in_the_same_period_issues_nothing_S21() -> None:
    case = case_with_milestones(1)
    case.record_days(1, 1, 1)
    assert case.rewards() == [(1, 1)]


def test_a_late_log_that_joins_two_runs_reaches_every_milestone_it_jumps_S20_F38() -> None:
    case = case_with_milestones(4, 5)
    case.record_days(1, 2, 4, 5)
    assert case.rewards() == []
    case.record(3)
    assert case.rewards() == [(4, 3), (5, 3)]


def test_what_a_joined_run_had_reached_is_not_reached_again_S20_S21() -> None:
    case = case_with_milestones(2, 5)
    case.record_days(1, 2, 4, 5)
    assert case.rewards() == [(2, 2), (2, 5)]
    case.record(3)
    assert case.rewards() == [(2, 2), (2, 5), (5, 3)]
    (run,) = case.run_ids()
    assert set(RewardLog.objects.values_list("streak_progress_id", flat=True)) == {run}
    assert list(RewardLog.objects.order_by("pk").values_list("is_carried_over", flat=True)) == [False, True, False]


def test_a_refund_takes_no_reward_away_and_its_return_issues_none_S9_S21_F27() -> None:
    case = case_with_milestones(1, 3)
    case.record_days(1, 2, 3)
    issued = list(RewardLog.objects.order_by("pk").values("id", "coupon_code"))
    case.record(3, -10, hours=1)
    case.record(3, 10, hours=2)
    assert list(RewardLog.objects.order_by("pk").values("id", "coupon_code")) == issued


def test_refunds_cannot_farm_the_last_reward_S21_F27() -> None:
    case = case_with_milestones(3)
    case.record_days(1, 2, 3)
    for day in range(1, 4):
        case.record(day, -50, hours=1)
        case.record(day + 3)
    assert len(case.rewards()) <= 2
    assert RewardLog.objects.filter(is_carried_over=False).count() == len(case.rewards())


def test_a_split_and_a_join_leave_each_reward_with_the_run_of_its_period_S21() -> None:
    case = case_with_milestones(2, 4, 6)
    case.record_days(1, 2, 3, 4, 5, 6)
    issued = case.rewards()
    (whole,) = case.run_ids()
    case.record(3, -1, hours=1)
    first, second = case.run_ids()
    places = dict(RewardLog.objects.values_list("period_key", "streak_progress_id"))
    assert (first, places) == (whole, {march(2): first, march(4): second, march(6): second})
    case.record(3, 1, hours=2)
    assert case.run_ids() == [whole]
    assert case.rewards() == issued
    assert set(RewardLog.objects.values_list("streak_progress_id", "is_carried_over")) == {(whole, False)}


def test_every_completed_run_has_its_reward_when_a_late_log_cuts_the_chain_anew_S17_S20() -> None:
    case = case_with_milestones(3)
    case.streak.completion_target_value = 3
    case.streak.save()
    case.record_days(2, 3, 4, 5, 6, 7)
    case.record_days(1)
    case.record_days(8, 9)
    assert [run[:2] for run in case.runs()] == [("completed", 3)] * 3
    assert set(RewardLog.objects.values_list("streak_progress_id", flat=True)) == set(case.run_ids())
    assert len(case.rewards()) == 3


def test_a_refund_and_its_undoing_cost_no_later_reward_S20_S21_F27() -> None:
    case = make_case(completion_target_value=3)
    make_milestone(case.streak, 3)
    case.record_days(1, 2, 3, 4)
    record_logs([case.log(1, -50, hours=1), case.log(1, 50, hours=2)], now=noon(4))
    case.record_days(5, 6)
    assert [run[:2] for run in case.runs()] == [("completed", 3), ("completed", 3)]
    assert set(RewardLog.objects.values_list("streak_progress_id", "is_carried_over")) == {
        (pk, False) for pk in case.run_ids()
    }


def test_a_correction_never_reaches_a_milestone_S20() -> None:
    """Taking back the first period moves the cut between runs, and a later run grows by it."""
    case = make_case(completion_target_value=2)
    case.record_days(1, 2, 3)
    make_milestone(case.streak, 2)
    case.record(1, -50, hours=1)
    assert case.runs(noon(3)) == [("broken", 0, 1, 1), ("completed", 2, 2, 3)]
    assert case.rewards() == []


def test_a_refund_in_the_same_batch_counts_first_S20() -> None:
    case = case_with_milestones(1)
    record_logs([case.log(1, 50), case.log(1, -50)], now=noon(1))
    assert case.rewards() == []


def test_a_milestone_that_goes_live_later_is_not_reached_in_retrospect_S20() -> None:
    case = make_case()
    case.record_days(1, 2)
    make_milestone(case.streak, 2)
    make_milestone(case.streak, 3, status=Status.PAUSED)
    case.record_days(2, 3)
    assert case.rewards() == []


def test_the_next_run_earns_it_again_S21() -> None:
    case = case_with_milestones(1)
    case.record_days(1, 5)
    assert case.rewards() == [(1, 1), (1, 5)]


def test_once_per_member_is_once_in_a_life_S21_S25() -> None:
    case = case_with_milestones(1, once_per_member=True)
    case.record_days(1, 5)
    assert case.rewards() == [(1, 1)]


def test_once_per_member_holds_within_one_batch_S21() -> None:
    case = case_with_milestones(1, once_per_member=True)
    record_logs([case.log(1), case.log(5), case.log(9)], now=NOW)
    assert len(case.rewards()) == 1


def test_a_batch_issues_each_reward_with_its_own_period_S24() -> None:
    case = case_with_milestones(1, 3)
    record_logs([case.log(day) for day in (4, 2, 1, 3)], now=noon(4))
    assert case.rewards() == [(1, 1), (3, 3)]


def test_rebuilding_issues_nothing_and_takes_nothing_S21_F27() -> None:
    case = case_with_milestones(1)
    case.record_days(1, 5)
    make_milestone(case.streak, 2)
    case.record_days(2)
    before = list(RewardLog.objects.order_by("pk").values())
    service.rederive([case.member.pk], now=NOW)
    assert list(RewardLog.objects.order_by("pk").values()) == before


def test_issuing_and_recording_stand_or_fall_together_S22() -> None:
    case = case_with_milestones(1)

    def fail(**_: Any) -> None:
        raise RuntimeError("the power fails")

    milestones_reached.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            case.record(1)
    finally:
        milestones_reached.disconnect(fail)
    assert (StreakLog.objects.count(), RewardLog.objects.count(), case.runs()) == (0, 0, [])


def test_generated_codes_have_a_prefix_and_sixty_bits_of_clear_characters_S23() -> None:
    assert CODE_LENGTH * math.log2(len(ALPHABET)) >= 60
    assert not set(ALPHABET) & set("0O1IL5S2ZUV")
    case = case_with_milestones(1, coupon_prefix="SAVE5-")
    case.record_days(1, 3, 5)
    codes = list(RewardLog.objects.values_list("coupon_code", flat=True))
    assert len(set(codes)) == 3
    assert all(re.fullmatch(rf"SAVE5-[{ALPHABET}]{{{CODE_LENGTH}}}", code) for code in codes)


def test_a_fixed_code_is_the_same_for_all_S23() -> None:
    case = case_with_milestones(1, coupon_source="fixed", coupon_code="WELCOME")
    case.record_days(1, 3)
    assert list(RewardLog.objects.values_list("coupon_code", flat=True)) == ["WELCOME", "WELCOME"]


def test_an_external_code_is_pending_until_the_backend_sets_it_S23_S24() -> None:
    case = case_with_milestones(1, coupon_source="external")
    case.record(1)
    reward = RewardLog.objects.get()
    assert (reward.coupon_code, reward.status_at(noon(1))) == (None, "pending")


def pool_case(*codes: str) -> tuple[Case, Milestone]:
    """A milestone at every first day with some codes in its pool."""
    case = case_with_milestones(1, coupon_source="pool")
    milestone = case.streak.milestones.get()
    upload_codes(milestone, codes, now=NOW)
    return case, milestone


def test_pool_codes_go_out_in_order_each_to_one_reward_S23_F39() -> None:
    case, _ = pool_case("A", "B")
    case.record_days(1, 3)
    assert list(RewardLog.objects.order_by("pk").values_list("coupon_code", flat=True)) == ["A", "B"]
    assert list(PoolCode.objects.values_list("reward_log__coupon_code", flat=True)) == ["A", "B"]


def test_an_empty_pool_loses_no_reward_and_later_codes_go_to_the_oldest_S23_F40() -> None:
    case, milestone = pool_case("A")
    case.record_days(1, 3, 5, 7)
    assert list(RewardLog.objects.order_by("pk").values_list("coupon_code", flat=True)) == ["A", None, None, None]
    assert upload_codes(milestone, ["B", "C"], now=NOW) == (2, [])
    assert list(RewardLog.objects.order_by("pk").values_list("coupon_code", flat=True)) == ["A", "B", "C", None]
    assert upload_codes(milestone, ["D", "E"], now=NOW) == (2, [])
    assert PoolCode.objects.filter(reward_log=None).values_list("code", flat=True).get() == "E"


def test_a_reward_gets_no_code_from_the_pool_of_another_milestone_S23() -> None:
    case, first = pool_case()
    second = make_milestone(case.streak, 2, coupon_source="pool")
    upload_codes(second, ["B1", "B2", "B3"], now=NOW)
    case.record_days(1, 2)
    codes = RewardLog.objects.order_by("pk").values_list("milestone", "coupon_code")
    assert list(codes.all()) == [(first.pk, None), (second.pk, "B1")]
    upload_codes(second, ["B4"], now=NOW)
    assert list(codes.all()) == [(first.pk, None), (second.pk, "B1")]
    upload_codes(first, ["A1"], now=NOW)
    assert list(codes.all()) == [(first.pk, "A1"), (second.pk, "B1")]


def test_an_upload_leaves_rewards_alone_whose_code_comes_from_elsewhere_S23() -> None:
    case = case_with_milestones(1, coupon_source="external")
    case.record(1)
    milestone = case.streak.milestones.get()
    Milestone.objects.update(coupon_source="pool")
    case.streak.refresh_from_db()
    assert upload_codes(milestone, ["P1", "P2"], now=NOW) == (2, [])
    assert RewardLog.objects.get().coupon_code is None
    assert PoolCode.objects.filter(reward_log=None).count() == 2


def test_codes_that_are_known_anywhere_are_left_out_and_reported_S23_F39() -> None:
    case, milestone = pool_case("A", "B")
    other = make_milestone(case.streak, 2, coupon_source="pool")
    assert upload_codes(other, [" B", "", "C", "C", "A "], now=NOW) == (1, ["B", "A"])
    assert PoolCode.objects.filter(milestone=milestone).count() == 2


def test_rewards_expire_by_the_clock_unless_redeemed_S24_F41() -> None:
    case = case_with_milestones(1, reward_validity_days=10)
    case.record(1)
    reward = RewardLog.objects.get()
    end = noon(1) + timedelta(days=10)
    assert reward.reward_expiry_at == end
    for instant, status in ((end - timedelta(microseconds=1), "issued"), (end, "expired")):
        assert reward.status_at(instant) == status
        assert RewardLog.objects.with_status(instant).get().status == status
    RewardLog.objects.update(redeemed_at=noon(2))
    assert RewardLog.objects.with_status(end).get().status == "redeemed"


def _same_run(reward: RewardLog) -> dict[str, Any]:
    return {}


def _another_run_once_per_member(reward: RewardLog) -> dict[str, Any]:
    RewardLog.objects.update(is_once_per_member=True)
    return {"is_carried_over": True, "is_once_per_member": True, "coupon_code": "other"}


def _same_code(reward: RewardLog) -> dict[str, Any]:
    return {"is_carried_over": True, "coupon_code": reward.coupon_code}


@pytest.mark.parametrize("changes", [_same_run, _another_run_once_per_member, _same_code])
def test_the_database_refuses_what_must_not_be_twice_S21_S25(changes: Callable[[RewardLog], dict[str, Any]]) -> None:
    case = case_with_milestones(1)
    case.record(1)
    reward = RewardLog.objects.get()
    values = {field.attname: getattr(reward, field.attname) for field in RewardLog._meta.concrete_fields}
    twin = RewardLog(**{**values, "id": RewardLog._meta.pk.get_default(), "coupon_code": "twin", **changes(reward)})
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)
    assert RewardLog.objects.count() == 1


def test_a_second_member_has_rewards_of_its_own() -> None:
    case = case_with_milestones(1)
    other = Case(make_member("bob"), case.streak)
    case.record(1)
    other.record(1)
    assert (case.rewards(), other.rewards()) == ([(1, 1)], [(1, 1)])


def test_an_instant_is_an_instant_wherever_it_is_said_S1() -> None:
    case = case_with_milestones(1)
    log = case.log(1)
    log.activity_at = datetime.fromisoformat("2026-03-02T01:00:00+14:00")
    record_logs([log], now=datetime(2026, 3, 2, tzinfo=UTC))
    assert case.rewards() == [(1, 1)]
