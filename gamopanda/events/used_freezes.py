"""Freezes are used by the clock: the runs of a streak are looked through once after each of its periods (E4).

Where members have their own clocks, that is once an hour.

Recording notes by itself what late logs freeze. Each period of a run is noted once, by the first process that sees it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.accounts.sandbox import LONGEST_STEP
from gamopanda.events.announcements import delays_of
from gamopanda.events.models import FollowedStreak, ReminderRule, UsedFreeze
from gamopanda.events.reminders.sending import plan_freeze_used
from gamopanda.events.subscriptions import Takers, takers_now
from gamopanda.events.types import EventType
from streaks.core.advance import Changes, Pair
from streaks.core.rules import Rules
from streaks.core.runs import Run, RunStatus
from streaks.models import Streak, StreakProgress
from streaks.presenters.current_period import read_clocks
from streaks.progress.streak_cache import CachedStreak, forget_streaks, read_streaks

BATCH = 1000
LOOK_BACK = timedelta(days=7)
"""What happened longer ago is no news: no event tells it, neither after a late log nor to a new endpoint."""


class Used(NamedTuple):
    """A freeze that was used: for a period of a run, which ended at an instant."""

    run: Run | StreakProgress
    key: date
    ended_at: datetime


def note_used(*, now: datetime) -> None:
    """Note the freezes that the clock has used, where somebody is told of it."""
    for cached in _streaks_to_follow(takers_now()):
        while _note_batch(cached, now):
            continue


def note_used_of(member_id: UUID, *, now: datetime) -> None:
    """Note the freezes that the clock of a sandbox member has used; those that were noted before stay as they are."""
    for cached in _streaks_to_follow(takers_now()):
        runs = StreakProgress.objects.filter(
            member=member_id, streak=cached.streak.pk, stored_status=RunStatus.IN_PROGRESS, frozen_periods__isnull=False
        )
        rules = cached.rules_for(member_id)
        used = [one for run in runs for one in _used_by(run, rules, now - LONGEST_STEP, now)]
        _note([(cached.streak.pk, one) for one in used], takers_now())
        plan_freeze_used(cached, [(run, key, ended_at) for run, key, ended_at in used])


def _streaks_to_follow(takers: Takers) -> list[CachedStreak]:
    rules = ReminderRule.objects.filter(is_on=True, type=ReminderType.FREEZE_USED)
    reminded = set(rules.values_list("streak_id", flat=True))
    if not takers and not reminded:
        return []
    active = Streak.objects.filter(has_activity=True, deleted_at=None).order_by("pk").values_list("pk", flat=True)
    ids = [pk for pk in active if pk in reminded or takers.take_any([EventType.STREAK_FREEZE_USED], pk)]
    forget_streaks(ids)
    return [cached for cached in read_streaks(ids).values() if cached.rules.has_freezes]


@transaction.atomic
def _note_batch(cached: CachedStreak, now: datetime) -> bool:
    """Look through some runs; False when all were looked through, or another process does."""
    streak_id = cached.streak.pk
    FollowedStreak.objects.get_or_create(pk=streak_id)
    followed = FollowedStreak.objects.select_for_update(skip_locked=True).filter(pk=streak_id).first()
    if followed is None or not _has_more(followed, cached.rules, now):
        return False
    runs = StreakProgress.objects.filter(
        streak=streak_id, stored_status=RunStatus.IN_PROGRESS, frozen_periods__isnull=False
    )
    if followed.freezes_through is not None:
        runs = runs.filter(pk__gt=followed.freezes_through)
    batch = list(runs.order_by("streak", "pk")[:BATCH])
    since = max(followed.freezes_until or now - LOOK_BACK, now - LOOK_BACK)
    clocks = read_clocks({run.member_id for run in batch}, [cached.streak])
    own = [(run, clocks.calendar_of(run.member_id, cached.streak)) for run in batch]
    used = [one for run, calendar in own for one in _used_by(run, replace(cached.rules, calendar=calendar), since, now)]
    _note([(streak_id, one) for one in used], takers_now())
    plan_freeze_used(cached, [(run, key, ended_at) for run, key, ended_at in used])
    _move_on(followed, batch)
    return True


def _has_more(followed: FollowedStreak, rules: Rules, now: datetime) -> bool:
    """Begin with another period where one has ended; say whether there are runs to look through."""
    if followed.freezes_target is None:
        followed.freezes_target = _latest_end(rules, rules.clock_at(now))
    return followed.freezes_until is None or followed.freezes_until < followed.freezes_target


def _latest_end(rules: Rules, now: datetime) -> datetime:
    """Return when a period has ended last: where members have their own clocks, one ends at nearly every hour."""
    if rules.has_own_clocks:
        return now.replace(minute=0, second=0, microsecond=0)
    return rules.calendar.starts_at(rules.calendar.key_of(now))


def _move_on(followed: FollowedStreak, batch: Sequence[StreakProgress]) -> None:
    followed.freezes_through = batch[-1].pk if batch else None
    if len(batch) < BATCH:
        followed.freezes_until, followed.freezes_target, followed.freezes_through = followed.freezes_target, None, None
    followed.save(update_fields=["freezes_until", "freezes_target", "freezes_through"])


def _used_by(run: Run | StreakProgress, rules: Rules, since: datetime, now: datetime) -> Iterator[Used]:
    """Yield the freezes that a run has used from one instant to another."""
    for key in map(date.fromisoformat, run.frozen_periods or ()):
        ended_at = rules.calendar.ends_at(key)
        if since < ended_at <= rules.clock_at(now):
            yield Used(run, key, ended_at)


def note_recorded(changes: Mapping[Pair, Changes], takers: Takers, *, now: datetime) -> None:
    """Note the freezes that late logs or other facts have used, and those of runs that the clock sees no more."""
    _note([(pair[1], used) for pair, one in changes.items() for used in _used_since(one, now)], takers)


def _used_since(changes: Changes, now: datetime) -> Iterator[Used]:
    if changes.rules is not None and changes.rules.has_freezes:
        for run in (*changes.runs.created, *changes.runs.changed):
            before = changes.runs.before.get(id(run))
            used = _used_by(run, changes.rules, now - LOOK_BACK, now)
            yield from (one for one in used if _is_news(run, before, one.key))


def _is_news(run: Run, before: Run | None, key: date) -> bool:
    """Say whether the clock cannot have noted it before."""
    is_over = run.stored_status != RunStatus.IN_PROGRESS
    return is_over or before is None or key.isoformat() not in (before.frozen_periods or ())


def _note(used: Iterable[tuple[UUID, Used]], takers: Takers) -> None:
    """Note freezes that were used, each given with its streak, for those who are told of it."""
    taken = [one for one in used if takers.of(EventType.STREAK_FREEZE_USED, one[0]) is not None]
    if not taken:
        return
    delays = delays_of({streak_id for streak_id, _ in taken})
    rows = [
        UsedFreeze(run_id=one.run.id, period_key=one.key, due_at=one.ended_at + delays[streak_id])
        for streak_id, one in taken
        if one.run.id is not None
    ]
    UsedFreeze.objects.bulk_create(rows, ignore_conflicts=True)
