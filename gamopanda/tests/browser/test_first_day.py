"""A colleague's first day, and a campaign that changes while it runs: with a mouse, on a desktop and on a phone."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from gamopanda.tests.browser.console import DESKTOP, PHONE, Console
from gamopanda.tests.people import make_groups
from rewards.models import RewardLog
from streaks.models import Milestone, Streak
from streaks.presenters.results import count_results
from streaks.tests.calling import admin, log_body, make_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]
PASSWORD = "a long password of her own"


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    """Sign somebody in."""
    page.goto(f"{address}/admin/login/?next=/admin/")
    page.get_by_label("Username").fill(name)
    page.locator("[name=password]").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()


def invite_ann(page: Page, address: str) -> str:
    """Invite a marketer, and return the link that is there to copy."""
    page.goto(f"{address}/admin/auth/user/")
    act(page, "Invite a colleague")
    page.locator("[name=first_name]").fill("Ann")
    page.locator("[name=email]").fill("ann@example.com")
    page.get_by_label("Marketer").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    return page.locator("#password-link").inner_text()


def choose_password(page: Page, link: str) -> None:
    """Follow the link and set a password."""
    page.goto(link)
    page.locator("[name=new_password1]").fill(PASSWORD)
    page.locator("[name=new_password2]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sign in as ann@example.com")).to_be_visible()


def build(page: Page, address: str) -> Streak:
    """Make a draft with a milestone and ready texts."""
    page.goto(f"{address}/admin/streaks/streak/add/")
    page.locator("[name=name]").fill("Lessons")
    page.locator("[name=description]").fill("A lesson a day.")
    page.locator("[name=status]").select_option("draft")
    page.get_by_role("tab", name="Rules").click()
    page.locator("[name=aggregation_method]").select_option("count")
    page.locator("[name=aggregation_target_value]").fill("1")
    page.locator("[name=completion_target_value]").fill("7")
    page.get_by_role("tab", name="Milestones").click()
    page.get_by_role("link", name="Add another Milestone").click()
    page.locator("[name=milestones-0-name]").fill("Day 3")
    page.locator("[name=milestones-0-milestone_target_value]").fill("3")
    page.get_by_role("tab", name="Texts").click()
    page.locator("[name=eud_title_en]").fill("A lesson a day")
    page.get_by_label("Ready texts in all languages").select_option("lesson")
    page.get_by_role("button", name="Fill in").click()
    expect(page.get_by_text("48 texts are filled in")).to_be_visible()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    return Streak.objects.get()


def replace_milestone(page: Page, address: str, milestone: Milestone) -> None:
    """See that the period of a milestone is frozen, retire it, and reward those who are at the new one already."""
    page.goto(f"{address}/admin/streaks/milestone/{milestone.pk}/change/")
    expect(page.locator("[name=milestone_target_value]")).to_have_count(0)
    act(page, "Retire and add another")
    page.get_by_role("button", name="Retire and add another").click()
    expect(page.get_by_text("This is the new milestone.")).to_be_visible()
    page.locator("[name=milestone_target_value]").fill("1")
    page.locator("[name=status]").select_option("live")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    act(page, "Reward those already there")
    expect(page.get_by_text("1 member is there and has no reward for it.")).to_be_visible()
    page.get_by_role("button", name="Issue rewards").click()
    expect(page.get_by_text("Members who are there get their rewards now.")).to_be_visible()


def act(page: Page, name: str) -> None:
    """Choose one of the actions of a page, which a narrow screen keeps behind a button."""
    if page.viewport_size == PHONE:
        page.get_by_role("button", name="Actions").click()
    page.get_by_role("link", name=name).click()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_colleague_comes_builds_a_streak_and_changes_it_while_it_runs(
    page: Page, browser: Browser, live_server: LiveServer, screen: ViewportSize
) -> None:
    address = live_server.url
    make_groups()
    User.objects.create_superuser("boss", password=PASSWORD)
    page.set_viewport_size(screen)
    sign_in(page, address, "boss", PASSWORD)
    link = invite_ann(page, address)
    with browser.new_context(viewport=screen) as context:
        ann = context.new_page()
        console = Console(ann, address)
        choose_password(ann, link)
        sign_in(ann, address, "ann@example.com", PASSWORD)
        problems = console.problems("first-page", "#content")
        streak = build(ann, address)
        assert admin().patch(f"streak/record/{streak.pk}", {"status": "live"}).status == 200
        learner = make_member("c-1", first_name="Eve", last_name="Hill")
        log = {**log_body(streak, of="c-1"), "activityAt": datetime.now(UTC).isoformat()}
        assert admin().post("streak_log/record", log).status == 201
        replace_milestone(ann, address, Milestone.objects.get())
        assert RewardLog.objects.filter(member=learner).count() == 1
        ann.goto(f"{address}/admin/")
        ann.get_by_label("Name or external id of a member").fill("hill")
        ann.keyboard.press("Enter")
        ann.get_by_role("link", name="c-1 in Lessons").click()
        count_results(now=datetime.now(UTC))
        ann.goto(f"{address}/admin/streaks/streak/{streak.pk}/results/")
        problems += console.problems("results", "#content")
        ann.get_by_role("link", name="1", exact=True).first.click()
        expect(ann.get_by_role("link", name="c-1")).to_be_visible()
        ann.goto(f"{address}/admin/accounts/apikey/")
        expect(ann.locator("#content").get_by_text("You may not open this page")).to_be_visible()
        ann.get_by_role("link", name="To the first page").click()
        expect(ann.get_by_role("heading", name="What needs attention")).to_be_visible()
        complaints = [one for one in console.amiss() if "403" not in one]
        assert problems + complaints == []
