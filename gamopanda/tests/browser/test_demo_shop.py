"""The demo shop in a browser: a press on a button moves the display beside it, and shows what went over the wire."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from gamopanda.demo.loading import load_demo
from gamopanda.tests.browser.documented import keep_picture
from gamopanda.tests.browser.shop import PICTURES, Display

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def photograph(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at them."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png")


def test_a_newcomer_sees_a_streak_move_and_earns_a_reward(page: Page, live_server: LiveServer, settings: Any) -> None:
    settings.GAMOPANDA_DEMO = True
    load_demo(now=timezone.now())
    page.goto(f"{live_server.url}/demo/")
    expect(page.locator("gamopanda-streaks")).to_contain_text("7-Day Shopper")
    earn_a_reward(page)
    look_at_every_width(page)
    change_language_theme_and_sign_out(page)


def earn_a_reward(demo: Page) -> None:
    """Buy for three days, and find the code."""
    beside = demo.locator("gamopanda-streaks")
    wire = demo.locator("#wire summary")
    expect(wire.first).to_have_text("GET /api/v1.0/end-user-display?languageCode=en → 200")
    photograph(demo, "demo-start")
    demo.get_by_role("button", name="Buy for $20").click()
    # What is under way comes first.
    expect(beside.locator("h3").first).to_have_text("7-Day Shopper")
    today = beside.locator(".task").first
    expect(today).to_have_text("Today20 of 50")
    expect(wire.nth(1)).to_have_text("POST /api/v1.0/schema/streak_log/record → 201")
    expect(wire.first).to_have_text("GET /api/v1.0/end-user-display?languageCode=en → 200")
    wire.nth(1).click()
    expect(demo.locator("#wire pre").nth(1)).to_contain_text('"activityId": "made_a_purchase"')
    photograph(demo, "demo-wire")

    for day in range(1, 4):
        for value in ("20", "40", "60")[1 if day == 1 else 0 :]:
            demo.get_by_role("button", name="Buy for $20").click()
            expect(today).to_have_text(f"Today{value} of 50")
        if day < 3:
            demo.get_by_role("button", name="Come back tomorrow").click()
            expect(demo.get_by_text(f"Day {day + 1} of your visit.")).to_be_visible()
            expect(today).to_have_text("Today0 of 50")
    expect(beside).to_contain_text("Milestone reached!")
    photograph(demo, "demo-milestone")
    keep_picture(beside.screenshot(animations="disabled"), "display")
    beside.get_by_role("button", name="View reward").first.click()
    expect(beside).to_contain_text(re.compile("TEST-[A-Z0-9]{14}"))


def change_language_theme_and_sign_out(demo: Page) -> None:
    """Come in Arabic and in the dark, then as a guest."""
    beside = demo.locator("gamopanda-streaks")
    beside.get_by_role("tab", name="Streaks").click()
    demo.get_by_label("Language").select_option("ar")
    expect(beside).to_contain_text("7 أيام من التسوق")
    expect(beside.locator(".root")).to_have_attribute("dir", "rtl")
    demo.get_by_label("Theme").select_option("dark")
    expect(beside.locator("section")).to_have_css("background-color", "rgb(22, 24, 29)")
    expect(beside).to_contain_text("7 أيام من التسوق")
    photograph(demo, "demo-arabic-dark")
    demo.get_by_role("button", name="Sign out").click()
    expect(beside).to_contain_text("سجّل الدخول لتبدأ سلسلتك")
    assert Display(demo).problems() == []


def look_at_every_width(demo: Page) -> None:
    """See that the shop fits every screen."""
    for width in (320, 375, 1280):
        demo.set_viewport_size({"width": width, "height": 760})
        demo.wait_for_function(f"document.documentElement.scrollWidth <= {width}")
        photograph(demo, f"demo-{width}")
