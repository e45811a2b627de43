"""The sandbox: members of keys for trials, who count nowhere and have clocks of their own."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.conf import settings as configured
from django.core.management import call_command

from gamopanda.accounts.models import ApiKey, KeptAnswer, Member
from gamopanda.accounts.personal_data import personal_tables
from gamopanda.events.models import Delivery, Event, Reminder, ReminderRule, WebhookEndpoint
from gamopanda.events.reminders.sending import send_due
from gamopanda.events.tests.receiving import make_endpoint
from rewards.coupons import upload_codes
from rewards.models import PoolCode, RewardCount, RewardLog, RewardTally
from streaks.models import DayTally, RunTally, Streak, StreakLog
from streaks.presenters.results import count_results
from streaks.progress import service
from streaks.progress.housekeeping import close_runs
from streaks.tests.calling import Answer, Caller, admin, end_user, log_body, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db

LOGS = "streak_log/record"
DISPLAY = "/api/v1.0/end-user-display"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon_of_the_tenth_of_march(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


def make_sandbox_key() -> ApiKey:
    return ApiKey.objects.create(name=f"sandbox {ApiKey.objects.count()}", sandbox=True)


@pytest.fixture
def key() -> ApiKey:
    return make_sandbox_key()


@pytest.fixture
def tester(key: ApiKey) -> Caller:
    return Caller({"x-api-key": key.api_key, "x-api-secret": key.secret})


def reader(key: ApiKey, external_id: str) -> Caller:
    claims = {
        "sub": configured.GAMOPANDA_ACCOUNT_ID,
        "exp": NOON + timedelta(hours=1),
        "userData": {"externalId": external_id},
    }
    token = jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.api_key})
    return Caller({"x-enduser-access-token": token, "x-account-id": configured.GAMOPANDA_ACCOUNT_ID})


def body(streak: Streak, at: datetime, of: str = "tess", **changes: Any) -> dict[str, Any]:
    return log_body(streak, of=of, activityAt=at.isoformat(), uniqueIdentifier=at.isoformat(), **changes)


def record(caller: Caller, streak: Streak, at: datetime = NOON, of: str = "tess") -> Any:
    return caller.post(LOGS, body(streak, at, of)).data


def set_clock(caller: Caller, at: datetime, of: str = "tess") -> Answer:
    member = Member.objects.get(external_id=of)
    return caller.post(f"account_user/record/{member.pk}/clock", {"now": at.isoformat()})


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


def test_a_sandbox_key_sees_and_touches_sandbox_members_alone_and_a_live_key_all_others(tester):
    server, streak = admin(), make_streak(freeze_max_count=5)
    make_milestone(streak, 1)
    for caller, name in ((server, "ann"), (tester, "tess")):
        record(caller, streak, of=name)
        fact = {"streakId": str(streak.pk), "ownedById": name, "reason": "a storm"}
        dates = {"kind": "amnesty", "startsOn": "2026-03-01", "endsOn": "2026-03-02"}
        assert caller.post("streak_excuse/record", {**fact, **dates}).status == 201
        assert caller.post("streak_freeze/record", {**fact, "uniqueIdentifier": "gift"}).status == 201
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


# --- the clock --------------------------------------------------------------------------------------------------------


def test_a_month_of_a_streak_passes_in_a_moment(key, tester):
    streak = make_streak(completion_target_value=7)
    make_milestone(streak, 7)
    day = NOON
    for number in range(1, 8):
        answer = record(tester, streak, day)
        assert answer["streakProgress"]["currentProgressValue"] == number
        day += timedelta(days=1)
        assert set_clock(tester, day).data["now"] == day.isoformat().replace("+00:00", "Z")
    assert answer["streakProgress"]["streakProgressStatus"] == "completed"
    (reward,) = tester.get("reward_log/record").data
    assert reward["rewardIssuedAt"] == "2026-03-16T12:00:00Z"
    member = Member.objects.get()
    assert service.check([member.pk], now=day) == []
    # A day later than everybody's, to the end user too.
    shown = reader(key, "tess").get(DISPLAY).data["streaks"][0]
    assert shown["taskProgress"]["periodKey"] == "2026-03-17"
    assert shown["streakProgress"]["streakProgressStatus"] == "completed"
    # The next run begins, and breaks when a day goes by without activity.
    record(tester, streak, day)
    set_clock(tester, day + timedelta(days=2))
    newest = tester.get("streak_progress/record").data[0]
    assert (newest["streakProgressStatus"], newest["streakBrokenAt"]) == ("broken", "2026-03-19T00:00:00Z")
    broken = tester.get("streak_progress/record", streakProgressStatus="broken").ids
    assert broken == [newest["id"]]
    assert tester.post("streak_progress/record/query", {"streakId": str(streak.pk), "externalIds": ["tess"]}).data[0][
        "streakProgressStatus"
    ] == ("broken")


def test_each_member_has_a_clock_of_its_own(tester):
    streak = make_streak()
    for name in ("tess", "tom"):
        record(tester, streak, of=name)
    set_clock(tester, NOON + timedelta(days=3), of="tom")
    runs = {run["externalId"]: run["streakProgressStatus"] for run in tester.get("streak_progress/record").data}
    assert runs == {"tess": "in_progress", "tom": "broken"}
    ahead = NOON + timedelta(days=3)
    batch = [body(streak, ahead, "tess"), body(streak, ahead, "tom"), body(streak, ahead, "new")]
    results = tester.post(f"{LOGS}/bulk", {"records": batch}).data["results"]
    assert [result["status"] for result in results] == ["rejected", "created", "rejected"]
    assert results[0]["error"]["details"][0]["code"] == "in_future"


def test_a_clock_only_moves_forward_and_never_by_more_than_a_year(tester):
    record(tester, make_streak())
    assert set_clock(tester, NOON + timedelta(days=1)).status == 200
    for at in (NOON, NOON + timedelta(days=1), NOON + timedelta(days=400)):
        answer = set_clock(tester, at)
        assert answer.details() == [("now", "out_of_range")]
        assert "2026-03-11T12:00:00+00:00 and only moves forward" in answer.body["error"]["message"]
    assert Member.objects.get().clock_at == NOON + timedelta(days=1)


def test_a_clock_that_everybody_has_caught_up_with_goes_on_with_them(tester, time_machine):
    streak = make_streak()
    record(tester, streak)
    set_clock(tester, NOON + timedelta(hours=3))
    time_machine.move_to(NOON + timedelta(hours=5), tick=False)
    assert record(tester, streak, NOON + timedelta(hours=5))["periodKey"] == "2026-03-10"


def test_other_members_have_no_clock_of_their_own():
    member = make_member()
    answer = admin().post(f"account_user/record/{member.pk}/clock", {"now": "2026-03-11T12:00:00Z"})
    assert answer.error() == (403, "forbidden")
    assert Member.objects.get().clock_at is None


def test_freezes_and_breaks_follow_the_clock(tester):
    streak = make_streak(freeze_max_count=1, freeze_initial_count=1, freeze_minimum_value=1)
    record(tester, streak)
    set_clock(tester, NOON + timedelta(days=2))
    (run,) = tester.get("streak_progress/record").data
    assert (run["streakProgressStatus"], run["frozenPeriods"], run["freezesLeft"]) == ("in_progress", ["2026-03-11"], 0)
    days = {"kind": "member_break", "startsOn": "2026-03-12", "endsOn": "2026-03-14", "reason": "a journey"}
    assert tester.post("streak_excuse/record", {**days, "streakId": str(streak.pk), "ownedById": "tess"}).status == 201
    set_clock(tester, NOON + timedelta(days=5))
    assert tester.get("streak_progress/record").data[0]["streakProgressStatus"] == "in_progress"
    set_clock(tester, NOON + timedelta(days=6))
    assert tester.get("streak_progress/record").data[0]["streakProgressStatus"] == "broken"


def test_breaks_are_told_when_the_clock_has_come_to_it(tester):
    streak = make_streak(announce_after_hours=6)
    tester.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"})
    record(tester, streak)
    set_clock(tester, NOON + timedelta(days=2))
    events = [event["type"] for event in tester.get("event/record", type="streak.broken").data]
    assert events == ["streak.broken"]
    delivery = Delivery.objects.get(event__type="streak.broken")
    # It goes out now, whatever the member's clock says.
    assert delivery.next_attempt_at == NOON
    assert delivery.event.created_at == NOON + timedelta(days=2)


def test_used_freezes_and_expiring_rewards_are_told_by_the_clock_once(tester):
    streak = make_streak(freeze_max_count=2, freeze_initial_count=2, freeze_minimum_value=1, announce_after_hours=0)
    make_milestone(streak, 1, reward_validity_days=10)
    tester.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"})
    record(tester, streak)

    def told() -> list[str]:
        types = [event["type"] for event in tester.get("event/record", limit="50").data]
        return sorted(one for one in types if one in {"streak.freeze_used", "reward.expiring"})

    close_runs(now=NOON + timedelta(days=2))
    set_clock(tester, NOON + timedelta(days=2))
    assert told() == ["streak.freeze_used"]
    set_clock(tester, NOON + timedelta(days=2, hours=1))
    assert told() == ["streak.freeze_used"]
    record(tester, streak, NOON + timedelta(days=2))
    for days in (7.5, 8):
        set_clock(tester, NOON + timedelta(days=days))
        assert told().count("reward.expiring") == 1
    assert told().count("streak.freeze_used") >= 1


def test_reminders_come_by_the_clock_to_endpoints_of_the_sandbox_alone(tester):
    streak = make_streak()
    texts = {"subject": "Soon", "text": "{{nextRemainingValue}} more today!"}
    rule = ReminderRule.objects.create(
        streak=streak, type="at_risk", is_on=True, way="event", hours_before=6, minimum_value=1, **texts
    )
    make_endpoint()
    tester.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"})
    record(tester, streak)
    set_clock(tester, NOON + timedelta(days=1))
    assert not Reminder.objects.exists()
    # The rounds of everybody leave it alone.
    close_runs(now=NOON + timedelta(days=1, hours=7))
    send_due(now=NOON + timedelta(days=1, hours=7))
    assert not Reminder.objects.exists()
    set_clock(tester, NOON + timedelta(days=1, hours=7))
    (reminder,) = Reminder.objects.all()
    assert (reminder.status, reminder.type, reminder.streak_id) == ("sent", "at_risk", rule.streak_id)
    (delivery,) = Delivery.objects.filter(event__type="reminder.due")
    assert delivery.endpoint.sandbox


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
