"""Characters that are no part of any text: refused where people type, replaced in files for spreadsheets."""

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

# Tabs and line ends are part of texts. What XML cannot hold, no workbook can.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def refuse_control_characters(text: str) -> None:
    """Raise `ValidationError` for a text with a control character, naming the first and where it is."""
    found = CONTROL.search(text)
    if found:
        raise ValidationError(
            _("Character %(place)s is a control character (U+%(code)s), which cannot be displayed: remove it."),
            code="control_character",
            params={"place": found.start() + 1, "code": f"{ord(found[0]):04X}"},
        )


def without_control_characters(text: str) -> str:
    """Return a text with a sign in place of each control character."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


if TYPE_CHECKING:
    TextField = models.CharField[str, str]
else:
    TextField = models.CharField


class ReadableField(TextField):
    """A text that people read: without control characters."""

    default_validators = [refuse_control_characters]

    def run_validators(self, value: Any) -> None:
        """Validate the column of a language in that language, whichever is active."""
        with translation.override(getattr(self, "language", None) or translation.get_language()):
            super().run_validators(value)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Be a plain text column to migrations: the database sees no difference."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", list(args), kwargs
