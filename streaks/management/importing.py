"""Activity logs from files: CSV or NDJSON, plain or gzip, of any size, in batches that stand or fall by themselves."""

import csv
import gzip
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import IO, Any, cast
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db import transaction
from uuid_utils.compat import uuid7

from gamopanda.accounts.models import Member
from streaks.core.facts import Log
from streaks.models import Streak, StreakLog
from streaks.progress import service
from streaks.progress.store.bulk_rows import insert_missing, new_row

COLUMNS: dict[str, Any] = {
    "externalId": Member._meta.get_field("external_id"),
    "activityAt": StreakLog._meta.get_field("activity_at"),
    "activityId": StreakLog._meta.get_field("activity_id"),
    "uniqueIdentifier": StreakLog._meta.get_field("unique_identifier"),
    "activityValue": StreakLog._meta.get_field("activity_value"),
}
OPTIONAL = {"activityValue"}
LONGEST = min(COLUMNS[name].max_length for name in ("externalId", "activityId", "uniqueIdentifier"))
PLAIN_VALUES = {str, int, Decimal, type(None)}
MOST_UNITS = 2**63 - 1
ROWS_AT_ONCE = 10_000
# Until a streak has activity its row is locked by who records it: the others wait for a small batch only.
ROWS_AT_FIRST = 500
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
GZIP_MAGIC = b"\x1f\x8b"


class UnreadableFile(Exception):
    """The file as a whole is not what an import can read; the message says what is expected."""


Row = tuple[int, Sequence[Any], str]
"""One line of the file: its number, its cells in the order of `COLUMNS`, and what is wrong with it.

Of a line that cannot be read at all the cells are what there is of it. A plain tuple, because rows go from process to
process, and one with names takes three times as long.
"""


@dataclass(slots=True)
class Tally:
    """What became of the rows of a batch; `rejected` pairs each bad row with its reason."""

    recorded: int = 0
    repeated: int = 0
    rejected: list[tuple[Row, str]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count what became of more rows."""
        self.recorded += other.recorded
        self.repeated += other.repeated
        self.rejected += other.rejected


def read_rows(stream: IO[bytes]) -> Iterator[Row]:
    """Yield the rows of a CSV file with a heading or of an NDJSON file, gzipped or not.

    Raises `UnreadableFile` when the heading is wrong; a bad line comes as a row with a problem.
    """
    buffered: io.BufferedReader[Any] = io.BufferedReader(cast(io.RawIOBase, stream))
    if buffered.peek(2)[:2] == GZIP_MAGIC:
        buffered = io.BufferedReader(gzip.GzipFile(fileobj=buffered))
    is_json = buffered.peek(1)[:1] == b"{"
    # Bytes that are no UTF-8 are kept as surrogates, so that only their own row is rejected.
    text = io.TextIOWrapper(buffered, encoding="utf-8-sig", errors="surrogateescape", newline="")
    return _json_rows(text) if is_json else _csv_rows(text)


def _csv_rows(text: IO[str]) -> Iterator[Row]:
    reader = csv.reader(text, strict=True)
    heading = next(reader, [])
    _check_heading(heading)
    is_in_order = heading == list(COLUMNS)
    while True:
        try:
            for cells in reader:
                if len(cells) == len(heading):
                    yield reader.line_num, cells if is_in_order else _in_order(heading, cells), ""
                elif cells:
                    problem = f"The heading has {len(heading)} columns, this line has {len(cells)}."
                    yield reader.line_num, _in_order(heading, cells), problem
        except csv.Error as error:
            yield reader.line_num, [""] * len(COLUMNS), f"This line is not CSV: {error}."
        else:
            return


def _in_order(heading: list[str], cells: list[str]) -> list[str]:
    values = dict(zip(heading, cells, strict=False))
    return [values.get(name, "") for name in COLUMNS]


def _check_heading(heading: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in heading and name not in OPTIONAL]
    unknown = [name for name in heading if name not in COLUMNS]
    if missing or unknown or len(set(heading)) < len(heading):
        found = f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        raise UnreadableFile(f"The first line must name the columns {', '.join(COLUMNS)}, each once ({found}).")


def _json_rows(text: IO[str]) -> Iterator[Row]:
    for number, line in enumerate(text, start=1):
        if line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row:
    try:
        values = json.loads(line, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        return number, [line.strip()[:200]], f"This line is not JSON: {error}."
    if not isinstance(values, dict):
        return number, [line.strip()[:200]], "This line is not a JSON object."
    unknown = [name for name in values if name not in COLUMNS]
    problem = f"Unknown field {unknown[0]!r}; known: {', '.join(COLUMNS)}." if unknown else ""
    return number, [values.get(name) for name in COLUMNS], problem


def batches(rows: Iterable[Row], shares: int = 1) -> Iterator[tuple[int, list[Row]]]:
    """Yield rows some thousand at a time, each time with a number below `shares`.

    All rows of a member come with the same number: who works on one share waits for nobody who works on another.
    """
    waiting: list[list[Row]] = [[] for _ in range(shares)]
    sizes = [min(ROWS_AT_FIRST, ROWS_AT_ONCE)] * shares
    for row in rows:
        number = crc32(str(row[1][0]).encode(errors="surrogatepass")) % shares
        batch = waiting[number]
        batch.append(row)
        if len(batch) == sizes[number]:
            yield number, batch
            waiting[number], sizes[number] = [], ROWS_AT_ONCE
    yield from ((number, batch) for number, batch in enumerate(waiting) if batch)


@transaction.atomic
def import_rows(rows: Sequence[Row], streak: Streak, *, now: datetime) -> Tally:
    """Record a batch of rows, with the members that do not exist yet, in one transaction.

    What is rejected, or there already, never harms its neighbours, and a batch that was interrupted leaves nothing:
    so an import is finished by running it again.
    """
    tally = Tally()
    good = _read(rows, tally)
    if not good.rows:
        return tally
    members = find_or_make_members(good.names)
    columns = zip(good.names, good.instants, good.activity_ids, good.identifiers, good.values, strict=True)
    logs = [Log(uuid7(), members[name].pk, streak.pk, *cells) for name, *cells in columns]
    for row, result in zip(good.rows, service.record(logs, now=now), strict=True):
        tally.recorded += result.is_recorded
        tally.repeated += result.existing_id is not None
        if result.refusal is not None:
            tally.rejected.append((row, result.refusal.message))
    return tally


@dataclass(slots=True)
class Readable:
    """Rows that can be read, and what they say, column by column; values are in ten-thousandths."""

    rows: list[Row] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    instants: list[datetime] = field(default_factory=list)
    activity_ids: list[str] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    values: list[int | None] = field(default_factory=list)

    def add(self, other: "Readable") -> None:
        """Take in more rows."""
        for name in self.__slots__:
            getattr(self, name).extend(getattr(other, name))


def _read(rows: Sequence[Row], tally: Tally) -> Readable:
    """Read rows, at a glance where nothing is unusual in any of them; those that cannot be read go to the tally."""
    readable = _read_plain(rows)
    if readable is None and len(rows) == 1:
        try:
            readable = _clean(rows[0])
        except ValueError as error:
            tally.rejected.append((rows[0], str(error)))
    elif readable is None:
        middle = len(rows) // 2
        readable = _read(rows[:middle], tally)
        readable.add(_read(rows[middle:], tally))
    return readable or Readable()


class _Units(dict[Any, int | None]):
    """Values in ten-thousandths, each worked out once; raises `ValidationError` for what is none."""

    def __missing__(self, value: Any) -> int | None:
        self[value] = COLUMNS["activityValue"].get_prep_value(value)
        return self[value]


def _read_plain(rows: Sequence[Row]) -> Readable | None:
    """Return what rows say, as `_clean` does, for what nearly all rows are; None where one needs a closer look."""
    _, cells, problems = zip(*rows, strict=True)
    if any(problems):
        return None
    names, ats, activity_ids, identifiers, values = map(list, zip(*cells, strict=True))
    try:
        if not (_are_plain_texts(names, ats, activity_ids, identifiers) and set(map(type, values)) <= PLAIN_VALUES):
            return None
        instants = [datetime.fromisoformat(at) for at in ats]
        units = list(map(_Units().__getitem__, values))
    except (TypeError, ValueError, ValidationError):
        return None
    if any(number is not None and abs(number) > MOST_UNITS for number in units):
        return None
    return Readable(list(rows), names, instants, activity_ids, identifiers, units)


def _are_plain_texts(*columns: Sequence[str]) -> bool:
    """Say whether all values can be stored; raises `TypeError` when one is no text."""
    lengths = set(map(len, chain.from_iterable(columns)))
    together = "".join(chain.from_iterable(columns))
    is_storable = "\0" not in together if together.isascii() else UNSTORABLE.search(together) is None
    return is_storable and min(lengths) > 0 and max(lengths) <= LONGEST


def _clean(row: Row) -> Readable:
    """Return what a row says, checked by the fields that store it; `ValueError` says what is wrong."""
    _, cells, problem = row
    if problem:
        raise ValueError(problem)
    values = {}
    for (name, column), value in zip(COLUMNS.items(), cells, strict=True):
        if not _is_storable(name, value):
            raise ValueError(f"{name}: has a NUL character, bytes that are no UTF-8, or is no text.")
        try:
            values[name] = column.clean(None if value == "" and name in OPTIONAL else value, None)
        except ValidationError as error:
            raise ValueError(f"{name}: {' '.join(error.messages)}") from error
    units = COLUMNS["activityValue"].get_prep_value(values["activityValue"])
    name, at, activity_id, identifier, _ = values.values()
    return Readable([row], [name], [at], [activity_id], [identifier], [units])


def _is_storable(name: str, value: object) -> bool:
    """Say whether a value is text that both databases take, or, in JSON, a number or nothing."""
    if isinstance(value, str):
        return UNSTORABLE.search(value) is None
    return value is None or (name == "activityValue" and isinstance(value, int | Decimal) and value is not True)


def find_or_make_members(external_ids: Iterable[str]) -> dict[str, Member]:
    """Return members by external id, made live where they do not exist yet; safe beside other writers.

    Nothing else of them is read.
    """
    wanted = set(external_ids)
    members = _find_members(wanted)
    # More than once where somebody is there when they are to be made, and gone when they are looked up.
    while missing := sorted(wanted - members.keys()):
        made = insert_missing(Member, [new_row(Member, external_id=text) for text in missing])
        members |= {member.external_id: member for member in made}
        members |= _find_members(wanted - members.keys())
    return members


def _find_members(external_ids: Collection[str]) -> dict[str, Member]:
    if not external_ids:
        return {}
    members = Member.objects.filter(external_id__any_of=external_ids).order_by().only("external_id")
    return {member.external_id: member for member in members}
