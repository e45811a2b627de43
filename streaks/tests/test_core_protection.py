"""Freezes and excuses (S37, S39, S44–S48): by hand, and against a walk over every single day from scratch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaks.core.aggregation import Total
from streaks.core.periods import Calendar, PeriodKind
from streaks.core.protection import Account, move_on
from streaks.core.rules import DatesExcused, FreezeSettings, Rules, RulesVersion
from streaks.core.runs import fold

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

FIRST = date(2026, 1, 5)  # a Monday
CALENDAR = Calendar(PeriodKind.DAILY, ZoneInfo("UTC"))
DAYS = 14


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def number_of(key: date | str) -> int:
    return ((key if isinstance(key, date) else date.fromisoformat(key)) - FIRST).days


def total(number: int, *, is_complete: bool = True) -> Total:
    at = datetime.combine(day(number), datetime.min.time(), UTC) + timedelta(hours=12)
    return Total(day(number), 10_000, 1, at, at, at if is_complete else None)


def rules(freezes: FreezeSettings | None = None, **more) -> Rules:
    version = RulesVersion(10_000, more.pop("completion", 30), freezes=freezes)
    return Rules("sum", CALENDAR, (version,), **more)


def runs(complete: Iterable[int], by: Rules) -> list[tuple[int, int, int, list[int]]]:
    """Return runs as first day, last day, value and frozen days."""
    folded = fold([total(number) for number in sorted(complete)], by)
    return [
        (
            number_of(run.starts_on),
            number_of(run.ends_on),
            run.current_progress_value,
            [number_of(key) for key in run.frozen_periods or []],
        )
        for run in folded
    ]


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_freeze_saves_a_run_from_one_missed_day_and_does_not_count_S37_S44_S46():
    by = rules(FreezeSettings(maximum=1, initial=1, minimum_value=3))
    assert runs([0, 1, 2, 4], by) == [(0, 5, 4, [3])]


def test_without_freezes_the_same_days_are_two_runs_S14():
    assert runs([0, 1, 2, 4], rules()) == [(0, 3, 3, []), (4, 5, 1, [])]


def test_a_run_that_is_too_short_is_not_protected_S44():
    by = rules(FreezeSettings(maximum=1, initial=1, minimum_value=3))
    assert runs([0, 1, 3], by) == [(0, 2, 2, []), (3, 4, 1, [])]


def test_several_missed_days_in_a_row_take_a_freeze_each_S46():
    by = rules(FreezeSettings(maximum=2, initial=2, minimum_value=1))
    assert runs([0, 3], by) == [(0, 4, 2, [1, 2])]


def test_a_freeze_that_saved_nothing_is_back_when_the_run_breaks_S48():
    by = rules(FreezeSettings(maximum=1, initial=1, minimum_value=1))
    first, second = fold([total(0), total(5)], by)
    assert (first.frozen_periods, number_of(first.ends_on)) == (["2026-01-06"], 2)
    assert first.breaks_at == datetime(2026, 1, 8, tzinfo=UTC)
    assert second.freeze_account == ["2026-01-10", 5, 1]


def test_a_late_day_gives_its_freeze_back_by_itself_S46():
    by = rules(FreezeSettings(maximum=1, initial=1, minimum_value=1))
    assert runs([0, 2], by) == [(0, 3, 2, [1])]
    assert runs([0, 1, 2], by) == [(0, 4, 3, [3])]


def test_a_freeze_is_earned_every_so_many_periods_up_to_the_maximum_S44_S45():
    by = rules(FreezeSettings(maximum=2, initial=0, every=3, minimum_value=1))
    assert move_on(by, Account(FIRST, 0, 0), day(2)).left == 0
    assert move_on(by, Account(FIRST, 0, 0), day(3)).left == 1
    assert move_on(by, Account(FIRST, 0, 0), day(12)).left == 2


def test_a_freeze_that_is_earned_at_the_end_of_the_missed_day_saves_it_S45():
    by = rules(FreezeSettings(maximum=1, initial=0, every=3, minimum_value=1))
    assert runs([0, 1, 3], by) == [(0, 4, 3, [2])]


def test_a_gift_counts_from_its_day_on_and_revives_nothing_S47():
    by = rules(FreezeSettings(maximum=2, minimum_value=1), grants=((day(2), 1),))
    assert runs([0, 3], by) == [(0, 1, 1, []), (3, 5, 1, [4])]
    assert runs([0, 1, 3], by) == [(0, 4, 3, [2])]


def test_an_excused_day_takes_no_freeze_S37():
    by = rules(FreezeSettings(maximum=1, initial=1, minimum_value=1), excuses=(DatesExcused(day(1), day(1)),))
    assert runs([0, 3], by) == [(0, 4, 2, [2])]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 3, 31), date(2026, 4, 14), False),
        (date(2026, 4, 1), date(2026, 4, 14), False),
        (date(2026, 4, 1), date(2026, 4, 15), True),
        (date(2026, 4, 16), date(2026, 5, 3), True),
    ],
)
def test_a_break_excuses_a_month_only_by_half_of_its_dates_S39(first, last, expected):
    months = Calendar(PeriodKind.MONTHLY, ZoneInfo("UTC"))
    assert DatesExcused(first, last, by_half=True).covers(date(2026, 4, 1), months) is expected
    assert DatesExcused(first, last).covers(date(2026, 4, 1), months) is True


# --- any facts -------------------------------------------------------------------------------------------------------


@dataclass
class Walk:
    """One member, day after day, as the rules are written."""

    by: FreezeSettings
    complete: set[int]
    excused: set[int]
    gifts: Mapping[int, int]
    completion: int
    left: int = 0
    elapsed: int = 0
    found: list[tuple[int, int, int, list[int]]] = field(default_factory=list)

    def run(self) -> list[tuple[int, int, int, list[int]]]:
        first = min(self.complete)
        self.left = self.by.initial + sum(count for number, count in self.gifts.items() if number < first)
        start, value = None, 0
        frozen: list[int] = []
        since: list[int] = []
        number = first
        while number <= max(self.complete) or start is not None:
            self.left += self.gifts.get(number, 0)
            self.elapsed += 1
            if self.by.every and self.elapsed % self.by.every == 0 and self.left < self.by.maximum:
                self.left += 1
            if number in self.complete:
                if start is None:
                    start, value, frozen = number, 0, []
                value, since = value + 1, []
                if value >= self.completion:
                    self.found.append((start, number, value, frozen))
                    start = None
            elif start is not None and number not in self.excused:
                if value >= self.by.minimum_value and self.left >= 1:
                    self.left -= 1
                    frozen.append(number)
                    since.append(number)
                else:
                    self.found.append((start, number, value, frozen))
                    self.left += len(since)
                    start = None
            number += 1
        return self.found


numbers = st.integers(0, DAYS)
freezes = st.integers(1, 4).flatmap(
    lambda most: st.builds(
        FreezeSettings,
        maximum=st.just(most),
        initial=st.integers(0, most),
        every=st.none() | st.integers(2, 5),
        minimum_value=st.integers(1, 4),
    )
)


@settings(max_examples=400, deadline=None)
@given(
    by=freezes,
    complete=st.sets(numbers, min_size=1),
    excused=st.sets(numbers, max_size=4),
    gifts=st.dictionaries(numbers, st.integers(1, 2), max_size=2),
    completion=st.integers(2, 9),
)
def test_any_facts_give_what_a_walk_over_every_day_gives_S37_S45_S46_S48(by, complete, excused, gifts, completion):
    excuses = tuple(DatesExcused(day(number), day(number)) for number in excused)
    grants = tuple((day(number), count) for number, count in gifts.items())
    expected = Walk(by, complete, excused, gifts, completion).run()
    assert runs(complete, rules(by, excuses=excuses, grants=grants, completion=completion)) == expected
