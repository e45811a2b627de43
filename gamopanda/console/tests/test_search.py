"""From what a complaint names to the page that explains it."""

import pytest
from django.test import Client

from gamopanda.accounts.models import Member
from gamopanda.console.search import AT_MOST
from gamopanda.tests.people import signed_in
from rewards.coupons import upload_codes
from streaks.admin.explanation import explanation_of
from streaks.models import Streak
from streaks.tests.calling import make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case

pytestmark = pytest.mark.django_db
FIND = "/admin/streaks/streakprogress/find/"


def found(client: Client, text: str) -> list[tuple[str, str | None, str]]:
    """Who was found in which streak, and why; each leads to its explanation."""
    context = client.get(FIND, {"q": text}).context
    for one in context["found"]:
        if one.streak is not None and one.member is not None:
            assert one.address == explanation_of(one.member.pk, one.streak.pk)
    return [
        (one.member.external_id if one.member else one.name, one.streak and one.streak.name, one.why)
        for one in context["found"]
    ]


def shopper() -> Streak:
    """A streak in which Ann and Bob have orders, and a fixed code each."""
    streak = make_streak(name="Shopper")
    make_milestone(streak, 1, coupon_source="fixed", coupon_code="SPRING")
    for name in ("ann", "bob"):
        Case(make_member(name), streak).record(1, identifier=f"order-of-{name}")
    return streak


def test_a_member_is_found_by_external_id_once_for_each_streak_and_without_activity_too(admin_client: Client):
    shopper()
    visits = Case(Member.objects.get(external_id="ann"), make_streak(name="Visits"))
    visits.record_days(1, 5)
    make_member("cem")
    assert sorted(found(admin_client, "ann")) == [
        ("ann", "Shopper", "has this external id"),
        ("ann", "Visits", "has this external id"),
    ]
    assert found(admin_client, " cem ") == [("cem", None, "has this external id, and has no activity")]


def test_an_order_and_a_code_lead_to_who_has_them(admin_client: Client):
    shopper()
    assert found(admin_client, "order-of-bob") == [("bob", "Shopper", "has the activity order-of-bob")]
    assert found(admin_client, "spring") == [
        ("bob", "Shopper", "has the coupon code SPRING"),
        ("ann", "Shopper", "has the coupon code SPRING"),
        ("Shopper · Day 1", None, "has the fixed code SPRING"),
    ]


@pytest.mark.parametrize("text", ["", "unknown", "<script>alert(1)</script>", "a" * 300])
def test_an_unknown_text_is_not_found_and_shown_as_text(admin_client: Client, text: str):
    shopper()
    assert found(admin_client, text) == []
    assert "<script>alert" not in admin_client.get(FIND, {"q": text}).content.decode()


def test_a_code_of_many_is_shown_for_the_newest(admin_client: Client, django_assert_max_num_queries):
    streak = shopper()
    for number in range(AT_MOST):
        Case(make_member(f"m{number}"), streak).record(2)
    with django_assert_max_num_queries(19):
        assert len(found(admin_client, "SPRING")) == AT_MOST + 1
    assert "At most 20 of a kind are shown" in admin_client.get(FIND, {"q": "SPRING"}).content.decode()


def test_the_first_page_leads_there_and_who_may_not_see_runs_finds_no_member(
    admin_client: Client, client: Client, django_user_model
):
    assert f'action="{FIND}"' in admin_client.get("/admin/").content.decode()
    client.force_login(django_user_model.objects.create_user("temp", is_staff=True))
    assert FIND not in client.get("/admin/").content.decode()
    assert client.get(FIND, {"q": "ann"}).status_code == 403


@pytest.mark.parametrize("text", ["ann", "ANN", "Smi", "ann smith", "Smith, Ann", "ann@example", "C-1"])
def test_members_are_found_by_the_beginning_of_a_name_in_any_case(admin_client: Client, text: str):
    make_member("c-17", first_name="Ann", last_name="Smith", email="Ann@example.com")
    make_member("d-18", first_name="Bob", last_name="Jones")
    assert found(admin_client, text) == [("c-17", None, "is called so: Ann Smith, and has no activity")]


def test_several_of_one_name_are_offered_each_with_its_streaks(admin_client: Client):
    streak = make_streak(name="Shopper")
    for number in (1, 2):
        Case(make_member(f"c-{number}", first_name="Ann", last_name=f"Smith {number}"), streak).record(1)
    assert sorted(found(admin_client, "ann")) == [
        ("c-1", "Shopper", "is called so: Ann Smith 1"),
        ("c-2", "Shopper", "is called so: Ann Smith 2"),
    ]


@pytest.mark.parametrize("text", ["ORD-4711", "ord-4711", "ORD-47", "ord-4", "4711", "D-47"])
def test_orders_and_codes_are_found_by_a_part_in_any_case(admin_client: Client, text: str):
    streak = make_streak(name="Shopper")
    make_milestone(streak, 1, coupon_source="fixed", coupon_code="NEW-ORD-4711")
    Case(make_member("ann"), streak).record(1, identifier="x")
    assert found(admin_client, text)[0] == ("ann", "Shopper", "has the coupon code NEW-ORD-4711")
    Case(make_member("bob"), streak).record(1, identifier="ORD-4711")
    assert ("bob", "Shopper", "has the activity ORD-4711") in found(admin_client, text)


def test_a_code_that_is_not_given_out_yet_is_found_in_any_case_by_who_may_see_codes(admin_client: Client):
    milestone = make_milestone(make_streak(name="Shopper"), 1, coupon_source="pool")
    upload_codes(milestone, ["SAVE-1"], now=NOW)
    why = "is an uploaded code of Shopper · Day 1 that is not given out yet"
    assert found(admin_client, "save-1") == [("SAVE-1", None, why)]
    assert found(signed_in("Support"), "save-1") == []


def test_streaks_and_milestones_are_found_by_name(admin_client: Client):
    shopper()
    assert found(admin_client, "shop") == [("Shopper", None, "is a streak")]
    assert found(admin_client, "day 1") == [("Shopper · Day 1", None, "is a milestone")]
