"""The holiday calendars that a streak follows (S40), stored as their ids."""

from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

MOST_CALENDARS = 20
"""How many calendars a streak can follow."""

if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


def join_ids(ids: Any) -> str:
    """Return ids as they are stored: each once, in order."""
    return ",".join(sorted({str(pk) for pk in ids}))


@cache
def calendar_ids(text: str | None) -> tuple[UUID, ...]:
    """Return the ids of calendars that are stored."""
    return tuple(map(UUID, text.split(","))) if text else ()


def validate_calendar_ids(text: str) -> None:
    """Refuse anything but ids, and too many of them."""
    try:
        ids = calendar_ids(text)
    except ValueError as error:
        raise ValidationError(_("Use ids of holiday calendars."), code="invalid") from error
    if len(ids) > MOST_CALENDARS:
        message = _("A streak follows at most %(most)s calendars.")
        raise ValidationError(message, code="max_length", params={"most": MOST_CALENDARS})


class CalendarIdsField(TextField):
    """Ids of holiday calendars with commas between them; empty: none."""

    default_validators = [validate_calendar_ids]

    def to_python(self, value: Any) -> Any:
        """Take a list of ids as well, such as a form has."""
        return join_ids(value) if isinstance(value, list | tuple | set) else super().to_python(value)

    def formfield(self, **kwargs: Any) -> Any:
        """Offer the calendars that there are."""
        calendars = apps.get_model("streaks", "HolidayCalendar")._default_manager.all()
        return CalendarsFormField(
            queryset=calendars, required=False, label=capfirst(self.verbose_name), help_text=self.help_text
        )


class CalendarsFormField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """A choice of calendars whose value is what `CalendarIdsField` stores."""

    def prepare_value(self, value: Any) -> Any:
        return [str(pk) for pk in calendar_ids(value)] if isinstance(value, str) else super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        """Return the stored form."""
        return join_ids(calendar.pk for calendar in super().clean(self.prepare_value(value) or []))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare sets of ids."""
        return join_ids(self.prepare_value(initial) or ()) != join_ids(data or ())
