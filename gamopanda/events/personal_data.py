"""What is stored about members here: events, and reminders that were sent or dropped (S60, S61)."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver

from gamopanda.accounts.erasure import former_members
from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.accounts.personal_data import PersonalTable, register_personal_table, rows_by
from gamopanda.accounts.signals import members_merged
from gamopanda.api.rendering.renderers import dump_json
from gamopanda.events.models import Delivery, Event, Reminder

BATCH = 500


def register_tables() -> None:
    """Let exports contain the tables, and erasures reach them."""
    register_personal_table(PersonalTable(Event, "events", rows_by(Event, "member_id"), erase=erase_from_events))
    register_personal_table(PersonalTable(Delivery, "webhookDeliveries", _deliveries_about, erase=_erase_answers))
    register_personal_table(PersonalTable(Reminder, "reminders", rows_by(Reminder)))


def erase_from_events(member: Member) -> None:
    """Put other names in the place of the external ids of a member, and of those who were merged into it."""
    names = {str(one.pk): str(one.pk) for one in former_members(member)} | {str(member.pk): member.external_id}
    for events in _in_batches(Event.objects.filter(member_id__in=names)):
        for event in events:
            data = json.loads(event.payload)
            for part in data.values():
                if isinstance(part, dict) and "externalId" in part:
                    part["externalId"] = names[str(part.get("ownedById", part["id"]))]
            event.payload = dump_json(data).decode()
        Event.objects.bulk_update(events, ["payload"])


def _deliveries_about(member_id: UUID) -> "QuerySet[Delivery]":
    return Delivery.objects.filter(event__member_id=member_id).order_by("pk")


def _erase_answers(member: Member) -> None:
    """Empty the beginnings of answers, which can repeat what was sent."""
    about = [member.pk, *former_members(member).values_list("pk", flat=True)]
    for deliveries in _in_batches(Delivery.objects.filter(event__member_id__in=about)):
        for delivery in deliveries:
            delivery.attempts = [{**attempt, "answer": ""} for attempt in delivery.attempts]
        Delivery.objects.bulk_update(deliveries, ["attempts"])


def _in_batches(rows: "QuerySet[Any]") -> Iterator[list[Any]]:
    ordered = rows.order_by("pk")
    batch = list(ordered[:BATCH])
    while batch:
        yield batch
        batch = list(ordered.filter(pk__gt=batch[-1].pk)[:BATCH])


@receiver(members_merged, dispatch_uid="events.move_reminders")
def move_reminders(merge: MemberMerge, into: Member, **_kwargs: Any) -> None:
    """Give the reminders of a merged member to the present one, unless that had the same."""
    reminders = Reminder.objects.filter(member=merge.merged)
    same = {name: OuterRef(name) for name in ("streak", "type", "period_key")}
    reminders.filter(Exists(Reminder.objects.filter(member=into, **same))).delete()
    reminders.update(member=into)
