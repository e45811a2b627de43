"""The page /api/docs, as someone uses it who tries every operation with what is filled in."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, sync_playwright

from gamopanda.api.serializers.examples import EXAMPLE_ID
from gamopanda.events.tests.receiving import make_endpoint
from streaks.tests.calling import Caller, admin, log_body, make_member, make_milestone, make_streak

pytestmark = [pytest.mark.strangers, pytest.mark.django_db(transaction=True)]

TODAY = timezone.now().date().isoformat()
OF_OTHERS = ("list_end_user_display", "clock_account_user")
"""What members do, and what sandbox keys do."""


@pytest.fixture
def page(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def make_records(server: Caller) -> dict[str, Any]:
    """One record of every resource, for the operations on one; the examples name the streak and a member."""
    streak = make_streak(pk=EXAMPLE_ID, freeze_max_count=5, restore_max_periods=10)
    make_milestone(streak, 1, coupon_source="external")
    # The first call of the page makes customer-17.
    make_member("customer-18")
    endpoint = make_endpoint("https://93.184.215.14/hook")
    now = timezone.now()
    broken = log_body(streak, of="customer-18", activityAt=(now - timedelta(days=3)).isoformat())
    recorded = server.post("streak_log/record", broken).data
    server.post("streak_log/record", {**broken, "activityAt": now.isoformat(), "uniqueIdentifier": "today"})
    return {
        "streak": streak.pk,
        "streak_log": recorded["id"],
        "streak_progress": recorded["streakProgress"]["id"],
        "reward_log": recorded["achievedMilestoneRewardLog"]["id"],
        "webhook_endpoint": endpoint.pk,
        "event": server.get("event/record").ids[0],
        "webhook_delivery": server.get("webhook_delivery/record").ids[0],
    }


def record_for(resource: str, operation: str, server: Caller, made: dict[str, Any]) -> str:
    """The id of a record that may be changed, merged or deleted."""
    number = str(uuid4())
    # One version of the rules begins with a period.
    some_day = date(2040, 1, 1) + timedelta(days=int(number[:4], 16))
    # A break is ended early, and not revoked.
    kind = "amnesty" if operation.startswith("destroy") else "member_break"
    fact = {"ownedById": "customer-18", "reason": "a storm"}
    bodies: dict[str, dict[str, Any]] = {
        "account_user": {"externalId": number},
        "api_key": {"name": number},
        "streak_excuse": {**fact, "kind": kind, "startsOn": TODAY, "endsOn": TODAY},
        "streak_freeze": {**fact, "streakId": EXAMPLE_ID, "uniqueIdentifier": number},
        "streak_rules": {"streakId": EXAMPLE_ID, "validFrom": some_day.isoformat(), "completionTargetValue": 9},
        "holiday_calendar": {"name": number},
        "milestone": {"linkedSchemaRecordId": EXAMPLE_ID, "name": "Day 3", "milestoneTargetValue": 3},
    }
    if resource in bodies:
        return str(server.post(f"{resource}/record", bodies[resource]).data["id"])
    return str(made[resource])


def execute(block: Locator, find_record: Callable[[], str]) -> tuple[int, str]:
    """Try an operation with what the page fills in; return the status and the answer."""
    summary = block.locator("button.opblock-summary-control").first
    summary.click()
    block.get_by_role("button", name="Try it out").click()
    for name, value in (("id", find_record), ("externalId", lambda: "customer-17")):
        field = block.locator(f"tr[data-param-in=path][data-param-name={name}] input")
        if field.count():
            field.fill(value())
    if "streak_excuse" in (block.get_attribute("id") or "") and "update" in (block.get_attribute("id") or ""):
        # No date of an example is one to come for ever.
        block.locator("textarea.body-param__text").fill(json.dumps({"endsOn": TODAY}))
    block.get_by_role("button", name="Execute").click()
    answer = block.locator(".live-responses-table tbody tr.response")
    status = int(answer.locator(".response-col_status").inner_text(timeout=20_000).split()[0])
    said = answer.locator(".highlight-code").first
    text = said.inner_text() if said.count() else ""
    summary.click()
    return status, text


def test_every_operation_succeeds_with_what_the_page_fills_in(live_server, page):
    server = admin()
    made = make_records(server)
    page.set_extra_http_headers(dict(server.headers))
    page.goto(f"{live_server.url}/api/docs")
    page.get_by_text("Create many: streak log").first.wait_for(state="attached", timeout=60_000)
    names = [block.get_attribute("id") or "" for block in page.locator(".opblock").all()]
    # What deletes comes last, and the streak as the last of that.
    names.sort(key=lambda name: ("destroy" in name, name.endswith("destroy_streak")))
    failed = {}
    for name in names:
        resource, operation = name.removeprefix("operations-").rsplit("-", 1)
        if operation not in OF_OTHERS:
            status, text = execute(page.locator(f"#{name}"), partial(record_for, resource, operation, server, made))
            if status not in {200, 201, 204}:
                failed[operation] = (status, text)
    assert failed == {}, json.dumps(failed, indent=1)
    assert len(names) > 50
