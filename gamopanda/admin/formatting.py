"""How the pages of the administration write values."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

STATUS_COLOURS = {"draft": "info", "live": "success", "paused": "warning"}


def instant_text(instant: datetime | None) -> str:
    """Write an instant as Django's own columns do, for read-only fields, which leave it raw."""
    return "–" if instant is None else date_format(timezone.localtime(instant), "DATETIME_FORMAT")


def instant_on_clock(instant: datetime | None, zone: ZoneInfo) -> str:
    """Write an instant on the clock of a streak, as it stands beside its periods."""
    return "–" if instant is None else date_format(instant.astimezone(zone), "DATETIME_FORMAT")


def note(text: object) -> SafeString:
    """Return the description of a fieldset, with room around it."""
    return format_html('<div class="px-3 pt-3">{}</div>', text)


def plain_number(value: Decimal) -> Decimal:
    """Return an exact number without trailing zeros: 50, not 50.0000."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
