"""Instants to periods on every kind of clock (S2–S5)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streaks.core.periods import Calendar, PeriodKind
from streaks.tests import brute_force
from streaks.tests.brute_force import HARD_ZONES
from streaks.tests.histories import instants_of

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def daily(zone: str) -> Calendar:
    return Calendar(PeriodKind.DAILY, ZoneInfo(zone))


def weekly(zone: str, first_weekday: int = 0) -> Calendar:
    return Calendar(PeriodKind.WEEKLY, ZoneInfo(zone), first_weekday)


def monthly(zone: str) -> Calendar:
    return Calendar(PeriodKind.MONTHLY, ZoneInfo(zone))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LENGTHS_OF_DAYS = [
    ("UTC", "2026-03-29", "2026-03-29 00:00", 24.0),
    ("Europe/Berlin", "2026-03-29", "2026-03-28 23:00", 23.0),
    ("Europe/Berlin", "2026-10-25", "2026-10-24 22:00", 25.0),
    ("Australia/Lord_Howe", "2026-04-05", "2026-04-04 13:00", 24.5),
    ("Australia/Lord_Howe", "2026-10-04", "2026-10-03 13:30", 23.5),
    # No 00:00: the day starts at 01:00 local time.
    ("Asia/Beirut", "2026-03-29", "2026-03-28 22:00", 23.0),
    ("America/Santiago", "2026-09-06", "2026-09-06 04:00", 23.0),
    ("Africa/Cairo", "2026-04-24", "2026-04-23 22:00", 23.0),
    ("America/Havana", "2026-03-08", "2026-03-08 05:00", 23.0),
    # The clock goes back from 24:00 to 23:00: the day before is the long one, and midnight comes once.
    ("America/Santiago", "2026-04-04", "2026-04-04 03:00", 25.0),
    ("America/Santiago", "2026-04-05", "2026-04-05 04:00", 24.0),
    # The clock goes back from 00:01 to 23:01: midnight comes twice and the day starts with the first.
    ("America/St_Johns", "2010-11-06", "2010-11-06 02:30", 24.0),
    ("America/St_Johns", "2010-11-07", "2010-11-07 02:30", 25.0),
    ("America/St_Johns", "2010-03-14", "2010-03-14 03:30", 23.0),
    # The same by three hours, from 02:00 to 23:00.
    ("Antarctica/Casey", "2010-03-05", "2010-03-04 13:00", 27.0),
    ("Pacific/Apia", "2011-12-29", "2011-12-29 10:00", 24.0),
    ("Pacific/Apia", "2011-12-31", "2011-12-30 10:00", 24.0),
    ("Asia/Kathmandu", "2026-05-01", "2026-04-30 18:15", 24.0),
    ("Pacific/Kiritimati", "2026-05-01", "2026-04-30 10:00", 24.0),
    ("Pacific/Chatham", "2026-04-05", "2026-04-04 10:15", 25.0),
    # A gap that begins before midnight and ends after it.
    ("America/Toronto", "1919-03-31", "1919-03-31 04:30", 23.5),
    ("Africa/Monrovia", "1971-06-01", "1971-06-01 00:44:30", 24.0),
]


@pytest.mark.parametrize(("zone", "day", "starts_at", "hours"), LENGTHS_OF_DAYS)
def test_a_day_has_the_hours_that_its_clock_gives_it_s4_f2_f3(
    zone: str, day: str, starts_at: str, hours: float
) -> None:
    key, calendar = date.fromisoformat(day), daily(zone)
    assert calendar.starts_at(key) == utc(starts_at)
    assert calendar.ends_at(key) - calendar.starts_at(key) == timedelta(hours=hours)
    assert calendar.key_of(utc(starts_at)) == key
    assert calendar.key_of(utc(starts_at) - SECOND) < key


KEYS_OF_INSTANTS = [
    # F1: the local day, not the day in UTC.
    ("America/New_York", "2026-01-02 03:00", "2026-01-01"),
    ("Asia/Kathmandu", "2026-01-01 18:14:59", "2026-01-01"),
    ("Asia/Kathmandu", "2026-01-01 18:15", "2026-01-02"),
    ("Pacific/Kiritimati", "2026-01-01 09:59:59", "2026-01-01"),
    ("Pacific/Kiritimati", "2026-01-01 10:00", "2026-01-02"),
    # F4: the night the clock goes back; the hour that comes twice is one date.
    ("Europe/Berlin", "2026-10-25 00:30", "2026-10-25"),
    ("Europe/Berlin", "2026-10-25 01:30", "2026-10-25"),
    # 00:00:30 of the 7th, then 23:01:30 of the 6th once more, which the 7th keeps: it has begun.
    ("America/St_Johns", "2010-11-07 02:29:59", "2010-11-06"),
    ("America/St_Johns", "2010-11-07 02:30:30", "2010-11-07"),
    ("America/St_Johns", "2010-11-07 02:31:30", "2010-11-07"),
    ("America/St_Johns", "2010-11-07 03:30", "2010-11-07"),
    # F3: the first second after the gap.
    ("Asia/Beirut", "2026-03-28 21:59:59", "2026-03-28"),
    ("Asia/Beirut", "2026-03-28 22:00", "2026-03-29"),
    ("Pacific/Apia", "2011-12-30 09:59:59", "2011-12-29"),
    ("Pacific/Apia", "2011-12-30 10:00", "2011-12-31"),
    # F13: the leap day.
    ("UTC", "2028-02-29 23:59:59", "2028-02-29"),
    ("UTC", "2028-03-01 00:00", "2028-03-01"),
]


@pytest.mark.parametrize(("zone", "instant", "day"), KEYS_OF_INSTANTS)
def test_an_instant_lies_in_the_day_of_its_own_clock_s2(zone: str, instant: str, day: str) -> None:
    assert daily(zone).key_of(utc(instant)) == date.fromisoformat(day)


def test_the_offset_an_instant_is_written_with_does_not_matter_s2() -> None:
    for text in ("2026-01-02T03:00:00+00:00", "2026-01-02T17:00:00+14:00", "2026-01-01T15:00:00-12:00"):
        assert daily("America/New_York").key_of(datetime.fromisoformat(text)) == date(2026, 1, 1)


def test_a_date_that_does_not_exist_is_no_period_between_its_neighbours_s4() -> None:
    calendar = daily("Pacific/Apia")
    assert calendar.following(date(2011, 12, 29)) == date(2011, 12, 31)
    assert calendar.ends_at(date(2011, 12, 29)) == calendar.starts_at(date(2011, 12, 31)) == utc("2011-12-30 10:00")
    assert daily("Pacific/Kwajalein").following(date(1993, 8, 20)) == date(1993, 8, 22)


WEEKS = [
    # (any date of the week, first weekday, key)
    ("2026-12-28", 0, "2026-12-28"),  # ISO week 53 of 2026 ...
    ("2027-01-03", 0, "2026-12-28"),  # ... goes on into 2027
    ("2027-01-04", 0, "2027-01-04"),
    ("2026-12-31", 6, "2026-12-27"),
    ("2026-12-27", 6, "2026-12-27"),
    ("2026-12-26", 6, "2026-12-20"),
    ("2026-02-27", 5, "2026-02-21"),
    ("2024-02-29", 0, "2024-02-26"),
    ("2026-03-29", 0, "2026-03-23"),
]


@pytest.mark.parametrize(("day", "first_weekday", "key"), WEEKS)
def test_a_week_is_named_by_its_first_day_whichever_day_that_is_s3_f6(day: str, first_weekday: int, key: str) -> None:
    noon = utc(f"{day} 12:00")
    assert weekly("UTC", first_weekday).key_of(noon) == date.fromisoformat(key)


def test_the_28th_of_december_2026_lies_in_iso_week_53_and_its_week_has_seven_days_f6() -> None:
    calendar, key = weekly("Europe/Berlin"), date(2026, 12, 28)
    assert key.isocalendar().week == 53
    assert calendar.following(key) == date(2027, 1, 4)
    assert calendar.ends_at(key) - calendar.starts_at(key) == timedelta(days=7)


def test_a_week_with_a_clock_change_is_an_hour_shorter_or_longer_f7() -> None:
    calendar = weekly("Europe/Berlin")
    spring, autumn = date(2026, 3, 23), date(2026, 10, 19)
    assert calendar.ends_at(spring) - calendar.starts_at(spring) == timedelta(days=7) - HOUR
    assert calendar.ends_at(autumn) - calendar.starts_at(autumn) == timedelta(days=7) + HOUR


def test_a_week_of_before_the_first_weekday_was_configured_anew_is_followed_by_the_next_whole_week_s3_s5() -> None:
    monday, calendar = date(2026, 12, 28), weekly("UTC", first_weekday=6)
    assert calendar.following(monday) == date(2027, 1, 10)
    assert calendar.ends_at(monday) == utc("2027-01-10 00:00")


def test_a_week_whose_first_date_does_not_exist_is_named_by_it_all_the_same_s3_s4() -> None:
    calendar = weekly("Pacific/Apia", first_weekday=4)  # Friday 2011-12-30 does not exist
    key = date(2011, 12, 30)
    assert calendar.starts_at(key) == utc("2011-12-30 10:00")
    assert calendar.key_of(utc("2011-12-30 10:00")) == key
    assert calendar.ends_at(key) - calendar.starts_at(key) == timedelta(days=6)


MONTHS = [
    ("2026-01-31 23:59:59", "2026-01-01", 31),
    ("2026-02-28 12:00", "2026-02-01", 28),
    ("2028-02-29 12:00", "2028-02-01", 29),
    ("2026-04-30 12:00", "2026-04-01", 30),
    ("2026-12-31 23:59:59", "2026-12-01", 31),
    ("2000-02-29 00:00", "2000-02-01", 29),
    ("2100-02-28 00:00", "2100-02-01", 28),
]


@pytest.mark.parametrize(("instant", "key", "days"), MONTHS)
def test_a_month_is_as_long_as_the_calendar_says_s3_f13(instant: str, key: str, days: int) -> None:
    calendar, first = monthly("UTC"), date.fromisoformat(key)
    assert calendar.key_of(utc(instant)) == first
    assert calendar.ends_at(first) - calendar.starts_at(first) == timedelta(days=days)


def test_a_month_with_a_clock_change_or_a_lost_date_has_the_instants_it_has_s4() -> None:
    march, october = date(2026, 3, 1), date(2026, 10, 1)
    berlin, apia = monthly("Europe/Berlin"), monthly("Pacific/Apia")
    assert berlin.ends_at(march) - berlin.starts_at(march) == timedelta(days=31) - HOUR
    assert berlin.ends_at(october) - berlin.starts_at(october) == timedelta(days=31) + HOUR
    assert apia.ends_at(date(2011, 12, 1)) - apia.starts_at(date(2011, 12, 1)) == timedelta(days=30)


@st.composite
def clocks_with_instants(draw: st.DrawFn) -> tuple[PeriodKind, str, int, datetime]:
    """A period kind, a hard zone, a first weekday, and an instant from 1970 to 2040, often near a clock change."""
    zone = draw(st.sampled_from(HARD_ZONES))
    return draw(st.sampled_from(PeriodKind)), zone, draw(st.integers(0, 6)), draw(instants_of(zone))


@settings(max_examples=600, deadline=None)
@given(clocks_with_instants())
@example((PeriodKind.DAILY, "Pacific/Apia", 0, utc("2011-12-30 10:00")))
@example((PeriodKind.DAILY, "America/St_Johns", 0, utc("2010-11-07 02:31:30")))
@example((PeriodKind.WEEKLY, "Pacific/Apia", 4, utc("2011-12-30 10:00")))
@example((PeriodKind.DAILY, "Antarctica/Casey", 0, utc("2010-03-04 15:30")))
def test_any_instant_lies_in_exactly_one_period_of_any_clock_s4(case: tuple[PeriodKind, str, int, datetime]) -> None:
    kind, zone, first_weekday, instant = case
    calendar = Calendar(kind, ZoneInfo(zone), first_weekday)
    key = calendar.key_of(instant)
    following = calendar.following(key)
    assert calendar.starts_at(key) <= instant < calendar.ends_at(key)
    assert calendar.ends_at(key) == calendar.starts_at(following)
    assert calendar.ends_at(following) > calendar.starts_at(following)
    assert calendar.key_of(calendar.starts_at(key)) == key
    assert calendar.key_of(calendar.ends_at(key) - timedelta(microseconds=1)) == key
    assert calendar.key_of(calendar.ends_at(key)) == following
    assert calendar.key_of(calendar.starts_at(key) - timedelta(microseconds=1)) < key


@settings(max_examples=400, deadline=None)
@given(clocks_with_instants())
@example((PeriodKind.DAILY, "Pacific/Apia", 0, utc("2011-12-30 09:00")))
@example((PeriodKind.DAILY, "America/St_Johns", 0, utc("2010-11-07 02:31:30")))
@example((PeriodKind.DAILY, "Antarctica/Casey", 0, utc("2010-03-04 15:30")))
def test_any_instant_lies_in_the_period_that_watching_the_clock_minute_by_minute_finds_s2_s3_s4(
    case: tuple[PeriodKind, str, int, datetime],
) -> None:
    kind, zone, first_weekday, instant = case
    calendar = Calendar(kind, ZoneInfo(zone), first_weekday)
    key = brute_force.period_of_instant(instant, kind=kind.value, zone=zone, first_weekday=first_weekday)
    bounds = brute_force.bounds_of_period(key, kind=kind.value, zone=zone, first_weekday=first_weekday)
    assert calendar.key_of(instant) == key
    assert (calendar.starts_at(key), calendar.ends_at(key)) == bounds


DATE_LINE_CROSSINGS = [
    # A date twice: Alaska on the day it was sold, and Kwajalein in 1969; a date lost: Manila in 1844.
    ("America/Juneau", utc("1867-10-18 12:00")),
    ("America/Sitka", utc("1867-10-18 12:00")),
    ("Pacific/Kwajalein", utc("1969-09-30 12:00")),
    ("Asia/Manila", utc("1844-12-31 12:00")),
    ("Pacific/Kiritimati", utc("1994-12-31 12:00")),
    ("Pacific/Fakaofo", utc("2011-12-30 12:00")),
]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(PeriodKind),
    st.sampled_from(DATE_LINE_CROSSINGS),
    st.integers(-72 * 60, 72 * 60),
)
def test_clocks_that_crossed_the_date_line_have_no_gap_and_no_overlap_s4(
    kind: PeriodKind, crossing: tuple[str, datetime], minutes: int
) -> None:
    zone, around = crossing
    calendar, instant = Calendar(kind, ZoneInfo(zone)), around + timedelta(minutes=minutes)
    key = calendar.key_of(instant)
    assert calendar.starts_at(key) <= instant < calendar.ends_at(key) == calendar.starts_at(calendar.following(key))
    assert key == brute_force.period_of_instant(instant, kind=kind.value, zone=zone, first_weekday=0)


SECONDS_FROM_YEAR_2_TO_9998 = int((utc("9998-12-01") - utc("0002-01-01")).total_seconds())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PeriodKind), st.sampled_from(HARD_ZONES), st.integers(0, SECONDS_FROM_YEAR_2_TO_9998))
def test_the_past_and_the_future_are_unlimited_s1(kind: PeriodKind, zone: str, seconds: int) -> None:
    calendar, instant = Calendar(kind, ZoneInfo(zone)), utc("0002-01-01") + timedelta(seconds=seconds)
    key = calendar.key_of(instant)
    assert calendar.starts_at(key) <= instant < calendar.ends_at(key) == calendar.starts_at(calendar.following(key))


@pytest.mark.parametrize("zone", HARD_ZONES)
def test_three_years_of_days_follow_each_other_without_gap_or_overlap_s4(zone: str) -> None:
    calendar = daily(zone)
    first = utc("2009-06-01")
    key, walked = calendar.key_of(first), []
    while calendar.starts_at(key) < first + timedelta(days=3 * 365):
        walked.append(key)
        assert calendar.key_of(calendar.starts_at(key)) == key
        assert calendar.starts_at(calendar.following(key)) == calendar.ends_at(key) > calendar.starts_at(key)
        key = calendar.following(key)
    lost = {date(2011, 12, 30)} if zone == "Pacific/Apia" else set()
    assert set(walked) | lost == {walked[0] + timedelta(days=number) for number in range(len(walked) + len(lost))}
