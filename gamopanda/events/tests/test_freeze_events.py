"""What is told of freezes: those that are given at once, those that the clock uses later (E2, E4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from gamopanda.accounts.zones import ask_for_zone
from gamopanda.events import used_freezes
from gamopanda.events.models import Event, FollowedStreak, UsedFreeze
from gamopanda.events.tests.receiving import make_endpoint, stored, types
from rewards.models import RewardLog
from streaks.models import Streak, StreakProgress
from streaks.progress.housekeeping import close_runs
from streaks.tests.calling import admin, log_body, make_milestone
from streaks.tests.recording_cases import Case, make_case, noon

pytestmark = pytest.mark.django_db

TWO: dict[str, Any] = {"freeze_max_count": 2, "freeze_initial_count": 2, "freeze_minimum_value": 1}
USED, GRANTED, EXPIRING = "streak.freeze_used", "streak.freeze_granted", "reward.expiring"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def saved(**rules: Any) -> Case:
    """A member whose second day is saved by a freeze, in a streak of which an endpoint is told."""
    make_endpoint(event_types=[USED])
    case = make_case(**{**TWO, "announce_after_hours": 3, **rules})
    case.record(1)
    return case


def told() -> list[tuple[str, bool]]:
    return [(data["periodKey"], data["isLate"]) for event_type, data in stored() if event_type == USED]


# --- used ------------------------------------------------------------------------------------------------------------


def test_a_used_freeze_is_told_once_after_its_delay_E4() -> None:
    saved()
    for hour, number in (("02T23:59", 0), ("03T00:01", 0), ("03T02:59", 0), ("03T03:00", 1), ("03T09:00", 1)):
        close_runs(now=at(hour))
        assert len(stored()) == number, hour
    ((event_type, data),) = stored()
    assert (event_type, data["periodKey"], data["isLate"]) == (USED, "2026-03-02", False)
    run = data["streakProgress"]
    assert (run["streakProgressStatus"], run["frozenPeriods"], run["freezesLeft"]) == (
        "in_progress",
        ["2026-03-02"],
        1,
    )
    # The next one is told by itself.
    close_runs(now=at("04T03:00"))
    assert told() == [("2026-03-02", False), ("2026-03-03", False)]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Asia/Tokyo", "02T14:59", "02T15:00"),
        ("Pacific/Pago_Pago", "03T10:59", "03T11:00"),
        ("Asia/Kathmandu", "02T18:14", "02T19:00"),
    ],
)
def test_on_the_clock_of_a_member_it_is_told_when_the_period_has_ended_there_E4_S52(
    zone: str, before: str, after: str
) -> None:
    case = saved(clock="member", announce_after_hours=0)
    ask_for_zone(case.member, zone, author="sue", now=at("01T00:00"), is_at_once=True)
    for now, number in (("02T10:00", 0), (before, 0), (after, 1), ("03T12:00", 1)):
        close_runs(now=at(now))
        assert len(told()) == number, now


@pytest.mark.parametrize("late", [True, False])
def test_a_late_log_that_needs_no_freeze_lets_nothing_be_told_E4(late: bool) -> None:
    case = saved()
    close_runs(now=at("03T00:01"))
    if late:
        case.record(2, now=at("03T02:00"))
    close_runs(now=at("03T03:00"))
    assert told() == ([] if late else [("2026-03-02", False)])
    assert UsedFreeze.objects.filter(is_open=True).count() == 0


def test_a_log_before_the_clock_is_looked_at_hides_nothing_E4() -> None:
    case = saved(completion_target_value=2)
    case.record(3, hours=-11)
    assert case.runs(at("03T02:00")) == [("completed", 2, 1, 3)]
    close_runs(now=at("03T03:00"))
    assert told() == [("2026-03-02", False)]


def test_what_arrives_late_as_a_whole_is_told_once_too_E4() -> None:
    case = saved()
    close_runs(now=at("05T04:00"))
    Event.objects.all().delete()
    UsedFreeze.objects.all().delete()
    other = Case(make_case("bob").member, case.streak)
    with time_machine.travel(at("05T12:00"), tick=False):
        other.record(2, now=at("05T12:00"))
    for hour in ("05T12:01", "05T12:02"):
        close_runs(now=at(hour))
    assert told() == [("2026-03-03", False), ("2026-03-04", False)]


def test_freezes_that_saved_nothing_are_not_told_S48_E4() -> None:
    saved(freeze_initial_count=1, announce_after_hours=48)
    close_runs(now=at("03T00:01"))
    close_runs(now=at("05T01:00"))
    assert StreakProgress.objects.with_status(at("05T01:00")).get().status == "broken"
    assert told() == []


def test_each_period_is_looked_through_once_in_batches_that_can_be_resumed_E4(monkeypatch: Any) -> None:
    case = saved()
    for name in ("bob", "cat", "dan"):
        Case(make_case(name).member, case.streak).record(1)
    monkeypatch.setattr(used_freezes, "BATCH", 2)

    def kill(*given: Any) -> None:
        raise KeyboardInterrupt

    # The first worker is killed between two batches.
    with monkeypatch.context() as patched:
        move_on = used_freezes._move_on
        calls: list[None] = []

        def once(*given: Any) -> None:
            if calls:
                raise KeyboardInterrupt
            calls.append(None)
            move_on(*given)

        patched.setattr(used_freezes, "_move_on", once)
        with pytest.raises(KeyboardInterrupt):
            close_runs(now=at("03T00:01"))
    assert UsedFreeze.objects.count() == 2
    close_runs(now=at("03T00:02"))
    assert UsedFreeze.objects.count() == 4
    followed = FollowedStreak.objects.get()
    assert (followed.freezes_until, followed.freezes_through) == (at("03T00:00"), None)
    # Until the next period ends, nothing is looked through.
    monkeypatch.setattr(used_freezes, "_move_on", kill)
    close_runs(now=at("03T23:59"))
    with pytest.raises(KeyboardInterrupt):
        close_runs(now=at("04T00:00"))


def test_without_an_endpoint_nothing_is_looked_through_E6(django_assert_num_queries: Any) -> None:
    case = make_case(**TWO)
    case.record(1)
    close_runs(now=at("03T12:00"))
    assert (FollowedStreak.objects.count(), UsedFreeze.objects.count()) == (0, 0)
    make_endpoint(event_types=["reward.issued"])
    close_runs(now=at("03T12:00"))
    assert (FollowedStreak.objects.count(), UsedFreeze.objects.count()) == (0, 0)


# --- given -----------------------------------------------------------------------------------------------------------


def test_freezes_that_are_given_are_told_at_once_without_who_and_why_E2_E5() -> None:
    make_endpoint()
    case = make_case(freeze_max_count=2)
    body = {
        "streakId": str(case.streak.pk),
        "ownedBy": {"externalId": "ann"},
        "quantity": 2,
        "reason": "Annabel has called",
        "uniqueIdentifier": "ticket-1",
    }
    with time_machine.travel(noon(1), tick=False):
        made = admin().post("streak_freeze/record", body).data
        assert admin().post("streak_freeze/record", body).status == 409
    ((event_type, data),) = stored()
    assert event_type == GRANTED
    assert data["streakFreeze"] == {
        name: made[name]
        for name in (
            "id", "streakId", "ownedById", "externalId", "quantity", "uniqueIdentifier", "createdAt", "updatedAt",
        )
    }  # fmt: skip
    assert data["streakProgress"] is None
    assert "Annabel" not in Event.objects.get().payload


def test_a_milestone_that_gives_freezes_tells_it_with_the_run_as_it_is_then_E2() -> None:
    make_endpoint()
    case = make_case(freeze_max_count=2, freeze_minimum_value=1)
    make_milestone(case.streak, 1, freeze_reward=1)
    with time_machine.travel(noon(1), tick=False):
        admin().post("streak_log/record", log_body(case.streak, day=1))
    assert sorted(types()) == [
        "milestone.reached",
        "reward.issued",
        GRANTED,
        "streak.period_completed",
        "streak.started",
    ]
    runs = [data["streakProgress"] for _type, data in stored() if "streakProgress" in data]
    assert {(run["freezesLeft"], run["streakBreaksAt"]) for run in runs} == {(1, "2026-03-04T00:00:00Z")}


# --- expiring --------------------------------------------------------------------------------------------------------


def expiring(days: int, *, of: str = "ann", streak: Streak | None = None) -> Case:
    case = make_case(of) if streak is None else Case(make_case(of).member, streak)
    if streak is None:
        make_milestone(case.streak, 1, reward_validity_days=days)
    with time_machine.travel(noon(1), tick=False):
        case.record(1)
    return case


def test_a_reward_that_expires_soon_is_told_once_three_days_before_E2() -> None:
    make_endpoint(event_types=[EXPIRING])
    case = expiring(10)
    for hour, number in (("08T11:59", 0), ("08T12:00", 1), ("08T12:01", 1), ("11T11:00", 1)):
        close_runs(now=at(hour))
        assert len(stored()) == number, hour
    assert stored()[0][1]["rewardLog"]["id"] == str(RewardLog.objects.get().pk)
    # Another member's comes at its own time.
    with time_machine.travel(noon(5), tick=False):
        expiring(10, of="bob", streak=case.streak)
    RewardLog.objects.filter(member__external_id="bob").update(reward_issued_at=noon(5), reward_expiry_at=noon(15))
    close_runs(now=at("12T11:59"))
    assert len(stored()) == 1
    close_runs(now=at("12T12:00"))
    assert len(stored()) == 2


def test_the_reminder_of_the_streak_says_how_many_days_before_E2() -> None:
    from gamopanda.events.models import ReminderRule

    make_endpoint(event_types=[EXPIRING])
    case = expiring(10)
    ReminderRule.objects.create(streak=case.streak, type="reward_expiring", days_before=5)
    close_runs(now=at("06T11:59"))
    assert stored() == []
    close_runs(now=at("06T12:00"))
    assert len(stored()) == 1


@pytest.mark.parametrize("change", ["redeemed", "waiting", "short", "gone"])
def test_rewards_that_no_member_can_use_longer_are_not_told_E2(change: str) -> None:
    make_endpoint(event_types=[EXPIRING])
    expiring(3 if change == "short" else 10)
    changes: dict[str, dict[str, Any]] = {
        "redeemed": {"redeemed_at": noon(2)},
        "waiting": {"coupon_code": None},
        "short": {},
        "gone": {"reward_expiry_at": noon(7)},
    }
    if changes[change]:
        RewardLog.objects.update(**changes[change])
    close_runs(now=at("08T13:00"))
    assert stored() == []


def test_rewards_are_told_in_batches_and_all_that_expire_together_in_one_E2(monkeypatch: Any) -> None:
    from gamopanda.events import expiring_rewards

    monkeypatch.setattr(expiring_rewards, "BATCH", 2)
    make_endpoint(event_types=[EXPIRING])
    case = expiring(10)
    for number in range(4):
        expiring(10, of=f"member {number}", streak=case.streak)
    RewardLog.objects.filter(member__external_id="member 3").update(reward_expiry_at=noon(11) + timedelta(minutes=1))
    close_runs(now=at("08T12:30"))
    assert len(stored()) == 5
    assert {data["member"]["externalId"] for _type, data in stored()} >= {"ann", "member 3"}
