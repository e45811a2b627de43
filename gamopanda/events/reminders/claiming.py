"""Reminders are decided once, in the transaction that writes them down, under the locks of their members (R3)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from gamopanda.events.outbox import NewEvent, store_events, take
from gamopanda.events.reminder_models import Reminder, ReminderRule, ReminderWay
from gamopanda.events.reminder_times import LATEST, LEFT_TO_ACT
from gamopanda.events.reminders.prospects import Look, Prospect, present_state, without_reminders
from gamopanda.events.reminders.texts import Words, words_for
from gamopanda.events.rendering import render_member, render_reward, render_run, render_streak
from gamopanda.events.subscriptions import Takers, takers_now
from gamopanda.events.types import EventType
from streaks.models import StreakProgress, TaskProgress
from streaks.models.campaign import Phase
from streaks.presenters.current_period import current_totals
from streaks.presenters.runs import RunPresenter, newest_runs, present_runs_of
from streaks.progress.streak_cache import forget_streaks, read_streaks

Reason = Reminder.Reason


@dataclass(slots=True)
class Claimed:
    """A reminder that this process has written down, with what it says where it is to be sent."""

    reminder: Reminder
    member: Member
    words: Words | None


@transaction.atomic
def claim(look: Look, prospects: Sequence[Prospect]) -> list[Claimed]:
    """Decide the reminders of some members once more, and write down what becomes of each; returns those to be sent.

    A member who is being recorded for at this moment, or decided by another process, is left to the next round.
    """
    present_look = _as_it_is_now(look)
    if present_look is None:
        return []
    look = present_look
    locked = Member.objects.select_for_update(no_key=True, skip_locked=True).order_by("pk")
    members = {member.pk: member for member in locked.filter(pk__any_of={one.member_id for one in prospects})}
    free = without_reminders(look.rule, [one for one in prospects if one.member_id in members])
    present = present_state(look, free) if free else {}
    _drop_outdated(look, free, present)
    return _Claim(look, members, list(present.values())).write()


def _as_it_is_now(look: Look) -> Look | None:
    """Return a look with its rule and streak read anew; None when one of them is switched off or deleted."""
    rule = ReminderRule.objects.filter(pk=look.rule.pk, is_on=True).first()
    forget_streaks([look.rule.streak_id])
    cached = read_streaks([look.rule.streak_id]).get(look.rule.streak_id)
    return None if rule is None or cached is None else replace(look, rule=rule, cached=cached)


def _drop_outdated(look: Look, prospects: Sequence[Prospect], present: dict[UUID, Prospect]) -> None:
    """Say of planned reminders that they are no longer true; of others nothing was ever due."""
    outdated = [one.planned.pk for one in prospects if one.planned and one.member_id not in present]
    if outdated:
        rows = Reminder.objects.filter(pk__in=outdated)
        rows.update(status=Reminder.Status.DROPPED, reason=Reason.OUTDATED, updated_at=look.now)


class _Claim:
    """The reminders of some members, whose rows are locked."""

    def __init__(self, look: Look, members: dict[UUID, Member], prospects: list[Prospect]) -> None:
        self.look, self.rule, self.members, self.prospects = look, look.rule, members, prospects
        self.takers = takers_now() if self.rule.way == ReminderWay.EVENT else Takers()
        self.is_running = look.cached.streak.phase_at(look.now) == Phase.RUNNING

    def write(self) -> list[Claimed]:
        """Write down all of them, with the events of those that are sent that way."""
        if not self.prospects:
            return []
        sent_today = self._sent_today()
        decided = [(one, self._reason(one, sent_today)) for one in self.prospects]
        going = [one for one, reason in decided if not reason]
        self._read_runs(going)
        runs, totals = self._presented(going), self._totals(going)
        claimed = [self._claimed(one, reason, totals) for one, reason in decided]
        self._store([one.reminder for one in claimed])
        if self.rule.way == ReminderWay.EVENT:
            events = [self._event(one, prospect, runs) for one, prospect in zip(claimed, self.prospects, strict=True)]
            store_events(take([event for event in events if event], self.takers), now=self.look.now)
        return [one for one in claimed if one.words is not None]

    def _read_runs(self, prospects: Sequence[Prospect]) -> None:
        """Read the newest runs of those who are reminded of a reward: the text may speak of them."""
        members = [self.members[one.member_id] for one in prospects if one.reward is not None]
        runs = newest_runs(self.look.cached.streak, members) if members else {}
        for prospect in prospects:
            prospect.run = prospect.run or runs.get(prospect.member_id)

    def _today(self, prospect: Prospect) -> date:
        return self.look.now.astimezone(prospect.calendar.zone_at(self.look.now)).date()

    def _sent_today(self) -> Counter[tuple[UUID, date]]:
        """Count the reminders that members have had on each of the days that are today somewhere."""
        rows = Reminder.objects.filter(
            member__any_of=[one.member_id for one in self.prospects],
            status__in=[Reminder.Status.SENT, Reminder.Status.SENDING],
            local_date__in={self._today(one) for one in self.prospects},
        )
        return Counter(
            (member_id, day) for member_id, day in rows.order_by().values_list("member_id", "local_date") if day
        )

    def _reason(self, prospect: Prospect, sent_today: Counter[tuple[UUID, date]]) -> str:
        """Return why a reminder is dropped; empty where it is sent."""
        member = self.members[prospect.member_id]
        return (
            self._reason_of_member(member) or self._reason_of_time(prospect, sent_today) or self._reason_of_way(member)
        )

    def _reason_of_member(self, member: Member) -> str:
        if member.status != Status.LIVE:
            return Reason.MEMBER_NOT_LIVE
        if not member.reminders_enabled or self.rule.type in member.reminders_off:
            return Reason.SIGNED_OFF
        return "" if self.is_running else Reason.STREAK_NOT_RUNNING

    def _reason_of_time(self, prospect: Prospect, sent_today: Counter[tuple[UUID, date]]) -> str:
        now = self.look.now
        if prospect.due_at is None or self.look.quiet.at(now, prospect.calendar.zone_at(now)):
            return Reason.QUIET_HOURS
        if prospect.due_at + LATEST < now:
            return Reason.LATE
        if self._ends_at(prospect) - now < LEFT_TO_ACT:
            return Reason.TOO_LITTLE_TIME
        is_enough = sent_today[prospect.member_id, self._today(prospect)] >= settings.GAMOPANDA_REMINDERS_A_DAY
        return Reason.ENOUGH_TODAY if is_enough else ""

    def _ends_at(self, prospect: Prospect) -> Any:
        """Return until when the member can do something; a break is over already."""
        if prospect.reward is not None:
            return prospect.reward.reward_expiry_at
        is_over = prospect.planned is not None or prospect.run is None
        return self.look.now + LATEST if is_over else prospect.run.breaks_at  # type: ignore[union-attr]

    def _reason_of_way(self, member: Member) -> str:
        if self.rule.way == ReminderWay.EMAIL:
            return "" if member.email and not member.sandbox else Reason.NO_ADDRESS
        taken = self.takers.of(EventType.REMINDER_DUE, self.rule.streak_id, sandbox=member.sandbox)
        is_taken = taken is not None
        return "" if is_taken else Reason.NOT_TAKEN

    def _totals(self, prospects: Sequence[Prospect]) -> dict[UUID, TaskProgress]:
        clocks = (((one.member_id, self.rule.streak_id), one.calendar) for one in prospects)
        found = current_totals(clocks, now=self.look.now)
        return {member_id: total for (member_id, _streak_id), total in found.items()}

    def _claimed(self, prospect: Prospect, reason: str, totals: dict[UUID, TaskProgress]) -> Claimed:
        member, is_event = self.members[prospect.member_id], self.rule.way == ReminderWay.EVENT
        sent = Reminder.Status.SENT if is_event else Reminder.Status.SENDING
        reminder = prospect.planned or Reminder(
            member=member, streak_id=self.rule.streak_id, type=self.rule.type, period_key=prospect.period_key
        )
        reminder.due_at, reminder.way = prospect.due_at or prospect.expected_at, self.rule.way
        reminder.status, reminder.reason = (Reminder.Status.DROPPED if reason else sent), reason
        reminder.local_date = self._today(prospect)
        words = None if reason else self._words(prospect, member, totals.get(member.pk))
        return Claimed(reminder, member, words)

    def _words(self, prospect: Prospect, member: Member, total: TaskProgress | None) -> Words:
        streak, now = self.look.cached.streak, self.look.now
        return words_for(
            self.rule,
            streak,
            prospect.run,
            total,
            calendar=prospect.calendar,
            language_code=member.language_code,
            # Events hold no names.
            first_name="" if self.rule.way == ReminderWay.EVENT else member.first_name,
            now=now,
        )

    def _store(self, reminders: Sequence[Reminder]) -> None:
        planned = [one for one in reminders if not one._state.adding]
        new = [one for one in reminders if one._state.adding]
        for reminder in planned:
            reminder.updated_at = self.look.now
        Reminder.objects.bulk_update(planned, ["status", "reason", "way", "local_date", "updated_at"])
        Reminder.objects.bulk_create(new)

    def _presented(self, prospects: Sequence[Prospect]) -> dict[UUID, RunPresenter]:
        """Return the runs that are told of, by member."""
        runs, streak = [one.run for one in prospects if one.run is not None], self.look.cached.streak
        for run in runs:
            run.member = self.members[run.member_id]
        found = present_runs_of({streak.pk: streak}, runs, now=self.look.now, language=settings.LANGUAGE_CODE)
        return {run.member_id: run for run in found}

    def _event(self, claimed: Claimed, prospect: Prospect, runs: dict[UUID, RunPresenter]) -> NewEvent | None:
        if claimed.words is None:
            return None
        member, streak, now = claimed.member, self.look.cached.streak, self.look.now
        run = runs.get(member.pk)
        data = {
            "isLate": False,
            "member": render_member(member),
            "streak": render_streak(streak),
            "reminder": {
                "type": self.rule.type,
                "periodKey": prospect.period_key,
                "languageCode": claimed.words.language,
                "subject": claimed.words.subject,
                "text": claimed.words.text,
            },
            "streakProgress": run and render_run(run),
            "rewardLog": prospect.reward and render_reward(prospect.reward, member, now),
        }
        return NewEvent(EventType.REMINDER_DUE, data, streak.pk, member.pk)


def planned_reminder(rule: ReminderRule, run: StreakProgress, key: date, due_at: datetime) -> Reminder:
    """Return a reminder of what the clock did in a period of a run, to be looked at again when it is due."""
    return Reminder(
        member_id=run.member_id,
        streak_id=run.streak_id,
        type=rule.type,
        period_key=key,
        way=rule.way,
        status=Reminder.Status.PLANNED,
        due_at=due_at,
    )
