"""What grows for ever unless it is cleaned up: sessions, failed sign-ins, audit entries, kept answers, unused icons."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import models, transaction

from gamopanda.accounts.idempotency import KEPT_FOR
from gamopanda.accounts.models import KeptAnswer
from gamopanda.icons.fields import IconField, icon_path

BATCH = 1000


def delete_sessions(*, now: datetime) -> int:
    """Delete the sessions that have expired; return how many."""
    return delete_in_batches(Session.objects.filter(expire_date__lt=now))


def delete_failed_sign_ins(*, now: datetime) -> int:
    """Delete failed sign-ins that are older than any lock that follows from them; return how many."""
    return delete_in_batches(AccessAttempt.objects.filter(attempt_time__lt=now - settings.AXES_COOLOFF_TIME))


def delete_audit_entries(*, now: datetime) -> int:
    """Delete entries of the audit trail that are older than they are kept; return how many."""
    age = settings.GAMOPANDA_KEEP_AUDIT_DAYS
    return delete_in_batches(LogEntry.objects.filter(timestamp__lt=now - timedelta(days=age))) if age else 0


def delete_kept_answers(*, now: datetime) -> int:
    """Delete the answers that have been kept long enough for calls that are sent again; return how many."""
    return delete_in_batches(KeptAnswer.objects.filter(created_at__lte=now - KEPT_FOR))


def delete_in_batches(rows: "models.QuerySet[Any]") -> int:
    """Delete rows, some at a time, so that no writer waits for long; return how many this call has deleted."""
    deleted = 0
    while count := _delete_batch(rows):
        deleted += count
    return deleted


@transaction.atomic
def _delete_batch(rows: "models.QuerySet[Any]") -> int:
    """Delete some rows, but none that another call is deleting at this moment."""
    free = rows.order_by("pk").select_for_update(skip_locked=True)
    ids = list(free.values_list("pk", flat=True)[:BATCH])
    return int(rows.model._default_manager.filter(pk__in=ids).delete()[0])


def delete_icons(*, now: datetime) -> int:
    """Delete icons that were stored some time ago and that no record uses; return how many."""
    deleted, names = 0, _stored_icons()
    latest = now - timedelta(days=settings.GAMOPANDA_KEEP_ICONS_DAYS)
    for name in names:
        # Its age last: to save an icon that is stored already makes it new.
        if not _is_used(name) and _is_older(name, latest):
            default_storage.delete(name)
            deleted += 1
    return deleted


def _stored_icons() -> list[str]:
    folder = icon_path(None, "")
    try:
        return [icon_path(None, name) for name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        # No icon was ever stored.
        return []


def _is_used(name: str) -> bool:
    return any(model._base_manager.filter(**{column: name}).exists() for model, column in _icon_columns())


def _is_older(name: str, latest: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < latest
    except FileNotFoundError:  # another call was quicker
        return False


def _icon_columns() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, IconField):
                yield model, field.name
