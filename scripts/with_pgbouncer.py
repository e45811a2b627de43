#!/usr/bin/env python3
"""Run a command with TEST_DATABASE_URL pointing at a PgBouncer in transaction mode, and give back its exit code.

Behind it is a PostgreSQL of its own (see with_postgres.py), of which it uses few connections: so the transactions of
one client come to lie on different ones, as they do in production.

    python -m scripts.with_pgbouncer pytest --reuse-db
"""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg

from scripts.with_postgres import owner, run_as, run_with, running_server

PORT = 6432
NO_PGBOUNCER = "No PgBouncer to test through: install Debian's package pgbouncer."
# It may hold fewer connections than clients, and more databases are made than it is told of.
SETTINGS = """
[databases]
* = host={host} user=postgres
[pgbouncer]
unix_socket_dir = {folder}
listen_port = {port}
pidfile = {folder}/pid
logfile = {folder}/log
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
"""


def find_pgbouncer() -> str:
    """Return the program, which Debian keeps where only administrators look."""
    found = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    return found or sys.exit(NO_PGBOUNCER)


@contextmanager
def running_pgbouncer(postgres_host: str) -> Iterator[str]:
    """Start PgBouncer in front of the server whose socket lies in a folder, yield its address, and end it."""
    program, user = find_pgbouncer(), owner()
    with tempfile.TemporaryDirectory(prefix="pgbouncer-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "ini").write_text(SETTINGS.format(host=postgres_host, folder=folder, port=PORT))
        if user is not None:
            shutil.chown(folder, user.pw_uid, user.pw_gid)
        run_as(user, program, "--daemon", "--quiet", str(folder / "ini"))
        url = f"postgres://postgres@{quote(name, safe='')}:{PORT}/postgres"
        try:
            wait_for(url)
            yield url
        finally:
            subprocess.run(["kill", (folder / "pid").read_text().strip()], check=True)


def wait_for(url: str) -> None:
    """Return as soon as a query is answered; exits when none is within a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    sys.exit("PgBouncer does not answer.")


def main(command: list[str]) -> int:
    """Run `command`; returns its exit code."""
    find_pgbouncer()
    with running_server() as postgres:
        host = urlsplit(postgres).netloc.rpartition("@")[2]
        with running_pgbouncer(host.replace("%2F", "/")) as url:
            return run_with(url, command)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
