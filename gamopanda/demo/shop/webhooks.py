"""The shop's webhook: it verifies what comes, as any client's does, and shows its visitor what came."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.events.models import Delivery, WebhookEndpoint
from gamopanda.events.subscriptions import note_change

NAME = "Demo shop"
PATH = "/demo/webhook"
MOST = 20
OLDEST = 300
"""Seconds after which a call is no longer believed."""


def keep_endpoint(site: str) -> None:
    """Make the shop's endpoint, or let it follow the site to another port."""
    endpoint = WebhookEndpoint.objects.filter(description=NAME).first() or WebhookEndpoint(description=NAME)
    if (endpoint.url, endpoint.sandbox) != (f"{site}{PATH}", True):
        endpoint.url, endpoint.sandbox = f"{site}{PATH}", True
        endpoint.save()
        note_change()


def is_genuine(request: HttpRequest) -> bool:
    """Say whether a call is signed with the secret of the shop's endpoint, and is not an old one."""
    endpoint = WebhookEndpoint.objects.filter(description=NAME).first()
    headers = [request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
    event_id, timestamp, signatures = headers
    if endpoint is None or not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > OLDEST:
        return False
    signed = f"{event_id}.{timestamp}.".encode() + request.body
    expected = [_signature(secret, signed) for secret in endpoint.secrets_at(timezone.now())]
    return any(hmac.compare_digest(one.encode(), given.encode()) for given in signatures.split() for one in expected)


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def received_about(member: Member) -> list[dict[str, Any]]:
    """Return the last calls about a member that the shop has taken, the oldest first."""
    taken = Delivery.objects.filter(
        endpoint__description=NAME, status=Delivery.Status.DELIVERED, event__member_id=member.pk
    )
    deliveries = list(taken.select_related("event").order_by("-event__created_at", "-event__id")[:MOST])
    return [
        {
            "id": str(one.event_id),
            "method": "POST",
            "path": PATH,
            "headers": {"webhook-id": str(one.event_id), "webhook-signature": "v1,••••••••"},
            "body": json.loads(one.event.body),
            "status": one.attempts[-1]["status"],
            "answer": None,
        }
        for one in reversed(deliveries)
    ]
