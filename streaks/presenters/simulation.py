"""What would become of sample activity in a streak: the real derivation, step by step; nothing is stored or issued."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from uuid_utils.compat import uuid7

from gamopanda.api.models import Status
from streaks.core.advance import Changes, History, advance, refold
from streaks.core.aggregation import Total
from streaks.core.facts import Log, MemberFacts
from streaks.core.milestones import Achievement
from streaks.core.rules import Rules
from streaks.core.runs import Run, RunStatus
from streaks.fields import as_units
from streaks.models import Milestone, Streak, StreakProgress, TaskProgress
from streaks.presenters.display import SAMPLE_FIRST_NAME, Display, display_for, situation_of
from streaks.presenters.protection import read_protection
from streaks.presenters.runs import read_clock
from streaks.progress.admission import Refused, find_refusal
from streaks.progress.freezes import room_for
from streaks.progress.shared_facts import read_shared_facts
from streaks.progress.store.orm import run_row, total_row
from streaks.progress.streak_cache import CachedStreak

MEMBER = UUID("00000000-0000-7000-8000-000000000001")
NO_FACTS = MemberFacts()


@dataclass(frozen=True, slots=True)
class SampleLog:
    """One imagined activity: when it happened, its value (None for a count), and when it became known."""

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
    log: SampleLog | None
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
    """A member who does not exist, as far as it is known: logs and totals by period, runs, rewards earned."""

    streak: Any
    rules: Rules
    language: str
    logged: dict[date, list[tuple[datetime, int | None]]] = field(default_factory=lambda: defaultdict(list))
    period_totals: dict[date, Total] = field(default_factory=dict)
    history: list[Run] = field(default_factory=list)
    rewards: list[tuple[Milestone, date]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    refused: list[tuple[SampleLog, Refused]] = field(default_factory=list)

    @property
    def totals(self) -> dict[date, TaskProgress]:
        """The totals, by period, as they would be stored."""
        return {key: total_row((MEMBER, self.streak.pk), total) for key, total in self.period_totals.items()}

    @property
    def runs(self) -> list[StreakProgress]:
        """The runs, in order, as they would be stored."""
        rows = [run_row((MEMBER, self.streak.pk), run) for run in self.history]
        for row in rows:
            row.streak = self.streak
        return rows

    def current_run(self) -> StreakProgress | None:
        """Return the newest run: the one whose texts are read."""
        return self.runs[-1] if self.history else None

    def display_at(self, now: datetime) -> Display:
        """Return what the member reads at an instant (S30–S33)."""
        calendar = self.rules.calendar
        task, run = self.totals.get(calendar.key_of(now)), self.current_run()
        if run is not None:
            run.rules = self.rules  # type: ignore[attr-defined]
            read_clock(run, self.streak, now)
            read_protection([run], now)
        situation = situation_of(self.streak, run, task, now, calendar)
        return display_for(self.streak, situation, self.language, first_name=SAMPLE_FIRST_NAME)


def simulate(
    streak: Streak,
    logs: Sequence[SampleLog],
    *,
    clock: datetime,
    language: str,
    facts: MemberFacts = NO_FACTS,
) -> Simulation:
    """Play activity in the order in which it becomes known, up to `clock`, and return how everything is then.

    The streak is taken as live; pauses that have ended excuse their periods (S19). Its pauses and visible milestones
    are read here, with two queries; nothing is written. The `facts` of the member are known all the time.
    """
    simulated = _as_live(streak)
    simulation = Simulation(simulated, facts.added_to(_rules_of(simulated)), language)
    for log in sorted(logs, key=lambda one: one.arrives_at):
        if log.arrives_at <= clock:
            _pass_deadline(simulation, log.arrives_at)
            _take(simulation, log)
    _pass_deadline(simulation, clock)
    return simulation


def _as_live(streak: Streak) -> Any:
    live = Milestone.objects.visible().filter(status=Status.LIVE)
    milestones = Prefetch("milestones", live, to_attr="live_milestones")
    simulated = Streak.objects.prefetch_related(milestones).get(pk=streak.pk)
    simulated.status, simulated.paused_at = Status.LIVE, None
    return simulated


def _rules_of(streak: Any) -> Rules:
    return CachedStreak.of(streak, "", read_shared_facts([streak])[streak.pk]).rules_for(MEMBER)


def _take(simulation: Simulation, log: SampleLog) -> None:
    """Count one log, and note what followed."""
    now, units = log.arrives_at, None if log.value is None else as_units(log.value)
    key = simulation.rules.calendar.key_of(log.activity_at)
    fact = Log(uuid7(), MEMBER, simulation.streak.pk, log.activity_at, "", "", units, key)
    refusal = find_refusal(fact, simulation.streak, Status.LIVE, now=now)
    if refusal is not None:
        simulation.refused.append((log, refusal))
        return
    history = History(totals=simulation.period_totals, runs=simulation.history, logged=dict(simulation.logged))
    changes = advance(history, [fact], simulation.rules, now)
    assert isinstance(changes, Changes), "all of the history is there"
    simulation.logged[key].append((log.activity_at, units))
    simulation.history = changes.runs.runs
    reached = list(_reach(simulation, changes.achievements))
    _give_freezes(simulation, reached, now)
    simulation.steps.append(_step(simulation, Happening.ACTIVITY, now, key, log=log, reached=reached))


def _reach(simulation: Simulation, achievements: Sequence[Achievement]) -> Iterator[Reached]:
    """Yield the milestones that were reached, and note the rewards that they earn."""
    for achievement in achievements:
        earns_reward = not _has_reward(simulation, achievement.milestone, achievement.run)
        if earns_reward:
            run = achievement.run
            simulation.rewards.append(
                (achievement.milestone, min(max(achievement.period_key, run.starts_on), run.ends_on))
            )
        yield Reached(achievement.milestone, earns_reward)


def _give_freezes(simulation: Simulation, reached: Sequence[Reached], now: datetime) -> None:
    """Give the freezes that milestones give, as far as there is room for them (S47)."""
    earned = sum(one.milestone.freeze_reward for one in reached if one.earns_reward)
    quantity = min(earned, room_for(simulation.rules, simulation.history[-1], now)) if earned else 0
    if quantity:
        grant = simulation.rules.calendar.key_of(now), quantity
        simulation.rules = replace(simulation.rules, grants=(*simulation.rules.grants, grant))
        history = History(totals=simulation.period_totals, runs=simulation.history)
        simulation.history = refold(history, simulation.rules, now).runs.runs


def _has_reward(simulation: Simulation, milestone: Milestone, run: Run) -> bool:
    """Say whether the run, or a member who may have it once, has the reward already (S21)."""
    periods = [key for earned, key in simulation.rewards if earned.pk == milestone.pk]
    return any(milestone.once_per_member or run.starts_on <= key <= run.ends_on for key in periods)


def _pass_deadline(simulation: Simulation, until: datetime) -> None:
    """Note that the run in progress broke by the clock alone (S14, S16)."""
    run = simulation.current_run()
    was_alive = simulation.steps and simulation.steps[-1].status is RunStatus.IN_PROGRESS
    if was_alive and run is not None and run.breaks_at is not None and run.breaks_at <= until:
        simulation.steps.append(_step(simulation, Happening.BREAK, run.breaks_at, run.ends_on))


def _step(
    simulation: Simulation,
    happening: Happening,
    at: datetime,
    key: date,
    *,
    log: SampleLog | None = None,
    reached: Sequence[Reached] = (),
) -> Step:
    run, total = simulation.current_run(), simulation.totals.get(key)
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
