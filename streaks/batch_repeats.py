"""Which logs of a batch are repeats (S27): of what is stored, or of another one in the same batch."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import connection

from streaks.batch_derivation import Batch
from streaks.bulk_rows import array_literal

# By the unique index: it alone has this order. Asked for equality, the planner may take one that leads to all logs of a
# member, or to those of all members with this identifier.
_STORED = """
SELECT asked.place, log.id FROM unnest(%s::int[], %s::uuid[], %s::varchar[]) AS asked (place, member_id, identifier)
CROSS JOIN LATERAL (
    SELECT id, member_id, streak_id, unique_identifier FROM streaks_streaklog
    WHERE (member_id, streak_id, unique_identifier) >= (asked.member_id, %s, asked.identifier)
    ORDER BY member_id, streak_id, unique_identifier LIMIT 1
) AS log
WHERE (log.member_id, log.streak_id, log.unique_identifier) = (asked.member_id, %s, asked.identifier)
"""


def find_stored(batch: Batch, places: Sequence[int]) -> dict[int, UUID]:
    """Return those of some logs that repeat a stored one, each with the id of that; under the lock of their members."""
    if not places:
        return {}
    members, identifiers = batch.member_ids, batch.identifiers
    arrays = (places, [members[place].hex for place in places], [identifiers[place] for place in places])
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [*map(array_literal, arrays), batch.streak_id, batch.streak_id])
        return dict(cursor.fetchall())


def find_within(places: Iterable[int], identifiers: Sequence[str]) -> Mapping[int, int]:
    """Return the logs of one member that repeat an earlier one of them, each with the place of that."""
    places = list(places)
    if len({identifiers[place] for place in places}) == len(places):
        return {}
    first: dict[str, int] = {}
    return {place: original for place in places if (original := first.setdefault(identifiers[place], place)) != place}
