"""S17: the same text means the same in a single call, in a batch and in a file."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gamopanda.api.errors.exceptions import Unreadable
from gamopanda.api.parsing.strict_json import MAX_DEPTH, load_json, parse_json
from gamopanda.api.serializers.base import _parse_any_instant, parse_instant, parse_instants
from streaks.api.log_serializers import NewLogSerializer
from streaks.management.log_files import read_rows
from streaks.progress.log_body import (
    COLUMN_NAMES,
    IGNORED_NAMES,
    InvalidLogBody,
    LogBody,
    _read_closely,
    _read_usual_body,
    read_cells,
    read_columns,
    read_log_body,
)

STREAK = "01890a5d-ac96-774b-bcce-b302099a8057"
BODY = {
    "streakId": STREAK,
    "ownedById": "customer-1",
    "activityAt": "2026-03-01T18:30:00+01:00",
    "activityId": "made_a_purchase",
    "uniqueIdentifier": "order-1",
    "activityValue": 25,
}
READ = LogBody(
    UUID(STREAK),
    "customer-1",
    None,
    datetime(2026, 3, 1, 17, 30, tzinfo=UTC),
    "made_a_purchase",
    "order-1",
    250_000,
)
TEXTS = ["", " ", "x", "é 🔥", "x" * 256, "x" * 257, "é" * 256, "a\nb", "\0", "\ud800", "25"]
NUMBERS: list[Any] = [0, -25, 25, "25", "25.5", "-0.0001", "0.00001", "1e3", "1E-5", "1_000", "1__0", " 25", "٣", "NaN"]
NUMBERS += ["inf", "", " ", True, "5.", ".5", "-.5", "-", "+5", "007", "25.50000", "00000000000000001"]
NUMBERS += [Decimal("0.1"), Decimal("1e14"), Decimal("922337203685477.5807"), 10**14 - 1, 10**14, 10**18, -(10**14)]
NUMBERS += [Decimal("1.00000"), Decimal("-0"), Decimal("1e-4")]
INSTANTS = [
    "2026-03-01T18:30:00Z",
    "2026-11-20t10:00:00z",
    "2026-03-01t18:30z",
    "2026-03-01 18:30:00.1234567+0545",
    "2026-11-20_10:00:00Z",
    "2026-W47-5T10:00:00Z",
    "2026-03-01T18:30:00",
    "2026-03-01",
    "2026-03-01\u000018:30:00Z",
    "2026-03-01T18:30:00Z\0",
    "2026-02-30T18:30:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T23:59:60Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "20260301T183000Z",
    "٢٠٢٦-03-01T18:30:00Z",
    "yesterday",
    "",
]
OTHERS: list[Any] = [None, True, 1, 1.5, [], {}, STREAK, STREAK.upper(), STREAK.replace("-", ""), UUID(STREAK)]
PEOPLE: list[Any] = [{"externalId": "x"}, {"externalId": ""}, {"externalId": "x", "firstName": "A"}, {"firstName": "A"}]
ODD = st.sampled_from([*TEXTS, *NUMBERS, *INSTANTS, *OTHERS, *PEOPLE])


def problems_of(body: Any) -> list[tuple[str | None, str]]:
    """Return field and code of all that is wrong with a body."""
    with pytest.raises(InvalidLogBody) as caught:
        read_log_body(body)
    return [(problem.field, problem.code) for problem in caught.value.problems]


def read_or_refuse(read: Any, *given_values: Any) -> Any:
    """Return what was read, or what is wrong."""
    try:
        return read(*given_values)
    except InvalidLogBody as error:
        return sorted((problem.code, problem.message) for problem in error.problems)


def test_a_usual_body_is_read_at_a_glance() -> None:
    assert read_log_body(BODY) == _read_usual_body(BODY) == READ
    by_person = {name: value for name, value in BODY.items() if name != "ownedById"} | {"ownedBy": {"externalId": "x"}}
    body = _read_usual_body(load_json('{"activityValue": 0.1}') | {**by_person, "activityValue": Decimal("0.1")})
    assert body is not None
    assert (body.owner, body.person, body.units) == (None, {"external_id": "x"}, 1000)


def test_what_an_answer_shows_beside_the_body_is_ignored() -> None:
    assert read_log_body({**BODY, **dict.fromkeys(IGNORED_NAMES, "anything")}) == READ


def test_a_person_is_read_with_the_rules_of_members() -> None:
    person = {"externalId": "x", "firstName": "Ann", "email": "ann@example.com", "phoneNumber": "+14155550123"}
    body = read_log_body({**BODY, "ownedById": None, "ownedBy": person})
    assert body.owner is None
    assert body.person == {
        "external_id": "x",
        "first_name": "Ann",
        "email": "ann@example.com",
        "phone_number": "+14155550123",
    }


def test_all_that_is_wrong_is_said_at_once() -> None:
    person = {"externalId": "", "email": "ann", "status": "live"}
    body = {"ownedBy": person, "activityAt": "2026-03-01", "activityId": None, "activityValue": "1_000", "vlaue": 5}
    assert problems_of(body) == [
        ("streakId", "required"),
        ("ownedBy.externalId", "blank"),
        ("ownedBy.email", "invalid"),
        ("ownedBy.status", "unknown_field"),
        ("activityAt", "invalid"),
        ("activityId", "null"),
        ("uniqueIdentifier", "required"),
        ("activityValue", "invalid"),
        ("vlaue", "unknown_field"),
    ]
    assert problems_of({**BODY, "ownedById": None, "activityAt": 5}) == [
        ("ownedById", "required"),
        ("activityAt", "invalid"),
    ]
    assert problems_of({**BODY, "ownedBy": {"externalId": "x"}}) == [("ownedById", "invalid")]


@pytest.mark.parametrize("body", [None, [], "text", 5, [BODY]])
def test_what_is_no_object_is_no_body(body: Any) -> None:
    assert [field for field, _ in problems_of(body)] == [None]


@pytest.mark.parametrize("text", ["NaN", '{"a": 1e999999}', '{"activityId": "a", "activityId": "b"}'])
def test_json_that_was_only_parsed_is_checked_along_with_the_body(text: str) -> None:
    assert problems_of(parse_json(text)) == [(None, "invalid")]
    assert problems_of({**BODY, "activityId": parse_json(text)}) == [(None, "invalid")]


@given(
    st.dictionaries(st.sampled_from([*BODY, "ownedBy", "id", "other"]), ODD, max_size=3),
    st.sets(st.sampled_from([*BODY])),
)
def test_s17_a_body_read_at_a_glance_is_what_its_fields_make_of_it(odd: dict[str, Any], missing: set[str]) -> None:
    body = {name: value for name, value in (BODY | odd).items() if name in odd or name not in missing}
    usual = _read_usual_body(body)
    if usual is not None:
        assert usual == _read_closely(body, MAX_DEPTH)
    assert read_or_refuse(read_log_body, body) == read_or_refuse(_read_closely, body, MAX_DEPTH)


def test_the_serializer_that_describes_the_body_reads_it_as_everywhere() -> None:
    assert NewLogSerializer().run_validation(BODY) == READ
    serializer = NewLogSerializer(data={**BODY, "activityAt": "2026-03-01T18:30:00"})
    assert not serializer.is_valid()
    assert {name: [error.code for error in errors] for name, errors in serializer.errors.items()} == {
        "activityAt": ["missing_offset"]
    }


near_instants = st.builds(
    lambda text, at, odd, removed: text[:at] + odd + text[at + removed :],
    st.sampled_from(
        [
            *("2026-03-01T18:30:00Z", "2026-03-01T18:30:00+01:00", "9999-12-31T23:59:59-01:00"),
            *("2026-03-01T18:30:00.125Z", "2026-03-01T18:30:00.125-01:00"),
            *("2026-03-01T18:30:00.000125Z", "2026-03-01T18:30:00.000125+01:00"),
        ]
    ),
    st.integers(0, 32),
    st.text("0123456789:-+TtZz. W_é٣\0", max_size=3),
    st.integers(0, 3),
)


@given(near_instants | st.sampled_from(INSTANTS) | st.text(max_size=30))
@example("2026-03-01T18:30:00Z\0")
def test_an_instant_of_a_usual_shape_is_what_the_pattern_makes_of_it(text: str) -> None:
    results: list[Any] = []
    for read in (parse_instant, lambda given_text: parse_instants([given_text])[0], _parse_any_instant):
        try:
            results.append((read(text), read(text).tzinfo))
        except Unreadable as error:
            results.append((str(error), error.code))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-03-01T24:00:00Z", "There is no hour 24: write midnight as 00:00 of the next day."),
        ("2026-03-01T23:59:60Z", "There is no second 60: write a leap second as 59."),
    ],
)
def test_an_instant_that_only_some_clocks_have_is_refused_with_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(InvalidLogBody) as caught:
        read_log_body({**BODY, "activityAt": text})
    assert caught.value.problems == [("activityAt", "invalid", sentence)]


# --- files ------------------------------------------------------------------------------------------------------------


def body_of(row: list[Any]) -> dict[str, Any]:
    """The body that says what a row says."""
    external_id, *others = row
    values = dict(zip(COLUMN_NAMES[1:], others, strict=True))
    return {"streakId": STREAK, "ownedById": external_id, **values}


def as_single(row: list[Any]) -> Any:
    """Read the values of a row as a body; say what is wrong by codes and messages."""
    body = read_or_refuse(read_log_body, body_of(row))
    if isinstance(body, list):
        return body
    return body.owner, body.activity_at, body.activity_id, body.unique_identifier, body.units


def as_file(rows: list[Any]) -> Any:
    """Read rows as columns of a file, of which the last is wanted."""
    columns, errors = read_columns(*map(list, zip(*rows, strict=True)))
    last = len(rows) - 1
    if last in errors:
        return sorted((problem.code, problem.message) for problem in errors[last].problems)
    place = list(columns.indexes).index(last)
    given_columns = (
        columns.external_ids,
        columns.instants,
        columns.activity_ids,
        columns.identifiers,
        columns.units,
    )
    return tuple(column[place] for column in given_columns)


GOOD_ROW = ["customer-1", "2026-03-01T18:30:00Z", "made_a_purchase", "order-1", "1"]
odd_texts = st.sampled_from([text for text in [*TEXTS, *NUMBERS, *INSTANTS] if isinstance(text, str)])
texts = odd_texts | near_instants | st.text(max_size=20)
cells = st.dictionaries(st.integers(0, 4), texts, max_size=2)


@given(cells, st.booleans())
@example({4: "1_000"}, False)
@example({4: "1__0"}, False)
@example({4: "٣"}, True)
@example({1: "2026-W47-5T10:00:00Z"}, False)
@example({1: "2026-11-20_10:00:00Z"}, True)
@example({1: "2026-11-20t10:00:00z"}, False)
def test_s17_any_text_means_the_same_in_a_call_a_batch_and_a_file(odd: dict[int, str], is_with_others: bool) -> None:
    row = [odd.get(index, value) for index, value in enumerate(GOOD_ROW)]
    rows = [GOOD_ROW, row] if is_with_others else [row]
    single = as_single(row)
    if not any("\0" in text or "\ud800" in text for text in row):  # else said of the body as a whole
        assert as_file(rows) == single
    assert isinstance(as_file(rows), tuple) == isinstance(single, tuple)
    # A batch hands over what `parse_json` makes of the request.
    sent = parse_json(json.dumps(body_of(row)))
    batch = read_or_refuse(lambda body: read_log_body(body, max_depth=MAX_DEPTH - 2), sent)
    assert batch == read_or_refuse(read_log_body, body_of(row))


@given(st.lists(st.sampled_from([*NUMBERS, None]), min_size=1, max_size=5))
@example([1, True])
@example([1, Decimal("1.00000")])
def test_s17_a_number_means_the_same_beside_any_others(numbers: list[Any]) -> None:
    rows: list[Any] = [[*GOOD_ROW[:4], number] for number in numbers]
    assert as_file(rows) == as_single(rows[-1])
    assert read_or_refuse(read_cells, rows[-1]) == as_single(rows[-1])


@given(cells)
def test_s17_a_csv_file_and_an_ndjson_file_say_the_same(odd: dict[int, str]) -> None:
    row = [odd.get(index, value).replace("\n", "").replace("\r", "") for index, value in enumerate(GOOD_ROW)]
    if any("\ud800" in text for text in row):
        return
    table = io.StringIO()
    csv.writer(table).writerows([COLUMN_NAMES, row])
    line = json.dumps(dict(zip(COLUMN_NAMES, row, strict=True)))
    (from_csv,) = read_rows(io.BytesIO(table.getvalue().encode()))
    (from_json,) = read_rows(io.BytesIO(line.encode()))
    assert (list(from_csv[1]), from_csv[2]) == (list(from_json[1]), from_json[2]) == (row, "")
