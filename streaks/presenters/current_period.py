"""Where members stand in the current period of each streak, as `taskProgress` shows it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from streaks.core.periods import Calendar
from streaks.fields import as_decimal
from streaks.models import Streak, TaskProgress
from streaks.progress.streak_cache import rules_of

Totals = Mapping[Pair, TaskProgress]
"""The totals of current periods by (member id, streak id)."""


@dataclass(frozen=True, slots=True)
class CurrentPeriod:
    """The period of a streak in which the present instant lies, and a member's total in it."""

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


@lru_cache(maxsize=256)
def period_at(calendar: Calendar, now: datetime) -> tuple[date, datetime, datetime]:
    """Return the key, the start and the end of the period around an instant: many streaks have the same clock."""
    key = calendar.key_of(now)
    return key, calendar.starts_at(key), calendar.ends_at(key)


def current_period(
    streak: Streak, total: TaskProgress | None, *, now: datetime, run: Any | None = None
) -> CurrentPeriod:
    """Describe the current period of a streak for the member with this total in it and this run, None without one."""
    value = Decimal(0) if total is None else total.total
    key, *_bounds = period = period_at(streak.calendar, now)
    rules = rules_of(streak)
    if run is None:
        is_excused = memoise(streak, ("excused", key), lambda: rules.is_excused(key))
    else:
        is_excused = run.protection.is_excused_now
    return CurrentPeriod(*period, value, as_decimal(rules.target_for(key)), is_excused)


def current_totals(pairs: Iterable[tuple[UUID, Streak]], *, now: datetime) -> Totals:
    """Return the totals of current periods of members in streaks, in one query."""
    members: dict[date, set[UUID]] = defaultdict(set)
    streaks: dict[date, set[UUID]] = defaultdict(set)
    for member_id, streak in pairs:
        key, *_ = period_at(streak.calendar, now)
        members[key].add(member_id)
        streaks[key].add(streak.pk)
    if not members:
        return {}
    # Few dates are today somewhere, however many streaks there are.
    current = [value for key in members for value in (list(members[key]), list(streaks[key]), key)]
    (totals,) = run_together(deferred_query("current totals", _totals_of, *current))
    return {(total.member_id, total.streak_id): total for total in totals}


def _totals_of(*values: Any) -> QuerySet[TaskProgress]:
    """Return the totals of members in streaks and a period: three values, and three for each other period."""
    threes = zip(values[::3], values[1::3], values[2::3], strict=True)
    periods = (Q(member_id__any_of=ids, streak_id__any_of=streaks, period_key=key) for ids, streaks, key in threes)
    return TaskProgress.objects.filter(reduce(or_, periods)).order_by()
