"""What the console says where something is not there, not allowed or fails; and the address of the site alone."""

import pytest
from django.test import Client
from pytest_django import Settings

from gamopanda.admin.links import page_of
from gamopanda.tests.people import signed_in
from streaks.tests.calling import make_key, make_streak

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
HOME = 'href="/admin/"'


@pytest.mark.parametrize("is_debug", [False, True])
@pytest.mark.parametrize(
    "path", ["/admin/nothing/here/", "/admin/streaks/streak/0190163d-8694-739b-aea5-966c26f8ad91/results/"]
)
def test_an_address_without_a_page_says_so_within_the_console(settings: Settings, path: str, is_debug: bool) -> None:
    settings.DEBUG = is_debug
    page = signed_in("Marketer").get(path)
    text = page.content.decode()
    assert page.status_code == 404
    assert "There is nothing at this address" in text
    assert HOME in text
    assert "nav-sidebar" in text


def test_a_page_that_somebody_may_not_open_says_whom_to_ask_and_leads_back() -> None:
    page = signed_in("Support").get(page_of(make_key()))
    text = page.content.decode()
    assert page.status_code == 403
    assert "ask a colleague who manages users" in text
    assert HOME in text
    assert "nav-sidebar" in text


def test_what_fails_says_that_it_is_our_fault_and_names_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gamopanda.console.home.charts", lambda **_: 1 / 0)
    client = signed_in("Marketer")
    client.raise_request_exception = False
    page = client.get("/admin/", headers={"x-request-id": "abc-1"})
    text = page.content.decode()
    assert page.status_code == 500
    assert "The fault is ours." in text
    assert "<code>abc-1</code>" in text
    assert HOME in text
    assert "ZeroDivision" not in text


def test_a_form_that_was_open_for_too_long_says_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/admin/login/", {"username": "ann", "password": "x"})
    assert page.status_code == 403
    assert "This page was open for too long" in page.content.decode()


def test_the_address_of_the_site_leads_to_the_console_or_shows_three_doors_in_the_demo(settings: Settings) -> None:
    make_streak()
    settings.GAMOPANDA_DEMO = False
    assert Client().get("/").headers["Location"] == "/admin/"
    settings.GAMOPANDA_DEMO = True
    page = Client().get("/").content.decode()
    for door in ("/admin/", "/demo/", "/api/docs"):
        assert f'href="{door}"' in page
