"""The pages on which marketers write reminders and see what became of them (R1, R4, R5)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.events.models import Reminder, ReminderRule
from gamopanda.tests.people import signed_in
from streaks.models import Streak
from streaks.tests.admin_pages import form_values
from streaks.tests.calling import make_member, make_milestone, make_streak

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def marketer() -> Client:
    client = signed_in("Marketer")
    User.objects.filter(username="marketer").update(email="mia@example.com")
    return client


@pytest.fixture(autouse=True)
def _mail_goes_somewhere(settings: Any) -> None:
    settings.GAMOPANDA_SITE_URL = "https://streaks.example.com"


def overview(streak: Streak) -> str:
    return reverse("admin:streaks_streak_reminders", args=[streak.pk])


def page(name: str, *arguments: Any) -> str:
    return reverse(f"admin:events_reminderrule_{name}", args=arguments)


def rows(client: Client, streak: Streak) -> dict[str, Any]:
    return {row.name: row for row in client.get(overview(streak)).context["rows"]}


def test_all_reminders_are_off_at_first_and_lead_to_where_they_are_written_R1(marketer: Client) -> None:
    streak = make_streak()
    found = rows(marketer, streak)
    assert list(found) == [
        "about to break",
        "reward about to expire",
        "milestone near",
        "broken",
        "freeze used",
    ]
    assert [row.rule for row in found.values()] == [None] * 5
    assert ReminderRule.objects.count() == 0
    assert found["about to break"].when == (
        "3 hours before the period ends below its target, for runs with 1 or more completed periods"
    )
    assert found["freeze used"].when.startswith("after the delay of announcements, at 10:00")


def test_a_marketer_writes_one_and_switches_it_on_R1_R5(marketer: Client) -> None:
    streak = make_streak()
    address = rows(marketer, streak)["about to break"].address
    form = marketer.get(address)
    shown = set(form.context["adminform"].form.fields)
    assert {"hours_before", "minimum_value", "subject_de", "text_ja"} <= shown
    assert not {"days_before", "periods_to_go", "local_hour"} & shown
    values = {**form_values(form), "is_on": "on", "hours_before": "5", "text_en": "{{nextRemainingValue}} more today"}
    refused = marketer.post(address, {**values, "text_en": ""})
    assert "Write a text" in refused.content.decode()
    wrong = marketer.post(address, {**values, "text_en": "{{nextRemainigValue}}"})
    assert "Did you mean {{nextRemainingValue}}?" in wrong.content.decode()
    assert ReminderRule.objects.count() == 0
    saved = marketer.post(address, values)
    assert saved.headers["Location"] == overview(streak)
    rule: Any = ReminderRule.objects.get()
    assert (rule.streak, rule.type, rule.is_on, rule.way, rule.hours_before) == (streak, "at_risk", True, "event", 5)
    assert rule.text_en == "{{nextRemainingValue}} more today"
    again = marketer.post(address, values)
    assert (again.status_code, ReminderRule.objects.count()) == (200, 1)


def test_it_is_changed_and_stays_with_its_streak_and_type(marketer: Client) -> None:
    rule = ReminderRule.objects.create(streak=make_streak(), type="broken", text="Start again!", is_on=True)
    form = marketer.get(page("change", rule.pk))
    values = {**form_values(form), "local_hour": "22", "type": "at_risk"}
    assert "This hour lies in the quiet hours" in marketer.post(page("change", rule.pk), values).content.decode()
    marketer.post(page("change", rule.pk), {**values, "local_hour": "9", "text_de": "Fang neu an!"})
    rule.refresh_from_db()
    assert (rule.type, rule.local_hour, rule.text_de) == ("broken", 9, "Fang neu an!")


@pytest.mark.parametrize(
    ("reminder_type", "text", "expected"),
    [
        ("at_risk", "{{nextRemainingValue}} for {{nextPeriodName}}", "50 for day 4"),
        ("milestone_near", "{{nextRemainingPeriodText}} to go", "1 day to go"),
        ("broken", "Start {{nextPeriodName}}", "Start day 1"),
        ("freeze_used", "{{freezesLeft|one: # freeze|other: # freezes}} of {{freezeMaxCount}}", "1 freeze of 2"),
        ("reward_expiring", "After {{currentPeriodName}}", "After day 3"),
    ],
)
def test_a_sample_member_reads_it_in_every_language_R5(
    marketer: Client, reminder_type: str, text: str, expected: str
) -> None:
    streak = make_streak(freeze_max_count=2)
    make_milestone(streak, 5)
    rule = ReminderRule.objects.create(
        streak=streak, type=reminder_type, text_en=text, text_de="Tag {{nextProgressValue}}"
    )
    shown = {row["code"]: row["words"] for row in marketer.get(page("words", rule.pk)).context["rows"]}
    assert (shown["en"].text, shown["fr"].text) == (expected, expected)
    assert shown["de"].text.startswith("Tag ")
    assert shown["de"].language == "de"


def test_a_test_email_goes_only_to_the_person_who_asks_for_it_R5(marketer: Client) -> None:
    make_member()
    Member.objects.update(email="ann@example.com")
    rule = ReminderRule.objects.create(
        streak=make_streak(), type="at_risk", way="email", subject="Day {{nextProgressValue}}", text="Come back"
    )
    assert "mia@example.com" in marketer.get(page("words", rule.pk)).content.decode()
    assert mail.outbox == []
    answer = marketer.post(page("words", rule.pk), {"language": "en"}, follow=True)
    assert "A test e-mail went to mia@example.com." in answer.content.decode()
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["mia@example.com"], "Day 4")
    assert message.body.startswith("Come back\n")
    url = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("https://streaks.example.com")
    assert Client().get(url).status_code == 404
    assert Reminder.objects.count() == 0


@pytest.mark.parametrize("lack", ["address", "language", "server", "refused"])
def test_what_cannot_be_sent_says_why(marketer: Client, settings: Any, monkeypatch: Any, lack: str) -> None:
    rule = ReminderRule.objects.create(streak=make_streak(), type="at_risk", text="Come back", subject="Now")
    said = {
        "address": "your own account has no e-mail address",
        "language": "there is no text in this language yet",
        "server": "E-mails need the settings",
        "refused": "The mail server did not take it: gone",
    }
    if lack == "address":
        User.objects.update(email="")
    if lack == "server":
        settings.GAMOPANDA_SITE_URL = ""

    def fail(*_given: Any, **_named: Any) -> None:
        raise ConnectionRefusedError("gone")

    if lack == "refused":
        monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    language = "xx" if lack == "language" else "en"
    answer = marketer.post(page("words", rule.pk), {"language": language}, follow=True)
    assert said[lack] in answer.content.decode()
    assert mail.outbox == []


def test_both_counts_are_shown_with_the_reasons_R4(marketer: Client) -> None:
    streak, ann = make_streak(), make_member()
    outcomes = [("sent", ""), ("sent", ""), ("dropped", "late"), ("dropped", "signed_off"), ("dropped", "signed_off")]
    today = timezone.now().date()
    for number, (status, reason) in enumerate(outcomes):
        Reminder.objects.create(
            member=ann, streak=streak, type="broken", way="event", status=status, reason=reason,
            period_key=today.replace(year=2000 + number, day=1), due_at=timezone.now(),
        )  # fmt: skip
    old = Reminder.objects.create(
        member=ann, streak=streak, type="broken", way="event", status="sent", period_key=today, due_at=timezone.now()
    )
    Reminder.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    row = rows(marketer, streak)["broken"]
    assert (row.sent, row.dropped) == (2, 3)
    assert row.reasons == [("more than 2 hours late", 1), ("the member has signed off", 2)]
    listed = marketer.get(reverse("admin:events_reminder_changelist")).content.decode()
    assert "the member has signed off" in listed


def test_the_page_of_the_streak_leads_there(marketer: Client) -> None:
    streak = make_streak()
    button = reverse("admin:streaks_streak_show_reminders", args=[streak.pk])
    assert button in marketer.get(reverse("admin:streaks_streak_change", args=[streak.pk])).content.decode()
    assert marketer.get(button).headers["Location"] == overview(streak)


def test_support_looks_and_changes_nothing() -> None:
    rule = ReminderRule.objects.create(streak=make_streak(), type="at_risk", text="Come back", subject="Now")
    support = signed_in("Support")
    assert support.get(overview(rule.streak)).status_code == 200
    assert support.post(page("words", rule.pk), {"language": "en"}).status_code == 403
    assert mail.outbox == []
