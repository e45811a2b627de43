"""The simulator says what recording does: the same totals, runs, milestones and texts, and stores nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewards.models import RewardLog
from streaks.models import Milestone, StreakLog, StreakProgress, TaskProgress
from streaks.presenters.simulation import Happening, SampleLog, Simulation, simulate
from streaks.tests.calling import make_milestone, make_streak
from streaks.tests.recording_cases import Case, make_case, noon

pytestmark = pytest.mark.django_db


def sample_log(day: int, value: Any = 50, *, hours: float = 0, late: float = 0) -> SampleLog:
    """An activity at noon of a day in March 2026, known some hours later."""
    at = noon(day) + timedelta(hours=hours)
    return SampleLog(at, None if value is None else Decimal(str(value)), at + timedelta(hours=late))


def runs_of(simulation: Simulation, now: datetime) -> list[tuple[str, int, int, int]]:
    """The runs in order: status by the clock, value, first and last day in March."""
    return [
        (str(run.status_at(now)), run.current_progress_value, run.starts_on.day, run.ends_on.day)
        for run in simulation.runs
    ]


def test_a_week_is_played_step_by_step_S11_S12_S20() -> None:
    streak = make_streak(completion_target_value=3)
    make_milestone(streak, 2)
    logs = [sample_log(1, 20), sample_log(1, 30, hours=2), sample_log(2), sample_log(3)]
    simulation = simulate(streak, logs, clock=noon(4), language="en")
    assert [(int(step.total), step.is_complete, str(step.status), step.value) for step in simulation.steps] == [
        (20, False, "in_progress", 0),
        (50, True, "in_progress", 1),
        (50, True, "in_progress", 2),
        (50, True, "completed", 3),
    ]
    assert [len(step.reached) for step in simulation.steps] == [0, 0, 1, 0]
    first = simulation.steps[0].display
    assert (first["statusLabel"], first["variables"]["nextRemainingValue"]) == ("In Progress", "30")
    assert simulation.display_at(noon(4))["statusLabel"] == "Completed"


def test_a_missed_day_breaks_by_the_clock_alone_S14_S16() -> None:
    simulation = simulate(make_streak(), [sample_log(1), sample_log(3)], clock=noon(5), language="en")
    assert [(step.happening, step.at) for step in simulation.steps] == [
        (Happening.ACTIVITY, noon(1)),
        (Happening.BREAK, datetime(2026, 3, 3, tzinfo=UTC)),
        (Happening.ACTIVITY, noon(3)),
        (Happening.BREAK, datetime(2026, 3, 5, tzinfo=UTC)),
    ]
    assert runs_of(simulation, noon(5)) == [("broken", 1, 1, 2), ("broken", 1, 3, 4)]


def test_what_becomes_known_after_the_clock_has_not_happened_yet() -> None:
    simulation = simulate(make_streak(), [sample_log(1), sample_log(2, late=24)], clock=noon(2), language="en")
    assert len(simulation.steps) == 1
    assert runs_of(simulation, noon(2)) == [("in_progress", 1, 1, 2)]


def test_a_late_activity_joins_runs_and_reaches_every_milestone_it_jumps_over_S17_S20_F38() -> None:
    streak = make_streak()
    for target in (2, 3):
        make_milestone(streak, target)
    logs = [sample_log(1), sample_log(3), sample_log(2, late=30)]
    simulation = simulate(streak, logs, clock=noon(4), language="en")
    last = simulation.steps[-1]
    assert (last.is_late, last.value, [one.milestone.milestone_target_value for one in last.reached]) == (
        True,
        3,
        [2, 3],
    )
    assert runs_of(simulation, noon(4)) == [("in_progress", 3, 1, 4)]


def test_a_refund_takes_the_day_back_but_never_earns_again_S9_S21_F27() -> None:
    streak = make_streak()
    make_milestone(streak, 2)
    logs = [sample_log(1), sample_log(2), sample_log(2, -10, hours=1), sample_log(2, 10, hours=2)]
    simulation = simulate(streak, logs, clock=noon(2) + timedelta(hours=3), language="en")
    assert [(step.value, len(step.reached)) for step in simulation.steps] == [(1, 0), (2, 1), (1, 0), (2, 0)]
    assert len(simulation.rewards) == 1


def test_once_per_member_earns_nothing_in_a_second_run_S21() -> None:
    streak = make_streak()
    make_milestone(streak, 1, once_per_member=True)
    make_milestone(streak, 1, status="draft")
    simulation = simulate(streak, [sample_log(1), sample_log(5)], clock=noon(5), language="en")
    earned = [one.earns_reward for step in simulation.steps for one in step.reached]
    assert earned == [True, False]


def test_a_draft_and_a_paused_streak_are_played_as_if_they_were_live() -> None:
    for status in ("draft", "paused"):
        simulation = simulate(make_streak(status=status), [sample_log(1)], clock=noon(3), language="en")
        assert runs_of(simulation, noon(3)) == [("broken", 1, 1, 2)]


def test_nothing_is_stored_and_few_queries_read_the_streak(django_assert_num_queries: Any) -> None:
    streak = make_streak()
    make_milestone(streak, 1, coupon_source=Milestone.CouponSource.POOL)
    with django_assert_num_queries(5):
        simulate(streak, [sample_log(day) for day in range(1, 20)], clock=noon(30), language="de")
    assert [model.objects.count() for model in (StreakLog, TaskProgress, StreakProgress, RewardLog)] == [0, 0, 0, 0]


entries = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from([-30, 20, 30, 50]), st.integers(0, 23), st.sampled_from([0, 30, 60])),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries)
def test_any_activity_has_the_same_runs_and_rewards_as_if_it_were_recorded_S17(drawn: list[Any]) -> None:
    case = make_case(f"member-{StreakLog.objects.count()}-{StreakProgress.objects.count()}-{id(drawn)}")
    for target in (2, 4):
        make_milestone(case.streak, target)
    logs = [sample_log(day, value, hours=hour - 12, late=late) for day, value, hour, late in drawn]
    now = noon(20)
    simulation = simulate(case.streak, logs, clock=now, language="en")
    for number, log in enumerate(sorted(logs, key=lambda one: one.arrives_at)):
        record_sample(case, log, number)
    assert runs_of(simulation, now) == case.runs(now)
    earned = sorted(milestone.milestone_target_value for milestone, _key in simulation.rewards)
    assert earned == sorted(target for target, _day in case.rewards())


def record_sample(case: Case, log: SampleLog, number: int) -> None:
    """Record it in earnest, when it becomes known."""
    case.record(
        1,
        log.value,
        hours=(log.activity_at - noon(1)) / timedelta(hours=1),
        now=log.arrives_at,
        identifier=f"order-{number}",
    )
