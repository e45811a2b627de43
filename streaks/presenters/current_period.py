"""Where members stand in the current period of each streak, as `taskProgress` shows it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gamopanda.api.lists.compiled_queries import deferred_query, run_together
from gamopanda.api.serializers.memoising import memoise
from streaks.core.advance import Pair
from streaks.core.periods import Calendar, calendar_of_member
from streaks.fields import as_decimal
from streaks.models import Streak, TaskProgress
from streaks.progress.store.clocks import Zones, read_zones
from streaks.progress.streak_cache import rules_of

Totals = Mapping[Pair, TaskProgress]
"""The totals of current periods by (member id, streak id)."""


@dataclass(frozen=True, slots=True)
class CurrentPeriod:
    """The period of a member in which the present instant lies, and the member's total in it."""

    period_key: date
    period_starts_at: datetime
    period_ends_at: datetime
    current_value: Decimal
    target_value: Decimal
    is_excused: bool = False

    @property
    def remaining_value(self) -> Decimal:
        """What is missing, never below 0."""
        return max(self.target_value - self.current_value, Decimal(0))

    @property
    def status(self) -> str:
        """Say `completed` when the target is met (S8), else `excused` or `in_progress` (S15, S43)."""
        if self.current_value >= self.target_value:
            return "completed"
        return "excused" if self.is_excused else "in_progress"


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of members (S52), of which `zones` has the zones where they count."""

    zones: Mapping[UUID, Zones]

    def calendar_of(self, member_id: UUID, streak: Streak) -> Calendar:
        """Return the calendar that counts for a member in a streak."""
        zones = self.zones.get(member_id) if streak.has_own_clocks else None
        return streak.calendar if zones is None else calendar_of_member(streak.calendar, zones)


def read_clocks(member_ids: Collection[UUID], streaks: Iterable[Streak]) -> Clocks:
    """Return the clocks of members in streaks; it takes a query only where members have their own."""
    return Clocks(read_zones(member_ids) if any(streak.has_own_clocks for streak in streaks) else {})


@lru_cache(maxsize=256)
def period_at(calendar: Calendar, now: datetime) -> tuple[date, datetime, datetime]:
    """Return the key, the start and the end of the period around an instant: many streaks have the same clock."""
    key = calendar.key_of(now)
    return key, calendar.starts_at(key), calendar.ends_at(key)


def current_period(
    streak: Streak, total: TaskProgress | None, *, calendar: Calendar, now: datetime, run: Any | None = None
) -> CurrentPeriod:
    """Describe the current period of the member with this calendar, this total in it and this run, None without one."""
    value = Decimal(0) if total is None else total.total
    key, *_bounds = period = period_at(calendar, now)
    rules = rules_of(streak)
    if run is not None:
        is_excused = run.protection.is_excused_now
    elif calendar == streak.calendar:
        is_excused = memoise(streak, ("excused", key), lambda: rules.is_excused(key))
    else:
        is_excused = key in calendar.short_periods() or replace(rules, calendar=calendar).is_excused(key)
    return CurrentPeriod(*period, value, as_decimal(rules.target_for(key)), is_excused)


def current_totals(clocks: Iterable[tuple[Pair, Calendar]], *, now: datetime) -> Totals:
    """Return the totals of current periods of members in streaks, given the calendar of each, in one query."""
    members: dict[date, set[UUID]] = defaultdict(set)
    streaks: dict[date, set[UUID]] = defaultdict(set)
    current: dict[Pair, date] = {}
    for pair, calendar in clocks:
        key, *_ = period_at(calendar, now)
        members[key].add(pair[0])
        streaks[key].add(pair[1])
        current[pair] = key
    if not members:
        return {}
    # Few dates are today somewhere, however many streaks there are.
    asked = [value for key in members for value in (list(members[key]), list(streaks[key]), key)]
    (totals,) = run_together(deferred_query("current totals", _totals_of, *asked))
    found = (((total.member_id, total.streak_id), total) for total in totals)
    # What is today for one member may be read of another one, whose clock says something else.
    return {pair: total for pair, total in found if current.get(pair) == total.period_key}


def _totals_of(*values: Any) -> QuerySet[TaskProgress]:
    """Return the totals of members in streaks and a period: three values, and three for each other period."""
    threes = zip(values[::3], values[1::3], values[2::3], strict=True)
    periods = (Q(member_id__any_of=ids, streak_id__any_of=streaks, period_key=key) for ids, streaks, key in threes)
    return TaskProgress.objects.filter(reduce(or_, periods)).order_by()
