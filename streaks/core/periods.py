"""Instants to calendar periods, on the clock of a streak or of a member (S2–S5, S52, S54).

A period is named by its key, the first local date of it, and covers the half-open range of instants from its start
to the start of the period that follows. Days are never measured in seconds: every boundary is looked up in the zone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HALF_A_DAY = timedelta(hours=12)
"""A daily period that a change of zone leaves shorter than that is excused (S54)."""
HOUR = 3600
"""Seconds in an hour of UTC, which is what instants are cached by: no period is measured with it."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FURTHEST = timedelta(hours=16)
"""No clock was ever further from UTC than that."""


class PeriodKind(StrEnum):
    """The three calendar periods (S3)."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@lru_cache(maxsize=65_536)
def day_starts_at(day: date, zone: ZoneInfo, hour: int = 0) -> datetime:
    """Return the first instant, in UTC, at which it is `hour` o'clock of the local date `day` or later (S4, S52).

    A moment that the clock skips gives the moment of the skip; one that comes twice gives its first pass; a date
    that does not exist gives the start of the next one that does.
    """
    begins_at = datetime.combine(day, time(hour), zone)
    instant = begins_at.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == begins_at.replace(tzinfo=None):
        return instant
    return _end_of_gap(begins_at.replace(tzinfo=None), zone, instant)


def _end_of_gap(skipped: datetime, zone: ZoneInfo, inside: datetime) -> datetime:
    """Search the second at which a clock that skips a local moment jumps; `inside` is within two days of it."""
    before, after = inside - 2 * DAY, inside + 2 * DAY
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) >= skipped:
            after = middle
        else:
            before = middle
    return after


@dataclass(frozen=True, slots=True)
class Calendar:
    """The periods of one streak: their kind, the zone they are counted in, the first day of the week (0 = Monday).

    Every local date starts at `day_starts_at` o'clock: half past two belongs to the date before when it is 4 (S52).
    """

    kind: PeriodKind
    zone: ZoneInfo
    first_weekday: int = 0
    day_starts_at: int = 0

    def key_of(self, instant: datetime) -> date:
        """Return the key of the period in which an aware instant falls (S2, S3)."""
        return _key_of_hour(self, int(instant.timestamp() // HOUR)) or self._exact_key_of(instant)

    def _exact_key_of(self, instant: datetime) -> date:
        local = instant.astimezone(self.zone)
        day = local.date() if local.hour >= self.day_starts_at else local.date() - DAY
        key = self.containing(day)
        # Where the clock goes back over midnight, a date is entered twice: the period that has begun goes on (S4).
        return key if instant < self.ends_at(key) else self.following(key)

    def containing(self, day: date) -> date:
        """Return the key of the period to which a local date belongs."""
        if self.kind is PeriodKind.WEEKLY:
            return day - timedelta(days=(day.weekday() - self.first_weekday) % 7)
        if self.kind is PeriodKind.MONTHLY:
            return day.replace(day=1)
        return day

    def _next_key(self, key: date) -> date:
        if self.kind is PeriodKind.WEEKLY:
            # A key from before the first day of the week was configured anew leads to the next whole week.
            week_later = key + timedelta(days=7)
            return week_later + timedelta(days=(self.first_weekday - week_later.weekday()) % 7)
        if self.kind is PeriodKind.MONTHLY:
            return (key.replace(day=1) + timedelta(days=31)).replace(day=1)
        return key + DAY

    def starts_at(self, key: date) -> datetime:
        """Return the first instant of a period, in UTC (S4)."""
        return day_starts_at(key, self.zone, self.day_starts_at)

    def following(self, key: date) -> date:
        """Return the key of the next period that exists: a date that the calendar of the zone skips is none (S4)."""
        return _following(self, key)

    def keys_between(self, key: date, until: date) -> Iterator[date]:
        """Yield the keys of the periods from one on, up to another that is left out."""
        while key < until:
            yield key
            key = self.following(key)

    def _search_following(self, key: date) -> date:
        following = self._next_key(key)
        while self.starts_at(self._next_key(following)) <= self.starts_at(following):
            following = self._next_key(following)
        return following

    def last_date_of(self, key: date) -> date:
        """Return the last local date of a period."""
        return self.following(key) - DAY

    def dates_of(self, key: date) -> list[date]:
        """Return the local dates of a period."""
        return [key + DAY * number for number in range((self.last_date_of(key) - key).days + 1)]

    def ends_at(self, key: date) -> datetime:
        """Return the first instant after a period, in UTC: the start of the one that follows (S4)."""
        return self.starts_at(self.following(key))

    def zone_at(self, instant: datetime) -> ZoneInfo:
        """Return the zone that counts at an instant."""
        return self.zone

    def short_periods(self) -> Sequence[date]:
        """Return the keys of daily periods that a change of zone leaves so short that they are excused (S54)."""
        return ()

    def possible_keys(self, instant: datetime) -> list[date]:
        """Return the keys of all periods in which an instant can fall, whatever the zone."""
        utc = Calendar(self.kind, ZoneInfo("UTC"), self.first_weekday, self.day_starts_at)
        first, last = utc.key_of(instant - FURTHEST), utc.key_of(instant + FURTHEST)
        return [*utc.keys_between(first, last), last]


@lru_cache(maxsize=65_536)
def _key_of_hour(calendar: Calendar, hour: int) -> date | None:
    """Return the period of all instants of an hour, counted from 1970; None where a period begins within it."""
    begins_at = EPOCH + timedelta(hours=hour)
    key = calendar._exact_key_of(begins_at)
    return key if begins_at + timedelta(hours=1) <= calendar.ends_at(key) else None


@lru_cache(maxsize=65_536)
def _following(calendar: Calendar, key: date) -> date:
    # Folding asks for it again and again.
    return calendar._search_following(key)


# --- changes of zone --------------------------------------------------------------------------------------------------


class ZoneChange(NamedTuple):
    """From an instant on, None: from the beginning, a member is in a zone, None: that of the streak."""

    counts_from: datetime | None
    zone: ZoneInfo | None


@dataclass(frozen=True, slots=True)
class Span:
    """The periods of a member in one zone, from `first_key` on, which begins at `starts_at`; None: from the beginning.

    `last_key` is the period that was running when the zone changed again, None where it did not; `ends_at` is when
    both clocks have left that.
    """

    calendar: Calendar
    first_key: date | None = None
    starts_at: datetime | None = None
    last_key: date | None = None
    ends_at: datetime | None = None

    def has_begun_at(self, instant: datetime) -> bool:
        """Say whether an instant lies in the span or after it."""
        return self.starts_at is None or self.starts_at <= instant

    def has_begun_with(self, key: date) -> bool:
        """Say whether a period lies in the span or after it."""
        return self.first_key is None or self.first_key <= key


@dataclass(frozen=True, slots=True)
class MemberCalendar(Calendar):
    """The periods of a member whose zone changed: spans of periods, one for each zone, in order of time (S54).

    `zone` is that of the streak, which counts where the member has none.
    """

    spans: tuple[Span, ...] = ()

    def _span_at(self, instant: datetime) -> Span:
        return next(span for span in reversed(self.spans) if span.has_begun_at(instant))

    def _span_of(self, key: date) -> Span:
        return next(span for span in reversed(self.spans) if span.has_begun_with(key))

    def _after(self, span: Span) -> Span:
        return self.spans[self.spans.index(span) + 1]

    def key_of(self, instant: datetime) -> date:
        """Return the key of the period in which an aware instant falls: there is one for every instant."""
        span = self._span_at(instant)
        key = span.calendar.key_of(instant)
        return key if span.last_key is None else min(key, span.last_key)

    def starts_at(self, key: date) -> datetime:
        """Return the first instant of a period, in UTC; of one without length, the instant at which it would lie."""
        span = self._span_of(key)
        if span.last_key is not None and span.ends_at is not None and key > span.last_key:
            return span.ends_at
        starts_at = span.calendar.starts_at(key)
        return starts_at if span.starts_at is None else max(span.starts_at, starts_at)

    def following(self, key: date) -> date:
        """Return the key of the next period that has any length."""
        span = self._span_of(key)
        if span.last_key is None or key < span.last_key:
            return span.calendar.following(key)
        following = self._after(span).first_key
        assert following is not None, "only the first span has no first period"
        return following

    def last_date_of(self, key: date) -> date:
        """Return the last local date of a period, which is not that of one without length after it."""
        return self._span_of(key).calendar.last_date_of(key)

    def zone_at(self, instant: datetime) -> ZoneInfo:
        """Return the zone by which the periods are counted at an instant."""
        return self._span_at(instant).calendar.zone

    def short_periods(self) -> Sequence[date]:
        """Return the keys of daily periods that a change of zone leaves shorter than 12 hours."""
        if self.kind is not PeriodKind.DAILY:
            return ()
        first = [span.first_key for span in self.spans if span.first_key is not None]
        return tuple(key for key in first if self.ends_at(key) - self.starts_at(key) < HALF_A_DAY)


@lru_cache(maxsize=8192)
def calendar_of_member(calendar: Calendar, changes: tuple[ZoneChange, ...]) -> Calendar:
    """Return the calendar of a member of a streak, given that of the streak and the member's zones, in order of time.

    A new zone takes effect with the next period: the running one ends when the clocks of both have left it (S54).
    """
    spans: tuple[Span, ...] = (Span(calendar),)
    for counts_from, zone in changes:
        clock = replace(calendar, zone=zone or calendar.zone)
        spans = (Span(clock),) if counts_from is None else _change(calendar, spans, clock, counts_from)
    return spans[0].calendar if len(spans) == 1 else _with_spans(calendar, spans)


def _with_spans(calendar: Calendar, spans: tuple[Span, ...]) -> MemberCalendar:
    return MemberCalendar(calendar.kind, calendar.zone, calendar.first_weekday, calendar.day_starts_at, spans)


def _change(calendar: Calendar, spans: tuple[Span, ...], clock: Calendar, at: datetime) -> tuple[Span, ...]:
    """Return spans after a change at an instant; one that had not begun by then never does."""
    present = _with_spans(calendar, spans)
    running = present.key_of(at)
    ends_at = max(present.ends_at(running), clock.ends_at(running))
    *before, last = (span for span in spans if span.has_begun_at(at))
    if last.calendar == clock and last is spans[-1]:
        return spans
    last = replace(last, last_key=running, ends_at=ends_at)
    return (*before, last, Span(clock, clock.key_of(ends_at), ends_at))
