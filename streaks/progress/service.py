"""The only writer of what is derived: facts come in, `streaks.core.advance` derives what follows, a store writes it.

All happens in one transaction, under the locks of the members: lock first, then read; COMMIT comes last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from gamopanda.accounts.authentication import LiveKey
from streaks.core.advance import Changes, Pair
from streaks.core.advance import rederive as rederive_history
from streaks.core.facts import Log
from streaks.core.milestones import Achievement, find_rises
from streaks.core.runs import Run
from streaks.models import Streak, StreakLog, StreakProgress
from streaks.progress.deriving import reach
from streaks.progress.recording import Owner, Recording, RecordResult
from streaks.progress.signals import histories_rederived, tell_rearranged
from streaks.progress.store import store
from streaks.progress.store.clocks import with_own_clocks
from streaks.progress.store.histories import read_entries, read_histories
from streaks.progress.store.orm import lock_members, read_facts, share_streaks
from streaks.progress.streak_cache import read_rules, read_streaks


def record(logs: Sequence[Log], *, now: datetime) -> list[RecordResult]:
    """Record logs of any members and streaks, and everything that follows from them, in one transaction.

    Refused logs and repeats never harm their neighbours. Returns one result per log, in order.
    """
    with transaction.atomic():
        recording = Recording(logs, now)
        if not recording.store.trusts_instants(logs):
            return recording.run()
        # A log may repeat a stored one but say that it happened later than all that is stored: then saving tells.
        with suppress(IntegrityError), transaction.atomic():
            return recording.run()
        return Recording(logs, now, trusts_instants=False).run()


def record_one(log: Log, *, owner: Owner, now: datetime, key: LiveKey | None = None) -> RecordResult:
    """Record a single log whose member need not be known yet; it costs two ways to the database and back, and COMMIT.

    With `key`, an API key that is only presumed to be live, nothing is stored if it is not: raises `KeyRevoked`.
    """
    with transaction.atomic():
        recording = Recording([log], now, owner=owner, key=key)
        (result,) = recording.run()
        if result.is_recorded:
            result.current, result.rewards = recording.current_state(), recording.rewards
        return result


def derive_stored(log: Log, *, now: datetime) -> None:
    """Derive what follows from a log that was just stored after `place` let it in, in the same transaction."""
    (result,) = Recording([log], now, are_stored=True).run()
    if result.refusal is not None:
        raise result.refusal


def place(log: Log, *, now: datetime) -> None:
    """Lock the member of a log that is about to be stored elsewhere and decide its period; raises `Refused`."""
    recording = Recording([log], now)
    recording.open()
    refusal = recording.results[0].refusal
    if refusal is not None:
        raise refusal


# --- logs as records -------------------------------------------------------------------------------------------------


def as_fact(log: StreakLog) -> Log:
    """Return what an unsaved record says."""
    to_units = StreakLog._meta.get_field("activity_value").get_prep_value
    return Log(
        log.pk,
        log.member_id,
        log.streak_id,
        log.activity_at,
        log.activity_id,
        log.unique_identifier,
        to_units(log.activity_value),
        log.period_key or date.min,
    )


def record_logs(logs: Sequence[StreakLog], *, now: datetime) -> list[RecordResult]:
    """Record unsaved records as `record` does; those that were recorded are as they are stored then."""
    results = record([as_fact(log) for log in logs], now=now)
    for log, result in zip(logs, results, strict=True):
        fact, result.log = result.log, log
        if result.is_recorded:
            log.period_key, log.created_at, log.updated_at = fact.period_key, fact.created_at, fact.created_at
            log._state.adding = False
    return results


def record_log(log: StreakLog, *, now: datetime) -> RecordResult:
    """Record one unsaved record; raises `Refused`. A repeat changes nothing and comes back with `existing_id` (S27)."""
    (result,) = record_logs([log], now=now)
    if result.refusal is not None:
        raise result.refusal
    return result


# --- deriving anew ---------------------------------------------------------------------------------------------------


def batches_with_activity(size: int, *, streak_id: UUID | None = None) -> Iterator[list[UUID]]:
    """Yield the ids of all members with logs, in order, `size` at a time; each batch is looked up when it is due."""
    logs = StreakLog.objects.all() if streak_id is None else StreakLog.objects.filter(streak=streak_id)
    members = logs.order_by("member_id").values_list("member_id", flat=True).distinct()
    batch = list(members[:size])
    while batch:
        yield batch
        batch = list(members.filter(member_id__gt=batch[-1])[:size])


def rederive(
    member_ids: Iterable[UUID], *, now: datetime, streak_id: UUID | None = None, from_key: date | None = None
) -> dict[Pair, Changes]:
    """Derive totals and runs of members once more from their logs and store what differs; no milestone is reached.

    Of one streak or of all; with `from_key` from the run on to which that period belongs. Returns what was changed.
    """
    with transaction.atomic():
        ids = list(lock_members(set(member_ids)))
        changes, streak_ids = _differences(ids, streak_id, from_key, now)
        differing = {pair: one for pair, one in changes.items() if _differs(one)}
        if differing:
            store().save(differing)
        Streak.objects.filter(pk__in=streak_ids, has_activity=False).update(has_activity=True)
        for one in differing.values():
            # A reward may wait for a run that is there again.
            one.runs.is_rearranged |= bool(one.runs.created)
        tell_rearranged(differing, streak_ids)
        if differing:
            histories_rederived.send(StreakProgress, changes=differing, rewards=[], now=now)
        return differing


def derive_joined(
    member_id: UUID, before: Mapping[UUID, Sequence[Run]], *, now: datetime
) -> tuple[dict[Pair, Changes], list[Any]]:
    """Derive a member whose facts were joined with those of another one; return the changes and the rewards (S60).

    The member is locked. `before` has the stored runs of both by streak: milestones to which a joined run rises above
    all of them that began in it are reached.
    """
    changes: dict[Pair, Changes] = {}
    cached = read_streaks(before)
    for streak_id in sorted(before):
        for pair, one in _differences([member_id], streak_id, None, now)[0].items():
            one.runs.is_rearranged = True
            milestones = cached[streak_id].rules.milestones if streak_id in cached else ()
            rises = find_rises(one.runs, milestones, one.totals)
            one.achievements = [rise for rise in rises if _rises_above(before[streak_id], rise)]
            changes[pair] = one
    if changes:
        store().save(changes)
    tell_rearranged(changes, before)
    rewards = reach(changes, now)
    histories_rederived.send(StreakProgress, changes=changes, rewards=rewards, now=now)
    return changes, rewards


def _rises_above(before: Iterable[Run], rise: Achievement) -> bool:
    run = rise.run
    peaks = (one.highest_progress_value for one in before if run.starts_on <= one.starts_on <= run.ends_on)
    return bool(max(peaks, default=0) < rise.milestone.milestone_target_value)


def check(member_ids: Iterable[UUID], *, now: datetime, streak_id: UUID | None = None) -> list[str]:
    """Compare what is stored of members with their logs, change nothing, and describe each difference in a sentence.

    Locks the members while it reads, so that a log that is being recorded is seen whole or not at all.
    """
    with transaction.atomic():
        changes, _ = _differences(list(lock_members(set(member_ids))), streak_id, None, now)
        return [line for pair, one in changes.items() for line in describe_differences(pair, one)]


def describe_differences(pair: Pair, changes: Changes) -> list[str]:
    """Describe in what stored totals and runs differ from the logs."""
    of, runs = f"member {pair[0]} streak {pair[1]}", changes.runs
    return [
        *(f"{of} period {total.period_key}: the total is missing" for total in changes.totals_created),
        *(f"{of} period {total.period_key}: the total is wrong" for total in changes.totals_changed),
        *(f"{of} period {total.period_key}: the total has no logs" for total in changes.totals_deleted),
        *(f"{of} run from {run.starts_on}: missing" for run in runs.created),
        *(f"{of} run from {run.starts_on}: wrong" for run in runs.visibly_changed),
        *(f"{of} run from {run.starts_on}: has no logs" for run in runs.deleted),
    ]


def _differs(changes: Changes) -> bool:
    runs = changes.runs
    totals = changes.totals_created or changes.totals_changed or changes.totals_deleted
    return bool(totals or runs.created or runs.changed or runs.deleted)


def _differences(
    member_ids: Sequence[UUID], streak_id: UUID | None, from_key: date | None, now: datetime
) -> tuple[dict[Pair, Changes], set[UUID]]:
    """Return for each pair of locked members in what it differs from its logs, and the streaks concerned.

    Until the transaction ends, no streak concerned is paused or resumed, and no rules are edited.
    """
    only = {"member__any_of": member_ids} | ({} if streak_id is None else {"streak": streak_id})
    streak_ids = set(StreakLog.objects.filter(**only).order_by().values_list("streak_id", flat=True).distinct())
    streak_ids |= set(StreakProgress.objects.filter(**only).order_by().values_list("streak_id", flat=True).distinct())
    share_streaks(streak_ids)
    streaks = Streak.objects.filter(pk__in=streak_ids)
    list(streaks.filter(has_activity=False).select_for_update(no_key=True).order_by("pk"))
    rules = read_rules(streaks)
    if any(one.has_freezes for one in rules.values()):
        from_key = None  # what is left of freezes goes on from the first log
    histories = read_histories(only, from_key)
    entries = read_entries(only, histories, from_key, rules)
    for pair, facts in read_facts(histories.keys() | entries.keys(), with_own_clocks(rules)).items():
        histories[pair].facts = facts
    changes = {
        pair: rederive_history(histories[pair], entries[pair], rules[pair[1]], now)
        for pair in histories.keys() | entries.keys()
    }
    return changes, streak_ids
