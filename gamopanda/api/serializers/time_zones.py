"""Time zones on the wire."""

from typing import Any

from rest_framework import serializers

from gamopanda.api.serializers.base import TextField
from gamopanda.api.serializers.examples import example
from gamopanda.conf.time_zones import MAX_LENGTH, present_name, validate_time_zone, zone_names


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


class LenientTimeZoneField(TextField):
    """An IANA name that something else comes along with: what is none says nothing, and refuses nothing (S55)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "allow_null": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the present name of the zone; empty where there is no such zone."""
        name = super().to_internal_value(data)
        return present_name(name) if name in zone_names() else ""
