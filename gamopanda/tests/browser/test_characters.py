"""The administration counts and limits texts by characters, as the API does, whatever they are made of."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from gamopanda.accounts.models import Member
from gamopanda.admin.links import page_of
from gamopanda.tests.browser.console import Console
from streaks.models import Streak
from streaks.tests.calling import admin, make_streak

pytestmark = pytest.mark.django_db(transaction=True)

FLAME = "🔥"
FAMILY = "👩‍👩‍👧"


def open_page(page: Page, live_server: LiveServer, path: str) -> None:
    """Sign in and open a page."""
    console = Console(page, live_server.url)
    User.objects.create_superuser("ada", "ada@example.com", "a long password")
    page.goto(f"{console.address}/admin/login/?next={path}")
    page.locator("[name=username]").fill("ada")
    page.locator("[name=password]").fill("a long password")
    page.keyboard.press("Enter")
    # Not by the path, which the address of the sign-in names too: its load would be taken for that of the page.
    page.wait_for_url(lambda address: "login" not in address)


def left(page: Page, field: Locator) -> str:
    return page.locator(f"#{field.get_attribute('id')}_left").inner_text()


def test_48_emoji_fit_into_a_title_of_48_characters_and_no_more(page: Page, live_server: LiveServer) -> None:
    streak = make_streak()
    open_page(page, live_server, page_of(streak))
    page.get_by_role("tab", name="Texts").click()
    title = page.locator("[name=eud_title_en]")
    assert left(page, title) == "48 characters left"
    title.fill(FLAME * 40)
    assert left(page, title) == "8 characters left"
    title.press("End")
    page.keyboard.insert_text(FLAME * 9)
    assert (title.input_value(), left(page, title)) == (FLAME * 48, "0 characters left")
    # Where the cursor stands, nothing more goes in, and nothing elsewhere is lost.
    title.press("Home")
    page.keyboard.insert_text("abc")
    assert title.input_value() == FLAME * 48
    title.press("Delete")
    page.keyboard.insert_text("abc")
    assert (title.input_value(), left(page, title)) == ("a" + FLAME * 47, "0 characters left")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    stored = Streak.objects.get().eud_title_en
    assert stored == "a" + FLAME * 47
    assert admin().patch(f"streak/record/{streak.pk}", {"eudTitle": stored}).data["eudTitle"] == stored


def test_a_picture_of_several_characters_and_line_ends_count_as_the_server_counts_them(
    page: Page, live_server: LiveServer
) -> None:
    open_page(page, live_server, page_of(make_streak()))
    page.get_by_role("tab", name="Texts").click()
    message = page.locator("[name=eud_broken_streak_message_en]")
    text = (FAMILY + "\n") * 42 + "abcd"
    message.fill(text + "e")
    assert len(text) == 256
    assert (message.input_value(), left(page, message)) == (text, "0 characters left")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert Streak.objects.get().eud_broken_streak_message_en == text


def test_other_pages_limit_by_characters_too(page: Page, live_server: LiveServer) -> None:
    open_page(page, live_server, reverse("admin:accounts_member_add"))
    page.locator("[name=external_id]").fill("ann")
    name = page.locator("[name=first_name]")
    name.fill(FLAME * 257)
    assert name.input_value() == FLAME * 256
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert Member.objects.get().first_name == FLAME * 256
