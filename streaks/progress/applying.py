"""Facts about many members, applied to one after the other, in batches that can be killed and resumed (S38)."""

from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from gamopanda.accounts.models import Member
from streaks.core.runs import RunStatus
from streaks.models import ExcusedMember, HolidayEdit, StreakExcuse, StreakPause, StreakProgress, StreakRules
from streaks.models.applied import AppliedToMany
from streaks.progress.deriving import Impact, derive_runs
from streaks.progress.store.orm import lock_members, lock_streak

FACTS: tuple[type[Any], ...] = (StreakPause, StreakExcuse, StreakRules, HolidayEdit)
BATCH = 50
"""How many members are locked at once: few enough that no lock is held for 200 ms."""
LONGEST_PERIOD = timedelta(days=31)
"""A period is named by its first date, and an excuse may begin with its last."""
AT_ONCE = 1000
"""A fact about so many members is applied by the call that brings it; one about more, by `apply_facts`."""


def refuse(field: str, message: str, code: str) -> ValidationError:
    """Return the error that names a field."""
    return ValidationError({field: ValidationError(message, code=code)})


def wait_for_others(streak_id: UUID | None) -> None:
    """Refuse another fact about many members of a streak, None for all, while one is being applied."""
    of_streak = Q() if streak_id is None else Q(streak=streak_id) | Q(streak=None)
    if any(model.objects.filter(of_streak, applied_at=None).exists() for model in FACTS if model is not StreakPause):
        message = _("Another change for all members is still being applied: wait until that is done.")
        raise refuse("streakId", message, "being_applied")


def concerned(fact: Any) -> Any:
    """Return the ids of the members whom a fact concerns, in order."""
    if fact.is_for_list:
        return ExcusedMember.objects.filter(excuse=fact).order_by("member_id").values_list("member_id", flat=True)
    runs = StreakProgress.objects.all()
    if fact.streak_id is not None:
        runs = runs.filter(streak=fact.streak_id)
    if isinstance(fact, StreakExcuse):
        runs = _reached_by(fact, runs)
    if isinstance(fact, StreakRules | StreakPause):
        # What they change lies later than all that has ended: only the deadlines of living runs depend on it.
        runs = runs.filter(stored_status=RunStatus.IN_PROGRESS)
    return runs.order_by("member_id").values_list("member_id", flat=True).distinct()


def _reached_by(excuse: StreakExcuse, runs: Any) -> Any:
    """Leave out runs that an excuse changes nothing in: those whose missed and frozen periods lie beside its dates.

    A run ends with the period that it missed, or is to complete next. What an excuse skips lies within the run.
    """
    touched = runs.filter(starts_on__lte=excuse.ends_on, ends_on__gte=excuse.starts_on - LONGEST_PERIOD)
    if excuse.is_undoing:
        return touched
    return touched.filter(Q(ends_on__lte=excuse.ends_on) | Q(frozen_periods__isnull=False))


def count_members(fact: Any) -> int:
    """Return how many members a fact concerns."""
    return int(concerned(fact).count())


def pairs_of(member_ids: Any, streak_id: UUID | None) -> list[tuple[UUID, UUID]]:
    """Return members with the streaks, or the one streak, in which they have runs."""
    runs = StreakProgress.objects.filter(member__any_of=member_ids)
    if streak_id is not None:
        runs = runs.filter(streak=streak_id)
    return list(runs.order_by().values_list("member_id", "streak_id").distinct())


def apply_batch(fact: Any, *, now: datetime) -> Impact | None:
    """Apply a fact about many to the next members, each under its lock; returns None when it is applied to all."""
    rows = type(fact).objects.filter(pk=fact.pk)
    with transaction.atomic():
        stored: Any = rows.select_for_update(no_key=True).get()
        if stored.applied_at is not None:
            return None
        waiting = concerned(stored)
        if stored.applied_through is not None:
            waiting = waiting.filter(member_id__gt=stored.applied_through)
        ids = list(waiting[:BATCH])
        if not ids:
            rows.update(applied_at=now)
            return None
        lock_members(ids)
        if stored.is_for_list:
            Member.objects.filter(pk__any_of=ids, has_own_facts=False).update(has_own_facts=True)
        rows.update(applied_through=ids[-1], applied_members=F("applied_members") + len(ids))
        pairs = pairs_of(ids, stored.streak_id)
        return derive_runs(pairs, now=now, is_silent=stored.is_silent, is_undoing=stored.is_undoing)


def apply_facts(fact: AppliedToMany, *, now: datetime, at_most: int | None = None) -> Impact:
    """Apply a fact about many in batches; stops after `at_most` members, and goes on from there the next time."""
    impact, done = Impact(), 0
    _let_recordings_end(fact)
    while at_most is None or done < at_most:
        batch = apply_batch(fact, now=now)
        if batch is None:
            break
        impact.add(batch)
        done += BATCH
    fact.refresh_from_db()
    return impact


def apply_when_stored(fact: AppliedToMany, *, now: datetime) -> None:
    """Apply a fact about many to as many as a call can, as soon as its transaction has ended: others see it then."""
    transaction.on_commit(partial(apply_facts, fact, now=now, at_most=AT_ONCE))


def _let_recordings_end(fact: Any) -> None:
    """Wait for those who record for a streak and cannot see a fact that was stored meanwhile.

    A member who is new with them would otherwise not be among those whom it concerns. Not inside the transaction of a
    preview: all who record for the streak would wait until it ends.
    """
    if fact.streak_id is not None and fact.applied_through is None and not connection.in_atomic_block:
        with transaction.atomic():
            lock_streak(fact.streak_id)


def apply_pending(*, now: datetime) -> int:
    """Apply every fact about many to all whom it concerns; returns how many there were."""
    pending = list(chain.from_iterable(model.objects.filter(applied_at=None).order_by("pk") for model in FACTS))
    for fact in pending:
        apply_facts(fact, now=now)
    return len(pending)
