"""Every state of the display in three languages and at three widths: readable, in its place, and clean under axe."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from gamopanda.api.models import Status
from gamopanda.tests.browser.programme import days, give_rewards_in_every_state, log, make_coffee, token_of
from gamopanda.tests.browser.shop import Display, Shop
from gamopanda.widget.shipped import SHIPPED
from streaks.tests.calling import make_streak

# What is shown is the answer's, whatever database it came from: the answers have tests on both.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

LANGUAGES = ("en", "ar", "de")
WIDTHS = (1280, 375, 320)
HEIGHT = 760
LABELS = {
    "in_progress": {"en": "In Progress", "de": "Läuft", "ar": "قيد التقدم"},
    "title": {"en": "Coffee every day", "de": "Jeden Tag Kaffeespezialitätenverkostung", "ar": "قهوة كل يوم"},
    "prize": {"en": "5% off", "de": "5 % Treuerabatt auf Röstkaffeeerzeugnisse", "ar": "خصم 5%"},
    "progress": {"en": "29.50 of 50", "de": "29,50 von 50", "ar": "29.50 من 50"},
}


@dataclass
class Visit:
    """A visit to the shop that looks at everything it is shown, in every language and at every width."""

    page: Page
    shop: Shop

    def begin(self, external_id: str | None, **options: Any) -> Display:
        """Come as a member, or as a guest (None), and open the panel."""
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        token: dict[str, Any] = {} if external_id is None else {"accessToken": token_of(external_id)}
        return self.shop.visit(self.page, **token, **options).open()

    def in_every_language(self, display: Display, name: str) -> Iterator[str]:
        """Yield each language once it is shown; afterwards hold the state to what has to be so at every width."""
        for language in LANGUAGES:
            self.page.evaluate("language => { window.display.setLanguage(language); }", language)
            root = display.panel.locator("..")
            expect(root).to_have_attribute("lang", language)
            expect(root).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
            yield language
            for width in WIDTHS:
                self.page.set_viewport_size({"width": width, "height": HEIGHT})
                display.settle()
                display.photograph(f"{name}-{language}-{width}")
                assert display.problems() == [], (name, language, width)
                assert display.too_wide() == [], (name, language, width)
            self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})


@pytest.fixture
def visit(page: Page, shop: Shop) -> Visit:
    # What moves has a test of its own: here it would only have to be waited for.
    page.emulate_media(reduced_motion="reduce")
    return Visit(page, shop)


def text(name: str, language: str) -> str:
    """Return a fixed text of the panel, without its variables."""
    return SHIPPED[language][name].partition("{{")[0].strip()


def expect_marks(display: Display, *states: str) -> None:
    """Hold the marks of the first streak to their states, in order."""
    marks = display.panel.locator(".marks").first.locator(".mark")
    expect(marks).to_have_class([f"mark {state}" for state in states])


def test_members_in_every_state_of_a_streak_that_goes_on(visit: Visit) -> None:
    streak = make_coffee()
    days(streak, 2, 1, of="today open")
    log(streak, of="today open", value="29.50")
    days(streak, 2, 0, of="milestone")

    display = visit.begin("nothing yet")
    for language in visit.in_every_language(display, "not-started"):
        expect(display.body).to_contain_text(LABELS["title"][language])
        expect_marks(display, "now", *[""] * 6)

    display = visit.begin("today open")
    for language in visit.in_every_language(display, "today-open"):
        expect(display.body.locator(".status")).to_have_text(LABELS["in_progress"][language])
        expect(display.body.locator(".task")).to_contain_text(LABELS["progress"][language])
        expect(display.body).to_contain_text(text("time_left", language))
        expect_marks(display, "done", "done", "now", *[""] * 4)

    display.key(f"details-{streak.pk}").click()
    for language in visit.in_every_language(display, "details"):
        expect(display.body).to_contain_text(text("milestones_heading", language))
        expect(display.body.locator(".ladder")).to_contain_text(LABELS["prize"][language])

    display = visit.begin("milestone")
    for _language in visit.in_every_language(display, "milestone"):
        expect_marks(display, *["done"] * 3, *[""] * 4)
        expect(display.launcher.locator(".badge")).to_have_text("1")


def test_members_whose_run_is_over(visit: Visit) -> None:
    written = "You can start again today."
    streak = make_coffee(eud_broken_streak_message_en=written)
    days(streak, 6, 0, of="completed")
    days(streak, 6, 3, of="broken")

    display = visit.begin("completed")
    for _language in visit.in_every_language(display, "completed"):
        expect_marks(display, *["done"] * 7)

    display = visit.begin("broken")
    for _language in visit.in_every_language(display, "broken"):
        expect_marks(display, *["done"] * 4, "missed", *[""] * 2)
        # S62: a text that is there in English alone is read out as English, in its own direction.
        message = display.body.locator(".message.first")
        expect(message).to_have_text(written)
        expect(message).to_have_attribute("lang", "en")
        expect(message).to_have_attribute("dir", "auto")


def test_guests_and_rewards_in_every_state(visit: Visit) -> None:
    streak = make_coffee()
    display = visit.begin(None, signInUrl="/account")
    for language in visit.in_every_language(display, "guest"):
        expect(display.body).to_contain_text(LABELS["title"][language])
        expect(display.body).to_contain_text(text("sign_in_message", language))
        link = display.body.get_by_role("link", name=text("sign_in_button", language))
        assert link.evaluate("link => link.href") == f"{visit.shop.origin}account"
        expect(display.body.locator(".task")).to_have_count(0)

    display = visit.begin("new member")
    display.key("tab-rewards").click()
    for language in visit.in_every_language(display, "no-rewards"):
        expect(display.body).to_contain_text(text("no_rewards", language))

    give_rewards_in_every_state(streak)
    display = visit.begin("ann")
    display.key("tab-rewards").click()
    for language in visit.in_every_language(display, "rewards"):
        headings = [text(name, language) for name in ("rewards_ready", "rewards_used", "rewards_expired")]
        expect(display.body.locator(".section")).to_have_text(headings)
        expect(display.body).to_contain_text(text("reward_pending", language))


@contextmanager
def held_back(page: Page) -> Iterator[None]:
    """Keep every data request waiting, then let them all go."""
    held: list[Route] = []
    # Playwright cannot call a method of a list.
    page.route("**/end-user-display*", lambda route: held.append(route))  # noqa: PLW0108
    yield
    held[-1].continue_()
    page.unroute("**/end-user-display*")


def test_without_an_answer_and_with_none_worth_showing(visit: Visit) -> None:
    page = visit.page
    with held_back(page):
        display = visit.shop.visit(page)
        expect(display.launcher).to_be_hidden()
        page.evaluate("window.display.open()")
        for language in visit.in_every_language(display, "skeleton"):
            expect(display.body).to_have_attribute("aria-busy", "true")
            expect(display.body.get_by_role("status")).to_have_text(text("loading", language))
    expect(display.body).to_contain_text(text("no_streaks", "de"))
    assert display.body.get_attribute("aria-busy") is None

    make_streak(status=Status.DRAFT)
    for language in visit.in_every_language(display, "no-streaks"):
        expect(display.body).to_contain_text(text("no_streaks", language))

    display = visit.shop.visit(page, accessToken="not.a.token", signInUrl="/account").open()
    for language in visit.in_every_language(display, "signed-out"):
        expect(display.body).to_contain_text(text("signed_out", language))

    make_coffee()
    page.route("**/end-user-display*", lambda route: route.abort())
    display = visit.begin("ann")
    for language in visit.in_every_language(display, "server-down"):
        expect(display.body.get_by_role("alert")).to_contain_text(text("unavailable", language))
    page.unroute("**/end-user-display*")
    display.key("retry").click()
    expect(display.body).to_contain_text(LABELS["title"]["de"])
    expect(display.body.get_by_role("alert")).to_have_count(0)
    names = [name for name, _detail in display.happened()]
    assert (names[0], names[-1]) == ("error", "ready")
