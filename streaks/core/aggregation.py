"""How activity adds up in a period (S6–S10): the only place that knows an aggregation method.

Amounts and totals are whole numbers of ten-thousandths, called units, so that every sum is exact (S7).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import add, itemgetter
from uuid import UUID

DECIMAL_PLACES = 4
UNITS = 10**DECIMAL_PLACES
# What 64 bits hold: ±922,337,203,685,477.5807.
MAX_UNITS = 2**63 - 1

Entry = tuple[datetime, int]
"""(instant of a log, the amount that it adds in units)"""


@dataclass(slots=True)
class Total:
    """One member's total in one period, as it is stored; `total` is in units."""

    period_key: date
    total: int
    log_count: int
    first_activity_at: datetime
    last_activity_at: datetime
    completed_at: datetime | None
    id: UUID | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A method: what one log amounts to, how amounts become a total, and whether a log must have a value."""

    amount_of: Callable[[int | None], int]
    combine: Callable[[int, int], int] = add
    needs_value: bool = False


AGGREGATIONS: dict[str, Aggregation] = {
    "sum": Aggregation(amount_of=lambda units: units or 0, needs_value=True),
    "count": Aggregation(amount_of=lambda _units: UNITS),
}


def amount_of(method: str, units: int | None) -> int:
    """Return what a log with this value amounts to (S6)."""
    return AGGREGATIONS[method].amount_of(units)


def needs_value(method: str) -> bool:
    """Say whether every log must have a value (S6)."""
    return AGGREGATIONS[method].needs_value


def is_correction(amount: int) -> bool:
    """Say whether a log takes from the total (S9)."""
    return amount < 0


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries in order of their instants; of one instant the largest first.

    Amounts of one instant count together (S17): in this order a running total crosses the target within an instant
    only if it has crossed it at the end of that instant.
    """
    largest_first = sorted(entries, key=itemgetter(1), reverse=True)
    return sorted(largest_first, key=itemgetter(0))


def completed_at(method: str, entries: Iterable[Entry], target: int) -> datetime | None:
    """Return the instant with which the running total of ordered entries reached the target for good (S8, S10)."""
    combine = AGGREGATIONS[method].combine
    total, completed = None, None
    for at, amount in entries:
        total = amount if total is None else combine(total, amount)
        if total < target:
            completed = None
        elif completed is None:
            completed = at
    return completed


def find_overflow(method: str, total: int | None, amounts: Sequence[int]) -> set[int]:
    """Return the indexes of the amounts that would carry the total of a period out of its range (S7).

    All are taken where their total is in range; otherwise each is taken, in order, that leaves it in range. Corrections
    and other logs that come together are looked at by themselves, the corrections first.
    """
    combine = AGGREGATIONS[method].combine
    together: int = reduce(combine, amounts if total is None else [total, *amounts])
    if abs(together) <= MAX_UNITS:
        return set()
    overflow = set()
    for index, amount in enumerate(amounts):
        reached = amount if total is None else combine(total, amount)
        if abs(reached) > MAX_UNITS:
            overflow.add(index)
        else:
            total = reached
    return overflow


def new_total(method: str, key: date, entries: Sequence[Entry], target: int) -> Total:
    """Return the total of a period from all its entries, in order (S6–S10)."""
    return Total(
        key,
        reduce(AGGREGATIONS[method].combine, [amount for _, amount in entries]),
        len(entries),
        entries[0][0],
        entries[-1][0],
        completed_at(method, entries, target),
    )


def extend_total(method: str, total: Total, entries: Sequence[Entry], target: int) -> bool:
    """Add ordered entries to a total; False when only all the logs of the period can tell `completed_at` (S10).

    They need not be asked when the total ends below the target, when a complete period only grows after it was
    complete, or when the entries come after all that was there. So a log costs the same however many came before it.
    """
    first_at, was_last_at, before = entries[0][0], total.last_activity_at, total.total
    total.total = reduce(AGGREGATIONS[method].combine, [amount for _, amount in entries], before)
    total.log_count += len(entries)
    total.first_activity_at = min(total.first_activity_at, first_at)
    total.last_activity_at = max(was_last_at, entries[-1][0])
    if total.total < target:
        total.completed_at = None
        return True
    only_grows = not any(is_correction(amount) for _, amount in entries)
    if total.completed_at is not None and only_grows and first_at >= total.completed_at:
        return True
    if first_at > was_last_at:
        completed = completed_at(method, [(was_last_at, before), *entries], target)
        if total.completed_at is None or completed != was_last_at:
            total.completed_at = completed
        return True
    return False
