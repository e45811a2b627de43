"""Reminders: who is reminded when, in which words, and why the others are not (R1-R5)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import transaction

from gamopanda.accounts.models import Member
from gamopanda.accounts.zones import ask_for_zone
from gamopanda.events.models import Event, Reminder, ReminderRule
from gamopanda.events.reminders import sending
from gamopanda.events.reminders.sending import send_due
from rewards.models import RewardLog
from streaks.models import Streak
from streaks.progress.housekeeping import close_runs
from streaks.progress.service import record_log
from streaks.tests.calling import make_member, make_milestone
from streaks.tests.recording_cases import Case, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _events_are_listed(settings: Any) -> None:
    settings.GAMOPANDA_EVENT_LIST = True
    settings.GAMOPANDA_SITE_URL = "https://streaks.example.com"


def rule_for(streak: Streak, reminder_type: str = "at_risk", **changes: Any) -> ReminderRule:
    texts = {"subject": "Day {{nextProgressValue}}", "text": "{{nextRemainingValue}} more today!"}
    return ReminderRule.objects.create(streak=streak, type=reminder_type, is_on=True, **{**texts, **changes})


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def case_on(day: int, external_id: str = "ann", **rules: Any) -> Case:
    """A member who has completed the day before this one."""
    case = make_case(external_id, **rules)
    with time_machine.travel(at(f"{day - 1:02d}T12:00")):
        record_log(case.log(day - 1), now=at(f"{day - 1:02d}T12:00"))
    return case


def became() -> list[tuple[str, str]]:
    return list(Reminder.objects.order_by("pk").values_list("status", "reason"))


def reminded() -> list[dict[str, Any]]:
    events = Event.objects.filter(type="reminder.due").order_by("pk")
    return [json.loads(event.payload) for event in events]


def test_a_run_about_to_break_is_told_of_once_in_the_words_of_the_marketer_R1() -> None:
    case = case_on(10)
    rule_for(case.streak, hours_before=6, minimum_value=1)
    assert send_due(now=at("10T17:59")) == 0
    assert send_due(now=at("10T18:01")) == 1
    assert send_due(now=at("10T18:02")) == 0
    (told,) = reminded()
    assert told["member"] == {"id": str(case.member.pk), "externalId": "ann"}
    assert told["reminder"] == {
        "type": "at_risk",
        "periodKey": "2026-03-10",
        "languageCode": "en",
        "subject": "Day 2",
        "text": "50 more today!",
    }
    assert told["streakProgress"]["currentProgressValue"] == 1
    assert became() == [("sent", "")]


def test_members_are_reminded_by_their_own_clocks_S52_R4() -> None:
    east = case_on(10, clock="member")
    west = Case(make_member("west"), east.streak)
    for case, zone in ((east, "Asia/Tokyo"), (west, "America/Los_Angeles")):
        ask_for_zone(case.member, zone, author="sue", now=at("09T12:00"), is_at_once=True)
        record_log(case.log(9), now=at("09T12:00"))
    rule_for(east.streak, hours_before=6, minimum_value=1)
    # Six hours before midnight in Tokyo, and 16 hours later in Los Angeles.
    assert [send_due(now=at(hour)) for hour in ("10T08:59", "10T09:01", "10T12:00")] == [0, 1, 0]
    assert [told["member"]["externalId"] for told in reminded()] == ["ann"]
    assert [send_due(now=at(hour)) for hour in ("11T00:58", "11T01:02")] == [0, 1]
    assert [told["reminder"]["periodKey"] for told in reminded()] == ["2026-03-10", "2026-03-10"]


def test_a_text_is_in_the_language_of_the_member() -> None:
    case = case_on(10)
    Member.objects.update(language_code="de-AT")
    rule_for(case.streak, text_de="Noch {{nextRemainingValue}} für {{periodText}} {{nextProgressValue}}")
    record_log(case.log(10, "20.5"), now=at("10T12:00"))
    send_due(now=at("10T20:46"))
    assert reminded()[0]["reminder"]["text"] == "Noch 29,50 für Tag 2"
    assert reminded()[0]["reminder"]["languageCode"] == "de"


@pytest.mark.parametrize(
    ("change", "now", "expected"),
    [
        ({}, "10T20:50", [("sent", "")]),
        ({"member": {"reminders_enabled": False}}, "10T20:50", [("dropped", "signed_off")]),
        ({"member": {"reminders_off": ["at_risk"]}}, "10T20:50", [("dropped", "signed_off")]),
        ({"member": {"reminders_off": ["broken"]}}, "10T20:50", [("sent", "")]),
        ({"member": {"status": "paused"}}, "10T20:50", [("dropped", "member_not_live")]),
        (
            {"streak": {"status": "paused", "paused_at": at("10T08:00")}},
            "10T20:50",
            [("dropped", "streak_not_running")],
        ),
        ({"streak": {"ends_at": at("10T19:00")}}, "10T20:50", [("dropped", "streak_not_running")]),
        # Two hours before midnight are quiet: it comes before, or not at all.
        ({}, "10T20:44", []),
        ({}, "10T21:00", [("dropped", "quiet_hours")]),
        ({"rule": {"hours_before": 10}}, "10T16:01", [("dropped", "late")]),
        ({"rule": {"minimum_value": 2}}, "10T20:50", []),
        ({"rule": {"is_on": False}}, "10T20:50", []),
        ({"rule": {"hours_before": 24}}, "10T00:10", [("dropped", "quiet_hours")]),
    ],
)
def test_every_reminder_is_sent_or_dropped_with_a_reason_R3_R4(
    change: dict[str, Any], now: str, expected: list[tuple[str, str]]
) -> None:
    case = case_on(10)
    rule = rule_for(case.streak, hours_before=2)
    Member.objects.filter(pk=case.member.pk).update(**change.get("member", {"status": "live"}))
    ReminderRule.objects.filter(pk=rule.pk).update(**change.get("rule", {"is_on": True}))
    Streak.objects.filter(pk=case.streak.pk).update(**change.get("streak", {"status": "live"}))
    send_due(now=at(now))
    assert became() == expected
    assert len(reminded()) == expected.count(("sent", ""))


def test_a_member_who_has_done_it_or_rests_that_day_is_not_reminded() -> None:
    done, resting = case_on(10), case_on(10, "bob", active_weekdays=["mon", "wed", "thu", "fri", "sat", "sun"])
    for case in (done, resting):
        rule_for(case.streak)
    record_log(done.log(10), now=at("10T12:00"))
    assert send_due(now=at("10T20:50")) == 0
    assert became() == []
    # The next day both have to do something again.
    assert send_due(now=at("11T20:50")) == 2


def test_a_log_that_comes_while_prospects_are_read_is_seen_under_the_lock(monkeypatch: Any) -> None:
    case = case_on(10)
    rule_for(case.streak)
    claim = sending.claim

    def log_and_claim(*given: Any) -> Any:
        record_log(case.log(10), now=at("10T20:50"))
        return claim(*given)

    monkeypatch.setattr(sending, "claim", log_and_claim)
    assert send_due(now=at("10T20:50")) == 0
    assert became() == []


@pytest.mark.parametrize(
    ("model", "change", "expected"),
    [
        (Streak, {"status": "paused", "paused_at": at("10T20:00")}, [("dropped", "streak_not_running")]),
        (ReminderRule, {"is_on": False}, []),
    ],
)
def test_what_is_switched_off_while_a_round_goes_on_is_not_sent_R3(
    monkeypatch: Any, model: Any, change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    rule_for(case_on(10).streak)
    claim = sending.claim

    def change_and_claim(*given: Any) -> Any:
        model.objects.update(**change)
        return claim(*given)

    monkeypatch.setattr(sending, "claim", change_and_claim)
    assert send_due(now=at("10T20:50")) == 0
    assert became() == expected


def test_a_round_that_takes_long_decides_by_the_clock_of_each_moment_R2(monkeypatch: Any) -> None:
    rule_for(case_on(10).streak)
    seconds = iter([0, 10 * 60])
    monkeypatch.setattr(sending, "monotonic", lambda: next(seconds))
    assert send_due(now=at("10T20:50")) == 0
    assert became() == [("dropped", "quiet_hours")]


def test_one_a_day_and_the_most_urgent_first_R4(settings: Any) -> None:
    case = case_on(10)
    make_milestone(case.streak, 2)
    rule_for(case.streak, "milestone_near", local_hour=18)
    rule_for(case.streak, "at_risk", hours_before=6)
    assert send_due(now=at("10T18:01")) == 1
    assert [told["reminder"]["type"] for told in reminded()] == ["at_risk"]
    assert set(Reminder.objects.values_list("type", "status", "reason")) == {
        ("at_risk", "sent", ""),
        ("milestone_near", "dropped", "enough_today"),
    }
    settings.GAMOPANDA_REMINDERS_A_DAY = 2
    record_log(case.log(10), now=at("10T19:00"))
    Streak.objects.update(completion_target_value=30)
    make_milestone(case.streak, 3)
    assert send_due(now=at("11T18:01")) == 2


def test_a_milestone_that_is_near_is_told_of_at_the_hour_of_the_day_R1() -> None:
    case = case_on(10)
    make_milestone(case.streak, 3)
    rule_for(case.streak, "milestone_near", periods_to_go=1)
    assert send_due(now=at("10T10:01")) == 0
    record_log(case.log(10), now=at("10T12:00"))
    assert send_due(now=at("10T12:01")) == 0
    assert send_due(now=at("11T09:59")) == 0
    assert send_due(now=at("11T10:01")) == 1


def test_a_break_is_told_of_later_and_only_while_it_is_one_E4() -> None:
    case, back = case_on(10), case_on(10, "bob")
    for one in (case, back):
        rule_for(one.streak, "broken")
    close_runs(now=at("11T00:10"))
    assert became() == [("planned", ""), ("planned", "")]
    assert Reminder.objects.values_list("due_at", flat=True).distinct().get() == at("11T10:00")
    record_log(back.log(11, hours=-4), now=at("11T09:00"))
    assert send_due(now=at("11T09:59")) == 0
    assert send_due(now=at("11T10:01")) == 1
    assert [told["member"]["externalId"] for told in reminded()] == ["ann"]
    assert sorted(became()) == [("dropped", "outdated"), ("sent", "")]


def test_a_used_freeze_is_told_of_later_and_only_while_it_is_one_R1_E4() -> None:
    freezes = {"freeze_max_count": 2, "freeze_initial_count": 1, "freeze_minimum_value": 1}
    case, back, short = (case_on(10, name, **freezes) for name in ("ann", "bob", "cat"))
    for one in (case, back, short):
        least = 2 if one is short else 1
        rule_for(one.streak, "freeze_used", text="{{freezesLeft}} of {{freezeMaxCount}} left", minimum_value=least)
    close_runs(now=at("11T00:10"))
    assert became() == [("planned", ""), ("planned", "")]
    assert set(Reminder.objects.values_list("due_at", "period_key")) == {(at("11T10:00"), at("10T00:00").date())}
    record_log(back.log(10), now=at("11T09:00"))
    assert send_due(now=at("11T09:59")) == 0
    assert send_due(now=at("11T10:01")) == 1
    (told,) = reminded()
    assert (told["member"]["externalId"], told["reminder"]["text"]) == ("ann", "0 of 2 left")
    assert told["streakProgress"]["frozenPeriods"] == ["2026-03-10"]
    assert sorted(became()) == [("dropped", "outdated"), ("sent", "")]
    assert send_due(now=at("11T10:02")) == 0


def test_a_reward_about_to_expire_is_told_of_once_R1() -> None:
    case = make_case()
    make_milestone(case.streak, 1, reward_validity_days=5)
    record_log(case.log(10), now=at("10T12:00"))
    rule_for(case.streak, "reward_expiring", days_before=2)
    assert send_due(now=at("14T09:59")) == 0
    assert send_due(now=at("14T10:01")) == 1
    assert send_due(now=at("14T10:02")) == 0
    assert reminded()[0]["rewardLog"]["couponCode"] == RewardLog.objects.get().coupon_code
    Reminder.objects.all().delete()
    RewardLog.objects.update(redeemed_at=at("14T10:03"))
    assert send_due(now=at("14T10:04")) == 0


def test_a_reminder_without_a_consumer_is_dropped(settings: Any) -> None:
    settings.GAMOPANDA_EVENT_LIST = False
    rule_for(case_on(10).streak)
    assert send_due(now=at("10T20:50")) == 0
    assert (became(), reminded()) == ([("dropped", "not_taken")], [])


def test_an_email_has_the_text_and_a_way_out_with_one_click_R5() -> None:
    case, without = case_on(10), case_on(10, "bob")
    Member.objects.filter(pk=case.member.pk).update(email="ann@example.com")
    for one in (case, without):
        rule_for(one.streak, way="email")
    assert send_due(now=at("10T20:50")) == 1
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ann@example.com"], "Day 2")
    assert message.body.startswith("50 more today!\n")
    url = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert url.startswith("https://streaks.example.com/reminders/")
    assert url in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sorted(became()) == [("dropped", "no_address"), ("sent", "")]
    assert reminded() == []


def test_emails_in_flight_at_a_kill_are_never_sent_again(monkeypatch: Any) -> None:
    case = case_on(10)
    Member.objects.update(email="ann@example.com")
    rule_for(case.streak, way="email", hours_before=4)

    def kill(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sending, "send_claimed", kill)
        with pytest.raises(KeyboardInterrupt):
            send_due(now=at("10T20:10"))
    assert became() == [("sending", "")]
    Reminder.objects.update(updated_at=at("10T20:10"))
    assert send_due(now=at("10T20:20")) == 0
    assert became() == [("sending", "")]
    assert send_due(now=at("10T20:26")) == 0
    assert became() == [("dropped", "interrupted")]
    assert mail.outbox == []


def test_a_mail_server_that_is_away_decides_nothing(monkeypatch: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    case = case_on(10)
    Member.objects.update(email="ann@example.com")
    rule_for(case.streak, way="email")
    assert send_due(now=at("10T20:50")) == 0
    assert became() == []


def test_a_killed_worker_has_written_nothing_or_all(monkeypatch: Any) -> None:
    rule_for(case_on(10).streak)

    def kill(*_given: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("gamopanda.events.reminders.claiming.store_events", kill)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            send_due(now=at("10T20:50"))
    assert (became(), reminded()) == ([], [])
    assert send_due(now=at("10T20:51")) == 1


def test_old_reminders_are_deleted_with_old_events() -> None:
    from gamopanda.events.cleaning import delete_old_events

    rule_for(case_on(10).streak)
    send_due(now=at("10T20:50"))
    stored = Reminder.objects.get().created_at
    delete_old_events(now=stored + timedelta(days=29))
    assert Reminder.objects.count() == 1
    delete_old_events(now=stored + timedelta(days=31))
    assert Reminder.objects.count() == 0


@pytest.mark.parametrize("field", ["subject", "text", "subject_de", "text_de"])
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Noch {{nextRemainingValue} heute", "unpaired_braces"),
        ("Noch {{nextRemainingValu}} heute", "unknown_variable"),
    ],
)
def test_S31_braces_that_members_would_read_are_refused_in_a_reminder(field: str, written: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ReminderRule(**{field: written}).clean_fields(exclude={"streak", "type"})
    assert [error.code for error in refused.value.error_dict[field]] == [code]
