"""Values of streaks and milestones that the wire shows in another form than the database."""

import re
from functools import cache
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.templatetags.static import static
from django.utils import timezone
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils.html import is_html_input

from gamopanda.api.serializers.base import ChoiceField, TextField, read_id
from gamopanda.api.serializers.examples import example
from gamopanda.api.serializers.language import columns_of_text
from gamopanda.api.serializers.memoising import memoise
from gamopanda.api.serializers.serializer_compiler import RenderContext
from gamopanda.icons.cleaning import clean_icon, decode_data_url
from streaks.models import Streak
from streaks.models.campaign import Phase
from streaks.models.holidays import MOST_CALENDARS, calendar_ids, join_ids
from streaks.models.weekdays import WEEKDAY_NAMES, join_weekdays

STREAK_SLUG = "streak"
PERIOD_KEY = "The period on the streak's clock, named by its first local date, also for weeks and months."


class OwnerNameField(serializers.CharField):
    """The external id of the member that a record belongs to."""

    def __init__(self, **kwargs: Any) -> None:
        options = {"source": "member.external_id", "read_only": True, "help_text": "The external id of the member."}
        super().__init__(**{**options, **example("customer-17"), **kwargs})


class LinkedSchemaSlugField(ChoiceField):
    """The type of record that another one belongs to: always a streak, and the default."""

    is_cacheable = True

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(choices=[STREAK_SLUG], source="*", **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Check the slug; there is nothing to store."""
        super().to_internal_value(data)
        return {}

    def to_representation(self, value: Any) -> str:
        return STREAK_SLUG

    def render_record(self, _record: Any, _context: RenderContext) -> str:
        return STREAK_SLUG


class StreakField(serializers.PrimaryKeyRelatedField[Streak]):
    """The id of a streak that is not deleted."""

    def __init__(self, **kwargs: Any) -> None:
        queryset = None if kwargs.get("read_only") else Streak.objects.visible()
        super().__init__(queryset=queryset, **kwargs)

    def to_internal_value(self, data: Any) -> Streak:
        streak_id = read_id(data)
        streak = Streak.objects.visible().filter(pk=streak_id).first() if streak_id else None
        if not isinstance(streak, Streak):
            raise serializers.ValidationError("There is no streak with this id.", code="not_found")
        return streak


class StreakIdField(TextField):
    """The id of a streak that is not deleted, in a body that is no record."""

    def to_internal_value(self, data: Any) -> Streak:  # type: ignore[override]
        pk = read_id(super().to_internal_value(data))
        streak = None if pk is None else Streak.objects.visible().filter(pk=pk).first()
        if streak is None:
            raise serializers.ValidationError("There is no such streak.", code="not_found")
        return streak


def split_form_text(field: Any, dictionary: Any) -> list[str] | None:
    """Return the parts of the one text in which a form has a list; None where there is no such text."""
    if not is_html_input(dictionary) or field.field_name not in dictionary:
        return None
    return [part for part in dictionary[field.field_name].split(",") if part]


class WeekdaysField(serializers.ListField):
    """The days of the week that count, in order, by their short names (S40)."""

    child = ChoiceField(choices=WEEKDAY_NAMES)
    is_cacheable = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_empty": False, **kwargs})

    def get_value(self, dictionary: Any) -> Any:
        """Take the one text that a form has apart."""
        parts = split_form_text(self, dictionary)
        return super().get_value(dictionary) if parts is None else parts

    def to_internal_value(self, data: Any) -> Any:
        return join_weekdays(super().to_internal_value(data))

    def to_representation(self, value: Any) -> list[str]:
        return str(value).split(",")

    def render_record(self, record: Any, _context: RenderContext) -> list[str]:
        return self.to_representation(attrgetter(str(self.source))(record))


class CalendarIdsField(serializers.ListField):
    """The ids of the holiday calendars that a streak follows (S40)."""

    child = TextField()
    is_cacheable = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})

    def get_value(self, dictionary: Any) -> Any:
        """Take the one text that a form has apart."""
        parts = split_form_text(self, dictionary)
        return super().get_value(dictionary) if parts is None else parts

    def to_internal_value(self, data: Any) -> Any:
        ids = super().to_internal_value(data)
        if not all(map(read_id, ids)):
            raise serializers.ValidationError("Use ids of holiday calendars.", code="invalid")
        if len(ids) > MOST_CALENDARS:
            raise serializers.ValidationError(f"Use at most {MOST_CALENDARS} calendars.", code="max_length")
        return join_ids(map(read_id, ids))

    def to_representation(self, value: Any) -> list[str]:
        return [str(pk) for pk in calendar_ids(value)]

    def render_record(self, record: Any, _context: RenderContext) -> list[str]:
        return self.to_representation(attrgetter(str(self.source))(record))


class PhaseField(ChoiceField):
    """Where the campaign stands at the time of the answer (S56)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Phase.values, **{"source": "*", "read_only": True, **kwargs})

    def to_representation(self, value: Any) -> str:
        return str(value.phase_at(timezone.now()))

    def render_record(self, streak: Any, _context: RenderContext) -> str:
        return self.to_representation(streak)


def icon_path(streak: Streak, language: str) -> str:
    """Return the path of a streak's icon in a configured language (S34), the default icon when it has none."""
    icons = (getattr(streak, column) for column in columns_of_text(Streak, "eud_icon", language).values())
    return next((icon.url for icon in icons if icon), default_icon())


@cache
def default_icon() -> str:
    """Return where the icon of a streak is that has none of its own."""
    return static("streaks/default-icon.svg")


_STORED_ICON = re.compile(r"icons/[0-9a-f]{64}(_\w+)?\.(png|jpg|gif|svg)")


class IconField(serializers.Field[Any, Any, str, Streak]):
    """An image: uploaded as multipart or as a data URL, read as an absolute URL; null takes it away.

    The URL of an icon that is stored here, or of the default one, is accepted too, so that a record that was read can
    be sent back.
    """

    def render_record(self, streak: Streak, context: RenderContext) -> str:
        language = context.language
        return context.absolute_url(memoise(streak, ("icon", language), lambda: icon_path(streak, language)))

    def to_representation(self, value: Any) -> str:
        """Return the absolute URL, or the path where there is no request to take the host from."""
        path = value.url if value else default_icon()
        request = self.context.get("request")
        return path if request is None else str(request.build_absolute_uri(path))

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Read null and nothing as no icon."""
        return "" if data is None or data == "" else super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        """Return the harmless image, or the name of one that is stored."""
        if isinstance(data, File):
            return clean_icon(data)
        if not isinstance(data, str):
            raise serializers.ValidationError("Upload a file, or send a data URL.", code="invalid")
        return self._stored(data) if re.match("https?://", data) else clean_icon(decode_data_url(data))

    def _stored(self, url: str) -> str:
        path = urlsplit(url).path
        if path == urlsplit(default_icon()).path:
            return ""
        name = path.removeprefix(settings.MEDIA_URL)
        if not _STORED_ICON.fullmatch(name) or not default_storage.exists(name):
            raise serializers.ValidationError(
                "No icon is fetched from elsewhere: upload a file, or send a data URL.", code="invalid"
            )
        return name


class IconFieldDescription(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """What the API's description says of icons: in a body, nothing takes one away."""

    target_class = IconField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        address = {"type": "string", "format": "uri"}
        return (
            address if direction == "response" else {"anyOf": [address, {"type": ["string", "null"], "maxLength": 0}]}
        )


@extend_schema_field({"type": "string", "format": "binary"})
class UploadedIconField(IconField):
    """An icon in a form: the file itself."""
