"""The display without a mouse, and for those who hear it instead of seeing it."""

import pytest
from playwright.sync_api import Page, expect

from gamopanda.tests.browser.programme import days, log, make_coffee, token_of
from gamopanda.tests.browser.shop import Shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def test_the_whole_display_is_used_by_keyboard_alone(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    days(streak, 2, 0)
    display = shop.visit(page, accessToken=token_of())
    expect(display.launcher).to_be_visible()
    press = page.keyboard.press

    press("Tab")  # the page's own link
    assert display.focused() is None
    press("Tab")
    assert display.focused() == "launcher"
    assert display.launcher.get_attribute("aria-expanded") == "false"
    press("Enter")
    assert display.focused() == "close"
    assert display.launcher.get_attribute("aria-expanded") == "true"

    press("Tab")
    assert display.focused() == "tab-streaks"
    press("Tab")
    assert display.focused() == "page"
    press("Tab")
    assert display.focused() == f"details-{streak.pk}"
    press("Enter")
    assert display.focused() == "details-title"
    expect(display.body).to_contain_text("Milestones")
    press("Shift+Tab")
    press("Shift+Tab")
    press("Shift+Tab")
    assert display.focused() == "back"
    press("Enter")
    assert display.focused() == f"details-{streak.pk}"


def test_a_code_is_copied_and_explained_by_keyboard_alone(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    display = shop.visit(page, accessToken=token_of()).open()
    press = page.keyboard.press
    display.key("tab-streaks").focus()
    press("ArrowRight")
    assert display.focused() == "tab-rewards"
    press("Tab")
    press("Tab")
    focused = display.focused()
    assert focused is not None
    assert focused.startswith("copy-")
    press("Enter")
    expect(display.key(focused)).to_contain_text("Copied!")
    assert display.focused() == focused
    assert page.evaluate("navigator.clipboard.readText()").startswith("SAVE5-")
    press("Tab")
    press("Enter")
    expect(display.body).to_contain_text("Enter this code at the checkout.")

    press("Escape")
    expect(display.panel).to_be_hidden()
    assert display.focused() == "launcher"
    assert [name for name, _detail in display.happened()] == ["ready", "open", "close"]


def test_where_the_panel_covers_the_page_the_focus_stays_in_it(page: Page, shop: Shop) -> None:
    make_coffee()
    page.set_viewport_size({"width": 320, "height": 640})
    display = shop.visit(page).open()
    assert display.panel.get_attribute("aria-modal") == "true"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") in {"GAMOPANDA-DISPLAY", "BODY"}
    page.keyboard.press("Escape")
    expect(display.panel).to_be_hidden()
    assert display.focused() == "launcher"


def test_names_and_roles_are_there_for_screen_readers(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    display = shop.visit(page, accessToken=token_of())
    expect(page.get_by_role("button", name="Streaks 1, New rewards: 1")).to_be_visible()
    display.open()
    dialog = page.get_by_role("dialog", name="Your streaks")
    expect(dialog.get_by_role("tab", name="Streaks")).to_have_attribute("aria-selected", "true")
    expect(dialog.get_by_role("tabpanel", name="Streaks")).to_be_visible()
    marks = dialog.get_by_role("list", name="Completed: 3 of 7").get_by_role("listitem")
    expect(marks).to_have_text(
        [
            "1: done",
            "2: done",
            "3: done, milestone",
            "4: to come4",
            *["5: to come5"],
            "6: to come6",
            "7: to come, milestone7",
        ]
    )
    bar = dialog.get_by_role("progressbar", name="Today")
    expect(bar).to_have_attribute("aria-valuetext", "50 of 50")
    expect(dialog.get_by_role("button", name="View Details : Coffee every day")).to_be_visible()


def test_a_milestone_is_announced_and_celebrated_where_it_is_seen(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    days(streak, 2, 1)
    display = shop.visit(page, accessToken=token_of()).open()
    reward = log(streak).achievements[0]
    page.evaluate("window.display.refresh()")
    expect(display.body.locator(".party")).to_contain_text("Milestone reached!")
    expect(display.body.locator(".confetti")).to_be_visible()
    said = display.panel.locator("> [role=status]")
    expect(said).to_contain_text("Milestone reached! 5% off Coffee every day In Progress You have completed day 3")
    (detail,) = (detail for name, detail in display.happened() if name == "milestone")
    assert (detail["streakId"], detail["milestoneId"]) == (str(streak.pk), str(reward.milestone.pk))
    display.key("party").click()
    expect(display.body).to_contain_text("SAVE5-")


def test_what_has_changed_is_said_also_where_the_panel_covers_the_page(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    page.set_viewport_size({"width": 320, "height": 640})
    display = shop.visit(page, accessToken=token_of()).open()
    expect(display.body).to_contain_text("Not Started")
    log(streak, value="29.50")
    page.evaluate("window.display.refresh()")
    said = page.get_by_role("dialog").get_by_role("status")
    expect(said).to_have_text(
        "Coffee every day In Progress Shop for $20.50 or more for 3 days to complete the next milestone!"
    )
    display.key("close").click()
    log(streak, value=50)
    page.evaluate("window.display.refresh()")
    expect(page.get_by_role("status")).to_contain_text("Coffee every day In Progress You have completed day 1 streak!")


def test_nothing_moves_for_those_who_ask_for_less_motion(page: Page, shop: Shop) -> None:
    page.emulate_media(reduced_motion="reduce")
    streak = make_coffee()
    days(streak, 2, 1)
    display = shop.visit(page, accessToken=token_of()).open()
    log(streak)
    page.evaluate("window.display.refresh()")
    expect(display.body.locator(".party")).to_contain_text("Milestone reached!")
    expect(display.body.locator(".confetti")).to_be_hidden()
    running = "document.querySelector('gamopanda-display').shadowRoot.getAnimations().length"
    assert page.evaluate(running) == 0
    # A run is lost as quietly as one is won.
    log(streak, value=-10)
    page.evaluate("window.display.refresh()")
    expect(display.body.locator(".party")).to_have_count(0)


def test_at_twice_the_size_nothing_is_cut_off(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    display = shop.visit(page, accessToken=token_of()).open()
    for width in (640, 320):
        # 1280 and 640 pixels wide, seen at 200 %.
        page.set_viewport_size({"width": width, "height": 400})
        display.settle()
        assert display.too_wide() == []
        details = display.body.locator('[data-key^="details-"]')
        details.scroll_into_view_if_needed()
        expect(details).to_be_in_viewport()
        display.photograph(f"zoomed-{width}")


def test_a_dark_page_has_a_dark_panel(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    page.emulate_media(color_scheme="dark")
    display = shop.visit(page, accessToken=token_of()).open()
    panel = "document.querySelector('gamopanda-display').shadowRoot.querySelector('dialog')"
    surface = f"getComputedStyle({panel}).backgroundColor"
    assert page.evaluate(surface) == "rgb(255, 255, 255)"
    # At once, as soon as the page is dark.
    page.evaluate("document.documentElement.style.colorScheme = 'light dark'")
    page.wait_for_function(f"{surface} === 'rgb(22, 24, 29)'")
    display.settle()
    assert display.problems() == []
    display.photograph("dark-streaks")
    display.key("tab-rewards").click()
    assert display.problems() == []
    display.photograph("dark-rewards")
    # A new body is watched too.
    page.evaluate("document.documentElement.style.colorScheme = 'light'")
    page.wait_for_function(f"{surface} === 'rgb(255, 255, 255)'")
    page.evaluate("document.body.replaceWith(document.createElement('body'))")
    expect(display.panel).to_be_visible()
    page.evaluate("document.documentElement.style.colorScheme = ''")
    page.evaluate("document.body.style.background = 'black'")
    page.wait_for_function(f"{surface} === 'rgb(22, 24, 29)'")
