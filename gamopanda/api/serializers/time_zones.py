"""Time zones on the wire."""

from typing import Any

from rest_framework import serializers

from gamopanda.api.serializers.base import TextField
from gamopanda.api.serializers.examples import example
from gamopanda.conf.time_zones import MAX_LENGTH, present_name, validate_time_zone


class TimeZoneField(TextField):
    """An IANA name, kept under its present form; null or empty: none (S2, S53)."""

    def __init__(self, **kwargs: Any) -> None:
        options = {"max_length": MAX_LENGTH, "required": False, "allow_blank": True}
        known = example("Europe/Berlin", format="iana-time-zone")
        super().__init__(**{**options, "validators": [validate_time_zone], **known, **kwargs})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Read the name; null is none."""
        return super().run_validation("" if data is None else data)

    def to_internal_value(self, data: Any) -> str:
        """Return the present name of the zone."""
        return present_name(super().to_internal_value(data))

    def to_representation(self, value: str) -> Any:
        """Return the name; none is null."""
        return value or None
