"""What happens around the saving of a streak: rules stay frozen, pauses are noted, copies are made (S19, S28)."""

from collections.abc import Collection
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gamopanda.admin.audit import record_change
from gamopanda.api.models import Status
from streaks.core.facts import MemberFacts
from streaks.core.rules import Rules
from streaks.models import Milestone, RunStatus, Streak, StreakPause, StreakProgress
from streaks.progress.applying import apply_when_stored
from streaks.progress.changing_rules import check_calendars, rules_on
from streaks.progress.store.clocks import read_zones
from streaks.progress.store.orm import lock_streak
from streaks.progress.streak_cache import read_rules

RUNS_AT_ONCE = 1000
KEPT_AS_STORED = ("has_activity", "paused_at", "deleted_at")
FROZEN_MILESTONE = _(
    "This is frozen because the milestone has given rewards, or is live in a streak with activity: with another value "
    "members would pass it without a reward. Retire it and add another one."
)


def frozen_rule_errors(streak: Streak, stored: Streak) -> dict[str, ValidationError]:
    """Return an error for each rule that differs from what is stored although activity was recorded (S28)."""
    if not stored.has_activity:
        return {}
    message = _(
        "The rules are frozen because activity has been recorded: a change would rewrite people's history. "
        "Duplicate the streak as a draft and change the copy."
    )
    return _edited_rules(streak, stored, message)


def frozen_milestone_errors(milestone: Milestone, stored: Milestone) -> dict[str, ValidationError]:
    """Return an error for each rule that differs from what is stored although members can have reached it (S20)."""
    return _edited_rules(milestone, stored, FROZEN_MILESTONE) if stored.is_frozen else {}


def _edited_rules(record: Streak | Milestone, stored: Streak | Milestone, message: Any) -> dict[str, ValidationError]:
    changed = (rule for rule in record.RULES if getattr(record, rule) != getattr(stored, rule))
    return {rule: ValidationError(message, code="rules_frozen") for rule in changed}


def _ended_errors(streak: Streak, stored: Streak, now: datetime) -> dict[str, ValidationError]:
    """Refuse to end a streak with activity in the past: runs that have broken since would live again (S57)."""
    is_moved = stored.has_activity and streak.ends_at != stored.ends_at
    if not is_moved or streak.ends_at is None or streak.ends_at > now:
        return {}
    message = _("A streak with activity can only end later than now: choose an instant in the future.")
    return {"ends_at": ValidationError(message, code="invalid")}


def prepare_streak(streak: Streak, *, now: datetime, saved_fields: Collection[str] | None = None) -> None:
    """Check and complete a streak that is about to be saved, inside the saving transaction.

    Locks the stored row first, so that an edit of the rules and the first log cannot pass each other. Raises
    `ValidationError` when frozen rules were edited; nothing is saved then. `saved_fields` are those that are saved,
    None for all. What only functions of this module change is taken over as it is stored.
    """
    # No key: an insert that refers to this streak must not wait, as it may hold a lock that a resumption waits for.
    stored = Streak.objects.select_for_update(no_key=True).filter(pk=streak.pk).first()
    if stored is not None:
        errors = frozen_rule_errors(streak, stored) | _ended_errors(streak, stored, now)
        if saved_fields is not None:
            errors = {rule: error for rule, error in errors.items() if rule in saved_fields}
        if errors:
            raise ValidationError(dict(errors))
        for name in KEPT_AS_STORED:
            setattr(streak, name, getattr(stored, name))
    is_following_others = stored is None or streak.holiday_calendar_ids != stored.holiday_calendar_ids
    if is_following_others and streak.holiday_calendar_ids:
        check_calendars(streak.holiday_calendar_ids)
    if saved_fields is None or "status" in saved_fields:
        _note_pause(streak, now)


def prepare_milestone(milestone: Milestone, *, saved_fields: Collection[str] | None = None) -> None:
    """Check a milestone that is about to be saved, while nothing is recorded for its streak.

    Raises `ValidationError` when frozen rules were edited; nothing is saved then. `saved_fields` are those that are
    saved, None for all.
    """
    lock_milestones(milestone.streak_id)
    stored = Milestone.objects.select_related("streak").filter(pk=milestone.pk).first()
    errors = {} if stored is None else frozen_milestone_errors(milestone, stored)
    if saved_fields is not None:
        errors = {rule: error for rule, error in errors.items() if rule in saved_fields}
    if errors:
        raise ValidationError(dict(errors))


def _note_pause(streak: Streak, now: datetime) -> None:
    """Stop the clock of a streak that is paused, or is taken back to draft although it had activity (S19)."""
    is_stopped = streak.status == Status.PAUSED or (streak.status == Status.DRAFT and streak.has_activity)
    if is_stopped:
        streak.paused_at = streak.paused_at or now
    elif streak.paused_at is not None:
        # After the row: no log locks the row of a streak that has activity.
        lock_streak(streak.pk)
        _resume(streak, streak.paused_at, now)
        streak.paused_at = None


def _resume(streak: Streak, paused_at: datetime, now: datetime) -> None:
    """Note the pause and move the deadline of every run that was alive when it began behind it (S19)."""
    if now <= paused_at:
        return
    pause = StreakPause.objects.create(streak=streak, started_at=paused_at, ended_at=now)
    rules = read_rules([streak])[streak.pk]
    alive = StreakProgress.objects.filter(streak=streak, stored_status=RunStatus.IN_PROGRESS, breaks_at__gt=paused_at)
    if streak.has_own_clocks:
        own = alive.filter(member__has_own_zone=True)
        _move_deadlines_by_own_clocks(own, rules)
        alive = alive.filter(member__has_own_zone=False)
    # Runs that wait for the same period wait for the same one afterwards; the latest first, or they would meet.
    for due in sorted(alive.order_by().values_list("ends_on", flat=True).distinct(), reverse=True):
        next_due = rules.next_due(due)
        if next_due != due:
            alive.filter(ends_on=due).update(ends_on=next_due, breaks_at=rules.breaks_at(next_due))
    if rules.has_freezes:
        # Freezes that were to save excused periods save later ones, for each member by what is left.
        apply_when_stored(pause, now=now)
    else:
        StreakPause.objects.filter(pk=pause.pk).update(applied_at=now)


def _move_deadlines_by_own_clocks(runs: "QuerySet[StreakProgress]", rules: Rules) -> None:
    """Move the deadlines of runs that were alive behind the pauses, by the clocks of their members (S52)."""
    read = runs.order_by("pk").iterator(RUNS_AT_ONCE)
    while some := list(islice(read, RUNS_AT_ONCE)):
        zones = read_zones({run.member_id for run in some})
        for run in some:
            own = MemberFacts(zones=zones[run.member_id]).added_to(rules)
            run.ends_on = own.next_due(run.ends_on)
            run.breaks_at = own.breaks_at(run.ends_on)
        StreakProgress.objects.bulk_update(some, ["ends_on", "breaks_at"])


@transaction.atomic
def duplicate_streak(streak: Streak) -> Streak:
    """Return a new draft with the present rules, texts, icon and visible milestones: the way out of S28."""
    stored = Streak.objects.get(pk=streak.pk)
    copy = rules_on(stored, stored.calendar.key_of(timezone.now()))
    milestones = list(Milestone.objects.visible().filter(streak=copy))
    _forget_identity(copy)
    copy.status, copy.paused_at, copy.has_activity, copy.deleted_at = Status.DRAFT, None, False, None
    copy.name = _("%(name)s (copy)") % {"name": copy.name[:240]}
    copy.save()
    record_change(copy, duplicated_from=(None, f"{streak.name} ({streak.pk})"))
    for milestone in milestones:
        _forget_identity(milestone)
        milestone.streak = copy
        milestone.save()
    return copy


@transaction.atomic
def replace_milestone(milestone: Milestone) -> Milestone:
    """Pause a milestone and return a draft with the same values: the way out of its frozen rules (S20)."""
    milestone.status = Status.PAUSED
    milestone.save(update_fields=["status", "updated_at"])
    draft = Milestone.objects.get(pk=milestone.pk)
    _forget_identity(draft)
    draft.status, draft.deleted_at = Status.DRAFT, None
    draft.save()
    record_change(draft, duplicated_from=(None, f"{milestone.name} ({milestone.pk})"))
    return draft


def _forget_identity(record: Streak | Milestone) -> None:
    record.pk = type(record)._meta.pk.get_default()
    record._state.adding = True


@transaction.atomic
def delete_streak(streak: Streak, *, now: datetime | None = None) -> None:
    """Hide a streak and with it its milestones; everything recorded stays (S29)."""
    deleted_at = now or timezone.now()
    Streak.objects.filter(pk=streak.pk).update(deleted_at=deleted_at)
    record_change(streak, deleted_at=(streak.deleted_at, deleted_at))


@transaction.atomic
def restore_streak(streak: Streak) -> None:
    """Show a hidden streak again, with its milestones (S29)."""
    Streak.objects.filter(pk=streak.pk).update(deleted_at=None)
    record_change(streak, deleted_at=(streak.deleted_at, None))


def lock_milestones(streak_id: UUID) -> None:
    """Wait until no transaction records for a streak, and keep others from it until this one ends.

    It comes before the row of a milestone is locked or written: recording locks these rows when it issues rewards.
    """
    has_activity = Streak.objects.select_for_update(no_key=True).filter(pk=streak_id).values_list("has_activity")
    # Until there is activity, the first log waits for the row; from then on no log locks it.
    if has_activity.first() == (True,):
        lock_streak(streak_id)


@transaction.atomic
def delete_milestone(milestone: Milestone, *, now: datetime) -> None:
    """Delete a milestone; once its streak has activity it is hidden, and its rewards keep showing it (S29).

    The streak is locked first, as the first log does it: so no log reaches a milestone that is just going.
    """
    streak = Streak.objects.select_for_update(no_key=True).only("has_activity").get(pk=milestone.streak_id)
    doomed = Milestone.objects.filter(pk=milestone.pk)
    if streak.has_activity:
        doomed.update(deleted_at=now)
        record_change(milestone, deleted_at=(milestone.deleted_at, now))
    else:
        doomed.delete()
