"""Any activity, in any order and any batches, through every way in, against the brute force (S17)."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from rewards.models import RewardLog
from streaks.core.runs import RunStatus
from streaks.models import Milestone, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress import service
from streaks.progress.admission import Refused
from streaks.progress.housekeeping import close_runs
from streaks.progress.service import describe_differences, record_log, record_logs
from streaks.tests.brute_force import ExpectedProgress, Pause
from streaks.tests.histories import History
from streaks.tests.stories import MEMBERS, Arrival, Event, Story, stories

pytestmark = pytest.mark.django_db

# Where milestones lie: one for each run, one that a member can earn once, and one that is not live at first.
TARGETS = (1, 2, 3)


@dataclass
class Stage:
    """The streak of a history with its members and milestones, and what was recorded so far."""

    history: History
    streak: Streak
    members: dict[str, Member]
    recorded: list[Event] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    rewards: dict[Any, tuple[Any, ...]] = field(default_factory=dict)
    peaks: dict[Any, tuple[Any, int]] = field(default_factory=dict)

    @classmethod
    def build(cls, history: History) -> "Stage":
        streak = Streak.objects.create(
            name="any",
            description="any",
            status=Status.LIVE,
            aggregation_method=history.method,
            aggregation_period=history.period_kind,
            aggregation_target_value=history.target,
            completion_target_value=history.completion_target,
            time_zone=history.zone,
        )
        for target in TARGETS:
            for name, status in (("each", Status.LIVE), ("once", Status.LIVE), ("later", Status.PAUSED)):
                Milestone.objects.create(
                    streak=streak,
                    name=name,
                    milestone_target_value=target,
                    status=status,
                    once_per_member=name == "once",
                )
        members = {name: Member.objects.create(external_id=name) for name in MEMBERS}
        return cls(history, streak, members)

    def log(self, event: Event) -> StreakLog:
        at, value = event.activity
        return StreakLog(
            member=self.members[event.member],
            streak=self.streak,
            activity_at=at,
            activity_id="made_a_purchase",
            unique_identifier=event.identifier,
            activity_value=value,
        )

    def expected(self, member: str, now: datetime) -> ExpectedProgress:
        logs = [event.activity for event in self.recorded if event.member == member]
        return self.history.expected(logs, now=now, pauses=tuple(self.pauses))

    def play(self, arrival: Arrival) -> None:
        """Do what comes before the arrival, let it arrive, and look at everything whenever something was stored."""
        if arrival.pause is not None:
            self.pause(*arrival.pause, is_tidied=arrival.before == "close_runs")
        ACTS[arrival.before](self, arrival.now)
        if arrival.way_in == "record_logs":
            self._play(arrival.events, self._record_together, arrival.now)
        else:
            for event in arrival.events:
                self._play([event], self._save if arrival.way_in == "save" else self._record, arrival.now)
        self.check_drift(arrival.now)

    def _play(self, events: Sequence[Event], save: Callable[[list[StreakLog], datetime], None], now: datetime) -> None:
        logs = [self.log(event) for event in events]
        ids = self.run_ids()
        save(logs, now)
        self.recorded.extend(events)
        corrects_only = all(
            log.activity_value is not None and log.activity_value < 0 and self.streak.aggregation_method == "sum"
            for log in logs
        )
        self.check(now, may_reward=not corrects_only, whose={event.member for event in events})
        after = self.run_ids()
        assert all(after[begin] == pk for begin, pk in ids.items() if begin in after)  # S17: rows keep their ids

    def pause(self, paused_at: datetime, resumed_at: datetime, *, is_tidied: bool) -> None:
        """Pause the streak as the admin does, look at it, try to record, and resume (S19, S26)."""
        self._set_status(Status.PAUSED, paused_at)
        self.pauses.append((paused_at, None))
        self.check(paused_at, may_reward=False)
        self.check(resumed_at, may_reward=False)
        refused = self.log(Event(MEMBERS[0], "while paused", (paused_at, Decimal(1))))
        with pytest.raises(Refused, match="only a live streak"):
            record_log(refused, now=resumed_at)
        if is_tidied:
            close_runs(now=resumed_at)
        self._set_status(Status.LIVE, resumed_at)
        self.pauses[-1] = (paused_at, resumed_at)
        self.check(resumed_at, may_reward=False)
        self.check_drift(resumed_at)

    def _set_status(self, status: Status, now: datetime) -> None:
        with time_machine.travel(now, tick=False):
            streak = Streak.objects.get(pk=self.streak.pk)
            streak.status = status
            streak.save()

    def run_ids(self) -> dict[Any, Any]:
        """The id of each run by its member and first period."""
        runs = StreakProgress.objects.values_list("member_id", "starts_on", "pk")
        return {(member_id, starts_on): pk for member_id, starts_on, pk in runs}

    def _record_together(self, logs: list[StreakLog], now: datetime) -> None:
        for log, result in zip(logs, record_logs(logs, now=now), strict=True):
            assert result.log is log
            assert result.is_recorded
            assert result.run.member_id == log.member_id
            assert result.run.starts_on <= log.period_key <= result.run.ends_on

    def _record(self, logs: list[StreakLog], now: datetime) -> None:
        assert record_log(logs[0], now=now).is_recorded

    def _save(self, logs: list[StreakLog], now: datetime) -> None:
        with time_machine.travel(now, tick=False):
            logs[0].save()

    def check(self, now: datetime, *, may_reward: bool, whose: Collection[str] = MEMBERS) -> None:
        """Compare all that is stored of some members with the brute force, and rewards with what they were before."""
        connection.check_constraints()
        streak = Streak.objects.get(pk=self.streak.pk)
        for name in whose:
            member = self.members[name]
            expected = self.expected(name, now)
            assert self._totals(member) == [
                (key, total.total, total.log_count, total.first_activity_at, total.last_activity_at, total.completed_at)
                for key, total in sorted(expected.totals.items())
            ]
            self._check_runs(member, expected, streak, now)
        self._check_rewards(may_reward=may_reward)

    def _totals(self, member: Member) -> list[tuple[Any, ...]]:
        columns = ("period_key", "total", "log_count", "first_activity_at", "last_activity_at", "completed_at")
        return list(TaskProgress.objects.filter(member=member).order_by("period_key").values_list(*columns))

    def _check_runs(self, member: Member, expected: ExpectedProgress, streak: Streak, now: datetime) -> None:
        rows = list(StreakProgress.objects.filter(member=member).with_status(now).order_by("starts_on"))
        assert [
            (
                row.status,
                row.current_progress_value,
                row.starts_on,
                row.streak_started_at,
                row.streak_completed_at,
                row.broken_at,
            )
            for row in rows
        ] == [
            (
                run.status,
                run.current_progress_value,
                run.starts_on,
                run.streak_started_at,
                run.streak_completed_at,
                run.streak_broken_at,
            )
            for run in expected.runs
        ]
        for row, run in zip(rows, expected.runs, strict=True):
            row.streak = streak
            assert row.status_at(now) == row.status  # S16: in Python as in SQL
            assert row.highest_progress_value >= row.current_progress_value
            if run.ends_on is not None:  # else the pause that lasts now decides it later
                assert (row.ends_on, row.breaks_at) == (run.ends_on, run.breaks_at or run.streak_broken_at)

    def _check_rewards(self, *, may_reward: bool) -> None:
        """Rewards stay as they are (S9, S21), and new ones are earned, not corrected into being (S20)."""
        rewards = RewardLog.objects.in_bulk()
        runs = StreakProgress.objects.in_bulk()
        milestones = Milestone.objects.only("status", "milestone_target_value", "once_per_member").in_bulk()
        for reward in rewards.values():
            reward.milestone = milestones[reward.milestone_id]
            reward.streak_progress = runs[reward.streak_progress_id]
        as_seen = {
            pk: (reward.member_id, reward.milestone_id, reward.coupon_code, reward.reward_issued_at, reward.period_key)
            for pk, reward in rewards.items()
        }
        assert {pk: as_seen.get(pk) for pk in self.rewards} == self.rewards
        new = [reward for pk, reward in rewards.items() if pk not in self.rewards]
        assert may_reward or new == []
        for reward in new:
            assert reward.milestone.status == Status.LIVE
            assert reward.milestone.milestone_target_value <= reward.streak_progress.current_progress_value
            assert reward.member_id == reward.streak_progress.member_id
            assert reward.milestone.milestone_target_value > self._peak(reward.streak_progress)
        counting = [(r.streak_progress_id, r.milestone_id) for r in rewards.values() if not r.is_carried_over]
        assert len(counting) == len(set(counting))
        once = [(r.member_id, r.milestone_id) for r in rewards.values() if r.milestone.once_per_member]
        assert len(once) == len(set(once))
        self.rewards = as_seen
        self.peaks = {
            run.pk: (run.starts_on, max(run.current_progress_value, self._peak(run))) for run in runs.values()
        }

    def _peak(self, run: StreakProgress) -> int:
        """Return the highest value a run was seen with; what it had with periods of an earlier run does not count."""
        starts_on, value = self.peaks.get(run.pk, (run.starts_on, 0))
        return value if starts_on >= run.starts_on else 0

    def check_drift(self, now: datetime) -> None:
        """What is kept as logs come is what a rebuild from all of them would give."""
        assert service.check([member.pk for member in self.members.values()], now=now) == []

    def check_that_nothing_earned_is_missing(self) -> None:
        """A run holds one reward for each milestone up to its value; a member, one of each that comes once."""
        rewards = RewardLog.objects.filter(is_carried_over=False)
        held = set(rewards.values_list("streak_progress", "milestone"))
        once = set(rewards.filter(milestone__once_per_member=True).values_list("member", "milestone"))
        runs = list(StreakProgress.objects.values_list("pk", "member_id", "current_progress_value"))
        milestones = Milestone.objects.filter(status=Status.LIVE)
        for milestone_id, target, is_once in milestones.values_list("pk", "milestone_target_value", "once_per_member"):
            for run_id, member_id, value in runs:
                if value >= target:
                    assert (member_id, milestone_id) in once if is_once else (run_id, milestone_id) in held


def _resend(stage: Stage, now: datetime) -> None:
    """Send again what was recorded: a retry changes nothing and names the log that is there (S27)."""
    again = [stage.log(event) for event in stage.recorded[-3:]]
    existing = {log.unique_identifier: log.pk for log in StreakLog.objects.all()}
    results = record_logs([*again, *again], now=now)
    assert [result.existing_id for result in results] == [existing[log.unique_identifier] for log in again] * 2
    stage.check(now, may_reward=False)


def _rebuild(stage: Stage, now: datetime) -> None:
    rebuilt = service.rederive([member.pk for member in stage.members.values()], now=now)
    assert [line for pair, one in rebuilt.items() for line in describe_differences(pair, one)] == []
    stage.check(now, may_reward=False)


def _close_runs(stage: Stage, now: datetime) -> None:
    close_runs(now=now)
    assert not StreakProgress.objects.filter(stored_status=RunStatus.IN_PROGRESS, breaks_at__lte=now).exists()
    assert close_runs(now=now) == 0
    stage.check(now, may_reward=False)


def _publish(stage: Stage, now: datetime) -> None:
    """A milestone that goes live is not earned by what was done before (S20)."""
    Milestone.objects.filter(name="later").update(status=Status.LIVE)
    stage.check(now, may_reward=False)


ACTS: dict[str, Callable[[Stage, datetime], None]] = {
    "": lambda _stage, _now: None,
    "resend": _resend,
    "rebuild": _rebuild,
    "close_runs": _close_runs,
    "publish": _publish,
}


@contextmanager
def stage_for(history: History) -> Iterator[Stage]:
    """Build a stage and leave nothing of it behind."""
    with override_settings(GAMOPANDA_FIRST_DAY_OF_WEEK=history.first_weekday), transaction.atomic():
        yield Stage.build(history)
        transaction.set_rollback(True)


BOUNDED = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@BOUNDED
@given(stories(periods=8, min_logs=6))
def test_any_logs_in_any_order_and_batches_give_what_the_rules_give_s17_f14_f16_f17_f21(story: Story) -> None:
    with stage_for(story.history) as stage:
        for arrival in story.arrivals:
            stage.play(arrival)
        stage.check(max(story.history.now, *(arrival.now for arrival in story.arrivals)), may_reward=False)


@BOUNDED
@given(
    stories(
        periods=5,
        min_logs=8,
        max_logs=16,
        amounts=(Decimal(1), Decimal(2), Decimal(3), Decimal(-2), Decimal(-3)),
        completion_targets=(2, 3, 9),
        methods=("sum",),
    )
)
def test_what_is_returned_takes_back_progress_and_never_a_reward_and_earns_none_s9_s20_s21_f19_f27(
    story: Story,
) -> None:
    """A few logs to a period, most periods complete for a while, and returns that split runs again."""
    with stage_for(story.history) as stage:
        for arrival in story.arrivals:
            stage.play(arrival)


@BOUNDED
@given(stories(has_pauses=True, periods=8, min_logs=5))
def test_pauses_at_any_instants_excuse_exactly_the_periods_that_they_overlap_s19_s26_f24_f26_f28(story: Story) -> None:
    with stage_for(story.history) as stage:
        for arrival in story.arrivals:
            stage.play(arrival)


@BOUNDED
@given(
    stories(
        acts=("", "close_runs", "rebuild"),
        periods=8,
        min_logs=8,
        amounts=(Decimal("0.3"), Decimal(2), Decimal(2)),
        completion_targets=(2, 3, 9),
    )
)
def test_without_corrections_every_run_holds_the_rewards_of_the_milestones_it_has_reached_s20_s21_f38(
    story: Story,
) -> None:
    """Also where a late log joins runs, or moves the border between completed ones."""
    with stage_for(story.history) as stage:
        for arrival in story.arrivals:
            stage.play(arrival)
            stage.check_that_nothing_earned_is_missing()
