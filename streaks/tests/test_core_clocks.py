"""The clock of a member whose zone changes: any moves between hard zones, on any kind of period (S52, S54)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaks.core.facts import MemberFacts
from streaks.core.periods import Calendar, PeriodKind, ZoneChange, calendar_of_member
from streaks.core.rules import Rules, RulesVersion

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

ZONES = (
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/Havana",
    "Asia/Beirut",
    "Atlantic/Azores",
    "Antarctica/Troll",
    "America/Scoresbysund",
    "Asia/Tehran",
    "Europe/Dublin",
)
# Around a date that was lost in Apia, and around the changes of clocks in the two halves of a year.
BEGINNINGS = tuple(datetime.fromisoformat(f"{day}T00:00Z") for day in ("2011-12-20", "2026-03-20", "2026-10-20"))
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
Move = tuple[datetime, ZoneInfo]


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, list[Move]]:
    kind, zone = draw(st.sampled_from(PeriodKind)), ZoneInfo(draw(st.sampled_from(ZONES)))
    calendar = Calendar(kind, zone, draw(st.integers(0, 6)), draw(st.integers(0, 6)))
    begins_at = draw(st.sampled_from(BEGINNINGS))
    minutes = 60 * 24 * (8 if kind is PeriodKind.DAILY else 45)
    at = sorted(draw(st.lists(st.integers(0, minutes), max_size=5, unique=True)))
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=len(at), max_size=len(at)))
    return calendar, [(begins_at + minute * MINUTE, ZoneInfo(zone)) for minute, zone in zip(at, zones, strict=True)]


def of_member(calendar: Calendar, moves: Sequence[Move]) -> Calendar:
    return calendar_of_member(calendar, tuple(ZoneChange(at, zone) for at, zone in moves))


def watched(calendar: Calendar, moves: Sequence[Move], begins_at: datetime, until: datetime) -> dict[datetime, date]:
    """Return the period that runs from each instant on at which anything can happen, as a look at all clocks says.

    A period runs until the clock of the zone that counts, and those of the zones moved to in it, have left it.
    """
    clocks = {
        zone: Calendar(calendar.kind, zone, calendar.first_weekday, calendar.day_starts_at)
        for zone in (calendar.zone, *(zone for _, zone in moves))
    }
    instants = {begins_at, *(at for at, _ in moves)}
    for clock in clocks.values():
        instants |= {clock.starts_at(key) for key in clock.keys_between(clock.key_of(begins_at), clock.key_of(until))}
    looking_at = [clocks[calendar.zone]]
    running, found = calendar.key_of(begins_at), {}
    for instant in sorted(one for one in instants if one >= begins_at):
        if all(clock.key_of(instant) > running for clock in looking_at):
            looking_at = looking_at[-1:]
            running = looking_at[0].key_of(instant)
        looking_at += [clocks[zone] for at, zone in moves if at == instant]
        found[instant] = running
    return found


@settings(max_examples=250, deadline=None)
@given(calendars())
def test_the_running_period_ends_when_the_clocks_of_both_zones_have_left_it_s54(
    case: tuple[Calendar, list[Move]],
) -> None:
    calendar, moves = case
    begins_at = min((at for at, _ in moves), default=BEGINNINGS[1]) - timedelta(days=3)
    until = max((at for at, _ in moves), default=begins_at) + timedelta(days=70)
    own = of_member(calendar, moves)
    found = watched(calendar, moves, begins_at, until)
    assert {at: own.key_of(at) for at in found} == found


@settings(max_examples=250, deadline=None)
@given(calendars(), st.data())
def test_no_period_comes_twice_or_overlaps_and_none_with_any_length_is_left_out_s54(
    case: tuple[Calendar, list[Move]], data: st.DataObject
) -> None:
    calendar, moves = case
    begins_at = min((at for at, _ in moves), default=BEGINNINGS[1]) - timedelta(days=3)
    own = of_member(calendar, moves)
    keys = [own.key_of(begins_at)]
    while own.starts_at(keys[-1]) < begins_at + timedelta(days=70):
        keys.append(own.following(keys[-1]))
    for key, following in pairwise(keys):
        assert key < following
        assert own.starts_at(key) < own.ends_at(key) == own.starts_at(following)
        assert own.key_of(own.starts_at(key)) == own.key_of(own.ends_at(key) - MICROSECOND) == key
        between = [day for day in plain_keys(calendar, key, following) if day > key]
        assert all(own.starts_at(day) == own.ends_at(day) == own.ends_at(key) for day in between)
        assert own.dates_of(key)[0] == key
        assert own.last_date_of(key) < following
    instant = begins_at + data.draw(st.integers(0, 70 * 24 * 60)) * MINUTE
    assert own.starts_at(own.key_of(instant)) <= instant < own.ends_at(own.key_of(instant))


def plain_keys(calendar: Calendar, key: date, until: date) -> list[date]:
    """Return the keys that the calendar of a clock without any gap has."""
    return list(Calendar(calendar.kind, ZoneInfo("UTC"), calendar.first_weekday).keys_between(key, until))


@settings(max_examples=250, deadline=None)
@given(calendars(), st.data())
def test_no_change_cuts_the_running_period_short_or_touches_an_ended_one_s54(
    case: tuple[Calendar, list[Move]], data: st.DataObject
) -> None:
    calendar, moves = case
    if not moves:
        return
    before, after = of_member(calendar, moves[:-1]), of_member(calendar, moves)
    at = moves[-1][0]
    running = before.key_of(at)
    assert after.starts_at(running) == before.starts_at(running)
    assert after.ends_at(running) >= before.ends_at(running)
    earlier = at - data.draw(st.integers(0, 30 * 24 * 60)) * MINUTE
    assert after.key_of(earlier) == before.key_of(earlier)


@settings(max_examples=250, deadline=None)
@given(calendars(), st.data())
def test_any_instant_lies_in_one_of_the_few_periods_that_are_possible_anywhere_s54(
    case: tuple[Calendar, list[Move]], data: st.DataObject
) -> None:
    calendar, moves = case
    instant = BEGINNINGS[1] + data.draw(st.integers(-10 * 24 * 60, 60 * 24 * 60)) * MINUTE
    possible = calendar.possible_keys(instant)
    assert of_member(calendar, moves).key_of(instant) in possible
    assert len(possible) <= 3


# --- examples ---------------------------------------------------------------------------------------------------------

BERLIN, TOKYO, LOS_ANGELES = map(ZoneInfo, ("Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles"))
DAYS = Calendar(PeriodKind.DAILY, BERLIN)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_who_flies_west_has_a_long_day_and_who_flies_east_a_short_one_s54() -> None:
    own = of_member(DAYS, [(utc("2026-06-10 10:00"), TOKYO), (utc("2026-06-20 10:00"), LOS_ANGELES)])
    # Tokyo is 7 hours ahead: the 10th ends in Berlin, the 11th in Tokyo.
    assert (own.starts_at(date(2026, 6, 10)), own.ends_at(date(2026, 6, 10))) == (
        utc("2026-06-09 22:00"), utc("2026-06-10 22:00"),
    )  # fmt: skip
    assert own.ends_at(date(2026, 6, 11)) == utc("2026-06-11 15:00")
    # Los Angeles is 16 hours behind: the 20th begins in Tokyo and ends there.
    assert (own.starts_at(date(2026, 6, 20)), own.ends_at(date(2026, 6, 20))) == (
        utc("2026-06-19 15:00"), utc("2026-06-21 07:00"),
    )  # fmt: skip
    assert own.short_periods() == ()
    assert [own.zone_at(utc(f"2026-06-{day} 12:00")) for day in (10, 11, 20, 21)] == [BERLIN, TOKYO, TOKYO, LOS_ANGELES]


def test_a_day_that_is_shorter_than_half_of_one_is_excused_s54() -> None:
    calendar = Calendar(PeriodKind.DAILY, LOS_ANGELES)
    zones = (ZoneChange(utc("2026-06-10 10:00"), TOKYO),)
    facts = MemberFacts(zones=zones)
    rules = facts.added_to(Rules("count", calendar, (RulesVersion(1, 7),), has_own_clocks=True))
    # It begins when the 10th ends in Los Angeles, and ends in Tokyo 8 hours later.
    short = date(2026, 6, 11)
    assert rules.calendar.ends_at(short) - rules.calendar.starts_at(short) == timedelta(hours=8)
    assert [rules.is_excused(date(2026, 6, day)) for day in (9, 10, 11, 12)] == [False, False, True, False]
    weekly = Rules("count", Calendar(PeriodKind.WEEKLY, LOS_ANGELES), (RulesVersion(1, 7),), has_own_clocks=True)
    assert facts.added_to(weekly).excuses == ()


def test_a_day_without_any_length_is_jumped_over_s54() -> None:
    own = of_member(
        Calendar(PeriodKind.DAILY, ZoneInfo("Pacific/Pago_Pago")),
        [(utc("2026-06-10 20:00"), ZoneInfo("Pacific/Kiritimati"))],
    )
    assert own.following(date(2026, 6, 10)) == date(2026, 6, 12)
    assert own.starts_at(date(2026, 6, 11)) == own.ends_at(date(2026, 6, 11)) == utc("2026-06-11 11:00")
    assert own.dates_of(date(2026, 6, 10)) == [date(2026, 6, 10)]


def test_a_zone_from_the_beginning_is_a_plain_clock_and_no_zone_is_that_of_the_streak_s52() -> None:
    assert calendar_of_member(DAYS, (ZoneChange(None, TOKYO),)) == Calendar(PeriodKind.DAILY, TOKYO)
    assert calendar_of_member(DAYS, ()) == calendar_of_member(DAYS, (ZoneChange(None, None),)) == DAYS
    back = calendar_of_member(DAYS, (ZoneChange(None, TOKYO), ZoneChange(utc("2026-06-10 10:00"), None)))
    assert back.zone_at(utc("2026-06-12 12:00")) == BERLIN


def test_zones_do_not_count_in_a_streak_with_one_clock_for_all_s52() -> None:
    rules = Rules("count", DAYS, (RulesVersion(1, 7),))
    assert MemberFacts(zones=(ZoneChange(None, TOKYO),)).added_to(rules).calendar == DAYS
