"""What goes wrong in the drill: each outage begins when it is entered, and is mended when it is left."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from gamopanda.conf.environment import BASE_DIR
from gamopanda.server.ports import wait_for_port
from scripts.drill.cluster import ROLE, Cluster

HALF_HEADER = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: "
HALF_BODY = b"POST /api/v1.0/schema/streak_log/record HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"


@dataclass
class Site:
    """What the drill breaks: the database, its standby, the disk and the server."""

    database: Cluster
    standby: Cluster
    disk: Path | None
    port: int
    command: list[str]
    environment: dict[str, str]
    server: "subprocess.Popen[bytes]" = field(init=False)
    seconds_to_start: float = 0

    def start_server(self) -> None:
        """Start the server, and return once it answers."""
        started_at = time.monotonic()
        log = Path(self.environment["GAMOPANDA_VAR_DIR"]) / "server.log"
        with log.open("ab") as told:
            self.server = subprocess.Popen(self.command, cwd=BASE_DIR, env=self.environment, stderr=told)
        self.wait_until_healthy()
        self.seconds_to_start = self.seconds_to_start or time.monotonic() - started_at

    def end_server(self) -> None:
        """Stop the server, as a restart does."""
        self.server.terminate()
        self.server.wait()

    def wait_until_healthy(self) -> None:
        """Return as soon as the server answers."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("The server does not answer.")


Outage = Callable[[Site], AbstractContextManager[None]]
KILL = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"  # noqa: S608


@contextmanager
def nothing(_site: Site) -> Iterator[None]:
    """Nothing is wrong."""
    yield


@contextmanager
def killed_backends(site: Site) -> Iterator[None]:
    """Every connection is ended, again and again."""
    for _ in range(5):
        site.database.execute(KILL)
        time.sleep(0.2)
    yield


@contextmanager
def stopped_database(site: Site) -> Iterator[None]:
    """The database stops at once, and is started anew."""
    site.database.stop()
    yield
    site.database.start()


@contextmanager
def read_only_database(site: Site) -> Iterator[None]:
    """The database takes no writes, as a standby that has become the one address."""
    site.database.execute("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    yield
    site.database.execute("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")


@contextmanager
def exhausted_connections(site: Site) -> Iterator[None]:
    """No client gets a connection any more."""
    site.database.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0", KILL)
    yield
    site.database.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


@contextmanager
def full_disk(site: Site) -> Iterator[None]:
    """The disk that the tables lie on is full."""
    assert site.disk is not None
    ballast = site.disk / "ballast"
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        except OSError:
            pass
    yield
    ballast.unlink()


@contextmanager
def slow_clients(site: Site) -> Iterator[None]:
    """Clients that send half a header, half a body, or nothing, and wait."""
    with ExitStack() as held:
        for sent in [HALF_HEADER] * 40 + [HALF_BODY] * 40 + [b""] * 4:
            connection = held.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            connection.sendall(sent)
        yield


@contextmanager
def lost_standby(site: Site) -> Iterator[None]:
    """The synchronous standby, which has to confirm every commit, is gone for a while."""
    site.database.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
    time.sleep(0.5)
    site.standby.stop()
    yield
    site.standby.start()


@contextmanager
def promoted_standby(site: Site) -> Iterator[None]:
    """The primary is gone for good, and its synchronous standby becomes the primary; the last outage of a drill."""
    site.database.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
    time.sleep(0.5)
    site.database.stop()
    yield
    site.standby.promote()
    site.database, site.standby = site.standby, site.database


@contextmanager
def killed_server(site: Site) -> Iterator[None]:
    """The server's first process is killed, and a new server is started at once, as a supervisor does."""
    yield
    os.kill(site.server.pid, signal.SIGKILL)
    site.server.wait()
    # Before, a process of the old one may answer.
    wait_for_port("127.0.0.1", site.port)
    site.start_server()


OUTAGES: dict[str, Outage] = {
    "nothing": nothing,
    "killed backends": killed_backends,
    "database stopped": stopped_database,
    "read-only": read_only_database,
    "no connections": exhausted_connections,
    "full disk": full_disk,
    "slow clients": slow_clients,
    "lost standby": lost_standby,
    "server killed": killed_server,
    "promotion": promoted_standby,
}
