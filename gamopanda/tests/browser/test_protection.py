"""Frozen, excused and rest days, freezes, breaks, and campaigns that begin and end, as members see them (S49–S57)."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from gamopanda.tests.browser.programme import days, make_coffee, token_of
from gamopanda.tests.browser.shop import Display, Shop
from gamopanda.tests.browser.test_states import expect_marks
from gamopanda.widget.shipped import SHIPPED
from streaks.models import Streak, StreakExcuse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

Change = Callable[[dict[str, Any]], None]


def answering(page: Page, change: Change) -> None:
    """Change the streak of each answer on its way: what the display makes of a field is its own matter."""

    def answer(route: Route) -> None:
        headers = {name: value for name, value in route.request.headers.items() if name != "if-none-match"}
        response = route.fetch(headers=headers)
        body = response.json()
        change(body["data"]["streaks"][0])
        route.fulfill(response=response, json=body)

    page.route("**/end-user-display*", answer)


def visit(page: Page, shop: Shop) -> Display:
    display = shop.visit(page, accessToken=token_of()).open()
    expect(display.body.locator("h3").first).to_be_visible()
    return display


def in_language(display: Display, language: str, width: int) -> None:
    display.page.set_viewport_size({"width": width, "height": 760})
    display.page.evaluate("language => display.setLanguage(language)", language)
    expect(display.panel.locator("..")).to_have_attribute("lang", language)


def look(display: Display, name: str) -> None:
    """Keep a picture; everything has to be readable and in its place."""
    display.settle()
    display.photograph(name)
    assert display.problems() == []
    assert display.too_wide() == []


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


def test_s51_frozen_excused_and_rest_days_have_marks_of_their_own_with_words(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    page.emulate_media(reduced_motion="reduce")
    answering(page, with_protection)
    display = visit(page, shop)
    # Three completed days; today is open. Backward from today: frozen, done, excused twice, done, rest, done.
    states = ["done", "skipped rest", "done", "skipped excused", "done", "skipped frozen", "now", "", "", ""]
    for width, language in ((1280, "en"), (375, "ar"), (320, "de")):
        in_language(display, language, width)
        texts = SHIPPED[language]
        expect_marks(display, *states)
        words = display.body.locator(".mark.skipped .hidden")
        expect(words).to_have_text([texts["mark_rest"], f"{texts['mark_excused']}: 2", texts["mark_frozen"]])
        lines = display.body.locator("p.left")
        expect(lines.nth(1)).to_have_text(texts["protected_now"].replace("{{period}}", texts["today"]))
        balance = texts["freezes_left"].replace("{{count}}", "1").replace("{{maximum}}", "2")
        expect(lines.nth(2)).to_have_text(balance)
        look(display, f"protection-{language}-{width}")


def test_s43_on_a_day_that_is_excused_nothing_has_to_be_done(page: Page, shop: Shop) -> None:
    days(make_coffee(), 3, 1)

    def rest_today(streak: dict[str, Any]) -> None:
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        today = weekday(streak["taskProgress"]["periodKey"])
        streak["activeWeekdays"] = [name for name in names if name != today]
        streak["taskProgress"]["status"] = "excused"

    answering(page, rest_today)
    display = visit(page, shop)
    expect_marks(display, "done", "done", "done", "skipped rest", *[""] * 4)
    expect(display.body).to_contain_text("Today: nothing to do, your streak goes on")
    display.photograph("rest-today")


def test_s49_a_broken_run_says_why_no_freeze_helped_and_what_was_skipped(page: Page, shop: Shop) -> None:
    days(make_coffee(), 6, 3)
    sentences = {
        "none_left": "No freeze was left to save it.",
        "run_too_short": "It was still too short for a freeze.",
    }
    declined = list(sentences)

    def broken(streak: dict[str, Any]) -> None:
        skipped = {"frozenPeriods": keys(streak, 9, 8), "excusedPeriods": []}
        streak["streakProgress"].update(breakReason="missed", freezeDeclined=declined[0], **skipped)

    answering(page, broken)
    display = visit(page, shop)
    expect(display.body).to_contain_text(sentences["none_left"])
    expect(display.body).to_contain_text("saved by a freeze: 2")
    declined.pop(0)
    page.evaluate("window.display.refresh()")
    expect(display.body).to_contain_text(sentences["run_too_short"])


def test_fields_that_are_missing_or_null_change_nothing(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    days(streak, 2, 0)
    days(streak, 6, 3, of="broken")
    streak_fields = ["phase", "activeWeekdays", "memberBreaksAllowed", "freezeMaxCount", "startsAt", "endsAt"]
    run_fields = ["frozenPeriods", "excusedPeriods", "freezesLeft", "freezesMax", "isProtected", "freezeDeclined"]
    is_null = False

    def strip(streak: dict[str, Any]) -> None:
        for record, fields in ((streak, streak_fields), (streak["streakProgress"] or {}, run_fields)):
            for name in fields:
                record.pop(name, None)
            if is_null and record:
                record.update(dict.fromkeys(fields))

    answering(page, strip)
    display = visit(page, shop)
    for member in ("ann", "broken", "not started"):
        seen = []
        for is_null in (False, True):  # noqa: B007  read by strip
            page.evaluate("token => display.setAccessToken(token)", token_of(member))
            seen.append(display.body.locator(".card").inner_html().partition('role="timer"')[0])
        assert seen[0] == seen[1]


def test_s56_a_campaign_that_has_not_begun_says_when_it_does(page: Page, shop: Shop) -> None:
    make_coffee()
    begins = {"phase": "scheduled", "startsAt": "2099-03-01T08:00:00Z", "endsAt": None, "memberBreaksAllowed": True}
    answering(page, lambda streak: streak.update(begins))
    display = visit(page, shop)
    for width, language in ((1280, "en"), (375, "ar")):
        in_language(display, language, width)
        expect(display.body).to_contain_text(SHIPPED[language]["starts_on"].partition("{{")[0].strip())
        expect(display.body).to_contain_text("2099")
        expect(display.body.get_by_role("progressbar")).to_have_count(0)
        expect(display.body.locator(".message")).to_have_count(0)
        expect_marks(display, *[""] * 7)
        look(display, f"scheduled-{language}-{width}")


def test_s57_a_campaign_that_has_ended_asks_for_nothing_and_comes_last(page: Page, shop: Shop) -> None:
    make_coffee(eud_title_en="Open")
    days(make_coffee(eud_title_en="Over"), 2, 0)

    def end(streak: dict[str, Any]) -> None:
        streak.update(phase="ended", endsAt="2026-03-01T08:00:00Z", memberBreaksAllowed=True)
        streak["streakProgress"].update(streakBreaksAt=None, isProtected=True, freezesLeft=1, freezesMax=2)

    answering(page, end)
    display = shop.visit(page, accessToken=token_of()).open()
    expect(display.body.locator("h3")).to_have_text(["Open", "Over"])
    card = display.body.locator(".card").nth(1)
    expect(card).to_contain_text("Ended on")
    expect(card).not_to_contain_text("protected by a freeze")
    expect(card.get_by_role("progressbar")).to_have_count(0)
    expect(card.locator(".message")).to_have_count(0)
    expect(card.locator(".mark.done")).to_have_count(3)
    expect(card.locator(".mark.now")).to_have_count(0)
    display.settle()
    display.photograph("ended")
    card.get_by_role("button").click()
    expect(display.body.get_by_role("button", name="Take a break")).to_have_count(0)


def test_streaks_are_in_the_order_of_the_marketer(page: Page, shop: Shop) -> None:
    make_coffee(eud_title_en="Second")
    days(make_coffee(eud_title_en="First"), 2, 0)
    place = 0
    answering(page, lambda streak: streak.update(displayOrder=place))
    display = shop.visit(page, accessToken=token_of()).open()
    expect(display.body.locator("h3")).to_have_text(["First", "Second"])
    place = 1
    page.evaluate("window.display.refresh()")
    expect(display.body.locator("h3")).to_have_text(["Second", "First"])


def refuse_breaks(page: Page, statuses: list[int]) -> None:
    """Refuse requests for breaks with these statuses in turn; let the server answer after them."""

    def answer(route: Route) -> None:
        if route.request.method != "POST" or not statuses:
            route.continue_()
            return
        route.fulfill(status=statuses.pop(0), json={}, headers={"access-control-allow-origin": "*"})

    page.route("**/streak_excuse/record", answer)


def test_a_member_reads_what_a_freeze_has_saved(page: Page, shop: Shop) -> None:
    days(make_coffee(freeze_max_count=2, freeze_initial_count=2), 4, 2)
    display = visit(page, shop)
    expect_marks(display, "done", "done", "done", "skipped frozen", "now", *[""] * 3)
    expect(display.body).to_contain_text("Today: protected by a freeze")
    expect(display.body).to_contain_text("Freezes left: 1 of 2")


def open_break(page: Page, display: Display, streak: Streak) -> None:
    """Open the form for a break, which is there once the streak allows it, at the second attempt to load it."""
    texts = SHIPPED["ar"]
    display.key(f"details-{streak.pk}").click()
    expect(display.body).to_contain_text(texts["milestones_heading"])
    expect(display.key("break")).to_have_count(0)
    streak.member_breaks_allowed = True
    streak.save()
    page.evaluate("window.display.refresh()")
    page.route("**/gamopanda-breaks.js", lambda route: route.abort())
    display.key("break").click()
    expect(display.body).to_contain_text(texts["break_failed"])
    page.unroute("**/gamopanda-breaks.js")
    display.body.get_by_role("button", name=texts["break_button"]).click()


def test_s39_a_member_takes_a_break_where_the_streak_allows_it(page: Page, shop: Shop) -> None:
    streak = make_coffee()
    days(streak, 3, 1)
    display = visit(page, shop)
    in_language(display, "ar", 375)
    texts = SHIPPED["ar"]
    open_break(page, display, streak)
    first, last = display.key("break-first-day"), display.key("break-last-day")
    expect(first).to_be_focused()
    today = first.input_value()
    assert first.get_attribute("min") == today
    tomorrow, furthest = (str(date.fromisoformat(today) + timedelta(days=days)) for days in (1, 29))
    last.fill(tomorrow)
    first.fill(tomorrow)
    first.dispatch_event("change")
    assert (last.get_attribute("min"), last.input_value()) == (tomorrow, tomorrow)
    first.fill(today)
    first.dispatch_event("change")
    assert last.get_attribute("max") == furthest
    last.fill(furthest)
    look(display, "break-ar-375")
    refuse_breaks(page, [400, 503])
    for refusal in ("break_refused", "break_failed"):
        display.key("break-save").click()
        expect(display.body.get_by_role("alert")).to_have_text(texts[refusal])
        assert (first.input_value(), last.input_value()) == (today, furthest)
    assert StreakExcuse.objects.count() == 0
    display.key("break-save").click()
    expect(display.body).to_contain_text(texts["break_saved"])
    expect(display.panel.locator("> [role=status]")).to_have_text(texts["break_saved"])
    excuse = StreakExcuse.objects.get()
    assert (excuse.kind, excuse.streak_id, excuse.member.external_id) == ("member_break", streak.pk, "ann")
    assert (str(excuse.starts_on), str(excuse.ends_on)) == (today, furthest)
    # From now on nothing has to be done.
    expect_marks(display, "done", "done", "done", "skipped excused", *[""] * 4)
    expect(display.body).to_contain_text(texts["excused_now"].replace("{{period}}", texts["today"]))
