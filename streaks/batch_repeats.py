"""Which logs of a batch are repeats (S27): of what is stored, or of another one in the same batch."""

from collections.abc import Mapping, Sequence
from itertools import chain, repeat
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


def find_stored(batch: Batch, asked: Mapping[UUID, Sequence[int]]) -> dict[int, UUID]:
    """Return those of some logs that repeat a stored one, each with the id of that.

    They are given by member; the members are locked.
    """
    places = [place for some in asked.values() for place in some]
    if not places:
        return {}
    members = chain.from_iterable(repeat(member_id.hex, len(some)) for member_id, some in asked.items())
    arrays = map(array_literal, (places, members, map(batch.identifiers.__getitem__, places)))
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [*arrays, batch.streak_id, batch.streak_id])
        return dict(cursor.fetchall())


def find_within(places: Sequence[int], identifiers: Sequence[str]) -> Mapping[int, int]:
    """Return the logs of one member that repeat an earlier one of them, each with the place of that."""
    if len(set(map(identifiers.__getitem__, places))) == len(places):
        return {}
    first: dict[str, int] = {}
    return {place: original for place in places if (original := first.setdefault(identifiers[place], place)) != place}
