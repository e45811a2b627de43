"""The backend that `settings.DATABASES` names; Django looks for `DatabaseWrapper` in here."""

import select
from collections import deque
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError


class Stack(deque[Connection[Any]]):
    """A queue out of whose front comes what was put in last."""

    append = deque.appendleft


class DatabaseWrapper(base.DatabaseWrapper):
    """Hands out no connection that PostgreSQL has cut off, for example because it was restarted.

    The pool's own look asks PostgreSQL at every call, which takes as long as a small query. Who is cut off has the
    farewell waiting at its socket, so the socket is looked at.
    """

    @property
    def pool(self) -> Any:
        """The pool, which hands out first what came back last: PostgreSQL serves a busy connection quicker."""
        pool = super().pool
        if pool is not None and type(pool._pool) is not Stack:
            with pool._lock:
                pool._pool = pool._pool if type(pool._pool) is Stack else Stack(pool._pool)
        return pool

    def get_new_connection(self, conn_params: Any) -> Any:
        """Take a connection from the pool, and take another one as long as they turn out to be cut off."""
        connection = super().get_new_connection(conn_params)
        while is_cut_off(connection):
            connection.close()
            connection._pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def is_cut_off(connection: Connection[Any]) -> bool:
    """Say whether an idle connection is of no use any more."""
    sockets = select.poll()
    sockets.register(connection.fileno(), select.POLLIN)
    if not sockets.poll(0):
        return False
    # Something waits to be read. It may as well be a notice.
    try:
        connection.execute("")
    except OperationalError:
        return True
    return False
