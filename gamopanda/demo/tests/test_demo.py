"""The demo is alive on any day: what it promises of its members holds whenever and wherever it is loaded."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from gamopanda.accounts.models import Member
from gamopanda.demo.daily_learner import DAILY_LEARNER
from gamopanda.demo.history import Event, events_of, period_before
from gamopanda.demo.monthly_mover import MINUTES_PER_MONTH, MONTHLY_MOVER
from gamopanda.demo.people import CAMPAIGNS, STORIES, Story, people
from gamopanda.demo.seven_day_shopper import SEVEN_DAY_SHOPPER
from gamopanda.demo.weekly_regular import WEEKLY_REGULAR
from rewards.models import PoolCode, RewardLog
from streaks.core.aggregation import amount_of, in_order, new_total
from streaks.core.rules import Rules, RulesVersion
from streaks.core.runs import FoldedRun, RunStatus, fold
from streaks.fields import as_units
from streaks.models import Milestone, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress import service
from streaks.progress.lifecycle import delete_streak
from streaks.progress.service import record_log

Whose = tuple[str, str]
Stand = tuple[RunStatus, int]

IN_PROGRESS, COMPLETED, BROKEN = RunStatus.IN_PROGRESS, RunStatus.COMPLETED, RunStatus.BROKEN

# (member, streak) -> the runs in order, as (status, completed periods), and the total of the present period.
PROMISED_RUNS = {
    ("demo-amara", "7-Day Shopper"): ([(IN_PROGRESS, 3)], Decimal("29.50")),
    ("demo-mateo", "7-Day Shopper"): ([(IN_PROGRESS, 2)], Decimal("53.75")),
    ("demo-lena", "7-Day Shopper"): ([(IN_PROGRESS, 3)], Decimal("88.00")),
    ("demo-yusuf", "7-Day Shopper"): ([(COMPLETED, 7)], Decimal("0")),
    ("demo-chloe", "7-Day Shopper"): ([(BROKEN, 4)], Decimal("0")),
    ("demo-kenji", "7-Day Shopper"): ([(IN_PROGRESS, 4)], Decimal("0")),
    ("demo-priya", "7-Day Shopper"): ([(IN_PROGRESS, 2)], Decimal("40.00")),
    ("demo-sofia", "7-Day Shopper"): ([(COMPLETED, 7), (IN_PROGRESS, 2)], Decimal("0")),
    ("demo-amara", "Weekly Regular"): ([(IN_PROGRESS, 1)], Decimal("1")),
    ("demo-lena", "Weekly Regular"): ([(IN_PROGRESS, 3)], Decimal("2")),
    ("demo-chloe", "Weekly Regular"): ([(COMPLETED, 4)], Decimal("0")),
    ("demo-liam", "Weekly Regular"): ([(BROKEN, 1)], Decimal("0")),
    ("demo-aisha", "Weekly Regular"): ([(IN_PROGRESS, 3)], Decimal("0")),
    ("demo-joao", "Weekly Regular"): ([(IN_PROGRESS, 0)], Decimal("1")),
    ("demo-amara", "Monthly Mover"): ([(IN_PROGRESS, 0)], Decimal("105.5")),
    ("demo-yusuf", "Monthly Mover"): ([(COMPLETED, 3)], Decimal("0")),
    ("demo-sofia", "Monthly Mover"): ([(IN_PROGRESS, 2)], Decimal("1525")),
    ("demo-liam", "Monthly Mover"): ([(IN_PROGRESS, 1)], Decimal("595")),
    ("demo-joao", "Monthly Mover"): ([(BROKEN, 1)], Decimal("0")),
    ("demo-emma", "Monthly Mover"): ([(IN_PROGRESS, 1)], Decimal("1535")),
    ("demo-noah", "Monthly Mover"): ([(COMPLETED, 3)], Decimal("0")),
    ("demo-amara", "Daily Learner"): ([(IN_PROGRESS, 13)], Decimal("0")),
    ("demo-mateo", "Daily Learner"): ([(IN_PROGRESS, 7)], Decimal("1")),
    ("demo-kenji", "Daily Learner"): ([(IN_PROGRESS, 16)], Decimal("1")),
    ("demo-priya", "Daily Learner"): ([(COMPLETED, 30)], Decimal("0")),
    ("demo-aisha", "Daily Learner"): ([(COMPLETED, 30)], Decimal("0")),
    ("demo-emma", "Daily Learner"): ([(BROKEN, 10)], Decimal("0")),
    ("demo-wei", "Daily Learner"): ([(IN_PROGRESS, 9)], Decimal("0")),
}

# (member, milestone) -> the status, and what the code begins with.
PROMISED_REWARDS = {
    ("demo-amara", "Day 3: 5% off"): ("issued", "SAVE5-"),
    ("demo-lena", "Day 3: 5% off"): ("issued", "SAVE5-"),
    ("demo-yusuf", "Day 3: 5% off"): ("redeemed", "SAVE5-"),
    ("demo-yusuf", "Day 7: free shipping for a month"): ("redeemed", "FREESHIP30"),
    ("demo-chloe", "Day 3: 5% off"): ("expired", "SAVE5-"),
    ("demo-kenji", "Day 3: 5% off"): ("issued", "SAVE5-"),
    ("demo-priya", "Day 3: 5% off"): ("issued", "SAVE5-"),
    ("demo-sofia", "Day 3: 5% off"): ("redeemed", "SAVE5-"),
    ("demo-sofia", "Day 7: free shipping for a month"): ("issued", "FREESHIP30"),
    ("demo-yusuf", "Month 1: 20% off Premium"): ("redeemed", "MOVE20-"),
    ("demo-yusuf", "Month 3: free membership"): ("pending", None),
    ("demo-sofia", "Month 1: 20% off Premium"): ("redeemed", "MOVE20-"),
    ("demo-liam", "Month 1: 20% off Premium"): ("issued", "MOVE20-"),
    ("demo-joao", "Month 1: 20% off Premium"): ("expired", "MOVE20-"),
    ("demo-emma", "Month 1: 20% off Premium"): ("issued", "MOVE20-"),
    ("demo-noah", "Month 1: 20% off Premium"): ("redeemed", "MOVE20-"),
    ("demo-noah", "Month 3: free membership"): ("issued", "MEMBER-2049-7731"),
    ("demo-amara", "Day 7: 10% off a course"): ("redeemed", "LEARN10-"),
    ("demo-mateo", "Day 7: 10% off a course"): ("issued", "LEARN10-"),
    ("demo-kenji", "Day 7: 10% off a course"): ("expired", "LEARN10-"),
    ("demo-kenji", "Day 14: 20% off a course"): ("issued", "LEARN20-"),
    ("demo-priya", "Day 7: 10% off a course"): ("redeemed", "LEARN10-"),
    ("demo-priya", "Day 14: 20% off a course"): ("redeemed", "LEARN20-"),
    ("demo-priya", "Day 30: 40% off a course"): ("issued", "LEARN40-SUMMIT-7936"),
    ("demo-aisha", "Day 7: 10% off a course"): ("expired", "LEARN10-"),
    ("demo-aisha", "Day 14: 20% off a course"): ("redeemed", "LEARN20-"),
    ("demo-aisha", "Day 30: 40% off a course"): ("pending", None),
    ("demo-emma", "Day 7: 10% off a course"): ("expired", "LEARN10-"),
    ("demo-wei", "Day 7: 10% off a course"): ("issued", "LEARN10-"),
}

NOW = datetime(2026, 5, 13, 14, 30, tzinfo=UTC)
ANY_INSTANT = st.integers(0, 15_000_000).map(
    lambda minutes: datetime(2012, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
ANY_CLOCK = st.fixed_dictionaries(
    {
        "GAMOPANDA_TIME_ZONE": st.sampled_from(
            ["UTC", "America/Santiago", "Africa/Cairo", "Asia/Beirut", "Asia/Kathmandu", "Pacific/Kiritimati"]
        ),
        "GAMOPANDA_FIRST_DAY_OF_WEEK": st.sampled_from([0, 5, 6]),
    }
)


def load(now: datetime) -> str:
    """Load the demo at an instant; returns what the command says."""
    said = StringIO()
    with time_machine.travel(now, tick=False):
        call_command("seed_demo", stdout=said)
    return said.getvalue()


def fold_story(story: Story, events: list[Event]) -> list[FoldedRun]:
    """Fold the events of one story with the pure core."""
    streak = story.campaign.streak()
    key_of, method = streak.calendar.key_of, streak.aggregation_method
    target = as_units(Decimal(streak.aggregation_target_value))
    mine = [e for e in events if (e.external_id, e.campaign) == (story.external_id, story.campaign)]
    totals = []
    for key, group in groupby(sorted(mine, key=attrgetter("activity_at")), key=lambda event: key_of(event.activity_at)):
        entries = in_order((event.activity_at, amount_of(method, as_units(event.value))) for event in group)
        totals.append(new_total(method, key, entries, target))
    asked = RulesVersion(target, streak.completion_target_value)
    return list(fold(totals, Rules(method, streak.calendar, (asked,))))


@given(now=ANY_INSTANT, clock=ANY_CLOCK)
@example(now=datetime(2026, 6, 1, tzinfo=UTC), clock={"GAMOPANDA_TIME_ZONE": "UTC"})
@example(now=datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), clock={"GAMOPANDA_TIME_ZONE": "UTC"})
def test_at_any_instant_on_any_clock_every_member_is_in_the_promised_state_S16(now, clock):
    with override_settings(**clock):
        events = events_of(STORIES, now=now)
        found = {
            (story.external_id, story.campaign.fields["name"]): [
                (run.status_at(now), run.current_progress_value) for run in fold_story(story, events)
            ]
            for story in STORIES
        }
    assert found == {whose: runs for whose, (runs, _total) in PROMISED_RUNS.items()}


@given(now=ANY_INSTANT, clock=ANY_CLOCK)
@example(now=datetime(2026, 6, 1, tzinfo=UTC), clock={"GAMOPANDA_TIME_ZONE": "UTC"})
def test_at_any_instant_nothing_lies_in_the_future_and_every_event_in_its_period_S1_S3(now, clock):
    with override_settings(**clock):
        events = events_of(STORIES, now=now)
        calendars = {campaign.id: campaign.streak().calendar for campaign in CAMPAIGNS}
    assert all(event.activity_at <= event.arrived_at <= now for event in events)
    found = Counter(
        (event.external_id, event.campaign.id, calendars[event.campaign.id].key_of(event.activity_at))
        for event in events
    )
    assert found == Counter(
        (story.external_id, story.campaign.id, period_before(calendars[story.campaign.id], ago, now))
        for story in STORIES
        for ago, values in [*story.amounts.items(), *story.late.items()]
        for _ in values
    )


@pytest.mark.parametrize(("external_id", "before"), [("demo-kenji", 1), ("demo-aisha", 1), ("demo-wei", 4)])
def test_without_the_late_log_the_revived_runs_would_be_broken_and_started_anew_S17_F16(external_id, before):
    now = NOW
    (story,) = [story for story in STORIES if story.external_id == external_id and story.late]
    in_time = [event for event in events_of([story], now=now) if event.arrived_at == event.activity_at]
    broken, current = fold_story(story, in_time)
    assert (broken.status_at(now), current.status_at(now)) == (BROKEN, IN_PROGRESS)
    assert current.current_progress_value == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2026, 3, 1, tzinfo=UTC), id="the first instant of a month, after a short one"),
        pytest.param(datetime(2027, 1, 4, tzinfo=ZoneInfo("Europe/Berlin")), id="the first instant after week 53"),
        pytest.param(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="the hour that Berlin has twice"),
        pytest.param(datetime(2028, 2, 29, 18, 30, tzinfo=UTC), id="midnight in Kolkata on a leap day"),
    ],
)
def test_the_demo_is_as_promised_on_hard_days_F2_F4_F6_F13(now):
    now = now.astimezone(UTC)
    assert load(now) == "Demo loaded: 4 streaks, 7 milestones, 16 members, 223 activity logs, 29 rewards.\n"
    assert runs_at(now) == PROMISED_RUNS
    assert rewards_at(now) == PROMISED_REWARDS
    assert list(service.check(list(Member.objects.values_list("pk", flat=True)), now=now)) == []


def runs_at(now: datetime) -> dict[Whose, tuple[list[Stand], Decimal]]:
    """Return the stored runs in the form of PROMISED_RUNS."""
    runs: dict[Whose, list[Stand]] = defaultdict(list)
    for run in StreakProgress.objects.with_status(now).select_related("member", "streak").order_by("starts_on"):
        runs[run.member.external_id, run.streak.name].append((run.status, run.current_progress_value))
    current = {campaign.fields["name"]: campaign.streak().calendar.key_of(now) for campaign in CAMPAIGNS}
    totals = {
        (task.member.external_id, task.streak.name): task.total
        for task in TaskProgress.objects.select_related("member", "streak")
        if task.period_key == current[task.streak.name]
    }
    return {whose: (found, totals.get(whose, Decimal(0))) for whose, found in runs.items()}


def rewards_at(now: datetime) -> dict[Whose, tuple[str, str | None]]:
    """Return the stored rewards in the form of PROMISED_REWARDS, checking codes by what they begin with."""
    found = {}
    for reward in RewardLog.objects.with_status(now).select_related("member", "milestone"):
        whose = reward.member.external_id, reward.milestone.name
        assert whose not in found, "S21: at most once"
        begins = PROMISED_REWARDS[whose][1]
        is_as_promised = reward.coupon_code is None if begins is None else reward.coupon_code.startswith(begins)
        found[whose] = (reward.status, begins if is_as_promised else reward.coupon_code)
    return found


# --- loading once ----------------------------------------------------------------------------------------------------


def counts() -> list[int]:
    return [
        model.objects.count() for model in (Streak, Milestone, Member, StreakLog, StreakProgress, RewardLog, PoolCode)
    ]


@pytest.mark.django_db
def test_a_second_load_adds_nothing_and_says_so_even_after_a_streak_was_renamed_and_others_were_deleted():
    load(NOW)
    before = counts()
    assert load(NOW) == "The demo was loaded before: nothing added.\n"
    Streak.objects.filter(pk=SEVEN_DAY_SHOPPER.id).update(name="Summer sale")
    for campaign in (WEEKLY_REGULAR, MONTHLY_MOVER, DAILY_LEARNER):
        delete_streak(Streak.objects.get(pk=campaign.id), now=NOW)
    assert load(NOW + timedelta(days=40)) == "The demo was loaded before: nothing added.\n"
    assert counts() == before == [4, 7, 16, 223, 29, 29, 11]


@pytest.mark.django_db
def test_a_load_that_fails_leaves_nothing_behind():
    """A member of the client's own, with an external id of the demo, stops it."""
    Member.objects.create(external_id="demo-ravi")
    with pytest.raises(CommandError, match="demo-ravi"):
        load(NOW)
    assert counts() == [0, 0, 1, 0, 0, 0, 0]


@pytest.mark.django_db
def test_two_installations_load_the_same_demo_except_for_generated_codes():
    load(NOW)
    logs = StreakLog.objects.order_by("created_at", "id")
    first = logs[0]
    assert (first.member.external_id, first.streak.name, first.unique_identifier, first.activity_at) == (
        "demo-joao",
        "Monthly Mover",
        "workout-10001",
        datetime(2025, 11, 1, 8, 14, tzinfo=UTC),
    )
    assert logs.values("unique_identifier").distinct().count() == 223
    refund = StreakLog.objects.get(activity_value__lt=0)
    assert (refund.activity_id, refund.activity_value) == ("made_a_return", Decimal("-24.9"))
    assert sorted(PoolCode.objects.exclude(reward_log=None).values_list("code", flat=True)) == [
        "LEARN20-HARBOR",
        "LEARN20-MAPLE",
        "LEARN20-QUARTZ",
        "LEARN40-SUMMIT-7936",
    ]


@pytest.mark.django_db
def test_one_log_of_a_new_member_reaches_the_first_milestone_of_the_monthly_mover_S20():
    load(NOW)
    log = StreakLog(
        member=Member.objects.create(external_id="someone-new"),
        streak_id=MONTHLY_MOVER.id,
        activity_at=NOW,
        activity_id="completed_workout",
        unique_identifier="workout-1",
        activity_value=Decimal(MINUTES_PER_MONTH),
    )
    (achievement,) = record_log(log, now=NOW).achievements
    assert achievement.milestone.name == "Month 1: 20% off Premium"
    reward = RewardLog.objects.get(member=log.member)
    assert reward.coupon_code is not None
    assert reward.coupon_code.startswith("MOVE20-")


def test_every_member_has_a_name_and_an_address_that_reaches_no_person():
    for member in people():
        assert member.first_name
        assert member.last_name
        assert member.email == f"{member.external_id.removeprefix('demo-')}@example.com"
        assert member.phone_number in {"", *(f"+120255501{number:02}" for number in range(100))}
    assert {story.external_id for story in STORIES} == {member.external_id for member in people()[:-2]}
