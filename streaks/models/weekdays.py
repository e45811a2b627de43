"""The days of the week that count in a daily streak (S40), stored as their short names."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY_NAMES_TEXT = ",".join(WEEKDAY_NAMES)
CHOICES = tuple(zip(WEEKDAY_NAMES, WEEKDAYS.values(), strict=True))

if TYPE_CHECKING:
    TextField = models.CharField[Any, Any]
else:
    TextField = models.CharField


def join_weekdays(names: Iterable[str]) -> str:
    """Return names as they are stored: each once, in the order of the week."""
    chosen = set(names)
    return ",".join(name for name in WEEKDAY_NAMES if name in chosen)


@cache
def days_of(text: str) -> frozenset[int] | None:
    """Return the numbers of stored weekdays (0 = Monday); None where all count."""
    if text == WEEKDAY_NAMES_TEXT:
        return None
    return frozenset(WEEKDAY_NAMES.index(name) for name in text.split(","))


def weekday_names(text: str) -> str:
    """Return the names of stored weekdays for people."""
    names = dict(CHOICES)
    return ", ".join(str(names[name]) for name in text.split(","))


def validate_weekdays(text: str) -> None:
    """Refuse anything but short names of weekdays, at least one."""
    names = text.split(",")
    if not set(names) <= set(WEEKDAY_NAMES):
        raise ValidationError(
            format_lazy(_("Use at least one of {names}."), names=", ".join(WEEKDAY_NAMES)), code="invalid"
        )


class WeekdaysField(TextField):
    """At least one weekday, as comma-separated short names in the order of the week."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_length": len(WEEKDAY_NAMES_TEXT)})
        self.validators = [*self.validators, validate_weekdays]

    def to_python(self, value: Any) -> Any:
        """Take a list of names as well, such as a form has."""
        return join_weekdays(value) if isinstance(value, list | tuple) else super().to_python(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        return join_weekdays(value.split(",")) if isinstance(value, str) else value

    def formfield(self, **kwargs: Any) -> Any:
        """Offer a box for each weekday."""
        return WeekdaysFormField(
            choices=CHOICES,
            widget=forms.CheckboxSelectMultiple,
            label=capfirst(self.verbose_name),
            help_text=self.help_text,
            required=not self.blank,
            initial=None if self.null else self.default,
        )


class WeekdaysFormField(forms.MultipleChoiceField):
    """Boxes for weekdays whose value is what `WeekdaysField` stores."""

    def prepare_value(self, value: Any) -> Any:
        return value.split(",") if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        """Return the stored form."""
        return join_weekdays(super().clean(self.prepare_value(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare sets of names."""
        return join_weekdays(self.prepare_value(initial) or ()) != join_weekdays(data or ())
