"""The sandbox: members of keys for trials, who count nowhere and have clocks of their own."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command

from gamopanda.accounts.models import ApiKey, KeptAnswer, Member
from gamopanda.accounts.personal_data import personal_tables
from gamopanda.events.models import Delivery, Event, WebhookEndpoint
from gamopanda.events.tests.receiving import make_endpoint
from gamopanda.tests.sandbox.calling import DISPLAY, LOGS, NOON, body, reader, record, set_clock
from rewards.coupons import upload_codes
from rewards.models import PoolCode, RewardCount, RewardLog, RewardTally
from streaks.models import DayTally, RunTally, Streak, StreakLog
from streaks.presenters.results import count_results
from streaks.tests.calling import Caller, admin, end_user, log_body, make_milestone, make_streak

pytestmark = pytest.mark.django_db


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_sandbox_key_is_made_by_the_api_and_by_the_command_and_never_changes():
    server = admin()
    made = server.post("api_key/record", {"name": "tests", "sandbox": True}).data
    assert made["sandbox"] is True
    path = f"api_key/record/{made['id']}"
    assert server.patch(path, {"sandbox": False}).details() == [("sandbox", "immutable")]
    assert server.patch(path, {"sandbox": True, "description": "x"}).data["sandbox"] is True
    written = StringIO()
    call_command("create_api_key", name="more tests", sandbox=True, stdout=written)
    call_command("create_api_key", name="checkout", stdout=StringIO())
    assert ApiKey.objects.get(api_key=json.loads(written.getvalue())["apiKey"]).sandbox
    assert not ApiKey.objects.get(name="checkout").sandbox


def test_members_of_a_sandbox_key_are_marked_and_their_ids_tell(tester):
    streak = make_streak()
    made = tester.post("account_user/record", {"externalId": "tom"}).data
    put = tester.put("account_user/record/by-external-id/tim", {"firstName": "Tim"})
    logged = record(tester, streak)
    bulk = tester.post(f"{LOGS}/bulk", {"records": [body(streak, NOON, "tara")]}).data
    assert (made["sandbox"], put.status, put.data["sandbox"], bulk["created"]) == (True, 201, True, 1)
    assert tester.patch(f"account_user/record/{made['id']}", {"sandbox": False}).data["sandbox"] is True
    members = {member.external_id: member for member in Member.objects.all()}
    assert members.keys() == {"tom", "tim", "tess", "tara"}
    assert all(member.sandbox and member.pk.version == 8 for member in members.values())
    assert UUID(logged["ownedById"]).version == 8
    live = admin().post("account_user/record", {"externalId": "ann"}).data
    assert (live["sandbox"], UUID(live["id"]).version) == (False, 7)


RESOURCES = ("account_user", "streak_log", "streak_progress", "reward_log", "streak_excuse", "streak_freeze")


def record_both(server: Caller, tester: Caller) -> Streak:
    """Record activity and facts of ann by a live key, and of tess by a sandbox key."""
    streak = make_streak(freeze_max_count=5)
    make_milestone(streak, 1)
    for caller, name in ((server, "ann"), (tester, "tess")):
        record(caller, streak, of=name)
        fact = {"streakId": str(streak.pk), "ownedById": name, "reason": "a storm"}
        dates = {"kind": "amnesty", "startsOn": "2026-03-01", "endsOn": "2026-03-02"}
        assert caller.post("streak_excuse/record", {**fact, **dates}).status == 201
        assert caller.post("streak_freeze/record", {**fact, "uniqueIdentifier": "gift"}).status == 201
    return streak


def test_a_sandbox_key_sees_sandbox_members_alone_and_a_live_key_all_others(tester):
    server = admin()
    record_both(server, tester)
    for resource in RESOURCES:
        for caller, other, name in ((server, tester, "ann"), (tester, server, "tess")):
            (mine,) = caller.get(f"{resource}/record", fetchTotalCount="true").data
            (followed,) = caller.get(f"{resource}/record", limit="5").data
            assert mine["externalId"] == followed["externalId"] == name
            path = f"{resource}/record/{mine['id']}"
            assert caller.get(path).data == mine
            assert other.get(path).error() == (404, "not_found")
            assert other.get(f"{resource}/record", externalId=name).data == []
            assert other.get(f"{resource}/record", filters=json.dumps(condition("externalId", name))).data == []


def test_a_sandbox_key_does_not_touch_other_members_nor_a_live_key_sandbox_members(tester):
    server = admin()
    record_both(server, tester)
    for caller, other in ((server, "tess"), (tester, "ann")):
        member = Member.objects.get(external_id=other)
        path = f"account_user/record/{member.pk}"
        for answer in (
            caller.patch(path, {"firstName": "X"}),
            caller.delete(path),
            caller.get(f"{path}/export"),
            caller.post(f"{path}/merge", {"intoExternalId": "ann"}),
        ):
            assert answer.error() == (404, "not_found")
        moved = caller.post(f"{path}/clock", {"now": "2026-03-11T00:00:00Z"})
        assert moved.error() == ((403, "forbidden") if caller is server else (404, "not_found"))
    assert not Member.objects.filter(first_name="X").exists()


def test_activity_of_one_kind_of_members_is_refused_to_the_keys_of_the_other(tester):
    server = admin()
    streak = record_both(server, tester)
    for caller, other in ((server, "tess"), (tester, "ann")):
        member = Member.objects.get(external_id=other)
        for owner in ({"ownedBy": {"externalId": other}}, {"ownedBy": ..., "ownedById": other}):
            refused = caller.post(LOGS, log_body(streak, day=9, **owner))
            assert refused.details() == [("ownedById", "not_found")]
        by_id = caller.post(LOGS, log_body(streak, day=9, ownedBy=..., ownedById=str(member.pk)))
        assert by_id.details() == [("ownedById", "not_found")]
        result = caller.post(f"{LOGS}/bulk", {"records": [log_body(streak, day=9, of=other)]}).data
        assert result["rejected"] == 1
        assert caller.put(f"account_user/record/by-external-id/{other}", {"firstName": "X"}).status == 409
        assert caller.post("account_user/record", {"externalId": other}).status == 409
        fact = {"streakId": str(streak.pk), "ownedById": other, "reason": "x", "uniqueIdentifier": "y"}
        assert caller.post("streak_freeze/record", fact).details() == [("ownedById", "not_found")]
        asked = {"streakId": str(streak.pk), "externalIds": [other]}
        assert caller.post("streak_progress/record/query", asked).data == [None]
        (shown,) = caller.post(f"{DISPLAY}/query", {"externalIds": [other]}).data
        assert shown["rewards"] == []
    assert StreakLog.objects.count() == 2
    assert not Member.objects.filter(first_name="X").exists()


def condition(field: str, value: Any) -> dict[str, Any]:
    return {"fieldSlug": field, "operator": "eq", "value": value}


def test_a_sandbox_key_changes_nothing_that_all_share(tester):
    streak = make_streak()
    milestone = make_milestone(streak, 1)
    for answer in (
        tester.post("streak/record", {}),
        tester.patch(f"streak/record/{streak.pk}", {"name": "X"}),
        tester.delete(f"streak/record/{streak.pk}"),
        tester.patch(f"milestone/record/{milestone.pk}", {"name": "X"}),
        tester.post("streak_rules/record", {}),
        tester.post("holiday_calendar/record", {}),
        tester.get("api_key/record"),
        tester.post("api_key/record", {"name": "mine"}),
    ):
        assert answer.error() == (403, "forbidden")
        assert "sandbox members alone" in answer.body["error"]["message"]
    amnesty = {"kind": "amnesty", "startsOn": "2026-03-01", "endsOn": "2026-03-02", "reason": "x"}
    for whom in ({}, {"externalIds": ["tess"]}):
        assert tester.post("streak_excuse/record", {**amnesty, **whom}).details() == [("ownedById", "not_allowed")]
    assert tester.get("streak/record").ids == [str(streak.pk)]
    assert tester.get("milestone/record").ids == [str(milestone.pk)]
    streak.refresh_from_db()
    assert streak.name == "7-Day Shopper"


def test_a_token_is_one_of_the_sandbox_where_a_sandbox_key_signed_it(key, tester):
    streak = make_streak()
    record(tester, streak)
    record(admin(), streak, of="ann")
    assert reader(key, "tess").get(LOGS).data[0]["externalId"] == "tess"
    assert end_user("tess").get(LOGS).data == []
    assert reader(key, "ann").get(LOGS).data == []


# --- what does not count ----------------------------------------------------------------------------------------------


def test_rewards_of_the_sandbox_have_test_codes_and_take_nothing(tester):
    streak = make_streak()
    pool = make_milestone(streak, 1, coupon_source="pool", reward_limit=1)
    upload_codes(pool, ["REAL-1"], now=NOON)
    fixed = make_milestone(streak, 2, coupon_source="fixed", coupon_code="SPRING-5")
    external = make_milestone(streak, 3, coupon_source="external")
    for day in (8, 9, 10):
        record(tester, streak, NOON.replace(day=day))
    codes = {one.milestone_id: one.coupon_code for one in RewardLog.objects.all()}
    assert codes[pool.pk].startswith("TEST-")
    assert codes[fixed.pk].startswith("TEST-")
    assert codes[external.pk] is None
    assert PoolCode.objects.filter(reward_log=None).count() == 1
    assert not RewardCount.objects.exists()
    (issued,) = record(admin(), streak, of="ann")["achievedMilestones"]
    assert issued["rewardLog"]["couponCode"] == "REAL-1"
    assert RewardCount.objects.get().issued == 1


def test_the_sandbox_is_in_no_figures(tester):
    streak = make_streak()
    make_milestone(streak, 1)
    record(tester, streak)
    record(admin(), streak, of="ann")
    count_results(now=NOON)
    assert [row.runs for row in RunTally.objects.all()] == [1]
    assert [(row.members, row.logs) for row in DayTally.objects.all()] == [(1, 1)]
    assert [row.rewards for row in RewardTally.objects.all()] == [1]


def test_events_of_the_sandbox_go_to_its_own_endpoints_alone(tester):
    server, streak = admin(), make_streak()
    make_endpoint()
    mine = tester.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"}).data
    assert WebhookEndpoint.objects.get(pk=mine["id"]).sandbox
    for caller, other, name in ((tester, server, "tess"), (server, tester, "ann")):
        record(caller, streak, of=name)
        member = Member.objects.get(external_id=name)
        events = Event.objects.filter(member_id=member.pk)
        assert {one.endpoint.sandbox for one in Delivery.objects.filter(event__in=events)} == {name == "tess"}
        assert sorted(caller.get("event/record").ids) == sorted(str(pk) for pk in events.values_list("pk", flat=True))
        for resource in ("webhook_endpoint", "webhook_delivery", "event"):
            found = set(caller.get(f"{resource}/record").ids)
            assert found
            assert found.isdisjoint(other.get(f"{resource}/record").ids)
            assert other.get(f"{resource}/record/{found.pop()}").error() == (404, "not_found")


# --- the end ----------------------------------------------------------------------------------------------------------


def fill(tester: Caller, streak: Streak) -> None:
    """Do everything that leaves rows."""
    for day in (8, 9):
        record(tester, streak, NOON.replace(day=day))
        record(tester, streak, NOON.replace(day=day), of="twin")
    twin = Member.objects.get(external_id="twin")
    merged = tester.post(f"account_user/record/{twin.pk}/merge", {"intoExternalId": "tess"})
    assert merged.data["aliases"] == ["twin"]
    fact = {"streakId": str(streak.pk), "ownedById": "tess", "reason": "a storm"}
    days = {"kind": "amnesty", "startsOn": "2026-03-01", "endsOn": "2026-03-02"}
    assert tester.post("streak_excuse/record", {**fact, **days}).status == 201
    assert tester.post("streak_freeze/record", {**fact, "uniqueIdentifier": "gift"}).status == 201
    kept = tester.send("POST", LOGS, body(streak, NOON), headers={"Idempotency-Key": "once"})
    assert kept.status == 201
    set_clock(tester, NOON + timedelta(days=9))


@pytest.mark.parametrize("by_command", [False, True])
def test_what_was_tried_out_is_deleted_whole_and_nothing_else(tester, by_command):
    server, streak = admin(), make_streak(freeze_max_count=5)
    make_milestone(streak, 1)
    record(server, streak, of="ann")
    tester.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"})
    before = {table.model: table.model._base_manager.count() for table in personal_tables()}
    fill(tester, streak)
    assert RewardLog.objects.count() > 1
    assert KeptAnswer.objects.exists()
    if by_command:
        written = StringIO()
        call_command("delete_sandbox", stdout=written)
        assert written.getvalue() == "Deleted 2 sandbox members.\n"
    else:
        member = Member.objects.get(external_id="tess")
        assert tester.delete(f"account_user/record/{member.pk}").status == 204
    assert [member.external_id for member in Member.everybody.all()] == ["ann"]
    after = {table.model: table.model._base_manager.count() for table in personal_tables()}
    assert after == before
    # The names can be used anew.
    assert record(tester, streak)["streakProgress"]["currentProgressValue"] == 1


def test_an_export_has_everything_of_a_sandbox_member(tester):
    streak = make_streak()
    record(tester, streak)
    member = Member.objects.get()
    exported = tester.get(f"account_user/record/{member.pk}/export").body["data"]
    assert exported["member"]["sandbox"] is True
    assert len(exported["streakLogs"]) == 1
