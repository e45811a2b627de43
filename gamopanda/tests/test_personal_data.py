"""One person, followed through every table: exported whole, erased without a trace (S35, S61)."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.utils import timezone

from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.accounts.personal_data import personal_tables
from gamopanda.accounts.zones import ask_for_zone
from gamopanda.events.models import Delivery, Reminder
from gamopanda.events.tests.receiving import make_endpoint
from streaks.models import ExcusedMember, SetAsideLog, Streak, StreakExcuse, StreakFreeze, StreakLog
from streaks.tests.calling import Caller, admin, end_user, guest, log_body, make_milestone, make_streak

pytestmark = pytest.mark.django_db

# A new table is added here when nothing in it is about members. Otherwise its app registers it as a table about
# members, and says what an erasure takes out of it.
ABOUT_NO_MEMBER = {
    "accounts.ApiKey", "accounts.RecentCall", "auth.Group", "auth.Permission", "auth.User", "axes.AccessAttempt",
    "axes.AccessAttemptExpiration", "axes.AccessFailureLog", "axes.AccessLog", "contenttypes.ContentType",
    "otp_static.StaticDevice", "otp_static.StaticToken", "otp_totp.TOTPDevice", "rewards.PastRewards",
    "events.Announcement", "events.CommandRound", "events.EventCounter", "events.FollowedStreak",
    "events.ReminderRule", "events.UsedFreeze",
    "events.WebhookEndpoint",
    "rewards.PoolCode", "rewards.RewardCount", "rewards.RewardTally", "sessions.Session", "streaks.DayTally",
    "streaks.HolidayCalendar", "streaks.HolidayEdit", "streaks.Milestone", "streaks.RunTally", "streaks.SavedTally",
    "streaks.Streak", "streaks.StreakPause", "streaks.StreakRules", "streaks.TallyRound",
    "widget.WidgetSettings", "widget.WidgetText",
}  # fmt: skip
TRACES = ("zoe-17", "device-zoe", "Zoë", "Zuckmayer", "zoe@example.com", "+4915112345678", "Zoe's reason")


@pytest.fixture
def server() -> Caller:
    return admin()


@pytest.fixture
def streak() -> Streak:
    streak = make_streak()
    make_milestone(streak, 1)
    return streak


@pytest.fixture
def zoe(server: Caller, streak: Streak, admin_client: Client) -> Member:
    """Somebody with a row in every table about members, and with all that says who she is."""
    make_endpoint()
    for name in ("device-zoe", "zoe-17"):
        assert server.post("streak_log/record", log_body(streak, of=name)).status == 201
    person = {"firstName": "Zoë", "lastName": "Zuckmayer", "email": "zoe@example.com", "phoneNumber": "+4915112345678"}
    for name in ("device-zoe", "zoe-17"):
        assert server.put(f"account_user/record/by-external-id/{name}", person).status == 200
    device, zoe = Member.objects.get(external_id="device-zoe"), Member.objects.get(external_id="zoe-17")
    form = {"external_id": "zoe-17", "first_name": "Zoë", "last_name": "Zuckmayer-Z", "email": "", "status": "live"}
    page = f"/admin/accounts/member/{zoe.pk}/change/"
    assert admin_client.post(page, {**form, "phone_number": ""}).status_code == 302
    assert server.post(f"account_user/record/{device.pk}/merge", {"intoId": str(zoe.pk)}).status == 200
    MemberMerge.objects.update(reason="Zoe's reason")
    ask_for_zone(zoe, "Asia/Tokyo", author="ann", reason="Zoe's reason", now=timezone.now())
    excuse_and_give_freezes(zoe, streak)
    Delivery.objects.update(attempts=[{"answer": "zoe-17 is welcome"}])
    remind(zoe, streak)
    return zoe


def remind(member: Member, streak: Streak) -> None:
    about = {"type": "at_risk", "period_key": "2026-02-01", "way": "event", "status": "sent"}
    Reminder.objects.create(member=member, streak=streak, due_at=timezone.now(), **about)


def excuse_and_give_freezes(member: Member, streak: Streak) -> None:
    dates = {"starts_on": "2026-02-01", "ends_on": "2026-02-02", "streak": streak, "applied_at": timezone.now()}
    StreakExcuse.objects.create(kind="member_break", member=member, reason="Zoe's reason", **dates)
    amnesty = StreakExcuse.objects.create(kind="amnesty", is_for_list=True, reason="a storm", **dates)
    ExcusedMember.objects.create(member=member, excuse=amnesty)
    gift = {"given_at": timezone.now(), "reason": "Zoe's reason", "unique_identifier": "ticket-1"}
    StreakFreeze.objects.create(member=member, streak=streak, **gift)
    Member.objects.filter(pk=member.pk).update(has_own_facts=True)


def everything_stored() -> str:
    """Every value of every row of every table."""
    return json.dumps(
        [list(model._base_manager.values()) for model in apps.get_models()], default=str, ensure_ascii=False
    )


def test_every_table_is_registered_or_says_nothing_about_members():
    labels = {model._meta.label: model for model in apps.get_models() if model._meta.managed}
    registered = {table.model._meta.label for table in personal_tables()} | {"accounts.Member"}
    assert labels.keys() - registered - ABOUT_NO_MEMBER == set()
    assert registered & ABOUT_NO_MEMBER == set()
    for label in ABOUT_NO_MEMBER:
        targets = {field.related_model for field in labels[label]._meta.concrete_fields if field.is_relation}
        assert Member not in targets, label


def test_every_table_with_a_member_is_moved_by_a_merge():
    """By its own app, as the recording does with logs, or by its foreign key."""
    moved = {relation.related_model for relation in Member._meta.related_objects} - {Member, MemberMerge}
    assert moved <= {table.model for table in personal_tables()}


def test_s61_an_export_has_every_row_about_the_member_and_no_other(server, streak, zoe):
    server.post("streak_log/record", log_body(streak, of="somebody else"))
    answer = server.get(f"account_user/record/{zoe.pk}/export")
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.data["member"]["externalId"], answer.data["member"]["lastName"]) == ("zoe-17", "Zuckmayer-Z")
    assert [former["externalId"] for former in answer.data["formerMembers"]] == ["device-zoe"]
    expected = {table.name: table.rows(zoe.pk).count() for table in personal_tables() if table.name}
    assert {name: len(rows) for name, rows in answer.data.items() if name in expected} == expected
    # Django's own history is that of earlier versions.
    assert min(count for name, count in expected.items() if name != "earlierChanges") > 0
    assert answer.data["streakLogs"][0]["activityValue"] == 50
    assert "somebody else" not in json.dumps(answer.body, default=str)
    for trace in TRACES:
        assert trace in json.dumps(answer.body, default=str, ensure_ascii=False), trace


def test_s35_an_erasure_leaves_no_trace_of_the_person_in_any_table_and_keeps_the_facts(server, zoe):
    before = everything_stored()
    assert [trace for trace in TRACES if trace not in before] == []
    facts = StreakLog.objects.count(), SetAsideLog.objects.count(), MemberMerge.objects.count()
    assert server.delete(f"account_user/record/{zoe.pk}").status == 204
    after = everything_stored()
    assert [trace for trace in TRACES if trace in after] == []
    assert (StreakLog.objects.count(), SetAsideLog.objects.count(), MemberMerge.objects.count()) == facts
    # All names can be used anew.
    for name in ("zoe-17", "device-zoe"):
        assert server.post("account_user/record", {"externalId": name}).status == 201


def test_a_member_without_activity_goes_with_all_who_were_merged_into_it(server):
    for name in ("zoe-17", "device-zoe"):
        assert server.post("account_user/record", {"externalId": name, "firstName": "Zoë"}).status == 201
    device, zoe = Member.objects.get(external_id="device-zoe"), Member.objects.get(external_id="zoe-17")
    assert server.post(f"account_user/record/{device.pk}/merge", {"intoId": str(zoe.pk)}).status == 200
    assert server.delete(f"account_user/record/{zoe.pk}").status == 204
    assert Member.everybody.count() == 0
    assert [trace for trace in TRACES if trace in everything_stored()] == []


def test_only_administrators_export(server, zoe):
    path = f"account_user/record/{zoe.pk}/export"
    assert end_user("zoe-17").get(path).error() == (403, "forbidden")
    assert guest().get(path).error() == (401, "unauthorized")
    assert server.get("account_user/record/0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10/export").error() == (404, "not_found")


def test_no_model_has_a_member_by_another_name_than_a_foreign_key():
    """Such a column would be overlooked by everything here."""
    about: list[Any] = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            is_named_so = field.name in {"member_id", "external_id", "owner_id"} and not field.is_relation
            if is_named_so and not isinstance(field, models.ForeignKey) and model is not Member:
                about.append(model)
    assert [model for model in about if model not in {table.model for table in personal_tables()}] == []
