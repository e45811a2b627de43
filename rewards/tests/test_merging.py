"""One member merged into another: one history, rewards neither lost nor doubled, and an alias (S60)."""

from typing import Any

import pytest

from gamopanda.accounts.models import Member, MemberMerge
from rewards.models import RewardLog
from streaks.models import ExcusedMember, SetAsideLog, Streak, StreakExcuse, StreakFreeze, StreakLog, StreakProgress
from streaks.progress import service
from streaks.tests.calling import Caller, admin, end_user, log_body, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _evening_of_the_tenth_of_march(time_machine):
    time_machine.move_to("2026-03-10T18:00:00Z", tick=False)


@pytest.fixture
def streak() -> Streak:
    streak = make_streak()
    for target in (2, 4, 6):
        make_milestone(streak, target)
    return streak


@pytest.fixture
def server() -> Caller:
    return admin()


def record(server: Caller, streak: Streak, of: str, *days: int, **changes: Any) -> None:
    for day in days:
        body = log_body(streak, of=of, day=day, uniqueIdentifier=f"{of}-{day}", **changes)
        assert server.post("streak_log/record", body).status == 201


def merge(server: Caller, merged: str, into: str, **query: Any) -> Any:
    member = Member.objects.get(external_id=merged)
    return server.post(f"account_user/record/{member.pk}/merge", {"intoExternalId": into}, **query)


def state(member: str = "ann") -> dict[str, Any]:
    runs = StreakProgress.objects.filter(member__external_id=member).order_by("starts_on")
    rewards = RewardLog.objects.filter(member__external_id=member).order_by(
        "period_key", "milestone__milestone_target_value"
    )
    return {
        "runs": [(str(run.starts_on), run.current_progress_value, run.stored_status) for run in runs],
        "rewards": [
            (str(one.period_key)[8:], one.milestone.milestone_target_value, one.is_carried_over) for one in rewards
        ],
        "logs": StreakLog.objects.filter(member__external_id=member).count(),
    }


def everything() -> list[Any]:
    tables = (Member.everybody, MemberMerge.objects, StreakLog.objects, StreakProgress.objects, RewardLog.objects)
    return [list(table.order_by("pk").values()) for table in (*tables, SetAsideLog.objects)]


def test_the_logs_of_both_are_one_history_and_what_it_rises_to_is_reached_s60(server, streak):
    record(server, streak, "ann", 6, 7, 10)
    record(server, streak, "device-1", 8, 9)
    before = set(RewardLog.objects.values_list("pk", "coupon_code"))
    answer = merge(server, "device-1", "ann")
    assert (answer.data["externalId"], answer.data["aliases"]) == ("ann", ["device-1"])
    assert state() == {
        "runs": [("2026-03-06", 5, "in_progress")],
        # Both have had the second milestone: that of the run that begins later is carried over.
        "rewards": [("07", 2, False), ("09", 2, True), ("09", 4, False)],
        "logs": 5,
    }
    assert before < set(RewardLog.objects.values_list("pk", "coupon_code"))
    assert service.check([Member.objects.get().pk], now=answer_time()) == []


def test_a_reward_that_comes_to_lie_in_a_later_run_blocks_nothing_there_s21(server):
    streak = make_streak(completion_target_value=3)
    make_milestone(streak, 3)
    record(server, streak, "ann", 6, 7, 8)
    record(server, streak, "device-1", 5)
    # With the log of the 5th, the run ends a day earlier: it had its reward, which lies in the next one now.
    assert merge(server, "device-1", "ann", dryRun="true").data["impact"]["rewards"] == 0
    merge(server, "device-1", "ann")
    runs = [("2026-03-05", 3, "completed"), ("2026-03-08", 1, "broken")]
    assert (state()["runs"], state()["rewards"]) == (runs, [("08", 3, True)])
    # As many rewards as a member has who had all these logs from the beginning.
    record(server, streak, "ann", 9, 10)
    record(server, streak, "alone", *range(5, 11))
    assert state()["runs"] == state("alone")["runs"]
    assert state()["rewards"] == [("08", 3, True), ("10", 3, False)]
    assert len(state("alone")["rewards"]) == 2


def answer_time() -> Any:
    from django.utils import timezone

    return timezone.now()


def test_a_dry_run_says_what_would_happen_and_stores_nothing(server, streak):
    record(server, streak, "ann", 6, 7, 10)
    record(server, streak, "device-1", 8, 9)
    before = everything()
    impact = merge(server, "device-1", "ann", dryRun="true").data["impact"]
    runs = {"revived": 1, "joined": 1, "extended": 1, "split": 0, "broken": 0}
    assert impact == {"logs": 2, "duplicates": 0, "runs": {**runs, "revived": 0}, "rewards": 1}
    assert everything() == before


def test_of_two_logs_with_one_identifier_the_first_recorded_stays_and_the_other_is_kept_aside(server, streak):
    for name, day in (("device-1", 8), ("ann", 9), ("ann", 10), ("device-1", 10)):
        identifier = f"order-{day}" if day == 10 else "the same"
        server.post("streak_log/record", log_body(streak, of=name, day=day, uniqueIdentifier=identifier))
    assert merge(server, "device-1", "ann", dryRun="true").data["impact"]["duplicates"] == 2
    merge(server, "device-1", "ann")
    kept = StreakLog.objects.order_by("period_key").values_list("period_key", "unique_identifier")
    assert [(str(day), name) for day, name in kept] == [("2026-03-08", "the same"), ("2026-03-10", "order-10")]
    aside = SetAsideLog.objects.order_by("period_key")
    assert [(str(log.period_key), log.unique_identifier) for log in aside] == [
        ("2026-03-09", "the same"),
        ("2026-03-10", "order-10"),
    ]
    assert {log.merge.merged.external_id for log in aside} == {"device-1"}


def test_the_alias_is_the_member_everywhere(server, streak):
    record(server, streak, "device-1", 9)
    former = Member.objects.get()
    make_member("ann")
    merge(server, "device-1", "ann")
    ann = Member.objects.get()
    record(server, streak, "device-1", 10)
    assert (
        server.post("streak_log/record", log_body(streak, day=8, ownedBy=..., ownedById=str(former.pk))).data[
            "externalId"
        ]
        == "ann"
    )
    assert state()["logs"] == 3
    assert end_user("device-1").get("streak_log/record").data == end_user("ann").get("streak_log/record").data
    assert end_user("device-1").get("account_user/record").ids == [str(ann.pk)]
    assert len(server.get("streak_log/record", externalId="device-1").data) == 3
    put = server.put("account_user/record/by-external-id/device-1", {"firstName": "Ann"})
    assert (put.status, put.data["externalId"], put.data["firstName"]) == (200, "ann", "Ann")
    taken = server.post("account_user/record", {"externalId": "device-1"})
    assert (taken.error(), taken.body["error"]["details"][0]["existingId"]) == ((409, "duplicate_record"), str(ann.pk))
    assert server.patch(f"account_user/record/{ann.pk}", {"externalId": "device-1"}).error() == (
        409,
        "duplicate_record",
    )
    query = {"streakId": str(streak.pk), "externalIds": ["device-1"]}
    assert server.post("streak_progress/record/query", query).data[0]["externalId"] == "ann"
    assert server.get("account_user/record").ids == [str(ann.pk)]


def test_aliases_follow_the_next_merge(server, streak):
    for name in ("a", "b", "c"):
        record(server, streak, name, 9)
    merge(server, "a", "b")
    assert merge(server, "b", "c").data["aliases"] == ["a", "b"]
    assert state("c")["logs"] == 3


def test_a_profile_is_filled_and_never_overwritten(server):
    Member.objects.create(external_id="device-1", first_name="Annie", email="ann@example.com")
    Member.objects.create(external_id="ann", first_name="Ann")
    data = merge(server, "device-1", "ann").data
    assert (data["firstName"], data["email"]) == ("Ann", "ann@example.com")


def test_what_cannot_be_merged_is_refused_and_nothing_changes(server, streak):
    record(server, streak, "ann", 9)
    ann, before = Member.objects.get(), everything()
    path = f"account_user/record/{ann.pk}/merge"
    wrong = [
        ({}, [("intoId", "required")]),
        ({"intoId": str(ann.pk), "intoExternalId": "ann"}, [("intoId", "required")]),
        ({"intoId": str(ann.pk)}, [("intoId", "invalid")]),
        ({"intoExternalId": "ann"}, [("intoId", "invalid")]),
        ({"intoExternalId": "stranger"}, [("intoExternalId", "not_found")]),
        ({"intoId": "0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"}, [("intoId", "not_found")]),
        ({"into": "x"}, [("into", "unknown_field")]),
    ]
    for body, details in wrong:
        assert server.post(path, body).details() == details
    assert server.post(path, {"intoExternalId": "ann"}, dryRun="yes").details() == [("dryRun", "invalid")]
    unknown = "account_user/record/0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10/merge"
    assert server.post(unknown, {"intoExternalId": "ann"}).error() == (404, "not_found")
    assert end_user("ann").post(path, {"intoExternalId": "bob"}).error() == (403, "forbidden")
    assert everything() == before


def test_once_per_member_stays_once_from_then_on_and_both_keep_what_they_have(server):
    streak = make_streak(completion_target_value=3)
    make_milestone(streak, 1, once_per_member=True)
    for name in ("ann", "device-1"):
        record(server, streak, name, 5)
    merge(server, "device-1", "ann")
    record(server, streak, "ann", 10)
    assert RewardLog.objects.count() == 2


def test_excuses_and_freezes_come_along_and_those_that_both_have_count_once(server):
    streak = make_streak()
    record(server, streak, "ann", 6, 7, 9)
    record(server, streak, "device-1", 1)
    ann, device = Member.objects.get(external_id="ann"), Member.objects.get(external_id="device-1")
    dates = {"starts_on": "2026-03-08", "ends_on": "2026-03-08", "applied_at": answer_time(), "reason": "ill"}
    StreakExcuse.objects.create(kind="member_break", member=device, **dates)
    amnesty = StreakExcuse.objects.create(kind="amnesty", is_for_list=True, **dates)
    for member in (ann, device):
        ExcusedMember.objects.create(member=member, excuse=amnesty)
        gift = {"given_at": answer_time(), "unique_identifier": "ticket-1", "reason": "sorry"}
        StreakFreeze.objects.create(member=member, streak=streak, **gift)
    Member.objects.update(has_own_facts=True)
    service.rederive([device.pk], now=answer_time())
    merge(server, "device-1", "ann")
    assert state()["runs"] == [("2026-03-01", 1, "broken"), ("2026-03-06", 3, "in_progress")]
    assert StreakExcuse.objects.filter(member=ann).count() == 1
    assert (ExcusedMember.objects.count(), StreakFreeze.objects.count()) == (1, 1)
    assert service.check([ann.pk], now=answer_time()) == []
