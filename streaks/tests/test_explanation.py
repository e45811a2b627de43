"""Why a member stands where they stand: every period by what it was, in agreement with the runs."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaks.core.periods import Calendar, PeriodKind
from streaks.models import Streak, StreakPause, StreakProgress, TaskProgress
from streaks.presenters.explanation import PeriodState, account_for_periods, periods_until
from streaks.progress.streak_cache import rules_of
from streaks.tests.calling import make_member, make_streak
from streaks.tests.recording_cases import Case, make_case, march, noon

pytestmark = pytest.mark.django_db
MET, OPEN, _REST, EXCUSED, _FROZEN, SHORT, EMPTY = PeriodState
numbers = count()


def accounts(case: Case, first: int, last: int, now: datetime) -> list[Any]:
    """Account for some days of March."""
    streak = Streak.objects.get(pk=case.streak.pk)
    totals = {row.period_key: row for row in TaskProgress.objects.filter(member=case.member)}
    runs = list(StreakProgress.objects.filter(member=case.member).order_by("starts_on"))
    keys = periods_until(streak.calendar, march(last), 100, first=march(first))
    return account_for_periods(keys, totals, runs, rules=rules_of(streak), now=now)


def states(case: Case, first: int, last: int, now: datetime) -> list[PeriodState]:
    """What some days of March were."""
    return [account.state for account in accounts(case, first, last, now)]


def test_a_period_is_met_short_empty_or_open_S8_S15_F32() -> None:
    case = make_case()
    case.record(1)
    case.record(2, 29.5)
    case.record(4, 20)
    told = accounts(case, 1, 4, noon(4))
    assert [account.state for account in told] == [MET, SHORT, EMPTY, OPEN]
    assert [account.missing for account in told] == [0, 20.5, 50, 30]
    assert [account.log_count for account in told] == [1, 1, 0, 1]
    assert [account.has_broken_run for account in told] == [False, True, False, False]


def test_99_99_percent_is_short_F20() -> None:
    case = make_case()
    case.record(1, "49.9999")
    (told,) = accounts(case, 1, 1, noon(3))
    assert (told.state, str(told.missing)) == (SHORT, "0.0001")


def test_the_period_breaks_its_run_only_once_the_clock_is_past_its_end_S16() -> None:
    case = make_case()
    case.record(1)
    assert [account.has_broken_run for account in accounts(case, 1, 2, noon(2))] == [False, False]
    assert [account.has_broken_run for account in accounts(case, 1, 2, noon(3))] == [False, True]


def test_paused_periods_are_excused_and_count_when_they_are_met_all_the_same_S19_F28() -> None:
    case = make_case()
    StreakPause.objects.create(streak=case.streak, started_at=noon(2), ended_at=noon(4))
    case.record_days(1, 3, 5)
    assert states(case, 1, 5, noon(5)) == [MET, EXCUSED, MET, EXCUSED, MET]


def test_a_pause_that_lasts_excuses_from_its_beginning_on_S19() -> None:
    case = make_case()
    case.record(1)
    Streak.objects.filter(pk=case.streak.pk).update(status="paused", paused_at=noon(3))
    assert states(case, 1, 5, noon(5)) == [MET, EMPTY, EXCUSED, EXCUSED, EXCUSED]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 20), st.sampled_from([20, 30, 50])), min_size=1, max_size=25))
def test_the_calendar_and_the_counter_agree_for_any_history_F33(entries: list[tuple[int, int]]) -> None:
    case = Case(make_member(f"member-{next(numbers)}"), make_streak(completion_target_value=5))
    for day, value in entries:
        case.record(day, value)
    now = datetime(2026, 3, 25, tzinfo=UTC)
    told = {account.key: account for account in accounts(case, 1, 24, now)}
    assert all((account.state is MET) == (account.missing == 0) for account in told.values())
    in_runs: set[date] = set()
    for run in StreakProgress.objects.filter(member=case.member):
        within = [account for key, account in told.items() if run.starts_on <= key <= run.ends_on]
        in_runs.update(account.key for account in within)
        assert sum(account.state is MET for account in within) == run.current_progress_value
        assert told[run.ends_on].has_broken_run == (run.streak_completed_at is None)
    assert {key for key, account in told.items() if account.state is MET} <= in_runs


def test_periods_go_back_over_a_date_that_does_not_exist_and_stop_at_the_first_S4() -> None:
    apia = Calendar(PeriodKind.DAILY, ZoneInfo("Pacific/Apia"))
    keys = periods_until(apia, date(2012, 1, 1), 3, first=date(2011, 1, 1))
    assert keys == [date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1)]
    months = Calendar(PeriodKind.MONTHLY, ZoneInfo("UTC"))
    assert periods_until(months, march(1), 42, first=date(2026, 1, 1)) == [date(2026, 1, 1), date(2026, 2, 1), march(1)]
