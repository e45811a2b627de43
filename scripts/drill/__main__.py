"""An outage drill: a real server on a real PostgreSQL, clients that post, and one thing after the other that fails.

    python -m scripts.drill                     every outage, some minutes
    python -m scripts.drill "killed backends"   one of them

The exit code is 0 when no log was lost, no answer was a 500 and every figure is kept.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from gamopanda.conf.environment import BASE_DIR
from scripts.drill.clients import Answer, Clients
from scripts.drill.cluster import ROLE, Cluster, folder_for_clusters, make_folder
from scripts.drill.outages import OUTAGES, Site

CLIENTS = 4
SECONDS_OF_OUTAGE, SECONDS_AFTER = 5, 3
SIZE_OF_DISK = "400m"
# Seconds: until an answer, until the first log is stored once the outage is over, and for the health.
ANSWER, RETURN, HEALTH = 3.0, 2.0, 0.1
# A commit waits so long for its standby before it is ended.
STANDBY_SECONDS = 3
OF_STANDBY = {"lost standby", "promotion"}
SLOWER = {"lost standby": ANSWER + STANDBY_SECONDS}
# From the end of the server that was killed; on a slow machine twice what the first start took.
SECONDS_TO_START = 3.0
HEADING = "| outage | longest answer | back after | health | 201 | 409 | 503 | broken | other | lost |"


@dataclass(frozen=True, slots=True)
class Result:
    """What an outage did."""

    name: str
    answers: list[Answer]
    health: list[Answer]
    back_after: float | None
    lost: int

    def count(self, *statuses: int) -> int:
        """Return how many answers had one of these statuses."""
        return sum(answer.status in statuses for answer in self.answers)

    @property
    def wrong(self) -> int:
        """Answers that are neither a success nor a 503; a broken connection only where the server was killed."""
        allowed = {201, 409, 503} | ({0} if self.name == "server killed" else set())
        return sum(answer.status not in allowed for answer in self.answers)

    @property
    def longest(self) -> float:
        """Seconds of the slowest answer."""
        return max((answer.seconds for answer in self.answers), default=0)

    @property
    def slowest_health(self) -> float:
        """Seconds of the slowest answer about the health; of a server that was killed there is none."""
        asked = [answer.seconds for answer in self.health if answer.status]
        return quantiles(asked, n=100)[98] if len(asked) > 1 else 0

    def problems(self, calm_health: float, first_start: float) -> Iterator[str]:
        """Say what is not as it has to be; on a busy machine, compared with what it takes when nothing is wrong."""
        back_within = max(SECONDS_TO_START, 2 * first_start) if self.name == "server killed" else RETURN
        if self.lost:
            yield f"{self.lost} logs were lost"
        if self.wrong:
            yield f"{self.wrong} wrong statuses"
        if self.longest > SLOWER.get(self.name, ANSWER):
            yield f"an answer took {self.longest:.1f} s"
        if self.back_after is None or self.back_after > back_within:
            yield f"back after {self.back_after or 60:.1f} s"
        if self.slowest_health > max(HEALTH, 2 * calm_health):
            yield f"health took {self.slowest_health:.2f} s"

    def line(self) -> str:
        """Return a row of the table."""
        back = "never" if self.back_after is None else f"{self.back_after:.2f} s"
        counts = [self.count(201), self.count(409), self.count(503), self.count(0)]
        others = len(self.answers) - sum(counts)
        cells = [self.name, f"{self.longest:.2f} s", back, f"{self.slowest_health * 1000:.0f} ms", *counts, others]
        return f"| {' | '.join(map(str, cells))} | {self.lost} |"


def free_port() -> int:
    """Return a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a command of the product, and return what it prints."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=BASE_DIR, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


MAKE_STREAK = """
from streaks.models import Streak
streak = Streak.objects.create(name="Drill", description="d", status="live", aggregation_target_value=10**6,
                               completion_target_value=7, aggregation_method="sum")
print(streak.pk)
"""


@contextmanager
def small_disk(folder: Path, database: Cluster) -> Iterator[Path | None]:
    """Mount a disk that can be filled, and let the database lie on it; None where that is not allowed."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_OF_DISK}", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        database.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        yield None
        return
    try:
        make_folder(disk / "tables")
        database.execute(f"CREATE TABLESPACE small LOCATION '{disk / 'tables'}'")
        database.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE} TABLESPACE small")
        yield disk
    finally:
        stop(database)
        subprocess.run(["umount", "--lazy", disk], check=True)


def site_settings(folder: Path, database_url: str) -> dict[str, str]:
    """Return the environment of the server and the commands."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "GAMOPANDA_VAR_DIR": str(folder / "var"),
        "SECRET_KEY": "for a drill only, as long as a real one has to be: 0123456789 0123456789",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_STANDBY_SECONDS": str(STANDBY_SECONDS),
    }


@contextmanager
def running_site(*, with_standby: bool) -> Iterator[tuple[Site, Clients]]:
    """Bring everything up, and take it away again."""
    with ExitStack() as held:
        folder, binaries = held.enter_context(folder_for_clusters())
        database = Cluster(folder / "primary", binaries)
        standby = Cluster(folder / "standby", binaries)
        database.make()
        held.callback(stop, database)
        disk = held.enter_context(small_disk(folder, database))
        port = free_port()
        environment = site_settings(folder, database.url_with(standby) if with_standby else database.url)
        manage(environment, "migrate", "--verbosity", "0")
        key = json.loads(manage(environment, "create_api_key", "--name", "drill"))
        streak = manage(environment, "shell", "--no-imports", "-c", MAKE_STREAK).strip()
        command = [sys.executable, "-m", "gamopanda.server", "--bind", f"127.0.0.1:{port}"]
        site = Site(database, standby, disk, port, command, environment)
        if with_standby:
            make_folder(folder / "standby-tables")
            standby.follow(database.own_url, *([f"{disk}/tables={folder}/standby-tables"] if disk else []))
            held.callback(stop, standby)
        site.start_server()
        held.callback(site.end_server)
        headers = {"x-api-key": key["apiKey"], "x-api-secret": key["apiSecret"]}
        yield site, Clients(f"http://127.0.0.1:{port}", headers, streak)


def stop(cluster: Cluster) -> None:
    """Stop a server unless it is stopped."""
    if (cluster.data / "postmaster.pid").exists():
        cluster.stop()


def suffer(name: str, site: Site, clients: Clients) -> Result:
    """Go through one outage, and return what it did."""
    first, first_health, known = len(clients.answers), len(clients.health), set(clients.acknowledged)
    with OUTAGES[name](site):
        time.sleep(SECONDS_OF_OUTAGE)
        over_at = time.monotonic()
    mended_at = time.monotonic()
    if name in OF_STANDBY | {"database stopped"}:
        # From here on it is back.
        over_at = mended_at
    seconds = clients.wait_for_success(mended_at, seconds=30)
    back_after = None if seconds is None else mended_at - over_at + seconds
    time.sleep(SECONDS_AFTER)
    lost = lost_logs(site.database, clients.acknowledged - known)
    return Result(name, clients.answers[first:], clients.health[first_health:], back_after, lost)


def lost_logs(database: Cluster, acknowledged: set[str]) -> int:
    """Return how many logs are not stored that were answered with 201 or 409."""
    with database.connect() as connection:
        rows = connection.execute("SELECT unique_identifier FROM streaks_streaklog").fetchall()
    return len(acknowledged - {str(row[0]) for row in rows})


def main(names: list[str]) -> int:
    """Go through outages; return the exit code."""
    unknown = set(names) - set(OUTAGES)
    if unknown:
        sys.exit(f"There is no outage {sorted(unknown)[0]!r}: use {', '.join(OUTAGES)}.")
    names = ["nothing", *(name for name in names or OUTAGES if name != "nothing")]
    failed = False
    print(HEADING + "\n" + "|---" * (HEADING.count("|") - 1) + "|", flush=True)
    with (
        running_site(with_standby=bool({"lost standby", "promotion"} & set(names))) as (site, clients),
        clients.working(CLIENTS),
    ):
        time.sleep(2)
        calm = suffer("nothing", site, clients)
        for name in names:
            if name == "full disk" and site.disk is None:
                print("| full disk | left out: only root may mount a small disk |", flush=True)
                continue
            result = calm if name == "nothing" else suffer(name, site, clients)
            print(result.line(), flush=True)
            for problem in result.problems(calm.slowest_health, site.seconds_to_start):
                failed = True
                print(f"  ! {name}: {problem}", flush=True)
        everything = lost_logs(site.database, set(clients.acknowledged))
    print(f"\n{len(clients.acknowledged)} logs acknowledged, {everything} of them lost.")
    return int(failed or everything > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
