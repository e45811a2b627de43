"""A page of the administration in a browser, watched while somebody works with it."""

import os
from pathlib import Path

from playwright.sync_api import Page, Request, ViewportSize

from gamopanda.tests.browser.shop import AXE, PICTURES, requests_of

DESKTOP, TABLET = ViewportSize(width=1280, height=1100), ViewportSize(width=768, height=1024)
PHONE = ViewportSize(width=375, height=812)
# Tablets take as long again: LOOKS=all looks at them too.
SMALLER = {"phone": PHONE} | ({"tablet": TABLET} if os.environ.get("LOOKS") == "all" else {})
# What is in a frame is looked at on a page of its own.
FIND = """async (what) => {
  const { violations } = await axe.run(what, { resultTypes: ["violations"], iframes: false });
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const found = grave.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  const isWide = document.documentElement.scrollWidth > window.innerWidth;
  return isWide ? [...found, "wider than the screen"] : found;
}"""


class Console:
    """What somebody looks at who works in the administration at `address`."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[Request] = requests_of(page)
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)

    def look(self, name: str, within: str = "#content") -> list[str]:
        """Return what is wrong with a part of the page, as on a desktop and, in the dark, on a phone: see `problems`.

        The menu and the bars around a page are always the same: to look at them once is enough.
        """
        problems = self.problems(name, within)
        self.page.evaluate("document.documentElement.classList.add('dark')")
        for screen, width in SMALLER.items():
            self.page.set_viewport_size(width)
            problems += self.problems(f"{name}-{screen}", within)
        self.page.set_viewport_size(DESKTOP)
        self.page.evaluate("document.documentElement.classList.remove('dark')")
        return problems

    def problems(self, name: str, within: str) -> list[str]:
        """Return what not everybody can use, and whether the page is wider than the screen; keep a picture of it."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/console-{name}.png")
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        return [f"{name}: {one}" for one in self.page.evaluate(FIND, within)]

    def amiss(self) -> list[str]:
        """Return the requests that left the machine, and the errors in the browser's console."""
        here = (self.address, "data:", "blob:")
        outside = [request.url for request in self.requests if not request.url.startswith(here)]
        return [*outside, *self.complaints]
