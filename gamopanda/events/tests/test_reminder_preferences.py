"""The ways out of reminders: a signed page, one click in the mail program, and the API (R4, R5)."""

from typing import Any

import pytest
from django.test import Client

from gamopanda.accounts.models import Member
from gamopanda.events.reminders.mailing import preferences_url
from streaks.tests.calling import admin, make_member

pytestmark = pytest.mark.django_db


def page_of(member: Member) -> str:
    return preferences_url(member.pk)


def stored(member: Member) -> tuple[bool, list[str]]:
    return Member.objects.values_list("reminders_enabled", "reminders_off").get(pk=member.pk)


def test_one_click_of_a_mail_program_ends_all_reminders_without_login_or_cookie() -> None:
    ann, bob = make_member(), make_member("bob")
    program = Client(enforce_csrf_checks=True)
    body = "List-Unsubscribe=One-Click"
    answer = program.post(page_of(ann), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert stored(ann) == (False, [])
    assert stored(bob) == (True, [])


def test_to_look_at_the_page_changes_nothing_and_it_is_kept_nowhere() -> None:
    ann = make_member()
    answer = Client().get(page_of(ann))
    assert answer.status_code == 200
    assert answer.content.decode().count("checked") == 5
    assert "no-store" in answer["Cache-Control"]
    assert stored(ann) == (True, [])
    assert Client().head(page_of(ann)).status_code == 200
    assert Client().put(page_of(ann)).status_code == 405


def test_members_choose_types_and_come_back() -> None:
    ann, client = make_member(), Client()
    assert client.post(page_of(ann), {"types": ["at_risk", "broken", "freeze_used"]}).status_code == 200
    assert stored(ann) == (True, ["reward_expiring", "milestone_near"])
    assert client.post(page_of(ann), {"none": "1", "types": ["at_risk"]}).status_code == 200
    assert stored(ann) == (False, ["reward_expiring", "milestone_near"])
    assert client.get(page_of(ann)).content.decode().count("checked") == 0
    assert client.post(page_of(ann), {"types": ["other"]}).status_code == 400
    assert stored(ann) == (False, ["reward_expiring", "milestone_near"])


def test_an_address_that_was_not_signed_is_none() -> None:
    ann = make_member()
    url = page_of(ann)
    other = page_of(make_member("bob"))
    forged = other.rsplit("/", 1)[1].split(":")[0] + ":" + url.rsplit("/", 1)[1].split(":", 1)[1]
    for token in ("x", forged, url.rsplit("/", 1)[1][:-1]):
        assert Client().post(f"/reminders/{token}", {"none": "1"}).status_code == 404
    assert stored(ann) == (True, [])
    Member.objects.all().delete()
    assert Client().get(url).status_code == 404


def test_servers_read_and_set_preferences(settings: Any) -> None:
    caller = admin()
    member = caller.post("account_user/record", {"externalId": "ann", "languageCode": "pt-BR"}).data
    assert (member["remindersEnabled"], member["remindersOff"], member["languageCode"]) == (True, [], "pt-BR")
    path = f"account_user/record/{member['id']}"
    changed = caller.patch(path, {"remindersEnabled": False, "remindersOff": ["broken", "at_risk"]}).data
    assert (changed["remindersEnabled"], changed["remindersOff"]) == (False, ["broken", "at_risk"])
    for body in (
        {"remindersOff": ["other"]},
        {"remindersOff": ["broken", "broken"]},
        {"remindersOff": "broken"},
        {"languageCode": "pt_BR"},
        {"remindersEnabled": "perhaps"},
    ):
        assert caller.patch(path, body).error() == (400, "validation_error"), body
    assert caller.get(path).data == {**changed, "updatedAt": changed["updatedAt"]}
