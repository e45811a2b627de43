"""The main job from beginning to end, at two widths and by keyboard alone: build, preview, try, launch, explain."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import FilePayload, FrameLocator, Locator, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from gamopanda.accounts.models import Member
from gamopanda.tests.browser.console import DESKTOP, TABLET, Console
from gamopanda.tests.people import make_person
from streaks.models import Milestone, Streak, StreakLog
from streaks.progress.service import record_log

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]
STREAKS = "/admin/streaks/streak/"
ICON = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'
# More presses than any page needs to go round.
MOST_PRESSES = 250


class Marketer(Console):
    """Somebody who has no mouse."""

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, target: Locator, key: str = "Tab") -> None:
        """Press Tab until the focus is there."""
        expect(target).to_be_visible()
        element = target.element_handle()
        for _number in range(MOST_PRESSES):
            if self.page.evaluate("element => element === document.activeElement", element):
                return
            self.press(key)
        pytest.fail(f"The keyboard does not reach {target}")

    def write(self, name: str, text: str) -> None:
        """Go to a field and type."""
        self.reach(self.page.locator(f"[name={name}]"))
        self.page.keyboard.insert_text(text)

    def choose(self, name: str, option: str) -> None:
        """Go to a list and choose by the first letters."""
        field = self.page.locator(f"[name={name}]")
        self.reach(field)
        self.page.keyboard.type(option)
        expect(field.locator("option:checked")).to_contain_text(option)

    def activate(self, target: Locator) -> None:
        """Go to a link or a button and press it."""
        self.reach(target)
        self.press("Enter")

    def step(self, name: str) -> None:
        """Go back to the steps of the page and on to another one, with the arrows."""
        self.reach(self.page.locator("#console > .console-tabs [aria-selected=true]"), "Shift+Tab")
        tab = self.page.locator("#console > .console-tabs").get_by_role("tab", name=name)
        for _number in range(6):
            if tab.get_attribute("aria-selected") == "true":
                return
            self.press("ArrowRight")
        pytest.fail(f"There is no step {name}")

    def act(self, name: str) -> None:
        """Choose one of the actions of a page, which a narrow screen keeps behind a button."""
        if self.is_narrow:
            self.activate(self.page.get_by_role("button", name="Actions"))
        self.activate(self.page.get_by_role("link", name=name))

    def go(self, name: str) -> None:
        """Go to another list by the menu, which a narrow screen keeps behind a button."""
        if self.is_narrow:
            self.activate(self.page.get_by_role("button", name="Menu"))
        self.reach(self.page.locator("#nav-sidebar").get_by_role("link", name=name), "Shift+Tab")
        self.press("Enter")

    @property
    def is_narrow(self) -> bool:
        """Whether the screen is too narrow for the menu and the actions to be always there."""
        return self.page.viewport_size == TABLET

    @property
    def preview(self) -> FrameLocator:
        """What the member sees."""
        return self.page.frame_locator("#preview-frame")


@pytest.fixture
def marketer(page: Page, live_server: LiveServer) -> Iterator[Marketer]:
    """A marketer who sits down before the page of sign-in, of an installation in which nothing is."""
    person = make_person("Marketer")
    person.set_password("a long password")
    person.save()
    marketer = Marketer(page, live_server.url)
    yield marketer
    assert marketer.amiss() == []


@pytest.mark.parametrize("screen", [DESKTOP, TABLET], ids=["desktop", "tablet"])
def test_a_marketer_launches_the_7_day_shopper_and_learns_why_a_streak_broke(
    marketer: Marketer, screen: ViewportSize
) -> None:
    page = marketer.page
    page.set_viewport_size(screen)
    page.goto(f"{marketer.address}/admin/login/?next={STREAKS}add/")
    marketer.write("username", "marketer")
    marketer.write("password", "a long password")
    marketer.press("Enter")
    build(marketer)
    streak = Streak.objects.get()
    try_it(marketer)
    launch(marketer)
    assert Streak.objects.get().status == "live"
    let_ann_miss_a_day(streak)
    find_the_reason(marketer)


def build(marketer: Marketer) -> None:
    """Fill in the steps of the page, in two languages, and see the card before anything is saved."""
    page = marketer.page
    marketer.write("name", "7-Day Shopper")
    marketer.write("description", "Spend $50 a day for a week.")
    marketer.choose("status", "draft")
    marketer.step("Rules")
    marketer.write("aggregation_target_value", "50")
    marketer.write("completion_target_value", "7")
    expect(page.locator("#rules-sentence")).to_contain_text("a total of at least 50 every day, for 7 days in a row")
    marketer.step("Milestones")
    add_milestone(marketer, 0, 3, "5% off")
    add_milestone(marketer, 1, 7, "Free shipping")
    marketer.step("Texts")
    write_texts(marketer)
    see_the_card(marketer)
    assert Streak.objects.count() == 0, "nothing was saved so far"
    marketer.activate(page.get_by_role("button", name="Save and continue editing"))
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert list(Milestone.objects.values_list("milestone_target_value", "status")) == [(3, "live"), (7, "live")]


def add_milestone(marketer: Marketer, number: int, target: int, title: str) -> None:
    """Add one that is live, with its title in the first language."""
    page = marketer.page
    marketer.activate(page.get_by_role("link", name="Add another Milestone"))
    field = f"milestones-{number}"
    expect(page.locator(f"[name={field}-name]")).to_be_focused()
    expect(page.locator("details[name=milestone][open]")).to_have_count(1)
    expect(page.locator(f"[name={field}-coupon_prefix]")).to_be_visible()
    for source in ("coupon_code", "low_stock"):
        expect(page.locator(f"[name={field}-{source}]")).to_be_hidden()
    expect(page.locator(f"[name={field}-status]")).to_have_value("live")
    marketer.write(f"{field}-name", f"Day {target}: {title}")
    marketer.write(f"{field}-milestone_target_value", str(target))
    fold = page.locator("fieldset details").filter(has=page.locator(f"[name={field}-eud_title_en]"))
    marketer.activate(fold.locator("summary"))
    marketer.write(f"{field}-eud_title_en", title)


def write_texts(marketer: Marketer) -> None:
    """Write in English, insert a value from the list, count the letters down, and go on in French."""
    page = marketer.page
    marketer.write("eud_title_en", "7-Day Shopper")
    expect(page.locator("#id_eud_title_en_left")).to_have_text("35 characters left")
    message = page.locator("[name=eud_broken_streak_message_en]")
    marketer.write("eud_broken_streak_message_en", "Try again, next ")
    marketer.press("Tab", "Enter", "Tab")
    expect(page.get_by_role("button", name="{{periodText}}").locator("visible=true")).to_be_focused()
    offered = page.locator("#texts li").locator("visible=true")
    expect(offered.filter(has_text="{{nextRemainingPeriodText}}")).to_contain_text("1 day · 2 days · 3 days · 11 days")
    forms = "{{nextRemainingPeriod|one: #|other: #}}"
    expect(offered.get_by_role("button", name=forms)).to_be_visible()
    marketer.press("Enter")
    expect(message).to_have_value("Try again, next {{periodText}}")
    expect(message).to_be_focused()
    marketer.reach(page.get_by_role("tab", name="English"), "Shift+Tab")
    marketer.press("ArrowRight", "ArrowRight")
    marketer.write("eud_title_fr", "7 jours de courses")
    expect(page.get_by_role("tab", name="Français")).to_contain_text("1 of 14")


def see_the_card(marketer: Marketer) -> None:
    """See what members will see: in progress and broken, in French and in English."""
    page = marketer.page
    marketer.step("Preview")
    card = marketer.preview.locator("gamopanda-streaks")
    expect(card).to_contain_text("7 jours de courses")
    expect(card).to_contain_text("Encore 20,50 aujourd'hui pour valider le jour 4 de votre série")
    marketer.choose("preview_language", "English")
    expect(card).to_contain_text("Shop for $20.50 or more for 4 days to complete the next milestone!")
    marketer.reach(page.get_by_role("radio", name="In progress"), "Shift+Tab")
    marketer.press(*["ArrowRight"] * 5)
    expect(card).to_contain_text("Try again, next day")
    # The file is only looked at: an icon shows before anything is saved, in its language and in those without one.
    english, french = (page.locator(f"input[type=file][name=eud_icon_{code}]") for code in ("en", "fr"))
    cup = FilePayload(name="cup.svg", mimeType="image/svg+xml", buffer=ICON)
    icon = card.locator("img.icon")
    french.set_input_files(cup)
    expect(icon).to_have_attribute("src", re.compile("/static/streaks/default-icon.svg$"))
    french.set_input_files([])
    english.set_input_files(cup)
    expect(icon).to_have_attribute("src", re.compile("^blob:"))
    marketer.choose("preview_language", "Français")
    expect(card).to_contain_text("7 jours de courses")
    expect(icon).to_have_attribute("src", re.compile("^blob:"))
    english.set_input_files([])
    expect(icon).to_have_attribute("src", re.compile("/static/streaks/default-icon.svg$"))


def try_it(marketer: Marketer) -> None:
    """Play somebody who misses Wednesday."""
    page = marketer.page
    marketer.act("Simulate")
    marketer.choose("pattern", "Misses one")
    marketer.activate(page.get_by_role("button", name="Use the pattern"))
    expect(page.get_by_text("The period ended below its target: the run broke.")).to_be_visible()
    expect(page.get_by_text("Day 3: 5% off: a reward (generated code)").first).to_be_visible()
    marketer.activate(page.get_by_role("link", name="Back to the streak"))


def launch(marketer: Marketer) -> None:
    """Read what is missing, and go live."""
    page = marketer.page
    marketer.act("Go live")
    expect(page.get_by_role("link", name="Français: 12 of 14 texts are translated")).to_be_visible()
    marketer.activate(page.get_by_role("button", name="Go live all the same"))
    expect(page.get_by_text("The streak is live now.")).to_be_visible()


def let_ann_miss_a_day(streak: Streak) -> None:
    """Record two days of a member, as they were known then, and none after them."""
    ann = Member.objects.create(external_id="ann")
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for ago in (6, 5):
        at = today - timedelta(days=ago)
        log = StreakLog(
            member=ann,
            streak=streak,
            activity_at=at,
            activity_id="made_a_purchase",
            unique_identifier=f"order-{ago}",
            activity_value=Decimal(50),
        )
        record_log(log, now=at)


def find_the_reason(marketer: Marketer) -> None:
    """Look the member up, and read why the streak broke."""
    page = marketer.page
    marketer.go("Runs")
    marketer.write("q", "ann")
    marketer.press("Enter")
    marketer.activate(page.get_by_role("link", name="Explain"))
    expect(page.get_by_text("broke the run")).to_be_visible()
    expect(page.get_by_text("Nothing was recorded in the period of")).to_be_visible()
