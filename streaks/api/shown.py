"""Records as they are shown: a run, a log or a milestone, with what belongs to it, read for a whole page at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from gamopanda.api.worded import read_together, reading
from streaks.api.current import CurrentPeriod, current_period, current_totals
from streaks.api.rewards_shown import ShownReward, rewards_shown
from streaks.display import Display, display_for, situation_of
from streaks.known_streaks import streaks_by_id
from streaks.models import Milestone, RunStatus, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.recording import Outcome


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, with the total of its member in the current period of its streak."""

    run: StreakProgress
    total: TaskProgress | None
    now: datetime
    language: str

    @property
    def task_progress(self) -> CurrentPeriod:
        """The current period; also beside a run that is over."""
        return current_period(self.run.streak, self.total, now=self.now)

    @property
    def display(self) -> Display:
        """The texts for the member (S30–S33)."""
        streak = self.run.streak
        return display_for(streak, situation_of(streak, self.run, self.total, self.now), self.language)

    def __getattr__(self, name: str) -> Any:
        """Be the run in everything else."""
        return getattr(self.run, name)


@dataclass(frozen=True, slots=True)
class Achieved:
    """A milestone reached with a log, and the reward that it brought: None where the member had it already."""

    milestone: Milestone
    reward_log: ShownReward | None

    def __getattr__(self, name: str) -> Any:
        """Be the milestone in everything else."""
        return getattr(self.milestone, name)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A log, with the run in which it counts and the milestones that it reached, in order of target."""

    log: StreakLog
    streak_progress: RunRow | None
    achieved_milestones: Sequence[Achieved]

    @property
    def achieved_milestone(self) -> Achieved | None:
        """The highest of them."""
        return self.achieved_milestones[-1] if self.achieved_milestones else None

    @property
    def achieved_milestone_reward_log(self) -> ShownReward | None:
        """The reward of the highest."""
        return None if self.achieved_milestone is None else self.achieved_milestone.reward_log

    def __getattr__(self, name: str) -> Any:
        """Be the log in everything else."""
        return getattr(self.log, name)


def read_runs(now: datetime) -> QuerySet[Any]:
    """Return all runs, to be filtered and sorted by `status`, `broken_at` and `due_at` as they are at an instant (S16).

    `due_at` is when a run will break if nothing more comes; null when it is over, and while a pause stops the clock.
    """
    runs: QuerySet[Any] = StreakProgress.objects.by_status(now)
    due_at = Case(When(status=RunStatus.IN_PROGRESS, streak__paused_at=None, then=F("breaks_at")))
    due: QuerySet[Any] = runs.alias(due_at=due_at)
    return due


def read_clock(run: Any, streak: Streak, now: datetime) -> None:
    """Give a run its streak, and `status`, `broken_at` and `due_at` as `read_runs` has them."""
    run.streak = streak
    run.status = run.status_at(now)
    run.broken_at = run.breaks_at if run.status == RunStatus.BROKEN else None
    run.due_at = run.breaks_at if run.status == RunStatus.IN_PROGRESS and streak.paused_at is None else None


def show_runs(runs: Sequence[StreakProgress], *, now: datetime, language: str) -> list[RunRow]:
    """Return runs as they are shown, in order; a fixed number of queries."""
    (streaks,) = read_together(streaks_by_id({run.streak_id for run in runs}))
    return _show_runs(runs, streaks, now, language)


def _show_runs(
    runs: Sequence[StreakProgress], streaks: Mapping[UUID, Streak], now: datetime, language: str
) -> list[RunRow]:
    for run in runs:
        read_clock(run, streaks[run.streak_id], now)
    totals = current_totals(((run.member_id, run.streak) for run in runs), now=now)
    return [RunRow(run, totals.get((run.member_id, run.streak_id)), now, language) for run in runs]


def read_logs() -> QuerySet[Any]:
    """Return all logs with `run_id`, of the run in which each counts."""
    around = StreakProgress.objects.filter(
        member=OuterRef("member"),
        streak=OuterRef("streak"),
        starts_on__lte=OuterRef("period_key"),
        ends_on__gte=OuterRef("period_key"),
    )
    return StreakLog.objects.annotate(run_id=Subquery(around.order_by().values("pk")[:1]))


def show_logs(logs: Sequence[Any], *, now: datetime, language: str) -> list[LogRow]:
    """Return logs from `read_logs` as they are shown, in order; a fixed number of queries.

    A log tells the milestones that brought a reward.
    """
    rewards, runs, streaks = read_together(
        rewards_shown().of_logs([log.pk for log in logs], now),
        reading("runs by id", _runs_by_id, [log.run_id for log in logs if log.run_id]),
        streaks_by_id({log.streak_id for log in logs}),
    )
    achieved = _achieved(rewards)
    shown = {one.run.pk: one for one in _show_runs(runs, streaks, now, language)}
    return [LogRow(log, shown.get(log.run_id), sorted(achieved[log.pk], key=_by_target)) for log in logs]


def _runs_by_id(ids: Sequence[UUID]) -> QuerySet[StreakProgress]:
    return StreakProgress.objects.filter(pk__among=ids).order_by()


def show_recorded_log(outcome: Outcome, *, now: datetime, language: str) -> LogRow:
    """Return a log that was just recorded as it is shown.

    It tells all milestones that it reached: also one that a member may earn once and had, which no later read tells.
    """
    log = outcome.log
    achieved = _rewarded(outcome, now) if outcome.achievements else []
    rewarded = {one.milestone.pk for one in achieved}
    reached = [achievement.milestone for achievement in outcome.achievements]
    achieved += [Achieved(milestone, None) for milestone in reached if milestone.pk not in rewarded]
    return LogRow(log, _run_of(outcome, now, language), sorted(achieved, key=_by_target))


def _run_of(outcome: Outcome, now: datetime, language: str) -> RunRow:
    """Return the run of a log that was just recorded: from what was read along, or else read again."""
    if outcome.standing is None:
        return _run_around(outcome.log, now, language)
    run: Any = outcome.run
    assert run is not None, "every recorded log counts in a run"
    read_clock(run, outcome.standing.streak, now)
    return RunRow(run, outcome.standing.total, now, language)


def _run_around(log: StreakLog, now: datetime, language: str) -> RunRow:
    """Return the run in which a log counts; not by the id it had: what came in since may have joined runs (S17)."""
    key = log.period_key
    around = StreakProgress.objects.filter(member=log.member_id, streak=log.streak_id)
    runs = list(around.filter(starts_on__lte=key, ends_on__gte=key))
    (shown,) = show_runs(runs, now=now, language=language)
    return shown


def _rewarded(outcome: Outcome, now: datetime) -> list[Achieved]:
    """Return what brought a reward: from what was issued along, or else read again."""
    rewards: Iterable[ShownReward]
    if outcome.standing is None:
        (rewards,) = read_together(rewards_shown().of_logs([outcome.log.pk], now))
    else:
        rewards = rewards_shown().issued(outcome.rewards, now)
    return _achieved(rewards)[outcome.log.pk]


def _achieved(rewards: Iterable[ShownReward]) -> dict[UUID, list[Achieved]]:
    achieved: dict[UUID, list[Achieved]] = defaultdict(list)
    for reward in rewards:
        achieved[reward.streak_log_id].append(Achieved(reward.milestone, reward))
    return achieved


def _by_target(achieved: Achieved) -> tuple[int, UUID]:
    return achieved.milestone.milestone_target_value, achieved.milestone.pk
