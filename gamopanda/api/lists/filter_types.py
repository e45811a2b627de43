"""The types of value that filters compare: the operators of each, and how its values are read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers

from gamopanda.api.errors.exceptions import Unreadable
from gamopanda.api.serializers.base import NumberField, parse_instant

EQUALITY = ("eq", "ne", "in", "notIn", "isNull")
ORDER = ("gt", "gte", "lt", "lte")
PARTS = ("contains", "startsWith")
OPERATORS = (*EQUALITY[:2], *ORDER, *EQUALITY[2:4], *PARTS, "isNull")


@dataclass(frozen=True)
class FilterType:
    """A type of value; `read` takes a value from JSON and raises `Unreadable` with a sentence for a wrong one."""

    name: str
    operators: tuple[str, ...]
    read: Callable[[Any], Any]


def read_short_text(value: Any) -> str:
    """Read a text of at most 1,024 characters."""
    if not isinstance(value, str):
        raise Unreadable("Use a text.")
    if len(value) > 1024:
        raise Unreadable("Use a text of at most 1024 characters.")
    return value


def read_decimal(value: Any) -> Decimal:
    """Read a number or a numeric string, with at most 14 digits before and 4 after the point."""
    try:
        number: Decimal = NumberField().run_validation(value)
    except serializers.ValidationError as error:
        raise Unreadable("Use a number with at most 14 digits before and 4 after the point.") from error
    return number


def read_whole_number(value: Any) -> int:
    """Read a whole number or a string of one."""
    number = read_decimal(value)
    if number != int(number):
        raise Unreadable("Use a whole number.")
    return int(number)


def read_boolean(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise Unreadable("Use true or false.")
    return value


def read_instant(value: Any) -> datetime:
    """Read an instant with a UTC offset."""
    return parse_instant(read_short_text(value))


_DATE = "Use a date such as 2026-03-01."


def read_date(value: Any) -> date:
    """Read a date."""
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", read_short_text(value)):
            return date.fromisoformat(value)
    except ValueError as error:
        raise Unreadable(_DATE) from error
    raise Unreadable(_DATE)


def read_id(value: Any) -> UUID:
    """Read an id."""
    try:
        return UUID(read_short_text(value))
    except ValueError as error:
        raise Unreadable("Use an id such as 0196a7c0-0000-7000-8000-000000000000.") from error


TEXT = FilterType("text", (*EQUALITY, *ORDER, *PARTS), read_short_text)
DECIMAL = FilterType("number", (*EQUALITY, *ORDER), read_decimal)
WHOLE_NUMBER = FilterType("whole number", (*EQUALITY, *ORDER), read_whole_number)
BOOLEAN = FilterType("boolean", EQUALITY, read_boolean)
INSTANT = FilterType("instant", (*EQUALITY, *ORDER), read_instant)
DATE = FilterType("date", (*EQUALITY, *ORDER), read_date)
# In order of creation, so that a long list can be read on after the last id that one has.
ID = FilterType("id", (*EQUALITY, *ORDER), read_id)

# In this order: some of them are subclasses of others.
_FILTER_TYPES: Mapping[type[Any], FilterType] = {
    serializers.BooleanField: BOOLEAN,
    serializers.IntegerField: WHOLE_NUMBER,
    serializers.DecimalField: DECIMAL,
    serializers.DateTimeField: INSTANT,
    serializers.DateField: DATE,
    serializers.UUIDField: ID,
    serializers.PrimaryKeyRelatedField: ID,
    serializers.CharField: TEXT,
}


def filter_type_of(field: Any) -> FilterType | None:
    """Return the filter type of a serializer field; None when its values cannot be compared."""
    if isinstance(field, serializers.ChoiceField):
        return choice_type([str(value) for value in field.choices])
    return next(
        (filter_type for field_type, filter_type in _FILTER_TYPES.items() if isinstance(field, field_type)), None
    )


def choice_type(values: list[str]) -> FilterType:
    """Return the type of a text that is one of `values`."""

    def read_choice(value: Any) -> str:
        if value not in values:
            raise Unreadable(f"Use one of: {', '.join(values)}.")
        return str(value)

    return FilterType("choice", EQUALITY, read_choice)
