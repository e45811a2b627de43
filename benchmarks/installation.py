"""An installation for measuring: a PostgreSQL of its own that loses nothing, and servers as in production."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import django
from django.db import connection, connections

from gamopanda.conf.environment import BASE_DIR
from scripts.with_postgres import running_server

WORKERS = 2
# What is written survives a crash of the machine, as in production; a quarter of the memory of a server with 8 GB.
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "2GB",
    "max_wal_size": "4GB",
    "listen_addresses": "''",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """Where it is: the address of its database, a folder for everything else, and settings of its own."""

    database_url: str
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of an installation in production; calls are counted, and the limit is out of reach."""
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database_url,
            "GAMOPANDA_VAR_DIR": str(self.folder / "var"),
            "GAMOPANDA_CALLS_PER_MINUTE_ADMIN": "100000000",
            "GAMOPANDA_CALLS_PER_MINUTE_END_USER": "100000000",
            "SECRET_KEY": "for benchmarks only, as long as a real one has to be: 0123456789",
            "ALLOWED_HOSTS": "127.0.0.1",
            **self.settings,
        }

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run one of the product's commands and return what it prints; raises `CalledProcessError`."""
        command = [sys.executable, "manage.py", *arguments]
        variables = {**self.environment, **environment}
        return subprocess.run(
            command, cwd=BASE_DIR, env=variables, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def key_headers(self) -> dict[str, str]:
        """Make an API key; return the headers of a server that holds it."""
        key = json.loads(self.manage("create_api_key", "--name", f"Benchmark {time.time_ns()}"))
        return {"x-api-key": key["apiKey"], "x-api-secret": key["apiSecret"]}

    @contextmanager
    def serve(self, **environment: str) -> Iterator[int]:
        """Run the production server, with more in its environment; yield its port."""
        port = free_port()
        command = [sys.executable, "-m", "gamopanda.server", "--workers", str(WORKERS)]
        with (
            (self.folder / f"server-{port}.log").open("w") as log,
            subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{port}"],
                cwd=BASE_DIR,
                env={**self.environment, **environment},
                stderr=log,
            ) as server,
        ):
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz")
                yield port
            finally:
                server.terminate()


def processor_seconds(pid: int) -> float:
    """Return the processor time that all that a process has started have taken so far, as Linux tells it in /proc.

    Unlike the time of an answer, it does not depend on what else the machine does.
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(seconds_of(int(child)) for child in children)


def memory_of(pid: int) -> int:
    """Return the bytes of memory that a process and all that it has started hold now; what they share counts once."""
    try:
        held = Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return (int(held[0]) * 1024 if held else 0) + sum(memory_of(int(child)) for child in children)


def database_process() -> int:
    """Return the id of the process that has started all other processes of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    return int(Path(f"/proc/{ours}/stat").read_text().rpartition(")")[2].split()[1])


def seconds_of(pid: int) -> float:
    """Return the processor time of a process and of all that it has started, also of what has ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + processor_seconds(pid)


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str) -> None:
    """Return as soon as a server answers; raises `TimeoutError` when it does not within a minute."""
    started_at = time.monotonic()
    while time.monotonic() - started_at < 60:
        try:
            urlopen(address, timeout=20).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{address} does not answer.")


@contextmanager
def new_installation() -> Iterator[Installation]:
    """Bring up a database with every table, let this process work on it, and take it away again."""
    with TemporaryDirectory(prefix="bench-") as folder, running_server(DURABLE) as url:
        installation = Installation(url, Path(folder))
        installation.manage("migrate", "--verbosity", "0")
        os.environ.update(installation.environment, DJANGO_SETTINGS_MODULE="gamopanda.settings")
        django.setup()
        try:
            yield installation
        finally:
            connections.close_all()
