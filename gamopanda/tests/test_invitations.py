"""A colleague is invited, chooses a password, signs in, and has forgotten it."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.test import Client
from pytest_django import Settings

from gamopanda.admin.links import page_of
from gamopanda.tests.people import make_groups, signed_in
from streaks.tests.admin_pages import errors, save

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
ADD, FORGOTTEN = "/admin/auth/user/add/", "/admin/password/"
PASSWORD = "a long password of her own"
LINK = re.compile(r"http://testserver(/admin/password/\w+/[\w-]+/)")


def invite(client: Client, **changes: str) -> Any:
    """Send the form of an invitation."""
    make_groups()
    group = Group.objects.get(name="Marketer")
    body = {"first_name": "Ann", "last_name": "", "email": "Ann@example.com", "group": group.pk, **changes}
    return client.post(ADD, body)


def link_in(text: object) -> str:
    """Return the path of the link in a page or an e-mail."""
    found = LINK.search(str(text))
    assert found is not None, text
    return found[1]


def choose(link: str, password: str = PASSWORD) -> Any:
    """Follow a link and set a password there."""
    visitor = Client()
    page = visitor.get(link, follow=True)
    body = {"new_password1": password, "new_password2": password}
    return visitor.post(page.redirect_chain[-1][0], body, follow=True) if page.redirect_chain else page


def may_sign_in(password: str = PASSWORD) -> bool:
    """Say whether Ann gets in."""
    body = {"username": "ann@example.com", "password": password}
    return Client().post("/admin/login/", body).status_code == 302


def test_without_a_mail_server_an_invitation_is_a_link_to_copy_that_works_once(admin_client: Client) -> None:
    page = invite(admin_client).content.decode()
    ann = User.objects.get(username="ann@example.com")
    assert (ann.first_name, ann.is_staff, ann.is_superuser, ann.has_usable_password()) == ("Ann", True, False, False)
    assert list(ann.groups.values_list("name", flat=True)) == ["Marketer"]
    link = link_in(page)
    assert 'data-copy="password-link"' in page
    assert mail.outbox == []
    assert "Your password is set. Sign in as ann@example.com." in choose(link).content.decode()
    assert may_sign_in()
    assert "This link does not work any more" in choose(link, "another long password").content.decode()
    assert may_sign_in()


def test_with_a_mail_server_the_link_is_sent_and_not_shown(admin_client: Client, settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    settings.GAMOPANDA_SITE_URL = "http://testserver"
    page = invite(admin_client).content.decode()
    assert "An e-mail with a link is on its way to ann@example.com." in page
    assert LINK.search(page) is None
    (message,) = mail.outbox
    assert message.to == ["ann@example.com"]
    choose(link_in(message.body))
    assert may_sign_in()


def test_a_mail_server_that_fails_leaves_the_link_to_copy(
    admin_client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    monkeypatch.setattr("gamopanda.accounts.passwords.links.send_mail", _fail)
    page = invite(admin_client).content.decode()
    assert "The mail server did not take the e-mail" in page
    assert LINK.search(page) is not None


def _fail(*_args: Any) -> None:
    raise ConnectionRefusedError("no mail server")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "bob@example.com", "A colleague has this address already: look for it in the list."),
        ("email", "not an address", "Enter a valid email address."),
        ("email", "o'hara@example.com", "Enter a valid username."),
        ("first_name", "", "This field is required."),
        ("group", "", "This field is required."),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_and_no_account_is_made(
    admin_client: Client, field: str, value: str, said: str
) -> None:
    User.objects.create_user("bob", email="Bob@example.com")
    refused = invite(admin_client, **{field: value})
    assert errors(refused)[field][0].startswith(said)
    assert User.objects.filter(first_name="Ann").count() == 0


def test_who_has_forgotten_the_password_gets_one_link_and_strangers_learn_nothing(
    admin_client: Client, settings: Settings
) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    User.objects.create_user("ann@example.com", "ann@example.com", "old password", is_staff=True)
    User.objects.create_user("gone", "gone@example.com", "old password", is_staff=True, is_active=False)
    answers = [
        Client().post(FORGOTTEN, {"email": email}, follow=True).content.decode()
        for email in ("ANN@example.com", "gone@example.com", "stranger@example.com", "ann@example.com")
    ]
    assert all("If a colleague has this address, a link is on its way there." in answer for answer in answers)
    assert [message.to for message in mail.outbox] == [["ann@example.com"]]
    choose(link_in(mail.outbox[0].body))
    assert (may_sign_in(), may_sign_in("old password")) == (True, False)


def test_without_a_mail_server_the_page_says_whom_to_ask_and_a_colleague_makes_the_link(admin_client: Client) -> None:
    assert "Ask a colleague who manages users" in Client().get(FORGOTTEN).content.decode()
    assert Client().post(FORGOTTEN, {"email": "ann@example.com"}).status_code == 200
    ann = User.objects.create_user("ann@example.com", "", "old password", is_staff=True)
    address = f"/admin/auth/user/{ann.pk}/give_link/"
    asked = admin_client.get(address).content.decode()
    assert "The present password works until then." in asked
    assert LINK.search(asked) is None
    choose(link_in(admin_client.post(address).content.decode()))
    assert may_sign_in()


def test_the_page_of_a_person_says_in_words_what_they_may_do(admin_client: Client) -> None:
    invite(admin_client)
    ann = User.objects.get(username="ann@example.com")
    page = admin_client.get(page_of(ann)).content.decode()
    assert "Look at, add, change and delete: Holidays, Milestones, Streaks" in page
    assert "Restore a run" in page
    for word in ("staff", "pbkdf2", "hash"):
        assert word not in page.lower()
    assert save(admin_client, ann, last_name="Smith").status_code == 302
    assert User.objects.get(pk=ann.pk).get_full_name() == "Ann Smith"
    assert User.objects.get(pk=ann.pk).groups.count() == 1


def test_who_manages_users_cannot_take_over_somebody_who_may_do_more(admin_user: User) -> None:
    client = signed_in()
    manager = User.objects.get(username="groupless")
    manager.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    for address in ("give_link/", "password/", "set_password/"):
        assert client.post(f"/admin/auth/user/{admin_user.pk}/{address}").status_code == 403
    assert client.post(page_of(admin_user), {"username": "mine"}).status_code == 403
    body = {"username": "groupless", "is_superuser": "on", "is_active": "on", "user_permissions": ["1"]}
    client.post(page_of(manager), body)
    manager.refresh_from_db()
    admin_user.refresh_from_db()
    assert (manager.is_superuser, admin_user.username) == (False, "admin")
    assert set(manager.user_permissions.values_list("content_type__model", flat=True)) == {"user"}
