"""The administration of members, API keys and those who sign in."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.admin.links import page_of
from rewards.models import RewardLog
from streaks.models import StreakLog
from streaks.tests.admin_pages import errors, save
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import make_case

pytestmark = pytest.mark.django_db
MEMBERS, KEYS = "/admin/accounts/member/", "/admin/accounts/apikey/"


def found(client: Client, query: str) -> list[str]:
    """The external ids of the members that a search finds."""
    return sorted(member.external_id for member in client.get(MEMBERS, {"q": query}).context["cl"].result_list)


def test_the_secret_of_a_new_key_is_shown_once_and_travels_in_no_cookie(admin_client: Client) -> None:
    made = admin_client.post(f"{KEYS}add/", {"name": "checkout", "description": "", "status": "live"})
    key = ApiKey.objects.get()
    assert made.status_code == 200
    assert key.secret in made.content.decode()
    assert key.api_key in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert not [name for name, cookie in made.cookies.items() if key.secret in cookie.value]
    for address in (KEYS, page_of(key), f"{page_of(key).replace('change', 'history')}"):
        page = admin_client.get(address, follow=True)
        assert page.status_code == 200
        assert key.secret not in page.content.decode()
        assert key.encrypted_secret not in page.content.decode()


def test_a_key_is_revoked_by_a_pause_and_keeps_its_secret(admin_client: Client) -> None:
    key = ApiKey.objects.create(name="checkout")
    secret = key.secret
    assert save(admin_client, key, status="paused", api_key="another").status_code == 302
    key = ApiKey.objects.get()
    assert (key.status, key.secret, key.api_key == "another") == ("paused", secret, False)


def test_the_name_of_a_key_is_unique(admin_client: Client) -> None:
    ApiKey.objects.create(name="checkout")
    refused = admin_client.post(f"{KEYS}add/", {"name": "checkout", "status": "live"})
    assert errors(refused) == {"name": ["API key with this Name already exists."]}


def test_members_are_found_by_external_id_its_beginning_or_e_mail(admin_client: Client) -> None:
    Member.objects.create(external_id="customer 1", email="Ann@example.com")
    Member.objects.create(external_id="customer 12")
    assert found(admin_client, "customer 1") == ["customer 1"]
    assert found(admin_client, "custom") == ["customer 1", "customer 12"]
    assert found(admin_client, "ann@example.com") == ["customer 1"]
    assert found(admin_client, "unknown") == []


def test_the_page_of_a_member_leads_to_its_runs_logs_and_rewards(admin_client: Client) -> None:
    case = make_case()
    make_milestone(case.streak, 1)
    case.record_days(1, 2, 9)
    page = admin_client.get(page_of(case.member)).content.decode()
    for name, model, number in (
        ("activity logs", "streaks/streaklog", 3),
        ("period totals", "streaks/taskprogress", 3),
        ("runs", "streaks/streakprogress", 2),
        ("rewards", "rewards/rewardlog", 2),
    ):
        address = f"/admin/{model}/?member__id__exact={case.member.pk}"
        assert f'href="{address}"' in page
        assert f"{number} {name}" in page
        assert len(admin_client.get(address).context["cl"].result_list) == number


def test_a_member_is_made_and_a_wrong_phone_number_refused(admin_client: Client) -> None:
    body = {"external_id": "ann", "status": "live", "phone_number": "555"}
    assert "phone_number" in errors(admin_client.post(f"{MEMBERS}add/", body))
    assert admin_client.post(f"{MEMBERS}add/", {**body, "phone_number": "+14155550123"}).status_code == 302
    assert Member.objects.get().phone_number == "+14155550123"


def test_deleting_a_member_with_activity_erases_the_person_and_keeps_the_facts_S35_F47(admin_client: Client) -> None:
    case = make_case()
    make_milestone(case.streak, 1)
    case.record(1)
    Member.objects.filter(pk=case.member.pk).update(
        first_name="Ann", email="ann@example.com", phone_number="+14155550123"
    )
    address = page_of(case.member).replace("change", "delete")
    assert "This cannot be undone" in admin_client.get(address).content.decode()
    admin_client.post(address, {"post": "yes"})
    member = Member.objects.get()
    assert (member.first_name, member.email, member.phone_number, member.status) == ("", "", "", "paused")
    assert member.external_id != case.member.external_id
    assert (StreakLog.objects.get().member, RewardLog.objects.get().member) == (member, member)


def test_deleting_several_members_deletes_those_without_activity_and_erases_the_others_S35(
    admin_client: Client,
) -> None:
    case = make_case()
    case.record(1)
    idle = Member.objects.create(external_id="idle")
    selected = {"action": "delete_selected", "_selected_action": [str(case.member.pk), str(idle.pk)]}
    assert admin_client.post(MEMBERS, selected).content.decode().count("This cannot be undone") == 2
    admin_client.post(MEMBERS, {**selected, "post": "yes"})
    assert [member.pk for member in Member.objects.all()] == [case.member.pk]


def test_people_who_sign_in_and_their_groups_have_styled_pages(admin_client: Client, admin_user: Any) -> None:
    group = Group.objects.create(name="marketing")
    for address in (
        page_of(admin_user),
        page_of(group),
        "/admin/auth/user/add/",
        f"/admin/auth/user/{admin_user.pk}/password/",
    ):
        page = admin_client.get(address)
        assert page.status_code == 200
        assert "unfold/css/styles.css" in page.content.decode()
    assert User.objects.count() == 1
