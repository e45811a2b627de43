"""Colours, and whether a text can be read on a ground (WCAG 2.2, success criterion 1.4.3)."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
AA = 4.5
"""The contrast that a text of any size needs for level AA."""


def validate_colour(text: str) -> None:
    """Refuse what is not written like `#7c3aed`."""
    if not HEX.fullmatch(text):
        raise ValidationError(_("Write the colour as # and six hexadecimal digits, such as #7c3aed."), code="invalid")


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 (the same) to 21 (black and white)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
