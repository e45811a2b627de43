"""Migrations of tables that are in use: they give way to calls, and begin anew."""

import time
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable, UndefinedTable

from gamopanda.console.management.commands import migrate
from gamopanda.postgresql.replicas import connect

pytestmark = pytest.mark.postgresql


def lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])


def change(*tables: str) -> None:
    """Do what a migration does that adds a column to each."""
    with connection.schema_editor() as editor:
        for table in tables:
            editor.execute(f"LOCK TABLE {table}")


@pytest.mark.django_db(transaction=True)
def test_a_migration_in_a_transaction_gives_way_before_deadlocks_are_looked_for() -> None:
    before = lock_timeout()
    with connect("default") as busy, busy.transaction():
        busy.execute("UPDATE streaks_streak SET name = name")
        started_at = time.monotonic()
        with pytest.raises(OperationalError) as raised:
            change("streaks_milestone", "streaks_streak")
        assert isinstance(raised.value.__cause__, LockNotAvailable)
        assert time.monotonic() - started_at < 0.95
        # It has let go of what it had.
        busy.execute("SET LOCAL lock_timeout = '100ms'")
        busy.execute("UPDATE streaks_milestone SET name = name")
    assert lock_timeout() == before
    with connection.schema_editor(atomic=False):
        assert lock_timeout() == before


def failing(monkeypatch: pytest.MonkeyPatch, *causes: Exception) -> list[Exception]:
    """Let Django's own command fail so many times; return what is left of that."""
    left = list(causes)

    def handle(self: Any, *args: Any, **options: Any) -> None:
        if left:
            raise OperationalError("no") from left.pop(0)

    monkeypatch.setattr(django_migrate.Command, "handle", handle)
    monkeypatch.setattr(migrate, "SECONDS_BETWEEN_TRIES", 0)
    return left


def test_a_migration_that_gave_way_begins_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left = failing(monkeypatch, LockNotAvailable("busy"), LockNotAvailable("busy"))
    call_command("migrate")
    assert left == []
    assert capsys.readouterr().err.count("begins anew") == 2


def test_what_does_not_pass_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    left = failing(monkeypatch, UndefinedTable("no such table"), LockNotAvailable("busy"))
    with pytest.raises(OperationalError):
        call_command("migrate")
    assert len(left) == 1


def test_a_table_that_is_never_free_ends_the_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "TRIES", 3)
    left = failing(monkeypatch, *[LockNotAvailable("busy")] * 10)
    with pytest.raises(OperationalError):
        call_command("migrate")
    assert len(left) == 7
