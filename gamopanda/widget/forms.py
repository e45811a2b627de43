"""The one form of the widget: its looks, and every fixed text in every language."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import get_language_bidi
from unfold.widgets import UnfoldAdminTextInputWidget

from gamopanda.admin.merging import MergingForm
from gamopanda.api.characters import refuse_control_characters
from gamopanda.api.placeholders import validate_braces
from gamopanda.widget.display import column_of, read_written
from gamopanda.widget.models import TEXT_ON_GROUND, WidgetSettings, WidgetText
from gamopanda.widget.texts import PURPOSES, VARIABLES, length_limit, pick_text

VARIABLE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
COLOURS = {*TEXT_ON_GROUND, *TEXT_ON_GROUND.values()}


def field_of(key: str, language: str) -> str:
    """Return the name of the form's field for a text in a language."""
    return f"text__{key}__{language}"


class WidgetForm(MergingForm):
    """The settings, with a field for each text and language beside them; an empty one shows what is read instead."""

    class Meta:
        """Fields come from the fieldsets."""

        model = WidgetSettings
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        written = read_written()
        for key in PURPOSES:
            texts = written.get(key, {})
            for language, _name in settings.LANGUAGES:
                field = self.fields[field_of(key, language)]
                field.initial = texts.get(language, "")
                others = {code: text for code, text in texts.items() if code != language}
                field.widget.attrs["placeholder"] = pick_text(key, others, language)

    def clean(self) -> dict[str, Any]:
        """Refuse variables that a text does not have, and unpaired braces: they would stay as they are written."""
        cleaned: dict[str, Any] = super().clean() or {}
        for key in PURPOSES:
            for language, _name in settings.LANGUAGES:
                name = field_of(key, language)
                unknown = set(VARIABLE.findall(cleaned.get(name, ""))) - set(VARIABLES.get(key, ()))
                if unknown:
                    self.add_error(name, unknown_variable(key, unknown))
        return cleaned

    def save_texts(self) -> None:
        """Keep what is written, one row for each text that anything is written for."""
        for key in PURPOSES:
            texts = {code: self.cleaned_data[field_of(key, code)] for code, _name in settings.LANGUAGES}
            if any(texts.values()):
                columns = {column_of(code): text for code, text in texts.items()}
                WidgetText.objects.update_or_create(key=key, defaults=columns)
            else:
                WidgetText.objects.filter(key=key).delete()


def unknown_variable(key: str, unknown: set[str]) -> ValidationError:
    """Name the variables that are not known here, and those that are."""
    known = ", ".join(f"{{{{{name}}}}}" for name in VARIABLES.get(key, ()))
    params = {"unknown": ", ".join(sorted(unknown)), "known": known or "–"}
    return ValidationError(
        _("There is no %(unknown)s in this text. It may contain: %(known)s"), code="unknown_variable", params=params
    )


def _text_field(key: str, language: str) -> forms.CharField:
    attributes = {"dir": "rtl" if get_language_bidi(language) else "ltr", "lang": language}
    return forms.CharField(
        label=PURPOSES[key],
        required=False,
        max_length=length_limit(key),
        validators=[refuse_control_characters, validate_braces],
        widget=UnfoldAdminTextInputWidget(attributes),
        help_text=_help(key, language),
    )


def _help(key: str, language: str) -> str:
    """Tell how long a text can be and what may stand in it; what is shipped for its language is an example."""
    known = ", ".join(f"{{{{{name}}}}}" for name in VARIABLES.get(key, ()))
    values = {"limit": length_limit(key), "text": pick_text(key, {}, language)}
    example = _("At most %(limit)s characters, for example “%(text)s”.") % values
    return _("%(example)s May contain: %(known)s") % {"example": example, "known": known} if known else example


def _with_texts() -> type[WidgetForm]:
    """Return the form with its fields for texts: Django takes them from the class alone."""
    fields = {field_of(key, code): _text_field(key, code) for code, _name in settings.LANGUAGES for key in PURPOSES}
    return type("WidgetTextsForm", (WidgetForm,), {"__module__": __name__, **fields})


WidgetTextsForm = _with_texts()
