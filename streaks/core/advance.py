"""The one derivation: what is stored of a member in a streak, and new facts, to what has to change (S6–S21).

How much is stored is loaded by levels. Most logs fall into the last run, so its row and the touched totals tell all.
Where they do not, the answer is `NeedsMore`, and the caller loads more under the same lock and asks again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from operator import attrgetter
from uuid import UUID

from streaks.core.aggregation import (
    AGGREGATIONS,
    Entry,
    Total,
    amount_of,
    completed_at,
    extend_total,
    find_overflow,
    in_order,
    is_correction,
    new_total,
)
from streaks.core.facts import Log, MemberFacts
from streaks.core.milestones import Achievement, find_achievements, find_rises
from streaks.core.protection import Account
from streaks.core.rules import Rules
from streaks.core.runs import FoldedRun, Run, RunChanges, account_after, fold, reconcile, state_of

Pair = tuple[UUID, UUID]
"""(member id, streak id)"""


class Level(IntEnum):
    """How much of a history is loaded; each level holds what the one before it holds.

    TAIL: the first runs from the earliest touched period on, and the totals of the touched periods. WINDOW: all totals
    of these runs too. WHOLE: all runs and totals from there to the end.
    """

    TAIL = 1
    WINDOW = 2
    WHOLE = 3


@dataclass(frozen=True, slots=True)
class NeedsMore:
    """The loaded history does not tell what follows: load this level, and the logs of these periods."""

    level: Level
    periods: frozenset[date] = frozenset()


@dataclass(slots=True)
class History:
    """The stored totals and runs of one member in one streak, as far as loaded; `advance` may change them.

    `ends_before` is the first period of a run that follows and is not loaded; None when there is none. `logged` has
    the instants and values of all logs of the periods whose logs are loaded. `preceding` is the run before those that
    are loaded; where it was not looked for, `has_preceding` is False. `facts` are the member's own, if there are any.
    """

    level: Level = Level.WHOLE
    totals: dict[date, Total] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    ends_before: date | None = None
    logged: dict[date, list[tuple[datetime, int | None]]] = field(default_factory=dict)
    preceding: Run | None = None
    has_preceding: bool = True
    facts: MemberFacts | None = None


@dataclass(slots=True)
class Changes:
    """What follows from facts for one member in one streak: all that has to be stored and told.

    `completed` are the periods that were not complete before, and are now. `rules` are those of the member.
    """

    logs: list[Log] = field(default_factory=list)
    overflow: list[Log] = field(default_factory=list)
    totals: dict[date, Total] = field(default_factory=dict)
    totals_created: list[Total] = field(default_factory=list)
    totals_changed: list[Total] = field(default_factory=list)
    totals_deleted: list[Total] = field(default_factory=list)
    completed: list[date] = field(default_factory=list)
    runs: RunChanges = field(default_factory=RunChanges)
    achievements: list[Achievement] = field(default_factory=list)
    only_corrects: bool = False
    rules: Rules | None = None

    def run_of(self, key: date) -> Run:
        """Return the run to which a touched period belongs."""
        return next(run for run in self.runs.runs if run.starts_on <= key <= run.ends_on)


def advance(history: History, logs: Sequence[Log], rules: Rules, now: datetime) -> Changes | NeedsMore:
    """Return what follows from new logs, at least one, whose periods are decided.

    A correction never reaches a milestone (S20), so the corrections among several logs count before the others.
    """
    rules = rules_of(history, rules)
    units_to_amount = AGGREGATIONS[rules.method].amount_of
    for log in logs:
        log.amount = units_to_amount(log.units)
    corrections = [log for log in logs if is_correction(log.amount)]
    others = [log for log in logs if not is_correction(log.amount)] if corrections else logs
    step = _Step(history, rules, now, Changes(totals=history.totals, only_corrects=not others, rules=rules))
    for some in (corrections, others):
        needs = step.take(some) if some else None
        if needs is not None:
            return needs
    return step.finish()


def rederive(history: History, entries: Mapping[date, Sequence[Entry]], rules: Rules, now: datetime) -> Changes:
    """Return in what a whole history differs from what all its logs say; no milestone is reached by that (S21).

    `entries` has the logs of every period from the beginning of the loaded history on.
    """
    rules = rules_of(history, rules)
    changes = Changes(rules=rules)
    stored = dict(history.totals)
    for key in sorted(entries):
        total = new_total(rules.method, key, in_order(entries[key]), rules.target_for(key))
        changes.totals[key] = _replace(changes, stored.pop(key, None), total, now)
    changes.totals_deleted = list(stored.values())
    folded = list(fold(changes.totals.values(), rules))
    changes.runs = reconcile(history.runs, folded, clock=rules.clock_at(now), now=now)
    return changes


def refold(
    history: History, rules: Rules, now: datetime, *, is_silent: bool = False, is_undoing: bool = False
) -> Changes:
    """Return in what the runs of a whole history differ from what its totals and the facts say (S36, S38).

    A milestone to which a run rises is reached, without a log: the caller finds the last one of its period. When it
    `is_silent` none is, and none ever will be for this rise; nor when something `is_undoing` an earlier fact (S21).
    """
    rules = rules_of(history, rules)
    changes = Changes(totals=history.totals, rules=rules)
    folded = list(fold([history.totals[key] for key in sorted(history.totals)], rules))
    clock = rules.clock_at(now)
    changes.runs = reconcile(history.runs, folded, clock=clock, now=now, is_correction=is_undoing)
    if not is_silent and not is_undoing:
        changes.achievements = list(find_rises(changes.runs, rules.milestones, history.totals))
    return changes


def rules_of(history: History, rules: Rules) -> Rules:
    """Return the rules of a streak as they are for the member of a history."""
    return rules if history.facts is None else history.facts.added_to(rules)


def _replace(changes: Changes, stored: Total | None, total: Total, now: datetime) -> Total:
    """Return the stored total with the values of another one, and note what has to be saved."""
    if stored is None:
        changes.totals_created.append(total)
        return total
    total.id, total.created_at, total.updated_at = stored.id, stored.created_at, stored.updated_at
    if total != stored:
        total.updated_at = now
        changes.totals_changed.append(total)
    return total


_WhatCounts = tuple[datetime | None, datetime | None]
"""What of a total counts for runs: the first instant in it, and the one that completed it; both None without logs."""


class _Step:
    """The work on one history: logs are taken in one or two parts, then all changes are told at once."""

    def __init__(self, history: History, rules: Rules, now: datetime, changes: Changes) -> None:
        self.history, self.rules, self.now, self.changes = history, rules, now, changes
        self.stored = list(history.runs)
        self.loaded = frozenset(history.logged)
        self.entries = {
            key: [(at, amount_of(rules.method, units)) for at, units in logged]
            for key, logged in history.logged.items()
        }
        self.extended: set[date] = set()
        self.was_complete: dict[date, bool] = {}
        self.former: list[Run] = []
        self.changed: dict[int, Run] = {}
        # Where no run reaches into the touched periods or follows them, all that matters is loaded.
        self.is_complete = history.level > Level.TAIL or not history.runs

    def take(self, logs: Sequence[Log]) -> NeedsMore | None:
        """Add logs to the totals and bring the runs in line."""
        before: dict[date, _WhatCounts] = {}
        unclear = self._add_to_totals(logs, before)
        for key, (_first, completed) in before.items():
            self.was_complete.setdefault(key, completed is not None)
        if unclear:
            return NeedsMore(self.history.level, self.loaded | unclear)
        return self._follow(before, logs) if before else None

    # --- totals

    def _add_to_totals(self, logs: Sequence[Log], before: dict[date, _WhatCounts]) -> set[date]:
        periods: dict[date, list[Log]] = defaultdict(list)
        for log in logs:
            periods[log.period_key].append(log)
        return {key for key, some in periods.items() if not self._add_to_total(key, self._in_range(key, some), before)}

    def _in_range(self, key: date, logs: list[Log]) -> list[Log]:
        """Return the logs that leave the total of their period in range, and note the others (S7)."""
        total = self.history.totals.get(key)
        amounts = [log.amount for log in logs]
        overflow = find_overflow(self.rules.method, None if total is None else total.total, amounts)
        self.changes.overflow += [logs[index] for index in overflow]
        taken = [log for index, log in enumerate(logs) if index not in overflow] if overflow else logs
        self.changes.logs += taken
        return taken

    def _add_to_total(self, key: date, logs: list[Log], before: dict[date, _WhatCounts]) -> bool:
        """Add logs to the total of a period; False when all the logs of the period are needed for that."""
        if not logs:
            return True
        entries = in_order([(log.activity_at, log.amount) for log in logs])
        method, target = self.rules.method, self.rules.target_for(key)
        total = self.history.totals.get(key)
        if total is None:
            before[key] = (None, None)
            self.history.totals[key] = new_total(method, key, entries, target)
            self.changes.totals_created.append(self.history.totals[key])
            self.entries[key] = entries
            return True
        before[key] = (total.first_activity_at, total.completed_at)
        is_clear = extend_total(method, total, entries, target)
        if key in self.entries:
            self.entries[key] = in_order([*self.entries[key], *entries])
            if not is_clear:
                total.completed_at = completed_at(method, self.entries[key], target)
                is_clear = True
        total.updated_at = self.now
        if total.id is not None and key not in self.extended:
            self.extended.add(key)
            self.changes.totals_changed.append(total)
        return is_clear

    # --- runs

    def _follow(self, before: Mapping[date, _WhatCounts], logs: Sequence[Log]) -> NeedsMore | None:
        """Bring the runs in line with the totals of the touched periods."""
        touched = [key for key, counted in before.items() if not self._leaves_runs(key, counted)]
        if not touched:
            return None
        if self.is_complete:
            return self._fold_all(touched, logs)
        if self.history.ends_before is not None or len(self.history.runs) > 1:
            return NeedsMore(Level.WINDOW, self.loaded)
        return self._fold_on(touched, before, logs)

    def _leaves_runs(self, key: date, counted: _WhatCounts) -> bool:
        """Say whether a period counts in its run as it did before."""
        total = self.history.totals[key]
        run = next((run for run in self.history.runs if run.starts_on <= key <= run.ends_on), None)
        if run is None or (counted[1] is None) != (total.completed_at is None):
            return False
        starts = key == run.starts_on and total.first_activity_at != run.streak_started_at
        completes = key == run.ends_on and total.completed_at != run.streak_completed_at
        return not starts and not completes

    def _lacks_account(self) -> bool:
        """Say whether the balance of freezes at the beginning of the loaded history is not known."""
        return self.rules.has_freezes and not self.history.has_preceding

    def _first_account(self) -> Account | None:
        """Return the freezes at the beginning of the loaded history; None before the first log, or without freezes."""
        return None if self.history.preceding is None else account_after(self.history.preceding, self.rules)

    def _fold_all(self, touched: Sequence[date], logs: Sequence[Log]) -> NeedsMore | None:
        """Fold all loaded totals; they may turn out to reach into a run that is not loaded."""
        ends_before = self.history.ends_before
        if self._lacks_account() or (self.rules.has_freezes and ends_before is not None):
            # What happens to freezes in one run changes those that all later ones have.
            return NeedsMore(Level.WHOLE, self.loaded)
        totals = sorted(self.history.totals.values(), key=attrgetter("period_key"))
        folded = [] if ends_before is not None and max(touched) >= ends_before else self._fold(totals)
        if ends_before is not None and (not folded or folded[-1].ends_on >= ends_before):
            return NeedsMore(Level.WHOLE, self.loaded)
        self._reconcile(self.history.runs, folded, logs, is_last=ends_before is None)
        return None

    def _fold_on(
        self, touched: Sequence[date], before: Mapping[date, _WhatCounts], logs: Sequence[Log]
    ) -> NeedsMore | None:
        """Let the last run go on from where it is, however long it is, or let others follow it."""
        (last,) = self.history.runs
        totals = [self.history.totals[key] for key in sorted(touched)]
        if last.breaks_at is None:
            if totals[0].period_key <= last.ends_on:
                return NeedsMore(Level.WINDOW, self.loaded)
            self._reconcile([], list(fold(totals, self.rules, account=account_after(last, self.rules))), logs)
            return None
        state = state_of(last, self._started_at(last, before), self.rules)
        goes_on = self._goes_on(last)
        totals = [total for total in totals if total.period_key >= goes_on or not self._only_starts(total, before)]
        if state is None or (totals and totals[0].period_key < goes_on):
            return NeedsMore(Level.WINDOW, self.loaded)
        self._reconcile([last], list(fold(totals, self.rules, state)), logs)
        return None

    def _goes_on(self, run: Run) -> date:
        """Return the first period whose total can be added to a run that is not completed."""
        if run.account is None:
            return run.ends_on
        key = run.account.next_key
        return self.rules.calendar.following(key) if run.current_progress_value else key

    def _fold(self, totals: Iterable[Total]) -> list[FoldedRun]:
        return list(fold(totals, self.rules, account=self._first_account()))

    def _started_at(self, run: Run, before: Mapping[date, _WhatCounts]) -> datetime:
        """Return when a run started; a late log may have been its first."""
        start = self.history.totals[run.starts_on] if run.starts_on in before else None
        return run.streak_started_at if start is None else start.first_activity_at

    def _only_starts(self, total: Total, before: Mapping[date, _WhatCounts]) -> bool:
        """Say whether a period of the last run changed in nothing but its first instant."""
        key = total.period_key
        is_as_complete = (before[key][1] is None) == (total.completed_at is None)
        return is_as_complete and key == self.history.runs[0].starts_on

    def _reconcile(
        self, stored: list[Run], folded: list[FoldedRun], logs: Sequence[Log], *, is_last: bool = True
    ) -> None:
        is_correcting = is_correction(logs[0].amount)
        clock = self.rules.clock_at(self.now) if is_last else None
        changes = reconcile(stored, folded, clock=clock, now=self.now, is_correction=is_correcting, former=self.former)
        kept = [run for run in self.history.runs if not any(run is one for one in stored)]
        self.history.runs = [*kept, *changes.runs]
        self.former = changes.deleted
        self.changed |= {id(run): run for run in changes.changed}
        self.changes.runs.before = changes.before | self.changes.runs.before
        self.changes.runs.visibly_changed += changes.visibly_changed
        self.changes.runs.is_rearranged |= changes.is_rearranged
        if not is_correcting and changes.grown:
            self.changes.runs.grown = changes.grown
            taken = [log for log in logs if log not in self.changes.overflow] if self.changes.overflow else logs
            self.changes.achievements += find_achievements(changes, self.rules.milestones, taken, self.history.totals)

    def finish(self) -> Changes:
        """Tell all changes: of runs those between what was stored and what is there now."""
        totals = self.history.totals
        periods = (key for key, was_complete in self.was_complete.items() if not was_complete)
        self.changes.completed = sorted(key for key in periods if totals[key].completed_at is not None)
        runs, stored = self.changes.runs, {id(run) for run in self.stored}
        runs.runs = self.history.runs
        present = {id(run) for run in runs.runs}
        runs.created = [run for run in runs.runs if id(run) not in stored]
        runs.changed = [run for run in runs.runs if id(run) in self.changed and id(run) in stored]
        runs.deleted = [run for run in self.stored if id(run) not in present]
        return self.changes
