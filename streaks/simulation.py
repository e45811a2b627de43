"""What would become of made-up activity in a streak: the real rules, step by step, with nothing stored or issued.

Totals, runs and texts come from the functions that record real activity; only the database is left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from gamopanda.api.models import Status
from streaks.core.runs import PeriodTotal, RunStatus, fold
from streaks.derivation import Entry, new_total
from streaks.models import AggregationMethod, Milestone, Streak, StreakProgress, TaskProgress
from streaks.presenters.display import Display, display_for, situation_of
from streaks.run_storage import reconcile

MEMBER = UUID("00000000-0000-7000-8000-000000000001")


@dataclass(frozen=True, slots=True)
class MadeUpLog:
    """One activity that nobody did: when it happened, its value (None for a count), and when it became known."""

    activity_at: datetime
    value: Decimal | None
    arrives_at: datetime


class Happening(StrEnum):
    """What a step is about: activity that came in, or a deadline that passed."""

    ACTIVITY = "activity"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Reached:
    """A milestone that a step reached (S20); it earns no reward where the run or the member has it already (S21)."""

    milestone: Milestone
    earns_reward: bool


@dataclass(frozen=True, slots=True)
class Step:
    """How things stood after something happened at `at`: the period concerned, the shown run, and what was read."""

    happening: Happening
    at: datetime
    log: MadeUpLog | None
    period_key: date
    total: Decimal
    is_complete: bool
    status: RunStatus | None
    value: int
    reached: Sequence[Reached]
    display: Display

    @property
    def is_late(self) -> bool:
        """Whether the activity became known after it happened."""
        return self.log is not None and self.log.arrives_at > self.log.activity_at


@dataclass(slots=True)
class Simulation:
    """A member who does not exist, as known so far: logs by period, runs as they would be stored, rewards earned."""

    streak: Any
    language: str
    entries: dict[date, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    totals: dict[date, TaskProgress] = field(default_factory=dict)
    runs: list[StreakProgress] = field(default_factory=list)
    rewards: list[tuple[Milestone, date]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def shown_run(self) -> StreakProgress | None:
        """Return the newest run: the one whose texts are read."""
        return self.runs[-1] if self.runs else None

    def display_at(self, now: datetime) -> Display:
        """Return what the member reads at an instant (S30–S33)."""
        task = self.totals.get(self.streak.calendar.key_of(now))
        return display_for(self.streak, situation_of(self.streak, self.shown_run(), task, now), self.language)


def simulate(streak: Streak, logs: Sequence[MadeUpLog], *, clock: datetime, language: str) -> Simulation:
    """Play activity in the order in which it becomes known, up to `clock`, and return how everything stands then.

    The streak is taken as live; pauses that have ended excuse their periods (S19). Its pauses and visible milestones
    are read here, with two queries; nothing is written.
    """
    simulation = Simulation(_as_live(streak), language)
    for log in sorted(logs, key=lambda one: one.arrives_at):
        if log.arrives_at <= clock:
            _pass_deadline(simulation, log.arrives_at)
            _take(simulation, log)
    _pass_deadline(simulation, clock)
    return simulation


def _as_live(streak: Any) -> Any:
    simulated = Streak.objects.prefetch_related("pauses").get(pk=streak.pk)
    simulated.paused_at = None
    milestones = list(Milestone.objects.visible().filter(streak=streak.pk))
    simulated._prefetched_objects_cache["milestones"] = milestones  # type: ignore[attr-defined]
    return simulated


def _take(simulation: Simulation, log: MadeUpLog) -> None:
    """Count one log, and note what followed."""
    streak, now = simulation.streak, log.arrives_at
    key = streak.calendar.key_of(log.activity_at)
    entries = simulation.entries[key]
    entries.append((log.activity_at, _amount(streak, log)))
    entries.sort(key=lambda entry: entry[0])
    target = streak.aggregation_target_value
    simulation.totals[key] = new_total(MEMBER, streak.pk, key, entries, target)
    risen = _fold(simulation, now)
    reached = [] if _is_correction(streak, log) else list(_reach(simulation, risen, key))
    simulation.steps.append(_step(simulation, Happening.ACTIVITY, now, key, log=log, reached=reached))


def _amount(streak: Streak, log: MadeUpLog) -> Decimal:
    return Decimal(1) if streak.aggregation_method == AggregationMethod.COUNT else log.value or Decimal(0)


def _is_correction(streak: Streak, log: MadeUpLog) -> bool:
    """Say whether a log takes from a sum: then it reaches no milestone (S9, S20)."""
    return streak.aggregation_method == AggregationMethod.SUM and log.value is not None and log.value < 0


def _fold(simulation: Simulation, now: datetime) -> list[tuple[StreakProgress, int]]:
    """Fold all totals anew; return the runs that rose, each with the highest value that it had before."""
    streak = simulation.streak
    rows = (simulation.totals[key] for key in sorted(simulation.totals))
    totals = (PeriodTotal(row.period_key, row.first_activity_at, row.completed_at) for row in rows)
    runs = list(fold(totals, streak.rules))
    stretch = reconcile((MEMBER, streak.pk), simulation.runs, runs, clock=now, now=now)
    for run in stretch.rows:
        run.streak = streak
    simulation.runs = stretch.rows
    return stretch.risen


def _reach(simulation: Simulation, risen: Sequence[tuple[StreakProgress, int]], key: date) -> Iterator[Reached]:
    """Yield the live milestones between what a run had and what it has (S20)."""
    live = [one for one in simulation.streak.milestones.all() if one.status == Status.LIVE]
    for run, before in risen:
        for milestone in live:
            if before < milestone.milestone_target_value <= run.current_progress_value:
                earns_reward = not _has_reward(simulation, milestone, run)
                if earns_reward:
                    simulation.rewards.append((milestone, min(max(key, run.starts_on), run.ends_on)))
                yield Reached(milestone, earns_reward)


def _has_reward(simulation: Simulation, milestone: Milestone, run: StreakProgress) -> bool:
    """Say whether the run, or a member who may have it once, has the reward already (S21)."""
    periods = [key for earned, key in simulation.rewards if earned.pk == milestone.pk]
    return any(milestone.once_per_member or run.starts_on <= key <= run.ends_on for key in periods)


def _pass_deadline(simulation: Simulation, until: datetime) -> None:
    """Note that the run in progress broke by the clock alone (S14, S16)."""
    run = simulation.shown_run()
    was_alive = simulation.steps and simulation.steps[-1].status is RunStatus.IN_PROGRESS
    if was_alive and run is not None and run.breaks_at is not None and run.breaks_at <= until:
        simulation.steps.append(_step(simulation, Happening.BREAK, run.breaks_at, run.ends_on))


def _step(
    simulation: Simulation,
    happening: Happening,
    at: datetime,
    key: date,
    *,
    log: MadeUpLog | None = None,
    reached: Sequence[Reached] = (),
) -> Step:
    run, total = simulation.shown_run(), simulation.totals.get(key)
    return Step(
        happening=happening,
        at=at,
        log=log,
        period_key=key,
        total=Decimal(0) if total is None else total.total,
        is_complete=total is not None and total.completed_at is not None,
        status=None if run is None else run.status_at(at),
        value=0 if run is None else run.current_progress_value,
        reached=reached,
        display=simulation.display_at(at),
    )
