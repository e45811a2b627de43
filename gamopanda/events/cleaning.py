"""Events are kept for some days."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from gamopanda.events.models import Announcement, Delivery, Event, Reminder, UsedFreeze

BATCH = 1000


def delete_old_events(*, now: datetime) -> int:
    """Delete events that are older than they are kept, with their deliveries; return how many."""
    before = now - timedelta(days=settings.GAMOPANDA_EVENT_DAYS)
    for told in (Announcement, UsedFreeze):
        told.objects.filter(is_open=False, due_at__lt=before).delete()
    reminders = Reminder.objects.filter(created_at__lt=before).order_by("created_at", "pk")
    while stale := list(reminders.values_list("pk", flat=True)[:BATCH]):
        Reminder.objects.filter(pk__in=stale).delete()
    deleted, old = 0, Event.objects.filter(created_at__lt=before).order_by("created_at", "pk")
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            Delivery.objects.filter(event__in=ids).delete()
            deleted += Event.objects.filter(pk__in=ids).delete()[0]
    return deleted
