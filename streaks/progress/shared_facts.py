"""What concerns all members of a streak at once: pauses, amnesties, versions of the rules, holidays (S36)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from django.db.models import Q

from streaks.core.rules import DatesExcused, Rules, RulesVersion
from streaks.models import HolidayCalendar, HolidayEdit, Streak, StreakExcuse, StreakPause, StreakRules
from streaks.models.applied import AppliedToMany
from streaks.models.holidays import calendar_ids
from streaks.progress.store.orm import dates_excused


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """What concerns all members of a streak: pauses, excuses of everybody, versions of the rules, and holidays."""

    pauses: list[StreakPause] = field(default_factory=list)
    excuses: list[StreakExcuse] = field(default_factory=list)
    changes: list[StreakRules] = field(default_factory=list)
    edits: list[HolidayEdit] = field(default_factory=list)
    calendars: list[HolidayCalendar] = field(default_factory=list)

    def rules_of(self, streak: Streak) -> Rules:
        """Return the rules of the streak, without milestones."""
        return streak.rules_with(self.pauses, self._excuses_in_force(), self._versions_of(streak))

    def _excuses_in_force(self) -> list[DatesExcused]:
        excuses = (excuse for excuse in self.excuses if excuse.revoked_at is None)
        return [dates_excused(one.kind, one.starts_on, one.ends_on) for one in excuses]

    def _versions_of(self, streak: Streak) -> tuple[RulesVersion, ...]:
        """Return the rules of the beginning, and those of each version in order of time (S58)."""
        holidays = {calendar.pk: calendar.days for calendar in self.calendars}
        changes = streak.versions_among(self.changes)
        later = (change.in_force.rules_version(holidays, change.valid_from) for change in changes)
        return (streak.rules_version(holidays), *later)

    def find_pending(self) -> tuple[AppliedToMany, ...]:
        """Return the facts that are not yet applied to all."""
        facts: list[AppliedToMany] = [*self.pauses, *self.excuses, *self.changes, *self.edits]
        return tuple(fact for fact in facts if fact.applied_at is None)


def read_shared_facts(streaks: Iterable[Streak]) -> dict[UUID, SharedFacts]:
    """Return by streak the facts that concern all members in it."""
    by_id = {streak.pk: streak for streak in streaks}
    found = {pk: SharedFacts() for pk in by_id}
    for pause in StreakPause.objects.filter(streak__any_of=by_id).order_by("started_at"):
        found[pause.streak_id].pauses.append(pause)
    of_streaks = Q(streak__any_of=by_id) | Q(streak=None)
    for excuse in StreakExcuse.objects.filter(of_streaks, member=None, is_for_list=False).order_by("pk"):
        for pk in by_id if excuse.streak_id is None else [excuse.streak_id]:
            found[pk].excuses.append(excuse)
    _read_changes(by_id, found)
    _read_calendars(by_id, found)
    return found


def _read_changes(streaks: Mapping[UUID, Streak], found: Mapping[UUID, SharedFacts]) -> None:
    read_along = {pk: getattr(streak, "rules_versions_read", None) for pk, streak in streaks.items()}
    missing = [pk for pk, changes in read_along.items() if changes is None]
    stored = StreakRules.objects.filter(streak__any_of=missing).order_by("pk") if missing else ()
    for change in chain(stored, *(changes for changes in read_along.values() if changes)):
        found[change.streak_id].changes.append(change)


def _followed_by(streak: Streak, changes: Iterable[StreakRules]) -> set[UUID]:
    stored = [streak.holiday_calendar_ids, *(change.holiday_calendar_ids for change in changes)]
    return {pk for ids in stored for pk in calendar_ids(ids)}


def _read_calendars(streaks: Mapping[UUID, Streak], found: Mapping[UUID, SharedFacts]) -> None:
    followed = {pk: _followed_by(streaks[pk], facts.changes) for pk, facts in found.items()}
    if any(followed.values()):
        calendars = HolidayCalendar.objects.in_bulk({one for ids in followed.values() for one in ids})
        for pk, ids in followed.items():
            found[pk].calendars.extend(calendars[one] for one in ids)
        for edit in HolidayEdit.objects.filter(streak__any_of=streaks).order_by("pk"):
            found[edit.streak_id].edits.append(edit)
