"""Test databases that begin with what the migrations made last time: migrating from nothing costs more than most tests.

What they made is kept in the folder of pytest's cache, under a digest of the migrations.
"""

import hashlib
import os
import sqlite3
import subprocess
from contextlib import closing
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from gamopanda.conf.environment import BASE_DIR

_FOLDER = BASE_DIR / ".pytest_cache" / "migrated"
_MADE_BY = ("requirements.txt", "gamopanda/api/positions.py", "gamopanda/conf/statements.py")


@cache
def migrated_file(vendor: str) -> Path:
    """Return where the database with all present migrations is kept; it may be missing.

    A database of SQLite, or what `pg_dump` wrote.
    """
    migrations = [path for app in apps.get_app_configs() for path in (Path(app.path) / "migrations").glob("*.py")]
    digest = hashlib.sha256()
    for path in (*sorted(migrations), *(BASE_DIR / name for name in _MADE_BY)):
        digest.update(path.name.encode() + path.read_bytes())
    return _FOLDER / f"{digest.hexdigest()[:32]}.{vendor}"


def is_kept(vendor: str) -> bool:
    """Say whether a copy can be kept: the tools of PostgreSQL have to be those of the server."""
    return vendor == "sqlite" or "TEST_DATABASE_TOOLS" in os.environ


def start_from(file: Path) -> None:
    """Let the test database begin with what is in the file, if it is there: `migrate` then finds all done."""

    def fill(connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
        if connection is not connections["default"]:
            return
        connection_created.disconnect(fill)
        if file.exists():
            _restore(connection, file)

    # Its first connection: Django has just made it anew.
    connection_created.connect(fill, weak=False)


def save_to(file: Path) -> None:
    """Write the test database into the file, and take away what earlier migrations left."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for older in set(file.parent.glob(f"*{file.suffix}")) - {file}:
        older.unlink(missing_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    _dump(connections["default"], unfinished)
    unfinished.replace(file)


def _restore(connection: BaseDatabaseWrapper, file: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(file)) as source:
            source.backup(connection.connection)
    else:
        _run("psql", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--file={file}")


def _dump(connection: BaseDatabaseWrapper, file: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(file)) as target:
            connection.connection.backup(target)
    else:
        _run("pg_dump", "--no-owner", f"--file={file}")


def _run(tool: str, *arguments: str) -> None:
    database = settings.DATABASES["default"]
    address = (f"--host={database['HOST']}", f"--port={database['PORT'] or 5432}", f"--username={database['USER']}")
    command = [
        str(Path(os.environ["TEST_DATABASE_TOOLS"]) / tool),
        *address,
        *arguments,
        f"--dbname={database['NAME']}",
    ]
    subprocess.run(command, check=True, timeout=120)
