"""Who may have to be reminded: what is due by its time, before anything else is looked at.

Each type of reminder finds its prospects in the order of an index, so that a round reads what it may have to act on
and no more. `streaks.core` has said already when a run breaks: excuses, zones and totals are in that instant.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.accounts.sandbox import is_sandbox
from gamopanda.events.reminder_models import Reminder, ReminderRule
from gamopanda.events.reminder_times import LATEST, QuietHours, allowed_at, next_at_hour
from rewards.models import RewardLog
from streaks.core.periods import Calendar
from streaks.core.runs import RunStatus
from streaks.models import StreakProgress
from streaks.presenters.current_period import Clocks, read_clocks
from streaks.presenters.display import live_milestone_targets
from streaks.progress.streak_cache import CachedStreak

DAY = timedelta(days=1)
READ_AT_ONCE = 1000


@dataclass(slots=True)
class Prospect:
    """A member who may have to be reminded of a period; `due_at` is None where quiet hours leave no time for it.

    `changed_at` is when what it is about came to be: what is due before that was never missed.
    """

    member_id: UUID
    period_key: date
    due_at: datetime | None
    expected_at: datetime
    calendar: Calendar
    changed_at: datetime
    run: StreakProgress | None = None
    reward: RewardLog | None = None
    planned: Reminder | None = None

    def is_due(self, now: datetime) -> bool:
        """Say whether its time has come, and was not over before there was a reason."""
        at = self.due_at or self.expected_at
        return at <= now and not (at + LATEST < now and self.changed_at > at)


@dataclass(frozen=True, slots=True)
class Look:
    """What prospects are looked for with: a rule, its streak as it is now, and the present."""

    rule: ReminderRule
    cached: CachedStreak
    now: datetime
    # The one sandbox member whose clock this is; None: all other members.
    sandbox_id: UUID | None = None
    clocks: Clocks = field(default_factory=lambda: Clocks({}))

    def is_about(self, member_id: UUID) -> bool:
        """Say whether a member is among those who are looked for."""
        return not is_sandbox(member_id) if self.sandbox_id is None else member_id == self.sandbox_id

    @property
    def quiet(self) -> QuietHours:
        """Return the hours in which members are left alone."""
        return QuietHours(*settings.GAMOPANDA_QUIET_HOURS)

    def calendar_of(self, member_id: UUID) -> Calendar:
        """Return the calendar that counts for a member (S52); `with_clocks` has read it."""
        return self.clocks.calendar_of(member_id, self.cached.streak)

    def with_clocks(self, member_ids: Collection[UUID]) -> "Look":
        """Return the same with the clocks of members, where they have their own."""
        return replace(self, clocks=read_clocks(member_ids, [self.cached.streak]))


def due_prospects(look: Look) -> Iterator[list[Prospect]]:
    """Yield those whose time has come and who have no reminder yet, some at a time."""
    found = (one for one in _FINDERS[look.rule.type](look) if look.is_about(one.member_id))
    due = (one for one in found if one.is_due(look.now))
    while some := list(islice(due, READ_AT_ONCE)):
        fresh = without_reminders(look.rule, some)
        if fresh:
            yield fresh


def without_reminders(rule: ReminderRule, prospects: Iterable[Prospect]) -> list[Prospect]:
    """Return the prospects whose reminder is not there yet, or is planned."""
    given = list(prospects)
    stored = Reminder.objects.filter(
        member__any_of={one.member_id for one in given},
        streak=rule.streak_id,
        type=rule.type,
        period_key__in={one.period_key for one in given},
    ).exclude(status=Reminder.Status.PLANNED)
    present = set(stored.order_by().values_list("member_id", "period_key"))
    return [one for one in given if (one.member_id, one.period_key) not in present]


def _alive(look: Look) -> "QuerySet[StreakProgress]":
    runs = StreakProgress.objects.filter(streak=look.rule.streak_id, stored_status=RunStatus.IN_PROGRESS)
    return runs.filter(breaks_at__gt=look.now).order_by("breaks_at", "pk")


def _with_clocks(look: Look, rows: "QuerySet[Any]") -> Iterator[tuple[Look, Any]]:
    """Yield rows about members, each with a look that knows the clock of its member."""
    iterator = rows.iterator(READ_AT_ONCE)
    while some := list(islice(iterator, READ_AT_ONCE)):
        with_clocks = look.with_clocks({row.member_id for row in some})
        yield from ((with_clocks, row) for row in some)


def _at_risk(look: Look) -> Iterator[Prospect]:
    """Find the runs that break before long; quiet hours may move the time by as much as they last."""
    lead = timedelta(hours=look.rule.hours_before)
    runs = _alive(look).filter(
        breaks_at__lte=look.now + lead + DAY / 2, current_progress_value__gte=look.rule.minimum_value
    )
    for with_clocks, run in _with_clocks(look, runs):
        prospect = at_risk(with_clocks, run)
        if prospect is not None:
            yield prospect


def at_risk(look: Look, run: StreakProgress) -> Prospect | None:
    """Return the prospect of a run that breaks when its period ends; None while another period is open."""
    calendar = look.calendar_of(run.member_id)
    if run.breaks_at is None or calendar.key_of(look.now) != run.ends_on:
        return None
    wished = run.breaks_at - timedelta(hours=look.rule.hours_before)
    begins_at = calendar.starts_at(run.ends_on)
    wished = max(wished, begins_at)
    due_at = allowed_at(wished, not_before=begins_at, zone=calendar.zone_at(look.now), quiet=look.quiet)
    return Prospect(run.member_id, run.ends_on, due_at, wished, calendar, run.updated_at, run)


def _milestone_near(look: Look) -> Iterator[Prospect]:
    """Find the runs that are a few periods before a milestone and whose period is open."""
    targets = live_milestone_targets(look.cached.streak)
    near = {target - number for target in targets for number in range(1, look.rule.periods_to_go + 1)}
    if near:
        runs = _alive(look).filter(current_progress_value__in=sorted(near))
        for with_clocks, run in _with_clocks(look, runs):
            prospect = milestone_near(with_clocks, run)
            if prospect is not None:
                yield prospect


def milestone_near(look: Look, run: StreakProgress) -> Prospect | None:
    """Return the prospect of a run whose period began today and is open."""
    calendar = look.calendar_of(run.member_id)
    key = calendar.key_of(look.now)
    next_target = min(
        (target for target in live_milestone_targets(look.cached.streak) if target > run.current_progress_value),
        default=None,
    )
    if key != run.ends_on or next_target is None:
        return None
    if next_target - run.current_progress_value > look.rule.periods_to_go:
        return None
    due_at = next_at_hour(calendar.starts_at(key), look.rule.local_hour, calendar.zone_at(look.now))
    return Prospect(run.member_id, key, due_at, due_at, calendar, run.updated_at, run)


def _reward_expiring(look: Look) -> Iterator[Prospect]:
    """Find the rewards that expire before long."""
    rewards = RewardLog.objects.filter(
        streak=look.rule.streak_id,
        redeemed_at=None,
        coupon_code__isnull=False,
        reward_expiry_at__gt=look.now,
        reward_expiry_at__lte=look.now + (look.rule.days_before + 1) * DAY,
    )
    for with_clocks, reward in _with_clocks(look, rewards.order_by("reward_expiry_at", "pk")):
        yield reward_expiring(with_clocks, reward)


def reward_expiring(look: Look, reward: RewardLog) -> Prospect:
    """Return the prospect of a reward; those of a member that expire on one day have one reminder."""
    assert reward.reward_expiry_at is not None, "only such rewards are looked for"
    calendar = look.calendar_of(reward.member_id)
    zone = calendar.zone_at(look.now)
    expires_on = reward.reward_expiry_at.astimezone(zone).date()
    wished = reward.reward_expiry_at - look.rule.days_before * DAY
    due_at = next_at_hour(wished, look.rule.local_hour, zone)
    return Prospect(reward.member_id, expires_on, due_at, due_at, calendar, reward.updated_at, reward=reward)


def _planned(look: Look) -> Iterator[Prospect]:
    """Find the breaks and the used freezes that were planned to be told of when the clock brought them."""
    planned = Reminder.objects.filter(
        streak=look.rule.streak_id, type=look.rule.type, status=Reminder.Status.PLANNED, due_at__lte=look.now
    )
    for with_clocks, reminder in _with_clocks(look, planned.order_by("due_at", "pk")):
        calendar = with_clocks.calendar_of(reminder.member_id)
        yield Prospect(
            reminder.member_id,
            reminder.period_key,
            reminder.due_at,
            reminder.due_at,
            calendar,
            reminder.created_at,
            planned=reminder,
        )


_FINDERS: Mapping[str, Callable[[Look], Iterator[Prospect]]] = {
    ReminderType.AT_RISK: _at_risk,
    ReminderType.MILESTONE_NEAR: _milestone_near,
    ReminderType.REWARD_EXPIRING: _reward_expiring,
    ReminderType.BROKEN: _planned,
    ReminderType.FREEZE_USED: _planned,
}


def present_state(look: Look, prospects: Iterable[Prospect]) -> dict[UUID, Prospect]:
    """Return the prospects as they are now, by member, read anew under the locks of the members; others are gone."""
    by_member = {one.member_id: one for one in prospects}
    if look.rule.type == ReminderType.REWARD_EXPIRING:
        return {pk: one for pk, one in by_member.items() if _is_reward_open(one)}
    of_members = StreakProgress.objects.filter(streak=look.rule.streak_id, member__any_of=by_member)
    if look.rule.type == ReminderType.BROKEN:
        return _still_broken(look, by_member, of_members)
    if look.rule.type == ReminderType.FREEZE_USED:
        return _still_frozen(look, by_member, of_members)
    look = look.with_clocks(by_member)
    again: Any = at_risk if look.rule.type == ReminderType.AT_RISK else milestone_near
    alive = of_members.filter(stored_status=RunStatus.IN_PROGRESS, breaks_at__gt=look.now)
    found = (again(look, run) for run in alive)
    return {
        one.member_id: one
        for one in found
        if one is not None and one.period_key == by_member[one.member_id].period_key and one.is_due(look.now)
    }


def _is_reward_open(prospect: Prospect) -> bool:
    assert prospect.reward is not None, "the reminder is about one"
    prospect.reward.refresh_from_db(fields=["redeemed_at", "reward_expiry_at"])
    return prospect.reward.redeemed_at is None


def _still_broken(
    look: Look, by_member: dict[UUID, Prospect], runs: "QuerySet[StreakProgress]"
) -> dict[UUID, Prospect]:
    """Return those whose last run is the one that broke."""
    found: dict[UUID, Prospect] = {}
    earliest = min(one.period_key for one in by_member.values())
    for run in runs.filter(ends_on__gte=earliest).order_by("starts_on"):
        prospect, run.streak = by_member[run.member_id], look.cached.streak
        found.pop(run.member_id, None)
        if run.ends_on == prospect.period_key and run.status_at(look.now) == RunStatus.BROKEN:
            prospect.run = run
            found[run.member_id] = prospect
    return found


def _still_frozen(
    look: Look, by_member: dict[UUID, Prospect], runs: "QuerySet[StreakProgress]"
) -> dict[UUID, Prospect]:
    """Return those with a run in progress that a freeze has saved in the period."""
    found = {}
    for run in runs.filter(stored_status=RunStatus.IN_PROGRESS, breaks_at__gt=look.now):
        prospect, run.streak = by_member[run.member_id], look.cached.streak
        if prospect.period_key.isoformat() in (run.frozen_periods or ()):
            prospect.run = run
            found[run.member_id] = prospect
    return found
