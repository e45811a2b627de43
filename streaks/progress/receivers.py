"""Record what the admin, a shell or a fixture saves, just as the API does."""

from collections.abc import Collection
from datetime import datetime
from threading import local
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.accounts.signals import clock_moved, member_zone_changed
from streaks.models import Milestone, Streak, StreakLog, StreakProgress
from streaks.models.campaign import Clock
from streaks.progress import lifecycle, service
from streaks.progress.deriving import catch_up_all, derive_runs
from streaks.progress.housekeeping import close_runs_of


@receiver(clock_moved, dispatch_uid="streaks.close_runs_of")
def close_runs_of_member(member: Member, now: datetime, **_kwargs: Any) -> None:
    """Stamp what the moved clock of a sandbox member has broken."""
    close_runs_of(member.pk, now=now)


@receiver(pre_save, sender=Streak, dispatch_uid="streaks.prepare_streak")
def prepare_saved_streak(instance: Streak, raw: bool, update_fields: Collection[str] | None, **_kwargs: Any) -> None:
    """Keep rules frozen and note pauses (S19, S28)."""
    if not raw:
        lifecycle.prepare_streak(instance, now=timezone.now(), saved_fields=update_fields)


@receiver(pre_save, sender=Milestone, dispatch_uid="streaks.prepare_milestone")
def prepare_saved_milestone(
    instance: Milestone, raw: bool, update_fields: Collection[str] | None, **_kwargs: Any
) -> None:
    """Let nothing be reached while a milestone changes, and keep rules frozen (S20, S59)."""
    if not raw:
        lifecycle.prepare_milestone(instance, saved_fields=update_fields)


@receiver(pre_save, sender=StreakLog, dispatch_uid="streaks.prepare_log")
def prepare_saved_log(instance: StreakLog, raw: bool, **_kwargs: Any) -> None:
    """Lock the member, check that the log may come in, and fix its period (S5, S26)."""
    if not raw:
        log = service.as_fact(instance)
        service.place(log, now=timezone.now())
        instance.period_key = log.period_key


@receiver(member_zone_changed, dispatch_uid="streaks.follow_member_zone")
def follow_member_zone(member: Member, now: datetime, **_kwargs: Any) -> None:
    """Derive the runs of a locked member once more where the member's own clock counts (S54)."""
    runs = StreakProgress.objects.filter(member=member, streak__clock=Clock.MEMBER)
    pairs = list(runs.order_by().values_list("member_id", "streak_id").distinct())
    derive_runs(pairs, now=now, streaks=catch_up_all(pairs, now=now))


# Members whose logs came by a fixture and are still to be rebuilt, for each thread.
_loaded = local()


@receiver(post_save, sender=StreakLog, dispatch_uid="streaks.derive_from_log")
def derive_from_saved_log(instance: StreakLog, raw: bool, **_kwargs: Any) -> None:
    """Derive what follows from a saved log; a fixture is complete only at its end, and is rebuilt from there."""
    if not raw:
        service.derive_stored(service.as_fact(instance), now=timezone.now())
        return
    _loaded.members = {*getattr(_loaded, "members", ()), instance.member_id}
    transaction.on_commit(_rebuild_loaded)


def _rebuild_loaded() -> None:
    """Rebuild whom a fixture brought logs for: all at the first call after a commit, none at the others."""
    members, _loaded.members = _loaded.members, frozenset()
    if members:
        service.rederive(members, now=timezone.now())
