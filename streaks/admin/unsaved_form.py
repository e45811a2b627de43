"""A streak and its milestones read from a form that is not saved yet, field by field; nothing is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from streaks.models import Milestone, Streak

# What the forms have for themselves, or what the database would have to be asked for.
LEFT_OUT = {"id", "streak", "DELETE"}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A field that could not be saved as it is: its id on the page, its label, and what is wrong with it."""

    field_id: str
    label: str
    message: str


def apply_unsaved(form: "forms.ModelForm[Any]") -> list[FieldProblem]:
    """Set on the form's instance what was typed and is right; return what is wrong. Asks the database nothing."""
    problems = []
    for bound in form:
        if bound.name not in LEFT_OUT and not isinstance(bound.field, forms.FileField):
            try:
                setattr(form.instance, bound.name, _read(form.instance, bound))
            except ValidationError as error:
                problems.append(FieldProblem(bound.auto_id, str(bound.label), error.messages[0]))
    return problems


def _read(instance: Any, bound: BoundField) -> Any:
    value = bound.field.clean(bound.data)
    column = instance._meta.get_field(bound.name)
    if value not in column.empty_values:
        column.run_validators(value)
    return value


def unsaved_milestones(
    inline_forms: Iterable["forms.ModelForm[Any]"], streak: Streak
) -> tuple[list[Milestone], list[FieldProblem]]:
    """Return the milestones of inline forms in order of target, and what is wrong in them.

    Left out are those that are marked for deletion, and empty ones.
    """
    milestones, problems = [], []
    for form in inline_forms:
        is_untouched = form.instance._state.adding and not form.has_changed()
        if is_untouched or form["DELETE"].data:
            continue
        found = apply_unsaved(form)
        name = form.instance.name or str(Milestone._meta.verbose_name).capitalize()
        problems += [replace(problem, label=f"{name}: {problem.label}") for problem in found]
        form.instance.streak = streak
        if form.instance.milestone_target_value:
            milestones.append(form.instance)
    return sorted(milestones, key=lambda milestone: (milestone.milestone_target_value, milestone.pk)), problems


def unsaved_rules(typed: Mapping[str, str]) -> Streak:
    """Return an unsaved streak with rules as they are typed; raises `ValidationError` for the first wrong one."""
    streak = Streak()
    for name in Streak.RULES:
        column: Any = Streak._meta.get_field(name)
        if name in typed or not column.has_db_default():
            setattr(streak, name, _read_rule(column, typed.get(name, "").strip()))
    streak.clean()
    return streak


def _read_rule(field: Any, text: str) -> Any:
    label = str(field.verbose_name).capitalize()
    if not text and not field.blank:
        raise ValidationError(_("%(label)s is still missing."), code="required", params={"label": label})
    if not text and field.null:
        return None
    try:
        return field.clean(text, None)
    except ValidationError as error:
        raise ValidationError(f"{label}: {error.messages[0]}", code="invalid") from error
