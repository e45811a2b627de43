"""Queries that the ORM compiles once; from then on only their values change.

Django takes longer to compile a query than PostgreSQL takes to answer it. So each query is compiled with placeholders
for its values, and each call puts its own values in their place. On SQLite, whose adapter converts values, and for
values that the ORM converts, every call compiles its query anew.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, connections
from django.db.models import Model, QuerySet

from gamopanda.api.serializers.memoising import enable_memoising
from gamopanda.postgresql.replicas import current_reading

Build = Callable[..., QuerySet[Any]]
"""Makes a query from values."""
MAX_QUERIES = 1000
"""How many compiled queries are kept."""


@dataclass(frozen=True, slots=True)
class ValueIndex:
    """Marks the place of a value among the parameters."""

    index: int


class RowLoader:
    """Makes instances of a model from some columns of each row."""

    def __init__(self, model: type[Model], start: int) -> None:
        self.model, self.start = model, start
        fields = model._meta.concrete_fields
        self.names = [field.attname for field in fields]
        self.end = start + len(fields)
        self._key = start + self.names.index(model._meta.pk.attname)
        hooks: list[Any] = [getattr(field, "from_db_value", None) for field in fields]
        self._converters = [
            (index, field, hook) for index, (field, hook) in enumerate(zip(fields, hooks, strict=True)) if hook
        ]

    def load(self, row: Sequence[Any]) -> Any:
        """Return the instance of a row."""
        values = list(row[self.start : self.end])
        for index, field, convert in self._converters:
            values[index] = convert(values[index], field, connection)
        return self.model.from_db(connection.alias, self.names, values)

    def load_shared(self, row: Sequence[Any], loaded: dict[Any, Any]) -> Any:
        """Return the instance of a row, the same one for all rows with its key; its values are memoised."""
        key = (self.model, row[self._key])
        if key not in loaded:
            loaded[key] = self.load(row)
            enable_memoising(loaded[key])
        return loaded[key]


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """SQL with its parameters, and the loaders that make instances of its rows; `related` are by foreign key."""

    sql: str
    parameters: Sequence[Any]
    loader: RowLoader
    related: Sequence[tuple[str, RowLoader]]
    annotations: Sequence[tuple[str, int]]

    def statement(self, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """Return the SQL and its parameters for these values."""
        given = [_parameter(value) for value in values]
        return self.sql, [given[one.index] if isinstance(one, ValueIndex) else one for one in self.parameters]

    def load(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """Return an instance for each row."""
        loaded: dict[Any, Any] = {}
        return [self._load(row, loaded) for row in rows]

    def _load(self, row: Sequence[Any], loaded: dict[Any, Any]) -> Any:
        record = self.loader.load(row)
        for name, loader in self.related:
            setattr(record, name, loader.load_shared(row, loaded))
        for name, index in self.annotations:
            setattr(record, name, row[index])
        return record


_queries: dict[Hashable, CompiledQuery | None] = {}


def compiled_query(
    name: Hashable,
    build: Build,
    values: Sequence[Any],
    related: Sequence[str] = (),
    annotations: Sequence[str] = (),
) -> CompiledQuery | None:
    """Return the compiled query of `build` for values of these types; None where each call has to compile it.

    `name` stands for `build` and everything else that the SQL depends on. Records have their `annotations`, and the
    `related` records of foreign keys.
    """
    if connection.vendor != "postgresql":
        return None
    key = (name, *map(type, values))
    try:
        return _queries[key]
    except KeyError:
        query = _compile(build, values, related, annotations)
    if len(_queries) >= MAX_QUERIES:
        _queries.clear()
    _queries[key] = query
    return query


@dataclass(frozen=True, slots=True)
class DeferredQuery:
    """A query to run later: its statement and the loader of its rows, and `run` for where there is no statement."""

    statement: tuple[str, Sequence[Any]] | None
    load: Callable[[Sequence[Any]], Any]
    run: Callable[[], Any]

    def then(self, change: Callable[[Any], Any]) -> "DeferredQuery":
        """Return the query with its result changed by a function."""
        return DeferredQuery(self.statement, lambda rows: change(self.load(rows)), lambda: change(self.run()))


def deferred_query(name: Hashable, build: Build, *values: Any, related: Sequence[str] = ()) -> DeferredQuery:
    """Return the query that `build` makes from values, with the `related` records of foreign keys."""
    query = compiled_query(name, build, values, related)
    statement, load = (None, list) if query is None else (query.statement(values), query.load)
    return DeferredQuery(statement, load, lambda: list(_with_related(build(*values), related)))


def run_together(*queries: DeferredQuery) -> list[Any]:
    """Return the results of queries, in order, with one round trip to the database where all have statements.

    Each statement sees what was committed before it began, as if it were sent alone.
    """
    statements = [one.statement for one in queries if one.statement is not None]
    if len(statements) < len(queries):
        return [one.run() for one in queries]
    results = []
    with connections[current_reading().alias].cursor() as cursor:
        cursor.execute("; ".join(sql for sql, _ in statements), [value for _, values in statements for value in values])
        for one in queries:
            results.append(one.load(cursor.fetchall()))
            cursor.nextset()
    return results


_PLACEHOLDERS: dict[type, Callable[[int], Any]] = {
    UUID: lambda number: UUID(int=number),
    str: lambda number: f"placeholder {number}",
    datetime: lambda number: datetime(1000, 1, 1, tzinfo=UTC) + timedelta(hours=number),
    date: lambda number: date(1000, 1, 1) + timedelta(days=number),
    list: lambda number: [UUID(int=number)],
}
"""By type of value; lists are lists of ids."""


def _compile(
    build: Build, values: Sequence[Any], related: Sequence[str], annotations: Sequence[str]
) -> CompiledQuery | None:
    """Compile a query twice with different placeholders: each parameter that differs must be one of them."""
    if not all(type(value) in _PLACEHOLDERS for value in values):
        return None
    first, second = (
        [_PLACEHOLDERS[type(one)](2 * number + turn) for number, one in enumerate(values)] for turn in (1, 2)
    )
    loader, related_loaders, names = _loaders(build(*first).model, related)
    columns = [*names, *annotations]
    try:
        # Django has no public method for SQL with its parameters apart.
        (sql, found), (other_sql, other_found) = (
            build(*placeholders).values_list(*columns).query.sql_with_params() for placeholders in (first, second)
        )
    except EmptyResultSet:
        return None
    if sql != other_sql or len(found) != len(other_found):
        return None
    parameters = [_place(*pair, first, second) for pair in zip(found, other_found, strict=True)]
    places = list(zip(annotations, range(len(names), len(columns)), strict=True))
    return None if None in parameters else CompiledQuery(sql, parameters, loader, related_loaders, places)


def _loaders(
    model: type[Model], related: Sequence[str]
) -> tuple[RowLoader, Sequence[tuple[str, RowLoader]], Sequence[str]]:
    """Return the loaders of a model and its related ones, and the names of all their columns in order."""
    loader = RowLoader(model, 0)
    names, loaders = list(loader.names), []
    for name in related:
        target: Any = model._meta.get_field(name).related_model
        loaders.append((name, RowLoader(target, len(names))))
        names += [f"{name}__{column}" for column in loaders[-1][1].names]
    return loader, loaders, names


def _with_related(queryset: QuerySet[Any], related: Sequence[str]) -> QuerySet[Any]:
    return queryset.select_related(*related) if related else queryset


def _place(found: Any, other: Any, first: Sequence[Any], second: Sequence[Any]) -> Any:
    """Return the index of the value that a parameter is, or a parameter that is always the same; else None."""
    for index, (one, another) in enumerate(zip(map(_parameter, first), map(_parameter, second), strict=True)):
        if type(found) is type(one) and found == one and other == another:
            return ValueIndex(index)
    return found if type(found) is type(other) and found == other else None


def _parameter(value: Any) -> Any:
    """Return a value as the lookups hand it to PostgreSQL; a list is an array."""
    return "{" + ",".join([f'"{one.hex}"' for one in value]) + "}" if isinstance(value, list) else value
