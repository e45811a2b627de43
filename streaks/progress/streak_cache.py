"""Streaks that this process has read before, with everything that belongs to them: texts, live milestones, and facts.

They are small and hardly ever change, but when they do all processes have to see it at once. So a cached streak carries
the version of every row that it was made of. Before it is used, that is compared with the database: recording in a
statement that it sends anyway, reading in one that brings along whatever is not cached. On SQLite nothing is cached.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Prefetch, Q

from gamopanda.api.lists.compiled_queries import DeferredQuery
from gamopanda.api.models import Status
from gamopanda.api.serializers.memoising import enable_memoising
from streaks.core.rules import Rules
from streaks.fields import ExactDecimalField
from streaks.models import HolidayCalendar, HolidayEdit, Milestone, Streak, StreakExcuse, StreakPause, StreakRules
from streaks.models.applied import AppliedToMany
from streaks.progress.shared_facts import SharedFacts, read_shared_facts
from streaks.progress.store.functions import STREAK_VERSION

# What reads versions, and of streaks whose version is not among the cached ones everything else: in one statement, so
# that both are of the same instant, and whatever is cached it takes the same number of statements. OFFSET 0 keeps
# PostgreSQL from asking for the version twice.
_READ = f"""SELECT streak.id, present.version, CASE WHEN present.version = ANY(%s) THEN NULL ELSE jsonb_build_array(
    to_jsonb(streak),
    (SELECT jsonb_agg(to_jsonb(milestone) ORDER BY milestone.milestone_target_value, milestone.id)
     FROM streaks_milestone AS milestone
     WHERE milestone.streak_id = streak.id AND milestone.deleted_at IS NULL AND milestone.status = 'live'),
    (SELECT jsonb_agg(to_jsonb(pause) ORDER BY pause.started_at)
     FROM streaks_streakpause AS pause WHERE pause.streak_id = streak.id),
    (SELECT jsonb_agg(to_jsonb(excuse))
     FROM streaks_streakexcuse AS excuse
     WHERE excuse.member_id IS NULL AND NOT excuse.is_for_list
     AND (excuse.streak_id = streak.id OR excuse.streak_id IS NULL)),
    (SELECT jsonb_agg(to_jsonb(rules)) FROM streaks_streakrules AS rules WHERE rules.streak_id = streak.id),
    (SELECT jsonb_agg(to_jsonb(edit)) FROM streaks_holidayedit AS edit WHERE edit.streak_id = streak.id),
    (SELECT jsonb_agg(to_jsonb(calendar)) FROM streaks_holidaycalendar AS calendar
     WHERE position(calendar.id::text IN streak.holiday_calendar_ids) > 0 OR EXISTS (
        SELECT FROM streaks_streakrules AS rules
        WHERE rules.streak_id = streak.id AND position(calendar.id::text IN rules.holiday_calendar_ids) > 0))
) END
FROM streaks_streak AS streak
CROSS JOIN LATERAL (SELECT {STREAK_VERSION.name}(streak.id) AS version OFFSET 0) AS present
"""  # noqa: S608 (our own name)
_LIVE = """WHERE streak.deleted_at IS NULL AND streak.status = 'live'
ORDER BY streak.display_order, streak.created_at DESC, streak.id DESC"""
MOST = 1000
"""How many are kept."""


@dataclass(frozen=True, slots=True)
class CachedStreak:
    """A streak as it is at a version, with its rules; it is shared, and never changed."""

    streak: Streak
    version: str
    rules: Rules = field(repr=False)
    pending: tuple[AppliedToMany, ...] = ()

    @classmethod
    def of(cls, streak: Streak, version: str, facts: SharedFacts) -> "CachedStreak":
        """Take a streak that was read with its `live_milestones`, and the facts that concern everybody in it."""
        rules = facts.rules_of(streak)
        streak.rules_read = rules  # type: ignore[attr-defined]
        streak.rules_versions_read = facts.changes  # type: ignore[attr-defined]
        return cls(
            streak, version, replace(rules, milestones=tuple(streak.milestones_to_reach())), facts.find_pending()
        )

    def rules_for(self, member_id: UUID) -> Rules:
        return self.rules

    def pending_for(self, member_id: UUID) -> AppliedToMany | None:
        """Return the fact about many whose turn for a member has not come (S38)."""
        return next((fact for fact in self.pending if fact.is_pending_for(member_id)), None)


def rules_of(streak: Any) -> Rules:
    """Return the rules of a streak that was read here, as they were then; without milestones."""
    if "rules_read" not in streak.__dict__:
        has_facts = getattr(streak, "has_shared_facts", True)
        streak.rules_read = read_rules([streak])[streak.pk] if has_facts else streak.rules_with([])
    rules: Rules = streak.rules_read
    return rules


def share_rules(records: Iterable[Any]) -> None:
    """Let records that have their streak read along know its rules, read together."""
    by_id = {record.streak_id: record.streak for record in records}
    rules = read_rules(by_id.values())
    for record in records:
        record.streak.rules_read = rules[record.streak_id]


def read_rules(streaks: Iterable[Streak]) -> dict[UUID, Rules]:
    """Return the rules of streaks by id as they are stored now, without milestones."""
    streaks = list(streaks)
    facts = read_shared_facts(streaks)
    return {streak.pk: facts[streak.pk].rules_of(streak) for streak in streaks}


_cached: dict[UUID, CachedStreak] = {}


def read_streaks(ids: Collection[UUID]) -> dict[UUID, CachedStreak]:
    """Return streaks that are not deleted, by id, as they were when this process last read them.

    Where a cached one may be returned, its version is still to be compared with the database.
    """
    if connection.vendor == "postgresql":
        # A deleted streak is read anew each time: it may be restored.
        found = {pk: one for pk in ids if (one := _cached.get(pk)) is not None and one.streak.deleted_at is None}
        if missing := [pk for pk in ids if pk not in found]:
            found |= {one.streak.pk: one for one in _read("WHERE streak.id = ANY(%s)", [missing])}
    else:
        stored = list(_stored().filter(pk__in=ids))
        facts = read_shared_facts(stored)
        found = {streak.pk: CachedStreak.of(streak, "", facts[streak.pk]) for streak in stored}
    return {pk: one for pk, one in found.items() if one.streak.deleted_at is None}


def forget_streaks(ids: Iterable[UUID]) -> None:
    """Read streaks anew the next time."""
    for pk in ids:
        _cached.pop(pk, None)


def live_streaks(now: datetime) -> DeferredQuery:
    """Read the live streaks that members see, in the order of the display, with their live milestones by target."""
    order = ("display_order", "-created_at", "-pk")
    found = _streaks(_LIVE, [], lambda: _stored().filter(status=Status.LIVE, deleted_at=None).order_by(*order))
    return found.then(lambda streaks: [streak for streak in streaks if streak.is_displayed_at(now)])


def streaks_by_id(ids: Collection[UUID]) -> DeferredQuery:
    """Read streaks by their ids as they are now, deleted ones too, with their live milestones in order of target."""
    found = _streaks("WHERE streak.id = ANY(%s)", [list(ids)], lambda: _stored().filter(pk__in=ids))
    return found.then(lambda streaks: {streak.pk: streak for streak in streaks})


def _streaks(condition: str, values: Sequence[Any], stored: Callable[[], Iterable[Streak]]) -> DeferredQuery:
    cached = dict(_cached)
    return DeferredQuery(
        _statement(cached, condition, values) if connection.vendor == "postgresql" else None,
        lambda rows: [one.streak for one in _load_all(cached, rows)],
        lambda: list(stored()),
    )


def _stored() -> models.QuerySet[Any]:
    live = Milestone.objects.visible().filter(status=Status.LIVE)
    milestones = Prefetch("milestones", live, to_attr="live_milestones")
    own = Q(streak=OuterRef("pk"))
    excuses = StreakExcuse.objects.filter(own | Q(streak=None), member=None, is_for_list=False)
    has_facts = Exists(StreakPause.objects.filter(own)) | Exists(excuses) | Exists(StreakRules.objects.filter(own))
    versions = Prefetch("rules_versions", to_attr="rules_versions_read")
    return Streak.objects.prefetch_related(milestones, versions).annotate(
        has_shared_facts=ExpressionWrapper(has_facts | ~Q(holiday_calendar_ids=""), models.BooleanField())
    )


def _read(condition: str, values: Sequence[Any]) -> list[CachedStreak]:
    """Return the streaks that meet a condition: those that are known at their present version, the others read."""
    cached = dict(_cached)
    with connection.cursor() as cursor:
        cursor.execute(*_statement(cached, condition, values))
        return _load_all(cached, cursor.fetchall())


def _statement(cached: Mapping[UUID, CachedStreak], condition: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    return _READ + condition, [[one.version for one in cached.values()], *values]


def _load_all(cached: Mapping[UUID, CachedStreak], rows: Iterable[Any]) -> list[CachedStreak]:
    return [cached[pk] if parts is None else _keep(pk, version, json.loads(parts)) for pk, version, parts in rows]


def _keep(pk: UUID, version: str, parts: Any) -> CachedStreak:
    streak, milestones, *shared = parts
    read = _load(Streak, streak)
    read.live_milestones = [_load(Milestone, row) for row in milestones or []]
    for record in (read, *read.live_milestones):
        enable_memoising(record)
    if len(_cached) >= MOST:
        _cached.clear()
    tables = (StreakPause, StreakExcuse, StreakRules, HolidayEdit, HolidayCalendar)
    facts = SharedFacts(
        *([_load(model, row) for row in rows or []] for model, rows in zip(tables, shared, strict=True))
    )
    _cached[pk] = CachedStreak.of(read, version, facts)
    return _cached[pk]


def _load(model: type[models.Model], row: Mapping[str, Any]) -> Any:
    """Make a record of a row as JSON has it."""
    fields = model._meta.concrete_fields
    values = [_value(field, row[str(field.column)]) for field in fields]
    return model.from_db(connection.alias, [field.attname for field in fields], values)


def _value(field: Any, value: Any) -> Any:
    return field.from_db_value(value) if isinstance(field, ExactDecimalField) else field.to_python(value)
