"""The only place that refuses a log, for one log and for many (S1, S6, S7, S26, S56)."""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from gamopanda.api.models import Status
from streaks.core.aggregation import MAX_UNITS, needs_value
from streaks.core.facts import Log
from streaks.fields import MAX_VALUE
from streaks.models import Streak

CLOCK_TOLERANCE = timedelta(minutes=5)
EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
# Reading it from the class takes longer than comparing it.
LIVE = Status.LIVE.value


class Refused(Exception):
    """A log that the rules do not let in; nothing was stored.

    `code` is the API's error code; when it is `validation_error`, `field` names the attribute of the log that is
    wrong and `detail_code` says how.
    """

    def __init__(self, code: str, message: str, *, field: str = "", detail_code: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.detail_code = detail_code

    @property
    def is_about_member(self) -> bool:
        """Whether there is no such member, or none that earns."""
        return self.code == "member_not_live" or self.field == "member_id"


def find_refusal(log: Log, streak: Streak | None, member_status: str | None, *, now: datetime) -> Refused | None:
    """Return why a log may not come in, or None; `member_status` is None where there is no such member."""
    if streak is None:
        return _invalid("streak_id", "not_found", _("There is no streak with this id."))
    if streak.status != LIVE:
        return Refused("streak_not_live", _("The streak is %s: only a live streak accepts activity.") % streak.status)
    if member_status is None:
        return _invalid("member_id", "not_found", _("There is no member with this id or external id."))
    if member_status != LIVE:
        return Refused("member_not_live", _("The member is %s: only live members earn.") % member_status)
    return _find_malformed(log, streak, now) or _find_out_of_campaign(log, streak, now)


def _find_out_of_campaign(log: Log, streak: Streak, now: datetime) -> Refused | None:
    """Refuse what happened before the streak starts or after it ends, and what comes in too late after that (S56)."""
    if streak.starts_at is not None and log.activity_at < streak.starts_at:
        return Refused(
            "streak_not_started",
            _("The streak starts at %s: what happened before does not count.") % streak.starts_at.isoformat(),
        )
    if streak.ends_at is None:
        return None
    if log.activity_at >= streak.ends_at:
        return Refused(
            "streak_ended", _("The streak ended at %s: what happens then does not count.") % streak.ends_at.isoformat()
        )
    if now > streak.ends_at + timedelta(days=streak.late_days):
        return Refused(
            "streak_ended",
            _("The streak ended at %(ended)s; late activity was accepted for %(days)s days.")
            % {"ended": streak.ends_at.isoformat(), "days": streak.late_days},
        )
    return None


def _find_malformed(log: Log, streak: Streak, now: datetime) -> Refused | None:
    if log.activity_at.tzinfo is None:
        return _invalid(
            "activity_at", "missing_offset", _("Say when with a UTC offset, such as 2026-03-01T18:30:00+01:00.")
        )
    if log.activity_at > now + CLOCK_TOLERANCE:
        return _invalid("activity_at", "in_future", _("This is in the future. At most 5 minutes ahead are allowed."))
    if log.activity_at < EARLIEST:
        return _invalid("activity_at", "invalid", _("Instants before the year 2 cannot be stored."))
    if log.units is None:
        if needs_value(streak.aggregation_method):
            message = _("This streak adds up values: send the value of the activity.")
            return _invalid("activity_value", "required", message)
    elif abs(log.units) > MAX_UNITS:
        return _invalid("activity_value", "out_of_range", _("Values beyond ±%s cannot be stored.") % MAX_VALUE)
    return None


def total_out_of_range() -> Refused:
    """Return the refusal of a log that would carry the total of its period out of range."""
    message = _("With this the total of the period would be beyond ±%s, the most that can be stored.") % MAX_VALUE
    return _invalid("activity_value", "out_of_range", message)


def _invalid(field: str, code: str, message: str) -> Refused:
    return Refused("validation_error", message, field=field, detail_code=code)
