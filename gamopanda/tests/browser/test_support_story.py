"""Support restores a run that broke in an outage, gives a freeze, and takes the restoration back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from gamopanda.tests.people import make_person
from streaks.models import StreakExcuse, StreakFreeze, StreakProgress
from streaks.tests.recording_cases import make_case

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def sign_in(page: Page, address: str, path: str) -> None:
    person = make_person("Support")
    person.set_password("a long password")
    person.save()
    page.goto(f"{address}/admin/login/?next={path}")
    page.locator("[name=username]").fill(person.username)
    page.locator("[name=password]").fill("a long password")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [375, 1280])
def test_support_restores_a_run_gives_a_freeze_and_revokes_S39_S41_S47(
    width: int, page: Page, live_server: LiveServer, tmp_path: Any
) -> None:
    case = make_case(freeze_max_count=2, freeze_minimum_value=1)
    now = timezone.now()
    for days in (5, 4, 3):
        log = case.log(1)
        log.activity_at = now - timedelta(days=days)
        log.save()
    page.set_viewport_size({"width": width, "height": 900})
    explained = f"/admin/streaks/streakprogress/of/{case.member.pk}/{case.streak.pk}/"
    sign_in(page, live_server.url, explained)
    expect(page.get_by_text("No freeze was left.")).to_be_visible()

    page.get_by_role("link", name="Restore", exact=True).click()
    page.locator("[name=reason]").fill("Our outage")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("1 run lives again")).to_be_visible()
    assert StreakExcuse.objects.count() == 0
    page.screenshot(path=tmp_path / f"preview-{width}.png")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Our outage, by console: support")).to_be_visible()
    page.screenshot(path=tmp_path / f"explained-{width}.png", full_page=True)
    assert StreakProgress.objects.get().status_at(now) == "in_progress"

    page.get_by_role("link", name="Give a freeze").click()
    page.locator("[name=reason]").fill("Sorry")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("1 freeze given")).to_be_visible()
    assert StreakFreeze.objects.get().created_by == "console: support"

    page.get_by_role("link", name="restoration").click()
    # On a small screen the buttons of a record lie in a menu.
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("It is revoked.")).to_be_visible()
    assert StreakProgress.objects.order_by("starts_on")[0].status_at(now) == "broken"
