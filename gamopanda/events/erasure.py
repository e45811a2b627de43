"""The erasure of a member reaches the events that are still stored (S61)."""

import json

from gamopanda.accounts.models import Member
from gamopanda.api.rendering.renderers import dump_json
from gamopanda.events.models import Event

BATCH = 500


def erase_from_events(member: Member) -> None:
    """Put the member's present external id in the place of the former one in all events about the member."""
    events = Event.objects.filter(member_id=member.pk).order_by("pk")
    changed = []
    for event in events.iterator(chunk_size=BATCH):
        data = json.loads(event.payload)
        for part in data.values():
            if isinstance(part, dict) and "externalId" in part:
                part["externalId"] = member.external_id
        event.payload = dump_json(data).decode()
        changed.append(event)
    Event.objects.bulk_update(changed, ["payload"], batch_size=BATCH)
