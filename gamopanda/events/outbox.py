"""Events go into the outbox in the transaction in which they happen (E1)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from uuid_utils.compat import uuid7

from gamopanda.accounts.sandbox import is_sandbox
from gamopanda.api.rendering.renderers import dump_json
from gamopanda.events.models import Delivery, Event, EventCounter
from gamopanda.events.subscriptions import Takers
from gamopanda.events.types import EventType

_STORE = """
WITH given AS (
    SELECT * FROM unnest(%s::uuid[], %s::varchar[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[])
    WITH ORDINALITY AS given (id, type, subject_id, member_id, streak_id, payload, place)
), counted AS (
    INSERT INTO events_eventcounter AS counter (subject_id, last)
    SELECT subject_id, count(*) FROM given GROUP BY subject_id ORDER BY subject_id
    ON CONFLICT (subject_id) DO UPDATE SET last = counter.last + excluded.last
    RETURNING subject_id, last
), stored AS (
    INSERT INTO events_event (id, created_at, updated_at, type, member_id, streak_id, sequence, payload)
    SELECT given.id, present.at, present.at, type, member_id, streak_id, counted.last
        - count(*) OVER (PARTITION BY subject_id) + row_number() OVER (PARTITION BY subject_id ORDER BY place), payload
    FROM given JOIN counted USING (subject_id), (SELECT %s::timestamptz AS at) AS present
)
INSERT INTO events_delivery
    (id, created_at, updated_at, event_id, endpoint_id, status, tries, attempts, next_attempt_at)
SELECT given.id, present.at, present.at, event_id, endpoint_id, 'pending', 0, '[]', present.at
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS given (id, event_id, endpoint_id),
    (SELECT %s::timestamptz AS at) AS present
"""


@dataclass(slots=True)
class NewEvent:
    """An event about to be stored; `subject_id` is what its sequence counts for: the member, or else a pool."""

    type: EventType
    data: Mapping[str, Any]
    streak_id: UUID | None
    member_id: UUID | None = None
    subject_id: UUID | None = None
    endpoint_ids: Sequence[UUID] = ()
    id: UUID = field(default_factory=uuid7)

    @property
    def subject(self) -> UUID:
        """What it is about."""
        subject = self.subject_id or self.member_id
        assert subject is not None, "every event is about something"
        return subject

    @property
    def payload(self) -> str:
        """`data` in JSON, without its sequence."""
        return dump_json(self.data).decode()


def store_events(events: Sequence[NewEvent], *, now: datetime) -> None:
    """Store events, and a delivery to each of their endpoints, in the order in which they are given.

    It comes last in a transaction: the counters that it locks stay locked until the end.
    """
    if not events:
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_STORE, _parameters(events, now))
    else:
        _store_by_orm(events, now)


def take(events: Iterable[NewEvent], takers: Takers) -> list[NewEvent]:
    """Return the events that somebody takes, each with its endpoints."""
    taken = []
    for event in events:
        endpoint_ids = takers.of(event.type, event.streak_id, sandbox=is_sandbox(event.member_id))
        if endpoint_ids is not None:
            event.endpoint_ids = endpoint_ids
            taken.append(event)
    return taken


def _parameters(events: Sequence[NewEvent], now: datetime) -> list[Any]:
    deliveries = [(uuid7(), event.id, endpoint_id) for event in events for endpoint_id in event.endpoint_ids]
    return [
        [event.id for event in events],
        [event.type.value for event in events],
        [event.subject for event in events],
        [event.member_id for event in events],
        [event.streak_id for event in events],
        [event.payload for event in events],
        now,
        *([row[place] for row in deliveries] for place in range(3)),
        _due_at(now),
    ]


def _due_at(now: datetime) -> datetime:
    """Return when to deliver what happens now: the clock of a sandbox member may be ahead of that of everybody."""
    return min(now, timezone.now())


def _store_by_orm(events: Sequence[NewEvent], now: datetime) -> None:
    """Store events on SQLite, where a transaction that writes is alone."""
    subjects = Counter(event.subject for event in events)
    last = dict(EventCounter.objects.filter(pk__in=subjects).values_list("pk", "last"))
    numbers = {subject: last.get(subject, 0) for subject in subjects}
    rows = []
    for event in events:
        numbers[event.subject] += 1
        rows.append(
            Event(
                id=event.id,
                type=event.type,
                member_id=event.member_id,
                streak_id=event.streak_id,
                sequence=numbers[event.subject],
                payload=event.payload,
            )
        )
    EventCounter.objects.bulk_create(
        [EventCounter(subject_id=subject, last=number) for subject, number in numbers.items()],
        update_conflicts=True,
        unique_fields=["subject_id"],
        update_fields=["last"],
    )
    Event.objects.bulk_create(rows)
    if _due_at(now) < now:
        Event.objects.filter(pk__in=[row.pk for row in rows]).update(created_at=now, updated_at=now)
    Delivery.objects.bulk_create(
        Delivery(event_id=event.id, endpoint_id=endpoint_id, next_attempt_at=_due_at(now))
        for event in events
        for endpoint_id in event.endpoint_ids
    )
