"""Why a member stands where they stand in a streak: every period and every run, with the reason (S8, S14, S16, S19)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from streaks.core.periods import Calendar
from streaks.core.rules import Rules
from streaks.core.runs import RunStatus
from streaks.fields import as_decimal
from streaks.models import StreakProgress, TaskProgress


class PeriodState(StrEnum):
    """What a period was: the target met, open until it ends, excused, saved by a freeze, short of the target, empty."""

    MET = "met"
    OPEN = "open"
    REST = "rest"
    EXCUSED = "excused"
    FROZEN = "frozen"
    SHORT = "short"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class PeriodAccount:
    """One period of a member: its half-open range of instants, its total, and the target that was in force."""

    key: date
    starts_at: datetime
    ends_at: datetime
    state: PeriodState
    total: Decimal
    target: Decimal
    log_count: int
    has_broken_run: bool

    @property
    def missing(self) -> Decimal:
        """What is or was missing to the target."""
        return max(self.target - self.total, Decimal(0))


def periods_until(calendar: Calendar, last: date, number: int, *, first: date) -> list[date]:
    """Return the keys of at most `number` periods up to `last`, none before `first`, in order."""
    keys = [last]
    while len(keys) < number and keys[-1] > first:
        keys.append(calendar.key_of(calendar.starts_at(keys[-1]) - timedelta(microseconds=1)))
    return keys[::-1]


def account_for_periods(
    keys: Sequence[date],
    totals: Mapping[date, TaskProgress],
    runs: Sequence[StreakProgress],
    *,
    rules: Rules,
    now: datetime,
) -> list[PeriodAccount]:
    """Tell what each of some periods of one member was, or is at `now`; `totals`, `runs`, `rules` are that member's.

    A period that is excused and met all the same counts as met (S19). The one that contains `now` is open, and never
    a miss (S15); what a pause reaches that still lasts is excused, and what ends after the streak (S57).
    """
    broken_on = {run.ends_on for run in runs if run.status_at(now) is RunStatus.BROKEN}
    frozen = {key for run in runs for key in run.frozen_periods or ()}
    accounts = []
    for key in keys:
        total, ends_at = totals.get(key), rules.calendar.ends_at(key)
        is_past_the_clock = rules.stopped_at is not None and rules.stopped_at < ends_at
        amount = Decimal(0) if total is None else total.total
        accounts.append(
            PeriodAccount(
                key=key,
                starts_at=rules.calendar.starts_at(key),
                ends_at=ends_at,
                state=_state(
                    total, _excuse(rules, key, is_past_the_clock, key.isoformat() in frozen), is_over=ends_at <= now
                ),
                total=amount,
                target=as_decimal(rules.target_for(key)),
                log_count=0 if total is None else total.log_count,
                has_broken_run=key in broken_on,
            )
        )
    return accounts


def _excuse(rules: Rules, key: date, is_past_the_clock: bool, is_frozen: bool) -> PeriodState | None:
    """Return why a period breaks no run, if it does not."""
    if not is_past_the_clock and rules.version_for(key).is_rest_day(key):
        return PeriodState.REST
    if is_past_the_clock or rules.is_excused(key):
        return PeriodState.EXCUSED
    return PeriodState.FROZEN if is_frozen else None


def _state(total: TaskProgress | None, excuse: PeriodState | None, *, is_over: bool) -> PeriodState:
    if total is not None and total.completed_at is not None:
        return PeriodState.MET
    if excuse is not None and (is_over or excuse is not PeriodState.FROZEN):
        return excuse
    if not is_over:
        return PeriodState.OPEN
    return PeriodState.EMPTY if total is None else PeriodState.SHORT
