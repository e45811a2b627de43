"""A round of reminders: who is due is looked for, decided and told, some at a time; several rounds may run at once."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.core.mail import get_connection
from django.dispatch import receiver

from gamopanda.accounts.models import Member
from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.accounts.signals import clock_moved
from gamopanda.events.reminder_models import Reminder, ReminderRule, ReminderWay
from gamopanda.events.reminder_times import next_at_hour
from gamopanda.events.reminders.claiming import claim, planned_reminder
from gamopanda.events.reminders.mailing import send_claimed
from gamopanda.events.reminders.prospects import Look, due_prospects
from streaks.core.periods import Calendar
from streaks.models import StreakProgress
from streaks.presenters.current_period import read_clocks
from streaks.progress.signals import runs_closed
from streaks.progress.streak_cache import CachedStreak, forget_streaks, read_streaks

logger = logging.getLogger(__name__)

BATCHES = {ReminderWay.EVENT: 100, ReminderWay.EMAIL: 20}
"""How many are decided in one transaction; of e-mails, how many are on their way when a process is killed."""
INTERRUPTED_AFTER = timedelta(minutes=15)
_URGENCY = {name: place for place, name in enumerate(ReminderType.values)}


def send_due(*, now: datetime) -> int:
    """Send the reminders that are due by now, the most urgent type first; returns how many were sent."""
    drop_interrupted(now=now)
    return _send_to(None, now)


@receiver(clock_moved, dispatch_uid="reminders.clock_moved")
def send_due_of_member(member: Member, now: datetime, **_kwargs: Any) -> None:
    """Send the reminders of a sandbox member that are due on its own clock."""
    _send_to(member.pk, now)


def _send_to(sandbox_id: UUID | None, now: datetime) -> int:
    rules = sorted(ReminderRule.objects.filter(is_on=True), key=lambda rule: (_URGENCY[rule.type], rule.pk))
    forget_streaks({rule.streak_id for rule in rules})
    streaks = read_streaks({rule.streak_id for rule in rules})
    looks = [Look(rule, streaks[rule.streak_id], now, sandbox_id) for rule in rules if rule.streak_id in streaks]
    clock = _clock(now)
    return sum(_send_of_rule(look, clock) for look in looks)


def _clock(now: datetime) -> Callable[[], datetime]:
    """Return what tells the present, to the minute, from an instant on: a round may take long."""
    began = monotonic()
    return lambda: now + timedelta(minutes=int((monotonic() - began) / 60))


def _send_of_rule(look: Look, clock: Callable[[], datetime]) -> int:
    """Send what is due of one rule; a mail server that does not answer is left for the next round."""
    way, sent = ReminderWay(look.rule.way), 0
    try:
        with _mail_server(way) as server:
            for prospects in due_prospects(look):
                for batch in _batches(prospects, BATCHES[way]):
                    claimed = claim(replace(look, now=clock()), batch)
                    sent += len(claimed) if server is None else send_claimed(claimed, server)
    except ConnectionError as error:
        logger.warning("The mail server cannot be reached: %s", error)
    return sent


@contextmanager
def _mail_server(way: ReminderWay) -> Iterator[Any]:
    """Connect to the mail server, before anything is decided that has to be sent by it."""
    if way == ReminderWay.EVENT:
        yield None
        return
    server = get_connection()
    try:
        server.open()
    except OSError as error:
        raise ConnectionError(str(error)) from error
    try:
        yield server
    finally:
        server.close()


def _batches(prospects: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield some at a time, in the order of the members, so that two processes never wait for each other."""
    ordered = sorted(prospects, key=lambda one: one.member_id)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def drop_interrupted(*, now: datetime) -> None:
    """Drop e-mails whose process was killed while it sent them: they may have been sent or not."""
    stuck = Reminder.objects.filter(status=Reminder.Status.SENDING, updated_at__lt=now - INTERRUPTED_AFTER)
    stuck.update(status=Reminder.Status.DROPPED, reason=Reminder.Reason.INTERRUPTED, updated_at=now)


@receiver(runs_closed, dispatch_uid="reminders.runs_closed")
def plan_broken(run_ids: Sequence[Any], **_kwargs: Any) -> None:
    """Plan to tell of breaks, later and only if they still are some (E4)."""
    rules = {rule.streak_id: rule for rule in ReminderRule.objects.filter(is_on=True, type=ReminderType.BROKEN)}
    if not rules:
        return
    streaks = read_streaks(rules.keys())
    planned, runs = [], list(StreakProgress.objects.filter(pk__in=run_ids, streak__in=rules))
    clocks = read_clocks({run.member_id for run in runs}, [cached.streak for cached in streaks.values()])
    for run in runs:
        rule, cached = rules[run.streak_id], streaks.get(run.streak_id)
        if cached is None or run.breaks_at is None or run.current_progress_value < rule.minimum_value:
            continue
        told_at = _told_at(rule, cached, clocks.calendar_of(run.member_id, cached.streak), run.breaks_at)
        planned.append(planned_reminder(rule, run, run.ends_on, told_at))
    Reminder.objects.bulk_create(planned, ignore_conflicts=True)


def plan_freeze_used(cached: CachedStreak, used: Iterable[tuple[Any, date, datetime]]) -> None:
    """Plan to tell of freezes that saved periods of runs, which ended at some instants (E4)."""
    rules = ReminderRule.objects.filter(streak=cached.streak.pk, is_on=True, type=ReminderType.FREEZE_USED)
    rule = rules.first()
    if rule is None:
        return
    used = list(used)
    clocks = read_clocks({run.member_id for run, _key, _ended_at in used}, [cached.streak])
    planned = []
    for run, key, ended_at in used:
        if run.current_progress_value >= rule.minimum_value:
            calendar = clocks.calendar_of(run.member_id, cached.streak)
            planned.append(planned_reminder(rule, run, key, _told_at(rule, cached, calendar, ended_at)))
    Reminder.objects.bulk_create(planned, ignore_conflicts=True)


def _told_at(rule: ReminderRule, cached: CachedStreak, calendar: Calendar, happened_at: datetime) -> datetime:
    """Return when a member is told what the clock did: at the hour of the rule, after the delay of the streak."""
    told_at = happened_at + timedelta(hours=cached.streak.announce_after_hours)
    return next_at_hour(told_at, rule.local_hour, calendar.zone_at(told_at))
