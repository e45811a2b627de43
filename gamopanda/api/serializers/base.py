"""Records on the wire: camelCase names, nothing unknown accepted, exact numbers and instants with an offset."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from gamopanda.api.errors.exceptions import Unreadable
from gamopanda.api.naming import camel_case

RecordType = TypeVar("RecordType", bound=models.Model)

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_WHOLE_NUMBER = re.compile(r"-?[0-9]+(\.0+)?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?P<hour>[0-9]{2}):[0-9]{2}(:(?P<second>[0-9]{2})(\.[0-9]+)?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)

# 2026-03-01T17:30:00Z and 2026-03-01T18:30:00+01:00, also with milliseconds or microseconds.
_USUAL_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)


class NumberField(serializers.DecimalField):
    """An exact number: a JSON number or a numeric string comes in, a `Decimal` goes out."""

    def __init__(self, max_digits: int = 18, decimal_places: int = 4, **kwargs: Any) -> None:
        super().__init__(max_digits=max_digits, decimal_places=decimal_places, coerce_to_string=False, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """Read the number; what only looks like one to Python (booleans, `1_000`) is refused."""
        if isinstance(data, bool) or not _NUMBER.fullmatch(str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """A text; a number is not taken for one."""

    def to_internal_value(self, data: Any) -> str:
        """Read the text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ChoiceField(serializers.ChoiceField):
    """One of a few words; the error for another one names them."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        allowed = ", ".join(str(choice) for choice in self.choices)
        self.error_messages["invalid_choice"] = f"“{{input}}” is not allowed here. Use one of: {allowed}."


class EmailField(serializers.EmailField, TextField):
    """An e-mail address."""


class WholeNumberField(serializers.IntegerField):
    """A whole number, or a numeric string of one."""

    def to_internal_value(self, data: Any) -> int:
        """Read the number; what only looks like one to Python (booleans, `1_000`) is refused."""
        if isinstance(data, bool) or not _WHOLE_NUMBER.fullmatch(str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class SwitchField(serializers.BooleanField):
    """True or false, and nothing that only reads like it."""

    def to_internal_value(self, data: Any) -> bool:
        """Read the switch."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


def read_id(value: Any) -> UUID | None:
    """Read one of our ids from what JSON has; None when it is something else."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def parse_instant(text: str) -> datetime:
    """Read RFC 3339, seconds optional, and return it in UTC; raises `Unreadable`.

    An instant without UTC offset is refused with the code `missing_offset`: it could mean 26 different hours (S1).
    """
    if _USUAL_INSTANT.fullmatch(text):
        try:
            return _in_utc(datetime.fromisoformat(text))
        except (ValueError, OverflowError):
            pass
    return _parse_any_instant(text)


def parse_instants(texts: Sequence[str]) -> list[datetime]:
    """Do as `parse_instant` with each of many; where all are usual they are read at once."""
    if all(map(_USUAL_INSTANT.fullmatch, texts)):
        try:
            return list(map(_in_utc, map(datetime.fromisoformat, texts)))
        except (ValueError, OverflowError):
            pass
    return list(map(parse_instant, texts))


def _in_utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def _parse_any_instant(text: str) -> datetime:
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Unreadable("Use an instant such as 2026-03-01T18:30:00+01:00 or 2026-03-01T17:30:00Z.")
    if not match["offset"]:
        raise Unreadable(
            "Add the UTC offset, as in 2026-03-01T18:30:00+01:00 or 2026-03-01T17:30:00Z.", "missing_offset"
        )
    if match["hour"] == "24":
        raise Unreadable("There is no hour 24: write midnight as 00:00 of the next day.")
    if match["second"] == "60":
        raise Unreadable("There is no second 60: write a leap second as 59.")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable("There is no such instant in the calendar.") from error


class InstantField(serializers.DateTimeField):
    """An instant in RFC 3339; input without a UTC offset is refused with the code `missing_offset` (S1)."""

    def to_internal_value(self, value: Any) -> datetime:
        """Read the instant."""
        try:
            return parse_instant(value if isinstance(value, str) else "")
        except Unreadable as error:
            raise ValidationError([ErrorDetail(str(error), code=error.code)]) from error


@dataclass(frozen=True, slots=True)
class Wraps:
    """The class of the presenters that a serializer renders, and their attribute that holds the model instance."""

    presenter: type
    attribute: str

    def path_to(self, source: str) -> str:
        """Return the path from a presenter to a source: its own attribute, or else one of the instance."""
        return source if hasattr(self.presenter, source.partition(".")[0]) else f"{self.attribute}.{source}"


class DictionarySerializer(serializers.Serializer[Any]):
    """A serializer of dictionaries."""


class PresentingListSerializer(serializers.ListSerializer[Any]):
    """Presents all records at once, so that their number of queries is fixed."""

    def to_representation(self, data: Any) -> Any:
        """Return the records as the wire has them."""
        records = data.all() if isinstance(data, models.Manager) else data
        child: Any = self.child
        return super().to_representation(child.presented(list(records)))


class StrictBody:
    """Refuses what a body has beside the fields of a serializer, and what its `Meta.ignored_fields` have."""

    fields: Any

    def to_internal_value(self, data: Any) -> Any:
        """Check the body, and name its unknown fields together with everything else that is wrong."""
        errors = self._unknown_fields(data)
        try:
            values = super().to_internal_value(data)  # type: ignore[misc]  # the serializer that this is mixed into
        except ValidationError as error:
            raise ValidationError({**error.detail, **errors}) from error  # type: ignore[dict-item]
        if errors:
            raise ValidationError(errors)
        return values

    def _unknown_fields(self, data: Any) -> dict[str, list[ErrorDetail]]:
        if not isinstance(data, Mapping):
            return {}
        ignored = getattr(getattr(self, "Meta", None), "ignored_fields", ())
        unknown = [name for name in data if name not in self.fields and name not in ignored]
        allowed = ", ".join(name for name, field in self.fields.items() if not field.read_only)
        message = f"There is no such field. Allowed: {allowed}."
        return {name: [ErrorDetail(message, code="unknown_field")] for name in unknown}


class BodySerializer(StrictBody, serializers.Serializer[Any]):
    """The body of a call that is no record."""


class RecordSerializer(StrictBody, serializers.ModelSerializer[RecordType]):
    """A model serializer that names its `Meta.fields` in snake_case and shows them in camelCase.

    Unknown fields in a body are refused; its own read-only fields are ignored, and so are `Meta.ignored_fields`
    (camelCase), which another answer of the resource has. `serializer_compiler` renders faster than
    `data`, with the same result.
    """

    wraps: ClassVar[Wraps | None] = None

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: TextField,
        models.EmailField: EmailField,
        models.PositiveIntegerField: WholeNumberField,
        models.PositiveSmallIntegerField: WholeNumberField,
        models.BooleanField: SwitchField,
        models.DateTimeField: InstantField,
    }
    serializer_choice_field = ChoiceField

    id = serializers.UUIDField(
        read_only=True, help_text="The id of the record, a UUID; later records have greater ones."
    )
    created_at = InstantField(read_only=True, help_text="When the record was created, in UTC.")
    updated_at = InstantField(read_only=True, help_text="When the record was last changed, in UTC.")

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Return records with everything that their fields need; presented records can be presented again."""
        return records

    def presented(self, records: Sequence[Any]) -> Sequence[Any]:
        """Return records as `present` does, at one instant for the whole answer, in the active language."""
        context: Any = self.context
        now = context.setdefault("now", timezone.now())
        return self.present(records, now=now, language=get_language() or settings.LANGUAGE_CODE)

    def to_representation(self, instance: Any) -> Any:
        """Return a record as the wire has it."""
        (presented,) = self.presented([instance])
        return super().to_representation(presented)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Give every field its name on the wire; it keeps its source."""
        return {_rename(name, field): field for name, field in super().get_fields().items()}


def _rename(name: str, field: "serializers.Field[Any, Any, Any, Any]") -> str:
    wire_name = camel_case(name)
    if wire_name != name and field.source is None:
        field.source = name
    return wire_name
