"""The latest calls of each API key, stored in the background so that no call waits for it."""

from collections import defaultdict
from uuid import UUID

from gamopanda.accounts.models import ApiKey, RecentCall
from gamopanda.api.monitoring.calls import Call, take_noted

KEPT = 100
"""How many calls of a key are kept."""


def store_calls() -> int:
    """Store what this process has noted, and return how many calls that were; only the latest of a key are kept."""
    calls = take_noted()
    keys = dict(ApiKey.objects.filter(api_key__in={call.api_key for call in calls}).values_list("api_key", "pk"))
    by_key: dict[UUID, list[Call]] = defaultdict(list)
    for call in calls:
        if call.api_key in keys:
            by_key[keys[call.api_key]].append(call)
    rows = [_row(pk, call) for pk, some in by_key.items() for call in some[-KEPT:]]
    RecentCall.objects.bulk_create(rows)
    for pk in by_key:
        _forget_earlier(pk)
    return len(rows)


def _row(key_id: UUID, call: Call) -> RecentCall:
    return RecentCall(
        api_key_id=key_id,
        called_at=call.called_at,
        method=call.method[:8],
        path=call.path[:256],
        status=call.status,
        problems=call.problems[:512],
        milliseconds=call.milliseconds,
        request_id=call.request_id,
    )


def _forget_earlier(key_id: UUID) -> None:
    of_key = RecentCall.objects.filter(api_key=key_id)
    latest = list(of_key.order_by("-pk").values_list("pk", flat=True)[KEPT : KEPT + 1])
    if latest:
        of_key.filter(pk__lte=latest[0]).delete()
