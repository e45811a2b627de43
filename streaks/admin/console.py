"""The page of a streak as marketers think: basics, rules, milestones, texts; and the rules read back as they type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname, get_language_bidi
from unfold.admin import ModelAdmin
from unfold.templatetags.unfold import tabs_errors_count

from streaks.admin.language_tabs import STREAK_TEXTS
from streaks.admin.streak_form import FROZEN
from streaks.admin.words import rules_read_back
from streaks.core.messages import MESSAGES, VARIABLES
from streaks.models import Streak


def read_rules(typed: Mapping[str, str]) -> Streak:
    """Return an unsaved streak with rules as they are being typed; raises `ValidationError` for the first wrong one."""
    streak = Streak()
    for name in Streak.RULES:
        setattr(streak, name, _read_rule(Streak._meta.get_field(name), typed.get(name, "").strip()))
    return streak


def _read_rule(field: Any, text: str) -> Any:
    label = str(field.verbose_name).capitalize()
    if not text and not field.blank:
        raise ValidationError(_("%(label)s is still missing."), code="required", params={"label": label})
    try:
        return field.clean(text, None)
    except ValidationError as error:
        raise ValidationError(f"{label}: {error.messages[0]}", code="invalid") from error


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
        """What is on it."""
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


class StreakConsoleAdmin(ModelAdmin):
    """Lays the page of a streak out in steps, and reads the rules back."""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add the steps to what Django has put together."""
        streak = context.get("original")
        languages = language_tabs(context["adminform"], streak)
        context |= {
            "languages": languages,
            "sections": self.sections(context, languages),
            "rules_sentence": None if streak is None else rules_read_back(streak),
            "frozen_reason": FROZEN,
            "console": self.script_data(streak),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def sections(self, context: dict[str, Any], languages: list[LanguageTab]) -> list[Section]:
        """Return the steps in the order of thinking."""
        errors = {fieldset.name: tabs_errors_count(fieldset) for fieldset in context["adminform"]}
        milestones = context["inline_admin_formsets"][0].formset if context["inline_admin_formsets"] else None
        return [
            Section("basics", _("Basics"), errors[_("Basics")]),
            Section("rules", _("Rules"), errors[_("Rules")]),
            Section("milestones", _("Milestones & rewards"), _number_of_errors(milestones)),
            Section("texts", _("Texts"), sum(language.errors for language in languages)),
        ]

    def script_data(self, streak: Streak | None) -> dict[str, Any]:
        """Return what the scripts of the page need to know."""
        return {
            "rulesUrl": reverse("admin:streaks_streak_rules"),
            "variables": [{"name": f"{{{{{name}}}}}", "meaning": meaning} for name, meaning in VARIABLES.items()],
            "messages": MESSAGES,
            "ruleFields": Streak.RULES,
            "words": {
                "left": _("%s characters left"),
                "insert": _("Insert a value"),
                "written": _("%s of %s"),
            },
        }

    def get_urls(self) -> list[Any]:
        """Add the address that reads rules back."""
        view = self.admin_site.admin_view(self.rules_view)
        return [path("rules/", view, name="streaks_streak_rules"), *super().get_urls()]

    def rules_view(self, request: HttpRequest) -> HttpResponse:
        """Say rules that are being typed in sentences, or what is wrong with them; nothing is stored."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        try:
            sentence = rules_read_back(read_rules(request.GET.dict()))
        except ValidationError as error:
            return JsonResponse({"sentence": error.messages[0], "isComplete": False})
        return JsonResponse({"sentence": sentence, "isComplete": True})


def _number_of_errors(formset: Any) -> int:
    if formset is None or not formset.is_bound:
        return 0
    return sum(len(errors) for errors in formset.errors) + len(formset.non_form_errors())
