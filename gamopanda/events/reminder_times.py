"""When a reminder comes: on the member's clock, outside of quiet hours, never long after its time (R2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from streaks.core.periods import DAY, day_starts_at

BEFORE_QUIET = timedelta(minutes=15)
"""How long before the quiet hours a reminder comes that would fall into them: sending takes its time."""
LATEST = timedelta(hours=2)
"""How long after its time a reminder is still sent."""
LEFT_TO_ACT = timedelta(minutes=15)
"""What has to be left of the time in which the member can still do something."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local hours in which members are left alone, from `starts_at` to before `ends_at`; none where both are equal."""

    starts_at: int
    ends_at: int

    def cover(self, hour: int) -> bool:
        """Say whether an hour of the day is quiet."""
        if self.starts_at <= self.ends_at:
            return self.starts_at <= hour < self.ends_at
        return hour >= self.starts_at or hour < self.ends_at

    def at(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Say whether an instant is quiet in a zone."""
        return self.cover(instant.astimezone(zone).hour)

    def begun_at(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return when the quiet hours around an instant have begun."""
        day = instant.astimezone(zone).date()
        begun = day_starts_at(day, zone, self.starts_at)
        return begun if begun <= instant else day_starts_at(day - DAY, zone, self.starts_at)


def allowed_at(wished: datetime, *, not_before: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime | None:
    """Return when a reminder comes that is wished for at an instant: earlier where that is quiet.

    None where that would be before `not_before`, the start of the period that it is about.
    """
    if quiet.at(wished, zone):
        wished = quiet.begun_at(wished, zone) - BEFORE_QUIET
    return wished if wished >= not_before else None


def next_at_hour(instant: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """Return the first time at or after an instant at which it is `hour` o'clock in a zone."""
    day = instant.astimezone(zone).date()
    at = day_starts_at(day, zone, hour)
    return at if at >= instant else day_starts_at(day + DAY, zone, hour)
