"""Columns for the texts that members read."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from gamopanda.api.characters import ReadableField
from gamopanda.api.placeholders import validate_no_variables
from streaks.models import texts
from streaks.validators import validate_message


def plain_text_field(length: int, meaning: Any, name: Any = None) -> ReadableField:
    """Return a text that members read, in which no variable is filled in."""
    return ReadableField(name, max_length=length, blank=True, validators=[validate_no_variables], help_text=meaning)


def title_field() -> ReadableField:
    return plain_text_field(
        texts.TITLE_LENGTH, _("The heading that members read, such as “7-Day Shopper”."), _("title")
    )


def description_field() -> ReadableField:
    meaning = _("What members do and what they earn, such as “Spend $50 on each of 7 days for free shipping”.")
    return plain_text_field(texts.DESCRIPTION_LENGTH, meaning, _("description for members"))


def label_field(meaning: Any) -> ReadableField:
    return plain_text_field(texts.LABEL_LENGTH, meaning)


def message_field(meaning: Any) -> ReadableField:
    return ReadableField(max_length=texts.MESSAGE_LENGTH, blank=True, validators=[validate_message], help_text=meaning)
