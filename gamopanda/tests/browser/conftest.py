"""A browser, a shop, and a programme with a member in every state of it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.contrib.staticfiles import handlers
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from gamopanda.tests.browser.shop import Shop, open_shop

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# In milliseconds: for a machine that is busy with everything else.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    assert path, "Chromium is needed for the tests of the display: apt-get install chromium"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; what the tests do with the database never waits for it.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def _static_files_as_in_production() -> Iterator[None]:
    """Let WhiteNoise serve them here too: parts of the display need its CORS header."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "StaticFilesHandler", lambda application: application)
        yield


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One customer's browser, in which nothing is remembered yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no script may fail."""
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    # What a test has held back is let go, or the browser would wait for it while it closes.
    page.unroute_all(behavior="ignoreErrors")
    assert failures == []


@pytest.fixture
def shop(live_server) -> Iterator[Shop]:
    """A shop that shows the display of a running server."""
    with open_shop(live_server.url) as shop:
        yield shop
