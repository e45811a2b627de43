"""Sheets are written and read as spreadsheets do it; damaged and hostile ones are refused at once."""

import csv
import re
from io import BytesIO, StringIO
from time import monotonic
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st

from gamopanda.admin.sheets import NotText, csv_parts, read_rows, tidy, xlsx_bytes
from gamopanda.api.characters import CONTROL

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql
SECONDS = 5


def read(content: bytes) -> list[list[str]]:
    return read_rows(BytesIO(content), name="filled.xlsx")


def refusal(content: bytes) -> str:
    """Return what a file is refused with, which takes no time."""
    begun = monotonic()
    with pytest.raises(ValidationError) as caught:
        read(content)
    assert monotonic() - begun < SECONDS
    return str(caught.value.messages[0])


DAMAGED = "The workbook cannot be read: save it again as XLSX."
TOO_LARGE = "“filled.xlsx” is too large to be a sheet of texts. Delete what is far to the right or far below."


def workbook(*rows: list[str]) -> bytes:
    return xlsx_bytes(rows or [["key", "fr"], ["streak.eud_title", "Achetez"]])


WORKBOOK = workbook()


def with_parts(content: bytes, **changed: bytes | None) -> bytes:
    """Return a workbook with some parts in another form, or without them; names have underscores for slashes."""
    out = BytesIO()
    with ZipFile(BytesIO(content)) as archive, ZipFile(out, "w", ZIP_DEFLATED) as copy:
        for name in archive.namelist():
            body = changed.get(re.sub(r"\W", "_", name), archive.read(name))
            if body is not None:
                copy.writestr(name, body)
    return out.getvalue()


def with_cells(cells: str, strings: str = "") -> bytes:
    """Return a workbook as other programs write it: cells and shared strings in XML."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types = ZipFile(BytesIO(WORKBOOK)).read("[Content_Types].xml")
    shared = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    content = with_parts(
        WORKBOOK,
        xl_worksheets_sheet1_xml=f"<worksheet {space}><sheetData>{cells}</sheetData></worksheet>".encode(),
        _Content_Types__xml=types.replace(b"</Types>", shared.encode()) if strings else types,
    )
    file = BytesIO(content)
    if strings:
        with ZipFile(file, "a") as archive:
            archive.writestr("xl/sharedStrings.xml", f"<sst {space}>{strings}</sst>")
    return file.getvalue()


# --- characters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a_x000D_\nb", "a\nb"),
        ("a_x000d_b", "a\nb"),
        ("a_x005F_x000D_b", "a_x000D_b"),
        ("_x005F_x005F_", "_x005F_"),
        ("a_x005f_x0041_", "a_x0041_"),
        ("_x0041__x00e4_", "Aä"),
        ("_xD83D__xDD25_", "🔥"),
        ("_xD83D_", "\ufffd"),
        ("_x41_ x0041_ _x0041", "_x41_ x0041_ _x0041"),
    ],
)
@pytest.mark.parametrize("is_shared", [True, False])
def test_numbered_characters_are_read_as_excel_writes_them(written: str, meant: str, is_shared: bool) -> None:
    if is_shared:
        content = with_cells('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', f"<si><t>{written}</t></si>")
    else:
        content = with_cells(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{written}</t></is></c></row>')
    assert read(content) == [[meant]]


@example("_x000D_")
@example("_x005F_x000D_")
@example("''-x")
@example("'=x")
@given(st.text(st.one_of(st.sampled_from("'_x05FD=-+@＝ \t\r\n1"), st.characters(exclude_categories=["Cs"]))))
def test_any_text_comes_back_from_a_sheet_as_it_was(text: str) -> None:
    expected = tidy(CONTROL.sub("\ufffd", text))
    rows = [["key", "fr"], [text, "."]]
    for content in (workbook(*rows), b"".join(csv_parts(rows))):
        assert read(content) == [["key", "fr"], [expected, "."]]


@given(st.text(st.sampled_from("'=＝+＋-－@＠\t\r\n1.x")))
def test_no_cell_of_a_csv_file_begins_with_what_runs(text: str) -> None:
    (row,) = csv.reader(StringIO(b"".join(csv_parts([[text, "."]])).decode("utf-8-sig"), newline=""))
    assert not re.match(r"[=＝@＠\t\r\n]|[+＋\-－](?!\d+(\.\d+)?$)", row[0])


def test_cells_that_hold_no_text_are_told_apart() -> None:
    content = with_cells(
        '<row r="1"><c r="A1"><v>0.2</v></c><c r="B1" t="b"><v>1</v></c><c r="C1" t="e"><v>#N/A</v></c>'
        '<c r="D1" t="str"><f>A1</f><v>text</v></c><c r="E1" t="d"><v>2026-03-01</v></c></row>'
    )
    (row,) = read(content)
    assert row == ["0.2", "True", "#N/A", "text", "2026-03-01"]
    assert [isinstance(cell, NotText) for cell in row] == [True, True, True, False, True]


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"<a><b></a>", b"", b"\0", b"<a/>", b"\xff\xfe<", None])
@pytest.mark.parametrize("part", ["xl_workbook_xml", "xl_worksheets_sheet1_xml", "_Content_Types__xml"])
def test_a_workbook_with_a_damaged_part_is_refused(part: str, body: bytes | None) -> None:
    content = with_parts(workbook(), **{part: body})
    if (part, body) == ("xl_worksheets_sheet1_xml", b"<a/>"):
        assert read(content) == []
    else:
        assert refusal(content) == DAMAGED


@pytest.mark.parametrize("part", ["xl_workbook_xml", "xl_worksheets_sheet1_xml"])
def test_a_workbook_that_names_entities_is_refused(part: str) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    assert refusal(with_parts(workbook(), **{part: f"{bomb}]><a>&j;</a>".encode()})) == DAMAGED


def test_a_workbook_that_is_cut_off_anywhere_is_refused() -> None:
    whole = workbook()
    assert {refusal(whole[:length]) for length in range(2, len(whole) - 1, 97)} == {DAMAGED}


@given(st.data())
def test_any_damage_to_a_workbook_is_read_or_refused(data: st.DataObject) -> None:
    damaged = bytearray(WORKBOOK)
    for place in data.draw(st.lists(st.integers(4, len(damaged) - 1), min_size=1, max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        read(bytes(damaged))
    except ValidationError as error:
        assert error.messages  # noqa: PT017  either is right


# --- size -------------------------------------------------------------------------------------------------------------


def cell(name: str) -> str:
    return f'<c r="{name}" t="inlineStr"><is><t>x</t></is></c>'


@pytest.mark.parametrize(
    "cells",
    [
        f'<row r="1048576">{cell("XFD1048576")}</row>',
        f'<row r="1">{cell("A1")}</row><row r="1048576">{cell("A1048576")}</row>',
        f'<row r="1">{cell("XFD1")}</row>',
        "".join(f'<row r="{number}">{cell(f"SG{number}")}</row>' for number in range(1, 20_000)),
        "".join(f'<row r="{number}"><c r="XFD{number}"/></row>' for number in range(1, 20_000)),
    ],
)
def test_a_cell_far_away_is_refused_at_once(cells: str) -> None:
    assert refusal(with_cells(cells)).endswith("Delete what is far to the right or far below.")


def test_a_sheet_that_claims_to_be_as_large_as_can_be_is_read() -> None:
    content = with_cells(f'<row r="1">{cell("A1")}</row><row r="7">{cell("B7")}</row>')
    sized = with_parts(
        content,
        xl_worksheets_sheet1_xml=ZipFile(BytesIO(content))
        .read("xl/worksheets/sheet1.xml")
        .replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>'),
    )
    begun = monotonic()
    assert read(sized) == [["x"], [], [], [], [], [], ["", "x"]]
    assert monotonic() - begun < SECONDS


def test_what_unpacks_to_more_than_a_sheet_of_texts_is_refused_unread() -> None:
    bomb = with_parts(workbook(), xl_worksheets_sheet1_xml=b" " * 200_000_000)
    assert len(bomb) < 300_000
    assert refusal(bomb) == "The workbook is too large to be a sheet of texts."
