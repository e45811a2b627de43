"""What passes by itself: told apart from mistakes of our own, and answered as 503 with `Retry-After`."""

import errno
from collections.abc import Iterator

import psycopg
from django.db import InterfaceError, OperationalError

RETRY_AFTER = 1
"""Seconds after which a call may be sent again."""
MESSAGE = "The service cannot do this at the moment. Send the request again in a moment."

# Classes of SQLSTATE: connections, resources, operator intervention, system errors.
PASSING_CLASSES = frozenset({"08", "53", "57", "58"})
PASSING_STATES = frozenset(
    {
        "25006",  # read-only: a standby, or about to become one
        "25P03",  # idle in a transaction for too long
        "25P04",  # a transaction that took too long
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # a lock that is not to be had in time
    }
)
# SQLite: busy, locked, read-only, input or output, full, cannot be opened.
PASSING_SQLITE = frozenset({5, 6, 8, 10, 13, 14})
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


def is_passing(error: BaseException | None) -> bool:
    """Say whether an error passes by itself: the database, the disk or object storage cannot serve at the moment.

    For errors as Django raises them, and as the drivers do.
    """
    return any(_is_passing(one) for one in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return isinstance(error, ConnectionError) or error.errno in FULL_DISK
    sqlite_code = getattr(error, "sqlite_errorcode", None)
    if sqlite_code is not None:
        # The rest of the bits say more exactly what it was.
        return sqlite_code & 0xFF in PASSING_SQLITE
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return state in PASSING_STATES or state[:2] in PASSING_CLASSES
    return _is_lost_connection(error)


def _is_lost_connection(error: BaseException) -> bool:
    """Say whether the server could not be reached, or hung up: it has no code for that."""
    if isinstance(error, OperationalError | InterfaceError):
        return error.__cause__ is None
    # The last of them is what a result of libpq becomes that has no code.
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) or type(error) is psycopg.DatabaseError
