"""Deliveries: claimed, sent side by side, and noted one by one (W3, W5)."""

import logging
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from gamopanda.events.endpoints import MOST_ENDPOINTS, note_failure, note_success
from gamopanda.events.models import Delivery, WebhookEndpoint
from gamopanda.events.retries import next_attempt
from gamopanda.events.sending import Outcome, send
from gamopanda.events.signing import sign

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""To one endpoint: a slow one has its own, and takes none from another."""
LEASE = timedelta(seconds=60)
"""For so long a delivery that was claimed is left to its worker; longer than any try."""
MOST_ATTEMPTS_KEPT = 20
USER_AGENT = "Gamopanda-Webhooks/1.0"


@dataclass(slots=True)
class Job:
    """A delivery that this worker has claimed, until an instant."""

    delivery: Delivery
    endpoint: WebhookEndpoint
    leased_until: datetime


def claim(endpoint: WebhookEndpoint, number: int, *, now: datetime) -> list[Job]:
    """Claim deliveries that are due, as many as that at most: no other worker has them until the lease is over."""
    due = Delivery.objects.filter(endpoint=endpoint, status=Delivery.Status.PENDING, next_attempt_at__lte=now)
    until = now + LEASE
    with transaction.atomic():
        # SQLite has no locks of rows: there the transaction is alone, and the condition of the UPDATE decides.
        rows = due.select_for_update(skip_locked=True, of=("self",)).select_related("event")
        found = list(rows.order_by("next_attempt_at", "pk")[:number])
        if not found:
            return []
        due.filter(pk__in=[one.pk for one in found]).update(next_attempt_at=until)
    return [Job(one, endpoint, until) for one in found]


def try_job(job: Job) -> Outcome:
    """Send a delivery once, signed at this instant."""
    now, event = timezone.now(), job.delivery.event
    body, timestamp = event.body, int(now.timestamp())
    secrets = job.endpoint.secrets_at(now)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Connection": "close",
        "webhook-id": str(event.pk),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, event_id=str(event.pk), timestamp=timestamp, body=body),
    }
    return send(job.endpoint.url, headers, body)


def note(job: Job, outcome: Outcome, *, now: datetime) -> None:
    """Note what became of a try, and when the next one is due."""
    delivery = job.delivery
    delivery.tries += 1
    delivery.first_attempt_at = delivery.first_attempt_at or now
    delivery.attempts = [*delivery.attempts, _attempt(outcome, now)][-MOST_ATTEMPTS_KEPT:]
    delivery.next_attempt_at = None
    if outcome.is_success:
        delivery.status = Delivery.Status.DELIVERED
    elif outcome.status != 410:
        delivery.next_attempt_at = next_attempt(
            first_attempt_at=delivery.first_attempt_at, tries=delivery.tries, now=now, retry_after=outcome.retry_after
        )
    if delivery.next_attempt_at is None and not outcome.is_success:
        delivery.status = Delivery.Status.FAILED
    names = ("tries", "first_attempt_at", "attempts", "next_attempt_at", "status")
    changes: dict[str, Any] = {name: getattr(delivery, name) for name in names}
    # Unless the lease was over and another worker has it, or somebody has asked for another try meanwhile.
    mine = Delivery.objects.filter(pk=delivery.pk, next_attempt_at=job.leased_until)
    mine.update(**changes, updated_at=now)
    if outcome.is_success:
        note_success(job.endpoint)
    else:
        note_failure(job.endpoint, outcome.status, now=now)


def _attempt(outcome: Outcome, now: datetime) -> dict[str, Any]:
    return {
        "attemptedAt": now.isoformat().replace("+00:00", "Z"),
        "status": outcome.status,
        "milliseconds": outcome.milliseconds,
        "answer": outcome.answer,
    }


class Deliverer:
    """A worker: one thread asks the database, others send."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(AT_ONCE * MOST_ENDPOINTS, "deliver")
        self.in_flight: dict[Future[Outcome], Job] = {}
        self.delivered = self.failed = 0

    def step(self) -> bool:
        """Note what is done, claim what is due, and wait a moment; say whether anything is under way."""
        self.note_done()
        self.claim_due()
        if self.in_flight:
            wait(self.in_flight, timeout=0.2, return_when=FIRST_COMPLETED)
        return bool(self.in_flight)

    def note_done(self) -> None:
        """Note the tries that are over; one that cannot be noted now is noted later."""
        for future in [future for future in self.in_flight if future.done()]:
            outcome = future.result()
            note(self.in_flight[future], outcome, now=timezone.now())
            del self.in_flight[future]
            self.delivered += outcome.is_success
            self.failed += not outcome.is_success

    def claim_due(self) -> None:
        """Claim for each endpoint as many as it has room for, in another order each time."""
        busy = Counter(job.endpoint.pk for job in self.in_flight.values())
        endpoints = list(WebhookEndpoint.objects.filter(status=WebhookEndpoint.Status.LIVE))
        random.shuffle(endpoints)
        for endpoint in endpoints:
            room = AT_ONCE - busy[endpoint.pk]
            if room > 0:
                for job in claim(endpoint, room, now=timezone.now()):
                    self.in_flight[self.pool.submit(try_job, job)] = job

    def finish(self) -> None:
        """Wait for what is under way, and note it."""
        wait(self.in_flight)
        self.note_done()
        self.pool.shutdown()


def retry(deliveries: Sequence[UUID], *, now: datetime) -> int:
    """Let deliveries be tried again from the beginning; return how many."""
    changes = {"status": Delivery.Status.PENDING, "tries": 0, "first_attempt_at": None, "next_attempt_at": now}
    return Delivery.objects.filter(pk__in=deliveries).update(**changes, updated_at=now)
