"""What passes by itself is a 503 with Retry-After, in the envelope or on a page; what does not is a 500."""

import errno
import sqlite3
from base64 import b64encode
from typing import Any

import psycopg
import pytest
from django.core.files.storage import Storage
from django.db import DataError, InterfaceError, InternalError, OperationalError, connection
from django.test import Client

from gamopanda.api.limits.outages import is_passing
from streaks.management.commands import close_periods
from streaks.models import StreakLog
from streaks.tests.calling import Caller, admin, end_user, guest, log_body, make_streak
from streaks.tests.pictures import PICTURES

MESSAGE = "The service cannot do this at the moment. Send the request again in a moment."


def django_error(kind: type[Exception], cause: Exception) -> Exception:
    """An error as Django makes it of one of a driver."""
    error = kind(str(cause))
    error.__cause__ = cause
    return error


def sqlite_error(code: int) -> Exception:
    error = sqlite3.OperationalError("no")
    error.sqlite_errorcode = code
    return error


PASSING = [
    psycopg.OperationalError("connection refused"),
    psycopg.InterfaceError("the connection is closed"),
    psycopg.DatabaseError("server closed the connection unexpectedly"),
    psycopg.errors.AdminShutdown("killed"),
    psycopg.errors.CannotConnectNow("starting up"),
    psycopg.errors.CrashShutdown("crash"),
    psycopg.errors.ConnectionTimeout("no answer"),
    psycopg.errors.DeadlockDetected("deadlock"),
    psycopg.errors.DiskFull("full"),
    psycopg.errors.IdleInTransactionSessionTimeout("idle"),
    psycopg.errors.LockNotAvailable("locked"),
    psycopg.errors.QueryCanceled("took too long"),
    psycopg.errors.ReadOnlySqlTransaction("read-only"),
    psycopg.errors.SerializationFailure("again"),
    psycopg.errors.TooManyConnections("too many"),
    sqlite_error(sqlite3.SQLITE_BUSY),
    sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT),
    sqlite_error(sqlite3.SQLITE_FULL),
    sqlite_error(sqlite3.SQLITE_IOERR_WRITE),
    sqlite_error(sqlite3.SQLITE_READONLY_DIRECTORY),
    sqlite_error(sqlite3.SQLITE_CANTOPEN),
    OSError(errno.ENOSPC, "No space left on device"),
    ConnectionError("Object storage cannot be reached."),
]
LASTING = [
    psycopg.errors.UndefinedTable("no such table"),
    psycopg.errors.NumericValueOutOfRange("too large"),
    psycopg.errors.InFailedSqlTransaction("failed before"),
    psycopg.errors.UniqueViolation("there already"),
    psycopg.ProgrammingError("no result"),
    sqlite_error(sqlite3.SQLITE_CORRUPT),
    sqlite_error(sqlite3.SQLITE_CONSTRAINT),
    OSError(errno.ENOENT, "No such file"),
    ValueError("wrong"),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_passes_is_known_from_the_driver_and_from_django(error: Exception) -> None:
    assert is_passing(error)
    for kind in (OperationalError, InternalError, InterfaceError):
        assert is_passing(django_error(kind, error))


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_what_does_not_pass_is_known_too(error: Exception) -> None:
    assert not is_passing(error)
    assert not is_passing(django_error(DataError, error))
    assert not is_passing(django_error(OperationalError, error))


# --- answers ----------------------------------------------------------------------------------------------------------


class Failing:
    """A database that fails at every statement, or at every one that writes."""

    def __init__(self, error: Exception, *, writes_only: bool = False) -> None:
        self.error, self.writes_only = error, writes_only

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.writes_only and not sql.startswith(("INSERT", "UPDATE", "DELETE")):
            return execute(sql, params, many, context)
        raise self.error


KILLED = django_error(OperationalError, psycopg.errors.AdminShutdown("terminating connection: password is 1234"))
FULL = django_error(OperationalError, sqlite_error(sqlite3.SQLITE_FULL))
BROKEN = django_error(OperationalError, psycopg.errors.UndefinedTable("no such table"))


def calls(caller: Caller, streak: Any) -> list[Any]:
    """Answers to one call of each kind."""
    return [
        caller.get("streak/record"),
        caller.get(f"streak/record/{streak.pk}"),
        caller.get("/api/v1.0/end-user-display"),
        caller.post("streak_log/record", log_body(streak)),
        caller.post("streak_log/record/bulk", {"records": [log_body(streak)]}),
        caller.patch(f"streak/record/{streak.pk}", {"name": "Another"}),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("make_caller", [admin, end_user, guest])
def test_every_call_is_503_in_the_envelope_while_the_database_is_away(make_caller: Any) -> None:
    caller, streak = make_caller(), make_streak()
    with connection.execute_wrapper(Failing(KILLED)):
        answers = [answer for answer in calls(caller, streak) if answer.status not in {401, 403}]
    assert len(answers) >= 3
    for answer in answers:
        assert answer.error() == (503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert answer.body["error"] == {**answer.body["error"], "message": MESSAGE, "details": []}
    assert StreakLog.objects.count() == 0
    assert caller.get("streak/record").status == 200


@pytest.mark.django_db
def test_reading_goes_on_with_a_full_disk_and_writing_is_503() -> None:
    caller, streak = admin(), make_streak()
    with connection.execute_wrapper(Failing(FULL, writes_only=True)):
        assert caller.get("streak/record").status == 200
        assert caller.patch(f"streak/record/{streak.pk}", {"name": "Another"}).error() == (503, "unavailable")
    streak.refresh_from_db()
    assert streak.name != "Another"


@pytest.mark.django_db
def test_what_does_not_pass_stays_500() -> None:
    caller = admin()
    with connection.execute_wrapper(Failing(BROKEN)):
        answer = caller.get("streak/record")
    assert answer.error() == (500, "server_error")
    assert "Retry-After" not in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/", "/admin/streaks/streak/", "/admin/login/"])
def test_a_page_is_503_in_plain_words(admin_client: Client, path: str) -> None:
    admin_client.raise_request_exception = False
    with connection.execute_wrapper(Failing(KILLED)):
        answer = admin_client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "This cannot be done right now" in answer.content.decode()


class StorageThatIsAway(Storage):
    """Object storage that cannot be reached."""

    def _open(self, name: str, mode: Any = "rb") -> Any:
        raise ConnectionError("Object storage cannot be reached.")

    _save = _open

    def exists(self, name: str) -> bool:
        return False

    def url(self, name: str | None) -> str:
        return f"/media/{name}"


@pytest.mark.django_db
def test_while_object_storage_is_away_icons_are_503_and_nothing_else_is(settings: Any, admin_client: Client) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.StorageThatIsAway"}}
    caller, streak = admin(), make_streak(eud_icon=f"icons/{'0' * 64}.png")
    icon = "data:image/png;base64," + b64encode(PICTURES["png"]).decode()
    answer = caller.patch(f"streak/record/{streak.pk}", {"eudIcon": icon, "name": "Another"})
    assert (answer.error(), answer.headers["Retry-After"]) == ((503, "unavailable"), "1")
    streak.refresh_from_db()
    assert streak.name != "Another"
    admin_client.raise_request_exception = False
    served = admin_client.get(streak.eud_icon.url)
    assert (served.status_code, served.headers["Retry-After"]) == (503, "1")
    assert end_user().get("/api/v1.0/end-user-display").status == caller.get("streak/record").status == 200
    assert caller.post("streak_log/record", log_body(streak)).status == 201


@pytest.mark.django_db
def test_the_log_has_the_cause(caplog: pytest.LogCaptureFixture) -> None:
    caller = admin()
    with connection.execute_wrapper(Failing(KILLED)):
        caller.get("streak/record")
    assert any(record.exc_info and "AdminShutdown" in repr(record.exc_info[1].__cause__) for record in caplog.records)


# --- loops ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_loop_leaves_a_round_out_when_the_connection_is_cut_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[str] = []

    class Stop(Exception):
        """Ends the loop of the test."""

    def close_runs(now: Any) -> int:
        rounds.append("round")
        if len(rounds) == 1:
            raise KILLED
        if len(rounds) == 3:
            raise Stop
        return 5

    monkeypatch.setattr(close_periods, "close_runs", close_runs)
    monkeypatch.setattr("gamopanda.api.limits.looping.signal.signal", lambda *_: None)
    with pytest.raises(Stop):
        close_periods.Command().handle(loop=True, every=0.01)
    assert len(rounds) == 3


@pytest.mark.parametrize("error", [KILLED, BROKEN])
def test_without_a_loop_a_command_fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def close_runs(now: Any) -> int:
        raise error

    monkeypatch.setattr(close_periods, "close_runs", close_runs)
    with pytest.raises(OperationalError):
        close_periods.Command().handle(loop=False, every=0.01)


def test_a_loop_ends_at_what_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def close_runs(now: Any) -> int:
        raise BROKEN

    monkeypatch.setattr(close_periods, "close_runs", close_runs)
    monkeypatch.setattr("gamopanda.api.limits.looping.signal.signal", lambda *_: None)
    with pytest.raises(OperationalError):
        close_periods.Command().handle(loop=True, every=0.01)


# --- SQLite -----------------------------------------------------------------------------------------------------------


def set_most_pages(number: int) -> None:
    """Let SQLite say that the disk is full as soon as its file has so many pages."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {number}")


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_on_sqlite_reading_goes_on_with_a_full_disk_and_writing_with_the_first_free_page() -> None:
    caller, streak = admin(), make_streak()
    # It cannot be fewer than there are, so none may be free within the file.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    set_most_pages(1)
    bodies = [log_body(streak, uniqueIdentifier=str(number)) for number in range(60)]
    statuses = [caller.post("streak_log/record", body).status for body in bodies]
    assert set(statuses) == {201, 503}
    assert caller.get("streak_log/record").status == 200
    assert StreakLog.objects.count() == statuses.count(201)
    set_most_pages(1_000_000)
    assert caller.post("streak_log/record", bodies[statuses.index(503)]).status == 201


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_on_sqlite_a_writer_who_holds_the_lock_for_too_long_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    caller, streak = admin(), make_streak()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert caller.post("streak_log/record", log_body(streak)).error() == (503, "unavailable")
    assert caller.get("streak_log/record").status == 200
    other.execute("ROLLBACK")
    assert caller.post("streak_log/record", log_body(streak)).status == 201
    other.close()
