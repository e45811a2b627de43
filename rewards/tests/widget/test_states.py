"""Every state of the display in three languages and at three widths: readable, in its place, and clean under axe."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from gamopanda.api.models import Status
from gamopanda.widget.shipped import SHIPPED
from rewards.tests.widget.programme import days, give_rewards_in_every_state, log, make_coffee, token_of
from rewards.tests.widget.shop import Display, Shop
from streaks.models import Streak
from streaks.tests.calling import make_streak

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = (1280, 375, 320)
HEIGHT = 760
LABELS = {
    "in_progress": {"en": "In Progress", "de": "Läuft", "ar": "قيد التقدم"},
    "details": {"en": "View Details", "de": "Einzelheiten ansehen", "ar": "عرض التفاصيل"},
    "title": {"en": "Coffee every day", "de": "Jeden Tag Kaffeespezialitätenverkostung", "ar": "قهوة كل يوم"},
    "prize": {"en": "5% off", "de": "5 % Treuerabatt auf Röstkaffeeerzeugnisse", "ar": "خصم 5%"},
}


@dataclass
class Visit:
    """A visit to the shop in one language and at one width; looks at everything that it is shown."""

    page: Page
    shop: Shop
    language: str

    def begin(self, external_id: str | None, **options: Any) -> Display:
        """Come as a member, or as a guest (None), and open the panel."""
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        token: dict[str, Any] = {} if external_id is None else {"accessToken": token_of(external_id)}
        return self.shop.visit(self.page, languageCode=self.language, **token, **options).open()

    def look(self, display: Display, name: str) -> None:
        """Hold what is shown to what has to be so in every state and at every width."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            display.settle()
            display.photograph(f"{name}-{self.language}-{width}")
            assert display.problems() == [], (name, width)
            assert display.too_wide() == [], (name, width)
        root = display.panel.locator("..")
        assert root.get_attribute("dir") == ("rtl" if self.language == "ar" else "ltr")
        assert root.get_attribute("lang") == self.language

    def text(self, name: str) -> str:
        """Return a fixed text of the panel in the language of the visit, without its variables."""
        return SHIPPED[self.language][name].partition("{{")[0].strip()

    def label(self, name: str) -> str:
        """Return a text of the marketer's in the language of the visit."""
        return LABELS[name][self.language]


@pytest.fixture(params=["en", "ar", "de"])
def visit(request: pytest.FixtureRequest, page: Page, shop: Shop) -> Visit:
    return Visit(page, shop, request.param)


def marks(display: Display) -> list[str]:
    """Return the states of the marks of the first streak, in order."""
    found = (
        display.panel.locator(".marks")
        .first.locator(".mark")
        .evaluate_all("marks => marks.map(mark => mark.className.replace('mark', '').trim())")
    )
    return [str(state) for state in found]


def test_members_in_every_state(visit: Visit) -> None:
    streak = make_coffee()
    days(streak, 2, 1, of="today open")
    log(streak, of="today open", value="29.50")
    days(streak, 2, 0, of="milestone")
    days(streak, 6, 0, of="completed")
    days(streak, 6, 3, of="broken")

    display = visit.begin("nothing yet")
    expect(display.body).to_contain_text(visit.label("title"))
    assert marks(display) == ["now", *[""] * 6]
    visit.look(display, "not-started")

    display = visit.begin("today open")
    expect(display.body.locator(".status")).to_have_text(visit.label("in_progress"))
    progress = {"en": "29.50 of 50", "de": "29,50 von 50", "ar": "29,50 من 50"}[visit.language]
    expect(display.body.locator(".task")).to_contain_text(progress)
    expect(display.body).to_contain_text(visit.text("time_left"))
    assert marks(display) == ["done", "done", "now", *[""] * 4]
    visit.look(display, "today-open")
    display.body.get_by_role("button", name=visit.label("details")).click()
    expect(display.body).to_contain_text(visit.text("milestones_heading"))
    expect(display.body.locator(".ladder")).to_contain_text(visit.label("prize"))
    visit.look(display, "details")

    display = visit.begin("milestone")
    assert marks(display) == [*["done"] * 3, *[""] * 4]
    expect(display.launcher.locator(".badge")).to_have_text("1")
    visit.look(display, "milestone")

    display = visit.begin("completed")
    assert marks(display) == ["done"] * 7
    visit.look(display, "completed")

    display = visit.begin("broken")
    assert marks(display) == [*["done"] * 4, "missed", *[""] * 2]
    visit.look(display, "broken")


def test_rewards_in_every_state_and_none(visit: Visit) -> None:
    give_rewards_in_every_state(make_coffee())
    display = visit.begin("ann")
    display.key("tab-rewards").click()
    headings = [visit.text(name) for name in ("rewards_ready", "rewards_used", "rewards_expired")]
    expect(display.body.locator(".section")).to_have_text(headings)
    expect(display.body).to_contain_text(visit.text("reward_pending"))
    visit.look(display, "rewards")

    display = visit.begin("nobody yet")
    display.key("tab-rewards").click()
    expect(display.body).to_contain_text(visit.text("no_rewards"))
    visit.look(display, "no-rewards")


def test_guests_see_the_programme_and_are_called_to_sign_in(visit: Visit) -> None:
    make_coffee()
    display = visit.begin(None, signInUrl="/account")
    expect(display.body).to_contain_text(visit.label("title"))
    expect(display.body).to_contain_text(visit.text("sign_in_message"))
    link = display.body.get_by_role("link", name=visit.text("sign_in_button"))
    assert link.evaluate("link => link.href") == f"{visit.shop.origin}account"
    expect(display.body.locator(".task")).to_have_count(0)
    visit.look(display, "guest")


def test_without_a_live_streak_the_panel_says_so(visit: Visit) -> None:
    make_streak(status=Status.DRAFT)
    display = visit.begin("ann")
    expect(display.body).to_contain_text(visit.text("no_streaks"))
    visit.look(display, "no-streaks")


def held_back(page: Page) -> Callable[[], None]:
    """Hold the data request back until the function that is returned is called."""
    held: list[Route] = []

    def let_go() -> None:
        for route in held:
            route.continue_()

    # Playwright cannot call a method of a list.
    page.route("**/end-user-display*", lambda route: held.append(route))  # noqa: PLW0108
    return let_go


def test_while_the_answer_is_slow_there_is_a_skeleton_and_then_what_it_stands_for(visit: Visit) -> None:
    make_coffee()
    let_go = held_back(visit.page)
    display = visit.shop.visit(visit.page, languageCode=visit.language)
    expect(display.launcher).to_be_hidden()
    visit.page.evaluate("window.display.open()")
    expect(display.body).to_have_attribute("aria-busy", "true")
    expect(display.body.get_by_role("status")).to_have_text(visit.text("loading"))
    visit.look(display, "skeleton")
    let_go()
    expect(display.body).to_contain_text(visit.label("title"))
    assert display.body.get_attribute("aria-busy") is None


def test_when_the_server_is_down_there_is_a_quiet_message_and_a_retry(visit: Visit) -> None:
    make_coffee()
    visit.page.route("**/end-user-display*", lambda route: route.abort())
    display = visit.begin("ann")
    expect(display.body.get_by_role("alert")).to_contain_text(visit.text("unavailable"))
    visit.look(display, "server-down")
    visit.page.unroute("**/end-user-display*")
    display.key("retry").click()
    expect(display.body).to_contain_text(visit.label("title"))
    expect(display.body.get_by_role("alert")).to_have_count(0)
    names = [name for name, _detail in display.happened()]
    assert (names[0], names[-1]) == ("error", "ready")


def test_whoever_has_lost_the_session_is_asked_to_sign_in_again(visit: Visit, streak: Streak) -> None:
    options = {"accessToken": "not.a.token", "signInUrl": "/account"}
    display = visit.shop.visit(visit.page, languageCode=visit.language, **options).open()
    expect(display.body).to_contain_text(visit.text("signed_out"))
    expect(display.body).not_to_contain_text(visit.label("title"))
    visit.look(display, "signed-out")


@pytest.fixture
def streak() -> Streak:
    return make_coffee()
