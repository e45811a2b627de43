"""Connections that PostgreSQL has cut off are not used again, and what takes too long is ended."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction

from gamopanda.api.limits.outages import is_passing
from gamopanda.postgresql.base import DatabaseWrapper, has_something_waiting
from gamopanda.postgresql.standby import end_long_commits

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wrapper() -> Iterator[DatabaseWrapper]:
    """A connection of its own to the test database, as a thread of the server has it."""
    made = DatabaseWrapper({**connection.settings_dict, "CONN_HEALTH_CHECKS": True}, alias="default")
    yield made
    made.close()


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short limits, as the server sets them."""
    monkeypatch.setattr(DatabaseWrapper, "limits", {"statement": 200, "lock": 100, "idle": 300})


def pid_of(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def cut_off(pid: int) -> None:
    """End a connection from the side of the server, and return when it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
        assert cursor.fetchone() == (True,)


def next_call(wrapper: DatabaseWrapper) -> None:
    """What Django does between two calls."""
    wrapper.close_if_unusable_or_obsolete()


def test_a_connection_that_was_cut_off_is_replaced_before_the_next_call(wrapper: DatabaseWrapper) -> None:
    old = pid_of(wrapper)
    next_call(wrapper)
    assert pid_of(wrapper) == old
    cut_off(old)
    next_call(wrapper)
    assert pid_of(wrapper) != old


def test_a_live_connection_is_looked_at_without_a_query(
    wrapper: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = pid_of(wrapper)
    monkeypatch.setattr("django.db.backends.postgresql.base.DatabaseWrapper.is_usable", lambda _: False)
    next_call(wrapper)
    assert pid_of(wrapper) == old


def test_a_connection_with_a_message_waiting_lives(wrapper: DatabaseWrapper) -> None:
    old = pid_of(wrapper)
    wrapper.connection.execute("LISTEN news")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY news")
    deadline = time.monotonic() + 60
    while not has_something_waiting(wrapper.connection):
        assert time.monotonic() < deadline
    next_call(wrapper)
    assert pid_of(wrapper) == old


def test_a_call_that_is_cut_off_passes_and_the_next_one_works(wrapper: DatabaseWrapper) -> None:
    old = pid_of(wrapper)
    next_call(wrapper)
    assert wrapper.is_usable()
    wrapper.health_check_done = True
    cut_off(old)
    with pytest.raises(OperationalError) as failure:
        pid_of(wrapper)
    assert is_passing(failure.value)
    next_call(wrapper)
    assert pid_of(wrapper) != old


def test_commands_have_no_limits(wrapper: DatabaseWrapper) -> None:
    with wrapper.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.usefixtures("limits")
def test_a_statement_that_takes_too_long_passes(wrapper: DatabaseWrapper) -> None:
    with pytest.raises(OperationalError, match="statement timeout") as failure, wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")
    assert is_passing(failure.value)


def execute(wrapper: Any, statement: str) -> None:
    with wrapper.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.usefixtures("limits")
def test_a_lock_that_is_not_to_be_had_passes(wrapper: DatabaseWrapper) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_member")
        with pytest.raises(OperationalError, match="lock timeout") as failure:
            execute(wrapper, "SELECT count(*) FROM accounts_member")
    assert is_passing(failure.value)


@pytest.mark.usefixtures("limits")
def test_a_transaction_that_does_nothing_is_ended_and_frees_its_locks(wrapper: DatabaseWrapper) -> None:
    wrapper.set_autocommit(False)
    execute(wrapper, "LOCK TABLE accounts_member")
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT count(*) FROM accounts_member")
    with pytest.raises(DatabaseError, match="idle-in-transaction timeout") as failure:
        execute(wrapper, "SELECT 1")
    assert is_passing(failure.value)


@pytest.mark.usefixtures("limits")
def test_behind_a_pooler_every_transaction_has_its_limits(
    wrapper: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gamopanda.postgresql.base.is_behind_pooler", lambda _connection: True)
    execute(wrapper, "SELECT pg_sleep(0.3)")
    wrapper.set_autocommit(False)
    with pytest.raises(OperationalError, match="statement timeout"):
        execute(wrapper, "SELECT pg_sleep(60)")
    wrapper.rollback()
    wrapper.set_autocommit(True)
    execute(wrapper, "SELECT pg_sleep(0.3)")


@pytest.mark.usefixtures("limits")
def test_a_server_that_takes_connections_and_says_nothing_delays_one_call_and_fails_the_next_at_once(
    wrapper: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DatabaseWrapper, "away_until", {})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wrapper.settings_dict = {**wrapper.settings_dict, "HOST": "127.0.0.1", "PORT": str(silent.getsockname()[1])}
        taken = []
        for _ in range(2):
            started_at = time.monotonic()
            with pytest.raises(OperationalError) as failure:
                wrapper.ensure_connection()
            assert is_passing(failure.value)
            taken.append(time.monotonic() - started_at)
    assert 1.5 < taken[0] < 3
    assert taken[1] < 0.5


def test_a_commit_that_no_standby_has_confirmed_is_told(wrapper: DatabaseWrapper) -> None:
    """As PostgreSQL does when the wait for a standby is ended: a warning, and the commit stands."""
    warning = "canceling wait for synchronous replication due to user request"
    wrapper.set_autocommit(False)
    execute(wrapper, f"DO $$ BEGIN RAISE WARNING '{warning}'; END $$")
    with pytest.raises(OperationalError, match="No synchronous standby") as failure:
        wrapper.commit()
    assert is_passing(failure.value)
    wrapper.set_autocommit(True)
    wrapper.set_autocommit(False)
    execute(wrapper, "SELECT 1")
    wrapper.commit()


def test_only_commits_that_wait_for_a_standby_are_ended(wrapper: DatabaseWrapper) -> None:
    execute(wrapper, "SELECT 1")
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as looking:
        assert end_long_commits(looking, 0) == 0


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    connections.close_all()
