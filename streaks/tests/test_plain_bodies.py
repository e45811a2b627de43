"""What is read at a glance says what a closer look would say, or leaves it to that."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from gamopanda.api.strict_json import load_json
from streaks.api.log_views import body_of_log
from streaks.api.plain_bodies import read_plain_body
from streaks.management.importing import COLUMNS, Row, _clean, _read_plain

STREAK = "01890a5d-ac96-774b-bcce-b302099a8057"
PLAIN = {
    "streakId": STREAK,
    "ownedById": "customer-1",
    "activityAt": "2026-03-01T18:30:00+01:00",
    "activityId": "made_a_purchase",
    "uniqueIdentifier": "order-1",
    "activityValue": 25,
}
ROW = {"externalId": "customer-1", **{name: PLAIN[name] for name in COLUMNS if name in PLAIN}}
TEXTS = ["", " ", "x", "é 🔥", "x" * 256, "x" * 257, "é" * 256, "a\nb", "\0", "\ud800", "25"]
NUMBERS = [0, -25, 25, "25", "25.5", "-0.0001", "0.00001", "1e3", "1E-5", "1_000", " 25", "٣", "NaN", "inf", "", True]
NUMBERS += [Decimal("0.1"), Decimal("1e14"), Decimal("922337203685477.5807"), 10**14 - 1, 10**14, 10**18, -(10**14)]
INSTANTS = [
    "2026-03-01T18:30:00Z",
    "2026-03-01t18:30z",
    "2026-03-01 18:30:00.1234567+0545",
    "2026-03-01T18:30:00",
    "2026-03-01",
    "2026-03-01\u000018:30:00Z",
    "2026-02-30T18:30:00Z",
    "0001-01-01T00:00:00+14:00",
    "20260301T183000Z",
    "2026-W09-7T18:30:00Z",
    "yesterday",
    "",
]
OTHERS: list[Any] = [None, True, 1, 1.5, [], {}, STREAK, STREAK.upper(), STREAK.replace("-", ""), UUID(STREAK)]
PEOPLE = [{"externalId": "x"}, {"externalId": ""}, {"externalId": "x", "firstName": "A"}, {"firstName": "A"}]
ODD = st.sampled_from([*TEXTS, *NUMBERS, *INSTANTS, *OTHERS, *PEOPLE])


def row_of(values: dict[str, Any]) -> Row:
    """A row of a file that says this."""
    return 2, [values.get(name) for name in COLUMNS], ""


def test_the_usual_bodies_and_rows_are_read_at_a_glance() -> None:
    by_person = {name: value for name, value in PLAIN.items() if name != "ownedById"}
    assert read_plain_body(PLAIN) == body_of_log().run_validation(PLAIN)
    assert (
        read_plain_body(load_json('{"activityValue": 0.1}') | by_person | {"ownedBy": {"externalId": "x"}}) is not None
    )
    rows = [row_of({**ROW, "activityValue": value}) for value in ("25.5", "")]
    assert _read_plain(rows) is not None


@given(
    st.dictionaries(st.sampled_from([*PLAIN, "ownedBy", "id", "other"]), ODD, max_size=3),
    st.sets(st.sampled_from([*PLAIN])),
)
def test_a_body_read_at_a_glance_is_what_the_serializer_makes_of_it(odd: dict[str, Any], missing: set[str]) -> None:
    body = {name: value for name, value in (PLAIN | odd).items() if name in odd or name not in missing}
    plain = read_plain_body(body)
    if plain is not None:
        assert plain == body_of_log().run_validation(body)


@pytest.mark.parametrize("body", [None, [], "text", 5, {}, [PLAIN]])
def test_what_is_no_body_is_left_to_the_serializer(body: Any) -> None:
    assert read_plain_body(body) is None
    with pytest.raises(ValidationError):
        body_of_log().run_validation(body)


@given(st.dictionaries(st.sampled_from([*COLUMNS]), ODD, max_size=3), st.sets(st.sampled_from([*COLUMNS])))
def test_a_row_read_at_a_glance_is_what_the_fields_make_of_it(odd: dict[str, Any], missing: set[str]) -> None:
    values = {name: value for name, value in (ROW | odd).items() if name in odd or name not in missing}
    row = row_of(values)
    plain = _read_plain([row])
    if plain is not None:
        assert plain == _clean(row)
