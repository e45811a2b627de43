"""Frozen, excused and rest days, freezes, breaks, and campaigns that begin and end, as members see them (S49–S57)."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from gamopanda.tests.browser.programme import days, make_coffee, token_of
from gamopanda.tests.browser.shop import Display, Shop
from gamopanda.tests.browser.test_states import expect_marks
from gamopanda.widget.shipped import SHIPPED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

Change = Callable[[dict[str, Any]], None]


@contextmanager
def answering(page: Page, change: Change) -> Iterator[None]:
    """Change the streak of each answer on its way: what the display makes of a field is its own matter."""

    def answer(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        change(body["data"]["streaks"][0])
        route.fulfill(response=response, json=body, headers={**response.headers, "etag": '"changed"'})

    page.route("**/end-user-display*", answer)
    yield
    page.unroute("**/end-user-display*")


def visit(page: Page, shop: Shop, change: Change, *, width: int = 1280, **options: Any) -> Display:
    page.set_viewport_size({"width": width, "height": 760})
    with answering(page, change):
        display = shop.visit(page, accessToken=token_of(), **options).open()
        expect(display.body.locator("h3").first).to_be_visible()
    return display


def keys(streak: Mapping[str, Any], *ago: int) -> list[str]:
    """Return the keys of days before the present one."""
    today = date.fromisoformat(streak["taskProgress"]["periodKey"])
    return [str(today - timedelta(days=one)) for one in ago]


def weekday(key: str) -> str:
    return date.fromisoformat(key).strftime("%a").lower()


def with_protection(streak: dict[str, Any]) -> None:
    """Let the run have come to three days over a frozen day, two excused ones and a rest day."""
    frozen, first, second, rest = keys(streak, 1, 4, 3, 6)
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    streak.update(activeWeekdays=[name for name in names if name != weekday(rest)], freezeMaxCount=2, phase="running")
    streak["streakProgress"].update(
        currentProgressValue=3,
        frozenPeriods=[frozen],
        excusedPeriods=[rest, first, second],
        freezesLeft=1,
        freezesMax=2,
        isProtected=True,
    )
    streak["taskProgress"].update(status="in_progress", currentValue=0)


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (375, "en"), (375, "ar"), (320, "de"), (1280, "ar")])
def test_s51_frozen_excused_and_rest_days_have_marks_of_their_own_with_words(
    page: Page, shop: Shop, width: int, language: str
) -> None:
    days(make_coffee(), 2, 0)
    page.emulate_media(reduced_motion="reduce")
    display = visit(page, shop, with_protection, width=width, languageCode=language)
    texts = SHIPPED[language]
    # Three completed days; today is open. Backward from today: frozen, done, excused twice, done, rest, done.
    skipped = {name: f"skipped {name}" for name in ("rest", "excused", "frozen")}
    states = ["done", skipped["rest"], "done", skipped["excused"], "done", skipped["frozen"], "now", "", "", ""]
    expect_marks(display, *states)
    words = display.body.locator(".mark.skipped .hidden")
    expect(words).to_have_text([texts["mark_rest"], f"{texts['mark_excused']}: 2", texts["mark_frozen"]])
    lines = display.body.locator("p.left")
    expect(lines.nth(1)).to_have_text(texts["protected_now"].replace("{{period}}", texts["today"]))
    balance = texts["freezes_left"].replace("{{count}}", "1").replace("{{maximum}}", "2")
    expect(lines.nth(2)).to_have_text(balance)
    display.settle()
    display.photograph(f"protection-{language}-{width}")
    assert display.problems() == []
    assert display.too_wide() == []


def test_s43_on_a_day_that_is_excused_nothing_has_to_be_done(page: Page, shop: Shop) -> None:
    days(make_coffee(), 3, 1)

    def rest_today(streak: dict[str, Any]) -> None:
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        today = weekday(streak["taskProgress"]["periodKey"])
        streak["activeWeekdays"] = [name for name in names if name != today]
        streak["taskProgress"]["status"] = "excused"

    display = visit(page, shop, rest_today)
    expect_marks(display, "done", "done", "done", "skipped rest", *[""] * 4)
    expect(display.body).to_contain_text("Today: nothing to do, your streak goes on")
    display.photograph("rest-today")


@pytest.mark.parametrize(
    ("declined", "sentence"),
    [("none_left", "No freeze was left to save it."), ("run_too_short", "It was still too short for a freeze.")],
)
def test_s49_a_broken_run_says_why_no_freeze_helped_and_what_was_skipped(
    page: Page, shop: Shop, declined: str, sentence: str
) -> None:
    days(make_coffee(), 6, 3)

    def broken(streak: dict[str, Any]) -> None:
        streak["streakProgress"].update(
            breakReason="missed", freezeDeclined=declined, frozenPeriods=keys(streak, 9, 8), excusedPeriods=[]
        )

    display = visit(page, shop, broken)
    expect(display.body).to_contain_text(sentence)
    expect(display.body).to_contain_text("saved by a freeze: 2")


@pytest.mark.parametrize("status", ["in_progress", "completed", "broken", "not_started"])
def test_fields_that_are_missing_or_null_change_nothing(page: Page, shop: Shop, status: str) -> None:
    first, last = {"in_progress": (2, 0), "completed": (6, 0), "broken": (6, 3), "not_started": (0, 1)}[status]
    days(make_coffee(), first, last)
    streak_fields = ["phase", "activeWeekdays", "memberBreaksAllowed", "freezeMaxCount", "startsAt", "endsAt"]
    run_fields = ["frozenPeriods", "excusedPeriods", "freezesLeft", "freezesMax", "isProtected", "freezeDeclined"]

    def without(streak: dict[str, Any]) -> None:
        for name in streak_fields:
            streak.pop(name, None)
        for name in run_fields:
            (streak["streakProgress"] or {}).pop(name, None)

    def with_nulls(streak: dict[str, Any]) -> None:
        streak.update(dict.fromkeys(streak_fields))
        if streak["streakProgress"]:
            streak["streakProgress"].update(dict.fromkeys(run_fields))

    seen = [visit(page, shop, change).body.locator(".card").inner_html() for change in (without, with_nulls)]
    left = [text.partition('role="timer"')[0] for text in seen]
    assert left[0] == left[1]


@pytest.mark.parametrize(("width", "language"), [(375, "en"), (375, "ar"), (1280, "en")])
def test_s56_a_campaign_that_has_not_begun_says_when_it_does(page: Page, shop: Shop, width: int, language: str) -> None:
    make_coffee()

    def scheduled(streak: dict[str, Any]) -> None:
        streak.update(phase="scheduled", startsAt="2099-03-01T08:00:00Z", endsAt=None, memberBreaksAllowed=True)

    display = visit(page, shop, scheduled, width=width, languageCode=language)
    expect(display.body).to_contain_text(SHIPPED[language]["starts_on"].partition("{{")[0].strip())
    expect(display.body).to_contain_text("2099")
    expect(display.body.get_by_role("progressbar")).to_have_count(0)
    expect(display.body.locator(".message")).to_have_count(0)
    expect_marks(display, *[""] * 7)
    display.settle()
    display.photograph(f"scheduled-{language}-{width}")
    assert display.problems() == []


def test_s57_a_campaign_that_has_ended_asks_for_nothing_and_comes_last(page: Page, shop: Shop) -> None:
    days(make_coffee(eud_title_en="Over"), 2, 0)
    make_coffee(eud_title_en="Open")

    def answer(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        (over,) = (streak for streak in body["data"]["streaks"] if streak["eudTitle"] == "Over")
        over.update(phase="ended", endsAt="2026-03-01T08:00:00Z", memberBreaksAllowed=True)
        over["streakProgress"].update(streakBreaksAt=None, isProtected=True, freezesLeft=1, freezesMax=2)
        route.fulfill(response=response, json=body)

    page.route("**/end-user-display*", answer)
    display = shop.visit(page, accessToken=token_of()).open()
    expect(display.body.locator("h3")).to_have_text(["Open", "Over"])
    card = display.body.locator(".card").nth(1)
    expect(card).to_contain_text("Ended on")
    expect(card).not_to_contain_text("protected by a freeze")
    expect(card.get_by_role("progressbar")).to_have_count(0)
    expect(card.locator(".message")).to_have_count(0)
    expect(card.locator(".mark.done")).to_have_count(3)
    expect(card.locator(".mark.now")).to_have_count(0)
    display.photograph("ended")
    card.get_by_role("button").click()
    expect(display.body.get_by_role("button", name="Take a break")).to_have_count(0)


def allowing_breaks(streak: dict[str, Any]) -> None:
    streak.update(memberBreaksAllowed=True, memberBreakMaxDays=30, phase="running")


def answer_to_breaks(page: Page, status: int) -> list[dict[str, Any]]:
    """Answer requests for breaks with a status; return what was sent."""
    sent: list[dict[str, Any]] = []

    def answer(route: Route) -> None:
        headers = {"access-control-allow-origin": "*"}
        headers |= {"access-control-allow-headers": "*, content-type", "access-control-allow-methods": "POST"}
        if route.request.method == "POST":
            sent.append({"headers": route.request.headers, "body": json.loads(route.request.post_data or "")})
            route.fulfill(status=status, json={}, headers=headers)
        else:
            route.continue_()

    page.route("**/streak_excuse/record", answer)
    return sent


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (375, "ar")])
def test_s39_a_member_takes_a_break_where_the_streak_allows_it(
    page: Page, shop: Shop, width: int, language: str
) -> None:
    streak = make_coffee()
    days(streak, 2, 0)
    display = visit(page, shop, allowing_breaks, width=width, languageCode=language)
    texts = SHIPPED[language]
    display.key(f"details-{streak.pk}").click()
    display.body.get_by_role("button", name=texts["break_button"]).click()
    expect(display.key("break-first-day")).to_be_focused()
    first, last = display.key("break-first-day"), display.key("break-last-day")
    today = first.input_value()
    assert first.get_attribute("min") == today
    tomorrow, furthest = (str(date.fromisoformat(today) + timedelta(days=days)) for days in (1, 30))
    first.fill(tomorrow)
    first.dispatch_event("change")
    assert (last.get_attribute("min"), last.get_attribute("max"), last.input_value()) == (tomorrow, furthest, tomorrow)
    last.fill(furthest)
    display.settle()
    display.photograph(f"break-{language}-{width}")
    assert display.problems() == []
    assert display.too_wide() == []
    sent = answer_to_breaks(page, 201)
    with answering(page, allowing_breaks), page.expect_response("**/end-user-display*"):
        display.key("break-save").click()
    expect(display.body).to_contain_text(texts["break_saved"])
    expect(display.panel.locator("> [role=status]")).to_have_text(texts["break_saved"])
    (request,) = sent
    period = {"startsOn": tomorrow, "endsOn": furthest}
    assert request["body"] == {"kind": "member_break", "streakId": str(streak.pk), **period}
    assert request["headers"]["x-enduser-access-token"]
    assert request["headers"]["x-account-id"] == "gamopanda"


@pytest.mark.parametrize(("status", "text"), [(400, "break_refused"), (403, "break_refused"), (503, "break_failed")])
def test_a_break_that_is_not_taken_says_so_and_keeps_what_was_chosen(
    page: Page, shop: Shop, status: int, text: str
) -> None:
    streak = make_coffee()
    days(streak, 2, 0)
    display = visit(page, shop, allowing_breaks)
    display.key(f"details-{streak.pk}").click()
    display.key("break").click()
    chosen = display.key("break-first-day").input_value()
    answer_to_breaks(page, status)
    display.key("break-save").click()
    expect(display.body.get_by_role("alert")).to_have_text(SHIPPED["en"][text])
    assert display.key("break-first-day").input_value() == chosen
    display.key("break-cancel").click()
    assert display.focused() == "break"


def test_no_break_is_offered_where_the_streak_does_not_allow_it(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    days(streak, 2, 0)
    display = visit(page, shop, lambda answer: answer.update(memberBreaksAllowed=False))
    display.key(f"details-{streak.pk}").click()
    expect(display.body).to_contain_text("Milestones")
    expect(display.key("break")).to_have_count(0)
