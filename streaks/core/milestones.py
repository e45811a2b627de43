"""Which milestones a change reaches (S20)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Protocol

from streaks.core.aggregation import Total
from streaks.core.runs import Run, RunChanges


class PlacedLog(Protocol):
    """A log whose period is decided."""

    activity_at: datetime
    period_key: date


@dataclass(frozen=True, slots=True)
class Achievement:
    """A milestone reached: in which run, with which log, and in which period of the run."""

    milestone: Any
    run: Run
    log: Any
    period_key: date


def find_achievements(
    changes: RunChanges, milestones: Sequence[Any], logs: Sequence[PlacedLog], totals: Mapping[date, Total]
) -> Iterator[Achievement]:
    """Yield the live milestones to which runs rose, each with the log that did it.

    `logs` are the new ones, at least one; `totals` include those of all periods that a run completed with them.
    """
    for run, before in changes.grown:
        for milestone in milestones:
            if before < milestone.milestone_target_value <= run.current_progress_value:
                yield _achievement(milestone, run, logs, totals)


def find_rises(changes: RunChanges, milestones: Sequence[Any], totals: Mapping[date, Total]) -> Iterator[Achievement]:
    """Yield the live milestones to which runs rose without a new log; the log of an achievement is None (S38).

    `totals` include those of all periods of the runs.
    """
    for run, before in changes.grown:
        for milestone in milestones:
            target = milestone.milestone_target_value
            if before < target <= run.current_progress_value:
                yield Achievement(milestone, run, None, _period_reached(target, run, totals.values()))


def _achievement(milestone: Any, run: Run, logs: Sequence[PlacedLog], totals: Mapping[date, Total]) -> Achievement:
    """Tell with which of the new logs, and in which period, a run rose to a milestone.

    A single log did it wherever it fell: a late one closes a gap before the period that counts up to the target. Of
    several it is the last one up to that period.
    """
    reached_on = _period_reached(milestone.milestone_target_value, run, totals.values())
    within = [log for log in logs if run.starts_on <= log.period_key <= run.ends_on]
    if not within:  # the borders of later runs have moved
        return Achievement(milestone, run, max(logs, key=attrgetter("activity_at")), reached_on)
    until = [log for log in within if log.period_key <= reached_on]
    log = max(until, key=attrgetter("activity_at")) if until else min(within, key=attrgetter("activity_at"))
    return Achievement(milestone, run, log, log.period_key)


def _period_reached(target: int, run: Run, totals: Iterable[Total]) -> date:
    """Return the period whose completion brought a run to a value; the last complete periods of it are loaded."""
    completed = sorted(
        total.period_key
        for total in totals
        if total.completed_at is not None and run.starts_on <= total.period_key <= run.ends_on
    )
    return completed[target - 1 - run.current_progress_value + len(completed)]
