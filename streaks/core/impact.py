"""What a change of facts does to the runs of a member, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from streaks.core.runs import RunStatus


class StoredRun(Protocol):
    """A run before or after the change."""

    starts_on: date
    ends_on: date
    current_progress_value: int
    breaks_at: datetime | None


@dataclass(slots=True)
class RunImpact:
    """How many runs live again, are joined from several, have more periods than before, are split, or break."""

    revived: int = 0
    joined: int = 0
    extended: int = 0
    split: int = 0
    broken: int = 0

    def add(self, before: Sequence[StoredRun], after: Sequence[StoredRun], *, clock: datetime) -> None:
        """Count what became of the runs of one member in one streak; `clock` decides which are broken."""
        for run in after:
            parts = [old for old in before if _meet(old, run)]
            was_alive = any(_status(old, clock) == RunStatus.IN_PROGRESS for old in parts)
            self.joined += len(parts) > 1
            self.extended += bool(parts) and run.current_progress_value > _highest(parts)
            self.revived += bool(parts) and not was_alive and _status(run, clock) == RunStatus.IN_PROGRESS
            self.broken += was_alive and _status(run, clock) == RunStatus.BROKEN
        self.split += sum(len([run for run in after if _meet(old, run)]) > 1 for old in before)


def _meet(one: StoredRun, other: StoredRun) -> bool:
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on


def _highest(runs: Sequence[StoredRun]) -> int:
    return max(run.current_progress_value for run in runs)


def _status(run: StoredRun, clock: datetime) -> RunStatus:
    if run.breaks_at is None:
        return RunStatus.COMPLETED
    return RunStatus.BROKEN if run.breaks_at <= clock else RunStatus.IN_PROGRESS
