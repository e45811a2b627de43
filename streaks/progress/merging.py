"""The logs of two members become one history, and what follows from it is derived anew (S60)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.dispatch import receiver

from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.accounts.signals import members_merged
from streaks.core.impact import RunImpact
from streaks.core.runs import Run, RunStatus
from streaks.models import (
    ExcusedMember,
    SetAsideLog,
    Streak,
    StreakExcuse,
    StreakFreeze,
    StreakLog,
    StreakProgress,
    TaskProgress,
)
from streaks.progress import service
from streaks.progress.deriving import catch_up_all
from streaks.progress.signals import histories_joined
from streaks.progress.store.columns import RUN_FIELDS, RUN_ORDER

# Logs are permanent for everybody else.
_logs = StreakLog._base_manager


@receiver(members_merged, dispatch_uid="streaks.join_histories")
def join_histories(merge: MemberMerge, into: Member, now: datetime, **_kwargs: Any) -> Mapping[str, Any]:
    """Give the facts of a merged member to the present one, and return what that does."""
    merged = merge.merged
    streak_ids = _streaks_concerned(merged, into)
    catch_up_all(product([merged.pk, into.pk], streak_ids), now=now)
    logs = _logs.filter(member=merged).count()
    kept = _kept_by_set_aside(merged.pk, into.pk)
    SetAsideLog.objects.filter(member=merged).update(member=into)
    for set_aside_id, kept_id in kept.items():
        SetAsideLog.objects.filter(kept=set_aside_id).update(kept=kept_id)
    histories_joined.send(StreakProgress, merged_id=merged.pk, into_id=into.pk, streak_ids=streak_ids, kept=kept)
    _set_aside(kept, merge, into)
    _logs.filter(member=merged).update(member=into)
    _move_other_facts(merged, into)
    _move_runs(merged.pk, into.pk)
    TaskProgress.objects.filter(member=merged).delete()
    impact, issued = _derive(into.pk, streak_ids, now)
    return {"logs": logs, "duplicates": len(kept), "runs": asdict(impact), "rewards": issued}


def _streaks_concerned(merged: Member, into: Member) -> set[UUID]:
    """Return the streaks with logs of the merged member; all of both where excuses or freezes come along."""
    whose = [merged, into] if merged.has_own_facts else [merged]
    return set(_logs.filter(member__in=whose).order_by().values_list("streak_id", flat=True).distinct())


def _move_other_facts(merged: Member, into: Member) -> None:
    """Give excuses and freezes to the present member; a gift that both have got counts once (S27)."""
    StreakExcuse.objects.filter(member=merged).update(member=into)
    listed = ExcusedMember.objects.filter(member=merged)
    listed.filter(excuse__in=ExcusedMember.objects.filter(member=into).values("excuse")).delete()
    listed.update(member=into)
    gifts = StreakFreeze.objects.filter(member=merged)
    twice = StreakFreeze.objects.filter(
        member=into, streak=OuterRef("streak"), unique_identifier=OuterRef("unique_identifier")
    )
    gifts.filter(Exists(twice)).delete()
    gifts.update(member=into)
    if merged.has_own_facts:
        into.has_own_facts = True
        into.save(update_fields=["has_own_facts"])


def _kept_by_set_aside(merged_id: UUID, into_id: UUID) -> dict[UUID, UUID]:
    """Return for each log that goes the id of the one that stays: of two with one identifier the first recorded."""
    same = _logs.filter(
        member=into_id, streak=OuterRef("streak"), unique_identifier=OuterRef("unique_identifier")
    ).order_by()
    twice = _logs.filter(member=merged_id).annotate(
        other=Subquery(same.values("pk")[:1]), other_created_at=Subquery(same.values("created_at")[:1])
    )
    kept = {}
    for log in twice.exclude(other=None).order_by("pk"):
        is_first = (log.created_at, log.pk) < (log.other_created_at, log.other)
        stays, goes = (log.pk, log.other) if is_first else (log.other, log.pk)
        kept[goes] = stays
    return kept


def _set_aside(kept: Mapping[UUID, UUID], merge: MemberMerge, into: Member) -> None:
    going: QuerySet[StreakLog] = _logs.filter(pk__in=list(kept))
    SetAsideLog.objects.bulk_create(SetAsideLog.of(log, merge, member=into, kept_id=kept[log.pk]) for log in going)
    going.delete()


def _move_runs(merged_id: UUID, into_id: UUID) -> None:
    """Give the runs to the present member too, so that each keeps its id where it still exists (S17)."""
    runs = StreakProgress.objects.filter(member=merged_id)
    # Two in progress cannot be stored; deriving says which one is.
    runs.filter(stored_status=RunStatus.IN_PROGRESS).update(stored_status=RunStatus.BROKEN)
    runs.update(member=into_id)


def _derive(member_id: UUID, streak_ids: set[UUID], now: datetime) -> tuple[RunImpact, int]:
    """Derive what follows from the joined logs; return what became of the runs, and how many rewards were issued."""
    before = {streak_id: _read_runs(member_id, streak_id) for streak_id in streak_ids}
    changes, rewards = service.derive_joined(member_id, before, now=now)
    clocks = {streak.pk: streak.clock_at(now) for streak in Streak.objects.filter(pk__in=streak_ids)}
    impact = RunImpact()
    for (_, streak_id), one in changes.items():
        impact.add(before[streak_id], one.runs.runs, clock=clocks[streak_id])
    return impact, len(rewards)


def _read_runs(member_id: UUID, streak_id: UUID) -> Sequence[Run]:
    runs = StreakProgress.objects.filter(member=member_id, streak=streak_id).order_by(*RUN_ORDER)
    return [Run(*values) for values in runs.values_list(*RUN_FIELDS)]
