"""The store that runs on every database: it reads histories and writes changes by Django's ORM alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, ExpressionWrapper, F, Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from gamopanda.accounts.models import Member
from streaks.core.advance import Changes, History, Level, Pair
from streaks.core.aggregation import Total
from streaks.core.facts import Log, MemberFacts
from streaks.core.rules import DatesExcused
from streaks.core.runs import Run, RunStatus
from streaks.fields import as_decimal, as_units
from streaks.models import (
    ExcusedMember,
    ExcuseKind,
    StreakExcuse,
    StreakFreeze,
    StreakLog,
    StreakProgress,
    TaskProgress,
)
from streaks.progress.store.bulk_rows import new_row
from streaks.progress.store.clocks import Clocks, Zones, file_logs, read_zones
from streaks.progress.store.columns import (
    CHANGING_RUN_COLUMNS,
    CHANGING_TOTAL_COLUMNS,
    RUN_FIELDS,
    TOTAL_FIELDS,
    values_of,
)
from streaks.progress.store.functions import LOCK_STREAK, SHARE_STREAK, STREAK_VERSION

# The run that is touched, one that it may join, and the one that tells where to stop.
RUNS_AT_ONCE = 3
# How many repeats one query looks up: the index is asked for every pairing of their members and identifiers.
KEYS_AT_ONCE = 100
# The value of a log as the database keeps it.
UNITS = ExpressionWrapper(F("activity_value"), output_field=BigIntegerField())


@dataclass(slots=True)
class Wanted:
    """What to load of one history: around these periods, with all logs of some, and with the run before them."""

    level: Level
    touched: Collection[date]
    with_entries: Collection[date] = frozenset()
    with_preceding: bool = False


@dataclass(slots=True)
class Opened:
    """Locked members, and what is stored around the logs that shall be recorded.

    `statuses` are those of members that exist, `versions` those of streaks. `repeats` has the ids of stored logs by
    the ids of those that repeat them (S27); without `has_all_repeats` there may be more, and saving tells.
    """

    statuses: dict[UUID, str]
    versions: dict[UUID, str]
    histories: dict[Pair, History]
    repeats: dict[UUID, UUID] = field(default_factory=dict)
    has_all_repeats: bool = True


class OrmStore:
    """Reads and writes for `streaks.progress.service`, inside its transaction."""

    def __init__(self) -> None:
        # The locked members that have facts of their own, and the zones of those who have any.
        self.with_facts: set[UUID] = set()
        self.zones: dict[UUID, Zones] = {}
        self.own_clocks: Clocks = {}

    def trusts_instants(self, logs: Sequence[Log]) -> bool:
        """Say whether repeats are looked for only among the logs that can have happened before."""
        return False

    def open(
        self,
        logs: Mapping[Pair, Sequence[Log]],
        member_ids: Collection[UUID],
        streak_ids: Collection[UUID],
        own_clocks: Clocks,
    ) -> Opened:
        """Lock members in the order of their ids, so that two batches wait for each other, and then read.

        Histories are read as far as most logs need it. The period of each log is that on the clock of its streak, and
        is decided here where members have their own clocks.
        """
        locked = lock_rows(member_ids)
        statuses = {one.pk: one.status for one in locked}
        self.with_facts = {one.pk for one in locked if one.has_own_facts}
        self.own_clocks = own_clocks
        self.zones = read_zones([one.pk for one in locked if one.has_own_zone]) if own_clocks else {}
        share_streaks(streak_ids)
        every = list(chain.from_iterable(logs.values()))
        if own_clocks:
            file_logs(every, own_clocks, self.zones)
        present = {pair: some for pair, some in logs.items() if pair[0] in statuses}
        wanted = {pair: Wanted(Level.TAIL, {log.period_key for log in some}) for pair, some in present.items()}
        return Opened(statuses, read_versions(streak_ids), self.load(wanted), self.find_repeats(every))

    def load(self, wanted: Mapping[Pair, Wanted]) -> dict[Pair, History]:
        """Read histories of locked members."""
        histories = {pair: History(one.level) for pair, one in wanted.items()}
        for streak_id in {streak_id for _, streak_id in wanted}:
            _load_streak(streak_id, {pair: one for pair, one in wanted.items() if pair[1] == streak_id}, histories)
        for pair, facts in read_facts([pair for pair in wanted if pair[0] in self.with_facts]).items():
            histories[pair].facts = facts
        for pair, history in histories.items():
            if pair[1] in self.own_clocks and pair[0] in self.zones:
                history.facts = replace(history.facts or MemberFacts(), zones=self.zones[pair[0]])
        return histories

    def find_repeats(self, logs: Sequence[Log]) -> dict[UUID, UUID]:
        """Return the ids of stored logs by the ids of the given ones that repeat them (S27)."""
        found: dict[tuple[UUID, UUID, str], UUID] = {}
        for start in range(0, len(logs), KEYS_AT_ONCE):
            some = logs[start : start + KEYS_AT_ONCE]
            stored = StreakLog.objects.filter(
                member__in={log.member_id for log in some},
                streak__in={log.streak_id for log in some},
                unique_identifier__in={log.unique_identifier for log in some},
            )
            rows = stored.order_by().values_list("member_id", "streak_id", "unique_identifier", "pk")
            found |= {row[:3]: row[3] for row in rows}
        keys = {log.id: (log.member_id, log.streak_id, log.unique_identifier) for log in logs}
        return {log_id: found[key] for log_id, key in keys.items() if key in found}

    def save(self, changes: Mapping[Pair, Changes], *, are_stored: bool = False) -> None:
        """Store what has changed, in an order in which no pair ever has two runs in progress (S18).

        `are_stored` says that the logs are there already. Raises `IntegrityError` when a log is a repeat.
        """
        give_identity(changes)
        if not are_stored:
            StreakLog.objects.bulk_create(log_row(log) for one in changes.values() for log in one.logs)
        self._save_totals(changes)
        deleted = ids_of(run for one in changes.values() for run in one.runs.deleted)
        if deleted:
            StreakProgress.objects.filter(pk__in=deleted).delete()
        changed = [(pair, run) for pair, one in changes.items() for run in one.runs.changed]
        for is_over in (True, False):
            rows = [run_row(*each) for each in changed if (each[1].stored_status != RunStatus.IN_PROGRESS) is is_over]
            _update(StreakProgress, rows, CHANGING_RUN_COLUMNS)
        StreakProgress.objects.bulk_create(
            run_row(pair, run) for pair, one in changes.items() for run in one.runs.created
        )

    def _save_totals(self, changes: Mapping[Pair, Changes]) -> None:
        deleted = ids_of(total for one in changes.values() for total in one.totals_deleted)
        if deleted:
            TaskProgress.objects.filter(pk__in=deleted).delete()
        changed = [total_row(pair, total) for pair, one in changes.items() for total in one.totals_changed]
        _update(TaskProgress, changed, CHANGING_TOTAL_COLUMNS)
        TaskProgress.objects.bulk_create(
            total_row(pair, total) for pair, one in changes.items() for total in one.totals_created
        )


# --- locks -----------------------------------------------------------------------------------------------------------


def lock_members(ids: Collection[UUID]) -> dict[UUID, str]:
    """Lock members until the transaction ends and return their statuses by id, in the order of their ids.

    Everything that is derived for a member is read after this: reading first goes wrong under load.
    """
    return {one.pk: one.status for one in lock_rows(ids)}


class LockedRow(NamedTuple):
    """What the row of a member says when it is locked."""

    pk: UUID
    status: str
    has_own_facts: bool
    has_own_zone: bool


def lock_rows(ids: Collection[UUID]) -> list[LockedRow]:
    """Lock members and return what their rows say."""
    locked = Member.objects.select_for_update(no_key=True).filter(pk__any_of=set(ids)).order_by("pk")
    return [LockedRow(*row) for row in locked.values_list(*LockedRow._fields)]


def share_streaks(streak_ids: Collection[UUID]) -> None:
    """Keep streaks from being paused or resumed until the transaction ends; others may do the same meanwhile."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for pk in sorted(streak_ids):
                cursor.execute(SHARE_STREAK, [str(pk)])


def lock_streak(streak_id: UUID) -> None:
    """Wait until no transaction is recording for a streak, and keep others from it until this one ends.

    On SQLite a transaction that writes is alone anyhow.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCK_STREAK, [str(streak_id)])


def read_versions(streak_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the present versions of streaks; on SQLite, where nothing is cached, they are all the same."""
    if connection.vendor != "postgresql":
        return dict.fromkeys(streak_ids, "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {STREAK_VERSION.name}(id) FROM streaks_streak WHERE id = ANY(%s)",  # noqa: S608 (our own name)
            [list(streak_ids)],
        )
        return dict(cursor.fetchall())


# --- reading ---------------------------------------------------------------------------------------------------------


def _load_streak(streak_id: UUID, wanted: Mapping[Pair, Wanted], histories: Mapping[Pair, History]) -> None:
    """Read histories of members in one streak, together: what is not wanted of one of them is left out afterwards."""
    of_pairs = Q(streak=streak_id, member__any_of=[member_id for member_id, _ in wanted])
    _read_runs(of_pairs, wanted, histories)
    _read_totals(of_pairs, wanted, histories)
    for (member_id, _), one in wanted.items():
        history = histories[member_id, streak_id]
        history.has_preceding = one.with_preceding
        if one.with_preceding:
            history.preceding = _read_preceding(member_id, streak_id, min(one.touched))
        for key in one.with_entries:
            logs = StreakLog.objects.filter(member=member_id, streak=streak_id, period_key=key).order_by()
            logged = list(logs.annotate(units=UNITS).values_list("activity_at", "units"))
            history.logged[key] = logged


def _read_runs(of_pairs: Q, wanted: Mapping[Pair, Wanted], histories: Mapping[Pair, History]) -> None:
    """Read, in order, the runs that reach into the earliest touched period of each pair or lie after it.

    A run that is still stored as in progress comes along although its deadline has passed: it has to be stamped before
    another one starts (S18). It is the last one then.
    """
    earliest = min(min(one.touched) for one in wanted.values())
    reached = Q(ends_on__gte=earliest) | Q(stored_status=RunStatus.IN_PROGRESS)
    runs = StreakProgress.objects.filter(of_pairs, reached).order_by("ends_on")
    rows = runs.values_list("member_id", "streak_id", *RUN_FIELDS)
    is_whole = any(one.level is Level.WHOLE for one in wanted.values())
    for member_id, streak_id, *values in rows if is_whole or len(wanted) > 1 else rows[:RUNS_AT_ONCE]:
        _add_run(Run(*values), wanted[member_id, streak_id], histories[member_id, streak_id])


def _add_run(run: Run, wanted: Wanted, history: History) -> None:
    """Take the next run into a history, if it is one of the first that reach into the touched periods."""
    is_reached = run.ends_on >= min(wanted.touched) or run.stored_status == RunStatus.IN_PROGRESS
    if not is_reached or history.ends_before is not None:
        return
    if wanted.level is not Level.WHOLE and len(history.runs) == RUNS_AT_ONCE - 1:
        history.ends_before = run.starts_on
    else:
        history.runs.append(run)


def _range_of(history: History, wanted: Wanted) -> tuple[date, date | None]:
    """Return the period at which a window of a history begins, and the one before which it ends."""
    return min([*wanted.touched, *(run.starts_on for run in history.runs)]), history.ends_before


def _read_preceding(member_id: UUID, streak_id: UUID, earliest: date) -> Run | None:
    """Return the run before those that reach into the touched periods, if it is over."""
    before = StreakProgress.objects.filter(member=member_id, streak=streak_id, ends_on__lt=earliest)
    values = before.exclude(stored_status=RunStatus.IN_PROGRESS).order_by("-ends_on").values_list(*RUN_FIELDS).first()
    return None if values is None else Run(*values)


def read_facts(pairs: Collection[Pair], own_clocks: Collection[UUID] = ()) -> dict[Pair, MemberFacts]:
    """Return the facts of members alone in streaks; pairs without any are left out.

    Zones are read where a streak is among `own_clocks`, those whose members have their own.
    """
    if not pairs:
        return {}
    zones = read_zones({member_id for member_id, streak_id in pairs if streak_id in own_clocks})
    members, streaks = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    excuses: dict[tuple[UUID, UUID | None], list[DatesExcused]] = defaultdict(list)
    of_streaks = Q(streak__any_of=streaks) | Q(streak=None)
    stored = StreakExcuse.objects.filter(of_streaks, member__any_of=members).order_by()
    listed = ExcusedMember.objects.filter(
        excuse__in=StreakExcuse.objects.filter(of_streaks, is_for_list=True), member__any_of=members
    )
    rows = [
        *((excuse.member_id, excuse) for excuse in stored if excuse.member_id is not None),
        *((one.member_id, one.excuse) for one in listed.select_related("excuse")),
    ]
    for member_id, excuse in rows:
        if excuse.is_in_force_for(member_id):
            dates = dates_excused(excuse.kind, excuse.starts_on, excuse.ends_on)
            excuses[member_id, excuse.streak_id].append(dates)
    freezes: dict[Pair, list[tuple[datetime, int]]] = defaultdict(list)
    given = StreakFreeze.objects.filter(member__any_of=members, streak__any_of=streaks).order_by("given_at")
    for freeze in given:
        freezes[freeze.member_id, freeze.streak_id].append((freeze.given_at, freeze.quantity))
    if not (excuses or freezes or zones):
        return {}
    facts = {
        pair: MemberFacts(
            (*excuses[pair], *excuses[pair[0], None]),
            tuple(freezes[pair]),
            zones.get(pair[0], ()) if pair[1] in own_clocks else (),
        )
        for pair in set(pairs)
    }
    return {pair: one for pair, one in facts.items() if one != MemberFacts()}


def dates_excused(kind: str, starts_on: date, ends_on: date) -> DatesExcused:
    """Return an excuse as the rules take it: a break excuses no period of which it covers less than half (S39)."""
    return DatesExcused(starts_on, ends_on, by_half=kind == ExcuseKind.MEMBER_BREAK)


def _read_totals(of_pairs: Q, wanted: Mapping[Pair, Wanted], histories: Mapping[Pair, History]) -> None:
    """Read the totals of the touched periods and, above the level TAIL, all those of the runs that were read."""
    ranges = {pair: _range_of(histories[pair], one) for pair, one in wanted.items()}
    condition = Q(period_key__in={key for one in wanted.values() for key in one.touched})
    if any(one.level is not Level.TAIL for one in wanted.values()):
        condition = Q(period_key__gte=min(begins_on for begins_on, _ in ranges.values()))
    totals = TaskProgress.objects.filter(of_pairs, condition).order_by()
    for member_id, streak_id, *values in totals.values_list("member_id", "streak_id", *TOTAL_FIELDS):
        total, pair = read_total(values), (member_id, streak_id)
        begins_on, ends_before = ranges[pair]
        is_within = begins_on <= total.period_key and (ends_before is None or total.period_key < ends_before)
        if total.period_key in wanted[pair].touched or (is_within and wanted[pair].level is not Level.TAIL):
            histories[pair].totals[total.period_key] = total


def read_total(values: Sequence[Any]) -> Total:
    """Return a total from the values of its fields, as the ORM has them."""
    total = Total(*values)
    total.total = as_units(values[TOTAL_FIELDS.index("total")])
    return total


# --- writing ---------------------------------------------------------------------------------------------------------


def ids_of(rows: Iterable[Total | Run]) -> list[UUID]:
    return [row.id for row in rows if row.id is not None]


def give_identity(changes: Mapping[Pair, Changes]) -> None:
    """Give new rows their ids, and note when they were made: at the time of day, as the ORM does."""
    stamp = timezone.now()
    for one in changes.values():
        for log in one.logs:
            log.created_at = stamp
        for total in one.totals_created:
            total.id, total.created_at, total.updated_at = uuid7(), stamp, stamp
        for run in one.runs.created:
            run.id, run.created_at, run.updated_at = uuid7(), stamp, stamp


def log_row(log: Log) -> StreakLog:
    value = None if log.units is None else as_decimal(log.units)
    row = new_row(StreakLog, id=log.id, member_id=log.member_id, streak_id=log.streak_id, activity_at=log.activity_at)
    row.activity_id, row.unique_identifier = log.activity_id, log.unique_identifier
    row.activity_value, row.period_key = value, log.period_key
    row.__dict__.update(created_at=log.created_at, updated_at=log.created_at)
    return row


def total_row(pair: Pair, total: Total) -> TaskProgress:
    values = values_of(total, TOTAL_FIELDS) | {"total": as_decimal(total.total)}
    return new_row(TaskProgress, member_id=pair[0], streak_id=pair[1], **values)


def run_row(pair: Pair, run: Run) -> StreakProgress:
    return new_row(StreakProgress, member_id=pair[0], streak_id=pair[1], **values_of(run, RUN_FIELDS))


def _update(model: Any, rows: Sequence[Any], columns: Sequence[str]) -> None:
    """Save some columns of stored rows."""
    if len(rows) == 1:
        model.objects.filter(pk=rows[0].pk).update(**{name: getattr(rows[0], name) for name in columns})
    elif rows:
        model.objects.bulk_update(rows, columns, batch_size=500)
