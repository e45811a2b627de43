"""How streaks went: counted from what is stored, in a round that can be repeated at any time."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from streaks.models import DayTally, RunTally, TallyRound
from streaks.presenters.results import (
    RunResults,
    StreakNumbers,
    count_by_day,
    count_results,
    days_until,
    members_by_day,
    numbers_of_streaks,
    recent_round,
    results_of,
)
from streaks.tests.calling import make_member, make_streak
from streaks.tests.recording_cases import NOW, Case, make_case, march

pytestmark = pytest.mark.django_db


def three_members() -> Case:
    """Record three members: Ann completes 3 days and begins anew, Bob breaks twice, Cem is alive.

    Bob breaks with 2 on Wednesday the 4th, and with 0 on Tuesday the 10th; Cem has 1 at the end of March.
    """
    ann = Case(make_member("ann"), make_streak(completion_target_value=3))
    ann.record_days(2, 3, 4, 31)
    bob = Case(make_member("bob"), ann.streak)
    bob.record_days(2, 3)
    bob.record(10, 20)
    Case(make_member("cem"), ann.streak).record_days(31)
    return ann


def test_runs_are_counted_by_what_became_of_them_on_the_clock_S16():
    streak = three_members().streak
    count_results(now=NOW)
    assert numbers_of_streaks() == {streak.pk: StreakNumbers(alive=2, completed=1, broken=2, participants=3)}
    results = results_of(streak.pk, 3, since=march(1), until=march(31))
    assert results.runs == 5
    assert results.reached == [5, 4, 2, 1]
    assert results.broken_at == [1, 0, 1]
    assert results.broken_on == [0, 1, 1, 0, 0, 0, 0]
    assert {monday: cohort.numbers for monday, cohort in results.cohorts.items()} == {
        march(2): StreakNumbers(completed=1, broken=1, participants=2),
        march(9): StreakNumbers(broken=1),
        march(30): StreakNumbers(alive=2, participants=1),
    }


def test_a_run_that_was_completed_under_other_rules_is_not_dropped_S58():
    """Two of three completed periods are enough for one member; of those who go on, half get to the third."""
    results = RunResults(length=3)
    for status, value, runs in (("completed", 2, 1), ("completed", 3, 1), ("broken", 2, 1), ("broken", 0, 1)):
        results.add(RunTally(status=status, progress_value=value, runs=runs, is_first=True, ends_on=march(5)))
    assert results.reached == [4, 3, 3, 1]
    assert results.survival() == [1.0, 0.75, 0.75, 0.375]


def test_a_range_of_days_takes_the_runs_that_began_in_it():
    streak = three_members().streak
    count_results(now=NOW)
    assert results_of(streak.pk, 3, since=march(3), until=march(31)).runs == 3
    assert results_of(streak.pk, 3, since=march(2), until=march(10)).numbers == StreakNumbers(0, 1, 2, 2)
    assert results_of(streak.pk, 3, since=march(11), until=march(30)).reached == [0, 0, 0, 0]


def test_counting_again_changes_nothing_but_what_the_clock_has_changed_since():
    streak = three_members().streak
    for _ in range(2):
        count_results(now=NOW)
    assert numbers_of_streaks()[streak.pk].alive == 2
    count_results(now=NOW + timedelta(days=2))
    assert numbers_of_streaks()[streak.pk] == StreakNumbers(completed=1, broken=4, participants=3)
    assert TallyRound.objects.get().counted_at == NOW + timedelta(days=2)


def test_activity_is_counted_by_the_day_on_which_it_happened_however_late_it_comes_S1():
    ann = make_case("ann")
    bob = Case(make_member("bob"), ann.streak)
    ann.record_days(1, 28, 28, 31)
    bob.record_days(1, 31)
    count_results(now=NOW)
    days = days_until(march(31), 4)
    assert dict(members_by_day([ann.streak.pk], days)) == {ann.streak.pk: [1, 0, 0, 2]}
    bob.record(29)
    count_results(now=NOW)
    assert dict(members_by_day([ann.streak.pk], days)) == {ann.streak.pk: [1, 1, 0, 2]}
    # The first of March lies 30 days back: it is no longer counted.
    assert count_by_day(DayTally.objects.all(), "day", "logs") == {march(28): 2, march(29): 1, march(31): 2}


def test_a_page_counts_for_itself_once_a_minute_where_that_takes_no_longer_than_a_glance():
    first = recent_round(now=NOW)
    assert first.counted_at == NOW
    assert recent_round(now=NOW + timedelta(seconds=59)).counted_at == NOW
    assert recent_round(now=NOW + timedelta(seconds=60)).counted_at == NOW + timedelta(seconds=60)
    TallyRound.objects.update(milliseconds=251)
    assert recent_round(now=NOW + timedelta(days=1)).counted_at == NOW + timedelta(seconds=60)


def test_the_command_counts_and_says_how_long_it_took():
    three_members()
    said = StringIO()
    call_command("count_results", stdout=said)
    assert said.getvalue().startswith("Counted in ")
    assert RunTally.objects.count() > 0
