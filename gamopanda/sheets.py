"""Sheets that people open in a spreadsheet, as CSV and XLSX: written row by row, and read with limits."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from io import BytesIO, StringIO
from itertools import islice
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import openpyxl
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

ROWS_AT_ONCE = 500
# More rows than these no spreadsheet opens.
MAX_XLSX_ROWS = 1_048_576
# A sheet of texts has a few hundred rows; what unpacks to more than this is no such sheet.
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_READ_ROWS = 20_000
MAX_READ_COLUMNS = 500

# A spreadsheet takes these at the start of a cell for a formula. A phone number is none.
_FORMULA = re.compile(r"'?([=@\t\r]|[+-](?!\d+(\.\d+)?$))")
_ESCAPED = re.compile(r"'(?='?[=@\t\r+-])")

Row = Sequence[Any]


def csv_parts(rows: Iterable[Row]) -> Iterator[bytes]:
    """Write rows as CSV, part by part; it opens with the mark by which spreadsheets know UTF-8, and runs no formula."""
    yield codecs.BOM_UTF8
    waiting = iter(rows)
    while part := list(islice(waiting, ROWS_AT_ONCE)):
        text = StringIO(newline="")
        csv.writer(text).writerows([_harmless(value) for value in row] for row in part)
        yield text.getvalue().encode()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def xlsx_bytes(rows: Iterable[Row], *, widths: Sequence[int] = ()) -> bytes:
    """Write rows as XLSX, with no cell as a formula; raises `ValueError` when they are too many.

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
            sheet.append([_harmless_cell(sheet, value) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _harmless_cell(sheet: Any, value: Any) -> Any:
    """Return a value as it is, unless a workbook would take it for a formula."""
    if not isinstance(value, str) or not value.startswith("="):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell


def read_rows(file: IO[bytes], *, name: str) -> list[list[str]]:
    """Return the cells of a CSV or XLSX file as text, blanks around them dropped; its kind is seen from its content.

    Raises `ValidationError` when it is neither, or too large to be a sheet of texts.
    """
    content = file.read()
    is_workbook = content.startswith(b"PK")
    rows = list(islice(_xlsx_rows(content) if is_workbook else _csv_rows(content), MAX_READ_ROWS + 1))
    if len(rows) > MAX_READ_ROWS or any(len(row) > MAX_READ_COLUMNS for row in rows):
        raise ValidationError(_("“%(name)s” is too large to be a sheet of texts."), params={"name": name})
    return rows


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
            yield [_one_line_end(_ESCAPED.sub("", cell, count=1)) for cell in row]
    except csv.Error as error:
        raise ValidationError(_("The file is neither XLSX nor CSV in UTF-8."), code="invalid") from error


def _one_line_end(text: str) -> str:
    """Return a text with line ends as Unix writes them and no blanks around it."""
    return text.replace("\r\n", "\n").strip()


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    try:
        with ZipFile(BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise ValidationError(_("The workbook is too large to be a sheet of texts."), code="invalid")
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True, max_col=MAX_READ_COLUMNS + 1):
            cells = ["" if cell is None else _one_line_end(str(cell)) for cell in row]
            yield cells[: max((number for number, cell in enumerate(cells, start=1) if cell), default=0)]
    except (BadZipFile, KeyError, ValueError, IndexError) as error:
        raise ValidationError(_("The workbook cannot be read: save it again as XLSX."), code="invalid") from error
