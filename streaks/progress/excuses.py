"""Excuses: breaks of members, restorations and amnesties, with what follows from them (S38–S42)."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gamopanda.accounts.models import Member
from streaks.core.advance import Pair
from streaks.core.periods import DAY, Calendar, PeriodKind, calendar_of_member
from streaks.core.runs import RunStatus
from streaks.models import ExcusedMember, ExcuseKind, Streak, StreakExcuse, StreakProgress, TaskProgress
from streaks.models.campaign import calendar_for
from streaks.progress import counting_impact
from streaks.progress.applying import count_members, pairs_of, refuse, wait_for_others
from streaks.progress.counting_impact import Members
from streaks.progress.deriving import Impact, catch_up_all, derive_runs
from streaks.progress.freezes import rules_for_member
from streaks.progress.store.clocks import read_zones
from streaks.progress.store.orm import lock_members

MOST_LISTED = 10_000
YEAR = 365


Outcome = TypeVar("Outcome")


def preview(act: Callable[[], Outcome]) -> Outcome:
    """Return what an act would change; nothing is stored (S42)."""
    with transaction.atomic():
        outcome = act()
        transaction.set_rollback(True)
    return outcome


# --- one member ------------------------------------------------------------------------------------------------------


def excuse_member(excuse: StreakExcuse, *, now: datetime, is_limited: bool = True) -> Impact:
    """Store an excuse of one member and derive what follows from it; raises `ValidationError`, and stores nothing then.

    A restoration without dates gets those of the missed periods after the last broken run. `is_limited` is False for
    somebody who may restore more than the streak allows.
    """
    member_id = _member_of(excuse)
    with transaction.atomic():
        lock_members([member_id])
        pairs = pairs_of([member_id], excuse.streak_id)
        streaks = catch_up_all(pairs, now=now)
        if excuse.kind == ExcuseKind.RESTORATION:
            _check_restoration(excuse, now=now, is_limited=is_limited)
        elif excuse.kind == ExcuseKind.MEMBER_BREAK:
            _check_break(excuse, now=now)
        excuse.applied_at, excuse.total_members, excuse.applied_members = now, 1, 1
        excuse.save(force_insert=True)
        Member.objects.filter(pk=member_id, has_own_facts=False).update(has_own_facts=True)
        return derive_runs(pairs, now=now, is_silent=excuse.without_rewards, streaks=streaks)


def _member_of(excuse: StreakExcuse) -> UUID:
    assert excuse.member_id is not None, "an excuse of one member"
    return excuse.member_id


def _check_restoration(excuse: StreakExcuse, *, now: datetime, is_limited: bool) -> None:
    streak = excuse.streak
    assert streak is not None, "a restoration concerns one streak"
    assert excuse.member is not None, "a restoration concerns one member"
    excuse.member.refresh_from_db(fields=["has_own_facts", "has_own_zone"])
    missed = missed_periods(streak, excuse.member, now=now)
    if not missed:
        message = _("There is nothing to restore: no run of this member broke before the present one.")
        raise refuse("kind", message, "nothing_to_restore")
    calendar, most = rules_for_member(streak, excuse.member).calendar, streak.restore_max_periods
    if not excuse.starts_on:
        excuse.starts_on, excuse.ends_on = missed[0], calendar.following(missed[-1]) - DAY
    covered = [key for key in missed if key <= excuse.ends_on and calendar.following(key) > excuse.starts_on]
    if excuse.starts_on < missed[0] or excuse.ends_on >= calendar.following(missed[-1]) or not covered:
        message = _("Only missed periods from %(first)s to %(last)s can be restored.") % {
            "first": missed[0],
            "last": calendar.following(missed[-1]) - DAY,
        }
        raise refuse("startsOn", message, "out_of_range")
    if is_limited and len(covered) > most:
        message = _("%(missed)d periods were missed; this streak lets at most %(most)d be restored.") % {
            "missed": len(covered),
            "most": most,
        }
        raise refuse("startsOn" if most else "kind", message, "restore_too_many")


def missed_periods(streak: Streak, member: Member, *, now: datetime) -> list[date]:
    """Return what was missed between the last broken run of a member and the present one, or the present period."""
    runs = StreakProgress.objects.filter(member=member, streak=streak).select_related("streak")
    stored = list(runs.order_by("-starts_on"))
    present = next((run for run in stored[:1] if run.status_at(now) is RunStatus.IN_PROGRESS), None)
    broken = next((run for run in stored if run is not present and run.current_progress_value), None)
    if broken is None or broken.status_at(now) is not RunStatus.BROKEN:
        return []
    rules = rules_for_member(streak, member)
    until = rules.calendar.key_of(rules.clock_at(now)) if present is None else present.starts_on
    between = TaskProgress.objects.filter(member=member, streak=streak, completed_at__isnull=False)
    complete = set(between.filter(period_key__gte=broken.ends_on).values_list("period_key", flat=True))
    ended = rules.calendar.keys_between(broken.ends_on, until)
    return [key for key in ended if key not in complete and not rules.is_excused(key)]


def today_for(streak: Streak | None, member: Member | None, now: datetime) -> date:
    """Return the local date on the clock that counts for a member (S39); of several streaks, on the installation's."""
    kind = PeriodKind.DAILY
    if streak is None:
        return calendar_for(kind, settings.GAMOPANDA_TIME_ZONE, 0, 0).key_of(now)
    days = Calendar(kind, streak.calendar.zone, 0, streak.day_starts_at)
    if member is None or not streak.has_own_clocks or not member.has_own_zone:
        return days.key_of(now)
    return calendar_of_member(days, read_zones([member.pk]).get(member.pk, ())).key_of(now)


def _check_break(excuse: StreakExcuse, *, now: datetime) -> None:
    today = today_for(excuse.streak, excuse.member, now)
    if excuse.starts_on < today:
        raise refuse("startsOn", _("A break starts today, %(today)s, or later.") % {"today": today}, "break_in_past")
    limits = excuse.streak or Streak()
    days = (excuse.ends_on - excuse.starts_on).days + 1
    if days > limits.member_break_max_days:
        message = _("A break lasts at most %(most)d days; this one has %(days)d.")
        values = {"most": limits.member_break_max_days, "days": days}
        raise refuse("endsOn", message % values, "break_too_long")
    most = _most_days_in_a_year(excuse)
    if most > limits.member_break_max_days_per_year:
        message = _("Breaks take at most %(most)d of any 365 days; with this one it would be %(days)d.")
        values = {"most": limits.member_break_max_days_per_year, "days": most}
        raise refuse("endsOn", message % values, "break_days_used_up")


def _most_days_in_a_year(excuse: StreakExcuse) -> int:
    """Return the most days on break in any 365 days that touch an excuse."""
    own = StreakExcuse.objects.filter(member=excuse.member_id, kind=ExcuseKind.MEMBER_BREAK, revoked_at=None)
    if excuse.streak_id is not None:
        own = own.filter(Q(streak=excuse.streak_id) | Q(streak=None))
    near = timedelta(days=YEAR)
    rows = own.filter(ends_on__gt=excuse.starts_on - near, starts_on__lt=excuse.ends_on + near)
    spans = [*rows.values_list("starts_on", "ends_on"), (excuse.starts_on, excuse.ends_on)]
    days = {start + DAY * number for start, end in spans for number in range((end - start).days + 1)}
    return max(sum(first <= day < first + near for day in days) for first in days)


def end_break(excuse: StreakExcuse, ends_on: date, *, now: datetime) -> Impact:
    """End the break of a member early, from today on (S39)."""
    if excuse.kind != ExcuseKind.MEMBER_BREAK:
        raise refuse("endsOn", _("Only a break of a member can be ended early."), "immutable")
    with transaction.atomic():
        lock_members([_member_of(excuse)])
        excuse.refresh_from_db()
        pairs = pairs_of([_member_of(excuse)], excuse.streak_id)
        streaks = catch_up_all(pairs, now=now)
        earliest = max(today_for(excuse.streak, excuse.member, now) - DAY, excuse.starts_on)
        if not earliest <= ends_on <= excuse.ends_on:
            message = _("A break can end early, from today on: use a date from %(first)s to %(last)s.")
            raise refuse("endsOn", message % {"first": earliest, "last": excuse.ends_on}, "out_of_range")
        excuse.ends_on = ends_on
        excuse.save(update_fields=["ends_on", "updated_at"])
        return derive_runs(pairs, now=now, is_undoing=True, streaks=streaks)


def revoke(excuse: StreakExcuse, *, by: str, now: datetime) -> Impact:
    """Take an excuse back: what follows is exactly as it was without it, but for rewards that were issued (S41).

    Without a member `apply_facts` applies that.
    """
    with transaction.atomic():
        pairs: list[Pair] = []
        if excuse.member_id is not None:
            lock_members([excuse.member_id])
            pairs = pairs_of([excuse.member_id], excuse.streak_id)
        streaks = catch_up_all(pairs, now=now)
        stored = StreakExcuse.objects.select_for_update(no_key=True).get(pk=excuse.pk)
        if stored.kind == ExcuseKind.MEMBER_BREAK:
            raise refuse("kind", _("A break is not revoked: end it early."), "immutable")
        if stored.revoked_at is not None:
            raise refuse("revokedAt", _("It was revoked already."), "immutable")
        if stored.applied_at is None:
            raise refuse("appliedAt", _("It is still being applied: wait until that is done."), "being_applied")
        if excuse.member_id is None:
            wait_for_others(excuse.streak_id)
        excuse.revoked_at, excuse.revoked_by = now, by
        if excuse.member_id is None:
            excuse.applied_at, excuse.applied_through, excuse.applied_members = None, None, 0
        excuse.save()
        if excuse.member_id is None:
            return Impact()
        return derive_runs(pairs, now=now, is_undoing=True, streaks=streaks)


# --- many members ----------------------------------------------------------------------------------------------------


def declare_amnesty(excuse: StreakExcuse, member_ids: Collection[UUID] | None) -> None:
    """Store an amnesty of everybody, or of some members; `apply_facts` applies it (S38).

    Raises `ValidationError` while another one is being applied that concerns a streak of this one.
    """
    with transaction.atomic():
        wait_for_others(excuse.streak_id)
        excuse.is_for_list = member_ids is not None
        excuse.save(force_insert=True)
        if member_ids is not None:
            ExcusedMember.objects.bulk_create(
                [ExcusedMember(excuse=excuse, member_id=pk) for pk in sorted(set(member_ids))], batch_size=1000
            )
        StreakExcuse.objects.filter(pk=excuse.pk).update(total_members=count_members(excuse))
        excuse.refresh_from_db()


def estimate_amnesty(excuse: StreakExcuse, member_ids: Collection[UUID] | None, *, now: datetime) -> Impact:
    """Return what an amnesty would change; of many members, what it would for some of them, scaled up (S42).

    Nothing is locked. Raises `ValidationError` as `declare_amnesty` does.
    """
    wait_for_others(excuse.streak_id)
    listed = None if member_ids is None else sorted(set(member_ids))
    return counting_impact.estimate(Members(excuse, listed), now=now)


def estimate_revocation(excuse: StreakExcuse, *, now: datetime) -> Impact:
    """Return what it would change to revoke an amnesty; raises `ValidationError` as `revoke` does (S42).

    The given record says that it is revoked then.
    """
    preview(lambda: revoke(excuse, by="preview", now=now))
    listed = list(excuse.members.order_by("member_id").values_list("member_id", flat=True))
    return counting_impact.estimate(Members(excuse, listed if excuse.is_for_list else None), now=now)
