"""The whole programme for one reader: live streaks, where the member stands in each, and the member's rewards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from gamopanda.accounts.models import Member
from gamopanda.api.lists.compiled_queries import deferred_query, run_together
from gamopanda.api.models import Status
from gamopanda.widget.display import WidgetDisplay, display_of, stored_display
from rewards.api.reading import rewards_of_member, rewards_of_members
from rewards.models import RewardLog
from streaks.core.periods import Calendar
from streaks.models import Milestone, Streak, StreakProgress, TaskProgress
from streaks.presenters.current_period import Clocks, CurrentPeriod, Totals, current_period, current_totals, read_clocks
from streaks.presenters.display import Display, addresses_by_name, display_for, situation_of
from streaks.presenters.protection import read_protection
from streaks.presenters.runs import read_clock
from streaks.progress.streak_cache import live_streaks

Earned = dict[UUID, list[RewardLog]]
"""A member's rewards, newest first, by milestone id."""


@dataclass(frozen=True, slots=True)
class MilestoneProgress:
    """A milestone, whether the displayed run has reached it, and the member's reward for it."""

    milestone: Milestone
    is_reached: bool
    reward_log: RewardLog | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.milestone, name)


@dataclass(frozen=True, slots=True)
class ProgrammeStreak:
    """A live streak with the member's newest run: None before the first, and for guests."""

    streak: Streak
    calendar: Calendar
    streak_progress: StreakProgress | None
    total: TaskProgress | None
    milestones: Sequence[MilestoneProgress]
    now: datetime
    language: str
    first_name: str = ""

    @property
    def task_progress(self) -> CurrentPeriod:
        """The current period; also before the first run."""
        run = self.streak_progress
        return current_period(self.streak, self.total, calendar=self.calendar, now=self.now, run=run)

    @property
    def display(self) -> Display:
        """The texts for the reader (S30–S33)."""
        situation = situation_of(self.streak, self.streak_progress, self.total, self.now, calendar=self.calendar)
        return display_for(self.streak, situation, self.language, first_name=self.first_name)

    @property
    def is_untouched(self) -> bool:
        """Return whether the reader has no activity in this streak, so that all such readers get the same."""
        nothing = self.streak_progress is None and self.total is None
        has_name = self.first_name and addresses_by_name(self.streak, self.language)
        is_alike = nothing and not has_name and self.calendar == self.streak.calendar
        return is_alike and not any(one.is_reached or one.reward_log for one in self.milestones)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.streak, name)


@dataclass(frozen=True, slots=True)
class Programme:
    """Everything for the display of one reader, read in a fixed number of queries."""

    language: str
    streaks: Sequence[ProgrammeStreak]
    rewards: Sequence[RewardLog]
    widget: WidgetDisplay


@dataclass(frozen=True, slots=True)
class CurrentState:
    """What is stored of one member: rewards, newest first, and the newest run in each live streak, by streak id."""

    member: Member
    rewards: Sequence[RewardLog]
    runs: Mapping[UUID, StreakProgress]

    def present(
        self,
        streaks: Sequence[Streak],
        totals: Totals,
        clocks: Clocks,
        widget: WidgetDisplay,
        *,
        now: datetime,
        language: str,
    ) -> Programme:
        """Return the programme for this member."""
        earned: Earned = defaultdict(list)
        for reward in self.rewards:
            reward.member = self.member
            earned[reward.milestone_id].append(reward)
        presented = []
        by_id = {streak.pk: streak for streak in streaks}
        visible_runs = {pk: run for pk, run in self.runs.items() if pk in by_id}
        for pk, newest in visible_runs.items():
            newest.member = self.member
            read_clock(newest, by_id[pk], now)
        read_protection(list(visible_runs.values()), now)
        for streak in streaks:
            run, total = visible_runs.get(streak.pk), totals.get((self.member.pk, streak.pk))
            ladder = milestone_progress_of(streak, run, earned)
            calendar = clocks.calendar_of(self.member.pk, streak)
            name = self.member.first_name
            presented.append(ProgrammeStreak(streak, calendar, run, total, ladder, now, language, name))
        return Programme(language, presented, self.rewards, widget)


def read_programme(member: Member | None, *, now: datetime, language: str) -> Programme:
    """Return the programme for a member, or (None) for guests and for end users who have done nothing so far."""
    if member is None:
        streaks, *display = run_together(live_streaks(now), *stored_display())
        return _without_member(streaks, display_of(*display, language=language), now, language)
    streaks, rewards, newest, *display = run_together(
        live_streaks(now),
        rewards_of_member(member.pk, now),
        deferred_query("newest runs", _newest_runs, member.pk),
        *stored_display(),
    )
    clocks = read_clocks([member.pk] if member.has_own_zone else [], streaks)
    totals = _totals([member.pk], streaks, clocks, now)
    current_state = CurrentState(member, rewards, {run.streak_id: run for run in newest})
    widget = display_of(*display, language=language)
    return current_state.present(streaks, totals, clocks, widget, now=now, language=language)


def _totals(member_ids: Iterable[UUID], streaks: Sequence[Streak], clocks: Clocks, now: datetime) -> Totals:
    pairs = product(member_ids, streaks)
    return current_totals((((pk, one.pk), clocks.calendar_of(pk, one)) for pk, one in pairs), now=now)


def read_programmes(members: Sequence[Member | None], *, now: datetime, language: str) -> list[Programme]:
    """Return the programme for each of many members, in order, in a fixed number of queries."""
    streaks, *display = run_together(live_streaks(now), *stored_display())
    widget = display_of(*display, language=language)
    there = {member.pk: member for member in members if member is not None}
    rewards: dict[UUID, list[RewardLog]] = defaultdict(list)
    for reward in rewards_of_members(list(there), now):
        rewards[reward.member_id].append(reward)
    runs: dict[UUID, dict[UUID, StreakProgress]] = defaultdict(dict)
    for run in _newest_runs_of_many(list(there), streaks):
        runs[run.member_id][run.streak_id] = run
    clocks = read_clocks([pk for pk, member in there.items() if member.has_own_zone], streaks)
    totals = _totals(there, streaks, clocks, now)
    return [
        _without_member(streaks, widget, now, language)
        if member is None
        else CurrentState(member, rewards[member.pk], runs[member.pk]).present(
            streaks, totals, clocks, widget, now=now, language=language
        )
        for member in members
    ]


def _without_member(streaks: Sequence[Streak], widget: WidgetDisplay, now: datetime, language: str) -> Programme:
    unstarted = [
        ProgrammeStreak(streak, streak.calendar, None, None, milestone_progress_of(streak, None, {}), now, language)
        for streak in streaks
    ]
    return Programme(language, unstarted, [], widget)


def _newest_runs(member_id: UUID) -> QuerySet[Any]:
    """Return the newest run of the member in each live streak."""
    runs = StreakProgress.objects.filter(member=member_id, streak=OuterRef("pk")).order_by("-ends_on", "-starts_on")
    live: QuerySet[Any] = Streak.objects.visible().filter(status=Status.LIVE).order_by()
    newest = live.annotate(run_id=Subquery(runs.values("pk")[:1])).values("run_id")
    return StreakProgress.objects.filter(pk__in=newest).order_by()


def _newest_runs_of_many(member_ids: Sequence[UUID], streaks: Sequence[Streak]) -> QuerySet[Any]:
    """Return the newest run of each member in each of these streaks."""
    place = Window(
        RowNumber(), partition_by=["member_id", "streak_id"], order_by=[F("ends_on").desc(), F("starts_on").desc()]
    )
    runs = StreakProgress.objects.filter(member__any_of=member_ids, streak__in=streaks)
    return runs.annotate(place=place).filter(place=1).order_by()


def milestone_progress_of(streak: Streak, run: StreakProgress | None, earned: Earned) -> list[MilestoneProgress]:
    """Return the progress of a member with a run at each milestone of a streak."""
    return [_progress_of(milestone, run, earned.get(milestone.pk, [])) for milestone in streak.milestones_to_reach()]


def _progress_of(milestone: Milestone, run: StreakProgress | None, earned: Sequence[RewardLog]) -> MilestoneProgress:
    """Tell whether the run has reached a milestone: once it has brought a reward, no correction undoes that (S9).

    A milestone that a member may earn once shows its reward in later runs too.
    """
    in_run = [reward for reward in earned if run is not None and reward.streak_progress_id == run.pk]
    has_risen = run is not None and milestone.milestone_target_value <= run.current_progress_value
    rewards = in_run or (earned if milestone.once_per_member else [])
    return MilestoneProgress(milestone, has_risen or bool(in_run), rewards[0] if rewards else None)
