"""What became of a log."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.refusal import Refused
from streaks.run_storage import Achievement


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the member of a log stands after it.

    The streak comes with its texts, live milestones and pauses; the total is that of its current period, None when
    nothing was logged in it.
    """

    streak: Streak
    total: TaskProgress | None


@dataclass(slots=True)
class Outcome:
    """What became of one log: recorded, a repeat of `existing_id` (S27), or refused (S26).

    `standing` and `rewards`, what was issued for the achievements, are there when they were read along.
    """

    log: StreakLog
    existing_id: UUID | None = None
    refusal: Refused | None = None
    run: StreakProgress | None = None
    achievements: list[Achievement] = field(default_factory=list)
    standing: Standing | None = None
    rewards: list[Any] = field(default_factory=list)

    @property
    def is_recorded(self) -> bool:
        """Whether the log is stored now."""
        return self.existing_id is None and self.refusal is None
