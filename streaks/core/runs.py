"""Period totals to runs (S11–S19), and stored runs brought in line with them.

A run is a pure function of a member's period totals, the rules and the excused periods. The present instant decides
only one thing, and only for the last run: whether its deadline has passed. So a run is stored with its deadline and
its status is read off the clock.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from streaks.core.aggregation import Total
from streaks.core.protection import Account, Course, after_break, end_period, find_course, move_on, open_account
from streaks.core.rules import Rules


class RunStatus(StrEnum):
    """The states of a run."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BROKEN = "broken"


@dataclass(slots=True)
class Run:
    """One attempt at a streak, as it is stored.

    `ends_on` is the last period that belongs to it: the one that completed it, or the one that is due, which must be
    completed next. `breaks_at` is the instant at which it breaks otherwise; None when it is completed.
    `highest_progress_value` is the most it ever had, itself or a run that was joined into it (S20). A correction can
    move the borders between runs: `former_peaks` keeps the highest values of runs that began elsewhere before it, by
    the ISO date of their first period, for the day on which the correction is undone (S21). `frozen_periods` are the
    keys of those that freezes save, also in time to come, None when there are none; `freeze_account` is what the
    member has at the start of its last complete period, or of the run before there is one, as `Account` stores it.
    """

    starts_on: date
    ends_on: date
    current_progress_value: int
    streak_started_at: datetime
    streak_completed_at: datetime | None
    breaks_at: datetime | None
    stored_status: str = RunStatus.IN_PROGRESS.value
    highest_progress_value: int = 0
    former_peaks: dict[str, int] | None = None
    frozen_periods: list[str] | None = None
    freeze_account: list[str | int] | None = None
    id: UUID | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def account(self) -> Account | None:
        """The freezes at the start of its last complete period; None where its streak has none."""
        return Account.stored(self.freeze_account)

    def frozen_until(self, key: date) -> tuple[date, ...]:
        """Return the frozen periods before a period."""
        frozen = map(date.fromisoformat, self.frozen_periods or ())
        return tuple(on for on in frozen if on < key)


class FoldedRun(NamedTuple):
    """A run as the totals say it is, under the names of `Run`."""

    starts_on: date
    ends_on: date
    current_progress_value: int
    streak_started_at: datetime
    streak_completed_at: datetime | None
    breaks_at: datetime | None
    frozen_periods: list[str] | None = None
    freeze_account: list[str | int] | None = None

    def status_at(self, now: datetime) -> RunStatus:
        """Read the status off the clock (S16). `now` is the present, or the start of a pause that still lasts (S19)."""
        if self.breaks_at is None:
            return RunStatus.COMPLETED
        return RunStatus.BROKEN if self.breaks_at <= now else RunStatus.IN_PROGRESS


@dataclass(frozen=True, slots=True)
class FoldState:
    """What is carried from period to period: the run that goes on, and how it goes on if nothing more is completed.

    `frozen` are its frozen periods before its last complete one, `account` the freezes at the start of that.
    """

    starts_on: date
    started_at: datetime
    value: int
    course: Course
    frozen: tuple[date, ...] = ()
    account: Account | None = None

    def ended(self, rules: Rules) -> FoldedRun:
        """Return the run as it breaks if nothing more is completed."""
        due = self.course.due
        frozen = self.frozen + self.course.frozen if self.course.frozen else self.frozen
        return FoldedRun(
            self.starts_on, due, self.value, self.started_at, None, rules.breaks_at(due), *_kept(frozen, self.account)
        )

    def completed(self, total: Total) -> FoldedRun:
        """Return the run as a period completes it."""
        kept = _kept(self.frozen, self.account)
        return FoldedRun(self.starts_on, total.period_key, self.value, self.started_at, total.completed_at, None, *kept)


def _kept(frozen: Iterable[date], account: Account | None) -> tuple[list[str] | None, list[str | int] | None]:
    return [key.isoformat() for key in frozen] or None, None if account is None else account.as_stored()


def fold(
    totals: Iterable[Total], rules: Rules, state: FoldState | None = None, account: Account | None = None
) -> Iterator[FoldedRun]:
    """Yield the runs of one member, in order, from the totals of all periods with activity, in order of their keys.

    It can begin at any period at which a run starts, because an earlier run decides nothing in it but the `account`
    of freezes. With the `state` of a run that is not completed it goes on at the period after its last complete one.
    """
    has_freezes = rules.has_freezes
    for total in totals:
        key = total.period_key
        if state is not None and key > state.course.due:
            yield state.ended(rules)
            account = None if state.account is None else after_break(rules, _goes_on(rules, state), state.course)
            state = None
        if state is None:
            if has_freezes:
                account = open_account(rules, key) if account is None else move_on(rules, account, key)
            state = FoldState(key, total.first_activity_at, 0, _course(rules, key, account, 0), (), account)
        if total.completed_at is not None:
            state = _add_period(state, key, rules)
            if state.value >= rules.completion_for(key):
                yield state.completed(total)
                account, state = None if state.account is None else end_period(rules, state.account), None
    if state is not None:
        yield state.ended(rules)


def _add_period(state: FoldState, key: date, rules: Rules) -> FoldState:
    """Return the state after a complete period."""
    value = state.value + 1
    if state.account is None:
        course = Course(rules.next_due(rules.calendar.following(key)))
        return FoldState(state.starts_on, state.started_at, value, course)
    used = tuple(on for on in state.course.frozen if on < key)
    account = move_on(rules, _goes_on(rules, state), key, used)
    course = find_course(rules, end_period(rules, account), value)
    return FoldState(state.starts_on, state.started_at, value, course, state.frozen + used, account)


def _goes_on(rules: Rules, state: FoldState) -> Account:
    """Return the freezes when the first period starts that is not decided yet."""
    assert state.account is not None, "a streak with freezes"
    return end_period(rules, state.account) if state.value else state.account


def _course(rules: Rules, key: date, account: Account | None, value: int) -> Course:
    return Course(rules.next_due(key)) if account is None else find_course(rules, account, value)


def state_of(run: Run, started_at: datetime, rules: Rules) -> FoldState | None:
    """Return what is carried on from a stored run that is not completed; None when it does not go on as stored."""
    value, account = run.current_progress_value, run.account
    if (account is None) is rules.has_freezes:
        return None
    next_account = end_period(rules, account) if account is not None and value else account
    course = _course(rules, run.ends_on, next_account, value)
    if course.due != run.ends_on or rules.breaks_at(course.due) != run.breaks_at:
        return None
    frozen = () if account is None else run.frozen_until(account.next_key)
    return FoldState(run.starts_on, started_at, value, course, frozen, account)


def account_after(run: Run, rules: Rules) -> Account | None:
    """Return the freezes after a run is over."""
    account = run.account
    if account is None:
        return None
    if run.current_progress_value:
        account = end_period(rules, account)
    if run.breaks_at is None:
        return account
    course = Course(run.ends_on, tuple(key for key in run.frozen_until(date.max) if key >= account.next_key))
    return after_break(rules, account, course)


def freezes_left(run: Run, rules: Rules, now: datetime) -> int:
    """Return the freezes that the member of a last run has at an instant (S45, S49); its streak has freezes."""
    key, account = rules.calendar.key_of(now), run.account
    if account is None:
        account = open_account(rules, key)
    frozen = run.frozen_until(key)
    if run.breaks_at is not None and run.breaks_at <= rules.clock_at(now):
        account, frozen = account_after(run, rules) or account, ()
    present = move_on(rules, account, key, [on for on in frozen if on >= account.next_key])
    return present.left + sum(quantity for on, quantity in rules.grants if on == key)


@dataclass(slots=True)
class RunChanges:
    """The runs of one member from some run on, as they shall be, and how they differ from what is stored.

    `visibly_changed` are those of the `changed` ones in which a reader would see a difference. `grown` pairs each run
    that rose with the highest value that it had before (S20). `is_rearranged` says that runs were joined, split or
    moved. `before` has each of the `changed` ones as it was, by its `id()`.
    """

    runs: list[Run] = field(default_factory=list)
    created: list[Run] = field(default_factory=list)
    changed: list[Run] = field(default_factory=list)
    visibly_changed: list[Run] = field(default_factory=list)
    deleted: list[Run] = field(default_factory=list)
    grown: list[tuple[Run, int]] = field(default_factory=list)
    is_rearranged: bool = False
    before: dict[int, Run] = field(default_factory=dict)


def reconcile(
    stored: Sequence[Run],
    folded: Sequence[FoldedRun],
    *,
    clock: datetime | None,
    now: datetime,
    is_correction: bool = False,
    former: Sequence[Run] = (),
) -> RunChanges:
    """Match folded runs with stored ones, both in order, and give the stored ones their new values.

    `clock` is the instant against which the deadline of the last run is read; None when another run follows it. Rows
    keep their ids where their run still exists (S17); of runs that were joined, the first row stays. One of the
    `former` runs, which an earlier part of the same transaction took away, comes back when its run does.
    """
    lost = {run.starts_on: run for run in former}
    matches = [(run or lost.get(new.starts_on), new) for run, new in _match(stored, folded)]
    kept = {id(run) for run, _ in matches}
    changes = RunChanges(deleted=[run for run in stored if id(run) not in kept])
    moved = [run for run, new in matches if run is not None and _is_cut(run, new)]
    changes.is_rearranged = bool(changes.deleted or moved)
    peaks = _former_peaks(stored)
    moved_peaks = _moved_peaks(changes.deleted, matches) if is_correction else {}
    for run, new in matches:
        before = _highest_before(new, run, changes.deleted, peaks)
        # A run that another one follows is over, whatever the clock says.
        over_at = clock if clock is not None and new is folded[-1] else max(now, new.breaks_at or now)
        inner = {
            "highest_progress_value": max(before, new.current_progress_value),
            "stored_status": new.status_at(over_at).value,
        }
        changes.runs.append(_apply(changes, run, new, inner, now))
        if new.current_progress_value > before:
            changes.grown.append((changes.runs[-1], before))
    if peaks or moved_peaks:
        _keep_peaks(changes, peaks | moved_peaks)
    return changes


def _match(stored: Sequence[Run], folded: Sequence[FoldedRun]) -> Iterator[tuple[Run | None, FoldedRun]]:
    """Pair each folded run with the first stored one that shares a period with it and stands for no earlier run."""
    rows = deque(stored)
    for new in folded:
        while rows and rows[0].ends_on < new.starts_on:
            rows.popleft()
        yield (rows.popleft() if rows and rows[0].starts_on <= new.ends_on else None), new


def _is_cut(run: Run, new: FoldedRun) -> bool:
    """Say whether a run loses a period to another one."""
    return run.starts_on < new.starts_on or run.ends_on > new.ends_on


def _highest_before(new: FoldedRun, run: Run | None, deleted: Iterable[Run], peaks: dict[str, int]) -> int:
    """Return the highest value that a run, or one that was joined into it, had before (S20).

    What a run had together with periods that belong to another one now says nothing about this one.
    """
    joined = [old for old in deleted if old.starts_on <= new.ends_on and new.starts_on <= old.ends_on]
    rows = joined if run is None else [run, *joined]
    highest = max((row.highest_progress_value for row in rows if row.starts_on >= new.starts_on), default=0)
    return max(highest, peaks.get(new.starts_on.isoformat(), 0)) if peaks else highest


def _former_peaks(stored: Iterable[Run]) -> dict[str, int]:
    peaks: dict[str, int] = {}
    for run in stored:
        if run.former_peaks:
            peaks |= run.former_peaks
    return peaks


def _moved_peaks(deleted: Iterable[Run], matches: Iterable[tuple[Run | None, FoldedRun]]) -> dict[str, int]:
    """Return the highest values of runs that do not begin any more where they began, by that period."""
    moved = [run for run, new in matches if run is not None and run.starts_on != new.starts_on]
    return {run.starts_on.isoformat(): run.highest_progress_value for run in (*deleted, *moved)}


def _keep_peaks(changes: RunChanges, peaks: dict[str, int]) -> None:
    """Keep the former peaks of runs that begin elsewhere now where they are; the first run takes those of no run."""
    begun = {run.starts_on.isoformat() for run in changes.runs}
    waiting = {on: peak for on, peak in peaks.items() if on not in begun}
    held = [{on: waiting.pop(on) for on in run.former_peaks or () if on in waiting} for run in changes.runs]
    if held:
        held[0] |= waiting
    for run, own in zip(changes.runs, held, strict=True):
        if run.former_peaks != (own or None):
            run.former_peaks = own or None
            if not any(run is one for one in (*changes.created, *changes.changed)):
                changes.changed.append(run)


def _apply(changes: RunChanges, run: Run | None, new: FoldedRun, inner: dict[str, Any], now: datetime) -> Run:
    """Give a run, new or stored, its values, and note what has to be saved."""
    visible = new._asdict()
    if run is None:
        run = Run(**visible, **inner)
        changes.created.append(run)
        return run
    differing = {name: value for name, value in (visible | inner).items() if getattr(run, name) != value}
    # Stamping what the clock has already decided is housekeeping: nothing that a reader sees has changed (S16).
    is_stamping = run.stored_status == RunStatus.IN_PROGRESS or "stored_status" not in differing
    if differing.keys() & visible.keys() or not is_stamping:
        differing["updated_at"] = now
        changes.visibly_changed.append(run)
    if differing:
        changes.before[id(run)] = copy(run)
        changes.changed.append(run)
    for name, value in differing.items():
        setattr(run, name, value)
    return run
