"""Instants to calendar periods, on the clock of a streak (S2–S5).

A period is named by its key, the first local date of it, and covers the half-open range of instants from its start
to the start of the period that follows. Days are never measured in seconds: every boundary is looked up in the zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HOUR = 3600
"""Seconds in an hour of UTC, which is what instants are cached by: no period is measured with it."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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

    def dates_of(self, key: date) -> list[date]:
        """Return the local dates of a period."""
        return [key + DAY * number for number in range((self.following(key) - key).days)]

    def ends_at(self, key: date) -> datetime:
        """Return the first instant after a period, in UTC: the start of the one that follows (S4)."""
        return self.starts_at(self.following(key))


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
