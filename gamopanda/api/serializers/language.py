"""Which language a request is about (S34)."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from modeltranslation.manager import get_translatable_fields_for_model
from modeltranslation.utils import build_localized_fieldname, resolution_order

from gamopanda.api.errors.exceptions import Unreadable, invalid
from gamopanda.conf.languages import TAG


def negotiate_language(tag: str) -> str:
    """Return the configured language that is nearest to a BCP-47 tag: `pt-BR`, else `pt`, else the default.

    Raises `Unreadable` when it is no such tag.
    """
    parts = _split(tag)
    configured = dict(settings.LANGUAGES)
    while parts:
        if "-".join(parts) in configured:
            return "-".join(parts)
        parts.pop()
    return settings.LANGUAGE_CODE


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


@cache
def columns_of_text(model: type[models.Model], name: str, language: str) -> tuple[Sequence[str], str]:
    """Return the columns in which reading looks for a text, one after the other, and its default (S34)."""
    descriptor: Any = getattr(model, name)
    languages = resolution_order(language, descriptor.fallback_languages)
    default = descriptor.fallback_value
    return [build_localized_fieldname(name, code) for code in languages], default if isinstance(default, str) else ""


def read_text(record: Any, model: type[models.Model], name: str, language: str) -> str:
    """Return a text of a record, or of what stands for one, in a configured language (S34).

    It is what `record.name` is while the language is active, in a tenth of the time.
    """
    columns, default = columns_of_text(model, name, language)
    for column in columns:
        text = getattr(record, column)
        if text:
            return str(text)
    return default


def read_language(tag: str | None, *, for_writing: bool) -> str:
    """Return the language of a request from its `languageCode`; 400 when it is malformed, or cannot be written in."""
    if tag is None:
        return settings.LANGUAGE_CODE
    try:
        return configured_language(tag) if for_writing else negotiate_language(tag)
    except Unreadable as error:
        raise invalid("languageCode", str(error)) from error
