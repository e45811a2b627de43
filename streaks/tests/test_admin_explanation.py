"""The page that explains a member in a streak, and the numbers of streaks."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gamopanda.admin.links import page_of
from streaks.models import StreakProgress
from streaks.progress.service import record_logs
from streaks.tests.calling import make_member, make_milestone, make_streak
from streaks.tests.recording_cases import Case, make_case, noon

pytestmark = pytest.mark.django_db


def address_of(case: Case) -> str:
    """The address of the explanation of a case."""
    return reverse("admin:streaks_streakprogress_explanation", args=[case.member.pk, case.streak.pk])


def test_it_says_what_each_period_was_and_why_each_run_ended_S14_F50(admin_client: Client) -> None:
    case = Case(make_member(), make_streak(completion_target_value=2))
    make_milestone(case.streak, 1, coupon_source="fixed", coupon_code="WELCOME")
    case.record(1)
    case.record(2, 29.5)
    case.record_days(4, 5, 8)
    page = admin_client.get(address_of(case), {"until": "2026-03-09"})
    assert [shown.words for shown in page.context["periods"]] == [
        "met",
        "short by 20.5",
        "nothing recorded",
        "met",
        "met",
        "nothing recorded",
        "nothing recorded",
        "met",
        "nothing recorded",
    ]
    assert [shown.amount for shown in page.context["periods"][:2]] == ["50 / 50", "29.5 / 50"]
    assert [(shown.status, shown.reason) for shown in page.context["runs"]] == [
        ("broken", "Nothing was recorded in the period of March 9, 2026."),
        ("completed", "Reached 2 completed periods."),
        ("broken", "The period of March 2, 2026 ended with 29.5 of 50."),
    ]
    text = page.content.decode()
    assert text.count("broke the run") == 2
    assert text.count("Reward: Day 1, WELCOME, issued") == 3


def test_a_run_that_is_alive_says_what_has_to_be_done_next_S15(admin_client: Client) -> None:
    case = make_case()
    now = timezone.now()
    yesterday = case.log(1)
    yesterday.activity_at = now - timedelta(days=1)
    record_logs([yesterday], now=now)
    page = admin_client.get(address_of(case))
    assert [shown.words for shown in page.context["periods"]] == ["met", "open: 50 to go"]
    (run,) = page.context["runs"]
    assert (run.status, run.reason.endswith("has to be completed next, or it breaks.")) == ("in_progress", True)
    assert "unless more comes" in page.content.decode()


def test_instants_are_told_on_the_clock_of_the_streak_S2(admin_client: Client) -> None:
    case = Case(make_member(), make_streak(time_zone="Asia/Tokyo"))
    case.record(1)
    page = admin_client.get(address_of(case), {"until": "2026-03-02"}).content.decode()
    assert "clock: Asia/Tokyo" in page
    assert "Started March 1, 2026, 21:00 JST, broken March 3, 2026, 00:00 JST." in page


def test_a_long_history_is_read_page_by_page_F36_F49(admin_client: Client, django_assert_num_queries: Any) -> None:
    case = make_case()
    logs = [case.log(1) for _ in range(100)]
    for number, log in enumerate(logs):
        log.activity_at = noon(1) - timedelta(days=number)
    record_logs(logs, now=noon(2))
    with django_assert_num_queries(15):
        page = admin_client.get(address_of(case), {"until": "2026-03-01"})
    seen: list[Any] = []
    while True:
        seen = [shown.account.key for shown in page.context["periods"]] + seen
        if page.context["earlier"] is None:
            break
        page = admin_client.get(address_of(case), {"until": page.context["earlier"].isoformat()})
    assert (len(seen), len(set(seen)), seen == sorted(seen)) == (100, 100, True)


def test_a_member_without_activity_has_one_open_period(admin_client: Client) -> None:
    page = admin_client.get(address_of(make_case()))
    assert [shown.words for shown in page.context["periods"]] == ["open: 50 to go"]
    assert "No run in these periods." in page.content.decode()


@pytest.mark.parametrize("until", ["nonsense", "2026-02-30"])
def test_a_date_that_is_none_is_not_found(admin_client: Client, until: str) -> None:
    assert admin_client.get(address_of(make_case()), {"until": until}).status_code == 404


def test_it_is_not_shown_without_signing_in(client: Client) -> None:
    answer = client.get(address_of(make_case()))
    assert (answer.status_code, answer.headers["Location"].startswith("/admin/login/")) == (302, True)


def test_runs_lead_to_their_explanation_from_the_list_and_from_their_page(admin_client: Client) -> None:
    case = make_case()
    case.record(1)
    run = StreakProgress.objects.get()
    assert f'href="{address_of(case)}"' in admin_client.get("/admin/streaks/streakprogress/").content.decode()
    (explain,) = admin_client.get(page_of(run)).context["actions_detail"]
    assert admin_client.get(explain["path"]).headers["Location"] == address_of(case)


def test_what_came_late_and_what_corrects_is_named_and_each_period_opens_its_logs_S9_F14(admin_client: Client) -> None:
    case = make_case()
    with time_machine.travel(noon(2), tick=False):
        case.record(1, 50, identifier="late", now=noon(2))
        case.record(2, 60, identifier="in time", now=noon(2))
    with time_machine.travel(noon(3), tick=False):
        case.record(3, -5, identifier="refund", now=noon(3))
        case.record(2, -20, identifier="late refund", now=noon(3))
        page = admin_client.get(address_of(case))
    assert [(change.log.unique_identifier, change.value, change.why) for change in page.context["changes"]] == [
        ("refund", "-5", "it corrects the total"),
        ("late refund", "-20", "it came in after its period had ended and it corrects the total"),
        ("late", "50", "it came in after its period had ended"),
    ]
    assert "Late activity and corrections" in page.content.decode()
    (second,) = [period for period in page.context["periods"] if period.account.key.day == 2]
    logs = admin_client.get(second.logs).context["cl"].result_list
    assert sorted(log.unique_identifier for log in logs) == ["in time", "late refund"]
