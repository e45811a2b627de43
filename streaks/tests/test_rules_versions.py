"""Rules that change while a streak runs, and the holidays that it follows (S38, S40, S58)."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from streaks.core.aggregation import Total
from streaks.core.periods import Calendar, PeriodKind
from streaks.core.rules import Rules, RulesVersion
from streaks.core.runs import fold
from streaks.models import HolidayCalendar, StreakRules
from streaks.progress.applying import apply_facts
from streaks.progress.changing_rules import (
    check_dates,
    declare_version,
    delete_calendar,
    edit_dates,
    find_impact,
    rules_on,
    withdraw_version,
)
from streaks.progress.lifecycle import duplicate_streak
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import Case, make_case, march, noon
from streaks.tests.test_protection import is_clean, rows

pytestmark = pytest.mark.django_db


def version(case, valid_from, **rules):
    return StreakRules(streak=case.streak, valid_from=march(valid_from), created_by="ann", **rules)


def change(case, valid_from, *, now, **rules):
    """Make a version and apply it."""
    made = version(case, valid_from, **rules)
    declare_version(made, now=now)
    apply_facts(made, now=now)
    case.streak.refresh_from_db()
    return made


def refusal(case, made, now):
    """Return how a version is refused, and check that nothing changed."""
    before = rows(), StreakRules.objects.count()
    with pytest.raises(ValidationError) as refused:
        declare_version(made, now=now)
    assert (rows(), StreakRules.objects.count()) == before
    return {name: [one.code for one in errors] for name, errors in refused.value.error_dict.items()}


# --- a period is judged by the version in force in it ----------------------------------------------------------------


def test_a_new_target_is_asked_for_from_its_period_on_S58():
    case = make_case()
    case.record_days(1, 2)
    change(case, 5, now=noon(2), aggregation_target_value=80)
    case.record(3)
    case.record(4)
    case.record(5, 79)
    assert case.runs(noon(5)) == [("in_progress", 4, 1, 5)]
    case.record(5, 1)
    assert case.runs(noon(5)) == [("in_progress", 5, 1, 6)]
    assert is_clean(case)


def test_a_late_log_is_judged_by_the_version_of_its_period_S58():
    case = make_case()
    case.record_days(1)
    change(case, 4, now=noon(2), aggregation_target_value=80)
    case.record(4, 80)
    case.record(2, now=noon(4))
    case.record(3, 79, now=noon(4))
    assert case.runs(noon(4)) == [("in_progress", 4, 1, 5)]
    assert is_clean(case)


def test_a_run_completes_with_the_first_complete_period_that_is_enough_S58():
    case = make_case()
    case.record_days(1, 2, 3, 4)
    change(case, 6, now=noon(4), completion_target_value=3)
    case.record_days(5)
    assert case.runs(noon(5)) == [("in_progress", 5, 1, 6)]
    case.record_days(6, 7)
    assert case.runs(noon(7)) == [("completed", 6, 1, 6), ("in_progress", 1, 7, 8)]
    assert is_clean(case)


def test_nothing_that_was_reached_is_taken_back_S58():
    case = make_case(completion_target_value=3)
    make_milestone(case.streak, 3)
    case.record_days(1, 2, 3)
    change(case, 5, now=noon(3), completion_target_value=5, aggregation_target_value=500)
    assert case.runs(noon(3)) == [("completed", 3, 1, 3)]
    assert case.rewards() == [(3, 3)]
    assert is_clean(case)


def test_weekdays_and_freezes_move_the_deadline_of_a_living_run_S58():
    case = make_case(freeze_minimum_value=1)
    # The 6th of March 2026 is a Friday.
    case.record_days(4, 5, 6)
    assert case.runs(noon(6)) == [("in_progress", 3, 4, 7)]
    made = change(case, 8, now=noon(6), active_weekdays="mon,tue,wed,thu,fri,sat", freeze_max_count=2)
    assert case.runs(noon(6)) == [("in_progress", 3, 4, 7)]
    case.record_days(7)
    assert case.runs(noon(7)) == [("in_progress", 4, 4, 9)]
    assert made.applied_at == noon(6)
    assert is_clean(case)


def test_a_version_can_be_withdrawn_until_it_is_in_force_S58():
    case = make_case()
    case.record_days(5, 6)
    made = change(case, 8, now=noon(6), active_weekdays="mon,tue,wed,thu,fri,sat")
    case.record_days(7)
    assert case.runs(noon(7)) == [("in_progress", 3, 5, 9)]
    withdraw_version(made, by="ann", now=noon(6))
    apply_facts(made, now=noon(6))
    assert case.runs(noon(7)) == [("in_progress", 3, 5, 8)]
    assert (made.withdrawn_by, is_clean(case)) == ("ann", True)


def test_a_version_that_is_in_force_stays_S58():
    case = make_case()
    case.record_days(6)
    made = change(case, 8, now=noon(6), completion_target_value=9)
    with pytest.raises(ValidationError) as refused:
        withdraw_version(made, by="ann", now=noon(7))
    assert [one.code for one in refused.value.error_dict["validFrom"]] == ["in_force"]
    made.refresh_from_db()
    assert made.withdrawn_at is None


def test_what_a_version_leaves_out_stays_also_when_another_one_comes_between_S58():
    case = make_case()
    case.record_days(1)
    change(case, 10, now=noon(1), completion_target_value=9)
    change(case, 5, now=noon(1), aggregation_target_value=80, completion_target_value=8)
    targets = [(one.aggregation_target_value, one.completion_target_value) for one in states(case)]
    assert targets == [(50, 7), (80, 8), (80, 9)]


def states(case):
    return [rules_on(case.streak, march(day)) for day in (4, 9, 10)]


def test_a_copy_of_a_streak_has_the_present_rules_S58(time_machine):
    case = make_case()
    case.record_days(1)
    change(case, 5, now=noon(1), aggregation_target_value=80)
    time_machine.move_to(noon(6))
    copied = duplicate_streak(case.streak)
    assert (copied.aggregation_target_value, copied.versions, copied.has_activity) == (80, [], False)
    case.streak.refresh_from_db()
    assert case.streak.aggregation_target_value == 50


# --- what is refused -------------------------------------------------------------------------------------------------


def test_no_period_that_has_begun_anywhere_is_judged_anew_S58():
    case = make_case()
    case.record_days(1)
    # At noon UTC of the 2nd it is the 3rd in Kiritimati.
    assert refusal(case, version(case, 3, completion_target_value=9), noon(2)) == {"validFrom": ["period_has_begun"]}
    declare_version(version(case, 4, completion_target_value=9), now=noon(2))


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ({}, {"__all__": ["required"]}),
        ({"aggregation_target_value": 0}, {"aggregation_target_value": ["min_value"]}),
        ({"completion_target_value": 0}, {"completion_target_value": ["min_value"]}),
        ({"freeze_max_count": 11}, {"freeze_max_count": ["max_value"]}),
        ({"freeze_initial_count": 2}, {"freeze_initial_count": ["max_value"]}),
        ({"active_weekdays": "never"}, {"active_weekdays": ["invalid"]}),
        (
            {"holiday_calendar_ids": "019acf00-0000-7000-8000-000000000000"},
            {"holiday_calendar_ids": ["not_found"]},
        ),
    ],
)
def test_a_version_with_rules_that_cannot_be_is_refused_S58(rules, named):
    case = make_case()
    case.record_days(1)
    assert refusal(case, version(case, 5, **rules), noon(1)) == named


def test_a_version_begins_with_a_period_S58():
    case = make_case(aggregation_period="weekly")
    case.record_days(2)
    assert refusal(case, version(case, 17, completion_target_value=9), noon(2)) == {"validFrom": ["not_a_period"]}
    assert refusal(case, version(case, 16, active_weekdays="mon"), noon(2)) == {"active_weekdays": ["invalid"]}
    declare_version(version(case, 16, completion_target_value=9), now=noon(2))


def test_one_version_begins_with_a_period_and_one_is_applied_at_a_time_S38_S58():
    case = make_case()
    case.record_days(1)
    made = version(case, 5, completion_target_value=9)
    declare_version(made, now=noon(1))
    assert refusal(case, version(case, 6, completion_target_value=8), noon(1)) == {"streakId": ["being_applied"]}
    apply_facts(made, now=noon(1))
    assert refusal(case, version(case, 5, completion_target_value=8), noon(1)) == {"validFrom": ["duplicate"]}


def test_an_impact_names_living_runs_and_milestones_beyond_and_stores_nothing_S42():
    case = make_case()
    make_milestone(case.streak, 6)
    make_milestone(case.streak, 2)
    case.record_days(1, 2, 3)
    Case(make_case("bob").member, case.streak).record_days(3)
    Case(make_case("cat").member, case.streak).record_days(1)
    impact = find_impact(version(case, 5, completion_target_value=3), now=noon(3))
    assert (impact.runs_alive, impact.at_or_past_completion) == (2, 1)
    assert [one.milestone_target_value for one in impact.milestones_beyond] == [6]
    assert StreakRules.objects.count() == 0


# --- one member after the other --------------------------------------------------------------------------------------


def test_a_log_of_a_member_whose_turn_has_not_come_applies_the_version_first_S38():
    case = make_case()
    case.record_days(5, 6)
    declare_version(version(case, 8, active_weekdays="mon,tue,wed,thu,fri,sat"), now=noon(6))
    case.record_days(7)
    assert case.runs(noon(7)) == [("in_progress", 3, 5, 9)]
    assert is_clean(case)


# --- holidays --------------------------------------------------------------------------------------------------------


def calendar(*days):
    return HolidayCalendar.objects.create(name="Public holidays", dates=[march(day).isoformat() for day in days])


def test_holidays_break_no_run_and_count_when_they_are_met_S40():
    case = make_case(holiday_calendar_ids=str(calendar(3, 4).pk))
    case.record_days(1, 2, 5)
    assert case.runs(noon(5)) == [("in_progress", 3, 1, 6)]
    case.record(3, now=noon(5))
    assert case.runs(noon(5)) == [("in_progress", 4, 1, 6)]
    assert is_clean(case)


def test_an_edited_calendar_is_applied_to_every_streak_that_follows_it_S38():
    holidays = calendar(20)
    case = make_case(holiday_calendar_ids=str(holidays.pk))
    make_milestone(case.streak, 4)
    other = make_case("bob")
    for one in (case, other):
        one.record_days(1, 2, 4, 5)
    assert case.runs(noon(5)) == [("broken", 2, 1, 3), ("in_progress", 2, 4, 6)]
    edits = edit_dates(holidays, ["2026-03-03", "2026-03-20"], by="ann")
    assert [(one.added, one.removed, one.total_members) for one in edits] == [(["2026-03-03"], [], 1)]
    apply_facts(edits[0], now=noon(5))
    assert (case.runs(noon(5)), case.rewards()) == ([("in_progress", 4, 1, 6)], [(4, 5)])
    assert other.runs(noon(5)) == [("broken", 2, 1, 3), ("in_progress", 2, 4, 6)]
    (undone,) = edit_dates(holidays, ["2026-03-20"], by="ann")
    apply_facts(undone, now=noon(5))
    assert case.runs(noon(5)) == [("broken", 2, 1, 3), ("in_progress", 2, 4, 6)]
    assert (case.rewards(), edit_dates(holidays, ["2026-03-20"], by="ann")) == ([(4, 5)], [])
    assert is_clean(case)


def test_a_version_follows_other_holidays_S58():
    case = make_case()
    case.record_days(5, 6)
    change(case, 8, now=noon(6), holiday_calendar_ids=str(calendar(8, 9).pk))
    case.record_days(7)
    assert case.runs(noon(7)) == [("in_progress", 3, 5, 10)]
    assert is_clean(case)


def test_a_calendar_that_a_streak_follows_stays_S40():
    followed, planned, free = calendar(3), calendar(4), calendar(5)
    case = make_case(holiday_calendar_ids=str(followed.pk))
    case.record_days(1)
    change(case, 5, now=noon(1), holiday_calendar_ids=str(planned.pk))
    for one in (followed, planned):
        with pytest.raises(ValidationError) as refused:
            delete_calendar(one)
        assert refused.value.code == "in_use"
    delete_calendar(free)
    assert HolidayCalendar.objects.count() == 2


def test_only_daily_streaks_follow_calendars_that_there_are_S40():
    case = make_case(aggregation_period="weekly")
    case.streak.holiday_calendar_ids = str(calendar(3).pk)
    with pytest.raises(ValidationError) as refused:
        case.streak.clean()
    assert [one.code for one in refused.value.error_dict["holiday_calendar_ids"]] == ["invalid"]
    with pytest.raises(ValidationError) as refused:
        make_case("bob", holiday_calendar_ids="019acf00-0000-7000-8000-000000000000")
    assert [one.code for one in refused.value.error_dict["holiday_calendar_ids"]] == ["not_found"]


# --- any versions ----------------------------------------------------------------------------------------------------

DAYS = 14
versions = st.lists(
    st.tuples(
        st.integers(2, DAYS),
        st.integers(1, 3),
        st.integers(1, 6),
        st.one_of(st.none(), st.frozensets(st.integers(0, 6), min_size=4, max_size=6)),
        st.frozensets(st.integers(1, DAYS), max_size=2),
    ),
    max_size=3,
    unique_by=lambda one: one[0],
)


def walk(amounts: dict[int, int], rules: list[Any]) -> list[tuple[int, int, int]]:
    """Walk over the days of a month and return the runs: first day, value, and the day that completed or broke them."""
    found, start, value = [], None, 0
    for day in range(1, 32):
        target, completion, weekdays, holidays = next(rest for since, *rest in reversed(rules) if since <= day)
        is_off = day in holidays or (weekdays is not None and march(day).weekday() not in weekdays)
        start = day if start is None and day in amounts else start
        if start is None:
            continue
        is_met = amounts.get(day, 0) >= target
        value += is_met
        if value >= completion if is_met else not is_off:
            found.append((start, value, day))
            start, value = None, 0
    return found


def total(day, amount, core):
    """The total of a day, all of it logged at noon."""
    completed_at = noon(day) if amount >= core.target_for(march(day)) else None
    return Total(march(day), amount, 1, noon(day), noon(day), completed_at)


class AnyVersions(TestCase):
    """The fold against a walk over every day."""

    @settings(max_examples=300, deadline=None)
    @given(amounts=st.dictionaries(st.integers(1, DAYS), st.integers(1, 3), min_size=1), later=versions)
    def test_any_versions_judge_each_period_by_the_one_in_force_S58(self, amounts, later):
        """A run begins with activity, goes over days off, and ends with its completion or the first missed day."""
        rules = [(1, 1, 4, None, frozenset()), *sorted(later, key=lambda one: one[0])]
        in_order = tuple(
            RulesVersion(target, completion, march(since), weekdays, None, frozenset(map(march, holidays)))
            for since, target, completion, weekdays, holidays in rules
        )
        core = Rules("sum", Calendar(PeriodKind.DAILY, ZoneInfo("UTC")), in_order)
        totals = [total(day, amount, core) for day, amount in sorted(amounts.items())]
        folded = [(run.starts_on.day, run.current_progress_value, run.ends_on.day) for run in fold(totals, core)]
        assert folded == walk(amounts, rules)


def test_a_calendar_has_at_most_a_thousand_dates_each_once() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(1001)]
    assert check_dates([*days[:1000], days[3]]) == [day.isoformat() for day in days[:1000]]
    with pytest.raises(ValidationError) as refused:
        check_dates(days)
    assert refused.value.message_dict == {"dates": ["A calendar has at most 1000 dates; this one has 1001."]}
    assert [error.code for error in refused.value.error_dict["dates"]] == ["max_length"]
