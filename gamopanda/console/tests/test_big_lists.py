"""Lists and pages of what grows with activity: the same few queries for few records and for many (F49)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gamopanda.accounts.models import Member
from gamopanda.admin.links import page_of
from rewards.coupons import upload_codes
from streaks.tests.calling import make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case

pytestmark = pytest.mark.django_db
# The session, its user, and the page; some look for what their filters offer, or count first whether there is any.
QUERIES = {
    "/admin/accounts/member/": 3,
    "/admin/accounts/member/?q=ann-1": 4,
    "/admin/streaks/streaklog/": 3,
    "/admin/streaks/taskprogress/": 6,
    "/admin/streaks/streakprogress/": 6,
    "/admin/rewards/rewardlog/": 3,
    "/admin/rewards/poolcode/": 3,
    "/admin/auditlog/logentry/": 3,
}


def make_shop() -> Any:
    """A streak whose first day earns a code from a pool."""
    streak = make_streak()
    milestone = make_milestone(streak, 1, coupon_source="pool")
    upload_codes(milestone, [f"CODE-{number}" for number in range(80)], now=NOW)
    return streak


def take_part(streak: Any, name: str) -> Member:
    """Let a new member complete two days."""
    case = Case(make_member(name), streak)
    case.record_days(1, 2)
    return case.member


def queries_of(client: Client, address: str) -> int:
    """Count the queries of a page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_lists_take_the_same_queries_for_few_records_and_for_more_than_a_page(admin_client: Client) -> None:
    streak = make_shop()
    take_part(streak, "ann-1")
    for address in QUERIES:
        admin_client.get(address)
    few = {address: queries_of(admin_client, address) for address in QUERIES}
    for number in range(2, 60):
        take_part(streak, f"ann-{number}")
    assert {address: queries_of(admin_client, address) for address in QUERIES} == few == QUERIES


def test_the_page_of_a_member_and_its_lists_cost_the_same_for_any_history(admin_client: Client) -> None:
    streak = make_shop()
    member = take_part(streak, "ann")
    narrowed = [
        f"/admin/{model}/?member__id__exact={member.pk}" for model in ("streaks/streaklog", "rewards/rewardlog")
    ]
    addresses = [page_of(member), *narrowed]
    for address in addresses:
        admin_client.get(address)
    few = [queries_of(admin_client, address) for address in addresses]
    case = Case(member, streak, count=2)
    case.record_days(*range(3, 29))
    assert [queries_of(admin_client, address) for address in addresses] == few
    assert few[0] == 12, "the session, its user, the member, and one count for each of its lists"


def test_a_long_list_is_turned_page_by_page_without_counting_its_rows(admin_client: Client) -> None:
    Member.objects.bulk_create(Member(external_id=f"m-{number:03}") for number in range(120))
    seen: list[str] = []
    for number in (1, 2, 3):
        with CaptureQueriesContext(connection) as queries:
            page = admin_client.get(f"/admin/accounts/member/?p={number}")
        assert not [query for query in queries if "COUNT(" in query["sql"]]
        seen += [member.external_id for member in page.context["cl"].result_list]
    assert seen == [f"m-{number:03}" for number in reversed(range(120))]
