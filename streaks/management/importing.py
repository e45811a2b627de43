"""Record activity logs from files in batches that stand or fall by themselves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zlib import crc32

from django.db import transaction
from uuid_utils.compat import uuid7

from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import ids_by_external_id
from streaks.core.facts import Log
from streaks.management.log_files import Row
from streaks.models import Streak
from streaks.progress import service
from streaks.progress.log_body import InvalidLogBody, LogColumns, read_columns
from streaks.progress.store.bulk_rows import insert_missing, new_row

ROWS_AT_ONCE = 10_000
# Until a streak has activity its row is locked by who records it: the others wait for a small batch only.
ROWS_AT_FIRST = 500


@dataclass(slots=True)
class Tally:
    """What became of the rows of a batch; `rejected` pairs each bad row with its reason."""

    recorded: int = 0
    repeated: int = 0
    rejected: list[tuple[Row, str]] = field(default_factory=list)


def batches(rows: Iterable[Row], shares: int = 1) -> Iterator[tuple[int, list[Row]]]:
    """Yield rows some thousand at a time, each time with a number below `shares`.

    All rows of a member come with the same number, so processes with different shares never wait for each other.
    """
    waiting: list[list[Row]] = [[] for _ in range(shares)]
    sizes = [min(ROWS_AT_FIRST, ROWS_AT_ONCE)] * shares
    for row in rows:
        number = crc32(str(row[1][0]).encode(errors="surrogatepass")) % shares
        batch = waiting[number]
        batch.append(row)
        if len(batch) == sizes[number]:
            yield number, batch
            waiting[number], sizes[number] = [], ROWS_AT_ONCE
    yield from ((number, batch) for number, batch in enumerate(waiting) if batch)


@transaction.atomic
def import_rows(rows: Sequence[Row], streak: Streak, *, now: datetime) -> Tally:
    """Record a batch of rows, with the members that do not exist yet, in one transaction.

    Rows that are rejected, or there already, never harm their neighbours. An interrupted batch leaves nothing, so
    running an import again finishes it.
    """
    tally = Tally()
    good, columns = _read(rows, tally)
    if not good:
        return tally
    members = find_or_make_members(columns.external_ids)
    cells = zip(
        columns.external_ids, columns.instants, columns.activity_ids, columns.identifiers, columns.units, strict=True
    )
    streak_id = streak.pk
    logs = [
        Log(uuid7(), members[name], streak_id, at, activity_id, identifier, units)
        for name, at, activity_id, identifier, units in cells
    ]
    for row, result in zip(good, service.record(logs, now=now), strict=True):
        tally.recorded += result.is_recorded
        tally.repeated += result.existing_id is not None
        if result.refusal is not None:
            tally.rejected.append((row, result.refusal.message))
    return tally


def _read(rows: Sequence[Row], tally: Tally) -> tuple[list[Row], LogColumns]:
    """Return the rows that can be read and what they say; the others go to the tally."""
    good = [row for row in rows if not row[2]]
    columns = LogColumns()
    errors: dict[int, InvalidLogBody] = {}
    if good:
        columns, errors = read_columns(*zip(*(cells for _, cells, _ in good), strict=True))
    bad = [(row, row[2]) for row in rows if row[2]] + [(good[index], str(error)) for index, error in errors.items()]
    tally.rejected += sorted(bad, key=lambda rejected: rejected[0][0])
    return [good[index] for index in columns.indexes], columns


def find_or_make_members(external_ids: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of members by external id, made live where they do not exist yet; safe beside other writers."""
    wanted = set(external_ids)
    members = ids_by_external_id(wanted)
    # More than once where somebody is there when they are to be made, and gone when they are looked up.
    while missing := sorted(wanted - members.keys()):
        made = insert_missing(Member, [new_row(Member, external_id=text) for text in missing])
        members |= {member.external_id: member.pk for member in made}
        members |= ids_by_external_id(wanted - members.keys())
    return members
