"""What follows from the logs of a batch that take the straight road: totals, runs and milestones, member by member.

Whole numbers and places in columns stand for decimals, instants and records: a batch has tens of thousands of each.
The rules are those of `streaks.core`; what a batch and the last run before it cannot tell is left to `record_logs`.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain, groupby
from typing import TypeVar
from uuid import UUID

from streaks.core.periods import Calendar
from streaks.core.runs import PeriodTotal, Rules, Run, fold
from streaks.derivation import extend_total
from streaks.fields import DECIMAL_PLACES, MAX_VALUE
from streaks.models import AggregationMethod, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.packed_rows import EPOCH, microseconds
from streaks.refusal import CLOCK_TOLERANCE, EARLIEST
from streaks.run_storage import Stretch, as_run, reconcile

Owner = TypeVar("Owner", bound=Hashable)
_HOUR = timedelta(hours=1)
_HOUR_OF_MICROSECONDS = 3_600_000_000
_MOST = int(MAX_VALUE.scaleb(DECIMAL_PLACES))
_EARLIEST = microseconds(EARLIEST)


@dataclass(frozen=True, slots=True)
class Batch:
    """Logs of one streak, column by column, in the order in which they came in, and the places of those of each member.

    Values are in ten-thousandths, as the database keeps them, and like all else checked for shape.
    """

    streak_id: UUID
    ids: Sequence[bytes]
    places: Mapping[UUID, Sequence[int]]
    instants: Sequence[datetime]
    activity_ids: Sequence[str]
    identifiers: Sequence[str]
    values: Sequence[int | None]

    @classmethod
    def of(cls, logs: Sequence[StreakLog]) -> "Batch":
        """Take unsaved logs of one streak."""
        units = StreakLog._meta.get_field("activity_value").get_prep_value
        return cls(
            logs[0].streak_id,
            [log.pk.bytes for log in logs],
            places_of_each(log.member_id for log in logs),
            [log.activity_at for log in logs],
            [log.activity_id for log in logs],
            [log.unique_identifier for log in logs],
            [units(log.activity_value) for log in logs],
        )


def places_of_each(owners: Iterable[Owner]) -> dict[Owner, list[int]]:
    """Return at which places each of them stands."""
    places: dict[Owner, list[int]] = defaultdict(list)
    for place, owner in enumerate(owners):
        places[owner].append(place)
    return places


class PeriodKeys(dict[int, "date | None"]):
    """The period of each hour since 2000, or before; None for an hour in which another one begins (S4)."""

    def __init__(self, calendar: Calendar) -> None:
        super().__init__()
        self.calendar = calendar

    def __missing__(self, hour: int) -> date | None:
        begin = EPOCH + hour * _HOUR
        key = self.calendar.key_of(begin)
        self[hour] = key if begin + _HOUR <= self.calendar.ends_at(key) else None
        return self[hour]

    def of_all(self, instants: Iterable[int]) -> list[date]:
        """Return the periods of instants, given in microseconds (S2, S3)."""
        return [self[at // _HOUR_OF_MICROSECONDS] or self._exactly(at) for at in instants]

    def _exactly(self, at: int) -> date:
        return self.calendar.key_of(EPOCH + timedelta(microseconds=at))


class Columns:
    """What the rules look at, by place: microseconds, what each log adds up in ten-thousandths (S6), and its period.

    Logs that may not come in are `refused`; theirs is not filled in. With those that take from a sum they are `unfit`.
    """

    def __init__(self, batch: Batch, streak: Streak, now: datetime) -> None:
        self.batch = batch
        is_sum = streak.aggregation_method == AggregationMethod.SUM
        self.target = int(streak.aggregation_target_value.scaleb(DECIMAL_PLACES))
        # An instant without an offset is no instant: it is refused as one before all others.
        self.at = [_EARLIEST - 1 if instant.tzinfo is None else microseconds(instant) for instant in batch.instants]
        latest = microseconds(now + CLOCK_TOLERANCE)
        self.refused = {
            place
            for place, (at, value) in enumerate(zip(self.at, batch.values, strict=True))
            if not (_EARLIEST <= at <= latest and (not is_sum if value is None else -_MOST <= value <= _MOST))
        }
        corrections = {place for place, value in enumerate(batch.values) if is_sum and (value or 0) < 0}
        self.unfit = self.refused | corrections
        self.amounts: Sequence[int] = [value or 0 for value in batch.values] if is_sum else [10_000] * len(self.at)
        within = (0 if place in self.refused else at for place, at in enumerate(self.at)) if self.refused else self.at
        self.keys = PeriodKeys(streak.calendar).of_all(within)


@dataclass(frozen=True, slots=True)
class NewTotal:
    """The total of a period that had none before: its first and last log, and the one that completed it, by place."""

    key: date
    amount: int
    log_count: int
    first: int
    last: int
    completed: int | None


@dataclass(slots=True)
class Progress:
    """What follows from the logs of one member, given as places in order of time.

    Where a stored run goes on or breaks, the `stretch` has the rows of the runs; else all `runs` are new. `completed`
    has the periods that were completed, in order, each with the last log in it.
    """

    member_id: UUID
    places: Sequence[int]
    totals: Sequence[NewTotal]
    completed: dict[date, int]
    runs: Sequence[Run] = ()
    extended: Sequence[TaskProgress] = ()
    stretch: Stretch | None = None


@dataclass(slots=True)
class Stored:
    """The last run of a member, and the totals of the periods in which there are new logs.

    `last_at` is when the last log happened that is stored of the member, in microseconds.
    """

    run: StreakProgress
    last_at: int
    totals: dict[date, TaskProgress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derivation:
    """Derives for one member after the other; None where a batch and the last run do not tell what follows."""

    columns: Columns
    rules: Rules
    now: datetime

    def start(self, member_id: UUID, places: Sequence[int]) -> Progress | None:
        """Derive what follows from the first logs of a member (S6–S14)."""
        totals = add_up(places, self.columns)
        if not _are_in_range(totals):
            return None
        runs = list(fold(self._periods(totals), self.rules))
        return Progress(member_id, places, totals, _completed(totals), runs)

    def go_on(self, member_id: UUID, places: Sequence[int], stored: Stored) -> Progress | None:
        """Derive what follows from more logs of a member who has a run.

        Logs may count in complete periods of the last run, which stay as they were, and in periods from the one that
        is due on. Then the run goes on from where it stands, however long it is.
        """
        run, keys = stored.run, self.columns.keys
        if run.breaks_at is not None and run.breaks_at != self.rules.calendar.ends_at(run.ends_on):
            return None
        added = [place for place in places if keys[place] not in stored.totals]
        if any(keys[place] < run.ends_on or (keys[place] == run.ends_on and run.breaks_at is None) for place in added):
            return None
        if not all(self._extend(total, places, run) for total in stored.totals.values()):
            return None
        totals = add_up(added, self.columns)
        if not _are_in_range(totals):
            return None
        progress = Progress(member_id, places, totals, _completed(totals), extended=list(stored.totals.values()))
        return self._fold_on(progress, stored)

    def _extend(self, total: TaskProgress, places: Sequence[int], run: StreakProgress) -> bool:
        """Add logs to a stored total; False when it takes all logs to tell what follows, or when a run would change."""
        first_at, completed_at = total.first_activity_at, total.completed_at
        instants, amounts, keys = self.columns.batch.instants, self.columns.amounts, self.columns.keys
        entries = [(instants[place], _as_amount(amounts[place])) for place in places if keys[place] == total.period_key]
        total.updated_at = self.now
        if not extend_total(total, entries, _as_amount(self.columns.target)) or total.total > MAX_VALUE:
            return False
        if _is_due(total.period_key, run):
            return True
        is_first = total.period_key == run.starts_on
        is_as_before = completed_at is not None and total.completed_at == completed_at
        return is_as_before and (not is_first or total.first_activity_at == first_at)

    def _fold_on(self, progress: Progress, stored: Stored) -> Progress | None:
        """Complete what follows with the runs: of the stored one what it becomes, and those after it."""
        run, due = stored.run, stored.totals.get(stored.run.ends_on)
        periods = list(self._periods(progress.totals))
        if run.breaks_at is None:
            progress.runs = list(fold(periods, self.rules))
            return progress
        began = as_run(run)
        if due is not None:
            if due.period_key == run.starts_on:
                began = replace(began, started_at=due.first_activity_at)
            periods.insert(0, PeriodTotal(due.period_key, due.first_activity_at, due.completed_at))
            if due.completed_at is not None:
                progress.completed = {
                    due.period_key: self._last_in(due.period_key, progress.places)
                } | progress.completed
        if periods:
            pair = (progress.member_id, self.columns.batch.streak_id)
            runs = list(fold(periods, self.rules, began))
            progress.stretch = reconcile(pair, [run], runs, clock=self.now, now=self.now)
        return None if progress.stretch is not None and progress.stretch.is_rearranged else progress

    def _last_in(self, key: date, places: Sequence[int]) -> int:
        within = (place for place in places if self.columns.keys[place] == key)
        return max(within, key=self.columns.at.__getitem__)

    def _periods(self, totals: Iterable[NewTotal]) -> Iterator[PeriodTotal]:
        instants = self.columns.batch.instants
        for total in totals:
            completed_at = None if total.completed is None else instants[total.completed]
            yield PeriodTotal(total.key, instants[total.first], completed_at)


def _is_due(key: date, run: StreakProgress) -> bool:
    """Say whether a period is the one that a run waits for."""
    return run.breaks_at is not None and key == run.ends_on


def add_up(places: Iterable[int], columns: Columns) -> list[NewTotal]:
    """Return the totals of periods from all their logs, which are in order of time and take nothing away (S6–S10)."""
    at, amounts, keys, target = columns.at, columns.amounts, columns.keys, columns.target
    totals: list[NewTotal] = []
    for key, together in groupby(places, key=keys.__getitem__):
        amount, count, completed = 0, 0, None
        first = last = next(together)
        for place in chain((first,), together):
            amount += amounts[place]
            count += 1
            if at[place] > at[last]:
                last = place
            if completed is None and amount >= target:
                completed = place
        totals.append(NewTotal(key, amount, count, first, last, completed))
    return totals


def _are_in_range(totals: Iterable[NewTotal]) -> bool:
    return all(total.amount <= _MOST for total in totals)


def _completed(totals: Iterable[NewTotal]) -> dict[date, int]:
    return {total.key: total.last for total in totals if total.completed is not None}


def _as_amount(units: int) -> Decimal:
    return Decimal(units).scaleb(-DECIMAL_PLACES)


def as_decimal(units: int | None) -> Decimal | None:
    """Return ten-thousandths as the number that they stand for."""
    return None if units is None else _as_amount(units)
