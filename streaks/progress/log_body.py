"""Read the body of an activity log: one reading for a single call, a batch and a file.

A body, or a column of a file, in which nothing is unusual is read at a glance. Everything else is read field by field
by the fields of the API, which say what is wrong.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from drf_standardized_errors.formatter import flatten_errors
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from gamopanda.accounts.api.serializers import PersonSerializer, refuse_blanks
from gamopanda.api.errors.exceptions import Unreadable, describe
from gamopanda.api.parsing.strict_json import MAX_DEPTH, check_json
from gamopanda.api.serializers.base import InstantField, NumberField, TextField, parse_instant, parse_instants, read_id
from streaks.core.aggregation import DECIMAL_PLACES

MAX_TEXT_LENGTH = 256

NAMES = ("streakId", "ownedById", "ownedBy", "activityAt", "activityId", "uniqueIdentifier", "activityValue")
# Only answers have these. They are ignored, so that a log that was read can be sent.
IGNORED_NAMES = (
    "id",
    "externalId",
    "createdAt",
    "updatedAt",
    "periodKey",
    "streakProgress",
    "achievedMilestone",
    "achievedMilestoneRewardLog",
    "achievedMilestones",
)
COLUMN_NAMES = ("externalId", "activityAt", "activityId", "uniqueIdentifier", "activityValue")


@dataclass(slots=True)
class LogBody:
    """What a body says. Exactly one of `owner` and `person` is given."""

    streak_id: UUID | None
    owner: str | None
    """Our id of the member or its external id (`ownedById`)."""
    person: dict[str, str] | None
    """Attributes of the member, `external_id` among them (`ownedBy`)."""
    activity_at: datetime
    activity_id: str
    unique_identifier: str
    units: int | None
    """The value in ten-thousandths."""


@dataclass(slots=True)
class LogColumns:
    """What the readable rows of a file say, column by column, and which rows of those given they are."""

    indexes: Sequence[int] = field(default_factory=list)
    external_ids: list[str] = field(default_factory=list)
    instants: list[datetime] = field(default_factory=list)
    activity_ids: list[str] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    units: list[int | None] = field(default_factory=list)


class Problem(NamedTuple):
    """One thing that is wrong with a body; `field` is None where it is the body as a whole."""

    field: str | None
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidLogBody(ValueError):
    """A body cannot be read; `problems` has everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems


class StreakIdField(serializers.CharField):
    """The id of a streak. Recording finds out whether there is one."""

    def to_internal_value(self, data: Any) -> Any:
        streak_id = read_id(data)
        if streak_id is None:
            raise ValidationError("There is no streak with this id.", code="not_found")
        return streak_id


# --- one body ---------------------------------------------------------------------------------------------------------


def read_log_body(data: object, *, max_depth: int = MAX_DEPTH) -> LogBody:
    """Read what `parse_json` returns, nested in so many levels at most; raises `InvalidLogBody`."""
    body = _read_usual_body(data)
    return _read_closely(data, max_depth) if body is None else body


def _read_usual_body(data: Any) -> LogBody | None:
    if type(data) is not dict or not _NAMES.issuperset(data):
        return None
    get: Any = data.get
    owner, given_person = get("ownedById"), get("ownedBy")
    external_id = owner
    if given_person is not None:
        if owner is not None or type(given_person) is not dict or len(given_person) != 1:
            return None
        external_id = given_person.get("externalId")
    activity_id, unique_identifier = get("activityId"), get("uniqueIdentifier")
    try:
        if not external_id.strip() or not _are_usual_texts((external_id, activity_id, unique_identifier)):
            return None
        streak_id = _usual_id(get("streakId"))
        activity_at = parse_instant(get("activityAt"))
        units = _usual_units(get("activityValue"))
    except (AttributeError, TypeError, ValueError):
        return None
    person = None if given_person is None else {"external_id": external_id}
    return LogBody(streak_id, owner, person, activity_at, activity_id, unique_identifier, units)


_NAMES = frozenset(NAMES)


def _are_usual_texts(texts: Sequence[Any]) -> bool:
    """Say whether all are texts that can be stored; raises `TypeError` or `ValueError` where one is no text."""
    lengths = set(map(len, texts))
    together = "".join(texts)
    # A half of a surrogate pair cannot be encoded.
    is_whole = together.isascii() or bool(together.encode())
    return is_whole and "\0" not in together and min(lengths) > 0 and max(lengths) <= MAX_TEXT_LENGTH


def _usual_id(given: Any) -> UUID:
    if len(given) != len("01890a5d-ac96-774b-bcce-b302099a8057"):
        raise ValueError
    return _read_usual_id(given)


@lru_cache(maxsize=1024)
def _read_usual_id(text: str) -> UUID:
    return UUID(text)


_USUAL_NUMBER = re.compile(r"-?[0-9]{1,14}(?:\.[0-9]{1,4})?")


def _usual_units(given: Any) -> int | None:
    given_type = type(given)
    if given is None or (given_type is str and not given):
        return None
    # A boolean is an `int` too, but not of that very type.
    if given_type is not str and given_type is not int and given_type is not Decimal:
        raise TypeError
    text = str(given)
    if _USUAL_NUMBER.fullmatch(text) is None:
        raise ValueError
    whole, _, places = text.partition(".")
    return int(whole + places.ljust(DECIMAL_PLACES, "0"))


def _read_closely(data: Any, max_depth: int) -> LogBody:
    _check_json(data, max_depth)
    if not isinstance(data, dict):
        raise InvalidLogBody(_problems_of_no_object(data))
    reader = _Reader(data)
    streak_id = reader.read("streakId", STREAK_ID)
    owner = reader.read("ownedById", OWNER)
    person = reader.read("ownedBy", _person_field())
    _check_owner(data, reader.problems)
    body = LogBody(
        streak_id,
        owner,
        person,
        reader.read("activityAt", INSTANT),
        reader.read("activityId", TEXT),
        reader.read("uniqueIdentifier", TEXT),
        _units(reader.read("activityValue", NUMBER)),
    )
    reader.problems.extend(_unknown_names(data))
    reader.raise_problems()
    return body


def _check_json(data: Any, max_depth: int, name: str | None = None) -> None:
    try:
        check_json(data, max_depth)
    except Unreadable as error:
        raise InvalidLogBody([Problem(name, error.code, str(error))]) from error


def _check_owner(data: dict[str, Any], problems: list[Problem]) -> None:
    owner, person = data.get("ownedById"), data.get("ownedBy")
    if owner is None and person is None:
        message = "Say whose activity it is: send ownedById, or ownedBy."
        problems.append(Problem("ownedById", "required", message))
    if owner is not None and person is not None:
        problems.append(Problem("ownedById", "invalid", "Send either ownedById or ownedBy, not both."))


def _unknown_names(data: dict[str, Any]) -> Iterable[Problem]:
    message = f"There is no such field. Allowed: {', '.join(NAMES)}."
    return [Problem(name, "unknown_field", message) for name in data if name not in (*NAMES, *IGNORED_NAMES)]


# --- fields -----------------------------------------------------------------------------------------------------------

STREAK_ID = StreakIdField()
TEXT = TextField(max_length=MAX_TEXT_LENGTH, trim_whitespace=False)
EXTERNAL_ID = TextField(max_length=MAX_TEXT_LENGTH, trim_whitespace=False, validators=[refuse_blanks])
OWNER = TextField(
    max_length=MAX_TEXT_LENGTH, trim_whitespace=False, required=False, allow_null=True, validators=[refuse_blanks]
)
INSTANT = InstantField()
NUMBER = NumberField(decimal_places=DECIMAL_PLACES, required=False, allow_null=True)


@cache
def _person_field() -> PersonSerializer:
    # A serializer finds its fields with the first body, when all models are loaded.
    return PersonSerializer(required=False, allow_null=True)


def _units(number: Decimal | None) -> int | None:
    return None if number is None else int(number.scaleb(DECIMAL_PLACES))


class _Reader:
    """Reads values field by field and collects what is wrong with them."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.problems: list[Problem] = []

    def read(self, name: str, field: "serializers.Field[Any, Any, Any, Any]") -> Any:
        """Return the value, or None with a problem added."""
        try:
            return self._read(field, self.data.get(name, serializers.empty))
        except ValidationError as error:
            self.problems += _flatten(error, name)
            return None

    @staticmethod
    def _read(field: "serializers.Field[Any, Any, Any, Any]", given: Any) -> Any:
        try:
            return field.run_validation(given)
        except serializers.SkipField:
            return None

    def raise_problems(self) -> None:
        """Raise `InvalidLogBody` if there are any."""
        if self.problems:
            raise InvalidLogBody(self.problems)


def _problems_of_no_object(data: Any) -> list[Problem]:
    try:
        PersonSerializer().run_validation(data)
    except ValidationError as error:
        return _flatten(error, None)
    return []


def _flatten(error: ValidationError, name: str | None) -> list[Problem]:
    detail: Any = error.detail if name is None else {name: error.detail}
    found = [describe(flat.attr, flat.code, flat.detail) for flat in flatten_errors(detail)]
    return [Problem(one["field"], one["code"], one["message"]) for one in found]


# --- columns of a file ------------------------------------------------------------------------------------------------


def read_columns(
    external_ids: Sequence[Any],
    instants: Sequence[Any],
    activity_ids: Sequence[Any],
    identifiers: Sequence[Any],
    values: Sequence[Any],
) -> tuple[LogColumns, dict[int, InvalidLogBody]]:
    """Read rows given column by column; return what the good ones say, and the error of each other by its index."""
    usual = _read_usual_columns(external_ids, instants, activity_ids, identifiers, values)
    if usual is not None:
        return usual, {}
    columns, errors = LogColumns([]), {}
    for index, cells in enumerate(zip(external_ids, instants, activity_ids, identifiers, values, strict=True)):
        try:
            _add(columns, index, read_cells(cells))
        except InvalidLogBody as error:
            errors[index] = error
    return columns, errors


Cells = tuple[str, datetime, str, str, int | None]
"""One row of a file, read: the columns in the order of `COLUMN_NAMES`, the value in ten-thousandths."""


def read_cells(cells: Sequence[Any]) -> Cells:
    """Read one row of a file, its cells in the order of `COLUMN_NAMES`; raises `InvalidLogBody`."""
    external_id, instant, activity_id, identifier, value = cells
    try:
        if external_id.strip() and _are_usual_texts((external_id, activity_id, identifier)):
            return external_id, parse_instant(instant), activity_id, identifier, _usual_units(value)
    except (AttributeError, TypeError, ValueError):
        pass
    return _read_cells_closely(cells)


def _read_cells_closely(cells: Sequence[Any]) -> Cells:
    data = dict(zip(COLUMN_NAMES, cells, strict=True))
    for name, value in data.items():
        _check_json(value, MAX_DEPTH, name)
    reader = _Reader(data)
    fields: Any = (EXTERNAL_ID, INSTANT, TEXT, TEXT, NUMBER)
    *values, number = [reader.read(name, field) for name, field in zip(COLUMN_NAMES, fields, strict=True)]
    reader.raise_problems()
    return (*values, _units(number))


def _add(columns: LogColumns, index: int, cells: Cells) -> None:
    external_id, instant, activity_id, identifier, units = cells
    columns.indexes.append(index)  # type: ignore[attr-defined]
    columns.external_ids.append(external_id)
    columns.instants.append(instant)
    columns.activity_ids.append(activity_id)
    columns.identifiers.append(identifier)
    columns.units.append(units)


class _UnitsByText(dict[Any, int | None]):
    """Values in ten-thousandths, each read once. An empty cell is no value."""

    def __missing__(self, text: Any) -> int | None:
        units = _usual_units(text)
        self[text] = units
        return units


def _read_usual_columns(*given: Sequence[Any]) -> LogColumns | None:
    external_ids, instants, activity_ids, identifiers, values = map(list, given)
    if not values:
        return LogColumns([])
    try:
        if not _are_usual_texts([*external_ids, *activity_ids, *identifiers]) or not all(map(str.strip, external_ids)):
            return None
        # Numbers that are equal may be written differently (1 and 1.00000): only texts are read once.
        is_text = set(map(type, values)) <= {str, type(None)}
        units = list(map(_UnitsByText().__getitem__ if is_text else _usual_units, values))
        times = parse_instants(instants)
    except (TypeError, ValueError):
        return None
    return LogColumns(range(len(values)), external_ids, times, activity_ids, identifiers, units)
