"""When reminders come: quiet hours move them earlier, on every clock (R2)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gamopanda.events.reminder_times import QuietHours, allowed_at, next_at_hour

NIGHT = QuietHours(21, 8)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "begins", "wished", "expected"),
    [
        ("UTC", "2026-03-10T00:00", "2026-03-10T19:00", "2026-03-10T19:00"),
        ("UTC", "2026-03-10T00:00", "2026-03-10T20:59", "2026-03-10T20:59"),
        ("UTC", "2026-03-10T00:00", "2026-03-10T21:00", "2026-03-10T20:45"),
        ("UTC", "2026-03-10T00:00", "2026-03-10T23:30", "2026-03-10T20:45"),
        # After midnight the quiet hours are those of the evening before: in a weekly period there is still time.
        ("UTC", "2026-03-09T00:00", "2026-03-12T07:59", "2026-03-11T20:45"),
        ("UTC", "2026-03-10T00:00", "2026-03-10T07:59", None),
        ("UTC", "2026-03-10T00:00", "2026-03-10T08:00", "2026-03-10T08:00"),
        # The night in which clocks go forward, and the one in which they go back.
        ("Europe/Berlin", "2026-03-23T00:00", "2026-03-29T04:00", "2026-03-28T20:45"),
        ("Europe/Berlin", "2026-10-19T00:00", "2026-10-25T02:30", "2026-10-24T20:45"),
        # A midnight that does not exist.
        ("America/Santiago", "2026-08-31T00:00", "2026-09-06T03:00", "2026-09-05T20:45"),
        ("Asia/Kathmandu", "2026-03-10T00:00", "2026-03-10T22:00", "2026-03-10T20:45"),
    ],
)
def test_quiet_hours_move_a_reminder_earlier_within_its_period(
    zone: str, begins: str, wished: str, expected: str | None
) -> None:
    found = allowed_at(at(wished, zone), not_before=at(begins, zone), zone=ZoneInfo(zone), quiet=NIGHT)
    assert found == (None if expected is None else at(expected, zone))


@pytest.mark.parametrize(
    ("quiet", "hours"),
    [(QuietHours(21, 8), {21, 22, 23, *range(8)}), (QuietHours(1, 5), {1, 2, 3, 4}), (QuietHours(9, 9), set())],
)
def test_quiet_hours_are_a_range_of_hours_over_midnight_or_none(quiet: QuietHours, hours: set[int]) -> None:
    assert {hour for hour in range(24) if quiet.cover(hour)} == hours


def test_an_hour_of_the_day_is_the_next_one_on_the_clock_of_the_member() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert next_at_hour(at("2026-03-28T10:00", "Europe/Berlin"), 10, berlin) == at("2026-03-28T10:00", "Europe/Berlin")
    assert next_at_hour(at("2026-03-28T10:01", "Europe/Berlin"), 10, berlin) == at("2026-03-29T10:00", "Europe/Berlin")
    # An hour that the clock skips is the moment of the skip.
    assert next_at_hour(at("2026-03-28T12:00"), 2, berlin) == at("2026-03-29T01:00")
