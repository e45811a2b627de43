"""Functions of PostgreSQL called, and the rows that they take and return as JSON made of records and into them.

The ORM takes longer to word a statement than PostgreSQL to answer it, and PostgreSQL longer to plan it than to carry
it out. A function of the database is worded once, and planned once for a connection: also behind PgBouncer, which
allows no prepared statements in transaction mode.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection, models
from psycopg.errors import error_from_result
from psycopg.pq import Escaping, ExecStatus, TransactionStatus

from streaks.fields import ExactDecimalField

RecordType = TypeVar("RecordType", bound=models.Model)
READERS: dict[str, Callable[[Any], Any]] = {
    "DateField": date.fromisoformat,
    "DateTimeField": datetime.fromisoformat,
    "UUIDField": UUID,
}
"""What makes the value of a field of what JSON has, by the internal type of the field, where the two differ."""


def call_function(name: str, *arguments: Any) -> Any:
    """Return what a function of the database returns."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}({', '.join(['%s'] * len(arguments))})", arguments)
        return cursor.fetchone()[0]


def begin_with_function(name: str, *arguments: Any) -> str:
    """Return the text that a function returns which is the first thing in a transaction: BEGIN goes along with it."""
    if connection.connection.pgconn.transaction_status != TransactionStatus.IDLE:
        return str(call_function(name, *arguments))
    result = _send(f"BEGIN; {_written_out(name, arguments)}")
    return str(result.get_value(0, 0).decode())


def end_with_function(name: str, *arguments: Any) -> None:
    """Call a function that is the last thing in a transaction: COMMIT goes along with it.

    In a transaction within another, or of somebody else, which COMMIT would end as well, the function goes alone.
    """
    if len(connection.atomic_blocks) > 1 or not connection.commit_on_exit:
        call_function(name, *arguments)
    else:
        _send(f"{_written_out(name, arguments)}; COMMIT")


def _written_out(name: str, arguments: Sequence[Any]) -> str:
    """Write a call with its arguments as literals, whose types PostgreSQL takes from the function."""
    quote = Escaping(connection.connection.pgconn).escape_literal
    literals = ("NULL" if value is None else bytes(quote(str(value).encode())).decode() for value in arguments)
    return f"SELECT {name}({', '.join(literals)})"


def _send(statements: str) -> Any:
    """Send several statements at once, and return the result of the last one; raises what Django would raise.

    Django knows of the transaction: it only finds that PostgreSQL is in it already, or has ended it already.
    """
    with connection.wrap_database_errors:
        result = connection.connection.pgconn.exec_(statements.encode())
        if result.status not in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
            raise error_from_result(result)
    return result


def on_postgresql(*statements: str) -> Callable[[Any, Any], None]:
    """Return what a migration runs: statements on PostgreSQL, and nothing elsewhere."""

    def run(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run


def load(model: type[RecordType], row: Mapping[str, Any]) -> RecordType:
    """Make a record of a whole row as JSON has it."""
    names, readers = _columns(model)
    values = [row[name] for name in names]
    for place, read in readers:
        if values[place] is not None:
            values[place] = read(values[place])
    return model.from_db(connection.alias, names, values)


def dump(record: models.Model, **further: Any) -> str:
    """Write a whole record, and whatever else, as JSON has its row."""
    return orjson.dumps(_row(record) | further).decode()


def dump_all(records: Iterable[models.Model]) -> str:
    """Write whole records as JSON has their rows."""
    return orjson.dumps([_row(record) for record in records]).decode()


def _row(record: models.Model) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in _columns(type(record))[0]}
    for field in _exact(type(record)):
        values[field.attname] = field.get_prep_value(values[field.attname])
    return values


@cache
def _columns(model: type[models.Model]) -> tuple[Sequence[str], Sequence[tuple[int, Callable[[Any], Any]]]]:
    """Return the columns of a model, which are called as its attributes, and what reads those that differ in JSON."""
    fields = model._meta.concrete_fields
    readers = ((place, _reader(field)) for place, field in enumerate(fields))
    return [field.attname for field in fields], [(place, read) for place, read in readers if read is not None]


def _reader(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, ExactDecimalField):
        return field.from_db_value
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return READERS.get(field.get_internal_type())


@cache
def _exact(model: type[models.Model]) -> Sequence[ExactDecimalField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, ExactDecimalField)]
