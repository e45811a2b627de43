"""How streaks are doing: members alive, and how many runs were finished; a minute old at most."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count

from streaks.models import RunStatus, StreakProgress

SECONDS_KEPT = 60
CACHE_KEY = "streaks.admin.numbers"


@dataclass(frozen=True, slots=True)
class StreakNumbers:
    """Runs of one streak by their status as the clock has it (S16); one run in progress is one member alive (S18)."""

    alive: int = 0
    completed: int = 0
    broken: int = 0

    @property
    def completion_rate(self) -> int | None:
        """Completed runs in percent of all that ended, rounded down; None before the first has ended."""
        ended = self.completed + self.broken
        return None if ended == 0 else 100 * self.completed // ended


def count_runs(*, now: datetime) -> dict[UUID, StreakNumbers]:
    """Count the runs of every streak that has any, in one query over all runs."""
    counted: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = StreakProgress.objects.with_status(now).order_by().values_list("streak_id", "status").annotate(Count("pk"))
    for streak_id, status, number in rows:
        counted[streak_id][status] = number
    return {
        streak_id: StreakNumbers(
            alive=numbers.get(RunStatus.IN_PROGRESS, 0),
            completed=numbers.get(RunStatus.COMPLETED, 0),
            broken=numbers.get(RunStatus.BROKEN, 0),
        )
        for streak_id, numbers in counted.items()
    }


def recent_numbers(*, now: datetime) -> dict[UUID, StreakNumbers]:
    """Return the numbers of every streak that has any, counted within the last minute."""
    return cache.get_or_set(CACHE_KEY, lambda: count_runs(now=now), SECONDS_KEPT) or {}
