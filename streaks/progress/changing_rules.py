"""Rules that change while a streak runs: versions from a period on, and edited holidays (S38, S40, S58)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gamopanda.api.models import Status
from streaks.core.periods import DAY
from streaks.models import HolidayCalendar, HolidayEdit, Milestone, RunStatus, Streak, StreakProgress, StreakRules
from streaks.models.campaign import calendar_for
from streaks.models.holidays import calendar_ids
from streaks.models.rules_versions import MOST_DATES
from streaks.progress.admission import CLOCK_TOLERANCE
from streaks.progress.applying import count_members, refuse, wait_for_others

# Of all clocks on earth it is the one on which it is latest; its sign is the other way round.
EARLIEST_ZONE = ZoneInfo("Etc/GMT-14")


@dataclass(frozen=True, slots=True)
class RulesImpact:
    """Whom a version of the rules meets: living runs, those long enough already, milestones that lie beyond it."""

    runs_alive: int
    at_or_past_completion: int
    milestones_beyond: list[Milestone]


def latest_current_key(streak: Streak, now: datetime) -> date:
    """Return the latest period that is current anywhere on earth."""
    zone, first_weekday = str(EARLIEST_ZONE), streak.calendar.first_weekday
    calendar = calendar_for(streak.aggregation_period, zone, first_weekday, streak.day_starts_at)
    return calendar.key_of(now + CLOCK_TOLERANCE)


def declare_version(version: StreakRules, *, now: datetime) -> None:
    """Store a version of the rules; `apply_facts` applies it. Raises `ValidationError`, and stores nothing then."""
    with transaction.atomic():
        # No key: an insert that refers to this streak must not wait.
        streak = Streak.objects.select_for_update(no_key=True).get(pk=version.streak_id)
        version.streak = streak
        _check_version(version, now)
        version.total_members = count_members(version)
        version.save(force_insert=True)


def _check_version(version: StreakRules, now: datetime) -> None:
    streak, latest = version.streak, latest_current_key(version.streak, now)
    start = streak.calendar.containing(version.valid_from)
    if start != version.valid_from:
        message = _("Periods begin on other dates: use %(start)s or %(next)s.")
        values = {"start": start, "next": streak.calendar.following(start)}
        raise refuse("validFrom", message % values, "not_a_period")
    if version.valid_from <= latest:
        message = _("No period that has begun anywhere on earth is judged anew: use %(first)s or later.")
        raise refuse("validFrom", message % {"first": streak.calendar.following(latest)}, "period_has_begun")
    if StreakRules.objects.filter(streak=streak, valid_from=version.valid_from, withdrawn_at=None).exists():
        message = _("There is a version from this date on: withdraw it first, or use another date.")
        raise refuse("validFrom", message, "duplicate")
    wait_for_others(streak.pk)
    version.clean_fields(exclude=["streak"])
    if not version.given():
        raise refuse(NON_FIELD_ERRORS, _("Change at least one of the rules."), "required")
    check_calendars(version.holiday_calendar_ids)
    rules_from(version).clean()


def rules_from(version: StreakRules) -> Streak:
    """Return an unsaved copy of the streak of a version with all rules that are in force with it."""
    return version.applied_to(rules_on(version.streak, version.valid_from - DAY))


def rules_on(streak: Streak, key: date) -> Streak:
    """Return a streak with the rules that are in force in a period: an unsaved copy, or itself."""
    begun = [change for change in streak.versions if change.valid_from <= key]
    return begun[-1].in_force if begun else streak


def check_calendars(stored_ids: str | None) -> None:
    """Refuse ids of which there is no holiday calendar; those that there are stay until the transaction ends."""
    ids = calendar_ids(stored_ids)
    stored = HolidayCalendar.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk")
    missing = set(ids) - set(stored.values_list("pk", flat=True))
    if missing:
        message = _("There is no holiday calendar with the id %(id)s.") % {"id": min(missing)}
        raise refuse("holiday_calendar_ids", message, "not_found")


def find_impact(version: StreakRules, *, now: datetime) -> RulesImpact:
    """Return whom a version meets; nothing is stored. Raises `ValidationError` as `declare_version` does (S42)."""
    with transaction.atomic():
        _check_version(version, now)
        transaction.set_rollback(True)
    completion = rules_from(version).completion_target_value
    runs = StreakProgress.objects.filter(
        streak=version.streak_id, stored_status=RunStatus.IN_PROGRESS, breaks_at__gt=version.streak.clock_at(now)
    )
    milestones = Milestone.objects.visible().filter(
        streak=version.streak_id, status=Status.LIVE, milestone_target_value__gt=completion
    )
    return RulesImpact(runs.count(), runs.filter(current_progress_value__gte=completion).count(), list(milestones))


def withdraw_version(version: StreakRules, *, by: str, now: datetime) -> None:
    """Withdraw a version that is not in force yet; `apply_facts` applies that. Raises `ValidationError`."""
    with transaction.atomic():
        streak = Streak.objects.select_for_update(no_key=True).get(pk=version.streak_id)
        stored = StreakRules.objects.select_for_update(no_key=True).get(pk=version.pk)
        if stored.valid_from <= latest_current_key(streak, now):
            message = _("It is in force since %(date)s: make another version.") % {"date": stored.valid_from}
            raise refuse("validFrom", message, "in_force")
        wait_for_others(streak.pk)
        stored.withdrawn_at, stored.withdrawn_by = now, by
        stored.applied_at, stored.applied_through, stored.applied_members = None, None, 0
        stored.total_members = count_members(stored)
        stored.save()
    version.refresh_from_db()


# --- holidays --------------------------------------------------------------------------------------------------------


def followers_of(calendar: HolidayCalendar) -> list[Streak]:
    """Return the streaks that follow a calendar, or will with a version of their rules."""
    pk = str(calendar.pk)
    by_version = StreakRules.objects.filter(holiday_calendar_ids__contains=pk, withdrawn_at=None).values("streak")
    followers = Streak.objects.filter(Q(holiday_calendar_ids__contains=pk) | Q(pk__in=by_version))
    return list(followers.order_by("pk"))


def check_followers(calendar: HolidayCalendar) -> list[Streak]:
    """Return the streaks that follow a calendar; refuse while one of them is still taking over another change."""
    followers = followers_of(calendar)
    for streak in followers:
        wait_for_others(streak.pk)
    return followers


def check_dates(dates: Iterable[date]) -> list[str]:
    """Return the dates of a calendar as they are stored: each once, in order."""
    stored = sorted({day.isoformat() for day in dates})
    if len(stored) > MOST_DATES:
        message = _("A calendar has at most %(most)d dates; this one has %(count)d.")
        raise refuse("dates", message % {"most": MOST_DATES, "count": len(stored)}, "max_length")
    return stored


def edit_dates(calendar: HolidayCalendar, present: list[str], *, by: str) -> list[HolidayEdit]:
    """Store the dates of a calendar, as `check_dates` returns them; `apply_facts` applies the edit of each streak.

    Raises `ValidationError`, and stores nothing then.
    """
    with transaction.atomic():
        stored = HolidayCalendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)
        added, removed = sorted({*present} - {*stored.dates}), sorted({*stored.dates} - {*present})
        edits = [] if not added and not removed else _edits_of(calendar, added, removed, by)
        calendar.dates = present
        calendar.save(update_fields=["dates", "updated_at"])
        return edits


def _edits_of(calendar: HolidayCalendar, added: list[str], removed: list[str], by: str) -> list[HolidayEdit]:
    edits = []
    for streak in check_followers(calendar):
        edit = HolidayEdit(streak=streak, calendar=calendar, added=added, removed=removed, created_by=by)
        edit.total_members = count_members(edit)
        edit.save(force_insert=True)
        edits.append(edit)
    return edits


def delete_calendar(calendar: HolidayCalendar) -> None:
    """Delete a calendar that no streak follows; raises `ValidationError` otherwise."""
    with transaction.atomic():
        HolidayCalendar.objects.select_for_update().get(pk=calendar.pk)
        followers = followers_of(calendar)
        if followers:
            message = _("The streak “%(name)s” follows this calendar.") % {"name": followers[0].name}
            raise ValidationError(message, code="in_use")
        calendar.delete()
