"""Lists and pages of what grows with activity: the same few queries for few records and for many (F49)."""

import operator
import re
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from gamopanda.accounts.models import Member
from gamopanda.admin.keyset import rows_beyond
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


LIST = "/admin/accounts/member/"


def names_on(page: Any) -> list[str]:
    return [member.external_id for member in page.context["cl"].result_list]


def test_a_long_list_is_turned_forth_and_back_without_counting_or_skipping_rows(admin_client: Client) -> None:
    Member.objects.bulk_create(Member(external_id=f"m-{number:03}") for number in range(120))
    forth: list[list[str]] = []
    back: list[list[str]] = []
    address: str | None = ""
    with CaptureQueriesContext(connection) as queries:
        while address is not None:
            page = admin_client.get(LIST + address)
            forth.append(names_on(page))
            address, last = page.context["cl"].next_page, page
        address = last.context["cl"].previous_page
        while address is not None:
            page = admin_client.get(LIST + address)
            back.append(names_on(page))
            address = page.context["cl"].previous_page
    assert not [query for query in queries if re.search("COUNT\\(|OFFSET", query["sql"])]
    assert [name for names in forth for name in names] == [f"m-{number:03}" for number in reversed(range(120))]
    assert [len(names) for names in forth] == [50, 50, 20]
    assert back == [forth[1], forth[0]]


def test_links_of_a_list_keep_its_filters_and_a_row_that_is_none_leads_back(admin_client: Client) -> None:
    Member.objects.bulk_create(Member(external_id=f"m-{number:03}", status="paused") for number in range(60))
    page = admin_client.get(f"{LIST}?status__exact=paused")
    link = page.context["cl"].next_page
    assert "status__exact=paused" in link and "after=" in link
    assert f'href="{link.replace("&", "&amp;")}"' in page.content.decode()
    assert len(names_on(admin_client.get(LIST + link))) == 10
    assert "results (" not in page.content.decode(), "they are not counted"
    for wrong in ("x", "01990000-0000-7000-8000-000000000001"):
        assert admin_client.get(f"{LIST}?after={wrong}").status_code == 302


class Row(NamedTuple):
    """What is sorted: a column in each direction, and the key."""

    day: int
    number: int
    pk: int


@given(st.lists(st.builds(Row, st.integers(0, 3), st.integers(0, 3), st.integers(0, 99)), min_size=1, unique=True))
def test_beyond_a_row_is_all_that_comes_after_it_in_any_order(rows: list[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (-row.day, row.number, -row.pk))
    place = len(ordered) // 2
    values = ordered[place]._asdict()
    for is_after, expected in ((True, ordered[place + 1 :]), (False, ordered[:place])):
        condition = rows_beyond(["-day", "number", "-pk"], values, is_after=is_after)
        assert [row for row in ordered if holds(condition, row)] == expected


def holds(condition: Q, row: Row) -> bool:
    """Evaluate a condition on a row."""
    compare = {"lt": operator.lt, "gt": operator.gt, "lte": operator.le, "gte": operator.ge}
    parts = []
    children: Any = condition.children
    for part in children:
        if isinstance(part, Q):
            parts.append(holds(part, row))
        else:
            name, _, lookup = part[0].rpartition("__")
            parts.append(compare[lookup](getattr(row, name), part[1]))
    return all(parts) if condition.connector == Q.AND else any(parts)
