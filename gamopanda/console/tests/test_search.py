"""From what a complaint names to the page that explains it."""

import pytest
from django.test import Client

from gamopanda.accounts.models import Member
from gamopanda.console.search import AT_MOST
from streaks.admin.explanation import explanation_of
from streaks.models import Streak
from streaks.tests.calling import make_member, make_milestone, make_streak
from streaks.tests.recording_cases import Case

pytestmark = pytest.mark.django_db
FIND = "/admin/streaks/streakprogress/find/"


def found(client: Client, text: str) -> list[tuple[str, str | None, str]]:
    """Who was found in which streak, and why; each leads to its explanation."""
    context = client.get(FIND, {"q": text}).context
    for one in context["found"]:
        if one.streak is not None:
            assert one.address == explanation_of(one.member.pk, one.streak.pk)
    return [(one.member.external_id, one.streak and one.streak.name, one.why) for one in context["found"]]


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
    assert found(admin_client, " cem ") == [("cem", None, "has this external id, and no activity")]


def test_an_order_and_a_code_lead_to_who_has_them(admin_client: Client):
    shopper()
    assert found(admin_client, "order-of-bob") == [("bob", "Shopper", "has this activity")]
    assert {name for name, _streak, _why in found(admin_client, "SPRING")} == {"ann", "bob"}
    assert {why for _name, _streak, why in found(admin_client, "SPRING")} == {"has this coupon code"}


@pytest.mark.parametrize("text", ["", "unknown", "<script>alert(1)</script>", "a" * 300])
def test_an_unknown_text_is_not_found_and_shown_as_text(admin_client: Client, text: str):
    shopper()
    assert found(admin_client, text) == []
    assert "<script>alert" not in admin_client.get(FIND, {"q": text}).content.decode()


def test_a_code_of_many_is_shown_for_the_newest(admin_client: Client, django_assert_max_num_queries):
    streak = shopper()
    for number in range(AT_MOST):
        Case(make_member(f"m{number}"), streak).record(2)
    with django_assert_max_num_queries(5):
        assert len(found(admin_client, "SPRING")) == AT_MOST
    assert "The newest 20 of a kind are shown." in admin_client.get(FIND, {"q": "SPRING"}).content.decode()


def test_the_first_page_leads_there_and_who_may_not_see_runs_finds_no_member(
    admin_client: Client, client: Client, django_user_model
):
    assert f'action="{FIND}"' in admin_client.get("/admin/").content.decode()
    client.force_login(django_user_model.objects.create_user("temp", is_staff=True))
    assert FIND not in client.get("/admin/").content.decode()
    assert client.get(FIND, {"q": "ann"}).status_code == 403
