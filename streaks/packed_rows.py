"""New rows as PostgreSQL's binary COPY takes them: packed here, a column at a time, and sent in one piece.

Python takes longer to hand over a row value by value than PostgreSQL to store it. Values are given raw: an id as its
bytes, an instant as `microseconds`, a date as `days`, an exact decimal in ten-thousandths; None is null.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import chain, repeat
from operator import attrgetter
from struct import Struct
from typing import Any

from django.db import connection

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(2000, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_columns, _length, _four, _eight = (Struct(layout).pack for layout in (">h", ">i", ">ii", ">iq"))


@dataclass(frozen=True, slots=True)
class Same:
    """A column in which every row has the same raw value."""

    value: Any


Column = Iterable[Any] | Same


def microseconds(instant: datetime) -> int:
    """Return an instant as PostgreSQL counts it: from the start of 2000."""
    return (instant - EPOCH) // _MICROSECOND


def days(day: date) -> int:
    """Return a date as PostgreSQL counts it: from the first day of 2000."""
    return day.toordinal() - _FIRST_DAY


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _length(len(encoded)) + encoded


_PACKERS: Mapping[str, Callable[[Any], bytes]] = {
    "bool": lambda value: b"\0\0\0\1\1" if value else b"\0\0\0\1\0",
    "date": partial(_four, 4),
    "int4": partial(_four, 4),
    "int8": partial(_eight, 8),
    "timestamptz": partial(_eight, 8),
    "uuid": b"\0\0\0\x10".__add__,
    "varchar": _text,
}
"""What packs a raw value, by what PostgreSQL calls its column."""


_RAW: Mapping[str, Callable[[Any], Any]] = {"uuid": attrgetter("bytes"), "timestamptz": microseconds, "date": days}


def raw_values(kind: str, values: Iterable[Any]) -> Iterable[Any]:
    """Return the raw values of a column of a kind of PostgreSQL's (`uuid`), from those that the ORM gives to it."""
    if kind in _RAW:
        raw = _RAW[kind]
        return [None if value is None else raw(value) for value in values]
    return values


def copy_columns(table: str, columns: Mapping[str, tuple[str, Column]]) -> None:
    """Insert rows given as columns: name to kind and raw values. At least one column has a value for each row.

    Raises `IntegrityError` when a constraint turns a row away.
    """
    same = {name: column.value for name, (_, column) in columns.items() if isinstance(column, Same)}
    kinds = {name: kind for name, (kind, _) in columns.items()}
    head = _columns(len(columns)) + b"".join(_pack(kinds[name], [value])[0] for name, value in same.items())
    packed = {name: _pack(kinds[name], column) for name, (_, column) in columns.items() if not isinstance(column, Same)}
    rows = zip(repeat(head), *packed.values(), strict=False)
    quoted = ", ".join(map(connection.ops.quote_name, [*same, *packed]))
    statement = f"COPY {connection.ops.quote_name(table)} ({quoted}) FROM STDIN (FORMAT BINARY)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join([_SIGNATURE, *chain.from_iterable(rows), _END]))


def _pack(kind: str, values: Iterable[Any]) -> list[bytes]:
    pack, values = _PACKERS[kind], list(values)
    if None in values:
        return [_NULL if value is None else pack(value) for value in values]
    return list(map(pack, values))
