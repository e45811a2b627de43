"""Streaks that this process has read before, with everything that belongs to them: texts, live milestones and pauses.

They are small and hardly ever change, but when they do it has to be seen at once, by all processes. So what is known
carries the version of every row that it was made of, and whoever uses it compares that with the database: recording
in a statement that it sends anyway, reading in one that brings along whatever is not known. PostgreSQL gives a row
another version whenever anything changes it; on SQLite nothing is kept.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Prefetch

from gamopanda.api.compiled_queries import DeferredQuery
from gamopanda.api.memoising import enable_memoising
from gamopanda.api.models import Status
from streaks.fields import ExactDecimalField
from streaks.models import Milestone, Streak, StreakPause

# What reads the version of a streak by its id; null when there is none.
VERSION = "SELECT streaks_version(%s)"
# What reads versions, and of streaks whose version is not among the known ones everything else: in one statement, so
# that both are of the same instant, and whatever is known it takes the same number of statements. With OFFSET 0 the
# version is worked out once for each.
_READ = """SELECT streak.id, present.version, CASE WHEN present.version = ANY(%s) THEN NULL ELSE jsonb_build_array(
    to_jsonb(streak),
    (SELECT jsonb_agg(to_jsonb(milestone) ORDER BY milestone.milestone_target_value, milestone.id)
     FROM streaks_milestone AS milestone
     WHERE milestone.streak_id = streak.id AND milestone.deleted_at IS NULL AND milestone.status = 'live'),
    (SELECT jsonb_agg(to_jsonb(pause) ORDER BY pause.started_at)
     FROM streaks_streakpause AS pause WHERE pause.streak_id = streak.id)
) END
FROM streaks_streak AS streak CROSS JOIN LATERAL (SELECT streaks_version(streak.id) AS version OFFSET 0) AS present
"""
_LIVE = "WHERE streak.deleted_at IS NULL AND streak.status = 'live' ORDER BY streak.created_at DESC, streak.id DESC"
MOST = 1000
"""How many are kept."""


@dataclass(frozen=True, slots=True)
class KnownStreak:
    """A streak as it is at a version; it is shared, and never changed."""

    streak: Streak
    version: str

    @property
    def takes_activity(self) -> bool:
        """Whether recording can rely on it: it is live and has activity."""
        streak = self.streak
        return streak.deleted_at is None and streak.status == Status.LIVE and streak.has_activity


_known: dict[UUID, KnownStreak] = {}


def known_streak(streak_id: UUID) -> KnownStreak | None:
    """Return a streak that takes activity and has some; its version is still to be compared. None for all others."""
    known = _known.get(streak_id)
    if known is None or not known.takes_activity:
        known = next(iter(_read("WHERE streak.id = %s", [streak_id])), None)
    return known if known is not None and known.takes_activity else None


def forget_streak(streak_id: UUID) -> None:
    """Read a streak anew the next time: its version was another one."""
    _known.pop(streak_id, None)


def live_streaks() -> DeferredQuery:
    """Read all live streaks as they are now, newest first, with their live milestones in order of target."""
    return _streaks(
        _LIVE, [], lambda: _stored().filter(status=Status.LIVE, deleted_at=None).order_by("-created_at", "-pk")
    )


def streaks_by_id(ids: Collection[UUID]) -> DeferredQuery:
    """Read streaks by their ids as they are now, deleted ones too, with their live milestones in order of target."""
    found = _streaks("WHERE streak.id = ANY(%s)", [list(ids)], lambda: _stored().filter(pk__in=ids))
    return found.then(lambda streaks: {streak.pk: streak for streak in streaks})


def _streaks(condition: str, values: Sequence[Any], stored: Callable[[], Iterable[Streak]]) -> DeferredQuery:
    known = dict(_known)
    return DeferredQuery(
        _statement(known, condition, values) if connection.vendor == "postgresql" else None,
        lambda rows: [one.streak for one in _load_all(known, rows)],
        lambda: list(stored()),
    )


def _stored() -> models.QuerySet[Any]:
    milestones = Prefetch("milestones", Milestone.objects.visible().filter(status=Status.LIVE))
    return Streak.objects.prefetch_related(milestones)


def _read(condition: str, values: Sequence[Any]) -> list[KnownStreak]:
    """Return the streaks that meet a condition: those that are known at their present version, the others read."""
    known = dict(_known)
    with connection.cursor() as cursor:
        cursor.execute(*_statement(known, condition, values))
        return _load_all(known, cursor.fetchall())


def _statement(known: Mapping[UUID, KnownStreak], condition: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    return _READ + condition, [[one.version for one in known.values()], *values]


def _load_all(known: Mapping[UUID, KnownStreak], rows: Iterable[Any]) -> list[KnownStreak]:
    return [known[pk] if parts is None else _keep(pk, version, *json.loads(parts)) for pk, version, parts in rows]


def _keep(pk: UUID, version: str, streak: Any, milestones: Any, pauses: Any) -> KnownStreak:
    read = _load(Streak, streak)
    _attach(read, "milestones", [_load(Milestone, row) for row in milestones or []])
    _attach(read, "pauses", [_load(StreakPause, row) for row in pauses or []])
    for record in (read, *read.read_milestones):
        enable_memoising(record)
    if len(_known) >= MOST:
        _known.clear()
    _known[pk] = KnownStreak(read, version)
    return _known[pk]


def _load(model: type[models.Model], row: Mapping[str, Any]) -> Any:
    """Make a record of a row as JSON has it."""
    fields = model._meta.concrete_fields
    values = [_value(field, row[str(field.column)]) for field in fields]
    return model.from_db(connection.alias, [field.attname for field in fields], values)


def _value(field: Any, value: Any) -> Any:
    return field.from_db_value(value) if isinstance(field, ExactDecimalField) else field.to_python(value)


def _attach(streak: Streak, name: str, records: list[Any]) -> None:
    """Let a streak have what belongs to it, as if it had been prefetched."""
    for record in records:
        record.streak = streak
    queryset = getattr(streak, name).all()
    queryset._result_cache = records
    if not hasattr(streak, "_prefetched_objects_cache"):
        streak._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    streak._prefetched_objects_cache[name] = queryset  # type: ignore[attr-defined]
