"""What a marketer may write into a streak, checked wherever it is saved: API, admin or shell."""

import difflib
from collections.abc import Iterable
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gamopanda.api.placeholders import validate_braces
from gamopanda.conf.languages import nearest_language
from gamopanda.conf.locales import plural_categories
from gamopanda.conf.time_zones import validate_time_zone
from streaks.core.messages import (
    FIRST_NAME,
    NAMES,
    OTHER,
    VARIABLES,
    Placeholder,
    has_fallback,
    placeholders,
    unknown_variables,
)

# Migrations find it here.
__all__ = ["is_code", "validate_code", "validate_message", "validate_time_zone"]


def validate_message(text: str, field: Any = None) -> None:
    """Refuse what would stay as it is written (S31, S63).

    That is unpaired braces, an unknown {{variable}}, a first name without a fallback, and plural forms that the
    variable or the language does not have. The language is the active one, or that in which the view of a serializer's
    `field` writes texts.
    """
    validate_braces(text)
    _validate_names(text)
    view = None if field is None else field.context.get("view")
    language = (get_language() or settings.LANGUAGE_CODE) if view is None else view.language
    for placeholder in placeholders(text):
        if placeholder.name == FIRST_NAME:
            _validate_fallback(placeholder)
            continue
        _validate_plural_forms(placeholder, language)
        needs_phrases = VARIABLES[placeholder.name].needs_phrases
        if needs_phrases and nearest_language(language, settings.LANGUAGE_NAMES) is None:
            message = _("{{%(name)s}} is not available in this language (%(language)s): write it out.")
            params = {"name": placeholder.name, "language": language}
            raise ValidationError(message, code="unknown_variable", params=params)


# So that a serializer passes its field.
validate_message.requires_context = True  # type: ignore[attr-defined]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in names)


def _validate_names(text: str) -> None:
    """Refuse what is between double braces and no variable."""
    for name in unknown_variables(text):
        if name.partition("|")[0].strip() == FIRST_NAME:
            _refuse_fallback(f"{{{{{name}}}}}")
        close = difflib.get_close_matches(name, NAMES, n=1)
        hint = _(" Did you mean {{%s}}?") % close[0] if close else ""
        raise ValidationError(
            _("{{%(name)s}} is not a known variable.%(hint)s Known: %(known)s."),
            code="unknown_variable",
            params={"name": name, "hint": hint, "known": _listed(NAMES)},
        )


def _validate_fallback(placeholder: Placeholder) -> None:
    """Refuse a first name without exactly one fallback: not every member has told a name."""
    if not has_fallback(placeholder):
        _refuse_fallback(placeholder.written)


def _refuse_fallback(written: str) -> NoReturn:
    message = _(
        "%(written)s needs one fallback, which members without a first name read: write it as "
        "{{firstName|fallback: there}}."
    )
    raise ValidationError(message, code="fallback", params={"written": written})


def _validate_plural_forms(placeholder: Placeholder, language: str) -> None:
    """Refuse forms of what is no whole number, and other forms than CLDR has for the language; `other` is needed."""
    if not placeholder.forms:
        return
    written = [category for category, _text in placeholder.forms]
    own = plural_categories(language)
    params = {"name": placeholder.name, "language": language, "categories": ", ".join(own)}
    if not VARIABLES[placeholder.name].is_whole:
        whole = _listed(name for name, variable in VARIABLES.items() if variable.is_whole)
        message = _("{{%(name)s}} has no plural forms. These variables have them: %(whole)s.")
        raise ValidationError(message, code="plural_forms", params={**params, "whole": whole})
    wrong = next((one for one in written if one not in own or written.count(one) > 1), None)
    if wrong is not None:
        message = _(
            "The form “%(wrong)s” of {{%(name)s}} appears twice, or this language (%(language)s) does not have it. Its "
            "forms are: %(categories)s."
        )
        raise ValidationError(message, code="plural_forms", params={**params, "wrong": wrong})
    if OTHER not in written:
        message = _(
            "{{%(name)s}} needs the form “other”, such as {{%(name)s|other: #}}. The forms of this language "
            "(%(language)s) are: %(categories)s."
        )
        raise ValidationError(message, code="plural_forms", params=params)


def is_code(text: str) -> bool:
    """Say whether a member can see and type all of a coupon code: no line break, control or format character."""
    return text.isprintable()


def validate_code(text: str) -> None:
    """Refuse a coupon code that `is_code` does not take for one."""
    if not is_code(text):
        raise ValidationError(_("A code is one line of printable characters."), code="unprintable")
