"""A rolling upgrade under load: two servers of an earlier version are replaced one after the other behind nginx.

    python -m scripts.drill.upgrade           from the state before the newest migration
    python -m scripts.drill.upgrade COMMIT    from any commit that has this server (gamopanda.server)

The exit code is 0 when every call was answered with 201 or 409, and no log was lost.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gamopanda.conf.environment import BASE_DIR
from scripts.drill.__main__ import CLIENTS, MAKE_STREAK, free_port, lost_logs, stop
from scripts.drill.clients import Clients
from scripts.drill.cluster import ROLE, Cluster, folder_for_clusters
from scripts.packaging.services import DEPLOY, nginx, replaced

SECONDS_BETWEEN_STEPS = 2
SECONDS_TO_START = 180


@dataclass
class Instance:
    """One server on a port of its own, of a version that lies in a folder."""

    port: int
    environment: dict[str, str]
    server: "subprocess.Popen[bytes] | None" = None

    def start(self, version: Path) -> None:
        """Start it, and return when it is ready."""
        command = [sys.executable, "-m", "gamopanda.server", "--bind", f"127.0.0.1:{self.port}"]
        with (Path(self.environment["GAMOPANDA_VAR_DIR"]) / "server.log").open("ab") as told:
            self.server = subprocess.Popen(command, cwd=version, env=self.environment, stderr=told)
        ready = ["curl", "--silent", "--fail", "--output", "/dev/null", f"http://127.0.0.1:{self.port}/readyz"]
        until = time.monotonic() + SECONDS_TO_START
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > until:
                raise TimeoutError(f"The server of {version} is not ready.")
            time.sleep(0.1)

    def end(self) -> None:
        """Let it finish its calls."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait()


def unpack(commit: str, folder: Path) -> Path:
    """Return a folder with the files of a commit."""
    folder.mkdir()
    packed = subprocess.run(["git", "archive", commit], cwd=BASE_DIR, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder


def before_the_newest_migration() -> str:
    """Return the newest commit of the main line that lacks a migration of this one."""
    added = ["log", "--first-parent", "--diff-merges=first-parent", "--diff-filter=A", "--no-patch", "-1"]
    command = ["git", *added, "--format=%H", "--", "*/migrations/*.py"]
    newest = subprocess.run(command, cwd=BASE_DIR, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return f"{newest}^"


def manage(version: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run a command of a version, and return what it prints."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=version, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def old_site(commit: str) -> Iterator[tuple[Cluster, list[Instance], Clients]]:
    """Bring up two servers of an earlier version behind nginx."""
    with ExitStack() as held:
        folder, binaries = held.enter_context(folder_for_clusters())
        old = unpack(commit, folder / "old")
        database = Cluster(folder / "primary", binaries)
        database.make()
        held.callback(stop, database)
        database.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.url,
            "GAMOPANDA_VAR_DIR": str(folder / "var"),
            "SECRET_KEY": "for a drill only, as long as a real one has to be: 0123456789 0123456789",
            "ALLOWED_HOSTS": "127.0.0.1",
            "BEHIND_PROXY": "1",
        }
        manage(old, environment, "migrate", "--verbosity", "0")
        key = json.loads(manage(old, environment, "create_api_key", "--name", "drill"))
        streak = manage(old, environment, "shell", "-c", MAKE_STREAK).strip().splitlines()[-1]
        instances = [Instance(free_port(), environment) for _ in range(2)]
        for instance in instances:
            instance.start(old)
            held.callback(instance.end)
        outside = free_port()
        servers = " ".join(f"server 127.0.0.1:{instance.port} max_fails=0;" for instance in instances)
        changes = {"server web:8000;": servers, "listen 80 ": f"listen 127.0.0.1:{outside} "}
        text = replaced((DEPLOY / "nginx" / "compose.conf").read_text(), changes)
        held.enter_context(nginx(folder, text))
        headers = {"x-api-key": key["apiKey"], "x-api-secret": key["apiSecret"]}
        yield database, instances, Clients(f"http://127.0.0.1:{outside}", headers, streak)


def main(commit: str) -> int:
    """Upgrade from a commit to what lies here; return the exit code."""
    with old_site(commit) as (database, instances, clients):
        with clients.working(CLIENTS):
            time.sleep(SECONDS_BETWEEN_STEPS)
            manage(BASE_DIR, instances[0].environment, "migrate", "--verbosity", "0")
            time.sleep(SECONDS_BETWEEN_STEPS)
            for instance in instances:
                instance.end()
                instance.start(BASE_DIR)
                time.sleep(SECONDS_BETWEEN_STEPS)
        lost = lost_logs(database, clients.acknowledged)
        answers = Counter(answer.status for answer in clients.answers)
        longest = max(answer.seconds for answer in clients.answers)
    acknowledged = len(clients.acknowledged)
    print(f"From {commit}: {acknowledged} logs acknowledged, {lost} of them lost; the slowest took {longest:.2f} s.")
    print("Answers by status:", ", ".join(f"{number} × {status or 'broken'}" for status, number in answers.items()))
    return int(lost > 0 or bool(set(answers) - {201, 409}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else before_the_newest_migration()))
