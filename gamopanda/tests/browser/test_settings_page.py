"""The page of settings in a browser: what is typed shows beside the form at once."""

import re

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import FilePayload, Page, expect
from pytest_django.live_server_helper import LiveServer

from gamopanda.tests.browser.shop import PICTURES

ICON = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def photograph(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at them."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def test_what_is_typed_shows_in_the_preview_at_once(page: Page, live_server: LiveServer) -> None:
    get_user_model().objects.create_superuser("marketer", password="a long password")
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{live_server.url}/admin/login/?next=/admin/widget/widgetsettings/")
    page.get_by_label("Username").fill("marketer")
    page.get_by_label("Password").fill("a long password")
    page.keyboard.press("Enter")
    expect(page.frame_locator("#widget-preview").locator("gamopanda-streaks")).to_contain_text("7-Day Shopper")
    place_the_launcher(page)
    choose_colours(page)
    write_texts(page)
    copy_the_lines(page)
    page.set_viewport_size({"width": 375, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth <= 375")
    photograph(page, "settings-phone")


def place_the_launcher(page: Page) -> None:
    """Move it, and give it an icon of one's own, which shows before it is saved."""
    launcher = page.frame_locator("#widget-preview").locator("gamopanda-display .launcher")
    page.locator("[name=alignment]").select_option("bottom_left")
    page.locator("[name=alignment_position_x]").fill("44")
    expect(launcher).to_have_css("left", "44px")
    expect(launcher.locator("svg")).to_have_count(1)
    picture = FilePayload(name="cup.svg", mimeType="image/svg+xml", buffer=ICON)
    page.locator("[name=launcher_image]").set_input_files(picture)
    image = launcher.locator("img")
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    assert image.evaluate("async image => { await image.decode(); return image.naturalWidth; }") == 9
    photograph(page, "settings-launcher")
    page.locator("[name=launcher_image]").set_input_files([])
    expect(launcher.locator("svg")).to_have_count(1)


def choose_colours(page: Page) -> None:
    """Take a colour with its text, then one on which the text cannot be read."""
    launcher = page.frame_locator("#widget-preview").locator("gamopanda-display .launcher")
    page.get_by_text("Colours and font", exact=True).click()
    page.locator("[name=primary_color]").fill("#0f766e")
    expect(launcher).to_have_css("background-color", "rgb(15, 118, 110)")
    notes = page.locator(".widget-contrast")
    expect(notes.first).to_have_text("Contrast 5.47: everybody can read it.")
    page.locator("[name=primary_text_color]").fill("#99f6e4")
    expect(notes.first).to_have_text("Contrast 4.34: at least 4.5 is needed.")
    photograph(page, "settings-colours")


def write_texts(page: Page) -> None:
    """Rewrite a text in German, look at it, and take it back; the field keeps the focus."""
    heading = page.frame_locator("#widget-preview").locator("h2").first
    page.get_by_text("Deutsch", exact=True).first.click()
    page.locator("[name=text__panel_title__de]").fill("Serienklub")
    expect(heading).to_have_text("Your streaks")
    page.get_by_label("Language of the preview").select_option("de")
    expect(heading).to_have_text("Serienklub")
    page.locator("[name=text__panel_title__de]").fill("")
    expect(heading).to_have_text("Deine Serien")
    assert page.evaluate("document.activeElement.name") == "text__panel_title__de"
    photograph(page, "settings-texts")


def copy_the_lines(page: Page) -> None:
    """Copy what is to be pasted with a press."""
    page.get_by_role("button", name="Copy the lines").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "window.gamopandaOptions = {" in copied
    assert '<script src="http://localhost:' in copied
