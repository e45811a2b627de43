"""What every test shares: the database leg that runs, and a cache that no test inherits from another."""

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import hypothesis
import pytest
import pytest_django
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models.signals import post_save

from gamopanda.tests.commands import run_manage
from gamopanda.tests.migrated import is_kept, migrated_file, save_to, start_from

# CI draws the same examples every time; elsewhere each run looks in new places. Databases have no deadline.
hypothesis.settings.register_profile("gamopanda", deadline=None, derandomize="CI" in os.environ, print_blob=True)
hypothesis.settings.load_profile("gamopanda")


def pytest_report_header() -> str:
    """Say which database the tests run on."""
    return f"database: {connection.vendor}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to the other leg: it runs there, so it is not reported as skipped here."""
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker(other)]


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    """Start with empty caches, so that neither throttles nor cached records cross from test to test."""
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture
def at_once_on_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do at once what waits for the end of a transaction, which within a test never comes."""
    monkeypatch.setattr(transaction, "on_commit", lambda function, **_kwargs: function())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Begin with what the migrations made last time."""
    if is_kept(connection.vendor):
        start_from(migrated_file(connection.vendor))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """Keep what the migrations made for the next time."""
    file = migrated_file(connection.vendor)
    if is_kept(connection.vendor) and not file.exists():
        with django_db_blocker.unblock():
            save_to(file)


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
    var_dir = tmp_path_factory.mktemp("migrated")
    path = var_dir / "gamopanda.sqlite3"
    if migrated_file("sqlite").exists():
        shutil.copy(migrated_file("sqlite"), path)
    else:
        done = run_manage("migrate", "--verbosity", "0", var_dir=var_dir, DEBUG="1")
        assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(autouse=True)
def _nothing_under_way_in_other_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let those who follow a list wait for the transactions of other workers' tests, which hide records from them.

    The workers have databases of their own in one server of PostgreSQL, which counts the transactions of all.
    """
    from gamopanda.api.lists import following
    from gamopanda.api.positions import readable_position

    def wait_and_read() -> int:
        # Within a transaction of its own it reads what it wrote, and waiting for each other could last for ever.
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            with closing(connection.copy()) as beside, beside.cursor() as cursor:
                _wait_for_other_databases(cursor)
        return readable_position()

    monkeypatch.setattr(following, "readable_position", wait_and_read)


def _wait_for_other_databases(cursor: Any) -> None:
    cursor.execute("SELECT pg_current_xact_id()::xid::text")
    ((present,),) = cursor.fetchall()
    deadline = monotonic() + 120
    while True:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname <> current_database() AND age(backend_xid) > age(%s::xid)",
            [present],
        )
        if cursor.fetchone() == (0,):
            return
        assert monotonic() < deadline, "another database of the server has a transaction of two minutes"
        sleep(0.05)


_TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")


class Watch(logging.Handler):
    """Reads along what is logged, before anything is blanked out."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.secrets: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message with everything that goes with it."""
        error = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.lines.append(f"{record.getMessage()} {getattr(record, 'details', '')} {error}")

    def leaks(self) -> list[str]:
        """Return the lines that hold a secret of an API key, or a token."""
        return [line for line in self.lines if _TOKEN.search(line) or any(secret in line for secret in self.secrets)]


@pytest.fixture(autouse=True)
def _no_secret_in_any_log() -> Iterator[None]:
    """Fail every test in which the product logs a secret or a token."""
    from gamopanda.accounts.models import ApiKey

    watch = Watch()

    def remember(instance: Any, **_kwargs: Any) -> None:
        watch.secrets.add(instance.secret)

    post_save.connect(remember, sender=ApiKey)
    logging.getLogger().addHandler(watch)
    yield
    logging.getLogger().removeHandler(watch)
    post_save.disconnect(remember, sender=ApiKey)
    assert watch.leaks() == []
