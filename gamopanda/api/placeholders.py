"""How variables are marked in the texts that people write: `{{name}}`."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PAIR = re.compile(r"\{\{[^{}]*\}\}")
BRACES = re.compile(r"\{\{|\}\}")


def validate_braces(text: str) -> None:
    """Refuse a `{{` without its `}}`, or the other way round: readers would see them as they are written (S31)."""
    single = BRACES.search(PAIR.sub("", text))
    if single:
        missing = "}}" if single[0] == "{{" else "{{"
        raise ValidationError(
            _("“%(found)s” has no matching “%(missing)s”: write a variable as {{name}}."),
            code="unpaired_braces",
            params={"found": single[0], "missing": missing},
        )


def validate_no_variables(text: str) -> None:
    """Refuse braces in a text in which no variable is filled in (S31)."""
    if BRACES.search(text):
        raise ValidationError(
            _("No variable is filled in here: write this text without {{ and }}."), code="unknown_variable"
        )
