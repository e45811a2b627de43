"""What a streak asks for along its time line: its rules from the beginning on, their versions, and its clock."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from streaks.core.periods import Calendar
from streaks.core.rules import Excuse, Pause, Rules, RulesVersion
from streaks.fields import as_units
from streaks.models.holidays import calendar_ids
from streaks.models.protection_settings import ProtectionSettings
from streaks.models.weekdays import days_of


class TimeLine(ProtectionSettings):
    """The rules of a streak, as the core takes them."""

    aggregation_method: Any
    aggregation_target_value: Any
    completion_target_value: Any
    active_weekdays: Any
    holiday_calendar_ids: Any
    paused_at: Any
    ends_at: Any
    rules_versions: Any

    class Meta(ProtectionSettings.Meta):
        """No table of its own."""

        abstract = True

    @property
    def calendar(self) -> Calendar:
        """The periods of the streak on its clock."""
        raise NotImplementedError

    @property
    def has_own_clocks(self) -> bool:
        """Whether the periods of each member are counted in the member's own zone."""
        raise NotImplementedError

    def rules_with(
        self,
        pauses: Iterable[Any],
        excuses: Iterable[Excuse] = (),
        versions: tuple[RulesVersion, ...] | None = None,
    ) -> Rules:
        """Return what the core needs to derive totals and runs, given the pauses and the excuses of everybody.

        Without `versions` the rules are what they are at the beginning, without holidays.
        """
        return Rules(
            method=self.aggregation_method,
            calendar=self.calendar,
            versions=versions or (self.rules_version({}),),
            excuses=(*(Pause(pause.started_at, pause.ended_at) for pause in pauses), *excuses),
            stopped_at=self.stopped_at,
            has_own_clocks=self.has_own_clocks,
        )

    def rules_version(self, holidays: Mapping[UUID, frozenset[date]], valid_from: date = date.min) -> RulesVersion:
        """Return what is asked for in a period and in a run, with the holidays by calendar."""
        return RulesVersion(
            as_units(self.aggregation_target_value),
            self.completion_target_value,
            valid_from,
            days_of(self.active_weekdays),
            self.freezes,
            frozenset().union(*(holidays[pk] for pk in calendar_ids(self.holiday_calendar_ids))),
        )

    @property
    def versions(self) -> list[Any]:
        """The versions of the rules in order of time, each with a streak that has the rules `in_force` (S58)."""
        if self._state.adding:
            return []
        read_along: Iterable[Any] | None = getattr(self, "rules_versions_read", None)
        return self.versions_among(self.rules_versions.all() if read_along is None else read_along)

    def versions_among(self, changes: Iterable[Any]) -> list[Any]:
        """Return versions of the rules as `versions` does, given all that were ever made."""
        streak, found = self, []
        for change in sorted(changes, key=attrgetter("valid_from")):
            if change.withdrawn_at is None:
                streak = change.in_force = change.applied_to(streak)
                found.append(change)
        return found

    def longest_run(self) -> int:
        """Return how many periods a run can have under any version of the rules (S58)."""
        lengths: Iterable[int | None] = (version.completion_target_value for version in self.versions)
        longest: int = max([self.completion_target_value, *(length for length in lengths if length is not None)])
        return longest

    def ever_has_freezes(self) -> bool:
        """Say whether any version of the rules has freezes (S58)."""
        return self.freeze_max_count > 0 or any(version.freeze_max_count for version in self.versions)

    @property
    def stopped_at(self) -> datetime | None:
        """Where the clock stands or will stand: at the start of the pause (S19), or at the end (S57)."""
        return min((at for at in (self.paused_at, self.ends_at) if at is not None), default=None)

    def clock_at(self, now: datetime) -> datetime:
        """Return the instant against which deadlines are read: the present, or where the clock stands (S19, S57)."""
        stopped_at = self.stopped_at
        return now if stopped_at is None else min(now, stopped_at)
