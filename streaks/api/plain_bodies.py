"""Bodies of logs read at a glance: what nearly every one is takes a twentieth of the time that its serializer takes.

Whatever is unusual or wrong is left to the serializer, which knows everything and says what is wrong.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework.exceptions import ValidationError

from gamopanda.api.exceptions import Unreadable
from gamopanda.api.serializers import NumberField, parse_instant
from streaks.api.fields import read_id
from streaks.api.log_serializers import IDENTIFIER

Values = Mapping[str, Any]
"""The validated body of a log: `owner` (an id or external id) or `person`, and the attributes of the log."""

LONGEST = IDENTIFIER["max_length"]
NAMES = {"streakId", "ownedById", "ownedBy", "activityAt", "activityId", "uniqueIdentifier", "activityValue"}
_number = NumberField()


class _Unusual(Exception):
    """The serializer has to look at it."""


def read_plain_body(data: Any) -> Values | None:
    """Return what `NewLogSerializer` makes of a body, or None where it has to look itself."""
    if type(data) is not dict or not data.keys() <= NAMES:
        return None
    try:
        return {
            "streak_id": _id(data.get("streakId")),
            **_owner(data.get("ownedById"), data.get("ownedBy")),
            "activity_at": _instant(data.get("activityAt")),
            "activity_id": _text(data.get("activityId")),
            "unique_identifier": _text(data.get("uniqueIdentifier")),
            **_value(data.get("activityValue")),
        }
    except (_Unusual, Unreadable, ValidationError):
        return None


def _id(given: Any) -> Any:
    found = read_id(given)
    if found is None:
        raise _Unusual
    return found


def _text(given: Any) -> str:
    # NUL and halves of surrogate pairs are told by the serializer; JSON from outside has none (`check_json`).
    if type(given) is not str or not 0 < len(given) <= LONGEST or "\0" in given or not _is_whole(given):
        raise _Unusual
    return given


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _owner(owner: Any, person: Any) -> Values:
    if person is None:
        return {"owner": _text(owner)}
    if owner is not None or type(person) is not dict or person.keys() != {"externalId"}:
        raise _Unusual
    return {"person": {"external_id": _text(person["externalId"])}}


def _instant(given: Any) -> datetime:
    if type(given) is not str:
        raise _Unusual
    return parse_instant(given)


def _value(given: Any) -> Values:
    if given is None:
        return {}
    if type(given) not in (int, str, Decimal):
        raise _Unusual
    return {"activity_value": _number.to_internal_value(given)}
