"""Queries that the ORM words once; from then on only their values change.

Django takes longer to word a query than PostgreSQL to answer it. So a query is worded with stand-ins for its values,
and wherever these come out the values of each call take their place. SQLite takes values in another form than Python
has them: there, and wherever a stand-in does not come out as it went in, every call has its query worded anew.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.db.models.base import ModelState

from gamopanda.api.showing import keep

Build = Callable[..., QuerySet[Any]]
"""Makes a query of values, whatever these are."""
MOST = 1000
"""How many are kept."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes: its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of a row that make up a record: the one that is read, or one that it always has (`attach`)."""

    model: Any
    start: int
    end: int
    names: Sequence[str]
    attach: Callable[[Any, Any], None] | None = None

    def load(self, row: Sequence[Any], known: dict[Any, Any]) -> Any:
        """Make the record; a related one is the same object wherever it is met again."""
        if self.attach is None:
            return self._make(row)
        key = (self.model, row[self.start + self.names.index("id")])
        if key not in known:
            known[key] = self._make(row)
            keep(known[key])
        return known[key]

    def _make(self, row: Sequence[Any]) -> Any:
        """Make a record as `from_db` does, without the signals, to which nobody listens, in a third of the time."""
        record = self.model.__new__(self.model)
        record._state = ModelState()
        record._state.db, record._state.adding = DEFAULT_DB_ALIAS, False
        record.__dict__.update(zip(self.names, row[self.start : self.end], strict=True))
        return record


@dataclass(frozen=True, slots=True)
class Worded:
    """A query as the database reads it, with places for values, and how its rows become records."""

    sql: str
    parameters: Sequence[Any]
    part: Part
    related: Sequence[Part]
    annotations: Sequence[tuple[str, int]]
    convert: Callable[[Iterable[Sequence[Any]]], Iterable[Sequence[Any]]]

    def statement(self, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """Return the statement for these values."""
        given = [_parameter(value) for value in values]
        return self.sql, [given[one.number] if isinstance(one, Place) else one for one in self.parameters]

    def load(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """Make records of rows."""
        known: dict[Any, Any] = {}
        return [self._load(row, known) for row in self.convert(rows)]

    def _load(self, row: Sequence[Any], known: dict[Any, Any]) -> Any:
        record = self.part.load(row, known)
        for name, place in self.annotations:
            setattr(record, name, row[place])
        for part in self.related:
            if part.attach is not None:
                part.attach(record, part.load(row, known))
        return record


_worded: dict[Hashable, Worded | None] = {}


def worded(shape: Hashable, build: Build, values: Sequence[Any]) -> Worded | None:
    """Return the query that `build` makes of values of these types; None where each call has to word it.

    `shape` names everything else that it depends on.
    """
    if connection.vendor != "postgresql":
        return None
    key = (shape, *map(type, values))
    try:
        return _worded[key]
    except KeyError:
        query = _word(build, values)
    if len(_worded) >= MOST:
        _worded.clear()
    _worded[key] = query
    return query


def read_worded(shape: Hashable, build: Build, *values: Any, page: str = "") -> list[Any] | None:
    """Return the records of the query that `build` makes of values, `page` being SQL after its order; None: word it."""
    query = worded(shape, build, values)
    if query is None:
        return None
    sql, parameters = query.statement(values)
    with connection.cursor() as cursor:
        cursor.execute(sql + page, parameters)
        return query.load(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Reading:
    """Something to read: a statement and what becomes of its rows; where there is no statement, another way to it."""

    statement: tuple[str, Sequence[Any]] | None
    load: Callable[[Sequence[Any]], Any]
    otherwise: Callable[[], Any]

    def then(self, change: Callable[[Any], Any]) -> "Reading":
        """Say what becomes of what was read."""
        return Reading(self.statement, lambda rows: change(self.load(rows)), lambda: change(self.otherwise()))


def reading(shape: Hashable, build: Build, *values: Any) -> Reading:
    """Say what to read: the records of the query that `build` makes of values. See `worded`."""
    query = worded(shape, build, values)
    statement, load = (None, list) if query is None else (query.statement(values), query.load)
    return Reading(statement, load, lambda: list(build(*values)))


def read_together(*readings: Reading) -> list[Any]:
    """Return what is read, in order: with one way to the database and back wherever there are statements.

    Each statement sees what was committed before it began, as if it had been sent by itself.
    """
    statements = [one.statement for one in readings if one.statement is not None]
    if len(statements) < len(readings):
        return [one.otherwise() for one in readings]
    results = []
    with connection.cursor() as cursor:
        cursor.execute("; ".join(sql for sql, _ in statements), [value for _, values in statements for value in values])
        for one in readings:
            results.append(one.load(cursor.fetchall()))
            cursor.nextset()
    return results


_STAND_INS: dict[type, Callable[[int], Any]] = {
    UUID: lambda number: UUID(int=number),
    str: lambda number: f"stand-in {number}",
    datetime: lambda number: datetime(1000, 1, 1, tzinfo=UTC) + timedelta(hours=number),
    date: lambda number: date(1000, 1, 1) + timedelta(days=number),
    list: lambda number: [UUID(int=number)],
}
"""By type, what can stand in for values; of lists, those of ids."""


def _word(build: Build, values: Sequence[Any]) -> Worded | None:
    """Word a query twice, with different stand-ins: whatever differs must be where these have come out."""
    if not all(type(value) in _STAND_INS for value in values):
        return None
    first, second = ([_STAND_INS[type(one)](2 * number + turn) for number, one in enumerate(values)] for turn in (1, 2))
    try:
        (compiler, sql, found), (_, other_sql, other_found) = _compile(build(*first)), _compile(build(*second))
    except EmptyResultSet:
        return None
    parameters = [_place(*pair, first, second) for pair in zip(found, other_found, strict=False)]
    if sql != other_sql or len(found) != len(other_found) or None in parameters:
        return None
    return _with_loading(sql, parameters, compiler)


def _compile(queryset: QuerySet[Any]) -> tuple[Any, str, Sequence[Any]]:
    compiler = queryset.query.get_compiler(connection=connection)
    return compiler, *compiler.as_sql()


def _place(found: Any, other: Any, first: Sequence[Any], second: Sequence[Any]) -> Any:
    """Return which value this parameter is, or the parameter itself when it is always the same; None: neither."""
    for number, (one, another) in enumerate(zip(map(_parameter, first), map(_parameter, second), strict=True)):
        if type(found) is type(one) and found == one and other == another:
            return Place(number)
    return found if type(found) is type(other) and found == other else None


def _parameter(value: Any) -> Any:
    """Return a value as `among` and all other comparisons hand it to PostgreSQL."""
    return "{" + ",".join([f'"{one}"' for one in value]) + "}" if isinstance(value, list) else value


def _with_loading(sql: str, parameters: Sequence[Any], compiler: Any) -> Worded:
    info = compiler.klass_info
    converters = compiler.get_converters([column for column, *_ in compiler.select])
    return Worded(
        sql=sql,
        parameters=parameters,
        part=_part(info, compiler),
        related=[_part(one, compiler) for one in info.get("related_klass_infos", [])],
        annotations=list(compiler.annotation_col_map.items()),
        convert=partial(_convert, converters) if converters else iter,
    )


def _convert(converters: Any, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Convert the columns that PostgreSQL has in another form, as the compiler does, of which nothing else is kept."""
    for row in map(list, rows):
        for place, (functions, expression) in converters.items():
            for function in functions:
                row[place] = function(row[place], expression, connection)
        yield row


def _part(info: Any, compiler: Any) -> Part:
    places = info["select_fields"]
    names = [compiler.select[place][0].target.attname for place in places]
    return Part(info["model"], places[0], places[-1] + 1, names, info.get("local_setter"))
