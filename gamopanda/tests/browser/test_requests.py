"""What the display costs: its size, its requests, and that it never moves the page."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, expect

from gamopanda.tests.browser.programme import days, make_coffee, token_of
from gamopanda.tests.browser.shop import Shop, requests_of

FOLDER = Path(finders.find("widget") or "")


def test_script_and_styles_together_are_at_most_20_kb_with_gzip() -> None:
    assert len(gzip.compress((FOLDER / "gamopanda.js").read_bytes(), 9)) <= 20_000


def test_the_script_is_plain_and_can_neither_evaluate_nor_write_markup() -> None:
    scripts = [path.read_text() for path in (*FOLDER.glob("gamopanda*.js"), *FOLDER.glob("src/*.js"))]
    assert len(scripts) > 20
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert [source[:80] for source in scripts if word in source] == []


def test_what_few_need_is_loaded_when_it_is_needed() -> None:
    script = (FOLDER / "gamopanda.js").read_text()
    parts = {path.name for path in FOLDER.glob("gamopanda-*.js")}
    assert parts == {"gamopanda-breaks.js", "gamopanda-celebration.js"}
    assert "streak_excuse" not in script
    assert "confetti" not in re.sub(r"\.confetti[ {]", "", script)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_one_script_and_one_data_request_show_everything(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    made = requests_of(page)
    display = shop.visit(page, accessToken=token_of()).open()
    display.body.locator(".icon").evaluate("icon => icon.decode()")
    ours = [request for request in made if request.url.startswith(shop.server)]
    kinds = sorted(request.resource_type for request in ours)
    assert kinds == ["fetch", "image", "script"], [request.url for request in ours]
    (data,) = (request for request in ours if request.resource_type == "fetch")
    assert data.url == f"{shop.server}/api/v1.0/end-user-display?languageCode=en"
    assert "cookie" not in data.all_headers()
    # Nothing but the page's own origin is told to us.
    assert "referer" not in data.all_headers()


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_the_page_never_moves(page: Page, shop: Shop) -> None:
    days(make_coffee(), 2, 0)
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        display = shop.visit(page, body="<gamopanda-streaks></gamopanda-streaks>", accessToken=token_of()).open()
        expect(display.body).to_contain_text("Coffee every day")
        display.key("close").click()
        # What has moved is told after the frame in which it did.
        display.settle()
        assert page.evaluate("window.shifted") == 0


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_s34_a_language_may_be_named_as_systems_write_it(page: Page, shop: Shop) -> None:
    made = requests_of(page)
    display = shop.visit(page, languageCode="de_DE@euro").open()
    expect(display.panel.locator("h2")).to_have_text("Deine Serien")
    (data,) = (request for request in made if request.resource_type == "fetch")
    assert data.url.endswith("?languageCode=de_DE%40euro")
    assert display.panel.evaluate("panel => panel.getRootNode().querySelector('[lang]').lang") == "de"
