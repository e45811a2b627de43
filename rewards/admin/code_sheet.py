"""Coupon codes as shops export them: CSV with any separator, XLSX or text; the column that has them is guessed."""

import codecs
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from gamopanda.admin.sheets import read_rows
from rewards.code_keys import code_key
from rewards.models import PoolCode
from streaks.validators import is_code

MAX_CODE_LENGTH: int = PoolCode._meta.get_field("code").max_length  # type: ignore[assignment]
SEPARATORS = ",;\t|"
# As many lines as tell the separator and the column.
LOOKED_AT = 50
HEADINGS = ("code", "coupon", "voucher", "gutschein", "promo", "cupon", "cupón", "codice")
# As many examples of a problem as are named.
NAMED = 5
ENDS = 10

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a file has and that is no code: what it is, how often, and the first few."""

    text: str
    number: int
    examples: str


@dataclass(frozen=True, slots=True)
class CodeSheet:
    """The codes of one column, and what was found beside them."""

    codes: list[str]
    findings: list[Finding]

    @property
    def first(self) -> list[str]:
        """The first codes; all of them where there are few."""
        return self.codes[:ENDS] if len(self.codes) > 2 * ENDS else self.codes

    @property
    def last(self) -> list[str]:
        """The last codes, where the first are not all."""
        return self.codes[-ENDS:] if len(self.codes) > 2 * ENDS else []


def read_file(file: IO[bytes], *, name: str) -> Rows:
    """Return the cells of a file; raises `ValidationError` when it is neither text nor a workbook."""
    head = file.read(4)
    file.seek(0)
    return read_rows(file, name=name) if head.startswith(b"PK") else read_text(_decoded(file.read()))


def _decoded(content: bytes) -> str:
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        message = _("The file is neither XLSX nor text in UTF-8 or UTF-16: save it again as one of them.")
        raise ValidationError(message, code="invalid") from error


def read_text(text: str) -> Rows:
    """Return the cells of a text, with the separator that its first lines have most of.

    A single line with several cells is a list of codes.
    """
    head = "\n".join(text.splitlines()[:LOOKED_AT])
    separator = max(SEPARATORS, key=head.count)
    rows = _rows(text, separator)
    filled = [row for row in rows if any(row)]
    if len(filled) == 1 and len(filled[0]) > 1:
        return [[cell] for cell in filled[0] if cell]
    return rows


def columns_of(rows: Rows) -> list[tuple[int, str]]:
    """Return the columns to choose from, each with its first cell."""
    width = max((len(row) for row in rows), default=0)
    return [(column, _cell(rows[0], column)) for column in range(width)] if rows else []


def guess_column(rows: Rows) -> int:
    """Return the column that is called after codes, else the one with the most different words."""
    columns = [column for column, _heading in columns_of(rows)]
    named = [column for column in columns if _is_heading(_cell(rows[0], column))]
    if named:
        return named[0]
    return max(columns, key=lambda column: _words(rows, column), default=0)


def _words(rows: Rows, column: int) -> int:
    cells = {_cell(row, column) for row in rows[:LOOKED_AT]}
    return sum(any(map(str.isalpha, cell)) and " " not in cell for cell in cells if cell)


def read_codes(rows: Rows, column: int) -> CodeSheet:
    """Return the codes of a column, and name all that is left out: nothing disappears without a word."""
    cells = [_cell(row, column) for row in rows]
    left_out: dict[str, list[str]] = {}
    codes: dict[Any, str] = {}
    for number, cell in enumerate(cells):
        reason = _reason(cell, codes, is_first=number == 0 and len(cells) > 1)
        if reason:
            left_out.setdefault(reason, []).append(cell)
        else:
            codes[code_key(cell)] = cell
    return CodeSheet(list(codes.values()), [_finding(reason, cells) for reason, cells in left_out.items()])


def _reason(cell: str, codes: dict[Any, str], *, is_first: bool) -> str:
    """Return why a cell is left out; nothing for a code."""
    if not cell:
        return _("blank")
    if is_first and _is_heading(cell):
        return _("heading")
    if cell.startswith(("=", "@")):
        return _("formula")
    if not is_code(cell) or len(cell) > MAX_CODE_LENGTH:
        return _("control characters, or too long")
    known = codes.get(code_key(cell))
    if known is None:
        return ""
    return _("twice") if known == cell else _("the same but for capitals or Unicode form")


def _is_heading(cell: str) -> bool:
    words = cell.casefold()
    return not any(map(str.isdigit, cell)) and any(words.startswith(word) or words.endswith(word) for word in HEADINGS)


def _finding(reason: str, cells: Sequence[str]) -> Finding:
    examples = ", ".join(dict.fromkeys(cell[:40] for cell in cells if cell))
    named = examples if len(cells) <= NAMED else ", ".join(cell[:40] for cell in cells[:NAMED]) + " …"
    return Finding(reason, len(cells), named)


def _cell(row: Sequence[str], column: int) -> str:
    return str(row[column]) if column < len(row) else ""


def as_text(rows: Rows) -> str:
    """Return the cells as text that `read_table` reads again."""
    text = StringIO(newline="")
    csv.writer(text, delimiter="\t").writerows(rows)
    return text.getvalue()


def read_table(text: str) -> Rows:
    """Return the cells that `as_text` has written."""
    return _rows(text, "\t")


def _rows(text: str, separator: str) -> Rows:
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(StringIO(text, newline=""), delimiter=separator)]
    except csv.Error as error:
        raise ValidationError(
            _("The cells of the file cannot be told apart: save it as CSV."), code="invalid"
        ) from error
