"""Record activity logs from files in batches that stand or fall by themselves."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from django.db import transaction

from gamopanda.accounts.models import Member
from streaks.batch_derivation import Batch, places_of_each
from streaks.batch_road import logs_of, record_batch
from streaks.batch_storage import new_ids
from streaks.bulk_rows import insert_missing, new_row
from streaks.management.log_files import Row
from streaks.models import Streak
from streaks.progress.log_body import InvalidLogBody, LogColumns, read_columns
from streaks.recording import Refused, record_logs

ROWS_AT_ONCE = 10_000
# Until a streak has activity its row is locked by who records it: the others wait for a small batch only.
ROWS_AT_FIRST = 500


@dataclass(slots=True)
class Tally:
    """What became of the rows of a batch; `rejected` pairs each bad row with its reason."""

    recorded: int = 0
    repeated: int = 0
    rejected: list[tuple[Row, str]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count what became of more rows."""
        self.recorded += other.recorded
        self.repeated += other.repeated
        self.rejected += other.rejected


def batches(rows: Iterable[Row], shares: int = 1) -> Iterator[tuple[int, list[Row]]]:
    """Yield rows some thousand at a time, each time with a number below `shares`.

    All rows of a member come with the same number: who works on one share waits for nobody who works on another.
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


def import_rows(rows: Sequence[Row], streak: Streak, *, now: datetime) -> Tally:
    """Record a batch of rows, with the members that do not exist yet, in one transaction.

    What is rejected, or there already, never harms its neighbours, and a batch that was interrupted leaves nothing:
    so an import is finished by running it again.
    """
    try:
        return _import_together(rows, streak, now)
    except Refused as refusal:
        if len(rows) == 1:
            return Tally(rejected=[(rows[0], refusal.message)])
    # One log that cannot be stored at all (a total out of range) must not take the others with it: it is looked for
    # in halves, until it stands alone.
    middle = len(rows) // 2
    tally = import_rows(rows[:middle], streak, now=now)
    tally.add(import_rows(rows[middle:], streak, now=now))
    return tally


@transaction.atomic
def _import_together(rows: Sequence[Row], streak: Streak, now: datetime) -> Tally:
    tally = Tally()
    good, columns = _read(rows, tally)
    if not good:
        return tally
    places = places_of_each(columns.external_ids)
    members = find_or_make_members(places)
    batch = Batch(
        streak.pk,
        new_ids(len(good)),
        {members[name].pk: own for name, own in places.items()},
        columns.instants,
        columns.activity_ids,
        columns.identifiers,
        columns.units,
    )
    taken = record_batch(batch, now=now)
    tally.recorded += len(taken.recorded)
    tally.repeated += len(taken.repeats)
    left = taken.left(batch)
    outcomes = record_logs(logs_of(batch, left), now=now) if left else []
    for place, outcome in zip(left, outcomes, strict=True):
        tally.recorded += outcome.is_recorded
        tally.repeated += outcome.existing_id is not None
        if outcome.refusal is not None:
            tally.rejected.append((good[place], outcome.refusal.message))
    return tally


def _read(rows: Sequence[Row], tally: Tally) -> tuple[list[Row], LogColumns]:
    """Return the rows that can be read and what they say; the others go to the tally."""
    good = [row for row in rows if not row[2]]
    if good:
        columns, errors = read_columns(*zip(*(cells for _, cells, _ in good), strict=True))
    else:
        columns, errors = LogColumns(), dict[int, InvalidLogBody]()
    bad = [(row, row[2]) for row in rows if row[2]] + [(good[index], str(error)) for index, error in errors.items()]
    tally.rejected += sorted(bad, key=lambda rejected: rejected[0][0])
    return [good[index] for index in columns.indexes], columns


def find_or_make_members(external_ids: Iterable[str]) -> dict[str, Member]:
    """Return members by external id, made live where they do not exist yet; safe beside other writers.

    Nothing else of them is read.
    """
    wanted = set(external_ids)
    members = _find_members(wanted)
    # More than once where somebody is there when they are to be made, and gone when they are looked up.
    while missing := sorted(wanted - members.keys()):
        made = insert_missing(Member, [new_row(Member, external_id=text) for text in missing])
        members |= {member.external_id: member for member in made}
        members |= _find_members(wanted - members.keys())
    return members


def _find_members(external_ids: Collection[str]) -> dict[str, Member]:
    if not external_ids:
        return {}
    members = Member.objects.filter(external_id__among=external_ids).order_by().only("external_id")
    return {member.external_id: member for member in members}
