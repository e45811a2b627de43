"""Members' own clocks: their zones, and the periods of logs that are counted by them (S52, S54)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from gamopanda.accounts.zones import ZoneWish, read_wishes, zones_in_effect
from streaks.core.advance import History, Pair
from streaks.core.facts import Log
from streaks.core.periods import Calendar, ZoneChange, calendar_of_member
from streaks.core.rules import Rules
from streaks.core.runs import RunStatus

Zones = tuple[ZoneChange, ...]
"""The zones of a member, in order of time."""
Clocks = Mapping[UUID, Calendar]
"""The calendars, by their ids, of those streaks whose members have their own clocks."""


def zones_of(wishes: Iterable[ZoneWish]) -> Zones:
    """Return what a member has wished for, as calendars take it."""
    return tuple(
        ZoneChange(wish.counts_from, ZoneInfo(wish.time_zone) if wish.time_zone else None)
        for wish in zones_in_effect(wishes)
    )


def with_own_clocks(rules: Mapping[UUID, Rules]) -> set[UUID]:
    """Return the ids of those streaks whose members have their own clocks, given the rules of streaks by id."""
    return {pk for pk, one in rules.items() if one.has_own_clocks}


def read_zones(member_ids: Collection[UUID]) -> dict[UUID, Zones]:
    """Return the zones of members by id; those without any are left out."""
    return {pk: zones_of(wishes) for pk, wishes in read_wishes(member_ids).items()} if member_ids else {}


def file_logs(logs: Iterable[Log], own_clocks: Clocks, zones: Mapping[UUID, Zones]) -> None:
    """Decide the periods of the logs of members with their own clocks, by the zones in effect at their instants."""
    for log in logs:
        if log.streak_id in own_clocks:
            calendar = calendar_of_member(own_clocks[log.streak_id], zones.get(log.member_id, ()))
            log.period_key = calendar.key_of(log.activity_at)


# --- histories that are read before the zones are known ---------------------------------------------------------------


def possible_periods(log: Log, own_clock: Calendar | None) -> Collection[date]:
    """Return the periods in which a log can lie: the one that is decided, or all where it depends on the zone."""
    return [log.period_key] if own_clock is None else own_clock.possible_keys(log.activity_at)


def zones_in(history: History) -> Zones:
    """Return the zones that were read with a history."""
    return () if history.facts is None else history.facts.zones


def file_read(logs: Sequence[Log], own_clocks: Clocks, histories: Mapping[Pair, History]) -> None:
    """Decide the periods of logs by the zones that were read, and keep of the histories what the logs touch."""
    pairs = [pair for pair in histories if pair[1] in own_clocks]
    if not pairs:
        return
    file_logs(logs, own_clocks, {pair[0]: zones_in(histories[pair]) for pair in pairs})
    touched: dict[Pair, set[date]] = defaultdict(set)
    for log in logs:
        touched[log.member_id, log.streak_id].add(log.period_key)
    for pair in pairs:
        narrow(histories[pair], touched[pair])


def narrow(history: History, touched: Collection[date]) -> None:
    """Leave out what was read around periods that turned out not to be those of the logs."""
    first = min(touched)
    earlier = [run for run in history.runs if run.ends_on < first and run.stored_status != RunStatus.IN_PROGRESS]
    if earlier:
        history.preceding = earlier[-1]
        history.runs = [run for run in history.runs if not any(run is one for one in earlier)]
    history.totals = {key: total for key, total in history.totals.items() if key in touched}
