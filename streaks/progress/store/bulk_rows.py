"""Many rows of one table at once: with the means of PostgreSQL that cost least, and the ORM's elsewhere.

A row costs the ORM a hundred microseconds before the database hears of it, which was most of what an import took. On
PostgreSQL whole columns go out as they are: new rows by COPY, changes as arrays that one statement unrolls.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from uuid import UUID

import orjson
from django.db import IntegrityError, connection, models, transaction
from django.db.models.base import ModelState
from django.db.models.fields.related import ForeignObject
from django.db.models.lookups import In
from django.utils import timezone
from uuid_utils.compat import uuid7

from gamopanda.api.positions import written_fields
from streaks.fields import ExactDecimalField
from streaks.progress.store.binary_copy import Column, copy_columns, raw_values

Row = TypeVar("Row", bound=models.Model)
Field: TypeAlias = "models.Field[Any, Any]"
if TYPE_CHECKING:
    Comparison = models.Lookup[Any]
else:
    Comparison = models.Lookup
# Fewer rows are left to the ORM, whose plain statements then cost least.
MIN_ROWS_FOR_COPY = 20
TYPES = {
    "BigIntegerField": "int8",
    "BooleanField": "bool",
    "CharField": "varchar",
    "DateField": "date",
    "DateTimeField": "timestamptz",
    "JSONField": "jsonb",
    "PositiveIntegerField": "int4",
    "UUIDField": "uuid",
}
"""What PostgreSQL calls a column, by the internal type of its field."""


@models.Field.register_lookup
@ForeignObject.register_lookup
class AnyOf(Comparison):
    """As `__in`, for values by the thousand: the ORM writes a parameter for each, here they go out as one array.

    The values have to be such as the column gives: they are not converted.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Leave it to `__in`."""
        return In(self.lhs, list(self.rhs)).as_sql(compiler, connection)

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """Compare with an array."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::{_type(self.lhs.output_field)}[])", (*parameters, array_literal(self.rhs))


def new_row(model: type[Row], **values: Any) -> Row:
    """Return an unsaved row of given values, by attribute (`member_id`); all others have their defaults.

    For rows made by the thousand: the model's own constructor takes ten times as long, and its signals have no
    receivers.
    """
    row = model.__new__(model)
    row._state = ModelState()
    row.__dict__.update(_constants(model))
    row.__dict__.update(values)
    if "id" not in values:
        row.__dict__["id"] = uuid7()
    return row


@cache
def _constants(model: type[models.Model]) -> dict[str, Any]:
    """Return the defaults of a new row of a model, but for its id."""
    fields = (field for field in model._meta.concrete_fields if not field.primary_key)
    return {field.attname: field.get_default() for field in fields}


def insert_rows(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert new rows; raises `IntegrityError` when a constraint turns one away."""
    if _is_left_to_the_orm(rows):
        model._default_manager.bulk_create(rows)
        return
    fields = written_fields(model)
    stamp_rows(model, rows)
    insert_columns(model, {field.attname: raw_values(_type(field), _values(field, rows)) for field in fields})
    note_as_stored(rows)


def insert_columns(model: type[models.Model], columns: Mapping[str, Column]) -> None:
    """Insert new rows on PostgreSQL, given as raw columns by attribute; see `binary_copy`."""
    given = {_column(field): (_type(field), columns[field.attname]) for field in written_fields(model)}
    copy_columns(model._meta.db_table, given)


def raw_column(model: type[models.Model], name: str, values: Iterable[Any]) -> Column:
    """Return a column for `insert_columns`; exact decimals are given in ten-thousandths."""
    field = next(field for field in model._meta.concrete_fields if field.attname == name)
    return raw_values(_type(field), values)


def insert_missing(model: type[models.Model], rows: Sequence[Row]) -> list[Row]:
    """Insert rows, except those that a unique constraint turns away; return, in order, those that were inserted."""
    if not _is_left_to_the_orm(rows):
        # Most often nothing is in the way.
        with suppress(IntegrityError), transaction.atomic():
            insert_rows(model, rows)
            return list(rows)
    model._default_manager.bulk_create(rows, ignore_conflicts=True)
    stored = model._default_manager.filter(pk__in=[row.pk for row in rows])
    inserted = set(stored.values_list("pk", flat=True))
    return [row for row in rows if row.pk in inserted]


def update_columns(model: type[models.Model], columns: Mapping[str, Iterable[Any]]) -> None:
    """Save columns of stored rows on PostgreSQL, by attribute, `id` among them; decimals in ten-thousandths."""
    given = [field for field in model._meta.concrete_fields if field.attname in columns]
    key = _name(_key(model))
    assignments = ", ".join(f"{name} = changed.{name}" for name in map(_name, given) if name != key)
    arrays = ", ".join(f"%s::{_type(field)}[]" for field in given)
    values = [_as_json(columns[one.attname]) if _is_json(one) else columns[one.attname] for one in given]
    with connection.cursor() as cursor:
        cursor.execute(
            # Nothing in it comes from outside: it names our own tables and columns.
            f"UPDATE {_table(model)} AS stored SET {assignments}"  # noqa: S608
            f" FROM unnest({arrays}) AS changed ({_names(given)}) WHERE stored.{key} = changed.{key}",
            list(map(array_literal, values)),
        )


def _is_left_to_the_orm(rows: Sequence[models.Model]) -> bool:
    return len(rows) < MIN_ROWS_FOR_COPY or connection.vendor != "postgresql"


def stamp_rows(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Note on new rows when they were made, as the ORM does."""
    now, names = timezone.now(), _stamps(model)
    for row in rows:
        for name in names:
            setattr(row, name, now)


@cache
def _stamps(model: type[models.Model]) -> list[str]:
    fields = model._meta.concrete_fields
    return [field.attname for field in fields if _has(field, "auto_now") or _has(field, "auto_now_add")]


def _has(field: Field, option: str) -> bool:
    return bool(getattr(field, option, False))


def note_as_stored(rows: Iterable[models.Model]) -> None:
    """Note on rows that the database has them now."""
    alias = connection.alias
    for row in rows:
        state = row._state
        state.adding, state.db = False, alias


def _values(field: Field, rows: Sequence[models.Model]) -> Iterable[Any]:
    """Return one column, as the database keeps it."""
    values = map(attrgetter(field.attname), rows)
    return map(field.get_prep_value, values) if isinstance(field, ExactDecimalField) else values


def _is_json(field: Field) -> bool:
    return isinstance(field, models.JSONField)


def _as_json(values: Iterable[Any]) -> Iterable[str | None]:
    """Return a column of objects as texts; None is the null of the database."""
    return (None if value is None else orjson.dumps(value).decode() for value in values)


def array_literal(values: Iterable[Any]) -> str:
    """Write an array as PostgreSQL reads it, which is far quicker than to have it adapted value by value."""
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    # With hyphens an id takes three times as long.
    text = value.hex if type(value) is UUID else str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _type(field: Field) -> str:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return TYPES[field.get_internal_type()]


def _key(model: type[models.Model]) -> Field:
    assert model._meta.pk is not None, "every table has a key"
    return model._meta.pk


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _names(fields: Iterable[Field]) -> str:
    return ", ".join(map(_name, fields))


def _name(field: Field) -> str:
    return connection.ops.quote_name(_column(field))


def _column(field: Field) -> str:
    assert field.column is not None, "a concrete field has a column"
    return field.column
