"""How long it takes until a customer with a cheap phone sees the display, and what is sent for it.

`python -m benchmarks.display_visits` brings up an installation of its own with the demo, as in production with its
static files compressed, and visits a page in Chromium: four times slower than this machine, over slow 4G.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import jwt
from playwright.sync_api import Browser, Page, sync_playwright

from gamopanda.conf.environment import BASE_DIR

MEMBER = "demo-amara"
# Slow 4G as browsers' own tools have it: bytes a second, and milliseconds.
SLOW_4G = {
    "offline": False,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
    "latency": 150,
}
CPU_SLOWDOWN = 4
SCRIPT_PATH = "/static/widget/gamopanda.js"
DATA_PATH = "/api/v1.0/end-user-display"
# In milliseconds: for a machine that is busy with everything else.
PATIENCE = 180_000
PAGE = """<!doctype html><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<gamopanda-streaks style="display:block;height:560px"></gamopanda-streaks>
<script>
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  addEventListener("gamopanda:ready", () => {
    requestAnimationFrame(() => requestAnimationFrame(() => { window.shownAt = performance.now(); }));
  });
  addEventListener("DOMContentLoaded", () => Gamopanda.initialize(OPTIONS));
</script>
<script src="SERVER/static/widget/gamopanda.js" defer></script>"""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of a server: its address, its kind as the browser names it, and its bytes over the wire."""

    url: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One visit: bytes over the wire, requests by kind, milliseconds from asking for the script, and layout shift."""

    script_bytes: int
    data_bytes: int
    scripts: int
    data_requests: int
    icons: int
    milliseconds: float
    layout_shift: float


@contextmanager
def installation(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve the demo from a folder of its own; yield the address and a token of a member."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "GAMOPANDA_VAR_DIR": str(folder),
        "SECRET_KEY": "for a benchmark that lasts a minute, as long as a real one has to be: 0123456789",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "gamopanda.settings",
    }
    setup = [sys.executable, "-m", "benchmarks.display_installation"]
    printed = subprocess.run(setup, cwd=BASE_DIR, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    key = json.loads(printed.stdout)
    command = [
        sys.executable,
        "-m",
        "gamopanda.server",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "1",
    ]
    log = folder / "server.log"
    with log.open("wb") as told, subprocess.Popen(command, cwd=BASE_DIR, env=environment, stderr=told) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", server)
            yield f"http://127.0.0.1:{port}", sign(key)
        except TimeoutError as error:
            error.add_note(log.read_text())
            raise
        finally:
            server.terminate()


def wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    """Return as soon as a server answers; raises `TimeoutError` when it never does, or has ended."""
    give_up_at = time.monotonic() + PATIENCE / 1000
    while server.poll() is None and time.monotonic() < give_up_at:
        try:
            urlopen(address, timeout=20).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{address} does not answer.")


def sign(key: dict[str, str]) -> str:
    """Return a member's token, as a client's backend signs it."""
    claims = {"sub": "gamopanda", "exp": int(time.time()) + 1800, "userData": {"externalId": MEMBER}}
    return jwt.encode(claims, key["apiSecret"], algorithm="HS256", headers={"kid": key["apiKey"]})


@contextmanager
def shop(server: str, token: str) -> Iterator[str]:
    """Serve the one page of a shop on another origin than the display's; yield its address."""
    options = json.dumps({"accountId": "gamopanda", "accessToken": token})
    body = PAGE.replace("OPTIONS", options).replace("SERVER", server).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{listening.server_port}/"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def visit(browser: Browser, address: str, server: str) -> Measured:
    """Come to the shop for the first time, with nothing in any cache."""
    context = browser.new_context(viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    received = responses(session)
    page.goto(address, timeout=PATIENCE)
    page.wait_for_function("window.shownAt > 0", timeout=PATIENCE)
    wait_for_the_last_byte(page, received, server)
    measured = summarize(page, received, server)
    context.close()
    return measured


def responses(session: Any) -> list[Response]:
    """Return a list that fills with every response that has come in whole, except for questions about permission."""
    asked: dict[str, tuple[str, str]] = {}
    received: list[Response] = []

    def note_request(event: Any) -> None:
        asked[event["requestId"]] = event["request"]["url"], event.get("type", "")

    def note_end(event: Any) -> None:
        url, kind = asked[event["requestId"]]
        if kind != "Preflight":
            received.append(Response(url, kind, int(event["encodedDataLength"])))

    session.on("Network.requestWillBeSent", note_request)
    session.on("Network.loadingFinished", note_end)
    return received


def wait_for_the_last_byte(page: Page, received: list[Response], server: str) -> None:
    """Return as soon as everything that the display asks for has come in; raises `TimeoutError` when it does not.

    The first streak can be read before its icon is there, and the browser tells of both later than it shows them.
    """
    icons = page.locator("gamopanda-streaks img").evaluate_all("icons => icons.map(icon => icon.src)")
    expected = {f"{server}{SCRIPT_PATH}", f"{server}{DATA_PATH}?languageCode=en", *icons}
    give_up_at = time.monotonic() + PATIENCE / 1000
    while missing := expected - {response.url for response in received}:
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"These did not come: {sorted(missing)}")
        # Playwright hears the browser only while it is called.
        page.wait_for_timeout(50)


def summarize(page: Page, received: list[Response], server: str) -> Measured:
    """Put together what was received and what the page has noted."""
    ours = [response for response in received if response.url.startswith(server)]
    of_kind = {kind: [one.size for one in ours if one.kind == kind] for kind in ("Script", "Fetch", "Image")}
    asked_at = f"performance.getEntriesByName({json.dumps(server + SCRIPT_PATH)})[0].startTime"
    return Measured(
        script_bytes=sum(of_kind["Script"]),
        data_bytes=sum(of_kind["Fetch"]),
        scripts=len(of_kind["Script"]),
        data_requests=len(of_kind["Fetch"]),
        icons=len(of_kind["Image"]),
        milliseconds=round(page.evaluate(f"window.shownAt - {asked_at}"), 1),
        layout_shift=page.evaluate("window.shifted"),
    )


def measure(browser: Browser, visits: int) -> list[Measured]:
    """Visit the shop some times."""
    with (
        TemporaryDirectory() as folder,
        installation(Path(folder)) as (server, token),
        shop(server, token) as address,
    ):
        return [visit(browser, address, server) for _ in range(visits)]


def measure_in_chromium(visits: int) -> list[Measured]:
    """Visit the shop some times with the Chromium of this machine; raises `RuntimeError` where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Chromium is needed: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        return measure(browser, visits)


def main() -> None:
    """Print the visit in the middle, and the fastest and the slowest."""
    measured = sorted(measure_in_chromium(5), key=lambda one: one.milliseconds)
    times = [one.milliseconds for one in measured]
    result = {**asdict(measured[len(measured) // 2]), "fastest": times[0], "slowest": times[-1]}
    result["milliseconds"] = statistics.median(times)
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
