"""The functions of PostgreSQL that the store calls, which plan their statements once for a connection.

Each is made of a file in `sql/` and of the columns of the models, and is called after what it says: old and new
processes, which may run beside each other during an upgrade, each find their own. `migrate` makes those that are
missing; a migration that takes a column away drops the functions that use it.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection, connections

from streaks.progress.store.columns import (
    CHANGING_RUN_COLUMNS,
    CHANGING_TOTAL_COLUMNS,
    LOG_COLUMNS,
    RUN_COLUMNS,
    RUN_FIELDS,
    TOTAL_COLUMNS,
    TOTAL_FIELDS,
)

# Recording shares this lock of a streak; who changes all of its runs at once takes it alone.
_STREAK_LOCK = "hashtextextended('streak ' || {streak}::text, 0)"
SHARE_STREAK = f"SELECT pg_advisory_xact_lock_shared({_STREAK_LOCK.format(streak='%s')})"
LOCK_STREAK = f"SELECT pg_advisory_xact_lock({_STREAK_LOCK.format(streak='%s')})"


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(columns)


def _changes(columns: tuple[str, ...]) -> str:
    return ", ".join(f"{name} = changed.{name}" for name in columns)


_PARTS = {
    "log_names": _names(LOG_COLUMNS),
    "total_names": _names(TOTAL_COLUMNS),
    "run_names": _names(RUN_COLUMNS),
    "total_columns": _names(TOTAL_FIELDS),
    "run_columns": _names(RUN_FIELDS),
    "total_changes": _changes(CHANGING_TOTAL_COLUMNS),
    "run_changes": _changes(CHANGING_RUN_COLUMNS),
    "streak_lock": _STREAK_LOCK.format(streak="of_streak"),
}


@dataclass(frozen=True, slots=True)
class SqlFunction:
    """A function by its name in the database, and the statement that makes it."""

    name: str
    statement: str


def _function(file: str, **called: SqlFunction) -> SqlFunction:
    text = (Path(__file__).parent / "sql" / f"{file}.sql").read_text()
    parts = _PARTS | {name: function.name for name, function in called.items()}
    for part, value in parts.items():
        text = text.replace(f"{{{part}}}", value)
    name = f"streaks_{file}_{sha256(text.encode()).hexdigest()[:12]}"
    return SqlFunction(name, text.replace("{name}", name))


STREAK_VERSION = _function("streak_version")
HISTORY = _function("history")
LOAD = _function("load", history=HISTORY)
FIND_REPEATS = _function("find_repeats")
OPEN_ONE = _function("open_one", history=HISTORY, find_repeats=FIND_REPEATS, streak_version=STREAK_VERSION)
OPEN_MANY = _function("open_many", load=LOAD, find_repeats=FIND_REPEATS, streak_version=STREAK_VERSION)
SAVE = _function("save")
FUNCTIONS = (STREAK_VERSION, HISTORY, LOAD, FIND_REPEATS, OPEN_ONE, OPEN_MANY, SAVE)


def missing_functions(using: str) -> list[SqlFunction]:
    """Return the functions that a PostgreSQL database lacks."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname = ANY(%s) AND pronamespace = current_schema()::regnamespace",
            [[one.name for one in FUNCTIONS]],
        )
        present = {name for (name,) in cursor.fetchall()}
    return [one for one in FUNCTIONS if one.name not in present]


def make_functions(using: str, **_kwargs: Any) -> None:
    """Make the functions that a database lacks, after migrations."""
    if connections[using].vendor == "postgresql":
        for function in missing_functions(using):
            with connections[using].cursor() as cursor:
                cursor.execute(function.statement)


def call_function(function: SqlFunction, *arguments: Any) -> Any:
    """Return what a function returns."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function.name}({', '.join(['%s'] * len(arguments))})", arguments)
        return cursor.fetchone()[0]
