"""What the page can do with the display, what it is told, and how tokens are renewed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Browser, Page, Route, expect

from gamopanda.tests.browser.programme import days, expired_token, log, make_coffee, token_of
from gamopanda.tests.browser.shop import Shop, requests_of
from gamopanda.widget.models import WidgetSettings
from gamopanda.widget.shipped import SHIPPED
from streaks.tests.pictures import raster

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def names(happened: list[list[object]]) -> list[object]:
    """Return the names of events."""
    return [name for name, _detail in happened]


def test_the_handle_does_what_its_functions_say(page: Page, shop: Shop) -> None:
    make_coffee()
    display = shop.visit(page, accessToken=token_of())
    expect(display.launcher).to_be_visible()
    functions = page.evaluate("Object.keys(window.display)")
    assert functions == ["open", "close", "refresh", "setAccessToken", "setLanguage", "destroy"]
    page.evaluate("window.display.open()")
    expect(display.panel).to_be_visible()
    page.evaluate("window.display.setLanguage('ar')")
    expect(display.body).to_contain_text("قهوة كل يوم")
    assert display.panel.locator("..").get_attribute("dir") == "rtl"
    page.evaluate("window.display.close()")
    expect(display.panel).to_be_hidden()
    page.evaluate("window.display.destroy()")
    assert page.locator("gamopanda-display").count() == 0
    assert names(display.happened()) == ["ready", "open", "close"]


def test_a_second_start_takes_the_place_of_the_first(page: Page, shop: Shop) -> None:
    make_coffee()
    display = shop.visit(page)
    expect(display.launcher).to_be_visible()
    page.evaluate("Gamopanda.initialize({ accountId: 'gamopanda', languageCode: 'de' })")
    expect(page.get_by_role("button", name=SHIPPED["de"]["launcher_title"], exact=True)).to_be_visible()
    assert page.locator("gamopanda-display").count() == 1


def test_an_expired_token_is_renewed_once_and_the_request_sent_again(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    display = shop.visit(page, accessToken=expired_token(), nextToken=token_of()).open()
    expect(display.body).to_contain_text("You have completed day 3 streak!")
    assert page.evaluate("window.renewals") == 1
    assert names(display.happened()) == ["ready", "open"]


def test_a_renewed_token_of_somebody_else_shows_nothing_of_the_first(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    display = shop.visit(page, accessToken=token_of("ann"), nextToken=token_of("bob")).open()
    expect(display.body).to_contain_text("You have completed day 3 streak!")
    requests = 0

    def refuse_the_first(route: Route) -> None:
        nonlocal requests
        requests += 1
        if requests == 1:
            route.fulfill(status=401, json={"error": {"code": "unauthorized", "message": "Expired."}})

    page.route("**/end-user-display*", refuse_the_first)
    page.evaluate("() => { window.display.refresh(); }")
    # The second answer never comes.
    expect(display.body).to_have_attribute("aria-busy", "true")
    expect(display.body).not_to_contain_text("You have completed")
    assert page.evaluate("window.renewals") == 1


@pytest.mark.parametrize("renewed", ["expired", "none"])
def test_when_no_token_can_be_had_no_member_is_silently_a_guest(page: Page, shop: Shop, renewed: str) -> None:
    make_coffee()
    next_token = expired_token() if renewed == "expired" else None
    made = requests_of(page)
    display = shop.visit(page, accessToken=expired_token(), nextToken=next_token).open()
    expect(display.body).to_contain_text("Your session has ended. Please sign in again.")
    expect(display.body).not_to_contain_text("Coffee every day")
    (detail,) = (detail for name, detail in display.happened() if name == "error")
    assert (detail["code"], detail["status"]) == ("unauthorized", 401)
    assert page.evaluate("window.renewals") == 1
    sent = [request for request in made if "end-user-display" in request.url]
    assert len(sent) == (2 if renewed == "expired" else 1)
    assert all("x-enduser-access-token" in request.headers for request in sent)


def test_the_page_is_told_what_has_happened_since(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    days(streak, 6, 1)
    display = shop.visit(page, accessToken=token_of())
    expect(display.launcher).to_be_visible()
    run = log(streak).run
    assert run is not None
    page.evaluate("window.display.refresh()")
    page.wait_for_function("window.happened.length === 3")
    ready, milestone, completed = display.happened()
    assert ready == ["ready", {"languageCode": "en", "isGuest": False}]
    assert (milestone[0], milestone[1]["streakId"]) == ("milestone", str(streak.pk))
    assert completed == ["completed", {"streakId": str(streak.pk), "streakProgressId": str(run.pk)}]
    # Who opens the panel afterwards has not missed the celebration.
    expect(display.open().body.locator(".party")).to_contain_text("Milestone reached!")
    expect(display.body.locator(".confetti")).to_be_visible()


def test_a_correction_that_breaks_a_run_is_told(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    run = log(streak, ago=1).run
    assert run is not None
    display = shop.visit(page, accessToken=token_of())
    expect(display.launcher).to_be_visible()
    log(streak, ago=1, value=-10)
    page.evaluate("window.display.refresh()")
    page.wait_for_function("window.happened.length === 2")
    assert display.happened()[1] == ["broken", {"streakId": str(streak.pk), "streakProgressId": str(run.pk)}]


def test_what_is_under_way_comes_first_and_what_is_done_last(page: Page, shop: Shop) -> None:
    started, done, new = make_coffee(), make_coffee(), make_coffee()
    days(done, 6, 0)
    log(started)
    display = shop.visit(page, accessToken=token_of()).open()
    cards = display.body.locator("button[data-key^='details-']")
    expect(cards).to_have_count(3)
    keys = cards.evaluate_all("cards => cards.map(card => card.dataset.key)")
    assert keys == [f"details-{streak.pk}" for streak in (started, new, done)]


def test_the_element_shows_the_same_in_the_page_with_the_same_one_request(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    made = requests_of(page)
    body = "<gamopanda-streaks><a href='/streaks'>My streaks</a></gamopanda-streaks>"
    display = shop.visit(page, body=body, accessToken=token_of(), launcher=False)
    inline = page.locator("gamopanda-streaks section")
    expect(inline).to_contain_text("Coffee every day")
    expect(display.launcher).to_be_hidden()
    inline.get_by_role("tab", name="Rewards 1").click()
    expect(inline).to_contain_text("SAVE5-")
    expect(inline.get_by_role("tab", name="Rewards", exact=True)).to_be_visible()
    assert len([request for request in made if "end-user-display" in request.url]) == 1
    # What the page has put inside of it is back when the display is gone.
    page.evaluate("window.display.destroy()")
    expect(page.get_by_role("link", name="My streaks")).to_be_visible()


def test_without_javascript_the_page_shows_what_it_has_put_into_the_element(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    shop.visit(page, body="<gamopanda-streaks><a href='/streaks'>My streaks</a></gamopanda-streaks>")
    expect(page.get_by_role("link", name="My streaks")).to_be_visible()
    context.close()


def test_settings_of_the_administration_show_at_the_next_load(page: Page, shop: Shop) -> None:
    make_coffee()
    display = shop.visit(page)
    expect(display.launcher).to_be_visible()
    box = display.launcher.bounding_box()
    assert box is not None
    assert (box["x"] + box["width"], box["y"] + box["height"]) == (1280 - 20, 800 - 20)
    WidgetSettings(
        alignment="bottom_left", alignment_position_x=48, alignment_position_y=32, primary_color="#0f766e"
    ).save()
    display = shop.visit(page)
    expect(display.launcher).to_be_visible()
    box = display.launcher.bounding_box()
    assert box is not None
    assert (box["x"], box["y"] + box["height"]) == (48, 800 - 32)
    assert display.launcher.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(15, 118, 110)"


def test_the_launcher_carries_an_icon_of_ones_own_and_the_flame_when_it_cannot_be_loaded(
    page: Page, shop: Shop, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    row = WidgetSettings()
    row.launcher_image.save("icon.svg", ContentFile(raster("GIF")), save=False)
    row.save()
    display = shop.visit(page)
    decode = "async image => { await image.decode(); return [image.naturalWidth, image.alt]; }"
    assert display.launcher.locator("img").evaluate(decode) == [24, ""]
    box = display.launcher.bounding_box()
    assert box is not None
    assert box["height"] == 56
    display.photograph("launcher-icon")
    # A page may choose for itself.
    display = shop.visit(page, launcherIcon="gift")
    expect(display.launcher.locator("svg")).to_have_count(1)
    row.launcher_image.storage.delete(row.launcher_image.name)
    display = shop.visit(page, launcherIcon=f"{shop.server}/media/icons/{'0' * 64}.png")
    expect(display.launcher.locator("svg")).to_have_count(1)


def test_the_font_of_the_page_is_the_displays_where_it_is_to_be_inherited(page: Page, shop: Shop) -> None:
    display = shop.visit(page, theme={"fontFamily": "inherit"}).open()
    page.evaluate("document.body.style.fontFamily = 'Georgia'")
    page.evaluate("window.display.refresh()")
    expect(display.panel.locator("h2")).to_have_css("font-family", "Georgia")


def test_where_nothing_can_be_copied_the_code_is_selected_and_that_is_said(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    page.add_init_script("document.execCommand = () => false; delete Navigator.prototype.clipboard;")
    display = shop.visit(page, accessToken=token_of()).open()
    display.key("tab-rewards").click()
    display.body.get_by_role("button", name="Copy code").click()
    expect(display.body).to_contain_text("Please select the code and copy it.")
    expect(display.panel.get_by_role("status")).to_have_text("Please select the code and copy it.")
    code = display.body.locator("code").text_content()
    assert page.evaluate("getSelection().toString()") == code


def test_the_clock_of_the_countdown_is_the_servers(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    log(streak, value=10)
    # A phone that is a day ahead.
    page.clock.set_system_time(datetime.now(UTC) + timedelta(days=1))
    display = shop.visit(page, accessToken=token_of()).open()
    left = display.body.get_by_role("timer")
    expect(left).to_contain_text("Time left: 1")
    assert "day" not in (left.text_content() or "")
