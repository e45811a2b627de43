"""Rows of PostgreSQL read and written in batches of plain statements: one way there and back for each batch.

The ORM takes longer to word a statement than PostgreSQL to answer it. Where every microsecond counts, the wording is
done once for each model.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

from streaks.fields import ExactDecimalField

RecordType = TypeVar("RecordType", bound=models.Model)
Statement = tuple[str, Sequence[Any]]
"""(SQL with placeholders, parameters)"""


def run_together(statements: Sequence[Statement]) -> list[tuple[int, list[Any]]]:
    """Send statements at once; return of each how many rows it touched, and the rows that it returned.

    Each sees what was committed before it began, as if it had been sent by itself.
    """
    results = []
    with connection.cursor() as cursor:
        cursor.execute(";".join(sql for sql, _ in statements), [value for _, values in statements for value in values])
        for sql, _ in statements:
            results.append((cursor.rowcount, cursor.fetchall() if sql.startswith("SELECT") else []))
            cursor.nextset()
    return results


@cache
def select_from(model: type[models.Model]) -> str:
    """Return the beginning of a statement that reads whole rows, and their versions, for `load`."""
    table = model._meta.db_table
    return f"SELECT {', '.join(_names(model))}, {table}.xmin::text FROM {table}"  # noqa: S608  names of our own


def load(model: type[RecordType], row: Sequence[Any]) -> tuple[RecordType, str]:
    """Make a record of a row that `select_from` has read; return it with the version of its row."""
    *values, version = row
    for place, field in _exact(model):
        values[place] = field.from_db_value(values[place])
    return model.from_db(connection.alias, _names(model), values), version


def insertion(record: models.Model) -> Statement:
    """Return the statement that inserts a record."""
    return _insertion(type(record)), _values(record, _names(type(record)))


def update_of(record: models.Model, names: Sequence[str], *, version: str) -> Statement:
    """Return the statement that writes attributes of a record, unless its row was changed since that version."""
    sets = ", ".join(f"{name} = %s" for name in names)
    sql = f"UPDATE {record._meta.db_table} SET {sets} WHERE id = %s AND xmin = %s::xid"  # noqa: S608  names of our own
    return sql, [*_values(record, names), record.pk, version]


@cache
def _names(model: type[models.Model]) -> list[str]:
    """Return the attributes of a model, which are called as their columns."""
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _exact(model: type[models.Model]) -> list[tuple[int, ExactDecimalField]]:
    """Return the fields that PostgreSQL holds in another form than Python, with their places."""
    fields = enumerate(model._meta.concrete_fields)
    return [(place, field) for place, field in fields if isinstance(field, ExactDecimalField)]


@cache
def _insertion(model: type[models.Model]) -> str:
    names = _names(model)
    places = ", ".join(["%s"] * len(names))
    return f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608  names of our own


def _values(record: models.Model, names: Sequence[str]) -> list[Any]:
    exact = {field.attname: field for _, field in _exact(type(record))}
    values = {name: getattr(record, name) for name in names}
    return [exact[name].get_prep_value(value) if name in exact else value for name, value in values.items()]
