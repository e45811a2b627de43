"""The display on pages as they are: other languages' tags, hostile styles, new bodies, late scripts."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, Route, expect

from gamopanda.tests.browser.programme import PRIZE, days, log, make_coffee, token_of
from gamopanda.tests.browser.shop import Display, Shop, requests_of
from streaks.models import Streak

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

HOSTILE_STYLES = """
* { all: unset !important; display: none !important; }
html, head, body, main, gamopanda-display, gamopanda-streaks, dialog, [popover] {
  display: block !important; visibility: hidden !important; filter: grayscale(1) !important;
  transform: scale(.5) !important; direction: rtl !important; font: 60px/3 fantasy !important;
  text-transform: uppercase !important; letter-spacing: 1em !important; pointer-events: none !important;
  --surface: red !important; --text: red !important; --primary: red !important; --left: 0 !important;
}
h1 { display: block !important; position: fixed !important; inset: 0 !important; z-index: 2147483647 !important; }
"""


def replace_body(page: Page) -> None:
    """Do what Turbo and other routers do: put another body in the place of the old one."""
    page.evaluate("""() => {
      const body = document.createElement("body");
      const title = document.createElement("h1");
      title.textContent = "Next page";
      body.append(title, document.createElement("gamopanda-display"));
      document.documentElement.replaceChild(body, document.body);
    }""")
    expect(page.locator("h1")).to_have_text("Next page")


def test_a_strict_french_page_with_hostile_styles_and_replaced_bodies_shows_the_display(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    shop.lang, shop.styles = "fr_FR", HOSTILE_STYLES
    display = shop.visit(page, languageCode="fr_FR", accessToken=token_of())
    expect(display.launcher).to_be_visible()
    made = requests_of(page)
    for width in (320, 375, 1280):
        page.set_viewport_size({"width": width, "height": 760})
        replace_body(page)
        expect(page.locator("gamopanda-display")).to_have_count(1)
        # A click goes to the topmost element: the hostile heading covers the page at the highest z-index.
        display.open()
        replace_body(page)
        expect(display.body).to_be_visible()
        assert display.panel.evaluate("panel => panel.matches(':modal')") == (width < 480)
        expect(display.panel.locator("h2")).to_have_text("Vos séries")
        expect(display.panel.locator("..")).to_have_attribute("lang", "fr")
        expect(display.panel.locator("h2")).to_have_css("text-transform", "none")
        expect(display.panel.locator("h2")).to_have_css("font-size", "20px")
        expect(display.body.locator(".card")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
        display.settle()
        display.photograph(f"hostile-page-{width}")
        assert display.too_wide() == []
        assert display.problems() == []
        page.evaluate("window.display.close()")
    page.evaluate("""async () => {
      document.documentElement.remove();
      await new Promise(next => setTimeout(next, 100));
      const page = document.createElement("html");
      page.append(document.createElement("body"));
      document.append(page);
    }""")
    expect(page.locator("gamopanda-display")).to_have_count(1)
    assert [one.url for one in made if "/api/" in one.url] == []
    page.evaluate("window.display.destroy()")
    page.evaluate("document.body.append(document.createElement('p'))")
    page.wait_for_timeout(100)
    assert page.locator("gamopanda-display").count() == 0


def test_s34_tags_as_pages_write_them_are_read_also_before_an_answer(page: Page, shop: Shop) -> None:
    make_coffee()
    held: list[Route] = []
    page.route("**/end-user-display*", lambda route: route.continue_() if held else held.append(route))
    display = shop.visit(page, languageCode="fr_FR", launcher=False)
    page.evaluate("window.display.open()")
    expect(display.panel.locator("h2")).to_have_text("Vos séries")
    assert display.panel.locator("..").get_attribute("lang") == "fr"
    titles = {"fr_FR": "Vos séries", "pt_BR.UTF-8": "Suas sequências"}
    for language in ("fr_FR", "en_US", "pt_BR.UTF-8", "x-default", " ", "C"):
        page.evaluate("language => display.setLanguage(language)", language)
        expect(display.panel.locator("h2")).to_have_text(titles.get(language, "Your streaks"))
        expect(display.body).to_contain_text("Coffee every day")


MISTAKES = {
    "accountId": (7, "a text, as your administrators know it"),
    "accessToken": (7, "a text"),
    "refreshAccessToken": ("renew", "a function"),
    "languageCode": ({}, "a text such as en or pt-BR"),
    "theme": ("pink", "light, dark, auto, or an object"),
    "alignment": ("top", "bottom_right or bottom_left"),
    "alignmentPositionX": ("left", "a number of pixels"),
    "alignmentPositionY": ([1, 2], "a number of pixels"),
    "launcherIcon": (7, "a text"),
    "launcherTitle": ({}, "a text"),
    "launcher": ("no", "true or false"),
    "signInUrl": ("http://[", "an http or https address"),
    "onSignIn": ("go", "a function"),
    "useCodeUrl": ("/discount/", "an http or https address with {code}"),
    "onUseCode": (7, "a function"),
    "apiUrl": ("javascript:alert(1)", "the http or https address of your installation"),
}


def console_errors(page: Page) -> list[str]:
    """Return a list that fills with what the display says in the console."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Gamopanda" in message.text:
            said.append(message.text)

    page.on("console", note)
    return said


def mistakes_in(options: Mapping[str, object]) -> str:
    return " ".join(f"{name} has to be {MISTAKES[name][1]}." for name in options)


def test_wrong_options_give_one_message_and_are_ignored(page: Page, shop: Shop) -> None:
    make_coffee()
    said = console_errors(page)
    wrong: dict[str, Any] = {name: value for name, (value, _what) in MISTAKES.items() if name != "accountId"}
    display = shop.visit(page, **wrong).open()
    expect(display.body).to_contain_text("Coffee every day")
    assert said == [f"Gamopanda.initialize: {mistakes_in(wrong)} These options are ignored."]
    said.clear()
    theme = {"colorScheme": "pink", "primaryColor": "blurple", "bodyTextColor": 7, "borderRadius": "round"}
    page.evaluate("theme => { Gamopanda.initialize({ accountId: 'gamopanda', theme }); }", theme)
    told = (
        "theme.colorScheme has to be light, dark or auto. theme.primaryColor has to be a colour as in CSS. "
        "theme.bodyTextColor has to be a colour as in CSS. theme.borderRadius has to be a number of pixels."
    )
    assert said == [f"Gamopanda.initialize: {told} These options are ignored."]
    expect(display.launcher).to_have_css("background-color", "rgb(124, 58, 237)")
    page.evaluate("Gamopanda.display.destroy()")
    said.clear()
    nothing = ["undefined", "null", "7", "{}", "{ accountId: ' ' }", "{ accountId: 7 }"]
    for options in nothing:
        page.evaluate(f"() => {{ window.display = Gamopanda.initialize({options}); }}")
        assert page.evaluate("display.refresh()") is None
        page.evaluate("() => { for (const call of Object.values(display)) call('de'); }")
    assert page.locator("gamopanda-display").count() == 0
    what = mistakes_in({"accountId": None})
    assert said == [f"Gamopanda.initialize: {what} Nothing is shown."] * len(nothing)


# What a tag manager does: the page is loaded long since when the options and the script come.
LATE = """
addEventListener("load", () => setTimeout(() => {{
  window.gamopandaOptions = {options};
  const script = document.createElement("script");
  script.src = trustedTypes.createPolicy("shop", {{ createScriptURL: (url) => url }}).createScriptURL(
    "{server}/static/widget/gamopanda.js?late"
  );
  script.async = true;
  document.head.append(script);
}}, 50));
"""


def test_a_blocked_script_throws_nothing_and_one_that_comes_late_starts_by_itself(page: Page, shop: Shop) -> None:
    make_coffee()
    page.route("**/gamopanda.js", lambda route: route.abort())
    shop.script = "window.gamopandaOptions = {options};"
    shop.visit(page)
    expect(page.locator("h1")).to_have_text("Corner shop")
    assert page.locator("gamopanda-display").count() == 0
    shop.script = LATE
    display = shop.visit(page).open()
    expect(display.body).to_contain_text("Coffee every day")
    page.evaluate("Gamopanda.display.close()")
    expect(display.panel).to_be_hidden()
    page.evaluate("Gamopanda.display.destroy()")
    assert page.evaluate("Gamopanda.display") is None


WAIT_A_MINUTE = {"retry-after": "60", "access-control-expose-headers": "retry-after"}


def failing(page: Page, answers: list[int]) -> list[int]:
    """Let the next requests for data fail with these statuses (0: not reached); return those that were."""
    failed: list[int] = []

    def answer(route: Route) -> None:
        if not answers:
            route.continue_()
            return
        failed.append(status := answers.pop(0))
        if status:
            wait = WAIT_A_MINUTE if status == 429 else {}
            route.fulfill(status=status, json={}, headers={"access-control-allow-origin": "*", **wait})
        else:
            route.abort()

    page.route("**/end-user-display*", answer)
    return failed


def wait_for_events(display: Display, count: int) -> None:
    """Wait for events in real time: the clock of the page stands still."""
    give_up_at = time.monotonic() + 60
    while len(display.happened()) < count:
        assert time.monotonic() < give_up_at, display.happened()
        display.page.wait_for_timeout(20)


def test_failures_that_may_pass_are_tried_again_each_time_later_and_as_late_as_the_server_asks(
    page: Page, shop: Shop
) -> None:
    make_coffee()
    now = datetime.now(UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + timedelta(seconds=1))
    answers = [0, 503, 500]
    failed = failing(page, answers)
    display = shop.visit(page)
    expect(display.launcher).to_be_visible()
    for number, seconds in enumerate((2, 4, 8), start=2):
        # Half of the time is chance, so that not everybody comes in the same second.
        page.clock.run_for(seconds * 500 - 100)
        assert len(display.happened()) == number - 1
        page.clock.run_for(seconds * 500 + 100)
        wait_for_events(display, number)
    assert [name for name, _detail in display.happened()] == ["error", "error", "error", "ready"]
    assert failed == [0, 503, 500]
    page.evaluate("() => { happened.length = 0; }")
    answers.append(429)
    page.evaluate("display.refresh()")
    page.clock.run_for(59_000)
    assert [detail["status"] for _name, detail in display.happened()] == [429]
    # A failure that cannot pass by itself is not tried again.
    answers.append(400)
    page.clock.run_for(2_000)
    wait_for_events(display, 2)
    page.clock.run_for(600_000)
    assert failed == [0, 503, 500, 429, 400]
    # A page that comes into view again asks at once, however young the last answer is.
    page.evaluate("display.refresh()")
    answers.append(400)
    page.evaluate("display.refresh()")
    with page.expect_response("**/end-user-display*", timeout=20_000) as response:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert response.value.status == 304


def test_refreshes_at_once_are_one_request_and_one_more_follows_what_is_on_its_way(page: Page, shop: Shop) -> None:
    make_coffee()
    display = shop.visit(page).open()
    expect(display.body).to_contain_text("Coffee every day")
    made: list[Request] = []
    page.on("request", lambda request: made.append(request) if "end-user-display" in request.url else None)
    page.evaluate("Promise.all(Array.from({ length: 20 }, () => display.refresh()))")
    assert len(made) == 1
    held: list[Route] = []
    page.route("**/end-user-display*", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/end-user-display*"):
        page.evaluate("() => { display.refresh(); }")
    page.evaluate("() => { window.all = Promise.all([1, 2, 3].map(() => display.refresh())); }")
    page.evaluate("new Promise(next => setTimeout(next, 50))")
    assert len(made) == 2
    held[0].continue_()
    page.evaluate("window.all")
    assert len(made) == 3


def test_it_is_not_printed_and_escape_on_the_page_closes_it_and_leaves_the_focus(page: Page, shop: Shop) -> None:
    make_coffee()
    display = shop.visit(page).open()
    page.emulate_media(media="print")
    expect(page.locator("gamopanda-display")).to_have_css("display", "none")
    page.emulate_media(media="screen")
    expect(display.panel).to_be_visible()
    page.get_by_role("link", name="more").focus()
    page.keyboard.press("Escape")
    expect(display.panel).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "more"
    # An Escape that the page has used for itself closes its own dialog alone.
    display.open()
    page.evaluate("""() => {
      const dialog = document.body.appendChild(document.createElement("dialog"));
      dialog.append(document.createElement("input"));
      dialog.showModal();
    }""")
    page.keyboard.press("Escape")
    expect(page.locator("main ~ dialog")).to_be_hidden()
    expect(display.panel).to_be_visible()


def reach_milestone(page: Page, shop: Shop, streak: Streak, language: str) -> Display:
    """Let a member reach a milestone while the panel is closed."""
    days(streak, 2, 1, of=language)
    display = shop.visit(page, accessToken=token_of(language), languageCode=language)
    expect(display.launcher).to_be_visible()
    log(streak, of=language)
    page.evaluate("window.display.refresh()")
    return display


def test_a_milestone_is_told_while_the_panel_is_closed_and_can_be_put_away(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    toast = page.locator("gamopanda-display .toast")
    for width, language in ((320, "ar"), (1280, "en")):
        page.set_viewport_size({"width": width, "height": 700})
        display = reach_milestone(page, shop, streak, language)
        expect(toast).to_contain_text(PRIZE[f"eud_title_{language}"])
        toast.evaluate("async toast => { await Promise.all(toast.getAnimations().map(one => one.finished)); }")
        display.photograph(f"toast-{language}-{width}")
        assert display.problems() == []
        box = toast.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        if language == "ar":
            toast.locator("[data-key=close]").click()
            expect(toast).to_have_count(0)
            expect(display.launcher.locator(".badge")).to_have_text("1")
    # The name of the button begins with the text on it.
    expect(page.get_by_role("button", name="Streaks 1, New rewards: 1", exact=True)).to_be_visible()
    toast.get_by_role("button", name="View reward").click()
    expect(toast).to_have_count(0)
    expect(display.body).to_contain_text("SAVE5-")


def test_a_part_that_cannot_be_loaded_leaves_the_words(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    days(streak, 2, 1)
    page.route("**/gamopanda-celebration.js", lambda route: route.abort())
    display = shop.visit(page, accessToken=token_of()).open()
    expect(display.body).to_contain_text("Coffee every day")
    log(streak)
    page.evaluate("window.display.refresh()")
    expect(display.panel.locator("> [role=status]")).to_contain_text("Milestone reached! 5% off")


def use_button(display: Display) -> Any:
    display.key("tab-rewards").click()
    return display.body.locator("[data-key^=use-]")


def test_a_code_is_used_at_the_checkout_by_a_link_or_a_function_of_the_page(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    display = shop.visit(page, accessToken=token_of(), useCodeUrl="/discount/{code}?redirect=/cart").open()
    link = use_button(display)
    code = display.body.locator("code").text_content()
    assert link.evaluate("link => link.href") == f"{shop.origin}discount/{code}?redirect=/cart"
    expect(link).to_have_text(f"Use code: {code}")
    display.photograph("use-code")
    assert display.problems() == []
    page.evaluate(
        """options => Gamopanda.initialize({ ...options, onUseCode: (...used) => {
      window.used = used;
      throw new Error("The cart of the shop has failed.");
    } })""",
        dict(shop.options),
    )
    use_button(display.open()).click()
    used = page.evaluate("window.used")
    assert used[0] == code
    assert set(used[1]) == {"rewardLogId", "milestoneId", "streakId"}
