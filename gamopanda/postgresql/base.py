"""The backend that `settings.DATABASES` names; Django looks for `DatabaseWrapper` in here."""

import select
import time
from collections.abc import Mapping
from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.errors import ConnectionTimeout, Diagnostic

from gamopanda.postgresql.schema import PatientSchemaEditor

SECONDS_LEFT_ALONE = 1
"""For so long a database that did not answer in time is not called again: the calls that queue up get their answer."""
UNCONFIRMED = "canceling wait for synchronous replication"
_SET_LIMITS = """
    SELECT set_config('statement_timeout', %(statement)s::text, %(is_local)s),
        set_config('lock_timeout', %(lock)s::text, %(is_local)s),
        set_config('idle_in_transaction_session_timeout', %(idle)s::text, %(is_local)s)
"""


class DatabaseWrapper(base.DatabaseWrapper):
    """Keeps a connection for each thread, and gives no call a connection that PostgreSQL has cut off."""

    SchemaEditorClass = PatientSchemaEditor
    limits: Mapping[str, int] = {}
    """Milliseconds by `statement`, `lock` and `idle`: the server sets them for all of its connections."""
    away_until: dict[str, float] = {}
    """Until when each database is not called, by its alias: all threads know of it."""
    are_limits_local = False
    is_commit_unconfirmed = False

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect; fails at once for a moment after the database did not answer in time."""
        if time.monotonic() < self.away_until.get(self.alias, 0):
            raise ConnectionTimeout("The database did not answer a moment ago.")
        try:
            return super().get_new_connection(conn_params)
        except ConnectionTimeout:
            self.away_until[self.alias] = time.monotonic() + SECONDS_LEFT_ALONE
            raise

    def init_connection_state(self) -> None:
        """Set the limits of statements once, or for each transaction where the connection is not our own."""
        super().init_connection_state()
        self.connection.add_notice_handler(self.read_notice)
        if self.limits:
            self.are_limits_local = is_behind_pooler(self.connection)
            if not self.are_limits_local:
                self.set_limits(is_local=False)

    def set_limits(self, *, is_local: bool) -> None:
        """Let PostgreSQL end what takes too long: statements, waiting for locks, and transactions that do nothing."""
        self.connection.execute(_SET_LIMITS, {**self.limits, "is_local": is_local})

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        """Begin a transaction, or end it."""
        super().set_autocommit(autocommit, *args, **kwargs)
        if not autocommit:
            self.is_commit_unconfirmed = False
            if self.are_limits_local:
                with self.wrap_database_errors:
                    self.set_limits(is_local=True)

    def is_usable(self) -> bool:
        """Say whether the connection works: by a query only where there was an error, or something waits to be read.

        A connection that PostgreSQL has cut off has the farewell waiting at its socket.
        """
        if self.connection is None or self.connection.closed:
            return False
        return (not self.errors_occurred and not has_something_waiting(self.connection)) or super().is_usable()

    def read_notice(self, notice: Diagnostic) -> None:
        """Note that the wait for a synchronous standby was ended: see `end_long_commits`."""
        if (notice.message_primary or "").startswith(UNCONFIRMED):
            self.is_commit_unconfirmed = True

    def commit(self) -> None:
        """Commit; raises `OperationalError` when what was written is stored here and on no standby.

        It stays: a client that sends it again is told that it is there.
        """
        super().commit()
        if self.is_commit_unconfirmed:
            self.is_commit_unconfirmed = False
            raise OperationalError("No synchronous standby has confirmed the commit in time.")


def has_something_waiting(connection: Connection[Any]) -> bool:
    """Say whether something waits to be read from an idle connection: a farewell, or a notice."""
    sockets = select.poll()
    sockets.register(connection.fileno(), select.POLLIN)
    return bool(sockets.poll(0))


def is_behind_pooler(connection: Connection[Any]) -> bool:
    """Say whether a pooler such as PgBouncer lends us connections: the process is then another than it has told."""
    (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (None,)
    return bool(pid != connection.info.backend_pid)
