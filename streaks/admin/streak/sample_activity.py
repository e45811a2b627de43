"""Sample activity and facts for the simulator: pasted rows, one a line, or a pattern."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import itemgetter
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gamopanda.admin.formatting import plain_number
from gamopanda.conf.time_zones import present_name, validate_time_zone
from streaks.core.aggregation import needs_value
from streaks.core.facts import MemberFacts
from streaks.core.periods import ZoneChange
from streaks.core.rules import DatesExcused
from streaks.fields import MAX_VALUE
from streaks.models import AggregationPeriod, Streak
from streaks.presenters.simulation import SampleLog

YEARS = range(1000, 9000)
MAX_ROWS = 200
# A pattern shows a run of this many periods at most: longer ones say nothing more.
MAX_PATTERN = 31
WEDNESDAY = 2
NOON = time(12)
_INSTANT = r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2}))?"
_LINE = re.compile(rf"{_INSTANT}(?:\s*[,;\t]\s*(-?\d+(?:\.\d+)?)?)?(?:\s*[,;\t]\s*{_INSTANT})?")
_DATE = r"(\d{4}-\d{2}-\d{2})"
_EXCUSED = re.compile(rf"excused\s*[,;\t]\s*{_DATE}(?:\s*[,;\t]\s*{_DATE})?", re.IGNORECASE)
_ZONE = re.compile(rf"zone\s*[,;\t]\s*{_INSTANT}\s*[,;\t]\s*([\w+/-]+)", re.IGNORECASE)


class Pattern(models.TextChoices):
    """What a member may do over a whole run."""

    EVERY = "every", gettext_lazy("Every period")
    MISSES = "misses", gettext_lazy("Misses one (Wednesday, in a daily streak)")
    LATE = "late", gettext_lazy("One activity comes late")
    REFUND = "refund", gettext_lazy("One purchase is refunded")


@dataclass(slots=True)
class Sample:
    """What rows say: activity, dates that are excused, and moves of the member to other time zones."""

    logs: list[SampleLog] = field(default_factory=list)
    excuses: list[DatesExcused] = field(default_factory=list)
    zones: list[ZoneChange] = field(default_factory=list)

    @property
    def facts(self) -> MemberFacts:
        """The facts beside activity."""
        return MemberFacts(excuses=tuple(self.excuses), zones=tuple(sorted(self.zones, key=itemgetter(0))))


def validate_year(day: date) -> None:
    """Refuse days so near to the ends of the calendar that a run would reach beyond them."""
    if day.year not in YEARS:
        raise ValidationError(
            _("use a day from the year %(first)s to %(last)s."), params={"first": YEARS[0], "last": YEARS[-1]}
        )


def read_rows(text: str, streak: Streak) -> Sample:
    """Read rows such as “2026-03-02 18:30, 50”, on the streak's clock; a third part says when it became known.

    “excused, 2026-03-03, 2026-03-05” excuses dates, and “zone, 2026-03-04 09:00, Asia/Tokyo” moves the member. Raises
    `ValidationError` with one message for each line that cannot be read.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > MAX_ROWS:
        raise ValidationError(_("At most %(limit)s rows can be played.") % {"limit": MAX_ROWS})
    sample, errors = Sample(), []
    for number, line in lines:
        try:
            _read_row(line, streak, sample)
        except ValidationError as error:
            errors.append(_("Line %(number)s: %(reason)s") % {"number": number, "reason": error.messages[0]})
    if errors:
        raise ValidationError(errors)
    return sample


def _read_row(line: str, streak: Streak, sample: Sample) -> None:
    if match := _EXCUSED.fullmatch(line):
        sample.excuses.append(_excused(match[1], match[2] or match[1]))
    elif match := _ZONE.fullmatch(line):
        sample.zones.append(_zone(match, streak))
    else:
        sample.logs.append(_read_log(line, streak))


def _excused(first: str, last: str) -> DatesExcused:
    excuse = DatesExcused(_date(first), _date(last))
    if excuse.last < excuse.first:
        raise ValidationError(_("the last day cannot be before the first."))
    return excuse


def _zone(match: re.Match[str], streak: Streak) -> ZoneChange:
    if not streak.has_own_clocks:
        raise ValidationError(_("the zones of members do not count in this streak: it has one clock for all."))
    name = present_name(match[3])
    validate_time_zone(name)
    return ZoneChange(_instant(match[1], match[2], streak.calendar.zone), ZoneInfo(name))


def _read_log(line: str, streak: Streak) -> SampleLog:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValidationError(_("write a day and time and a value, such as “2026-03-02 18:30, 50”."))
    zone = streak.calendar.zone
    activity_at = _instant(match[1], match[2], zone)
    arrives_at = _instant(match[4], match[5], zone) if match[4] else activity_at
    if arrives_at < activity_at:
        raise ValidationError(_("it cannot arrive before it has happened."))
    return SampleLog(activity_at, _value(match[3], streak), arrives_at)


def _instant(day: str, hour: str | None, zone: ZoneInfo) -> datetime:
    try:
        at = time.fromisoformat(hour.zfill(5)) if hour else NOON
    except ValueError as error:
        raise ValidationError(_("there is no such day or time.")) from error
    return datetime.combine(_date(day), at, zone)


def _date(day: str) -> date:
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise ValidationError(_("there is no such day or time.")) from error
    validate_year(on)
    return on


def _value(text: str | None, streak: Streak) -> Decimal | None:
    if not needs_value(streak.aggregation_method):
        return None
    if not text:
        raise ValidationError(_("this streak needs a value: write one after the time."))
    value = Decimal(text)
    if abs(value) > MAX_VALUE:
        raise ValidationError(_("values beyond ±%s cannot be stored.") % MAX_VALUE)
    return value


def write_row(log: SampleLog, zone: ZoneInfo) -> str:
    """Write a row as `read_rows` reads it."""
    parts = [_local(log.activity_at, zone)]
    is_late = log.arrives_at > log.activity_at
    if log.value is not None or is_late:
        parts.append("" if log.value is None else str(plain_number(log.value)))
    if is_late:
        parts.append(_local(log.arrives_at, zone))
    return ", ".join(parts)


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def patterns_of(streak: Streak) -> list[tuple[str, object]]:
    """Return the patterns that mean something for a streak: what is counted is never refunded (S9)."""
    has_values = needs_value(streak.aggregation_method)
    return [(key, label) for key, label in Pattern.choices if has_values or key != Pattern.REFUND]


def pattern_rows(pattern: Pattern, streak: Streak, start: date) -> list[SampleLog]:
    """Return a whole run of activity from the period that contains `start` on, with what the pattern does to it."""
    days = list(_days(streak, start))
    odd = _odd_one(streak, days)
    if pattern is Pattern.MISSES:
        return _logs(streak, [day for day in days if day != odd])
    if pattern is Pattern.LATE:
        return [_late(log, by=2) if _day(log) == odd else log for log in _logs(streak, days)]
    refund = [_refund(log) for log in _logs(streak, [odd])] if pattern is Pattern.REFUND else []
    return sorted([*_logs(streak, days), *refund], key=lambda log: log.arrives_at)


def _days(streak: Streak, start: date) -> Iterator[date]:
    """Yield a day in each period of a run; of the first one the start itself."""
    calendar = streak.calendar
    key = calendar.key_of(datetime.combine(start, NOON, calendar.zone))
    yield start
    for _number in range(min(streak.completion_target_value, MAX_PATTERN) - 1):
        key = calendar.following(key)
        yield key


def _odd_one(streak: Streak, days: Sequence[date]) -> date:
    """Return the day with which something is different: a Wednesday within a daily streak, else the third."""
    if streak.aggregation_period == AggregationPeriod.DAILY:
        wednesday = next((day for day in days[1:-1] if day.weekday() == WEDNESDAY), None)
        if wednesday is not None:
            return wednesday
    return days[min(2, len(days) - 1)]


def _logs(streak: Streak, days: Sequence[date]) -> list[SampleLog]:
    """Complete each of some days at noon: with one value, or with as many activities as are asked for."""
    zone = streak.calendar.zone
    noons = [datetime.combine(day, NOON, zone) for day in days]
    if needs_value(streak.aggregation_method):
        return [SampleLog(noon, streak.aggregation_target_value, noon) for noon in noons]
    number = int(streak.aggregation_target_value.to_integral_value(rounding="ROUND_CEILING"))
    times = [noon + timedelta(minutes=minute) for noon in noons for minute in range(min(number, 60))]
    return [SampleLog(at, None, at) for at in times[:MAX_ROWS]]


def _day(log: SampleLog) -> date:
    return log.activity_at.date()


def _late(log: SampleLog, *, by: int) -> SampleLog:
    return SampleLog(log.activity_at, log.value, log.activity_at + timedelta(days=by))


def _refund(log: SampleLog) -> SampleLog:
    at = log.activity_at + timedelta(hours=3)
    return SampleLog(at, -log.value if log.value is not None else None, at)
