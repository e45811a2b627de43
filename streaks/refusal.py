"""How the write path says no, and to what."""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from streaks.fields import MAX_VALUE
from streaks.models import AggregationMethod, Streak, StreakLog

CLOCK_TOLERANCE = timedelta(minutes=5)
EARLIEST = datetime(2, 1, 1, tzinfo=UTC)


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


def find_refusal(log: StreakLog, streak: Streak | None, member: Member | None, *, now: datetime) -> Refused | None:
    """Return why a log may not come in (S1, S6, S7, S26), or None."""
    if streak is None:
        return _invalid("streak_id", "not_found", _("There is no streak with this id."))
    if streak.status != Status.LIVE:
        return Refused("streak_not_live", _("The streak is %s: only a live streak takes activity.") % streak.status)
    if member is None:
        return _invalid("member_id", "not_found", _("There is no member with this id or external id."))
    if member.status != Status.LIVE:
        return Refused("member_not_live", _("The member is %s: only live members earn.") % member.status)
    return _misshapen(log, streak, now)


def _misshapen(log: StreakLog, streak: Streak, now: datetime) -> Refused | None:
    if log.activity_at.utcoffset() is None:
        return _invalid(
            "activity_at", "missing_offset", _("Say when with a UTC offset, such as 2026-03-01T18:30:00+01:00.")
        )
    if log.activity_at > now + CLOCK_TOLERANCE:
        return _invalid("activity_at", "in_future", _("This is in the future. At most 5 minutes ahead are allowed."))
    if log.activity_at < EARLIEST:
        return _invalid("activity_at", "invalid", _("Instants before the year 2 cannot be stored."))
    if streak.aggregation_method == AggregationMethod.SUM and log.activity_value is None:
        return _invalid("activity_value", "required", _("This streak adds up values: send the value of the activity."))
    if log.activity_value is not None and abs(log.activity_value) > MAX_VALUE:
        return _invalid("activity_value", "out_of_range", _("Values beyond ±%s cannot be stored.") % MAX_VALUE)
    return None


def _invalid(field: str, code: str, message: str) -> Refused:
    return Refused("validation_error", message, field=field, detail_code=code)
