"""Milestones that give freezes, along with a code or instead of one (S47)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import time_machine

from rewards.models import RewardLog
from streaks.models import Milestone, Streak, StreakFreeze, StreakLog
from streaks.progress.freezes import give_freezes
from streaks.progress.service import check, rederive
from streaks.tests.calling import admin, end_user, log_body, make_milestone, make_streak
from streaks.tests.recording_cases import Case, make_case, noon

pytestmark = pytest.mark.django_db

TWO: dict[str, Any] = {"freeze_max_count": 2, "freeze_minimum_value": 1}


def giving(quantity: int = 1, target: int = 2, **fields: Any) -> tuple[Case, Milestone]:
    """A member, in a streak with at most two freezes whose second day gives some."""
    case = make_case(**TWO)
    return case, make_milestone(case.streak, target, freeze_reward=quantity, **fields)


def given() -> list[tuple[str, int, datetime]]:
    return list(StreakFreeze.objects.order_by("pk").values_list("member__external_id", "quantity", "given_at"))


def facts_agree(case: Case, now: datetime) -> None:
    """What is stored is what the facts say."""
    assert check([case.member.pk], now=now) == []
    rederive([case.member.pk], now=now)
    assert check([case.member.pk], now=now) == []


def test_a_milestone_gives_a_freeze_by_the_system_in_the_same_transaction_S47() -> None:
    case, milestone = giving()
    case.record(1)
    result = case.record(2)
    assert given() == [("ann", 1, noon(2))]
    freeze, reward = StreakFreeze.objects.get(), RewardLog.objects.get()
    assert (freeze.created_by, freeze.reason) == ("system", milestone.name)
    assert freeze.unique_identifier == f"reward:{reward.pk}"
    assert reward.coupon_code is not None
    # The run that the recording returns reckons with it already: it breaks a day later.
    assert result.run is not None
    assert result.run.breaks_at == datetime.fromisoformat("2026-03-05T00:00Z")
    facts_agree(case, noon(3))
    case.record(4)
    assert case.runs(noon(4)) == [("in_progress", 3, 1, 5)]


def test_a_lost_transaction_gives_nothing_S47(monkeypatch: pytest.MonkeyPatch) -> None:
    case, _ = giving()
    case.record(1)

    def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("after the gift")

    monkeypatch.setattr("streaks.progress.recording.follow_gifts", fail)
    with pytest.raises(RuntimeError):
        case.record(2)
    assert (given(), RewardLog.objects.count(), StreakLog.objects.count()) == ([], 0, 1)


@pytest.mark.parametrize("way", ["one", "bulk", "shell"])
def test_every_way_in_gives_the_same_S47(way: str) -> None:
    streak = make_streak(**TWO)
    make_milestone(streak, 2, freeze_reward=1)
    with time_machine.travel(noon(2), tick=False):
        bodies = [log_body(streak, day=day) for day in (1, 2)]
        if way == "one":
            answers = [admin().post("streak_log/record", body).data for body in bodies]
            assert answers[1]["streakProgress"]["freezesLeft"] == 1
            assert answers[1]["streakProgress"]["streakBreaksAt"] == "2026-03-05T00:00:00Z"
        elif way == "bulk":
            assert admin().post("streak_log/record/bulk", {"records": bodies}).data["created"] == 2
        else:
            case = Case(make_case("ann").member, streak)
            for day in (1, 2):
                case.log(day).save()
        assert given() == [("ann", 1, noon(2))]
        (run,) = admin().get("streak_progress/record", externalId="ann").data
    assert (run["freezesLeft"], run["freezesMax"], run["isProtected"]) == (1, 2, False)
    assert run["streakBreaksAt"] == "2026-03-05T00:00:00Z"


@pytest.mark.parametrize(("quantity", "before", "expected"), [(2, 1, 1), (1, 2, None), (10, 0, 2), (2, 0, 2)], ids=str)
def test_what_there_is_no_room_for_is_left_out_S47(quantity: int, before: int, expected: int | None) -> None:
    case, _ = giving(quantity)
    case.record(1)
    if before:
        gift = StreakFreeze(member=case.member, streak=case.streak, quantity=before, reason="x", unique_identifier="x")
        give_freezes(gift, now=noon(1))
    case.record(2)
    earned = StreakFreeze.objects.filter(created_by="system").values_list("quantity", flat=True)
    assert list(earned) == ([] if expected is None else [expected])
    assert RewardLog.objects.count() == 1
    facts_agree(case, noon(2))


def test_several_at_once_fill_the_room_in_order_S47() -> None:
    case = make_case(**TWO)
    for target in (1, 2, 3):
        make_milestone(case.streak, target, freeze_reward=1)
    case.record_days(3, 2, 1)
    assert [quantity for _, quantity, _ in given()] == [1, 1]
    facts_agree(case, noon(3))


def test_it_is_given_once_in_a_run_and_once_to_a_member_where_that_is_said_S47() -> None:
    case, milestone = giving(target=1)
    case.record(1)
    case.record(1, -10)
    case.record(1, 10)
    case.record(8)
    assert [at for _, _, at in given()] == [noon(1), noon(8)]
    Milestone.objects.filter(pk=milestone.pk).update(once_per_member=True)
    Streak.objects.filter(pk=case.streak.pk).update(name="again")  # another version of it
    case.record(20)
    assert len(given()) == 2


def test_a_freeze_alone_is_a_reward_without_a_code_S47() -> None:
    case, _ = giving(coupon_source="none", reward_limit=1)
    case.record_days(1, 2)
    with time_machine.travel(noon(2), tick=False):
        (reward,) = admin().get("reward_log/record").data
        assert (reward["couponCode"], reward["rewardStatus"], reward["pendingReason"]) == (None, "issued", None)
        assert [one["id"] for one in admin().get("reward_log/record", rewardStatus="issued").data] == [reward["id"]]
        assert admin().get("reward_log/record", rewardStatus="pending").data == []
        (mine,) = end_user().get("reward_log/record").data
    assert mine["milestone"]["freezeReward"] == 1


def test_beyond_the_limit_it_comes_when_the_limit_is_raised_S47_S59(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    case, milestone = giving(target=1, coupon_source="none", reward_limit=1)
    case.record(1)
    case.record(8)
    assert [at for _, _, at in given()] == [noon(1)]
    waiting = RewardLog.objects.with_status(noon(8)).oldest_first().values_list("status", "pending_reason").last()
    assert waiting == ("pending", "limit_reached")
    milestone.reward_limit = 2
    with time_machine.travel(noon(9), tick=False), django_capture_on_commit_callbacks(execute=True):
        milestone.save()
    assert [at for _, _, at in given()] == [noon(1), noon(9)]
    assert RewardLog.objects.with_status(noon(9)).filter(status="issued").count() == 2
    facts_agree(case, noon(9))


def test_a_restoration_that_reaches_a_milestone_gives_its_freeze_S38_S47() -> None:
    case, _ = giving(target=2)
    case.record_days(1, 3)
    assert given() == []
    with time_machine.travel(noon(4), tick=False):
        body = {"kind": "restoration", "streakId": str(case.streak.pk), "ownedById": "ann", "reason": "outage"}
        dates = {"startsOn": "2026-03-02", "endsOn": "2026-03-02"}
        assert admin().post("streak_excuse/record", {**body, **dates}).status == 201
        (run,) = admin().get("streak_progress/record", externalId="ann").data
    assert given() == [("ann", 1, noon(4))]
    assert (run["freezesLeft"], run["isProtected"]) == (1, True)
    facts_agree(case, noon(4))


def test_those_who_stand_there_are_given_it_too_when_the_milestone_goes_live_S20_S47(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    case, milestone = giving(status="draft")
    case.record_days(1, 2)
    with time_machine.travel(noon(3), tick=False), django_capture_on_commit_callbacks(execute=True):
        admin().patch(f"milestone/record/{milestone.pk}", {"status": "live"}, rewardPast="true")
    assert given() == [("ann", 1, noon(3))]
    facts_agree(case, noon(3))


def test_how_many_it_gives_is_frozen_with_its_other_rules_S20_S47() -> None:
    case, milestone = giving()
    path = f"milestone/record/{milestone.pk}"
    assert admin().patch(path, {"freezeReward": 2}).data["freezeReward"] == 2
    case.record(1)
    assert admin().patch(path, {"freezeReward": 1}).details() == [("freezeReward", "rules_frozen")]
    assert Milestone.objects.get().freeze_reward == 2


@pytest.mark.parametrize(
    ("body", "most", "error"),
    [
        ({"freezeReward": 11}, 2, ("freezeReward", "max_value")),
        ({"freezeReward": -1}, 2, ("freezeReward", "min_value")),
        ({"freezeReward": 1}, 0, ("freezeReward", "no_freezes")),
        ({"couponSource": "none"}, 2, ("freezeReward", "required")),
    ],
)
def test_what_cannot_be_given_is_refused_and_nothing_is_stored_S47(
    body: dict[str, Any], most: int, error: tuple[str, str]
) -> None:
    streak = make_streak(freeze_max_count=most)
    whole = {
        "linkedSchemaRecordId": str(streak.pk),
        "linkedSchemaSlug": "streak",
        "name": "Day 3",
        "milestoneTargetValue": 3,
    }
    answer = admin().post("milestone/record", {**whole, **body})
    assert (answer.status, answer.details()) == (400, [error])
    assert Milestone.objects.count() == 0
    made = admin().post("milestone/record", whole).data
    assert made["freezeReward"] == 0
