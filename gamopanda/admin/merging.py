"""Forms that know the version of the record that they were made from, so that no colleague's work is overwritten.

A page carries the values with which it was opened. Saving changes only the fields that were changed on the page. Where
a colleague has changed the same field meanwhile, both values are displayed and one of them has to be chosen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gamopanda.admin.formatting import instant_text, plain_number

SALT = "console.opened"
OPENED = "opened"
MINE, THEIRS = "mine", "theirs"
CHANGED_MEANWHILE = gettext_lazy(
    "A colleague has changed this while you had the page open. Choose at the top of the page which value to keep."
)
GONE = gettext_lazy(
    "A colleague has deleted this while you had the page open. Mark it for deletion too, then save the rest."
)


@dataclass(frozen=True, slots=True)
class Opened:
    """The values with which a form was opened, and the fields for which a value has to be chosen."""

    values: dict[str, Any]
    undecided: list[str] = field(default_factory=list)

    @property
    def token(self) -> str:
        """The values as a page carries them."""
        return signing.dumps([self.values, self.undecided], salt=SALT, compress=True)


@dataclass(frozen=True, slots=True)
class Collision:
    """A field that two people have changed: its label, both values, and the choice between them."""

    label: str
    mine: str
    theirs: str
    choice_name: str
    choice: str


class MergingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that changes only what was changed in it, and asks where a colleague has changed the same field.

    What is sent without a version is taken as made from the present one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.collisions: list[Collision] = []
        self.compared = [name for name, each in self.fields.items() if not each.disabled]
        self.opened_name = self.add_prefix(OPENED)
        self.is_new = self.instance._state.adding
        # Only the page of a stored record carries the values with which it was opened.
        self.is_gone = self.is_new and self.opened_name in self.data
        self.empty_permitted = self.empty_permitted or self.is_gone

    @cached_property
    def opened_with(self) -> Opened | None:
        """The version of the page; None where it cannot be read."""
        if self.opened_name not in self.data:
            return Opened({name: self._stored(name) for name in self.compared})
        try:
            values, undecided = signing.loads(self.data[self.opened_name], salt=SALT)
        except signing.BadSignature:
            return None
        return Opened(values, undecided)

    @property
    def opened_token(self) -> str:
        """The version as the page of a stored record carries it."""
        return "" if self.is_new or self.opened_with is None else self.opened_with.token

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that were changed on the page, and not given up for what a colleague has saved."""
        return [name for name in self.fields if self._is_typed(name) and self._choice(name) != THEIRS]

    def full_clean(self) -> None:
        """Read what was changed on the page; take all else as it is stored, whatever the page has sent for it."""
        untouched = [self.fields[name] for name in self._untouched()]
        for each in untouched:
            each.disabled = True
        super().full_clean()
        for each in untouched:
            each.disabled = False

    def clean(self) -> dict[str, Any]:
        """Ask for a choice where two people have changed a field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.is_gone:
            self.errors.clear()
            raise ValidationError(GONE, code="gone")
        if not self.is_new:
            # A form may know only a part of a value, such as an instant without its microseconds.
            cleaned |= {name: getattr(self.instance, name) for name in self._untouched() if self._is_plain(name)}
            self._ask_for_choices()
        return cleaned

    def _ask_for_choices(self) -> None:
        opened = self.opened_with or Opened({name: self._stored(name) for name in self.compared})
        values, undecided = dict(opened.values), set(opened.undecided)
        for name in [name for name in self.compared if name in self.cleaned_data]:
            is_open = self._is_open(name)
            if is_open or (name in undecided and self._is_typed(name)):
                self.collisions.append(self._collision(name, "" if is_open else self._choice(name)))
            if is_open:
                self.add_error(name, ValidationError(CHANGED_MEANWHILE, code="changed_meanwhile"))
                values[name] = self._stored(name)
                undecided.add(name)
        self.opened_with = Opened(values, sorted(undecided))

    def _is_open(self, name: str) -> bool:
        """Say whether a field was changed here, and is stored with another value that this person has not seen."""
        bound, opened = self[name], self.opened_with
        if name not in self.changed_data or not bound.field.has_changed(bound.initial, bound.data):
            return False
        if opened is None or opened.values[name] != self._stored(name):
            return True
        return name in opened.undecided and self._choice(name) != MINE

    def _is_typed(self, name: str) -> bool:
        """Say whether a field has another value than the page was opened with."""
        bound, opened = self[name], self.opened_with
        if bound.field.disabled:
            return False
        if opened is None:
            return bool(bound.field.has_changed(bound.initial, bound.data))
        if name in opened.values:
            return bool(bound.field.has_changed(_revived(bound.field, opened.values[name]), bound.data))
        # Not on the page when it was opened; or no value of the record, such as the order to delete it.
        is_order = name not in self.compared and not self.is_gone
        return is_order and bool(bound.field.has_changed(bound.initial, bound.data))

    def _untouched(self) -> list[str]:
        """Return the fields of a stored record that were not changed on the page; files take care of themselves."""
        if not self.is_bound or self.is_new:
            return []
        names = [name for name in self.compared if name not in self.changed_data]
        return [name for name in names if not isinstance(self.fields[name], forms.FileField)]

    def _is_plain(self, name: str) -> bool:
        return any(column.name == name and not column.is_relation for column in self.instance._meta.concrete_fields)

    def _choice(self, name: str) -> str:
        return str(self.data.get(self._choice_name(name), ""))

    def _choice_name(self, name: str) -> str:
        return f"keep-{self.add_prefix(name)}"

    def _stored(self, name: str) -> Any:
        return _plain(self[name].initial)

    def _collision(self, name: str, choice: str) -> Collision:
        bound = self[name]
        label = f"{self.instance}: {bound.label}" if self.prefix else str(bound.label)
        mine, theirs = (_readable(bound.field, value) for value in (self.cleaned_data[name], bound.initial))
        return Collision(label, mine, theirs, self._choice_name(name), choice)


def collisions_of(page_forms: Iterable[Any]) -> list[Collision]:
    """Return what has to be chosen on a page with these forms."""
    return [collision for form in page_forms for collision in getattr(form, "collisions", ())]


def _plain(value: Any) -> Any:
    """Return a value as the hidden field carries it: equal for equal values, and one for all that is empty."""
    match value:
        case None:
            return ""
        case bool() | int() | str():
            return value
        case Decimal():
            return str(plain_number(value))
        case datetime():
            return value.astimezone(UTC).isoformat()
        case list() | tuple() | set() | models.QuerySet():
            return sorted(str(getattr(each, "pk", each)) for each in value)
        case _:
            return str(value)


def _revived(form_field: forms.Field, value: Any) -> Any:
    """Return a value that the hidden field carried as the form field compares it."""
    if isinstance(form_field, forms.SplitDateTimeField):
        return parse_datetime(value) if value else None
    if isinstance(form_field, forms.MultipleChoiceField | forms.ModelChoiceField | forms.FileField):
        return value
    return form_field.to_python(value)


def _readable(form_field: Any, value: Any) -> str:
    """Return a value as people read it."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "":
        return _("(empty)")
    names = {str(code): str(label) for code, label in getattr(form_field, "choices", ())}
    codes = form_field.prepare_value(value)
    return ", ".join(names.get(str(code), str(code)) for code in (codes if isinstance(codes, list) else [codes]))
