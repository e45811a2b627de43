"""`{{firstName}}` with a fallback, wherever a member reads a message: in answers and e-mails, never in events (S31)."""

from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from gamopanda.accounts.models import Member
from gamopanda.admin.links import page_of
from gamopanda.events.models import Event, ReminderRule
from gamopanda.events.reminders.sending import send_due
from streaks.core.messages import address
from streaks.models import Streak
from streaks.tests.admin_pages import errors, save
from streaks.tests.calling import admin, end_user, guest, log_body, make_member, make_streak
from streaks.tests.recording_cases import NOW
from streaks.tests.test_admin_texts import as_csv, exported, filled, problems, sent

pytestmark = pytest.mark.django_db

HELLO = "Hello {{firstName|fallback: friend}}, day {{nextProgressValue}}!"
FIELD = "eud_non_milestone_next_to_be_achieved_message"
ADVICE = "needs one fallback, which members without a first name read: write it as {{firstName|fallback: there}}."
WRONG = [
    "{{firstName}}",
    "{{firstName|there}}",
    "{{firstName | 'there'}}",
    "{{firstName|fallback:}}",
    "{{firstName|fallback: a|fallback: b}}",
    "{{firstName|one: a|other: b}}",
]


@pytest.fixture(autouse=True)
def _evening_of_the_third_of_march() -> Any:
    with time_machine.travel("2026-03-03T18:00:00Z", tick=False):
        yield


def make_greeting(**values: Any) -> Any:
    return make_streak(**{f"{FIELD}_en": HELLO, **values})


def read_by(caller: Any) -> str:
    (streak,) = caller.get("/api/v1.0/end-user-display").data["streaks"]
    (message,) = streak["display"]["messages"]
    return str(message)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("template", "name", "read"),
    [
        ("Hi {{firstName|fallback: there}}!", "Ann", "Hi Ann!"),
        ("Hi {{ firstName | fallback : there }}!", "", "Hi there!"),
        ("Hi {{firstName|fallback: there}}!", "  ", "Hi there!"),
        ("Hi {{firstName|fallback: at 5: you}}!", "", "Hi at 5: you!"),
        (
            "{{firstName|fallback: you}}",
            "{{firstName|fallback: x}} {{periodText}}",
            "{{firstName|fallback: x}} {{periodText}}",
        ),
        ("Hi {{firstName}} {{other}}", "Ann", "Hi {{firstName}} {{other}}"),
    ],
)
def test_a_name_or_its_fallback_is_filled_in_once(template: str, name: str, read: str) -> None:
    assert address(template, name) == read


@pytest.mark.sqlite
@pytest.mark.parametrize("text", WRONG)
def test_a_name_without_one_fallback_is_refused_alike_by_the_api_forms_and_sheets(
    admin_client: Client, text: str
) -> None:
    streak = make_streak(**{f"{FIELD}_en": "Come on!"})
    refused = admin().patch(f"streak/record/{streak.pk}", {"eudNonMilestoneNextToBeAchievedMessage": text})
    assert refused.details() == [("eudNonMilestoneNextToBeAchievedMessage", "fallback")]
    (detail,) = refused.body["error"]["details"]
    assert detail["message"] == f"{text} {ADVICE}"
    assert errors(save(admin_client, streak, **{f"{FIELD}_en": text}))[f"{FIELD}_en"] == [f"{text} {ADVICE}"]
    sheet = exported(admin_client, streak, "csv")
    key = next(row[0] for row in sheet if "Come on!" in row)
    page = sent(admin_client, streak, as_csv(filled(sheet, key, en=text)))
    assert [message for _cell, message in problems(page)] == [f"{text} {ADVICE}"]
    assert getattr(Streak.objects.get(), f"{FIELD}_en") == "Come on!"


@pytest.mark.sqlite
def test_a_name_with_a_fallback_is_taken_by_the_api_forms_and_sheets(admin_client: Client) -> None:
    streak, patch = make_streak(), {"eudNonMilestoneNextToBeAchievedMessage": HELLO}
    assert admin().patch(f"streak/record/{streak.pk}", patch).status == 200
    other = HELLO.replace("friend", "hero")
    assert save(admin_client, streak, **{f"{FIELD}_en": other}).status_code == 302
    assert getattr(Streak.objects.get(), f"{FIELD}_en") == other


def test_every_reader_is_addressed_by_their_own_name_and_the_others_by_the_fallback() -> None:
    streak = make_greeting()
    for external_id, name in (("ann", "Ann"), ("bob", "Bob"), ("nameless", "")):
        make_member(external_id, first_name=name)
    assert read_by(end_user("ann")) == "Hello Ann, day 1!"
    assert read_by(guest()) == "Hello friend, day 1!"
    assert read_by(end_user("bob")) == "Hello Bob, day 1!"
    assert read_by(end_user("nameless")) == read_by(end_user("stranger")) == "Hello friend, day 1!"
    body = log_body(streak, day=3, value=10, ownedBy={"externalId": "nameless", "firstName": "Nia"})
    display = admin().post("streak_log/record", body).data["streakProgress"]["display"]
    assert display["messages"] == ["Hello Nia, day 1!"]
    assert "firstName" not in display["variables"]
    (run,) = end_user("nameless").get("streak_progress/record").data
    assert run["display"] == display
    assert read_by(end_user("nameless")) == "Hello Nia, day 1!"


@pytest.mark.parametrize("external_id", ["ann", "new"])
def test_the_answer_to_a_log_says_the_name(external_id: str) -> None:
    streak = make_greeting()
    make_member("ann", first_name="Ann")
    owner = {"externalId": external_id} | ({"firstName": "Ann"} if external_id == "new" else {})
    data = admin().post("streak_log/record", log_body(streak, day=3, value=10, ownedBy=owner)).data
    assert data["streakProgress"]["display"]["messages"] == ["Hello Ann, day 1!"]


def test_after_an_erasure_nothing_says_the_name() -> None:
    streak, ann = make_greeting(), make_member("ann", first_name="Ann")
    admin().post("streak_log/record", log_body(streak, day=3, value=10))
    assert "Ann" in str(admin().get("streak_progress/record").data)
    assert admin().delete(f"account_user/record/{ann.pk}").status == 204
    (run,) = admin().get("streak_progress/record").data
    assert run["display"]["messages"] == ["Hello friend, day 1!"]


def remind(way: str) -> None:
    """Remind somebody who has come yesterday and not yet today."""
    streak = make_greeting()
    Member.objects.create(external_id="ann", first_name="Ann", email="ann@example.com")
    assert admin().post("streak_log/record", log_body(streak, day=2)).status == 201
    ReminderRule.objects.create(
        streak=streak,
        type="at_risk",
        way=way,
        is_on=True,
        subject="For {{firstName|fallback: you}}",
        text="Hi {{firstName|fallback: there}}, {{nextRemainingValue}} more!",
    )
    with time_machine.travel("2026-03-03T20:50:00Z", tick=False):
        assert send_due(now=NOW.replace(day=3, hour=20, minute=50)) == 1


def test_an_event_holds_the_fallback(settings: Any) -> None:
    settings.GAMOPANDA_EVENT_LIST = True
    remind("event")
    payload = Event.objects.get(type="reminder.due").payload
    assert "Hi there, 50 more!" in payload
    assert "For you" in payload
    assert not any("Ann" in event.payload for event in Event.objects.all())


def test_an_e_mail_says_the_name(settings: Any) -> None:
    settings.GAMOPANDA_SITE_URL = "https://streaks.example.com"
    remind("email")
    (letter,) = mail.outbox
    assert letter.subject == "For Ann"
    assert letter.body.startswith("Hi Ann, 50 more!")


@pytest.mark.sqlite
def test_the_console_lists_the_name_with_a_fallback(admin_client: Client) -> None:
    page = admin_client.get(page_of(make_streak())).context["console"]["variables"][-1]
    assert (page["name"], page["template"]) == ("firstName", "{{firstName|fallback: %s}}")
