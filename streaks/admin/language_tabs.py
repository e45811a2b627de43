"""The texts that members read, one tab or section per language, each with what is shown when it is left empty (S34)."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.forms import ModelForm
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from modeltranslation.fields import TranslationField
from modeltranslation.utils import build_localized_fieldname, get_language_bidi

from gamopanda.admin.fast_widgets import FastTextarea, FastTextInput
from gamopanda.api.serializers.language import read_text_and_language
from streaks.core import messages
from streaks.models import Streak, texts

LABELS = {
    "eud_title": _("Title"),
    "eud_description": _("Description"),
    "eud_in_progress_label": _("Label: in progress"),
    "eud_completed_label": _("Label: completed"),
    "eud_not_started_label": _("Label: not started"),
    "eud_broken_label": _("Label: broken"),
    "eud_view_details_button_text": _("Button: view details"),
    messages.NON_MILESTONE_NEXT: _("To do in this period"),
    messages.NON_MILESTONE_ACHIEVED: _("This period is done"),
    messages.COMPLETED: _("Streak completed"),
    messages.BROKEN: _("Streak broken"),
    messages.MILESTONE_NEXT: _("To do for the next milestone"),
    messages.MILESTONE_ACHIEVED: _("Milestone reached in this period"),
    messages.FREEZE_USED: _("Saved by a freeze"),
    "eud_milestone_reward_instruction_message": _("How to redeem"),
}
STREAK_TEXTS = ("eud_title", "eud_description", *texts.DEFAULTS)
MILESTONE_TEXTS = ("eud_title", "eud_description", "eud_milestone_reward_instruction_message")


def language_fieldsets(columns: tuple[str, ...], *classes: str, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return one fieldset per language, the default language first, with the columns of these texts."""
    return [
        (
            name,
            {"classes": list(classes), "fields": [build_localized_fieldname(text, code) for text in columns], **more},
        )
        for code, name in settings.LANGUAGES
    ]


def text_formfield(db_field: Any, formfield: Any) -> Any:
    """Name a text by what it is for, and give it room and the direction of its language."""
    if not isinstance(db_field, TranslationField):
        return formfield
    name, limit = db_field.translated_field.name, db_field.translated_field.max_length
    is_message = name in messages.MESSAGES
    formfield.label = LABELS[name]
    attributes = {"dir": "rtl" if get_language_bidi(db_field.language) else "ltr", "lang": db_field.language}
    if is_message or limit == texts.DESCRIPTION_LENGTH:
        formfield.widget = FastTextarea({"rows": 2 if is_message else 3, **attributes})
    else:
        formfield.widget = FastTextInput(attributes)
    formfield.widget.attrs["maxlength"] = limit
    # Where a script counts the characters that are left, it hides the second sentence.
    at_most = _("At most %(limit)s characters.") % {"limit": limit}
    formfield.help_text = format_html(
        '{} <span class="text-limit">{}</span>', db_field.translated_field.help_text, at_most
    )
    return formfield


def show_fallbacks(form: "ModelForm[Any]") -> None:
    """Show in each empty text what members read instead: the default language's text, or the product's (S34)."""
    for name, field in form.fields.items():
        column: Any = form._meta.model._meta.get_field(name)
        if isinstance(column, TranslationField) and not isinstance(field, forms.FileField):
            field.widget.attrs["placeholder"] = _fallback(form.instance, column)


def _fallback(instance: models.Model, column: TranslationField) -> str:
    """Return the text that readers of this language get while the column is empty."""
    name, language = column.translated_field.name, column.language
    return read_text_and_language(instance, type(instance), name, language, except_for=language)[0]


def texts_in(language: str, streak: Streak) -> list[str]:
    """Return the names of the texts that readers of a language get in that language."""
    texts_by_name = {name: read_text_and_language(streak, Streak, name, language) for name in STREAK_TEXTS}
    return [name for name, (text, code) in texts_by_name.items() if text and f"{language}-".startswith(f"{code}-")]


def complete_languages(streak: Streak) -> list[str]:
    """Return the codes of the languages in which readers get every text of a streak."""
    return [code for code, _name in settings.LANGUAGES if len(texts_in(code, streak)) == len(STREAK_TEXTS)]
