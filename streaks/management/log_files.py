"""Read activity logs from files: CSV, NDJSON or a JSON array, plain or gzip, of any size."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import IO, Any, cast

from gamopanda.api.parsing.strict_json import DECODER, TOO_DEEP, Unclear
from streaks.progress.log_body import COLUMN_NAMES, InvalidLogBody, read_cells

OPTIONAL_NAMES = {"activityValue"}
DELIMITERS = (",", ";", "\t")
GZIP_MAGIC = b"\x1f\x8b"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# A row takes some hundred characters. Nothing longer than this is ever held in memory as a whole.
MAX_ROW_LENGTH = 65_536
EXCERPT_LENGTH = 200
LINES_AT_ONCE = 1000

Row = tuple[int, Sequence[Any], str]
"""One row of the file: the number of its first line, its cells in the order of `COLUMN_NAMES`, what is wrong with it.

Where it cannot be divided into cells there is one, its own text. A plain tuple, because rows go from process to
process, and one with names takes three times as long.
"""


class UnreadableFile(Exception):
    """The file as a whole is not what an import can read; the message says what is expected."""


def read_rows(stream: IO[bytes]) -> Iterator[Row]:
    """Yield the rows of a file.

    Raises `UnreadableFile` where what follows cannot be divided into rows; a bad row comes with its problem.
    """
    buffered: io.BufferedReader[Any] = io.BufferedReader(cast(io.RawIOBase, stream))
    if buffered.peek(2)[:2] == GZIP_MAGIC:
        buffered = io.BufferedReader(gzip.GzipFile(fileobj=buffered))
    if buffered.peek(2)[:2] in UTF_16_MARKS:
        raise UnreadableFile("The file is UTF-16: save it as UTF-8 (in Excel: “CSV UTF-8”).")
    # Bytes that are no UTF-8 are kept as surrogates, so that only their own row is rejected.
    lines = _Lines(io.TextIOWrapper(buffered, encoding="utf-8-sig", errors="surrogateescape", newline=""))
    first = lines.skip_blank()
    if first.startswith("{"):
        return _ndjson_rows(lines)
    return _JsonArray(lines).rows() if first.startswith("[") else _CsvFile(lines).rows()


class _Lines:
    """The lines of a text, of which any number can be looked at before they are taken.

    A line that is too long comes in pieces of `MAX_ROW_LENGTH + 1` characters.
    """

    def __init__(self, text: IO[str]) -> None:
        self.number = 0
        """How many lines have been taken."""
        self._text = text
        self._source = iter(partial(text.readline, MAX_ROW_LENGTH + 1), "")
        self._ahead: list[str] = []
        self._position = 0

    def block(self) -> list[str]:
        """Return lines that come next without taking them; none at the end."""
        del self._ahead[: self._position]
        self._position = 0
        return self._ahead or self._look_ahead()

    def _look_ahead(self) -> list[str]:
        self._ahead = list(islice(self._source, LINES_AT_ONCE))
        return self._ahead

    def peek(self, index: int) -> str:
        """Return a line without taking it: the next one (0), or a later one; nothing after the end."""
        index += self._position
        self._ahead.extend(islice(self._source, max(0, index + 1 - len(self._ahead))))
        return self._ahead[index] if index < len(self._ahead) else ""

    def skip(self, count: int) -> None:
        """Take so many lines that have been looked at."""
        self._position += count
        self.number += count

    def take(self) -> str:
        """Return the next line; nothing at the end."""
        line = self.peek(0) if self._position < len(self._ahead) else next(iter(self.block()), "")
        self.skip(1)
        return line

    def skip_blank(self) -> str:
        """Take the blank lines that come next, and return the start of the one after them."""
        while (line := self.peek(0)) and not line.strip():
            self.skip(1)
        return line.lstrip()

    def skip_rest(self, line: str) -> None:
        """Take the other pieces of a line that is too long."""
        while line and not line.endswith(("\n", "\r")):
            line = self.take()
            self.number -= 1

    def read(self, length: int) -> str:
        """Return text instead of lines."""
        if self._position < len(self._ahead):
            return self.take()
        return self._text.read(length)


def _too_long(lines: _Lines, line: str) -> Row:
    number = lines.number
    lines.skip_rest(line)
    return number, [line[:EXCERPT_LENGTH]], f"This line has more than {MAX_ROW_LENGTH} characters."


# --- CSV --------------------------------------------------------------------------------------------------------------


class _CsvFile:
    """A CSV file with a heading.

    A quote that is never closed, or closed in another row, must not swallow rows: a record of several lines is taken
    for one row only if it has good cells and none of its lines after the first could begin a good row. Otherwise its
    first line is a bad row by itself.
    """

    def __init__(self, lines: _Lines) -> None:
        self.lines = lines
        self.delimiter, names = _read_heading(lines.take())
        self.width = len(names)
        self.is_in_order = names == list(COLUMN_NAMES)
        # A column that the file does not have is read from an empty cell after the last one.
        self.indexes = [names.index(name) if name in names else -1 for name in COLUMN_NAMES]
        self.unnamed = [index for index, name in enumerate(names) if not name]
        quoted, plain = '"(?:[^"]|"")*+"', f'[^"\r\n{self.delimiter}]*+'
        self.well_formed = re.compile(f"(?:{quoted}|{plain})(?:{self.delimiter}(?:{quoted}|{plain}))*+[\r\n]*")

    def rows(self) -> Iterator[Row]:
        """Yield all rows but the heading."""
        while block := self.lines.block():
            records = self._records_of_one_line(block)
            first = self.lines.number + 1
            for number, cells in enumerate(records, first):
                if self.is_in_order and len(cells) == self.width:
                    yield number, cells, ""
                elif cells:
                    yield self._row(number, cells, block[number - first])
            self.lines.skip(len(records))
            if len(records) < len(block) and (line := self.lines.take()).strip("\r\n"):
                yield self._unusual_row(line)

    def _records_of_one_line(self, block: list[str]) -> list[list[str]]:
        """Return the cells of the lines before the first one that is not a record by itself."""
        records: list[list[str]] = []
        if max(map(len, block)) > MAX_ROW_LENGTH:
            return records
        reader = csv.reader(block, delimiter=self.delimiter, strict=True)
        try:
            for cells in reader:
                if reader.line_num != len(records) + 1:
                    break
                records.append(cells)
        except csv.Error:
            pass
        return records

    def _unusual_row(self, line: str) -> Row:
        if len(line) > MAX_ROW_LENGTH:
            return _too_long(self.lines, line)
        cells = self._parse([line])
        return self._quoted_row(line) if cells is None else self._row(self.lines.number, cells, line)

    def _row(self, number: int, cells: list[str], text: str) -> Row:
        problem = ""
        if len(cells) != self.width:
            problem = f"The heading has {self.width} columns, this line has {len(cells)}."
        elif any(cells[index] for index in self.unnamed):
            problem = "This line has a cell in a column without a name."
        if problem:
            return number, [text.rstrip("\r\n")], problem
        return number, self._in_order(cells), ""

    def _in_order(self, cells: list[str]) -> list[str]:
        extended = [*cells, ""]
        return [extended[index] for index in self.indexes]

    def _quoted_row(self, line: str) -> Row:
        number = self.lines.number
        cells, taken = self._parse_across_lines(line)
        if cells is None:
            problem = "This line is not CSV: a quote opens or closes in the wrong place. Within quotes, write it twice."
            return number, [line.rstrip("\r\n")], problem
        self.lines.skip(taken)
        return number, self._in_order(cells), ""

    def _parse(self, lines: "Sequence[str] | Iterator[str]") -> list[str] | None:
        """Return the cells of the record with which lines begin, or None where it is not CSV."""
        try:
            return next(csv.reader(lines, delimiter=self.delimiter, strict=True), None)
        except csv.Error:
            return None

    def _parse_across_lines(self, line: str) -> tuple[list[str] | None, int]:
        """Return the cells of the good row that begins with a line, and how many lines more it has."""
        record = [line]
        cells = self._parse(self._record(record, 0))
        if not self._is_good(cells) or self._has_rows_within(record):
            return None, 0
        return cells, len(record) - 1

    def _record(self, record: list[str], index: int) -> Iterator[str]:
        """Yield the lines of a record and, for as long as more are asked for, those from an index on; collect them."""
        yield from list(record)
        length = sum(map(len, record))
        while length <= MAX_ROW_LENGTH and (line := self.lines.peek(index)):
            record.append(line)
            length += len(line)
            index += 1
            yield line

    def _has_rows_within(self, record: list[str]) -> bool:
        can_have_stray_quote = self._is_good_literally(record[0])
        return any(
            self._begins_row(index)
            or (can_have_stray_quote and (self._is_good_literally(line) or self._is_good(self._parse([line]))))
            for index, line in enumerate(record[1:])
        )

    def _is_good_literally(self, line: str) -> bool:
        """Say whether a line is a good row when its quotes are taken for any other character."""
        return self._is_good(line.rstrip("\r\n").split(self.delimiter))

    def _begins_row(self, index: int) -> bool:
        """Say whether a good row without any stray quote begins with the line that comes at an index."""
        record: list[str] = []
        cells = self._parse(self._record(record, index))
        return self._is_good(cells) and self.well_formed.fullmatch("".join(record)) is not None

    def _is_good(self, cells: list[str] | None) -> bool:
        if cells is None or len(cells) != self.width or any(cells[index] for index in self.unnamed):
            return False
        try:
            read_cells(self._in_order(cells))
        except InvalidLogBody:
            return False
        return True


def _read_heading(line: str) -> tuple[str, list[str]]:
    """Return the delimiter and the names of the columns; empty ones at the end stay empty."""
    readings = {delimiter: names for delimiter in DELIMITERS if (names := _names(line, delimiter)) is not None}
    if not readings:
        problem = "a quote opens or closes in the wrong place"
        raise UnreadableFile(f"{_EXPECTED_HEADING}, but {problem}: {line.strip()[:EXCERPT_LENGTH]}")
    delimiter = max(readings, key=lambda one: len(set(readings[one]) & set(COLUMN_NAMES)))
    _check_names(readings[delimiter])
    return delimiter, readings[delimiter]


_EXPECTED_HEADING = f"The first line must name the columns {', '.join(COLUMN_NAMES)}, each once"


def _names(line: str, delimiter: str) -> list[str] | None:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        return None


def _check_names(names: list[str]) -> None:
    named = list(names)
    while named and not named[-1]:
        named.pop()
    missing = [name for name in COLUMN_NAMES if name not in named and name not in OPTIONAL_NAMES]
    unknown = [name or "an empty name" for name in named if name not in COLUMN_NAMES]
    if missing or unknown or len(set(named)) < len(named):
        found = f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        raise UnreadableFile(f"{_EXPECTED_HEADING} ({found}).")


# --- JSON -------------------------------------------------------------------------------------------------------------


def _ndjson_rows(lines: _Lines) -> Iterator[Row]:
    while line := lines.take():
        if len(line) > MAX_ROW_LENGTH:
            yield _too_long(lines, line)
        elif line.strip():
            yield _ndjson_row(lines.number, line)


def _ndjson_row(number: int, line: str) -> Row:
    text = line.strip()
    try:
        return _json_row(number, DECODER.decode(text), text)
    except json.JSONDecodeError as error:
        return number, [text], f"This line is not JSON: {error.msg} (column {error.colno})."
    except RecursionError:
        return number, [text], TOO_DEEP


def _json_row(number: int, values: Any, text: str) -> Row:
    if type(values) is not dict:
        problem = values.sentence if isinstance(values, Unclear) else "This is not a JSON object."
        return number, [text], problem
    cells = list(map(values.get, COLUMN_NAMES))
    if not _COLUMN_NAMES.issuperset(values):
        unknown = next(name for name in values if name not in COLUMN_NAMES)
        return number, [text], f"There is no field {unknown!a}. Allowed: {', '.join(COLUMN_NAMES)}."
    unclear = next((cell for cell in cells if type(cell) is Unclear), None)
    return (number, cells, "") if unclear is None else (number, [text], unclear.sentence)


_COLUMN_NAMES = frozenset(COLUMN_NAMES)
_BLANK = re.compile(r"[ \t\r\n]*")


class _JsonArray:
    """A JSON array of objects, read one after the other; only some of the text is in memory."""

    def __init__(self, lines: _Lines) -> None:
        self.lines = lines
        self.number = lines.number + 1
        self.text = ""
        self.position = 0

    def rows(self) -> Iterator[Row]:
        """Yield a row for each object."""
        self._take("[")
        mark = "," if self._next_character() != "]" else self._take("]")
        while mark == ",":
            yield self._row()
            mark = self._take(",]")
        if self._next_character():
            raise self._unreadable("The file goes on after the end of the array")

    def _row(self) -> Row:
        self._next_character()
        try:
            values, end = DECODER.raw_decode(self.text, self.position)
        except json.JSONDecodeError as error:
            self._move(error.pos)
            raise self._unreadable(
                f"This is not JSON ({error.msg}), or one object has more than {MAX_ROW_LENGTH} characters"
            ) from error
        except RecursionError as error:
            raise self._unreadable(TOO_DEEP) from error
        row = _json_row(self.number, values, self.text[self.position : end])
        self._move(end)
        return row

    def _next_character(self) -> str:
        """Skip what is blank and return the character after it, with as much text as an object may have."""
        while True:
            self._move(_BLANK.match(self.text, self.position).end())  # type: ignore[union-attr]  # it always matches
            if len(self.text) - self.position > MAX_ROW_LENGTH or not (more := self.lines.read(MAX_ROW_LENGTH)):
                return self.text[self.position : self.position + 1]
            self.text, self.position = self.text[self.position :] + more, 0

    def _take(self, allowed: str) -> str:
        character = self._next_character()
        if not character or character not in allowed:
            found = f"{character!a}" if character else "the end of the file"
            raise self._unreadable(f"Expected {' or '.join(allowed)}, found {found}")
        self._move(self.position + 1)
        return character

    def _move(self, position: int) -> None:
        self.number += self.text.count("\n", self.position, position)
        self.position = position

    def _unreadable(self, reason: str) -> UnreadableFile:
        return UnreadableFile(f"Line {self.number}: {reason}.")
