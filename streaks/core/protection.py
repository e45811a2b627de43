"""Freezes: what lets a run survive a missed period, and their balance along the clock (S44–S48)."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from streaks.core.rules import Rules

MOST_IN_A_ROW = 1000
"""So many freezes in a row save a run; a member who earns one in every period would be awaited for ever."""


class Account(NamedTuple):
    """The freezes that a member has `left` when a period starts, after `elapsed` periods since the first log (S45)."""

    next_key: date
    elapsed: int
    left: int

    @classmethod
    def stored(cls, values: list[str | int] | None) -> "Account | None":
        """Return an account from the form in which a run keeps it."""
        return None if values is None else cls(date.fromisoformat(str(values[0])), int(values[1]), int(values[2]))

    def as_stored(self) -> list[str | int]:
        """Return the form in which a run keeps it."""
        return [self.next_key.isoformat(), self.elapsed, self.left]


class Course(NamedTuple):
    """How a run goes on if nothing more is completed: the period with which it breaks, and those frozen before it."""

    due: date
    frozen: tuple[date, ...] = ()


def open_account(rules: Rules, first_key: date) -> Account:
    """Return the account of a member whose first log falls in a period; grants from before it count in it."""
    settings = rules.version_for(first_key).freezes
    granted = sum(quantity for key, quantity in rules.grants if key < first_key)
    return Account(first_key, 0, granted + (0 if settings is None else settings.initial))


def end_period(rules: Rules, account: Account) -> Account:
    """Return the account after the grants of a period and what is earned at its end, before a use is taken (S45)."""
    key, settings = account.next_key, rules.version_for(account.next_key).freezes
    left = account.left + sum(quantity for on, quantity in rules.grants if on == key)
    elapsed = account.elapsed + 1
    if settings is not None and settings.every and elapsed % settings.every == 0 and left < settings.maximum:
        left += 1
    return Account(rules.calendar.following(key), elapsed, left)


def move_on(rules: Rules, account: Account, until: date, frozen: Collection[date] = ()) -> Account:
    """Return the account at the start of a later period, with the uses of the frozen ones between."""
    while account.next_key < until:
        is_used = account.next_key in frozen
        account = end_period(rules, account)
        if is_used:
            account = account._replace(left=account.left - 1)
    return account


def after_break(rules: Rules, account: Account, course: Course) -> Account:
    """Return the account after a run broke: freezes that saved nothing are back (S48)."""
    ended = move_on(rules, account, rules.calendar.following(course.due), course.frozen)
    return ended._replace(left=ended.left + len(course.frozen))


def find_course(rules: Rules, account: Account, value: int) -> Course:
    """Return how a run of a value goes on from the start of a period (S37, S46)."""
    frozen: list[date] = []
    while True:
        key = account.next_key
        account = end_period(rules, account)
        if rules.is_excused(key):
            continue
        settings = rules.version_for(key).freezes
        is_protected = settings is not None and value >= settings.minimum_value and account.left >= 1
        if not is_protected or len(frozen) == MOST_IN_A_ROW:
            return Course(key, tuple(frozen))
        frozen.append(key)
        account = account._replace(left=account.left - 1)
