"""Deliveries: claimed, sent side by side, and noted one by one (W3, W5)."""

import logging
import random
import time
from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, JSONField, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from gamopanda.events.endpoints import MOST_ENDPOINTS, note_failure, note_success
from gamopanda.events.models import Delivery, WebhookEndpoint
from gamopanda.events.retries import next_attempt
from gamopanda.events.sending import SECONDS, Outcome, send
from gamopanda.events.signing import sign

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""To one endpoint: a slow one has its own, and takes none from another."""
CLAIMED = 3 * AT_ONCE
"""Of one endpoint, on their way and about to follow: to claim some together takes less than to claim each by itself."""
LEASE = timedelta(seconds=60)
"""For so long a delivery that was claimed is left to its worker."""
LONGEST_TRY = timedelta(seconds=SECONDS + 5)
"""What has to be left of a lease when a try begins."""
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
    _write(job, outcome, now)
    _note_of_endpoint(job, outcome, now)


@transaction.atomic
def note_taken(done: Mapping[Future[Outcome], Job], *, now: datetime) -> list[Future[Outcome]]:
    """Note tries that the endpoints took, together; returns those that are noted.

    One that somebody else is changing at this moment is left to the next time, so that none waits for a second row
    while holding a first one.
    """
    ids = [job.delivery.pk for job in done.values()]
    locked = Delivery.objects.select_for_update(skip_locked=True).filter(pk__in=ids)
    free = dict(locked.order_by("pk").values_list("pk", "next_attempt_at"))
    noted = [future for future, job in done.items() if job.delivery.pk in free]
    # As with a try that is noted by itself: unless another worker has it by now.
    _write_taken([one for one in noted if free[done[one].delivery.pk] == done[one].leased_until], done, now)
    return noted


def _write_taken(futures: Sequence[Future[Outcome]], done: Mapping[Future[Outcome], Job], now: datetime) -> None:
    """Write down several tries in one statement; only their attempts differ."""
    attempts = {done[one].delivery.pk: _changes(done[one].delivery, one.result(), now)["attempts"] for one in futures}
    if attempts:
        whens = [When(pk=pk, then=Value(given, output_field=JSONField())) for pk, given in attempts.items()]
        Delivery.objects.filter(pk__in=attempts).update(
            status=Delivery.Status.DELIVERED,
            tries=F("tries") + 1,
            first_attempt_at=Coalesce("first_attempt_at", now),
            attempts=Cast(Case(*whens), JSONField()),
            next_attempt_at=None,
            updated_at=now,
        )


def _write(job: Job, outcome: Outcome, now: datetime) -> None:
    """Write down a try, unless the lease was over and another worker has it, or somebody has asked for another try."""
    mine = Delivery.objects.filter(pk=job.delivery.pk, next_attempt_at=job.leased_until)
    mine.update(**_changes(job.delivery, outcome, now), updated_at=now)


def _note_of_endpoint(job: Job, outcome: Outcome, now: datetime) -> None:
    if outcome.is_success:
        note_success(job.endpoint)
    else:
        note_failure(job.endpoint, outcome.status, now=now)


def _changes(delivery: Delivery, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Return what a try changes of a delivery."""
    first, tries, due = delivery.first_attempt_at or now, delivery.tries + 1, None
    if not outcome.is_success and outcome.status != 410:
        due = next_attempt(first_attempt_at=first, tries=tries, now=now, retry_after=outcome.retry_after)
    given_up = Delivery.Status.FAILED if due is None else Delivery.Status.PENDING
    return {
        "status": Delivery.Status.DELIVERED if outcome.is_success else given_up,
        "tries": tries,
        "first_attempt_at": first,
        "attempts": [*delivery.attempts, _attempt(outcome, now)][-MOST_ATTEMPTS_KEPT:],
        "next_attempt_at": due,
    }


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
        self.waiting: dict[UUID, deque[Job]] = {}
        self.delivered = self.failed = 0

    def step(self) -> bool:
        """Note what is done, claim what is due, and wait a moment; say whether anything is under way."""
        self.note_done()
        self.claim_due()
        self.send_waiting()
        if self.in_flight:
            wait(self.in_flight, timeout=0.2, return_when=FIRST_COMPLETED)
        return bool(self.in_flight)

    def note_done(self) -> None:
        """Note the tries that are over; one that cannot be noted now is noted later."""
        done, now = {future: job for future, job in self.in_flight.items() if future.done()}, timezone.now()
        taken = {future: job for future, job in done.items() if future.result().is_success}
        for future in note_taken(taken, now=now) if taken else ():
            note_success(self.in_flight.pop(future).endpoint)
            self.delivered += 1
        for future in done.keys() - taken.keys():
            note(self.in_flight[future], future.result(), now=now)
            del self.in_flight[future]
            self.failed += 1

    def claim_due(self) -> None:
        """Claim for each endpoint what follows on what is on its way, in another order each time."""
        busy = Counter(job.endpoint.pk for job in self.in_flight.values())
        endpoints = list(WebhookEndpoint.objects.filter(status=WebhookEndpoint.Status.LIVE))
        self._release({one.pk for one in endpoints})
        random.shuffle(endpoints)
        for endpoint in endpoints:
            waiting = self.waiting.setdefault(endpoint.pk, deque())
            if len(waiting) < AT_ONCE:
                waiting.extend(claim(endpoint, CLAIMED - busy[endpoint.pk] - len(waiting), now=timezone.now()))

    def send_waiting(self) -> None:
        """Send to each endpoint as many as there is room for; one whose lease ends too soon is left to it."""
        busy, latest = Counter(job.endpoint.pk for job in self.in_flight.values()), timezone.now() + LONGEST_TRY
        for endpoint_id, waiting in self.waiting.items():
            while waiting and busy[endpoint_id] < AT_ONCE:
                job = waiting.popleft()
                if job.leased_until > latest:
                    self.in_flight[self.pool.submit(try_job, job)] = job
                    busy[endpoint_id] += 1

    def _release(self, live: Collection[UUID] = ()) -> None:
        """Give back what waits for endpoints that are not live any more."""
        for endpoint_id in self.waiting.keys() - live:
            for job in self.waiting.pop(endpoint_id):
                mine = Delivery.objects.filter(pk=job.delivery.pk, next_attempt_at=job.leased_until)
                mine.update(next_attempt_at=timezone.now())

    def finish(self) -> None:
        """Wait for what is under way, note it, and give back what was not sent."""
        wait(self.in_flight)
        self.note_done()
        while self.in_flight:
            # Somebody else is changing one of them.
            time.sleep(0.05)
            self.note_done()
        self._release()
        self.pool.shutdown()


def retry(deliveries: Sequence[UUID], *, now: datetime) -> int:
    """Let deliveries be tried again from the beginning; return how many."""
    changes = {"status": Delivery.Status.PENDING, "tries": 0, "first_attempt_at": None, "next_attempt_at": now}
    return Delivery.objects.filter(pk__in=deliveries).update(**changes, updated_at=now)
