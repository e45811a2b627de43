"""A shop on another origin than ours, as strict as a shop can be, with the display on its pages."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

EVENTS = ("ready", "open", "close", "milestone", "completed", "broken", "error")
# Where to put a picture of everything that is looked at here; nowhere when it is not set.
PICTURES = os.environ.get("WIDGET_PICTURES")

AXE = Path(__file__).with_name("axe.min.js").read_text()
WHERE = {"include": [["gamopanda-display"], ["gamopanda-streaks"]]}

PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Corner shop</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/shop.css">
</head>
<body>
<main>
<h1>Corner shop</h1>
<p>Coffee, bread and <a href="#more">more</a>.</p>
{body}
<p>Open until eight.</p>
</main>
<script defer src="{script}"></script>
<script defer src="/shop.js"></script>
</body>
</html>"""

STYLES = "gamopanda-streaks { display: block; height: 420px }"

# What the shop's own script does: remember what happens, then start the display.
SCRIPT = """
window.happened = [];
window.shifted = 0;
new PerformanceObserver((list) => {{
  for (const entry of list.getEntries()) window.shifted += entry.value;
}}).observe({{ type: "layout-shift", buffered: true }});
for (const name of {events}) {{
  document.addEventListener("gamopanda:" + name, (event) => window.happened.push([name, event.detail]));
}}
window.renewals = 0;
const options = {options};
if (options.nextToken !== undefined) {{
  options.refreshAccessToken = async () => {{ window.renewals += 1; return options.nextToken; }};
}}
window.display = Gamopanda.initialize(options);
"""


@dataclass
class Shop:
    """The pages of the shop; `origin` is where it is, `server` where the display comes from."""

    origin: str
    server: str
    options: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    lang: str = "en"
    styles: str = ""
    script: str = SCRIPT

    @property
    def policy(self) -> str:
        """The strictest policy that lets the display in: no inline script, no inline style, no eval."""
        return (
            f"default-src 'none'; script-src 'self' {self.server}; connect-src {self.server}; img-src {self.server} "
            "data:; style-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
        )

    def answer(self, path: str) -> tuple[str, str]:
        """Return the content type and the body of a page."""
        if path == "/shop.css":
            return "text/css", STYLES + self.styles
        if path == "/shop.js":
            options = json.dumps(self.options)
            return "text/javascript", self.script.format(events=json.dumps(EVENTS), options=options, server=self.server)
        script = f"{self.server}/static/widget/gamopanda.js"
        return "text/html; charset=utf-8", PAGE.format(script=script, body=self.body, lang=self.lang)

    def visit(self, page: Page, *, body: str = "", **options: Any) -> "Display":
        """Open the shop with the display started as told."""
        self.body, self.options = body, {"accountId": "gamopanda", **options}
        page.goto(self.origin)
        return Display(page)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, shop: Shop, *args: Any) -> None:
        self.shop = shop
        super().__init__(*args)

    def do_GET(self) -> None:
        content_type, body = self.shop.answer(self.path)
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Security-Policy", self.shop.policy)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def open_shop(server: str) -> Iterator[Shop]:
    """Keep a shop open that shows the display of a server."""
    shop = Shop("", server)
    listening = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, shop))
    shop.origin = f"http://localhost:{listening.server_port}/"
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield shop
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


@dataclass(frozen=True)
class Display:
    """The display on a page, as a customer meets it."""

    page: Page

    @property
    def launcher(self) -> Locator:
        """The button in the corner."""
        return self.page.locator("gamopanda-display .launcher")

    @property
    def panel(self) -> Locator:
        """What the button opens."""
        return self.page.locator("gamopanda-display dialog")

    @property
    def body(self) -> Locator:
        """What the panel shows, without its head and its tabs."""
        return self.panel.locator(".body")

    def open(self) -> "Display":
        """Press the button."""
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def key(self, key: str) -> Locator:
        """Return what can be pressed, by the name that the script has for it."""
        return self.panel.locator(f'[data-key="{key}"]')

    def happened(self) -> list[Any]:
        """Return the events that the page was told, in order."""
        found: list[Any] = self.page.evaluate("window.happened")
        return found

    def focused(self) -> str | None:
        """Return the script's name for what has the focus: None when it is not in the display."""
        name: str | None = self.page.evaluate(
            "() => { const host = document.querySelector('gamopanda-display');"
            " const found = host && host.shadowRoot.activeElement;"
            " return found && (found.dataset.key || found.className); }"
        )
        return name

    def too_wide(self) -> list[str]:
        """Return what reaches out of the page or of the panel at the side."""
        found: list[str] = self.page.evaluate(
            """() => {
              const panel = document.querySelector('gamopanda-display').shadowRoot.querySelector('dialog[open]');
              const place = panel.getBoundingClientRect();
              const isOutside = (one) => {
                const { left, right } = one.getBoundingClientRect();
                return left < place.left - 0.5 || right > place.right + 0.5;
              };
              const outside = [...panel.querySelectorAll('*')].filter((one) => isOutside(one));
              const [page, width] = [document.documentElement, window.innerWidth];
              const isPageWide = page.scrollWidth > width || place.left < 0 || place.right > width;
              const body = panel.querySelector('.body');
              const isBodyWide = body.scrollWidth > body.clientWidth;
              const whole = [isPageWide && 'page', isBodyWide && 'body'].filter(Boolean);
              return [...outside.map((one) => one.outerHTML), ...whole];
            }"""
        )
        return found

    def settle(self) -> None:
        """Wait until the panel has come to rest."""
        frames = "await new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)));"
        rest = "await Promise.all(panel.getAnimations().map(animation => animation.finished));"
        self.panel.evaluate(f"async panel => {{ {frames} {rest} }}")

    def problems(self) -> list[str]:
        """Return what axe finds serious or critical."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate("what => axe.run(what, { resultTypes: ['violations'] })", WHERE)["violations"]
        grave = [one for one in found if one["impact"] in {"serious", "critical"}]
        return [f"{one['id']}: {node['html'][:200]} {node['failureSummary']}" for one in grave for node in one["nodes"]]

    def photograph(self, name: str) -> None:
        """Keep a picture where somebody wants to look at them."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{name}.png")


def requests_of(page: Page) -> list[Request]:
    """Return a list that fills with every request that the page makes from now on."""
    made: list[Request] = []
    # Playwright cannot call a method of a list.
    page.on("request", lambda request: made.append(request))  # noqa: PLW0108
    return made
