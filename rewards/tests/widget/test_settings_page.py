"""The page of settings in a browser: what is typed shows beside the form at once."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from rewards.tests.widget.shop import PICTURES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def settings_page(page: Page, live_server: LiveServer) -> Page:
    """The page, logged in."""
    get_user_model().objects.create_superuser("marketer", password="a long password")
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{live_server.url}/admin/login/?next=/admin/widget/widgetsettings/")
    page.get_by_label("Username").fill("marketer")
    page.get_by_label("Password").fill("a long password")
    page.keyboard.press("Enter")
    expect(page.frame_locator("#widget-preview").locator("gamopanda-streaks")).to_contain_text("7-Day Shopper")
    return page


def photograph(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at them."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def test_what_is_typed_shows_in_the_preview_at_once(settings_page: Page) -> None:
    preview = settings_page.frame_locator("#widget-preview")
    launcher = preview.locator("gamopanda-display .launcher")
    photograph(settings_page, "settings-launcher")
    settings_page.locator("[name=alignment]").select_option("bottom_left")
    settings_page.locator("[name=alignment_position_x]").fill("44")
    expect(launcher).to_have_css("left", "44px")

    settings_page.get_by_text("Colours and font", exact=True).click()
    settings_page.locator("[name=primary_color]").fill("#0f766e")
    expect(launcher).to_have_css("background-color", "rgb(15, 118, 110)")
    notes = settings_page.locator(".widget-contrast")
    expect(notes.first).to_have_text("Contrast 5.47: everybody can read it.")
    settings_page.locator("[name=primary_text_color]").fill("#99f6e4")
    expect(notes.first).to_have_text("Contrast 4.34: at least 4.5 is needed.")
    photograph(settings_page, "settings-colours")

    settings_page.get_by_text("Deutsch", exact=True).first.click()
    settings_page.locator("[name=text__panel_title__de]").fill("Serienklub")
    expect(preview.locator("h2").first).to_have_text("Your streaks")
    settings_page.get_by_label("Language of the preview").select_option("de")
    expect(preview.locator("h2").first).to_have_text("Serienklub")
    settings_page.locator("[name=text__panel_title__de]").fill("")
    expect(preview.locator("h2").first).to_have_text("Deine Serien")
    assert settings_page.evaluate("document.activeElement.name") == "text__panel_title__de"
    photograph(settings_page, "settings-texts")


def test_the_lines_to_paste_are_copied_with_a_press(settings_page: Page) -> None:
    settings_page.get_by_role("button", name="Copy the lines").click()
    expect(settings_page.get_by_role("button", name="Copied")).to_be_visible()
    copied = settings_page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('<script src="http://localhost:')
    assert "Gamopanda.initialize({" in copied


def test_on_a_phone_nothing_reaches_out_of_the_page(settings_page: Page) -> None:
    settings_page.set_viewport_size({"width": 375, "height": 800})
    settings_page.wait_for_function("document.documentElement.scrollWidth <= 375")
    photograph(settings_page, "settings-phone")
