"""What every test shares: the database leg that runs, and a cache that no test inherits from another."""

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models.signals import post_save

from gamopanda.tests.commands import run_manage

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
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied: migrating a new one takes seconds."""
    var_dir = tmp_path_factory.mktemp("migrated")
    done = run_manage("migrate", "--verbosity", "0", var_dir=var_dir, DEBUG="1")
    assert done.returncode == 0, done.stderr
    return var_dir / "gamopanda.sqlite3"


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
