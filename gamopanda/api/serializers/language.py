"""Which language a request is about (S34)."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.functional import lazystr
from django.utils.translation import get_language
from modeltranslation.manager import get_translatable_fields_for_model
from modeltranslation.utils import build_localized_fieldname, resolution_order

from gamopanda.api.errors.exceptions import Unreadable, invalid
from gamopanda.conf.languages import TAG, nearest_language


def negotiate_language(tag: str) -> str:
    """Return the configured language that is nearest to a BCP-47 tag: `pt-BR`, else `pt`, else the default.

    Raises `Unreadable` when it is no such tag.
    """
    return nearest_language("-".join(_split(tag)), dict(settings.LANGUAGES)) or settings.LANGUAGE_CODE


def readable_language(tag: str) -> str:
    """Return the configured language nearest to a tag as pages and systems write it: `pt_BR`, `de_DE@euro`.

    What cannot be read is the default language.
    """
    try:
        return negotiate_language(re.split("[.@]", tag.strip())[0].replace("_", "-"))
    except Unreadable:
        return settings.LANGUAGE_CODE


def configured_language(tag: str) -> str:
    """Return the configured language that is exactly this; raises `Unreadable` when there is none.

    What is written must not end up in another language than its author believes.
    """
    code = "-".join(_split(tag))
    configured = dict(settings.LANGUAGES)
    if code not in configured:
        raise Unreadable(f"Texts cannot be written in “{tag}” here. Configured: {', '.join(configured)}.")
    return code


def _split(tag: str) -> list[str]:
    if len(tag) > 35 or not re.fullmatch(TAG, tag):
        raise Unreadable("Use a BCP-47 language code such as en, pt-BR or zh-Hant.")
    return tag.lower().split("-")


def has_translated_texts(model: type[models.Model]) -> bool:
    """Say whether a model has texts in several languages."""
    return bool(get_translatable_fields_for_model(model))


class DefaultText:
    """What is read where nothing is written: a text in the default language, and its translations (S62).

    It equals the texts that count as not written: the empty one, and the text itself.
    """

    def __init__(self, text: str, translations: Mapping[str, str]) -> None:
        self.text = text
        self.translations = translations
        self.in_active_language = lazystr(self)

    def read(self, language: str) -> tuple[str, str]:
        """Return the text for a reader, and the language that it is in."""
        found = nearest_language(language, self.translations)
        return (self.text, settings.LANGUAGE_CODE) if found is None else (self.translations[found], found)

    def __str__(self) -> str:
        return self.read(get_language() or settings.LANGUAGE_CODE)[0]

    def __eq__(self, other: object) -> bool:
        return other in ("", self.text)

    def __hash__(self) -> int:
        return hash(self.text)


@cache
def columns_of_text(model: type[models.Model], name: str, language: str) -> Mapping[str, str]:
    """Return the columns in which reading looks for a text, one after the other, by their languages (S34)."""
    descriptor: Any = getattr(model, name)
    languages = resolution_order(language, descriptor.fallback_languages)
    return {code: build_localized_fieldname(name, code) for code in languages}


@cache
def default_of_text(model: type[models.Model], name: str) -> DefaultText:
    """Return what is read where a text is not written."""
    descriptor: Any = getattr(model, name)
    default = descriptor.fallback_undefined
    return default if isinstance(default, DefaultText) else DefaultText("", {})


def read_text_and_language(
    record: Any, model: type[models.Model], name: str, language: str, *, except_for: str = ""
) -> tuple[str, str]:
    """Return a text of a record, or of what stands for one, for a reader, and the language that it is in (S34, S62).

    `except_for` is a language that is passed over.
    """
    default = default_of_text(model, name)
    for code, column in columns_of_text(model, name, language).items():
        text = getattr(record, column)
        if code != except_for and text and text != default.text:
            return str(text), code
    return default.read(language)


def read_text(record: Any, model: type[models.Model], name: str, language: str) -> str:
    """Return a text of a record, or of what stands for one, in a configured language (S34).

    It is what `record.name` is while the language is active, in a tenth of the time.
    """
    return read_text_and_language(record, model, name, language)[0]


def read_language(tag: str | None, *, for_writing: bool) -> str:
    """Return the language of a request from its `languageCode`; 400 when it is malformed, or cannot be written in."""
    if tag is None:
        return settings.LANGUAGE_CODE
    try:
        return configured_language(tag) if for_writing else negotiate_language(tag)
    except Unreadable as error:
        raise invalid("languageCode", str(error)) from error


def leave_out_fallbacks(serializer: Any, language: str) -> None:
    """Leave out of a change the texts that reading shows in this language already.

    Otherwise a client that reads a record, changes it and sends it back would write the texts of another language
    into this one, and they would not follow it any more.
    """
    record, values = serializer.instance, serializer.validated_data
    for name in set(get_translatable_fields_for_model(type(record)) or ()) & values.keys():
        if isinstance(values[name], str) and values[name] == read_text(record, type(record), name, language):
            del values[name]
