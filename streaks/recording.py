"""The one write path: logs to totals to runs to milestones reached (S6–S27).

One log and a million take the same road: lock the members, then read; insert the logs; derive. Whoever saves a log
elsewhere is led here by the receivers in `streaks.signals`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from gamopanda.accounts.models import Member
from streaks.bulk_rows import insert_missing
from streaks.derivation import apply_logs
from streaks.lone_log import record_lone_log
from streaks.models import AggregationMethod, Streak, StreakLog, StreakProgress
from streaks.outcome import Outcome as Outcome  # noqa: PLC0414  part of what recording says
from streaks.refusal import CLOCK_TOLERANCE as CLOCK_TOLERANCE  # noqa: PLC0414
from streaks.refusal import Refused as Refused  # noqa: PLC0414
from streaks.refusal import find_refusal
from streaks.run_storage import Achievement, Pair

# How many repeats one query looks up: the index is asked for every pairing of their members and identifiers.
KEYS_AT_ONCE = 50
RULE_COLUMNS = ("status", "paused_at", "has_activity", "deleted_at", *Streak.RULES)


def record_log(log: StreakLog, *, now: datetime) -> Outcome:
    """Record one unsaved log; raises `Refused`. A repeat changes nothing and comes back with `existing_id` (S27)."""
    lone = record_lone_log(log, ("id", log.member_id), now=now)
    if lone is not None:
        return lone
    (outcome,) = record_logs([log], now=now)
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


@transaction.atomic
def record_logs(logs: Sequence[StreakLog], *, now: datetime) -> list[Outcome]:
    """Record unsaved logs of any members and streaks, and everything that follows from them, in one transaction.

    Each log has its member, streak, `activity_at`, `activity_id`, `unique_identifier` and `activity_value` set and
    checked for shape. Refused logs and repeats never harm their neighbours. Returns one outcome per log, in order.
    """
    members = lock_members({log.member_id for log in logs})
    streaks = read_streaks({log.streak_id for log in logs})
    outcomes = [
        Outcome(log, refusal=find_refusal(log, streaks.get(log.streak_id), members.get(log.member_id), now=now))
        for log in logs
    ]
    first = _first_of_each(outcome for outcome in outcomes if outcome.refusal is None)
    calendars = {streak.pk: streak.calendar for streak in streaks.values()}
    for outcome in first.values():
        outcome.log.period_key = calendars[outcome.log.streak_id].key_of(outcome.log.activity_at)
    # A correction never reaches a milestone (S20), so those of a batch count before the rest of it.
    corrections: list[Outcome] = []
    others: list[Outcome] = []
    for outcome in first.values():
        (corrections if is_correction(outcome.log, streaks) else others).append(outcome)
    gone = _insert_and_derive(corrections, streaks, now=now, can_achieve=False)
    _insert_and_derive(others, streaks, now=now, former=gone)
    freeze_rules(streaks[outcome.log.streak_id] for outcome in first.values() if outcome.is_recorded)
    if len(first) < len(outcomes):
        _point_to_first(outcomes, first)
    return outcomes


def lock_members(ids: Iterable[UUID]) -> dict[UUID, Member]:
    """Lock members until the transaction ends and return them by id, with their status alone.

    Always in the order of their ids, so that two batches wait for each other instead of deadlocking. Everything that
    is derived for a member is read after this: reading first goes wrong under load.
    """
    locked = Member.objects.select_for_update(no_key=True).filter(pk__among=set(ids)).order_by("pk").only("status")
    return {member.pk: member for member in locked}


def read_streaks(ids: set[UUID]) -> dict[UUID, Streak]:
    """Return the rules of streaks that are not deleted, by id.

    Until its first log, someone may be editing the rules of a streak at this moment: such a streak is locked and read
    again, and `freeze_rules` ends the time of edits (S28).
    """
    visible = Streak.objects.visible().only(*RULE_COLUMNS)
    streaks = {streak.pk: streak for streak in visible.filter(pk__in=ids)}
    untouched = [streak.pk for streak in streaks.values() if not streak.has_activity]
    if untouched:
        for pk in untouched:
            del streaks[pk]
        locked = visible.select_for_update(no_key=True).filter(pk__in=untouched).order_by("pk")
        streaks.update((streak.pk, streak) for streak in locked)
    return streaks


def freeze_rules(streaks: Iterable[Streak]) -> None:
    """Note the first log of each streak (S28)."""
    untouched = [streak.pk for streak in streaks if not streak.has_activity]
    if untouched:
        Streak.objects.filter(pk__in=untouched).update(has_activity=True)


def is_correction(log: StreakLog, streaks: dict[UUID, Streak]) -> bool:
    """Say whether a log takes from a sum (S9)."""
    is_sum = streaks[log.streak_id].aggregation_method == AggregationMethod.SUM
    return is_sum and log.activity_value is not None and log.activity_value < 0


LogKey = tuple[UUID, UUID, str]


def _key(log: StreakLog) -> LogKey:
    return log.member_id, log.streak_id, log.unique_identifier


def _first_of_each(outcomes: Iterable[Outcome]) -> dict[LogKey, Outcome]:
    """Return the first outcome for each unique identifier: the others of a batch repeat it (S27)."""
    first: dict[LogKey, Outcome] = {}
    for outcome in outcomes:
        first.setdefault(_key(outcome.log), outcome)
    return first


def _point_to_first(outcomes: Iterable[Outcome], first: dict[LogKey, Outcome]) -> None:
    for outcome in outcomes:
        original = first.get(_key(outcome.log), outcome)
        if outcome.refusal is None and original is not outcome:
            outcome.existing_id = original.existing_id or original.log.pk


def _insert(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Insert logs; those that the unique constraint turns away point to the log that was there before (S27)."""
    inserted = {log.pk for log in insert_missing(StreakLog, [outcome.log for outcome in outcomes])}
    repeats = [outcome for outcome in outcomes if outcome.log.pk not in inserted]
    existing = _existing_ids([outcome.log for outcome in repeats])
    for outcome in repeats:
        outcome.existing_id = existing[_key(outcome.log)]
    return [outcome for outcome in outcomes if outcome.log.pk in inserted]


def _existing_ids(logs: Sequence[StreakLog]) -> dict[LogKey, UUID]:
    found: dict[LogKey, UUID] = {}
    for start in range(0, len(logs), KEYS_AT_ONCE):
        some = logs[start : start + KEYS_AT_ONCE]
        stored = StreakLog.objects.filter(
            member__in={log.member_id for log in some},
            streak__in={log.streak_id for log in some},
            unique_identifier__in={log.unique_identifier for log in some},
        )
        for log in stored.only("member_id", "streak_id", "unique_identifier"):
            found[_key(log)] = log.pk
    return found


def _insert_and_derive(
    outcomes: list[Outcome], streaks: dict[UUID, Streak], *, now: datetime, **how: Any
) -> dict[Pair, list[StreakProgress]]:
    """Insert a part of a batch and derive what follows; return the rows of the runs that are gone by that."""
    recorded = _insert(outcomes) if outcomes else []
    if not recorded:
        return {}
    derived = apply_logs([outcome.log for outcome in recorded], streaks, now=now, **how)
    achieved: dict[UUID, list[Achievement]] = defaultdict(list)
    for achievement in derived.achievements:
        achieved[achievement.log.pk].append(achievement)
    for outcome in recorded:
        outcome.run = derived.run_of(outcome.log)
        outcome.achievements = achieved[outcome.log.pk]
    return derived.gone


def prepare_log(log: StreakLog, *, now: datetime) -> None:
    """Lock, check and complete a log that is about to be saved outside of `record_logs`; raises `Refused`."""
    member = lock_members([log.member_id]).get(log.member_id)
    streak = read_streaks({log.streak_id}).get(log.streak_id)
    refusal = find_refusal(log, streak, member, now=now)
    if refusal is not None or streak is None:
        raise refusal or Refused("not_found", _("There is no streak with this id."))
    freeze_rules([streak])
    log.period_key = streak.calendar.key_of(log.activity_at)


def derive_log(log: StreakLog, *, now: datetime) -> None:
    """Derive what follows from a log that was saved after `prepare_log`, in the same transaction."""
    streaks = read_streaks({log.streak_id})
    apply_logs([log], streaks, now=now, can_achieve=not is_correction(log, streaks))
