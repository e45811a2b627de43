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

import orjson
from django.db import connection

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(2000, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_columns, _length = (Struct(layout).pack for layout in (">h", ">i"))
_LAYOUTS: Mapping[str, tuple[int, str]] = {
    "bool": (1, "?"),
    "date": (4, "i"),
    "int4": (4, "i"),
    "int8": (8, "q"),
    "timestamptz": (8, "q"),
    "uuid": (16, "16s"),
}
"""How many bytes a raw value takes, and how it is packed, by what PostgreSQL calls its column."""


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


def _json(value: Any) -> bytes:
    # In front of the text stands the version of the format.
    encoded = b"\x01" + orjson.dumps(value)
    return _length(len(encoded)) + encoded


_PACKERS: Mapping[str, Callable[[Any], bytes]] = {
    "varchar": _text,
    "jsonb": _json,
    **{kind: partial(Struct(f">i{layout}").pack, size) for kind, (size, layout) in _LAYOUTS.items()},
}
"""What packs a raw value with its size in front."""


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
    same = {name: (kind, column.value) for name, (kind, column) in columns.items() if isinstance(column, Same)}
    given = {name: (kind, _as_list(column)) for name, (kind, column) in columns.items() if not isinstance(column, Same)}
    fixed = {name: (kind, values) for name, (kind, values) in given.items() if kind in _LAYOUTS and None not in values}
    others = {name: column for name, column in given.items() if name not in fixed}
    head = _columns(len(columns)) + b"".join(_pack(kind, value) for kind, value in same.values())
    pieces = chain.from_iterable(_pieces(*one) for one in others.values())
    rows = zip(_pack_together(head, fixed.values()), *pieces, strict=False)
    quoted = ", ".join(map(connection.ops.quote_name, [*same, *fixed, *others]))
    statement = f"COPY {connection.ops.quote_name(table)} ({quoted}) FROM STDIN (FORMAT BINARY)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join([_SIGNATURE, *chain.from_iterable(rows), _END]))


def _as_list(column: Iterable[Any]) -> list[Any]:
    return column if isinstance(column, list) else list(column)


def _pack_together(head: bytes, columns: Iterable[tuple[str, list[Any]]]) -> Iterable[bytes]:
    """Pack columns without a null, whose values all have the same size, row by row behind what is the same in all."""
    layouts, arguments = f">{len(head)}s", list[Iterable[Any]]([repeat(head)])
    for kind, values in columns:
        size, layout = _LAYOUTS[kind]
        layouts += f"i{layout}"
        arguments += [repeat(size), values]
    return map(Struct(layouts).pack, *arguments)


def _pieces(kind: str, values: list[Any]) -> list[Iterable[bytes]]:
    """Pack any other column: return one or more columns of pieces."""
    if kind == "varchar" and None not in values:
        encoded = list(map(str.encode, values))
        return [map(_length, map(len, encoded)), encoded]
    pack = _PACKERS[kind]
    return [[_NULL if value is None else pack(value) for value in values]]


def _pack(kind: str, value: Any) -> bytes:
    return _NULL if value is None else _PACKERS[kind](value)
