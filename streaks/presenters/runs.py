"""Runs with the data that a page or an answer shows beside them, read for many runs at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from gamopanda.accounts.models import Member
from gamopanda.api.lists.compiled_queries import run_together
from streaks.models import RunStatus, Streak, StreakProgress, TaskProgress
from streaks.models.querysets import is_reached_before
from streaks.presenters.current_period import CurrentPeriod, current_period, current_totals
from streaks.presenters.display import Display, display_for, situation_of
from streaks.presenters.protection import read_protection
from streaks.progress.streak_cache import streaks_by_id


@dataclass(frozen=True, slots=True)
class RunPresenter:
    """A run, with the total of its member in the current period of its streak."""

    run: StreakProgress
    total: TaskProgress | None
    now: datetime
    language: str

    @property
    def task_progress(self) -> CurrentPeriod:
        """Return the current period; a run that is over has one too."""
        run: Any = self.run
        return current_period(run.streak, self.total, calendar=run.rules.calendar, now=self.now, run=run)

    @property
    def display(self) -> Display:
        """Return the texts for the member (S30–S33)."""
        run: Any = self.run
        situation = situation_of(run.streak, run, self.total, self.now, calendar=run.rules.calendar)
        return display_for(run.streak, situation, self.language, first_name=run.member.first_name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.run, name)


def read_runs(now: datetime) -> QuerySet[Any]:
    """Return all runs, to be filtered and sorted by `status`, `broken_at` and `due_at` as they are at `now` (S16).

    `due_at` is when a run breaks if nothing more comes; null when the run is over, while the streak is paused, and
    where the streak ends before (S57).
    """
    runs: QuerySet[Any] = StreakProgress.objects.by_status(now).select_related("member")
    due_at = Case(
        When(
            is_reached_before("streak__ends_at"),
            status=RunStatus.IN_PROGRESS,
            streak__paused_at=None,
            then=F("breaks_at"),
        )
    )
    due: QuerySet[Any] = runs.alias(due_at=due_at)
    return due


def newest_runs(streak: Streak, members: Collection[Member]) -> dict[UUID, StreakProgress]:
    """Return the newest run of each of these members in a streak, by member id; in one query."""
    runs = StreakProgress.objects.filter(member=OuterRef("pk"), streak=streak).order_by("-ends_on", "-starts_on")
    of_members = Member.objects.filter(pk__any_of=[member.pk for member in members]).order_by()
    newest = of_members.annotate(run_id=Subquery(runs.values("pk")[:1])).values("run_id")
    found: QuerySet[Any] = StreakProgress.objects.select_related("member").filter(pk__in=newest).order_by()
    return {run.member_id: run for run in found}


def read_clock(run: Any, streak: Streak, now: datetime) -> None:
    """Set `streak`, `status`, `broken_at` and `due_at` of a run, as `read_runs` has them."""
    run.streak = streak
    run.status = run.status_at(now)
    run.broken_at = run.breaks_at if run.status == RunStatus.BROKEN else None
    is_alive = run.status == RunStatus.IN_PROGRESS
    run.due_at = run.breaks_at if is_alive and streak.is_ticking_until(run.breaks_at) else None


def present_runs(runs: Sequence[StreakProgress], *, now: datetime, language: str) -> list[RunPresenter]:
    """Return a presenter for each run, in order, with a fixed number of queries."""
    (streaks,) = run_together(streaks_by_id({run.streak_id for run in runs}))
    return present_runs_of(streaks, runs, now=now, language=language)


def present_runs_of(
    streaks: Mapping[UUID, Streak], runs: Sequence[StreakProgress], *, now: datetime, language: str
) -> list[RunPresenter]:
    """Return a presenter for each run, in order, given the streaks by id."""
    for run in runs:
        read_clock(run, streaks[run.streak_id], now)
    read_protection(runs, now)
    clocks: Any = (((run.member_id, run.streak_id), run.rules.calendar) for run in runs)  # type: ignore[attr-defined]
    totals = current_totals(clocks, now=now)
    return [RunPresenter(run, totals.get((run.member_id, run.streak_id)), now, language) for run in runs]
