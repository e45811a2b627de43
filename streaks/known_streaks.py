"""Streaks that this process has read before, with everything that belongs to them: texts, live milestones and pauses.

They are small and hardly ever change, but when they do it has to be seen at once, by all processes. So what is known
carries the version of every row that it was made of, and whoever uses it compares that with the database, in a
statement that it sends anyway. PostgreSQL gives a row another version whenever anything changes it.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch

from gamopanda.api.models import Status
from streaks.models import Milestone, Streak

# What reads the version of a streak by its id; null when there is none.
VERSION = """SELECT concat(
    streak.xmin, streak.ctid,
    (SELECT string_agg(concat(milestone.xmin, milestone.ctid), '' ORDER BY milestone.id)
     FROM streaks_milestone AS milestone WHERE milestone.streak_id = streak.id), '/',
    (SELECT string_agg(concat(pause.xmin, pause.ctid), '' ORDER BY pause.id)
     FROM streaks_streakpause AS pause WHERE pause.streak_id = streak.id)
) FROM streaks_streak AS streak WHERE streak.id = %s
"""
MOST = 1000
"""How many are kept."""


@dataclass(frozen=True, slots=True)
class KnownStreak:
    """A streak as it is at a version; it is shared, and never changed."""

    streak: Streak
    version: str


_known: dict[UUID, KnownStreak] = {}


def known_streak(streak_id: UUID) -> KnownStreak | None:
    """Return a streak that takes activity and has some; its version is still to be compared. None for all others."""
    return _known.get(streak_id) or _read(streak_id)


def forget_streak(streak_id: UUID) -> None:
    """Read a streak anew the next time: its version was another one."""
    _known.pop(streak_id, None)


def _read(streak_id: UUID) -> KnownStreak | None:
    # The version first: what changes in between makes it the wrong one, and is read again.
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [streak_id])
        row = cursor.fetchone()
    milestones = Prefetch("milestones", Milestone.objects.visible().filter(status=Status.LIVE))
    streaks = Streak.objects.visible().filter(pk=streak_id, status=Status.LIVE, has_activity=True)
    streak = streaks.prefetch_related("pauses", milestones).first()
    if row is None or streak is None:
        return None
    if len(_known) >= MOST:
        _known.clear()
    _known[streak_id] = KnownStreak(streak, row[0])
    return _known[streak_id]
