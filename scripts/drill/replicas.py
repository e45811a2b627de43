"""Standbys that answer reads: what they take off the primary, and that everybody reads what they have just written.

    python -m scripts.drill.replicas

Then a standby goes away, and after it the primary, whose place the other standby takes. It needs Redis. The exit code
is 0 when no read was older than the last write of its client, no answer was a 500, and no log was lost.
"""

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import httpx
import jwt

from benchmarks.installation import seconds_of
from benchmarks.load import Pace, Target, send_load
from scripts.drill.__main__ import MAKE_STREAK, free_port, lost_logs, manage, site_settings, stop
from scripts.drill.clients import LOGS, PATIENCE, STORED
from scripts.drill.cluster import ROLE, Cluster, folder_for_clusters
from scripts.drill.outages import Site

SHOPPERS, MEMBERS = 4, 200
SECONDS = 10
DISPLAY = "/api/v1.0/end-user-display"
HEADING = (
    "| Standbys | reads per second | primary's processor for a read, ms | read after a write | by a standby | stale |"
)


@dataclass
class Shoppers:
    """Clients that post a log, and read at once, as the member, what they have posted."""

    url: str
    key: dict[str, str]
    streak: str
    answers: "Counter[int]" = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    read = by_standby = stale = 0

    def token_of(self, member: str) -> dict[str, str]:
        """Return the headers of a member."""
        claims = {"sub": "gamopanda", "exp": int(time.time()) + 3600, "userData": {"externalId": member}}
        token = jwt.encode(claims, self.key["x-api-secret"], algorithm="HS256", headers={"kid": self.key["x-api-key"]})
        return {"x-enduser-access-token": token, "x-account-id": "gamopanda"}

    def log_of(self, member: str) -> dict[str, object]:
        """Return the body of a log."""
        return {
            "streakId": self.streak,
            "ownedBy": {"externalId": member},
            "activityAt": datetime.now(UTC).isoformat(),
            "activityId": "drill",
            "uniqueIdentifier": str(uuid4()),
            "activityValue": 1,
        }

    def shop(self, member: str, done: Event) -> None:
        """Write and read until it is enough."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            while not done.is_set():
                body = self.log_of(member)
                answer = self.ask(partial(client.post, LOGS, json=body, headers=self.key))
                if answer is None or answer.status_code not in STORED:
                    done.wait(0.05)
                    continue
                self.acknowledged.add(str(body["uniqueIdentifier"]))
                self.look(client, member, body["uniqueIdentifier"])

    def look(self, client: httpx.Client, member: str, expected: object) -> None:
        """Read the newest log of the member."""
        answer = self.ask(partial(client.get, LOGS, params={"limit": 1}, headers=self.token_of(member)))
        if answer is not None and answer.status_code == httpx.codes.OK:
            self.read += 1
            self.by_standby += "X-Replica-Lag" in answer.headers
            self.stale += answer.json()["data"][0]["uniqueIdentifier"] != expected

    def ask(self, send: "partial[httpx.Response]") -> httpx.Response | None:
        """Send a call, and count its answer; None where the connection broke."""
        try:
            answer = send()
        except httpx.TransportError:
            self.answers[0] += 1
            return None
        self.answers[answer.status_code] += 1
        return answer

    @contextmanager
    def shopping(self) -> Iterator[None]:
        """Let all of them write and read meanwhile."""
        done = Event()
        work = [Thread(target=self.shop, args=(f"shopper-{number}", done)) for number in range(SHOPPERS)]
        for thread in work:
            thread.start()
        yield
        done.set()
        for thread in work:
            thread.join()


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Start Redis, and yield its address."""
    program, port = shutil.which("redis-server"), free_port()
    if program is None:
        sys.exit("There is no Redis: on Debian, apt install redis-server.")
    server = subprocess.Popen(
        [program, "--port", str(port), "--save", "", "--dir", str(folder)], stdout=subprocess.DEVNULL
    )
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


@contextmanager
def running_site() -> Iterator[tuple[Site, list[Cluster], Shoppers]]:
    """Bring up a primary with two standbys, of which the first confirms every commit, and Redis."""
    with ExitStack() as held:
        folder, binaries = held.enter_context(folder_for_clusters())
        names = ("primary", "one", "two")
        database, *standbys = (Cluster(folder / name, binaries, cluster_name=name) for name in names)
        database.make()
        held.callback(stop, database)
        database.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        environment = site_settings(folder, database.url_with(standbys[0]))
        environment["GAMOPANDA_CACHE_URL"] = held.enter_context(running_redis(folder))
        manage(environment, "migrate", "--verbosity", "0")
        key = json.loads(manage(environment, "create_api_key", "--name", "drill"))
        streak = manage(environment, "shell", "--no-imports", "-c", MAKE_STREAK).strip()
        for standby in standbys:
            standby.follow(database.own_url)
            held.callback(stop, standby)
        database.execute("ALTER SYSTEM SET synchronous_standby_names = 'one'", "SELECT pg_reload_conf()")
        port = free_port()
        command = [sys.executable, "-m", "gamopanda.server", "--bind", f"127.0.0.1:{port}"]
        site = Site(database, standbys[0], None, port, command, environment)
        headers = {"x-api-key": key["apiKey"], "x-api-secret": key["apiSecret"]}
        shoppers = Shoppers(f"http://127.0.0.1:{port}", headers, streak)
        yield site, standbys, shoppers


def fill(shoppers: Shoppers) -> None:
    """Give each member a log."""
    records = [shoppers.log_of(f"member-{number}") for number in range(MEMBERS)]
    httpx.post(f"{shoppers.url}{LOGS}/bulk", json={"records": records}, headers=shoppers.key, timeout=60)


def measure(site: Site, standbys: list[Cluster], shoppers: Shoppers) -> str:
    """Return a row about reading from so many standbys, by many at once and then by those who have just written."""
    site.environment["DATABASE_REPLICA_URL"] = " ".join(standby.url for standby in standbys)
    site.start_server()
    if not shoppers.answers:
        fill(shoppers)
    time.sleep(2)
    readers = [(DISPLAY, shoppers.token_of(f"member-{number}")) for number in range(MEMBERS)]
    target = Target(site.port, "", method="GET", expects=200, variants=readers)
    send_load(target, first=0, pace=Pace(seconds=2, connections=8))
    primary = int((site.database.data / "postmaster.pid").read_text().split()[0])
    before = seconds_of(primary)
    load, answers = send_load(target, first=0, pace=Pace(seconds=SECONDS, connections=8))
    each = 1000 * (seconds_of(primary) - before) / answers
    read, by_standby, stale = shoppers.read, shoppers.by_standby, shoppers.stale
    with shoppers.shopping():
        time.sleep(SECONDS)
    site.end_server()
    read, by_standby, stale = shoppers.read - read, shoppers.by_standby - by_standby, shoppers.stale - stale
    return f"| {len(standbys)} | {load.per_second:.0f} | {each:.2f} | {read} | {by_standby} | {stale} |"


def lose(site: Site, standbys: list[Cluster], shoppers: Shoppers) -> float:
    """Lose a standby and then the primary while clients write and read; return the seconds until a log was stored."""
    site.start_server()
    with shoppers.shopping():
        time.sleep(SECONDS / 2)
        standbys[1].stop()
        time.sleep(SECONDS / 2)
        site.database.stop()
        time.sleep(2)
        standbys[0].promote()
        promoted_at, stored = time.monotonic(), len(shoppers.acknowledged)
        while len(shoppers.acknowledged) == stored:
            time.sleep(0.02)
        back_after = time.monotonic() - promoted_at
        time.sleep(SECONDS / 2)
    site.end_server()
    return back_after


def main() -> int:
    """Measure, let servers go away, and return the exit code."""
    print(HEADING + "\n" + "|--:" * (HEADING.count("|") - 1) + "|", flush=True)
    with running_site() as (site, standbys, shoppers):
        for count in range(3):
            print(measure(site, standbys[:count], shoppers), flush=True)
        shoppers.answers.clear()
        back_after = lose(site, standbys, shoppers)
        lost = lost_logs(standbys[0], shoppers.acknowledged)
    told = ", ".join(f"{number} × {status or 'broken'}" for status, number in sorted(shoppers.answers.items()))
    print(f"\nWithout a standby, then without the primary: {told}; a log {back_after:.2f} s after the promotion.")
    print(f"{len(shoppers.acknowledged)} logs acknowledged, {lost} of them lost; {shoppers.stale} reads were stale.")
    return int(lost > 0 or shoppers.stale > 0 or bool(set(shoppers.answers) - {200, 201, 503}))


if __name__ == "__main__":
    sys.exit(main())
