"""How streaks went: everything counted in one round, which can be repeated at any time.

Pages read the tallies. Their number depends on days and on the lengths of streaks, never on how many members there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from streaks.core.periods import Calendar, PeriodKind
from streaks.models import (
    DayTally,
    RunStatus,
    RunTally,
    SavedBy,
    SavedTally,
    StreakExcuse,
    StreakLog,
    StreakProgress,
    TallyRound,
)
from streaks.progress import signals

# Charts go back this far, today included.
DAYS_COUNTED = 30
BATCH = 2_000


@dataclass(slots=True)
class StreakNumbers:
    """Runs of one streak by their status, as last counted (S16); one in progress is one member alive (S18)."""

    alive: int = 0
    completed: int = 0
    broken: int = 0
    participants: int = 0

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return self.alive + self.completed + self.broken

    @property
    def returns(self) -> int:
        """How many runs were not the first one of their member."""
        return self.runs - self.participants

    @property
    def completion_rate(self) -> int | None:
        """Completed runs in percent of all that ended; None before the first has ended."""
        ended = self.completed + self.broken
        return percent(self.completed, ended) if ended else None


@dataclass(slots=True)
class RunResults:
    """What became of the runs of one streak of `length` periods that began in a range of days.

    `length` is the most under any version of the rules. `reached[n]` is how many got to `n` periods; `unbroken_at[n]`
    how many are in progress or completed with `n`; `broken_at[n]` how many broke in the period after `n` completed
    ones; `broken_on` counts these by day of the week, Monday first; `cohorts` has the same by the Monday of the week in
    which they began.
    """

    length: int
    numbers: StreakNumbers = field(default_factory=StreakNumbers)
    reached: list[int] = field(default_factory=list)
    unbroken_at: list[int] = field(default_factory=list)
    broken_at: list[int] = field(default_factory=list)
    broken_on: list[int] = field(default_factory=lambda: [0] * 7)
    cohorts: dict[date, "RunResults"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.reached, self.unbroken_at = [0] * (self.length + 1), [0] * (self.length + 1)
        self.broken_at = [0] * self.length

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return self.numbers.runs

    def add(self, tally: RunTally) -> None:
        """Count some runs."""
        _add(self.numbers, tally.status, tally.is_first, tally.runs)
        for periods in range(tally.progress_value + 1):
            self.reached[periods] += tally.runs
        if tally.status != RunStatus.BROKEN:
            self.unbroken_at[tally.progress_value] += tally.runs
            return
        self.broken_at[tally.progress_value] += tally.runs
        self.broken_on[tally.ends_on.weekday()] += tally.runs

    def survival(self) -> list[float | None]:
        """Return for each number of periods which part of the runs gets there; None where none has had the time.

        A run that has not broken counts as far as it has got, and not as dropped after that (Kaplan and Meier).
        """
        shares: list[float | None] = [1.0 if self.runs else None]
        for periods in range(1, self.length + 1):
            before, at_risk = shares[-1], self.reached[periods - 1] - self.unbroken_at[periods - 1]
            shares.append(None if before is None or not at_risk else before * self.reached[periods] / at_risk)
        return shares


def count_results(*, now: datetime) -> TallyRound:
    """Count everything anew, in one transaction."""
    started = monotonic()
    with transaction.atomic():
        # A count at the same time waits here, and counts again.
        TallyRound.objects.update_or_create(pk=1, defaults={"counted_at": now, "milliseconds": 0})
        _count_runs(now)
        _count_saved()
        _count_days(now)
        signals.results_counted.send(sender=TallyRound, now=now)
        milliseconds = round(1000 * (monotonic() - started))
        return TallyRound.objects.update_or_create(pk=1, defaults={"milliseconds": milliseconds})[0]


def recent_round(*, now: datetime) -> TallyRound:
    """Return the round whose numbers a page shows, after counting anew where that takes no longer than a glance."""
    last = TallyRound.objects.first()
    return count_results(now=now) if last is None or last.is_due(now) else last


def is_first() -> Any:
    """Return the condition for runs that are the first one of their member in their streak."""
    earlier = StreakProgress.objects.filter(
        member=OuterRef("member"), streak=OuterRef("streak"), starts_on__lt=OuterRef("starts_on")
    )
    return ~Exists(earlier)


def logs_today(now: datetime) -> QuerySet[StreakLog]:
    """Return the logs of what members did today, on the clock of this installation."""
    begins_at = start_of(day_at(now))
    # What happened today has come in since the day before, or a few minutes early (S1): that has an index.
    real = StreakLog.objects.filter(member__sandbox=False)
    return real.filter(created_at__gte=begins_at - timedelta(days=1), activity_at__gte=begins_at).order_by()


def at_risk_today(now: datetime) -> Q:
    """Return the condition for runs that break today unless more comes; a pause stops the clock (S19)."""
    until = start_of(day_at(now) + timedelta(days=1))
    running = Q(stored_status=RunStatus.IN_PROGRESS, breaks_at__gt=now, breaks_at__lte=until)
    return running & Q(streak__paused_at=None, streak__deleted_at=None)


def _count_runs(now: datetime) -> None:
    counted = (
        StreakProgress.objects.with_status(now)
        .filter(member__sandbox=False)
        .annotate(is_first=is_first())
        .order_by()
        .values_list("streak_id", "starts_on", "ends_on", "status", "current_progress_value", "is_first")
        .annotate(runs=Count("pk"))
    )
    names = ("streak_id", "starts_on", "ends_on", "status", "progress_value", "is_first", "runs")
    replace_tallies(RunTally, names, counted.iterator(BATCH))


def replace_tallies(model: type[models.Model], names: Sequence[str], counted: Iterable[Sequence[Any]]) -> None:
    """Put what was counted, in rows with these attributes, in the place of all tallies of a model."""
    model._default_manager.all().delete()
    tallies = (model(**dict(zip(names, row, strict=True))) for row in counted)
    model._default_manager.bulk_create(tallies, batch_size=BATCH)


def _count_saved() -> None:
    """Count the runs that were frozen or excused, by what; a type of excuse that is not there costs nothing."""
    types = [SavedBy.FROZEN.value, *StreakExcuse.objects.order_by().values_list("kind", flat=True).distinct()]
    rows = [
        (streak_id, starts_on, reason, runs)
        for reason in types
        for streak_id, starts_on, runs in StreakProgress.objects.filter(saved_by(reason), member__sandbox=False)
        .order_by()
        .values_list("streak_id", "starts_on")
        .annotate(runs=Count("pk"))
    ]
    replace_tallies(SavedTally, ("streak_id", "starts_on", "saved_by", "runs"), rows)


def _count_days(now: datetime) -> None:
    """Count the logs of the last days anew, by the day on which the activity happened: a late one changes that day."""
    zone = ZoneInfo(settings.GAMOPANDA_TIME_ZONE)
    begins_at = start_of(day_at(now) - timedelta(days=DAYS_COUNTED - 1))
    counted = (
        StreakLog.objects.filter(activity_at__gte=begins_at, member__sandbox=False)
        .annotate(day=TruncDate("activity_at", tzinfo=zone))
        .order_by()
        .values_list("streak_id", "day")
        .annotate(members=Count("member", distinct=True), logs=Count("pk"))
    )
    replace_tallies(DayTally, ("streak_id", "day", "members", "logs"), counted)


def numbers_of_streaks() -> dict[UUID, StreakNumbers]:
    """Return the numbers of every streak that has runs, as last counted, with one query."""
    numbers: dict[UUID, StreakNumbers] = defaultdict(StreakNumbers)
    rows = RunTally.objects.order_by().values_list("streak_id", "status", "is_first").annotate(Sum("runs"))
    for streak_id, status, is_first, runs in rows:
        _add(numbers[streak_id], status, is_first, runs)
    return dict(numbers)


def _add(numbers: StreakNumbers, status: str, is_first: bool, runs: int) -> None:
    numbers.alive += runs if status == RunStatus.IN_PROGRESS else 0
    numbers.completed += runs if status == RunStatus.COMPLETED else 0
    numbers.broken += runs if status == RunStatus.BROKEN else 0
    numbers.participants += runs if is_first else 0


def results_of(streak_id: UUID, length: int, *, since: date, until: date) -> RunResults:
    """Sum up the runs of a streak of `length` periods that began from `since` to `until`, both included."""
    results = RunResults(length)
    for tally in RunTally.objects.filter(streak=streak_id, starts_on__range=(since, until)).order_by("starts_on"):
        monday = tally.starts_on - timedelta(days=tally.starts_on.weekday())
        results.add(tally)
        results.cohorts.setdefault(monday, RunResults(length)).add(tally)
    return results


def saved_runs(streak_id: UUID, *, since: date, until: date) -> dict[str, int]:
    """Return how many runs that began in a range have periods that were frozen or excused, by what."""
    tallies = SavedTally.objects.filter(streak=streak_id, starts_on__range=(since, until)).order_by()
    return dict(tallies.values_list("saved_by").annotate(Sum("runs")))


def saved_by(reason: str) -> Q:
    """Return the condition for runs that were frozen, or that an excuse of a type lies in."""
    if reason == SavedBy.FROZEN:
        return Q(frozen_periods__isnull=False)
    within = {"starts_on__lte": OuterRef("ends_on"), "ends_on__gte": OuterRef("starts_on")}
    excuses = StreakExcuse.objects.filter(kind=reason, revoked_at=None, **within)
    here = excuses.filter(Q(streak=None) | Q(streak=OuterRef("streak")))
    of_everybody = Exists(here.filter(member=None, is_for_list=False))
    of_list = Exists(here.filter(is_for_list=True, members__member=OuterRef("member")))
    return Q(Exists(here.filter(member=OuterRef("member")))) | Q(of_everybody) | Q(of_list)


def percent(part: int, whole: int) -> int:
    """Return a part in percent of a whole, rounded; 0 of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def day_at(now: datetime) -> date:
    """Return the day on the clock of this installation."""
    return now.astimezone(ZoneInfo(settings.GAMOPANDA_TIME_ZONE)).date()


def start_of(day: date) -> datetime:
    """Return the instant at which a day begins on the clock of this installation (S4)."""
    zone = ZoneInfo(settings.GAMOPANDA_TIME_ZONE)
    return Calendar(PeriodKind.DAILY, zone, settings.GAMOPANDA_FIRST_DAY_OF_WEEK).starts_at(day)


def days_until(last: date, number: int) -> list[date]:
    """Return the last `number` days up to `last`, in order."""
    return [last - timedelta(days=back) for back in reversed(range(number))]


def count_by_day(tallies: "QuerySet[DayTally] | QuerySet[RunTally]", day: str, number: str) -> dict[date, int]:
    """Sum up `number` of tallies by the column `day`."""
    return dict(tallies.order_by().values_list(day).annotate(Sum(number)))


def members_by_day(streak_ids: Iterable[UUID], days: list[date]) -> Iterator[tuple[UUID, list[int]]]:
    """Yield for each streak how many members were active on each of some days, with one query."""
    found: dict[UUID, dict[date, int]] = defaultdict(dict)
    rows = DayTally.objects.filter(streak__in=list(streak_ids), day__range=(days[0], days[-1]))
    for streak_id, day, members in rows.values_list("streak_id", "day", "members"):
        found[streak_id][day] = members
    for streak_id in streak_ids:
        yield streak_id, [found[streak_id].get(day, 0) for day in days]
