"""The page of a streak as marketers think: basics, rules, milestones, texts; and the rules read back as they type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname, get_language_bidi
from unfold.admin import ModelAdmin
from unfold.templatetags.unfold import tabs_errors_count

from gamopanda.conf.time_zones import zone_of
from streaks.admin.language_tabs import STREAK_TEXTS
from streaks.admin.ready_texts import PURPOSES, ready_texts
from streaks.admin.rule_texts import rules_description
from streaks.admin.streak.form import FROZEN
from streaks.admin.unsaved_form import unsaved_rules
from streaks.admin.variable_examples import examples_of_variables, plural_forms
from streaks.core.messages import FIRST_NAME, MESSAGES, VARIABLES
from streaks.models import Streak

FIRST_NAME_MEANING = _("the first name of the member, or the fallback where there is none")


@dataclass(frozen=True, slots=True)
class LanguageTab:
    """The texts of one language: how many of them are written, and how many fields are wrong."""

    code: str
    name: str
    direction: str
    fieldset: Any
    written: int
    errors: int

    @property
    def of(self) -> int:
        """How many texts there are."""
        return len(STREAK_TEXTS)

    @property
    def is_complete(self) -> bool:
        """Whether every text is written."""
        return self.written == self.of


@dataclass(frozen=True, slots=True)
class Section:
    """One step on the page of a streak, with the number of fields in it that are wrong."""

    slug: str
    name: object
    errors: int = 0

    @property
    def template(self) -> str:
        return f"admin/streaks/streak/steps/{self.slug}.html"


def language_tabs(adminform: AdminForm, streak: Streak | None) -> list[LanguageTab]:
    """Return the fieldsets of texts, by language in the order of the settings; counts what is on the page."""
    by_name: dict[str, Any] = {fieldset.name: fieldset for fieldset in adminform}  # type: ignore[attr-defined]
    return [
        LanguageTab(
            code=code,
            name=name,
            direction="rtl" if get_language_bidi(code) else "ltr",
            fieldset=by_name[name],
            written=written_texts(adminform.form, streak, code),
            errors=tabs_errors_count(by_name[name]),
        )
        for code, name in settings.LANGUAGES
    ]


def written_texts(form: "forms.BaseForm", streak: Streak | None, code: str) -> int:
    """Count the texts of a language in a form, or of the streak where the form does not have them."""
    names = [build_localized_fieldname(text, code) for text in STREAK_TEXTS]
    return sum(bool(form[name].value() if name in form.fields else getattr(streak, name, None)) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedStep:
    """A step that another app adds after the streak's own; `context` and `script_data` are given the stored streak."""

    slug: str
    name: object
    is_for_new: bool
    context: Mapping[str, Any] = field(default_factory=dict)
    script_data: Callable[[Streak | None], dict[str, Any]] = lambda _streak: {}


_added_steps: list[AddedStep] = []


def add_step(step: AddedStep) -> None:
    """Let another app add a step to the page of a streak."""
    _added_steps.append(step)


def form_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return what the template of the form needs beside what Django has put together."""
    streak = context.get("original")
    languages = language_tabs(context["adminform"], streak)
    added = [step for step in _added_steps if step.is_for_new or streak is not None]
    found: dict[str, Any] = {
        "languages": languages,
        "sections": [*_own_sections(context, languages), *(Section(step.slug, step.name) for step in added)],
        "rules_sentence": None if streak is None else rules_description(streak),
        "frozen_reason": FROZEN,
        "may_change_rules": request.user.has_perm("streaks.add_streakrules"),
        "purposes": {} if streak else PURPOSES,
        "console": _script_data(streak),
    }
    for step in added:
        found |= step.context
        found["console"] |= step.script_data(streak)
    return found


def _own_sections(context: dict[str, Any], languages: list[LanguageTab]) -> list[Section]:
    """Return the steps in the order of thinking."""
    errors = {fieldset.name: tabs_errors_count(fieldset) for fieldset in context["adminform"]}
    milestones = context["inline_admin_formsets"][0].formset if context["inline_admin_formsets"] else None
    return [
        Section("basics", _("Basics"), errors[_("Basics")]),
        Section("rules", _("Rules"), errors[_("Rules")] + errors[_("Schedule")] + errors[_("Protection")]),
        Section("milestones", _("Milestones & rewards"), _number_of_errors(milestones)),
        Section("texts", _("Texts"), sum(language.errors for language in languages)),
    ]


def _script_data(streak: Streak | None) -> dict[str, Any]:
    """Return what the scripts of the page need to know."""
    return {
        "rulesUrl": reverse("admin:streaks_streak_rules"),
        "variables": [
            *({"name": name, "meaning": one.meaning, "isWhole": one.is_whole} for name, one in VARIABLES.items()),
            {"name": FIRST_NAME, "meaning": FIRST_NAME_MEANING, "template": "{{firstName|fallback: %s}}"},
        ],
        "examples": examples_of_variables(),
        "pluralForms": plural_forms(),
        "period": (streak or Streak()).aggregation_period,
        "messages": MESSAGES,
        "readyTexts": {} if streak else {purpose: ready_texts(purpose) for purpose in PURPOSES},
        "ruleFields": Streak.RULES,
        "words": {
            "left": _("%s characters left"),
            "insert": _("Insert a value"),
            "plural": _("A form for each number:"),
            "written": _("%s of %s"),
            "fallback": _("there"),
        },
    }


def rules_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Say rules that are being typed in sentences, or what is wrong with them; nothing is stored."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    try:
        typed = request.GET.dict()
        sentence = rules_description(unsaved_rules({**typed, "time_zone": zone_of(typed.get("time_zone", ""))}))
    except ValidationError as error:
        return JsonResponse({"sentence": error.messages[0], "isComplete": False})
    return JsonResponse({"sentence": sentence, "isComplete": True})


def _number_of_errors(formset: Any) -> int:
    if formset is None or not formset.is_bound:
        return 0
    return sum(len(errors) for errors in formset.errors) + len(formset.non_form_errors())


URLS = (("rules/", "streaks_streak_rules", rules_view),)
