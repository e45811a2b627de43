"""What endpoints can be asked for, and how they are doing (W1, W3)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from gamopanda.accounts.encryption import encrypt
from gamopanda.events.models import Delivery, WebhookEndpoint, new_secret
from gamopanda.events.outbox import NewEvent, store_events
from gamopanda.events.subscriptions import note_change
from gamopanda.events.types import EventType

MOST_ENDPOINTS = 20
WARNED_AFTER = timedelta(hours=24)
DISABLED_AFTER = timedelta(days=5)
BATCH = 1000


class Refused(ValueError):
    """What cannot be done with an endpoint now; the message is a sentence that says why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def check_room() -> None:
    """Lock all endpoints and raise `Refused` when there are as many as there may be."""
    present = WebhookEndpoint.objects.select_for_update(no_key=True).order_by("pk").values_list("pk")
    if len(present) >= MOST_ENDPOINTS:
        raise Refused(_("There are 20 endpoints, the most that are allowed: delete one first."), "too_many")


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, now: datetime) -> WebhookEndpoint:
    """Give an endpoint a new secret; the former one signs too for 24 hours. Raises `Refused` while it does already."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if locked.is_rotating(now):
        message = _("The secret was rotated within the last 24 hours: rotate it again when the former one is no more.")
        raise Refused(message, "rotated_recently")
    locked.former_secret, locked.encrypted_secret = locked.encrypted_secret, encrypt(new_secret())
    locked.rotated_at = now
    locked.save(update_fields=["former_secret", "encrypted_secret", "rotated_at", "updated_at"])
    return locked


@transaction.atomic
def send_test(endpoint: WebhookEndpoint, *, now: datetime) -> Delivery:
    """Store a test event for this endpoint alone; raises `Refused` unless it is live."""
    if endpoint.status != WebhookEndpoint.Status.LIVE:
        raise Refused(_("The endpoint is %s: only a live one gets events.") % endpoint.status, "not_live")
    data = {"isLate": False, "member": None, "streak": None, "message": "This is a test."}
    event = NewEvent(EventType.WEBHOOK_TEST, data, None, subject_id=endpoint.pk, endpoint_ids=[endpoint.pk])
    store_events([event], now=now)
    return Delivery.objects.get(event=event.id, endpoint=endpoint)


def replay_failed(endpoint: WebhookEndpoint, since: datetime, *, now: datetime) -> int:
    """Let all deliveries that failed or were dropped since an instant be tried again; return how many."""
    lost = Delivery.objects.filter(
        endpoint=endpoint, status__in=[Delivery.Status.FAILED, Delivery.Status.DROPPED], created_at__gte=since
    )
    changes = {"status": Delivery.Status.PENDING, "tries": 0, "first_attempt_at": None, "next_attempt_at": now}
    number = 0
    while ids := list(lost.order_by("created_at", "pk").values_list("pk", flat=True)[:BATCH]):
        number += Delivery.objects.filter(pk__in=ids).update(**changes, updated_at=now)
    return number


def settle(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Bring in line what follows from saving an endpoint, in the same transaction."""
    if endpoint.status == WebhookEndpoint.Status.DISABLED:
        drop_pending(endpoint.pk, now=now)
    elif endpoint.disabled_reason:
        endpoint.disabled_reason, endpoint.failing_since, endpoint.warned_at = "", None, None
        endpoint.save(update_fields=["disabled_reason", "failing_since", "warned_at"])
    note_change()


def drop_pending(endpoint_id: UUID, *, now: datetime) -> None:
    """Drop what a disabled endpoint has not got."""
    pending = Delivery.objects.filter(endpoint=endpoint_id, status=Delivery.Status.PENDING)
    pending.update(status=Delivery.Status.DROPPED, next_attempt_at=None, updated_at=now)


def note_success(endpoint: WebhookEndpoint) -> None:
    """Note that an endpoint takes events."""
    if endpoint.failing_since is not None:
        endpoint.failing_since = endpoint.warned_at = None
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=None, warned_at=None)


def note_failure(endpoint: WebhookEndpoint, status: int | None, *, now: datetime) -> None:
    """Note that an endpoint has failed; it is disabled at once with 410, or after 5 days of nothing but failures."""
    if endpoint.failing_since is None:
        endpoint.failing_since = now
        WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since=None).update(failing_since=now)
    if status == 410:
        disable(endpoint.pk, "The endpoint answered 410 Gone.", now=now)
    elif now - endpoint.failing_since >= DISABLED_AFTER:
        disable(endpoint.pk, "For 5 days every delivery has failed.", now=now)


@transaction.atomic
def disable(endpoint_id: UUID, reason: str, *, now: datetime) -> None:
    """Disable an endpoint that is not yet."""
    active = WebhookEndpoint.objects.filter(pk=endpoint_id).exclude(status=WebhookEndpoint.Status.DISABLED)
    if active.update(status=WebhookEndpoint.Status.DISABLED, disabled_reason=reason, updated_at=now):
        drop_pending(endpoint_id, now=now)
        note_change()
