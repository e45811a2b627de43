"""Sheets that people open in a spreadsheet, as CSV and XLSX: written row by row, and read with limits.

tablib holds a workbook in memory cell by cell, takes formulas apart and knows no limits: these are the reasons for
which rows are read and written here.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from io import BytesIO, StringIO
from itertools import islice
from typing import IO, Any
from zipfile import ZipFile

import openpyxl
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from gamopanda.api.characters import without_control_characters

ROWS_AT_ONCE = 500
# More rows than these no spreadsheet opens.
MAX_XLSX_ROWS = 1_048_576
# A sheet of texts has a few hundred rows; what unpacks to more than this is no such sheet.
MAX_UNPACKED_BYTES = 10 * 1024 * 1024
MAX_READ_ROWS = 20_000
MAX_READ_COLUMNS = 500
# With the empty ones, which take time as well.
MAX_READ_CELLS = 1_000_000

# A spreadsheet takes these at the start of a cell for a formula; with apostrophes before, it takes one of them away.
# A phone number is none.
_RUNS = r"'*(?:[=＝@＠\t\r\n]|[+＋\-－](?!\d+(?:\.\d+)?$))"
_FORMULA = re.compile(_RUNS)
_ESCAPED = re.compile(f"'(?={_RUNS})")
# How a workbook writes the character with this number; _x005F_, the underscore itself, where a text looks like that.
_NUMBERED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LOOKS_NUMBERED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# openpyxl drops this from shared strings: read with a character of private use in it, it stays.
_DROPPED, _KEPT = "x005F_", "x\ue000005F_"

Row = Sequence[Any]


class NotText(str):
    """What stands in a cell that holds no text but a number, a date, a truth value or an error."""

    __slots__ = ()


def csv_parts(rows: Iterable[Row]) -> Iterator[bytes]:
    """Write rows as CSV, part by part; it opens with the mark by which spreadsheets know UTF-8, and runs no formula."""
    yield codecs.BOM_UTF8
    waiting = iter(rows)
    while part := list(islice(waiting, ROWS_AT_ONCE)):
        text = StringIO(newline="")
        csv.writer(text).writerows([_harmless(value) for value in row] for row in part)
        yield text.getvalue().encode()


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = without_control_characters(value)
    return f"'{text}" if _FORMULA.match(text) else text


def xlsx_bytes(rows: Iterable[Row], *, widths: Sequence[int] = ()) -> bytes:
    """Write rows as XLSX, with texts as texts and no formula; raises `ValueError` when they are too many.

    `widths` are those of the first columns, in characters; with them the heading stays in sight.
    """
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2" if widths else None
    with closing(sheet):
        for number, row in enumerate(rows):
            if number == MAX_XLSX_ROWS:
                raise ValueError(str(_("An XLSX file holds 1,048,576 rows at most: choose CSV.")))
            sheet.append([_text_cell(sheet, value, is_marked=bool(widths)) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _text_cell(sheet: Any, value: Any, *, is_marked: bool) -> Any:
    """Return a text as a workbook writes it, and never as a formula.

    A cell that `is_marked` stays one of text, whatever is typed there later.
    """
    if not isinstance(value, str):
        return value
    text = _LOOKS_NUMBERED.sub("_x005F_", without_control_characters(value))
    if not is_marked and not text.startswith("="):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    if is_marked:
        cell.number_format = "@"
    return cell


def read_rows(file: IO[bytes], *, name: str) -> list[list[str]]:
    """Return the cells of a CSV or XLSX file as text, blanks around them dropped; its kind is seen from its content.

    A cell of a workbook that holds no text is `NotText`. Raises `ValidationError` when the file is neither, damaged, or
    too large to be a sheet of texts.
    """
    content = file.read()
    rows = []
    for row in _xlsx_rows(content) if content.startswith(b"PK") else _csv_rows(content):
        rows.append(row)
        if len(rows) > MAX_READ_ROWS or len(row) > MAX_READ_COLUMNS:
            raise _too_large(name)
    return rows


def _too_large(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” is too large to be a sheet of texts. Delete what is far to the right or far below."),
        code="invalid",
        params={"name": name},
    )


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError(_("The file is neither XLSX nor CSV in UTF-8."), code="invalid") from error
    head = text.partition("\n")[0]
    # Spreadsheets write semicolons where the comma is a decimal separator.
    delimiter = max(",;\t", key=head.count)
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [tidy(cell[1:] if _ESCAPED.match(cell) else cell) for cell in row]
    except csv.Error as error:
        raise ValidationError(_("The file is neither XLSX nor CSV in UTF-8."), code="invalid") from error


def tidy(text: str) -> str:
    """Return a text as it comes back from a spreadsheet: line ends as Unix writes them, no blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    try:
        book = openpyxl.load_workbook(_repacked(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # What the file says of its size may be wrong, and rows would be filled up to it.
        sheet.reset_dimensions()
        cells = 0
        for row in sheet.iter_rows(max_row=MAX_READ_ROWS + 1):
            cells += len(row)
            if cells > MAX_READ_CELLS:
                raise _too_large(sheet.title)
            last = next((number for number in range(len(row), 0, -1) if row[number - 1].value is not None), 0)
            yield [_text_of(cell) for cell in row[:last]]
    except ValidationError:
        raise
    except Exception as error:  # a reader trips over a damaged workbook in every way there is
        raise ValidationError(_("The workbook cannot be read: save it again as XLSX."), code="invalid") from error


def _repacked(content: bytes) -> BytesIO:
    """Return a workbook whose strings openpyxl reads whole; raises `ValidationError` when it is too large."""
    copy = BytesIO()
    with ZipFile(BytesIO(content)) as archive, ZipFile(copy, "w") as target:
        parts = {part.filename: part for part in archive.infolist()}
        if sum(part.file_size for part in parts.values()) > MAX_UNPACKED_BYTES:
            raise ValidationError(_("The workbook is too large to be a sheet of texts."), code="invalid")
        for name, part in parts.items():
            target.writestr(name, archive.read(part).replace(_DROPPED.encode(), _KEPT.encode()))
    return copy


def _text_of(cell: Any) -> str:
    """Return the text of a cell, with the characters in it that are written as numbers."""
    if cell.value is None:
        return ""
    if not isinstance(cell.value, str) or cell.data_type == "e":
        return NotText(cell.value)
    text = _NUMBERED.sub(lambda number: chr(int(number[1], 16)), cell.value.replace(_KEPT, _DROPPED))
    # Two numbers may be one character beyond U+FFFF; half of one is none.
    return tidy(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
