"""One transaction that records logs, in steps: open, advance, save, tell."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from gamopanda.accounts.authentication import LiveKey
from gamopanda.accounts.models import Member
from gamopanda.accounts.sandbox import is_sandbox
from gamopanda.api.models import Status
from streaks.core.advance import Changes, History, Level, NeedsMore, Pair, advance
from streaks.core.aggregation import Total
from streaks.core.facts import Log
from streaks.core.milestones import Achievement
from streaks.core.periods import Calendar
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress.admission import Refused, find_refusal, total_out_of_range
from streaks.progress.deriving import catch_up, follow_gifts
from streaks.progress.signals import logs_recorded, tell_reached, tell_rearranged
from streaks.progress.store import store
from streaks.progress.store.orm import Opened, Wanted, log_row, read_versions, run_row, total_row
from streaks.progress.store.postgres import OpenedOne, PostgresStore
from streaks.progress.streak_cache import CachedStreak, forget_streaks, read_streaks

Owner = tuple[UUID | None, str | None]
"""How the member of a log is named: by its id, or by its external id."""


class KeyRevoked(Exception):
    """The API key of a call that was presumed to be live is not; nothing was stored."""


class SandboxMember(Exception):
    """The member of a call by a live key is one of the sandbox; nothing was stored."""


@dataclass(frozen=True, slots=True)
class CurrentState:
    """The member of a log, its streak with texts and milestones, and the total in the current period, if any."""

    member: Member
    streak: Streak
    total: TaskProgress | None


@dataclass(slots=True)
class RecordResult:
    """What became of one log: recorded, a repeat of `existing_id` (S27), or refused (S26).

    `changes` are those of its member in its streak. `current` and `rewards`, those issued for the achievements, are
    there for a log that was recorded by itself.
    """

    log: Any
    existing_id: UUID | None = None
    refusal: Refused | None = None
    changes: Changes | None = None
    current: CurrentState | None = None
    rewards: Sequence[Any] = ()

    @property
    def is_recorded(self) -> bool:
        """Whether the log is stored now."""
        return self.existing_id is None and self.refusal is None

    @property
    def record(self) -> StreakLog:
        """The log as a record."""
        return self.log if isinstance(self.log, StreakLog) else log_row(self.log)

    @property
    def run(self) -> StreakProgress | None:
        """The run in which a recorded log counts."""
        if self.changes is None:
            return None
        run = run_row((self.log.member_id, self.log.streak_id), self.changes.run_of(self.log.period_key))
        run._state.adding = False
        if self.current is not None:
            run.member, run.streak = self.current.member, self.current.streak
        run.rules = self.changes.rules  # type: ignore[attr-defined]  # as they were applied
        return run

    @property
    def achievements(self) -> list[Achievement]:
        """The milestones that were reached with the log."""
        return [] if self.changes is None else [one for one in self.changes.achievements if one.log.id == self.log.id]


@dataclass(slots=True)
class PairLogs:
    """The logs of one member in one streak, by results: all of them, and those of the `admitted` that are `new`.

    `again` pairs each that has the identifier of one before it with that one (S27).
    """

    member_id: UUID
    streak_id: UUID
    results: list[RecordResult] = field(default_factory=list)
    admitted: list[Log] = field(default_factory=list)
    new: list[Log] = field(default_factory=list)
    again: list[tuple[RecordResult, RecordResult]] = field(default_factory=list)

    @property
    def pair(self) -> Pair:
        """What identifies them."""
        return self.member_id, self.streak_id


def _group(results: Iterable[RecordResult]) -> list[PairLogs]:
    # A whole number is found in a tenth of the time that an id takes.
    groups: dict[tuple[int, int], PairLogs] = {}
    for result in results:
        log = result.log
        key = log.member_id.int, log.streak_id.int
        group = groups.get(key)
        if group is None:
            group = groups[key] = PairLogs(log.member_id, log.streak_id)
        group.results.append(result)
    return list(groups.values())


class Recording:
    """One transaction that records logs, in steps: open, advance, save, tell."""

    def __init__(
        self,
        logs: Sequence[Log],
        now: datetime,
        *,
        owner: Owner | None = None,
        key: LiveKey | None = None,
        trusts_instants: bool = True,
        are_stored: bool = False,
    ) -> None:
        self.now, self.owner, self.key = now, owner, key
        self.trusts_instants, self.are_stored = trusts_instants, are_stored
        self.results = [RecordResult(log) for log in logs]
        self.groups = _group(self.results)
        self.store = store()
        self.streaks: dict[UUID, CachedStreak] = {}
        self.changes: dict[Pair, Changes] = {}
        self.current: Total | None = None
        self.member: Member | None = None
        self.rewards: list[Any] = []

    def run(self) -> list[RecordResult]:
        """Record, and return what became of every log."""
        opened = self.open()
        self._take_out_repeats(opened)
        self._catch_up(opened)
        self._advance(opened)
        self._finish()
        self.changes = {pair: one for pair, one in self.changes.items() if one.logs}
        if self.changes:
            self.store.save(self.changes, are_stored=self.are_stored)
            self._freeze_rules()
            self._tell()
        return self.results

    # --- open

    def open(self) -> Opened:
        """Lock, read what is stored around the logs that may come in, and note why the others may not.

        Cached streaks are used for that. A streak whose version has changed is read anew.
        """
        ids = {group.streak_id for group in self.groups}
        self.streaks = read_streaks(ids)
        while True:
            self._admit()
            opened = self._open(ids)
            stale = {pk for pk, one in self.streaks.items() if opened.versions.get(pk) != one.version}
            untouched = {pk for pk, one in self.streaks.items() if not one.streak.has_activity}
            if untouched and not stale:
                stale = self._lock_untouched(untouched)
            if not stale:
                self._refuse_members(opened.statuses)
                return opened
            forget_streaks(stale)
            self.streaks = read_streaks(ids)

    def _open(self, streak_ids: Collection[UUID]) -> Opened:
        if self.owner is not None:
            one = self._open_one(self.groups[0])
            self.current, self.member = one.current, one.member
            return one.opened
        member_ids = {group.member_id for group in self.groups}
        admitted = {group.pair: group.admitted for group in self.groups if group.admitted}
        opened = self.store.open(admitted, member_ids, streak_ids, self._own_clocks())
        if not (opened.has_all_repeats or self.trusts_instants):
            opened.repeats = self.store.find_repeats(list(chain.from_iterable(admitted.values())))
        return opened

    def _open_one(self, group: PairLogs) -> OpenedOne:
        assert isinstance(self.store, PostgresStore), "only PostgreSQL reads by owner"
        assert self.owner is not None, "a log by itself names its owner"
        log, cached = group.results[0].log, self.streaks.get(group.streak_id)
        calendar = None if cached is None else cached.rules.calendar
        key = None if self.key is None else self.key.api_key
        own_clocks = self._own_clocks()
        one = self.store.open_one(log, self.owner, calendar=calendar, own_clocks=own_clocks, now=self.now, api_key=key)
        if self.key is not None and one.encrypted_secret != self.key.encrypted_secret:
            raise KeyRevoked
        if one.member is not None:
            if is_sandbox(one.member.pk):
                raise SandboxMember
            log.member_id = group.member_id = one.member.pk
        return one

    def _own_clocks(self) -> dict[UUID, Calendar]:
        """Return the calendars, by streak, of those streaks whose members have their own clocks."""
        return {pk: one.rules.calendar for pk, one in self.streaks.items() if one.rules.has_own_clocks}

    def _admit(self) -> None:
        """Note which logs are refused, and the periods of the others on the clocks of their streaks.

        All members are taken to be live.
        """
        live = Status.LIVE.value
        for group in self.groups:
            group.admitted = []
            cached = self.streaks.get(group.streak_id)
            streak = None if cached is None else cached.streak
            key_of = None if cached is None else cached.rules.calendar.key_of
            for result in group.results:
                log = result.log
                result.refusal = find_refusal(log, streak, live, now=self.now)
                if result.refusal is None and key_of is not None:
                    log.period_key = key_of(log.activity_at)
                    group.admitted.append(log)

    def _refuse_members(self, statuses: Mapping[UUID, str]) -> None:
        """Refuse the logs of members who are not live."""
        for group in self.groups:
            status = statuses.get(group.member_id)
            if status != Status.LIVE:
                cached = self.streaks.get(group.streak_id)
                streak = None if cached is None else cached.streak
                for result in group.results:
                    result.refusal = find_refusal(result.log, streak, status, now=self.now)

    def _lock_untouched(self, ids: Collection[UUID]) -> set[UUID]:
        """Lock streaks without activity and return those that have changed while this waited for the lock.

        Until the first log their rules may be changed, and their milestones deleted.
        """
        locked = Streak.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
        list(locked.values_list("pk"))
        present = read_versions(ids)
        return {pk for pk in ids if present.get(pk) != self.streaks[pk].version}

    # --- advance

    def _take_out_repeats(self, opened: Opened) -> None:
        """Note which logs repeat a stored one, or another one that came with them (S27)."""
        repeats = {} if self.are_stored else opened.repeats
        for group in self.groups:
            firsts: dict[str, RecordResult] = {}
            for result in group.results:
                if result.refusal is not None:
                    continue
                log = result.log
                first = firsts.setdefault(log.unique_identifier, result)
                if first is not result:
                    group.again.append((result, first))
                elif repeats and (existing_id := repeats.get(log.id)) is not None:
                    result.existing_id = existing_id
                else:
                    group.new.append(log)

    def _catch_up(self, opened: Opened) -> None:
        """Apply what many are given to those whose turn has not come, so that no member has a mixture (S38)."""
        wanted = {}
        for group in self.groups:
            pending = self.streaks[group.streak_id].pending_for(group.member_id) if group.new else None
            if pending is not None:
                catch_up(group.pair, pending, self.streaks, now=self.now)
                wanted[group.pair] = Wanted(Level.TAIL, {log.period_key for log in group.new})
        if wanted:
            opened.histories |= self.store.load(wanted)

    def _advance(self, opened: Opened) -> None:
        """Derive what follows for each member in each streak, and load more wherever that is needed."""
        histories, pending = opened.histories, [group for group in self.groups if group.new]
        while pending:
            wanted, waiting = {}, []
            for group in pending:
                history = self._without_stored(histories.get(group.pair) or History(), group.new)
                rules = self.streaks[group.streak_id].rules_for(group.member_id)
                changes = advance(history, group.new, rules, self.now)
                if isinstance(changes, NeedsMore):
                    waiting.append(group)
                    touched = {log.period_key for log in group.new}
                    wanted[group.pair] = Wanted(changes.level, touched, changes.periods, rules.has_freezes)
                else:
                    self.changes[group.pair] = changes
            histories, pending = self.store.load(wanted), waiting

    def _without_stored(self, history: History, logs: Iterable[Log]) -> History:
        """Leave a log that is stored already out of the logs that were read."""
        if self.are_stored:
            for log in logs:
                if log.period_key in history.logged:
                    history.logged[log.period_key].remove((log.activity_at, log.units))
        return history

    # --- tell

    def _finish(self) -> None:
        """Let every result know what became of its log."""
        for group in self.groups:
            changes = self.changes.get(group.pair)
            overflow = {log.id for log in changes.overflow} if changes else set()
            for result in group.results:
                if result.is_recorded:
                    if overflow and result.log.id in overflow:
                        result.refusal = total_out_of_range()
                    else:
                        result.changes = changes
            for result, first in group.again:
                result.refusal, result.changes = first.refusal, None
                if first.refusal is None:
                    result.existing_id = first.existing_id or first.log.id

    def _freeze_rules(self) -> None:
        """Note the first log of each streak (S28)."""
        recorded = {streak_id for _, streak_id in self.changes}
        untouched = [pk for pk in recorded if not self.streaks[pk].streak.has_activity]
        if untouched:
            Streak.objects.filter(pk__in=untouched).update(has_activity=True)

    def _tell(self) -> None:
        """Tell the world, inside the transaction, what has happened."""
        tell_rearranged(self.changes, self.streaks.keys())
        achievements = [one for changes in self.changes.values() for one in changes.achievements]
        self.rewards = tell_reached(achievements, now=self.now)
        follow_gifts(self.changes, achievements)
        logs_recorded.send(
            StreakProgress,
            changes=self.changes,
            streaks=self.streaks,
            rewards=self.rewards,
            members={} if self.member is None else {self.member.pk: self.member},
            totals=self._current_totals(),
            now=self.now,
        )

    def _current_totals(self) -> dict[Pair, Total | None]:
        """Return the total of the current period that was read with a single log."""
        return {} if self.owner is None else {self.groups[0].pair: self.current}

    def current_state(self) -> CurrentState:
        """Return what is current after a single log."""
        assert self.member is not None, "a log that was recorded has a member"
        log = self.results[0].log
        cached = self.streaks[log.streak_id]
        pair = log.member_id, log.streak_id
        total = self.current
        rules = self.changes[pair].rules or cached.rules
        if rules.calendar.key_of(self.now) == log.period_key:
            total = self.changes[pair].totals[log.period_key]
        return CurrentState(self.member, cached.streak, None if total is None else total_row(pair, total))
