"""The administration of what was recorded: to look at, with the status of runs by the clock, and fast on big tables."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.admin.links import page_of
from streaks.models import StreakLog, StreakPause, StreakProgress, TaskProgress
from streaks.progress.service import record_logs
from streaks.tests.calling import make_member, make_streak
from streaks.tests.recording_cases import Case, make_case

pytestmark = pytest.mark.django_db
RUNS, LOGS, TOTALS = "/admin/streaks/streakprogress/", "/admin/streaks/streaklog/", "/admin/streaks/taskprogress/"


def rows(client: Client, address: str) -> list[Any]:
    """The records in a list."""
    response = client.get(address)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def alive_case() -> Case:
    """A member who has met the target yesterday and today, by the machine's own clock."""
    case = make_case()
    now = timezone.now()
    yesterday, today = case.log(1), case.log(1)
    yesterday.activity_at, today.activity_at = now - timedelta(days=1), now
    record_logs([yesterday, today], now=now)
    return case


@pytest.mark.parametrize("model", [StreakLog, TaskProgress, StreakProgress, StreakPause])
def test_nothing_recorded_can_be_changed_or_deleted_nor_what_follows_added_S29(
    model: Any, rf: Any, admin_user: Any
) -> None:
    request = rf.get("/")
    request.user = admin_user
    page = admin.site._registry[model]
    assert page.has_view_permission(request)
    assert page.has_add_permission(request) == (model is StreakLog)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)


def test_a_log_cannot_be_changed_or_deleted_by_address_either_S29(admin_client: Client) -> None:
    case = make_case()
    log = case.record(1).log
    assert admin_client.get(page_of(log)).status_code == 200
    assert admin_client.post(page_of(log), {"activity_value": "1"}).status_code == 403
    assert admin_client.post(page_of(log).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert StreakLog.objects.get().activity_value == 50


def test_a_run_past_its_deadline_reads_as_broken_in_list_filter_and_page_S16_F31(admin_client: Client) -> None:
    case = make_case()
    case.record_days(1, 2)
    run = StreakProgress.objects.get()
    assert run.stored_status == "in_progress"
    (row,) = rows(admin_client, RUNS)
    assert (row.status, row.broken_at) == ("broken", run.breaks_at)
    assert (rows(admin_client, f"{RUNS}?status=broken"), rows(admin_client, f"{RUNS}?status=in_progress")) == (
        [run],
        [],
    )
    page = admin_client.get(page_of(run)).content.decode()
    assert "March 4, 2026, 00:00 UTC" in page
    assert "2 of 7" in page


def test_a_run_that_is_alive_shows_when_it_will_break_S15(admin_client: Client) -> None:
    case = alive_case()
    (row,) = rows(admin_client, f"{RUNS}?status=in_progress")
    assert (row.current_progress_value, row.broken_at) == (2, None)
    admin_page: Any = admin.site._registry[StreakProgress]
    assert admin_page.deadline(row) != "–"
    assert admin_page.broken(row) == "–"
    case.streak.status = "paused"
    case.streak.save()
    (row,) = rows(admin_client, f"{RUNS}?status=in_progress")
    assert admin_page.deadline(row) == "–"


def test_records_are_found_by_the_external_id_of_their_member_and_logs_by_their_own_identifier(
    admin_client: Client,
) -> None:
    ann = make_case()
    bob = Case(make_member("bob with blanks"), ann.streak)
    ann.record(1, identifier="order-9001")
    bob.record(1, identifier="order-9002")
    for address in (RUNS, LOGS, TOTALS):
        assert [row.member for row in rows(admin_client, f"{address}?q=bob+with+blanks")] == [bob.member]
        assert rows(admin_client, f"{address}?q=bob") == []
    assert [row.member for row in rows(admin_client, f"{LOGS}?q=order-9001")] == [ann.member]


def test_lists_are_narrowed_by_streak_and_by_whether_the_target_was_met(admin_client: Client) -> None:
    case, other = make_case(), Case(make_member("bob"), make_streak(name="Other"))
    case.record(1, 50)
    case.record(2, 20)
    other.record(1, 50)
    for address, expected in ((RUNS, 1), (LOGS, 2), (TOTALS, 2)):
        found = rows(admin_client, f"{address}?streak__id__exact={case.streak.pk}")
        assert {(row.streak_id, len(found)) for row in found} == {(case.streak.pk, expected)}
    assert [row.total for row in rows(admin_client, f"{TOTALS}?target=missed")] == [20]
    assert len(rows(admin_client, f"{TOTALS}?target=met")) == 2


def test_a_run_leads_to_the_logs_that_count_in_it(admin_client: Client) -> None:
    case = make_case()
    for day in (1, 2, 9):
        case.record(day)
    run = StreakProgress.objects.order_by("starts_on").first()
    assert run is not None
    address = f"{LOGS}?member__id__exact={run.member_id}&streak__id__exact={run.streak_id}"
    narrowed = f"{address}&period_key__gte=2026-03-01&period_key__lte=2026-03-03"
    assert narrowed.replace("&", "&amp;") in admin_client.get(page_of(run)).content.decode()
    assert [row.activity_at.day for row in rows(admin_client, narrowed)] == [2, 1]


@pytest.mark.parametrize("address", [RUNS, LOGS, TOTALS, "/admin/accounts/member/", "/admin/rewards/rewardlog/"])
def test_a_big_list_takes_a_fixed_number_of_queries_and_counts_no_rows_F49(admin_client: Client, address: str) -> None:
    case = make_case()
    case.record(1)
    queries = []
    for days in (range(2, 3), range(3, 20, 2)):
        for day in days:
            Case(make_member(f"member-{day}"), case.streak).record(day)
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(address).status_code == 200
        queries.append(len(captured))
        assert not [query for query in captured.captured_queries if "COUNT(" in query["sql"].upper()]
    assert queries[0] == queries[1]


def test_pages_of_a_big_list_go_on_to_the_end(admin_client: Client) -> None:
    Member.objects.bulk_create(Member(external_id=f"member-{number}") for number in range(60))
    assert [len(rows(admin_client, f"/admin/accounts/member/?p={page}")) for page in (1, 2, 3)] == [50, 10, 0]
