"""Activity logs from files: CSV or NDJSON, plain or gzip, of any size, in batches that stand or fall by themselves."""

import csv
import gzip
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, cast
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db import transaction

from gamopanda.accounts.models import Member
from streaks.bulk_rows import insert_missing, new_row
from streaks.fields import MAX_VALUE
from streaks.models import Streak, StreakLog
from streaks.recording import Refused, record_logs

COLUMNS: dict[str, Any] = {
    "externalId": Member._meta.get_field("external_id"),
    "activityAt": StreakLog._meta.get_field("activity_at"),
    "activityId": StreakLog._meta.get_field("activity_id"),
    "uniqueIdentifier": StreakLog._meta.get_field("unique_identifier"),
    "activityValue": StreakLog._meta.get_field("activity_value"),
}
OPTIONAL = {"activityValue"}
TEXTS = ("externalId", "activityId", "uniqueIdentifier")
LONGEST = min(COLUMNS[name].max_length for name in TEXTS)
PLAIN_VALUES = (str, int, Decimal, type(None))
ROWS_AT_ONCE = 2_000
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
GZIP_MAGIC = b"\x1f\x8b"


Values = dict[str, Any]
"""What a row says, by column, as the fields of a log keep it."""


class UnreadableFile(Exception):
    """The file as a whole is not what an import can read; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file with its number, as values by column, or with the reason why it cannot be read."""

    line: int
    values: dict[str, Any]
    problem: str = ""


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
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(reader.line_num, {}, f"This line is not CSV: {error}.")
            continue
        if len(cells) == len(heading):
            yield Row(reader.line_num, dict(zip(heading, cells, strict=True)))
        elif cells:
            problem = f"The heading has {len(heading)} columns, this line has {len(cells)}."
            yield Row(reader.line_num, dict(zip(heading, cells, strict=False)), problem)


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
    except (ValueError, RecursionError) as error:
        return Row(number, {"line": line.strip()[:200]}, f"This line is not JSON: {error}.")
    if not isinstance(values, dict):
        return Row(number, {"line": line.strip()[:200]}, "This line is not a JSON object.")
    unknown = [name for name in values if name not in COLUMNS]
    problem = f"Unknown field {unknown[0]!r}; known: {', '.join(COLUMNS)}." if unknown else ""
    return Row(number, values, problem)


def batches(rows: Iterable[Row], shares: int = 1) -> Iterator[tuple[int, list[Row]]]:
    """Yield rows some thousand at a time, each time with a number below `shares`.

    All rows of a member come with the same number: who works on one share waits for nobody who works on another.
    """
    waiting: list[list[Row]] = [[] for _ in range(shares)]
    for row in rows:
        number = crc32(str(row.values.get("externalId")).encode(errors="surrogateescape")) % shares
        waiting[number].append(row)
        if len(waiting[number]) == ROWS_AT_ONCE:
            yield number, waiting[number]
            waiting[number] = []
    yield from ((number, batch) for number, batch in enumerate(waiting) if batch)


def import_rows(rows: list[Row], streak: Streak, *, now: datetime) -> Tally:
    """Record a batch of rows, with the members that do not exist yet, in one transaction.

    What is rejected, or there already, never harms its neighbours, and a batch that was interrupted leaves nothing:
    so an import is finished by running it again.
    """
    try:
        return _import_together(rows, streak, now)
    except Refused:
        # One log that cannot be stored at all (a total out of range) must not take the others with it.
        pass
    tally = Tally()
    for row in rows:
        tally.add(_import_alone(row, streak, now))
    return tally


def _import_alone(row: Row, streak: Streak, now: datetime) -> Tally:
    try:
        return _import_together([row], streak, now)
    except Refused as refusal:
        return Tally(rejected=[(row, refusal.message)])


@transaction.atomic
def _import_together(rows: list[Row], streak: Streak, now: datetime) -> Tally:
    tally = Tally()
    good: list[tuple[Row, Values]] = []
    for row in rows:
        try:
            good.append((row, _read_plain(row) or _clean(row)))
        except ValueError as error:
            tally.rejected.append((row, str(error)))
    members = find_or_make_members({values["externalId"] for _, values in good})
    logs = [_log(values, streak, members) for _, values in good]
    for (row, _), outcome in zip(good, record_logs(logs, now=now), strict=True):
        tally.recorded += outcome.is_recorded
        tally.repeated += outcome.existing_id is not None
        if outcome.refusal is not None:
            tally.rejected.append((row, outcome.refusal.message))
    return tally


def _read_plain(row: Row) -> Values | None:
    """Return the values of a row as `_clean` does, for what nearly every row is: None where it has to look closer."""
    given = row.values
    texts: list[Any] = [given.get(name) for name in TEXTS]
    at: Any = given.get("activityAt")
    value = given.get("activityValue")
    if row.problem or not all(type(text) is str and 0 < len(text) <= LONGEST for text in (*texts, at)):
        return None
    if UNSTORABLE.search("".join([*texts, at])) or type(value) not in PLAIN_VALUES:
        return None
    try:
        instant = datetime.fromisoformat(at)
        number = COLUMNS["activityValue"].to_python(value)
    except (ValueError, ValidationError):
        return None
    if number is not None and abs(number) > MAX_VALUE:
        return None
    return dict(zip(TEXTS, texts, strict=True)) | {"activityAt": instant, "activityValue": number}


def _clean(row: Row) -> Values:
    """Return the values of a row by column, checked by the fields that store them; `ValueError` says what is wrong."""
    if row.problem:
        raise ValueError(row.problem)
    values = {}
    for name, column in COLUMNS.items():
        value = row.values.get(name)
        if not _is_storable(name, value):
            raise ValueError(f"{name}: has a NUL character, bytes that are no UTF-8, or is no text.")
        try:
            values[name] = column.clean(None if value == "" and name in OPTIONAL else value, None)
        except ValidationError as error:
            raise ValueError(f"{name}: {' '.join(error.messages)}") from error
    return values


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
    missing = sorted(wanted - members.keys())
    if missing:
        insert_missing(Member, [new_row(Member, external_id=text) for text in missing])
        members |= _find_members(missing)
    return members


def _find_members(external_ids: Collection[str]) -> dict[str, Member]:
    members = Member.objects.filter(external_id__among=external_ids).order_by().only("external_id")
    return {member.external_id: member for member in members}


def _log(values: Values, streak: Streak, members: dict[str, Member]) -> StreakLog:
    return new_row(
        StreakLog,
        member_id=members[values["externalId"]].pk,
        streak_id=streak.pk,
        activity_at=values["activityAt"],
        activity_id=values["activityId"],
        unique_identifier=values["uniqueIdentifier"],
        activity_value=values["activityValue"],
    )
