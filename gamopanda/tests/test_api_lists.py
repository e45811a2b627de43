"""Lists: pages, order, fields and plain filters; wrong values are refused, and the cost does not grow."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gamopanda.accounts.models import Member
from streaks.tests.calling import admin, make_member

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def members() -> list[str]:
    """Five members made a minute apart, but for the last two, which are made at once; the oldest first."""
    made = [make_member(name) for name in ("ann", "bob", "cat", "dan", "eve")]
    for minutes, member in zip((0, 1, 2, 3, 3), made, strict=True):
        Member.objects.filter(pk=member.pk).update(created_at=NOON + timedelta(minutes=minutes))
    return [str(member.pk) for member in made]


def test_a_list_is_newest_first_with_ties_broken_by_id(members):
    assert admin().get("account_user/record").ids == members[::-1]


def test_pages_follow_each_other_without_gaps_or_repeats(members):
    caller, seen = admin(), []
    for offset, has_more in ((0, True), (2, True), (4, False)):
        answer = caller.get("account_user/record", limit="2", offset=str(offset))
        assert answer.body["paging"] == {"offset": offset, "limit": 2, "hasMore": has_more}
        seen += answer.ids
    assert seen == members[::-1]


def test_has_more_is_exact_at_the_end(members):
    caller = admin()
    assert caller.get("account_user/record", limit="5").body["paging"]["hasMore"] is False
    assert caller.get("account_user/record", limit="4").body["paging"]["hasMore"] is True
    beyond = caller.get("account_user/record", offset="1000000000").body
    assert beyond == {"data": [], "paging": {"offset": 1_000_000_000, "limit": 20, "hasMore": False}}


def test_the_limit_is_20_unless_given_and_1000_at_most():
    Member.objects.bulk_create(Member(external_id=f"m{number}") for number in range(1001))
    caller = admin()
    assert len(caller.get("account_user/record").data) == 20
    answer = caller.get("account_user/record", limit="1000", fetchTotalCount="true")
    assert len(answer.data) == 1000
    assert answer.body["paging"] == {"offset": 0, "limit": 1000, "hasMore": True, "totalCount": 1001}


def test_the_total_is_counted_of_what_the_filters_leave_and_only_when_asked_for(members):
    caller = admin()
    counted = caller.get("account_user/record", externalId="ann", fetchTotalCount="true").body["paging"]
    assert counted == {"offset": 0, "limit": 20, "hasMore": False, "totalCount": 1}
    assert "totalCount" not in caller.get("account_user/record", fetchTotalCount="false").body["paging"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("limit", "1e2"),
        ("limit", " 1"),
        ("limit", "+1"),
        ("limit", "１"),
        ("limit", "99999999999999999999"),
        ("offset", "-1"),
        ("offset", "x"),
        ("offset", "1000000001"),
        ("offset", "99999999999999999999"),
        ("fetchTotalCount", "yes"),
        ("fetchTotalCount", "1"),
        ("fetchTotalCount", "True"),
        ("status", "gone"),
        ("createdAtFrom", "yesterday"),
        ("createdAtTo", "2026-02-30T00:00:00Z"),
        ("languageCode", "english please"),
        ("languageCode", "pt_BR"),
        ("languageCode", "e"),
        ("sortBy", "createdAt"),
        ("sortBy", "[]"),
        ("sortBy", "{}"),
        ("sortBy", '["createdAt"]'),
        ("sortBy", '[{"fieldSlug":"createdAt"}]'),
        ("sortBy", '[{"fieldSlug":"createdAt","order":"desc"}]'),
        ("sortBy", '[{"fieldSlug":"createdAt","order":"DESC","nulls":"first"}]'),
        ("sortBy", '[{"fieldSlug":"password","order":"ASC"}]'),
        ("sortBy", '[{"fieldSlug":"created_at","order":"ASC"}]'),
        ("sortBy", '[{"fieldSlug":"logs__activityAt","order":"ASC"}]'),
        ("sortBy", '[{"fieldSlug":["id"],"order":"ASC"}]'),
        ("sortBy", '[{"fieldSlug":"?","order":"ASC"}]'),
        ("sortBy", '[{"fieldSlug":"id","order":"ASC"},{"fieldSlug":"id","order":"ASC"}]'),
        ("fields", "id"),
        ("fields", "[]"),
        ("fields", "{}"),
        ("fields", "[1]"),
        ("fields", '"id"'),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_parameter(name, value, members):
    answer = admin().get("account_user/record", **{name: value})
    assert answer.error() == (400, "validation_error")
    assert {field for field, _ in answer.details()} == {name}
    assert [code for _, code in answer.details()] in (["invalid"], ["invalid_choice"])


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00", "2026-03-01"])
def test_s1_an_instant_without_offset_is_refused(text):
    answer = admin().get("account_user/record", createdAtFrom=text)
    assert answer.details() == [("createdAtFrom", "missing_offset" if "T" in text else "invalid")]


def test_instants_from_and_to_are_both_inclusive(members):
    caller = admin()

    def between(start: str, end: str) -> list[str]:
        return caller.get("account_user/record", createdAtFrom=start, createdAtTo=end).ids

    assert between("2026-03-01T12:01:00Z", "2026-03-01T12:02:00Z") == [members[2], members[1]]
    assert between("2026-03-01T13:01:00+01:00", "2026-03-01T07:01:00-05:00") == [members[1]]
    assert between("2026-03-01T12:00:01Z", "2026-03-01T12:00:59.999999Z") == []


def test_a_plus_that_arrives_as_a_blank_is_read_as_what_it_was(members):
    answer = admin().get("/schema/account_user/record?createdAtTo=2026-03-01T13:00:00+01:00")
    assert answer.ids == [members[0]]


def test_plain_filters_are_exact_and_all_hold_at_once(members):
    caller = admin()
    caller.patch(f"account_user/record/{members[0]}", {"email": "ann@example.com", "phoneNumber": "+14155550123"})
    for query in ({"externalId": "ann"}, {"email": "ann@example.com"}, {"phoneNumber": "+14155550123"}):
        assert caller.get("account_user/record", **query).ids == [members[0]]
        assert caller.get("account_user/record", status="paused", **query).ids == []
    for query in ({"externalId": "an"}, {"externalId": "Ann"}, {"externalId": "ann "}, {"email": "ann"}):
        assert caller.get("account_user/record", **query).ids == []


def sort(*keys: str) -> list[dict[str, str]]:
    return [{"fieldSlug": key.lstrip("-"), "order": "DESC" if key.startswith("-") else "ASC"} for key in keys]


def test_sorting_follows_its_keys_in_turn_and_breaks_ties_by_id(members):
    caller = admin()
    ann, bob, cat, dan, eve = members
    Member.objects.filter(pk__in=[bob, dan]).update(first_name="Zoe")
    assert caller.get("account_user/record", sortBy=sort("createdAt")).ids == members
    assert caller.get("account_user/record", sortBy=sort("-createdAt")).ids == members[::-1]
    assert caller.get("account_user/record", sortBy=sort("externalId")).ids == members
    assert caller.get("account_user/record", sortBy=sort("firstName")).ids == [ann, cat, eve, bob, dan]
    assert caller.get("account_user/record", sortBy=sort("-firstName")).ids == [dan, bob, eve, cat, ann]
    assert caller.get("account_user/record", sortBy=sort("-firstName", "externalId")).ids == [bob, dan, ann, cat, eve]
    assert caller.get("account_user/record", sortBy=sort("id")).ids == members
    assert caller.get("account_user/record", sortBy=sort("-id")).ids == members[::-1]


def test_fields_show_just_these_in_lists_and_single_records(members):
    caller = admin()
    assert caller.get("account_user/record", fields=["id"], limit="1").data == [{"id": members[4]}]
    assert caller.get(f"account_user/record/{members[0]}", fields=["externalId", "id"]).data == {
        "id": members[0],
        "externalId": "ann",
    }
    answer = caller.get(f"account_user/record/{members[0]}", fields=["id", "password"])
    assert answer.error() == (400, "validation_error")
    assert answer.details() == [("fields", "unknown_field")]
    assert "Allowed: id, externalId, firstName" in answer.body["error"]["message"]
    assert caller.get("account_user/record", fields=["external_id"]).details() == [("fields", "unknown_field")]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"filters": {"fieldSlug": "externalId", "operator": "contains", "value": "m"}},
        {"sortBy": [{"fieldSlug": "email", "order": "ASC"}], "status": "live"},
        {"fields": ["id"]},
    ],
)
def test_a_list_takes_three_queries_however_long_it_is_and_one_more_to_count(
    query: dict[str, Any], django_assert_num_queries
):
    caller = admin()
    for length in (1, 100):
        Member.objects.bulk_create(Member(external_id=f"m{length}-{number}") for number in range(length))
        with django_assert_num_queries(3):
            assert caller.get("account_user/record", limit="1000", **query).status == 200
        with django_assert_num_queries(4):
            assert caller.get("account_user/record", limit="1000", fetchTotalCount="true", **query).status == 200


def test_a_list_is_read_on_after_the_last_id_that_one_has_and_meets_every_record_once():
    caller = admin()
    made = [str(make_member(f"member {number}").pk) for number in range(7)]
    met: list[str] = []
    while True:
        after = {"filters": {"fieldSlug": "id", "operator": "gt", "value": met[-1]}} if met else {}
        page = caller.get("account_user/record", limit="3", sortBy=[{"fieldSlug": "id", "order": "ASC"}], **after)
        met += page.ids
        if not page.body["paging"]["hasMore"]:
            break
    assert met == made


def test_an_update_without_a_body_is_refused():
    member = make_member("ann")
    answer = admin().send("PATCH", f"account_user/record/{member.pk}")
    assert (answer.error(), answer.details()) == ((400, "validation_error"), [(None, "required")])
    assert admin().patch(f"account_user/record/{member.pk}", {}).status == 200
