"""The store on PostgreSQL: what `orm.py` does, in one way to the database and back to read and one to write.

Functions of the database read and write small numbers of rows, each with one call; see `functions.py`. Many new rows
go out by binary COPY.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from django.db import DataError, connection
from psycopg.errors import error_from_result
from psycopg.pq import Escaping, ExecStatus, TransactionStatus

from gamopanda.accounts.models import Member
from gamopanda.accounts.zones import ZoneWish
from streaks.core.advance import Changes, History, Level, Pair
from streaks.core.aggregation import Total
from streaks.core.facts import Log, MemberFacts
from streaks.core.periods import Calendar, calendar_of_member
from streaks.core.runs import Run
from streaks.progress.store.bulk_rows import array_literal
from streaks.progress.store.clocks import Clocks, file_read, narrow, possible_periods, zones_in, zones_of
from streaks.progress.store.columns import (
    RUN_FIELDS,
    TOTAL_FIELDS,
)
from streaks.progress.store.functions import FIND_REPEATS, LOAD, OPEN_MANY, OPEN_ONE, SqlFunction, call_function
from streaks.progress.store.orm import (
    RUNS_AT_ONCE,
    Opened,
    OrmStore,
    Wanted,
    dates_excused,
    give_identity,
)
from streaks.progress.store.saving import MIN_ROWS_FOR_COPY, save_few, save_many


@dataclass(frozen=True, slots=True)
class OpenedOne:
    """The rows read around a single log: its member, None when there is none, and the secret of the caller's key.

    Of the member there are the id, the external id and the status.

    `current` is the total of the period of today, where that is another one.
    """

    opened: Opened
    member: Member | None
    encrypted_secret: str | None
    current: Total | None


class PostgresStore(OrmStore):
    """Reads and writes for `streaks.progress.service` by functions of the database."""

    def trusts_instants(self, logs: Sequence[Log]) -> bool:
        """Say whether repeats are looked for only among the logs that can have happened before."""
        return len(logs) >= MIN_ROWS_FOR_COPY

    def open(
        self,
        logs: Mapping[Pair, Sequence[Log]],
        member_ids: Collection[UUID],
        streak_ids: Collection[UUID],
        own_clocks: Clocks,
    ) -> Opened:
        """Lock members and read; repeats of many logs are looked for where they can be.

        Where members have their own clocks, all periods are read in which their logs can lie.
        """
        self.own_clocks = own_clocks
        every = list(chain.from_iterable(logs.values()))
        wanted = {pair: Wanted(Level.TAIL, _touched(some, own_clocks.get(pair[1]))) for pair, some in logs.items()}
        arrays = [array_literal(member_ids), array_literal(sorted(streak_ids))]
        few = [] if self.trusts_instants(every) else every
        read = orjson.loads(_begin_with(OPEN_MANY, *arrays, self._dump_wanted(wanted), *_names_of(few)))
        statuses = {UUID(pk): status for pk, status in (read["statuses"] or {}).items()}
        versions = {UUID(pk): version for pk, version in (read["versions"] or {}).items()}
        histories = _load_all(wanted, read["histories"])
        file_read(every, own_clocks, histories)
        _cut(histories)
        if few or not logs:
            return Opened(statuses, versions, histories, _by_log(few, map(_uuid, read["repeats"])))
        opened = Opened(statuses, versions, histories, has_all_repeats=False)
        opened.repeats = self.find_repeats(_that_may_repeat(logs, read["histories"]))
        return opened

    def open_one(
        self,
        log: Log,
        owner: tuple[UUID | None, str | None],
        *,
        calendar: Calendar | None,
        own_clocks: Clocks,
        now: datetime,
        api_key: str | None,
    ) -> OpenedOne:
        """Lock the member of a single log, named by id or external id, and read; nothing else comes before.

        `calendar` is that of the streak, None where there is none.
        """
        self.own_clocks, own_clock = own_clocks, own_clocks.get(log.streak_id)
        today = log.period_key if calendar is None else calendar.key_of(now)
        periods = possible_periods(log, own_clock)
        todays = [today] if own_clock is None else own_clock.possible_keys(now)
        around = (log.streak_id, log.unique_identifier, log.activity_at, array_literal(periods), array_literal(todays))
        read = orjson.loads(_begin_with(OPEN_ONE, *owner, *around, api_key, own_clock is not None))
        member_id = None if read["owner"] is None else UUID(read["owner"])
        statuses, histories, repeats, current, member = {}, {}, {}, None, None
        if member_id is not None:
            said = {name: read[name] for name in ("external_id", "first_name", "status")}
            member = Member(pk=member_id, **said)
            statuses[member_id] = read["status"]
            history = _load(Level.TAIL, read["history"])
            if own_clock is not None:
                own_calendar = calendar_of_member(own_clock, zones_in(history))
                log.period_key, today = own_calendar.key_of(log.activity_at), own_calendar.key_of(now)
                narrow(history, {log.period_key, today})
            current = None if today == log.period_key else history.totals.pop(today, None)
            histories[member_id, log.streak_id] = history
            _cut(histories)
        if read["existing"] is not None:
            repeats[log.id] = UUID(read["existing"])
        opened = Opened(statuses, {log.streak_id: read["version"]}, histories, repeats)
        return OpenedOne(opened, member, read["secret"], current)

    def load(self, wanted: Mapping[Pair, Wanted]) -> dict[Pair, History]:
        if not wanted:
            return {}
        histories = _load_all(wanted, call_function(LOAD, self._dump_wanted(wanted)))
        _cut(histories)
        return histories

    def _dump_wanted(self, wanted: Mapping[Pair, Wanted]) -> str:
        pairs = [
            [*pair, sorted(one.touched), one.level, sorted(one.with_entries), pair[1] in self.own_clocks]
            for pair, one in wanted.items()
        ]
        return orjson.dumps(pairs).decode()

    def find_repeats(self, logs: Sequence[Log]) -> dict[UUID, UUID]:
        """Return the ids of stored logs by the ids of the given ones that repeat them (S27)."""
        if not logs:
            return {}
        return _by_log(logs, call_function(FIND_REPEATS, *_names_of(logs)))

    def save(self, changes: Mapping[Pair, Changes], *, are_stored: bool = False) -> None:
        """Store what has changed; raises `IntegrityError` when a log is a repeat."""
        give_identity(changes)
        rows = sum(len(one.logs) + len(one.totals_created) + len(one.runs.created) for one in changes.values())
        changed = sum(len(one.totals_changed) + len(one.runs.changed) for one in changes.values())
        if rows + changed < MIN_ROWS_FOR_COPY and not any(one.totals_deleted for one in changes.values()):
            save_few(changes, are_stored=are_stored)
        else:
            save_many(changes, are_stored=are_stored)


# --- calls -----------------------------------------------------------------------------------------------------------


def _begin_with(function: SqlFunction, *arguments: Any) -> str:
    """Return the text that a function returns which is the first thing in a transaction: BEGIN goes along with it.

    Django knows of the transaction: it only finds that PostgreSQL is in it already.
    """
    assert connection.in_atomic_block, "recording is one transaction"
    if any(isinstance(argument, str) and "\0" in argument for argument in arguments):
        raise DataError("PostgreSQL stores no NUL characters.")
    connection.ensure_connection()
    pgconn = connection.connection.pgconn
    if pgconn.transaction_status != TransactionStatus.IDLE:
        return str(call_function(function, *arguments))
    quote = Escaping(pgconn).escape_literal
    literals = ("NULL" if value is None else bytes(quote(str(value).encode())).decode() for value in arguments)
    with connection.wrap_database_errors:
        result = pgconn.exec_(f"BEGIN; SELECT {function.name}({', '.join(literals)})".encode())
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result)
    return str(result.get_value(0, 0).decode())


# --- reading ---------------------------------------------------------------------------------------------------------

_READERS: dict[str, Callable[[Any], Any]] = {
    "id": UUID,
    **dict.fromkeys(("starts_on", "ends_on", "period_key"), date.fromisoformat),
    **dict.fromkeys(
        (
            *("streak_started_at", "streak_completed_at", "breaks_at", "created_at", "updated_at"),
            *("first_activity_at", "last_activity_at", "completed_at"),
        ),
        datetime.fromisoformat,
    ),
}
"""What reads a column whose value JSON has in another form."""


def _readers(names: Sequence[str]) -> list[tuple[int, Callable[[Any], Any]]]:
    return [(place, _READERS[name]) for place, name in enumerate(names) if name in _READERS]


_RUN_READERS, _TOTAL_READERS = _readers(RUN_FIELDS), _readers(TOTAL_FIELDS)


def _read(row: list[Any], readers: Iterable[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    for place, read in readers:
        if row[place] is not None:
            row[place] = read(row[place])
    return row


def _load_all(wanted: Mapping[Pair, Wanted], read: Any) -> dict[Pair, History]:
    found = zip(wanted.items(), read or [], strict=True)
    return {pair: _load(one.level, row[1]) for (pair, one), row in found if row is not None}


def _load(level: Level, row: Any) -> History:
    """Make a history of what the function `history` returns."""
    runs, totals, entries, with_entries, preceding, facts = row
    history = History(level)
    history.runs = sorted((Run(*_read(run, _RUN_READERS)) for run in runs or ()), key=attrgetter("starts_on"))
    history.preceding = None if preceding is None else Run(*_read(preceding, _RUN_READERS))
    history.facts = None if facts is None else _read_facts(*facts)
    for total in totals or ():
        loaded = Total(*_read(total, _TOTAL_READERS))
        history.totals[loaded.period_key] = loaded
    for key in with_entries or ():
        history.logged[date.fromisoformat(key)] = []
    for key, at, units in entries or ():
        history.logged[date.fromisoformat(key)].append((datetime.fromisoformat(at), units))
    return history


def _cut(histories: Mapping[Pair, History]) -> None:
    """Leave runs out that are not among the first, but for where they begin."""
    for history in histories.values():
        if history.level is not Level.WHOLE and len(history.runs) > RUNS_AT_ONCE - 1:
            history.ends_before = history.runs[RUNS_AT_ONCE - 1].starts_on
            del history.runs[RUNS_AT_ONCE - 1 :]


def _read_facts(excuses: Any, given_freezes: Any, wishes: Any) -> MemberFacts:
    dates = (dates_excused(kind, date.fromisoformat(on), date.fromisoformat(to)) for kind, on, to in excuses or ())
    gifts = ((datetime.fromisoformat(at), quantity) for at, quantity in given_freezes or ())
    read = (
        ZoneWish(datetime.fromisoformat(at), None if since is None else datetime.fromisoformat(since), zone)
        for at, since, zone in wishes or ()
    )
    return MemberFacts(tuple(dates), tuple(gifts), zones_of(read))


def _names_of(logs: Sequence[Log]) -> list[str]:
    """Return what a repeat has in common with the stored log, as columns."""
    columns = map(attrgetter, ("member_id", "streak_id", "unique_identifier"))
    return [array_literal(map(column, logs)) for column in columns]


def _by_log(logs: Sequence[Log], existing: Iterable[UUID | None]) -> dict[UUID, UUID]:
    return {log.id: found for log, found in zip(logs, existing, strict=True) if found is not None}


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _touched(logs: Sequence[Log], own_clock: Calendar | None) -> set[date]:
    if own_clock is None:
        return {log.period_key for log in logs}
    return {key for log in logs for key in possible_periods(log, own_clock)}


def _that_may_repeat(logs: Mapping[Pair, Sequence[Log]], read: Iterable[Any]) -> list[Log]:
    """Return the logs that are likely to be stored: what happened after all that is stored hardly is."""
    found: list[Log] = []
    for some, row in zip(logs.values(), read, strict=True):
        if row is not None and row[0] is not None:
            last_at = datetime.fromisoformat(row[0])
            found += [log for log in some if log.activity_at <= last_at]
    return found
