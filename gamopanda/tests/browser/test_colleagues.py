"""Two colleagues on one page, each with a browser; and what a refused save shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from gamopanda.admin.links import page_of
from gamopanda.tests.browser.console import TABLET, Console
from gamopanda.tests.people import make_person
from streaks.models import Streak
from streaks.tests.calling import make_streak

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def sign_in(page: Page, address: str, group: str, streak: Streak) -> Console:
    """Sign somebody of a group in and open the page of a streak."""
    person = make_person(group)
    person.set_password("a long password")
    person.save()
    console = Console(page, address)
    page.goto(f"{address}/admin/login/?next={page_of(streak)}")
    page.locator("[name=username]").fill(person.username)
    page.locator("[name=password]").fill("a long password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Basics")).to_be_visible()
    # Tabs are there before the script that opens them.
    page.wait_for_load_state("load")
    return console


def save(page: Page) -> None:
    """Press the button that stays on the page."""
    page.get_by_role("button", name="Save and continue editing").click()
    page.wait_for_load_state("load")


@contextmanager
def two_marketers(page: Page, browser: Browser, address: str, streak: Streak) -> Iterator[tuple[Console, Page]]:
    """Open the texts of a streak on two pages, of which the second lies in another context."""
    with browser.new_context(viewport=TABLET) as other:
        ann = sign_in(page, address, "Marketer", streak)
        page.get_by_role("tab", name="Texts").click()
        ben = other.new_page()
        other.add_cookies(cast(Any, page.context.cookies()))
        ben.goto(address + page_of(streak))
        ben.get_by_role("tab", name="Texts").click()
        yield ann, ben


def test_two_marketers_on_one_page_keep_both_changes(page: Page, browser: Browser, live_server: LiveServer) -> None:
    streak = make_streak(eud_title_en="Shop")
    with two_marketers(page, browser, live_server.url, streak) as (ann, ben):
        ben.locator("[name=eud_title_en]").fill("Shop daily")
        ben.get_by_role("tab", name="Français").click()
        ben.locator("[name=eud_title_fr]").fill("Achetez")
        save(ben)
        expect(ben.get_by_text("was changed successfully")).to_be_in_viewport()

        page.get_by_role("tab", name="Basics").click()
        page.locator("[name=description]").fill("Brings people back.")
        save(page)
        expect(page.get_by_text("was changed successfully")).to_be_in_viewport()
        assert Streak.objects.values_list("eud_title_en", "eud_title_fr", "description").get() == (
            "Shop daily", "Achetez", "Brings people back.",
        )  # fmt: skip
        assert ann.amiss() == []


def test_of_two_marketers_who_change_one_field_the_second_chooses(
    page: Page, browser: Browser, live_server: LiveServer
) -> None:
    streak = make_streak(eud_title_en="Shop")
    with two_marketers(page, browser, live_server.url, streak) as (ann, ben):
        ben.goto(live_server.url + page_of(streak))
        page.get_by_role("tab", name="Texts").click()
        page.locator("[name=eud_title_en]").fill("Shop on")
        save(page)
        expect(page.get_by_text("was changed successfully")).to_be_in_viewport()
        ben.get_by_role("tab", name="Texts").click()
        ben.locator("[name=eud_title_en]").fill("Shop more")
        ben.get_by_role("tab", name="Basics").click()
        save(ben)
        expect(ben.get_by_role("alert")).to_be_in_viewport()
        expect(ben.get_by_role("tab", name="Texts 1")).to_have_attribute("aria-selected", "true")
        choice = ben.get_by_test_id("collisions")
        expect(choice).to_contain_text("Shop on")
        expect(choice).to_contain_text("Shop more")
        problems = Console(ben, live_server.url).problems("collision", "#content")
        choice.get_by_role("radio", name="Keep the value in the field below: Shop more").check()
        save(ben)
        expect(ben.get_by_text("was changed successfully")).to_be_in_viewport()
        assert Streak.objects.get().eud_title_en == "Shop more"
        assert ann.amiss() + problems == []


def test_a_refused_save_opens_the_tab_that_is_wrong_and_leads_to_the_field(page: Page, live_server: LiveServer) -> None:
    streak = make_streak()
    console = sign_in(page, live_server.url, "Marketer", streak)
    page.get_by_role("tab", name="Texts").click()
    page.get_by_role("tab", name="Deutsch").click()
    page.locator("[name=eud_broken_streak_message_de]").fill("Noch {{periodTxt}}")
    page.get_by_role("tab", name="Rules").click()
    save(page)
    notice = page.get_by_role("alert")
    expect(notice).to_be_in_viewport()
    expect(notice).to_be_focused()
    expect(page.get_by_role("tab", name="Texts 1")).to_be_in_viewport()
    expect(page.get_by_role("tab", name="Deutsch")).to_have_attribute("aria-selected", "true")
    notice.get_by_role("link", name="Streak broken").click()
    expect(page.locator("[name=eud_broken_streak_message_de]")).to_be_focused()
    page.locator("[name=eud_broken_streak_message_de]").fill("Noch {{periodText}}")
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_in_viewport()
    assert console.problems("saved", "#content") + console.amiss() == []
