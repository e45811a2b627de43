"""One transaction that records logs, in steps: open, advance, save, tell."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from gamopanda.accounts.authentication import LiveKey
from gamopanda.api.models import Status
from streaks.core.advance import Changes, History, NeedsMore, Pair, advance
from streaks.core.aggregation import Total
from streaks.core.facts import Log
from streaks.core.milestones import Achievement
from streaks.models import Streak, StreakProgress, TaskProgress
from streaks.progress.admission import Refused, find_refusal, total_out_of_range
from streaks.progress.signals import milestones_reached, runs_rearranged
from streaks.progress.store.orm import Opened, OrmStore, Wanted, read_versions, run_row, total_row
from streaks.progress.store.postgres import OpenedOne, PostgresStore
from streaks.progress.streak_cache import CachedStreak, forget_streaks, read_streaks

Owner = tuple[UUID | None, str | None]
"""How the member of a log is named: by its id, or by its external id."""


class KeyRevoked(Exception):
    """The API key of a call that was presumed to be live is not; nothing was stored."""


@dataclass(frozen=True, slots=True)
class CurrentState:
    """The streak of a log with its texts and milestones, and the member's total in the current period, if any."""

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
    rewards: list[Any] = field(default_factory=list)

    @property
    def is_recorded(self) -> bool:
        """Whether the log is stored now."""
        return self.existing_id is None and self.refusal is None

    @property
    def run(self) -> StreakProgress | None:
        """The run in which a recorded log counts."""
        if self.changes is None:
            return None
        run = run_row((self.log.member_id, self.log.streak_id), self.changes.run_of(self.log.period_key))
        run._state.adding = False
        if self.current is not None:
            run.streak = self.current.streak
        return run

    @property
    def achievements(self) -> list[Achievement]:
        """The milestones that were reached with the log."""
        return [] if self.changes is None else [one for one in self.changes.achievements if one.log.id == self.log.id]


def store() -> OrmStore:
    """Return the store for the database in use."""
    return PostgresStore() if connection.vendor == "postgresql" else OrmStore()


def tell_rearranged(changes: Mapping[Pair, Changes], streak_ids: Collection[UUID]) -> None:
    """Tell that runs were joined, split, moved or deleted (S21)."""
    rearranged = {pair: one for pair, one in changes.items() if one.runs.is_rearranged}
    if rearranged:
        runs_rearranged.send(sender=StreakProgress, changes=rearranged, streak_ids=streak_ids)


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
        self.store = store()
        self.streaks: dict[UUID, CachedStreak] = {}
        self.changes: dict[Pair, Changes] = {}
        self.first: dict[tuple[UUID, UUID, str], RecordResult] = {}
        self.current: Total | None = None
        self.rewards: list[Any] = []

    def run(self) -> list[RecordResult]:
        """Record, and return what became of every log."""
        opened = self.open()
        self._advance(self._take_out_repeats(opened), opened)
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

        What was cached of a streak is used for that, and is read anew where its version turns out to be another one.
        """
        ids = {result.log.streak_id for result in self.results}
        self.streaks = read_streaks(ids)
        while True:
            admitted = self._admit(None)
            opened = self._open(admitted, ids)
            stale = {pk for pk, one in self.streaks.items() if opened.versions.get(pk) != one.version}
            untouched = {pk for pk, one in self.streaks.items() if not one.streak.has_activity}
            if untouched and not stale:
                stale = self._lock_untouched(untouched)
            if not stale:
                self._admit(opened.statuses)
                return opened
            forget_streaks(stale)
            self.streaks = read_streaks(ids)

    def _open(self, admitted: list[Log], streak_ids: Collection[UUID]) -> Opened:
        if self.owner is not None:
            one = self._open_one(self.results[0].log)
            self.current = one.current
            return one.opened
        member_ids = {result.log.member_id for result in self.results}
        opened = self.store.open(admitted, member_ids, streak_ids)
        if not (opened.has_all_repeats or self.trusts_instants):
            opened.repeats = self.store.find_repeats(admitted)
        return opened

    def _open_one(self, log: Log) -> OpenedOne:
        assert isinstance(self.store, PostgresStore) and self.owner is not None, "only PostgreSQL reads by owner"
        cached = self.streaks.get(log.streak_id)
        today = log.period_key if cached is None else cached.rules.calendar.key_of(self.now)
        key = None if self.key is None else self.key.api_key
        one = self.store.open_one(log, self.owner, today=today, api_key=key)
        if self.key is not None and one.encrypted_secret != self.key.encrypted_secret:
            raise KeyRevoked
        if one.member_id is not None:
            log.member_id = one.member_id
        return one

    def _admit(self, statuses: Mapping[UUID, str] | None) -> list[Log]:
        """Note which logs are refused and return the others, with their periods.

        Before members are locked, without their `statuses`, all of them are taken to be live.
        """
        admitted = []
        for result in self.results:
            log = result.log
            cached = self.streaks.get(log.streak_id)
            status = Status.LIVE.value if statuses is None else statuses.get(log.member_id)
            result.refusal = find_refusal(log, None if cached is None else cached.streak, status, now=self.now)
            if result.refusal is None and cached is not None:
                log.period_key = cached.rules_for(log.member_id).calendar.key_of(log.activity_at)
                admitted.append(log)
        return admitted

    def _lock_untouched(self, ids: Collection[UUID]) -> set[UUID]:
        """Lock streaks without activity and return those that have changed while this waited for the lock.

        Until the first log their rules may be changed, and their milestones deleted.
        """
        locked = Streak.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
        list(locked.values_list("pk"))
        present = read_versions(ids)
        return {pk for pk in ids if present.get(pk) != self.streaks[pk].version}

    # --- advance

    def _take_out_repeats(self, opened: Opened) -> dict[Pair, list[Log]]:
        """Note which logs repeat a stored one, and return the first of each identifier among the others (S27)."""
        new: dict[Pair, list[Log]] = defaultdict(list)
        for result in self.results:
            log = result.log
            if result.refusal is not None:
                continue
            if self.first.setdefault((log.member_id, log.streak_id, log.unique_identifier), result) is not result:
                continue
            result.existing_id = None if self.are_stored else opened.repeats.get(log.id)
            if result.existing_id is None:
                new[log.member_id, log.streak_id].append(log)
        return new

    def _advance(self, logs: Mapping[Pair, list[Log]], opened: Opened) -> None:
        """Derive what follows for each member in each streak, and load more wherever that is needed."""
        histories, pending = opened.histories, set(logs)
        while pending:
            wanted = {}
            for pair in pending:
                history = self._without_stored(histories.get(pair) or History(), logs[pair])
                changes = advance(history, logs[pair], self.streaks[pair[1]].rules_for(pair[0]), self.now)
                if isinstance(changes, NeedsMore):
                    wanted[pair] = Wanted(changes.level, {log.period_key for log in logs[pair]}, changes.periods)
                else:
                    self.changes[pair] = changes
            histories, pending = self.store.load(wanted), set(wanted)

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
        overflow = {log.id for one in self.changes.values() for log in one.overflow}
        for result in self.results:
            log = result.log
            if result.refusal is not None:
                continue
            first = self.first[log.member_id, log.streak_id, log.unique_identifier]
            if first.log.id in overflow:
                result.refusal = total_out_of_range()
            elif first is not result:
                result.existing_id = first.existing_id or first.log.id
            elif result.existing_id is None:
                result.changes = self.changes[log.member_id, log.streak_id]

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
        if achievements:
            answers = milestones_reached.send(StreakProgress, achievements=achievements, now=self.now)
            self.rewards = [reward for _receiver, issued in answers for reward in issued]

    def current_state(self) -> CurrentState:
        """Return what is current after a single log."""
        log = self.results[0].log
        cached = self.streaks[log.streak_id]
        pair = log.member_id, log.streak_id
        total = self.current
        if cached.rules_for(log.member_id).calendar.key_of(self.now) == log.period_key:
            total = self.changes[pair].totals[log.period_key]
        return CurrentState(cached.streak, None if total is None else total_row(pair, total))
