"""A streak and its milestones as they stand in a form that nobody has saved: read field by field, stored nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from streaks.models import Milestone, Streak

# What the forms have for themselves, or what the database would have to be asked for.
LEFT_OUT = {"id", "streak", "DELETE"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A field that could not be saved as it is: its id on the page, its label, and what is wrong with it."""

    field_id: str
    label: str
    message: str


def apply_typed(form: "forms.ModelForm[Any]") -> list[Problem]:
    """Set on the form's instance what was typed and is right; return what is wrong. Asks the database nothing."""
    problems = []
    for bound in form:
        if bound.name not in LEFT_OUT and not isinstance(bound.field, forms.FileField):
            try:
                setattr(form.instance, bound.name, _read(form.instance, bound))
            except ValidationError as error:
                problems.append(Problem(bound.auto_id, str(bound.label), error.messages[0]))
    return problems


def _read(instance: Any, bound: BoundField) -> Any:
    value = bound.field.clean(bound.data)
    column = instance._meta.get_field(bound.name)
    if value not in column.empty_values:
        column.run_validators(value)
    return value


def read_milestones(
    forms_typed: Iterable["forms.ModelForm[Any]"], streak: Streak
) -> tuple[list[Milestone], list[Problem]]:
    """Return the milestones of inline forms in order of target, and what is wrong in them.

    Left out are those that are marked for deletion, and empty ones.
    """
    milestones, problems = [], []
    for form in forms_typed:
        is_untouched = form.instance._state.adding and not form.has_changed()
        if is_untouched or form["DELETE"].data:
            continue
        found = apply_typed(form)
        name = form.instance.name or str(Milestone._meta.verbose_name).capitalize()
        problems += [replace(problem, label=f"{name}: {problem.label}") for problem in found]
        form.instance.streak = streak
        if form.instance.milestone_target_value:
            milestones.append(form.instance)
    return sorted(milestones, key=lambda milestone: (milestone.milestone_target_value, milestone.pk)), problems
