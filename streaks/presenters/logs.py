"""Logs with their run and the milestones that they reached, read for many logs at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from gamopanda.accounts.models import Member
from gamopanda.api.lists.compiled_queries import deferred_query, run_together
from streaks.core.milestones import Achievement
from streaks.models import Milestone, StreakLog, StreakProgress
from streaks.presenters.protection import read_protection
from streaks.presenters.rewards import RewardPresenter, reward_presentation
from streaks.presenters.runs import RunPresenter, present_runs, present_runs_of, read_clock
from streaks.progress.recording import RecordResult
from streaks.progress.streak_cache import streaks_by_id


@dataclass(frozen=True, slots=True)
class AchievedMilestone:
    """A milestone that a log reached, and the reward for it: None where the member had it already."""

    milestone: Milestone
    reward_log: RewardPresenter | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.milestone, name)


@dataclass(frozen=True, slots=True)
class LogPresenter:
    """A log, with the run that it belongs to and the milestones that it reached, in order of target."""

    log: StreakLog
    streak_progress: RunPresenter | None
    achieved_milestones: Sequence[AchievedMilestone]

    @property
    def achieved_milestone(self) -> AchievedMilestone | None:
        """Return the highest of them."""
        return self.achieved_milestones[-1] if self.achieved_milestones else None

    @property
    def achieved_milestone_reward_log(self) -> RewardPresenter | None:
        """Return the reward of the highest."""
        return None if self.achieved_milestone is None else self.achieved_milestone.reward_log

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)


def read_logs() -> QuerySet[Any]:
    """Return all logs with `run_id`, the id of the run that each belongs to."""
    around = StreakProgress.objects.filter(
        member=OuterRef("member"),
        streak=OuterRef("streak"),
        starts_on__lte=OuterRef("period_key"),
        ends_on__gte=OuterRef("period_key"),
    )
    logs: QuerySet[Any] = StreakLog.objects.select_related("member")
    with_runs: QuerySet[Any] = logs.annotate(run_id=Subquery(around.order_by().values("pk")[:1]))
    return with_runs


def present_logs(logs: Sequence[Any], *, now: datetime, language: str) -> list[LogPresenter]:
    """Return a presenter for each log from `read_logs`, in order, with a fixed number of queries.

    A stored log has the milestones that brought a reward.
    """
    rewards, runs, streaks = run_together(
        reward_presentation().of_logs([log.pk for log in logs], now),
        deferred_query("runs by id", _runs_by_id, [log.run_id for log in logs if log.run_id]),
        streaks_by_id({log.streak_id for log in logs}),
    )
    achieved = _achieved(rewards)
    members = {log.member_id: log.member for log in logs}
    for run in runs:
        run.member = members[run.member_id]
    presented = {one.run.pk: one for one in present_runs_of(streaks, runs, now=now, language=language)}
    return [LogPresenter(log, presented.get(log.run_id), sorted(achieved[log.pk], key=_by_target)) for log in logs]


def _runs_by_id(ids: Sequence[UUID]) -> QuerySet[StreakProgress]:
    return StreakProgress.objects.filter(pk__any_of=ids).order_by()


def present_recorded_log(result: RecordResult, *, now: datetime, language: str) -> LogPresenter:
    """Return a presenter for a log that was just recorded.

    It has all milestones that the log reached, also one that the member had already, which no later read finds.
    """
    record, run = result.record, _run_of(result, now, language)
    record.member = run.run.member
    reached = result.achievements
    rewarded = _rewarded(result, record.member, now) if reached else []
    return LogPresenter(record, run, _with_unrewarded(rewarded, reached))


def achieved_by(results: Sequence[RecordResult], *, now: datetime) -> dict[UUID, list[AchievedMilestone]]:
    """Return the milestones that logs of a batch reached, in order of target, by log id; in one query."""
    reached = {one.log.id: some for one in results if (some := one.achievements)}
    if not reached:
        return {}
    (rewards,) = run_together(reward_presentation().of_logs(list(reached), now))
    achieved = _achieved(rewards)
    return {log_id: _with_unrewarded(achieved[log_id], some) for log_id, some in reached.items()}


def _with_unrewarded(rewarded: list[AchievedMilestone], reached: Sequence[Achievement]) -> list[AchievedMilestone]:
    """Add the milestones whose reward the member had already."""
    known = {one.milestone.pk for one in rewarded}
    unrewarded = [AchievedMilestone(one.milestone, None) for one in reached if one.milestone.pk not in known]
    return sorted([*rewarded, *unrewarded], key=_by_target)


def _run_of(result: RecordResult, now: datetime, language: str) -> RunPresenter:
    """Return the run of a log that was just recorded: the one that came with it, or else read again."""
    if result.current is None:
        return _run_around(result.log, now, language)
    run: Any = result.run
    read_clock(run, result.current.streak, now)
    read_protection([run], now)
    return RunPresenter(run, result.current.total, now, language)


def _run_around(log: Any, now: datetime, language: str) -> RunPresenter:
    """Return the run of a log by its period; its id may be gone, because runs can be joined meanwhile (S17)."""
    key = log.period_key
    around = StreakProgress.objects.select_related("member").filter(member=log.member_id, streak=log.streak_id)
    runs = list(around.filter(starts_on__lte=key, ends_on__gte=key))
    (presented,) = present_runs(runs, now=now, language=language)
    return presented


def _rewarded(result: RecordResult, member: Member, now: datetime) -> list[AchievedMilestone]:
    """Return the milestones that brought a reward: those that came with the log, or else read again."""
    rewards: Iterable[RewardPresenter]
    if result.current is None:
        (rewards,) = run_together(reward_presentation().of_logs([result.log.id], now))
    else:
        rewards = list(reward_presentation().issued(result.rewards, now))
        for reward in rewards:
            reward.member = member
    return _achieved(rewards)[result.log.id]


def _achieved(rewards: Iterable[RewardPresenter]) -> dict[UUID, list[AchievedMilestone]]:
    achieved: dict[UUID, list[AchievedMilestone]] = defaultdict(list)
    for reward in rewards:
        achieved[reward.streak_log_id].append(AchievedMilestone(reward.milestone, reward))
    return achieved


def _by_target(achieved: AchievedMilestone) -> tuple[int, UUID]:
    return achieved.milestone.milestone_target_value, achieved.milestone.pk
