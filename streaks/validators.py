"""What a marketer may write into a streak, checked wherever it is saved: API, admin or shell."""

import difflib

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gamopanda.api.placeholders import validate_braces
from gamopanda.conf.time_zones import zone_names
from streaks.core.messages import VARIABLES, unknown_variables


def validate_time_zone(name: str) -> None:
    """Refuse anything but an IANA name that this machine has data for (S2)."""
    if name not in zone_names():
        close = difflib.get_close_matches(name, zone_names(), n=1)
        raise ValidationError(
            _("“%(name)s” is not an IANA time zone. Use a name such as %(example)s, or leave it empty."),
            code="unknown_time_zone",
            params={"name": name, "example": close[0] if close else "Europe/Berlin"},
        )


def validate_message(text: str) -> None:
    """Refuse unpaired braces, and an unknown {{variable}}, naming the known ones (S31)."""
    validate_braces(text)
    unknown = unknown_variables(text)
    if unknown:
        close = difflib.get_close_matches(unknown[0], VARIABLES, n=1)
        hint = _(" Did you mean {{%s}}?") % close[0] if close else ""
        raise ValidationError(
            _("{{%(name)s}} is not a known variable.%(hint)s Known: %(known)s."),
            code="unknown_variable",
            params={"name": unknown[0], "hint": hint, "known": ", ".join(f"{{{{{name}}}}}" for name in VARIABLES)},
        )


def is_code(text: str) -> bool:
    """Say whether a member can see and type all of a coupon code: no line break, control or format character."""
    return text.isprintable()


def validate_code(text: str) -> None:
    """Refuse a coupon code that `is_code` does not take for one."""
    if not is_code(text):
        raise ValidationError(_("A code is one line of printable characters."), code="unprintable")
