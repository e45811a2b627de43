"""What people stumbled over: each a small thing, and a nuisance every day."""

import re
from datetime import timedelta

import pytest
import time_machine
from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse

from gamopanda.accounts.models import Member
from gamopanda.admin.audit import entries_of
from gamopanda.admin.links import page_of
from gamopanda.tests.people import signed_in
from gamopanda.widget.models import WidgetSettings
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, StreakProgress
from streaks.presenters.results import count_results
from streaks.tests.admin_pages import errors, save
from streaks.tests.calling import admin, log_body, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case, make_case

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_a_count_asks_for_whole_numbers_in_the_console_and_in_the_api(admin_client: Client) -> None:
    streak = make_streak(aggregation_method="count", aggregation_target_value=2)
    said = "Activities are counted one by one: use a whole number, such as 2."
    assert errors(save(admin_client, streak, aggregation_target_value="2.5"))["aggregation_target_value"] == [said]
    refused = admin().patch(f"streak/record/{streak.pk}", {"aggregationTargetValue": 2.5})
    assert refused.details() == [("aggregationTargetValue", "max_decimal_places")]
    assert Streak.objects.get().aggregation_target_value == 2
    assert (
        admin().patch(f"streak/record/{streak.pk}", {"aggregationTargetValue": 3}).data["aggregationTargetValue"] == 3
    )


def test_to_open_the_page_of_the_widget_is_no_change(admin_client: Client) -> None:
    WidgetSettings.objects.all().delete()
    LogEntry.objects.all().delete()
    assert admin_client.get("/admin/widget/widgetsettings/", follow=True).status_code == 200
    assert LogEntry.objects.count() == 0


def test_the_history_of_a_streak_has_the_changes_of_its_milestones(admin_client: Client) -> None:
    streak = make_streak()
    milestone, other = make_milestone(streak, 1), make_milestone(make_streak(), 1)
    for one in (milestone, other):
        assert save(admin_client, one, name="First day").status_code == 302
    history = admin_client.get(reverse("admin:streaks_streak_history", args=[streak.pk]), follow=True)
    keys = {entry.object_pk for entry in history.context["cl"].result_list}
    assert keys == {str(streak.pk), str(milestone.pk)}


def test_a_dialog_counts_members_as_they_are_now(admin_client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        case = make_case()
        count_results(now=NOW)
        StreakLog.objects.all()
        Case(make_member("bob"), case.streak).record(31)
    with time_machine.travel(NOW + timedelta(seconds=17), tick=False):
        dialog = admin_client.get(reverse("admin:streaks_streak_pause", args=[case.streak.pk])).content.decode()
    assert "1 member is under way." in dialog


def test_one_of_a_kind_is_not_called_many(admin_client: Client) -> None:
    case = make_case()
    make_milestone(case.streak, 1)
    case.record(1)
    page = admin_client.get(page_of(case.member)).content.decode()
    for words in ("1 reward<", "1 activity log<", "1 run<"):
        assert words in page


def test_a_no_is_no_failure(admin_client: Client) -> None:
    make_milestone(make_streak(), 1)
    page = admin_client.get("/admin/streaks/milestone/").content.decode()
    cell = re.search(r"field-once_per_member.*?</td>", page, re.DOTALL)
    assert cell is not None
    assert ">no<" in cell[0]
    assert "-red-" not in cell[0]


def test_keys_snippets_and_letters_are_copied_with_a_button(admin_client: Client) -> None:
    made = admin_client.post("/admin/accounts/apikey/add/", {"name": "shop", "status": "live"}).content.decode()
    assert 'data-copy="api-key"' in made
    assert 'data-copy="api-secret"' in made
    assert 'id="widget-copy"' in admin_client.get("/admin/widget/widgetsettings/", follow=True).content.decode()
    case = make_case()
    make_milestone(case.streak, 1)
    case.record(1)
    letter = reverse("admin:rewards_rewardlog_letter", args=[RewardLog.objects.get().pk])
    assert 'data-copy="letter-body-en"' in admin_client.get(letter).content.decode()


def test_changes_speak_of_records(admin_client: Client) -> None:
    save(admin_client, make_streak(), name="Spring")
    page = admin_client.get("/admin/auditlog/logentry/").content.decode()
    assert "epresentation" not in page
    assert "Spring" in page


def test_lists_say_times_on_the_clock_of_the_streak(admin_client: Client) -> None:
    case = make_case(time_zone="Asia/Tokyo")
    case.record(1)
    for model in ("streakprogress", "streaklog"):
        assert "21:00 JST" in admin_client.get(f"/admin/streaks/{model}/").content.decode()


def test_support_pauses_a_suspicious_member_who_then_earns_nothing_and_lets_them_go_on() -> None:
    case = make_case()
    client = signed_in("Support")
    address = reverse("admin:accounts_member_pause_member", args=[case.member.pk])
    assert "Pause this member?" in client.get(address).content.decode()
    assert Member.objects.get().status == "live"
    client.post(address, {"_form_submitted": "on"})
    assert Member.objects.get().status == "paused"
    assert admin().post("streak_log/record", log_body(case.streak)).error() == (400, "member_not_live")
    assert StreakProgress.objects.count() == 0
    client.post(reverse("admin:accounts_member_resume_member", args=[case.member.pk]), {"_form_submitted": "on"})
    assert Member.objects.get().status == "live"
    assert [entry.changes["status"] for entry in entries_of(case.member)] == [["paused", "live"], ["live", "paused"]]


def test_the_export_of_a_member_is_named_after_the_member(admin_client: Client) -> None:
    member = make_member("Customer 17")
    sent = admin_client.get(reverse("admin:accounts_member_export_everything", args=[member.pk]))
    assert 'filename="member-customer-17.json"' in sent["Content-Disposition"]
