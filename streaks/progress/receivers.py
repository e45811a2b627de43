"""Whatever is saved elsewhere (admin, shell, fixture) is led down the same road as the API's."""

from collections.abc import Collection
from threading import local
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from streaks import lifecycle, rebuilding, recording
from streaks.models import Streak, StreakLog


@receiver(pre_save, sender=Streak, dispatch_uid="streaks.prepare_streak")
def prepare_saved_streak(instance: Streak, raw: bool, update_fields: Collection[str] | None, **_kwargs: Any) -> None:
    """Keep rules frozen and note pauses (S19, S28)."""
    if not raw:
        lifecycle.prepare_streak(instance, now=timezone.now(), saved_fields=update_fields)


@receiver(pre_save, sender=StreakLog, dispatch_uid="streaks.prepare_log")
def prepare_saved_log(instance: StreakLog, raw: bool, **_kwargs: Any) -> None:
    """Lock the member, check that the log may come in, and fix its period (S5, S26)."""
    if not raw:
        recording.prepare_log(instance, now=timezone.now())


# Members whose logs came by a fixture and are still to be rebuilt, for each thread.
_loaded = local()


@receiver(post_save, sender=StreakLog, dispatch_uid="streaks.derive_from_log")
def derive_from_saved_log(instance: StreakLog, raw: bool, **_kwargs: Any) -> None:
    """Derive what follows from a saved log; a fixture is complete only at its end, and is rebuilt from there."""
    if not raw:
        recording.derive_log(instance, now=timezone.now())
        return
    _loaded.members = {*getattr(_loaded, "members", ()), instance.member_id}
    transaction.on_commit(_rebuild_loaded)


def _rebuild_loaded() -> None:
    """Rebuild whom a fixture brought logs for: all at the first call after a commit, nobody at the others."""
    members, _loaded.members = _loaded.members, frozenset()
    if members:
        rebuilding.rebuild_members(members, now=timezone.now())
