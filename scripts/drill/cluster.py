"""A PostgreSQL that can be stopped, started and copied to a standby."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg

from scripts.with_postgres import find_binaries, owner, readable_by, run_as

# An answer of 201 is a promise, so nothing that was written is lost with a crash.
SETTINGS = {"listen_addresses": "''", "max_connections": "40", "wal_level": "replica", "max_wal_senders": "4"}
ROLE = "gamopanda"


class Cluster:
    """One server, with its data and its socket in folders of their own."""

    def __init__(self, data: Path, binaries: Path, **settings: str) -> None:
        self.data, self.binaries, self.settings = data, binaries, {**SETTINGS, **settings}
        self.socket = data.with_name(f"{data.name}-socket")
        make_folder(data)
        make_folder(self.socket)

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL as the owner; exits when it fails."""
        run_as(owner(), str(self.binaries / program), *arguments)

    def make(self) -> None:
        """Make an empty server, and start it."""
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale")
        self.start()
        self.execute(f"CREATE ROLE {ROLE} LOGIN")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items()) + f" -k {self.socket}"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.data / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop at once, as a crash does."""
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def follow(self, primary: str, *moved: str) -> None:
        """Become a standby of the server at an address, and start; `moved` says where tablespaces go, as old=new."""
        moves = [word for move in moved for word in ("-T", move)]
        self.run("pg_basebackup", "-d", primary, "-D", str(self.data), *moves, "-R", "-c", "fast")
        self.start()

    def promote(self) -> None:
        """Become a primary."""
        self.run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def execute(self, *statements: str) -> None:
        """Run statements as the superuser."""
        with self.connect("postgres") as connection:
            for statement in statements:
                connection.execute(statement)

    def connect(self, database: str = ROLE) -> "psycopg.Connection[tuple[object, ...]]":
        """Return a connection of the superuser."""
        return psycopg.connect(host=str(self.socket), user="postgres", dbname=database, autocommit=True)

    @property
    def own_url(self) -> str:
        """The address for the superuser."""
        return f"postgres://postgres@{quote(str(self.socket), safe='')}/postgres"

    def url_with(self, standby: "Cluster") -> str:
        """The address for the product, of this one and of a standby that may take its place."""
        hosts = ",".join(quote(str(one.socket), safe="") for one in (self, standby))
        return f"postgres://{ROLE}@{hosts}/{ROLE}?target_session_attrs=read-write"

    @property
    def url(self) -> str:
        """The address for the product, whose role has no special rights."""
        return f"postgres://{ROLE}@{quote(str(self.socket), safe='')}/{ROLE}"


def make_folder(path: Path) -> None:
    """Make a folder for the user that PostgreSQL runs as."""
    path.mkdir(mode=0o700)
    user = owner()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


@contextmanager
def folder_for_clusters() -> Iterator[tuple[Path, Path]]:
    """Yield a folder that PostgreSQL may use, and the folder of its programs."""
    with TemporaryDirectory(prefix="drill-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder, readable_by(owner(), find_binaries(), folder)
