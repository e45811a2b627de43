"""The facts from which everything else follows (S36)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from streaks.core.periods import ZoneChange, calendar_of_member
from streaks.core.rules import DatesExcused, Rules, with_facts


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What concerns one member in a streak alone: excuses (S39), freezes given, each when and how many (S47), zones.

    Zones are in order of time (S54).
    """

    excuses: tuple[DatesExcused, ...] = ()
    given_freezes: tuple[tuple[datetime, int], ...] = ()
    zones: tuple[ZoneChange, ...] = ()

    def added_to(self, rules: Rules) -> Rules:
        """Return the rules of a streak as they are for the member."""
        if not self.zones or not rules.has_own_clocks:
            return with_facts(rules, self.excuses, self.given_freezes)
        calendar = calendar_of_member(rules.calendar, self.zones)
        short = (DatesExcused(key, key) for key in calendar.short_periods())
        return with_facts(replace(rules, calendar=calendar), (*self.excuses, *short), self.given_freezes)


@dataclass(slots=True)
class Log:
    """One activity of a member in a streak.

    Its value is in units. Its period and what it amounts to are decided when it is admitted.
    """

    id: UUID
    member_id: UUID
    streak_id: UUID
    activity_at: datetime
    activity_id: str
    unique_identifier: str
    units: int | None
    period_key: date = date.min
    amount: int = 0
    created_at: datetime | None = None
