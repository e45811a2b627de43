"""A migrated SQLite database in a file: migrating from nothing costs more than most tests do.

It is kept in the folder of pytest's cache, under a name that changes with the migrations.
"""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from gamopanda.conf.environment import BASE_DIR

_FOLDER = BASE_DIR / ".pytest_cache" / "migrated"
_MADE_BY = ("requirements.txt", "gamopanda/api/positions.py", "gamopanda/conf/statements.py")


def migrated_file() -> Path:
    """Return where the database with all present migrations is kept; it may be missing."""
    migrations = [path for app in apps.get_app_configs() for path in (Path(app.path) / "migrations").glob("*.py")]
    digest = hashlib.sha256()
    for path in (*sorted(migrations), *(BASE_DIR / name for name in _MADE_BY)):
        digest.update(path.name.encode() + path.read_bytes())
    return _FOLDER / f"{digest.hexdigest()[:32]}.sqlite3"


def start_from(file: Path) -> None:
    """Let the test database begin as a copy of the file, if it is there: `migrate` then finds all done."""

    def copy(connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
        connection_created.disconnect(copy)
        if file.exists():
            with closing(sqlite3.connect(file)) as source:
                source.backup(connection.connection)

    # Its first connection: Django has just taken away the database of an earlier run.
    connection_created.connect(copy, weak=False)


def save_to(file: Path) -> None:
    """Write the test database into the file, and take away what earlier migrations left."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for older in file.parent.glob("*.sqlite3"):
        older.unlink(missing_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(unfinished)) as target:
        connection.connection.backup(target)
    unfinished.replace(file)
