"""One member, one streak, and words to record activity with, for tests of the write path."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gamopanda.accounts.models import Member
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress.recording import RecordResult
from streaks.progress.service import record_log
from streaks.tests.calling import make_member, make_streak

NOW = datetime(2026, 3, 31, 20, tzinfo=UTC)


def noon(day: int) -> datetime:
    """Noon UTC of a day in March 2026."""
    return datetime(2026, 3, day, 12, tzinfo=UTC)


@dataclass
class Case:
    """A member and a streak; identifiers are counted up, and the clock stands at the latest activity recorded."""

    member: Member
    streak: Streak
    count: int = 0
    clock: datetime = datetime(1, 1, 1, tzinfo=UTC)

    def log(self, day: int, value: Any = 50, *, hours: float = 0, identifier: str = "") -> StreakLog:
        """An unsaved log at noon of a day in March 2026, moved by some hours."""
        self.count += 1
        return StreakLog(
            member=self.member,
            streak=self.streak,
            activity_at=noon(day) + timedelta(hours=hours),
            activity_id="made_a_purchase",
            unique_identifier=identifier or f"order-{self.count}",
            activity_value=None if value is None else Decimal(str(value)),
        )

    def record(self, day: int, value: Any = 50, *, now: datetime | None = None, **place: Any) -> RecordResult:
        """Record one log, on time or late."""
        log = self.log(day, value, **place)
        self.clock = max(self.clock, log.activity_at)
        return record_log(log, now=now or self.clock)

    def record_days(self, *days: int) -> list[RecordResult]:
        """Record a log that completes each of some days, in the order given."""
        return [self.record(day) for day in days]

    def runs(self, now: datetime = NOW) -> list[tuple[str, int, int, int]]:
        """The runs in order: status by the clock, value, first and last day in March."""
        rows = StreakProgress.objects.filter(member=self.member, streak=self.streak).with_status(now)
        return [
            (r.status, r.current_progress_value, r.starts_on.day, r.ends_on.day) for r in rows.order_by("starts_on")
        ]

    def run_ids(self) -> list[Any]:
        """The ids of the runs in order."""
        rows = StreakProgress.objects.filter(member=self.member, streak=self.streak)
        return list(rows.order_by("starts_on").values_list("pk", flat=True))

    def rewards(self) -> list[tuple[int, int]]:
        """The rewards in order of issue: target of the milestone, day of the period."""
        rows = (
            RewardLog.objects.filter(member=self.member, streak=self.streak).order_by("pk").select_related("milestone")
        )
        return [(row.milestone.milestone_target_value, row.period_key.day) for row in rows]


def make_case(external_id: str = "ann", **rules: Any) -> Case:
    """A fresh member in a fresh live streak of $50 a day for 7 days."""
    return Case(make_member(external_id), make_streak(**rules))


def march(day: int) -> date:
    """A day in March 2026."""
    return date(2026, 3, day)


def counts() -> tuple[int, int, int]:
    """How many logs, totals and runs there are."""
    return StreakLog.objects.count(), TaskProgress.objects.count(), StreakProgress.objects.count()
