"""Files of logs: what is read as a row, and that no row is ever lost in another."""

import csv
import gzip
import io
import json
import tracemalloc
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streaks.management.log_files import MAX_ROW_LENGTH, Row, UnreadableFile, read_rows
from streaks.models import StreakLog
from streaks.progress.log_body import COLUMN_NAMES, InvalidLogBody, read_cells
from streaks.tests.calling import make_streak

HEADING = ",".join(COLUMN_NAMES)
AT = "2026-11-22T10:00:00Z"
STRAY = f'u2,{AT},"5 inch pipe,o2,5'


def rows_of(content: str | bytes) -> list[Row]:
    """Read a file."""
    return list(read_rows(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def good_rows(content: str | bytes) -> list[list[Any]]:
    """Return the cells of those rows of a file that are good logs."""
    found: list[list[Any]] = []
    for _, cells, problem in rows_of(content):
        with suppress(InvalidLogBody):
            if not problem:
                read_cells(cells)
                found.append(list(cells))
    return found


def line(number: int, activity_id: str = "bought") -> str:
    """A good row."""
    return f"u{number},{AT},{activity_id},o{number},5"


def write(rows: Iterable[Iterable[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    """Write rows as CSV."""
    file = io.StringIO()
    # With only a line feed at the ends of rows, Python's writer leaves carriage returns within cells without quotes.
    quoting: Any = csv.QUOTE_ALL if end == "\n" else csv.QUOTE_MINIMAL
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return file.getvalue()


# --- quotes -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("size", [7, 1000])
def test_a_stray_quote_rejects_its_own_row_only(tmp_path: Path, size: int, capsys: pytest.CaptureFixture[str]) -> None:
    file, rejects = tmp_path / "logs.csv", tmp_path / "logs.csv.rejects.csv"
    lines = [line(1), STRAY, *(line(number) for number in range(3, size + 1))]
    file.write_text("\n".join([HEADING, *lines]) + "\n")
    call_command("import_streak_logs", str(file), streak=str(make_streak(aggregation_method="count").pk))
    counts = f"{size - 1} logs recorded, 0 were there already, 1 rejected (see {rejects})."
    assert capsys.readouterr().out == f"{size} rows: {counts}\n"
    assert StreakLog.objects.count() == size - 1
    with rejects.open(newline="") as file_of_rejects:
        (row,) = csv.DictReader(file_of_rejects)
    assert (row["line"], row["externalId"]) == ("3", STRAY)
    assert row["reason"].startswith("This line is not CSV: a quote opens or closes in the wrong place.")


@pytest.mark.parametrize(
    "second",
    [
        f'u4,{AT},"6 inch pipe,o4,5',
        f'u4,{AT},6 inch",o4,5',
        f'u4,{AT},6 inch" pipe,o4,5',
        f'u4,{AT},",o4,5',
        f'u4,{AT},x,o4,"',
    ],
)
@pytest.mark.parametrize("between", [[], [line(3)], [line(3), line(30)]])
def test_two_stray_quotes_never_make_one_log_of_several_rows(second: str, between: list[str]) -> None:
    lines = [line(1), STRAY, *between, second, line(5)]
    rows = rows_of("\n".join([HEADING, *lines]))
    assert [number for number, _, _ in rows] == list(range(2, len(lines) + 2))
    good = [list(cells) for _, cells, problem in rows if not problem]
    assert [text.split(",") for text in [line(1), *between, line(5)]] == [cells for cells in good if cells[0] != "u4"]


def test_a_line_break_within_quotes_is_part_of_a_good_row() -> None:
    rows = [["u\n1", AT, "first\r\nsecond", "o1", "5"], ["u2", AT, 'say "a"\n,b,', "\n\n", ""], line(3).split(",")]
    assert [(number, list(cells), problem) for number, cells, problem in rows_of(write([COLUMN_NAMES, *rows]))] == [
        (2, rows[0], ""),
        (5, rows[1], ""),
        (9, rows[2], ""),
    ]


def test_a_row_within_the_quotes_of_another_is_read_as_the_row_that_it_is() -> None:
    rows = rows_of(f'{HEADING}\nu1,{AT},"a\n{line(2)}\nb",o1,5\n{line(3)}\n')
    assert [(number, bool(problem)) for number, _, problem in rows] == [(2, True), (3, False), (4, True), (5, False)]


def test_a_quote_before_many_blank_lines_is_told_at_once() -> None:
    rows = rows_of(f"{HEADING}\n{STRAY}\n" + "\n" * 2 * MAX_ROW_LENGTH + line(3))
    assert [(number, bool(problem)) for number, _, problem in rows] == [(2, True), (2 * MAX_ROW_LENGTH + 3, False)]


ids = st.text(min_size=1, max_size=12) | st.text('",;\n\r\tab ', min_size=1, max_size=8)
values = st.sampled_from(["", "5", "-0.25"])
# No member is named by blanks alone.
names = ids.filter(str.strip)
logs = st.tuples(names, st.sampled_from([AT, "2026-11-22 10:00+01:00"]), ids, ids, values).map(list)
storable_logs = logs.filter(lambda cells: "\0" not in "".join(cells))


@given(st.lists(storable_logs), st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]))
def test_any_logs_written_as_csv_are_read_as_they_are(rows: list[list[str]], delimiter: str, end: str) -> None:
    assert [list(cells) for _, cells, _ in rows_of(write([COLUMN_NAMES, *rows], delimiter, end))] == rows


any_cell = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.lists(any_cell, min_size=5, max_size=5)))
def test_any_cells_without_line_breaks_are_read_as_they_are(rows: list[list[str]]) -> None:
    assert [list(cells) for _, cells, _ in rows_of(write([COLUMN_NAMES, *rows]))] == rows


damage = st.text('",\n\rab5', max_size=12) | st.sampled_from([STRAY, f'u2,{AT},a,"o2', f'"u2,{AT}', '"', f'u,{AT},x,"'])


@given(st.lists(storable_logs, min_size=2, max_size=6), st.data())
def test_whatever_is_damaged_in_one_row_all_other_rows_are_read(rows: list[list[str]], data: st.DataObject) -> None:
    damaged = data.draw(st.integers(0, len(rows) - 1))
    texts = [write([row]) for row in rows]
    text = texts[damaged].rstrip("\r\n")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    texts[damaged] = text[:start] + data.draw(damage) + text[end:] + "\r\n"
    read = good_rows(f"{HEADING}\r\n" + "".join(texts))
    others = rows[:damaged] + rows[damaged + 1 :]
    assert all(read.count(row) >= others.count(row) for row in others)


# --- headings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        HEADING,
        HEADING.replace(",", ";"),
        HEADING.replace(",", "\t"),
        HEADING.replace(",", " , "),
        f"\ufeff{HEADING}",
        f"\n\n{HEADING}",
        ",".join(f'"{name}"' for name in COLUMN_NAMES),
    ],
)
def test_a_heading_may_be_written_in_several_ways(heading: str) -> None:
    delimiter = next(character for character in ",;\t" if character in heading)
    ((number, cells, problem),) = rows_of(f"{heading}\n{line(1).replace(',', delimiter)}\n")
    assert (number, list(cells), problem) == (heading.count("\n") + 2, line(1).split(","), "")


def test_columns_at_the_end_without_name_and_content_are_left_out() -> None:
    rows = rows_of(f"{HEADING},,\n{line(1)},,\n{line(2)},,x\n{line(3)}\n{line(4)},,,\n")
    assert [list(cells) for _, cells, problem in rows if not problem] == [line(1).split(",")]
    assert [(number, problem) for number, _, problem in rows[1:]] == [
        (3, "This line has a cell in a column without a name."),
        (4, "The heading has 7 columns, this line has 5."),
        (5, "The heading has 7 columns, this line has 8."),
    ]


def test_columns_come_in_any_order_and_the_value_may_be_missing() -> None:
    ((_, cells, problem),) = rows_of(f"uniqueIdentifier,activityId,activityAt,externalId\no1,bought,{AT},u1\n")
    assert (list(cells), problem) == (["u1", AT, "bought", "o1", ""], "")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            f'"{HEADING}\n{line(1)}',
            "a quote opens or closes in the wrong place: .external",
        ),
        (
            f'"external"Id,activityAt\n{line(1)}',
            "a quote opens or closes in the wrong place: .external",
        ),
        (HEADING.replace("activityId", ""), "missing: activityId; unknown: an empty name"),
        (HEADING.replace(",", "|"), "missing: externalId, activityAt"),
        (f"{HEADING}\n".encode("utf-16"), "The file is UTF-16: save it as UTF-8"),
        (b"", "missing: externalId, activityAt"),
        ("[", "Line 1: This is not JSON"),
        ("[{},", "Line 1: This is not JSON"),
        ('[{"externalId": "a"}', "Line 1: Expected , or ], found the end of the file"),
        ('[{"externalId": "a"}\n{"externalId": "b"}]', "Line 2: Expected , or ], found '{'"),
        ('[\n{"externalId": a}]', "Line 2: This is not JSON"),
        ("[]\n[]", "Line 2: The file goes on after the end of the array"),
    ],
)
def test_what_is_no_file_of_logs_is_told_in_a_sentence(content: str | bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=sentence):
        rows_of(content)


@pytest.mark.django_db
def test_a_bad_quote_in_the_heading_is_an_error_of_the_command(tmp_path: Path) -> None:
    file = tmp_path / "logs.csv"
    file.write_text(f'"{HEADING}\n{line(1)}\n')
    with pytest.raises(CommandError, match="a quote opens or closes in the wrong place"):
        call_command("import_streak_logs", str(file), streak=str(make_streak().pk))
    assert StreakLog.objects.count() == 0


# --- JSON -------------------------------------------------------------------------------------------------------------


def log(number: int) -> dict[str, Any]:
    """A good log."""
    return dict(zip(COLUMN_NAMES, line(number).split(","), strict=True))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_json_is_read_line_by_line_or_as_an_array_with_and_without_a_byte_order_mark(mark: str, compress: Any) -> None:
    lines = "\n\n".join(json.dumps(log(number)) for number in range(3))
    array = json.dumps([log(number) for number in range(3)])
    spread = json.dumps([log(number) for number in range(3)], indent=2)
    wanted = [line(number).split(",") for number in range(3)]
    places = []
    for content in (lines, array, spread, f" \n{array} \n"):
        rows = rows_of(compress(f"{mark}{content}".encode()))
        assert [(list(cells), problem) for _, cells, problem in rows] == [(cells, "") for cells in wanted]
        places.append([number for number, _, _ in rows])
    assert places == [[1, 3, 5], [1, 1, 1], [2, 9, 16], [2, 2, 2]]


def test_an_empty_array_has_no_rows() -> None:
    assert rows_of(" [ ] ") == []


BAD_OBJECTS = {
    "5": "This is not a JSON object.",
    '{"colour": 1}': "There is no field 'colour'. Allowed: externalId, activityAt,",
    '{"externalId": "a", "externalId": "b"}': "The key 'externalId' is given twice in one object.",
    '{"activityValue": NaN}': "NaN is not a JSON number.",
    '{"activityValue": 1e9999}': "The number 1e9999 is out of range.",
}


@pytest.mark.parametrize("text", BAD_OBJECTS)
def test_a_bad_object_rejects_itself_only_with_its_own_text(text: str) -> None:
    good = json.dumps(log(1))
    for content in (f"{good}\n{text}\n{good}", f"[{good},\n{text},\n{good}]"):
        first, (number, cells, problem), last = rows_of(content)
        assert (first[2], number, list(cells), last[2]) == ("", 2, [text], "")
        assert problem.startswith(BAD_OBJECTS[text])


@given(st.lists(st.dictionaries(st.sampled_from(COLUMN_NAMES), st.text() | st.integers() | st.none())))
def test_s17_an_array_says_the_same_as_its_objects_line_by_line(objects: list[dict[str, Any]]) -> None:
    lines = rows_of("\n".join(map(json.dumps, [log(0), *objects])))
    array = rows_of(json.dumps([log(0), *objects], indent=1))
    assert [row[1:] for row in array] == [row[1:] for row in lines]


# --- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [f"{HEADING}\n", f"{json.dumps(log(0))}\n"])
def test_a_line_without_end_rejects_itself_only(start: str) -> None:
    end = f"{line(1)}\n" if start.startswith(HEADING) else f"{json.dumps(log(1))}\n"
    rows = rows_of(f"{start}{'x' * 5 * MAX_ROW_LENGTH}\n\n{end}")
    *_, (number, cells, problem), last = rows
    assert (number, len(cells[0]), problem) == (2, 200, f"This line has more than {MAX_ROW_LENGTH} characters.")
    assert (last[0], list(last[1]), last[2]) == (4, line(1).split(","), "")


def kept_in_memory(content: bytes, rows: int) -> int:
    """Return how much memory reading takes at most."""
    file = io.BytesIO(content)
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_rows(file)) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_files_of_any_size_take_little_memory() -> None:
    number, array = 10_000, json.dumps([log(1)] * 10_000).encode()
    table = "\n".join([HEADING, *[line(1)] * number]).encode()
    quoted = "\n".join([HEADING, *[STRAY, line(1)] * (number // 2)]).encode()
    assert len(array) > 1_000_000
    assert max(kept_in_memory(content, number) for content in (array, table, quoted)) < 1_000_000


@settings(max_examples=20)
@example(MAX_ROW_LENGTH)
@given(st.integers(0, 3 * MAX_ROW_LENGTH))
def test_an_array_is_read_wherever_its_pieces_end(blanks: int) -> None:
    content = "[" + json.dumps(log(1)) + " " * blanks + "," + json.dumps(log(2)) + "]"
    assert [list(cells) for _, cells, _ in rows_of(content)] == [line(1).split(","), line(2).split(",")]
