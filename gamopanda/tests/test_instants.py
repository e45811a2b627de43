"""Instants come back from PostgreSQL as they went in."""

from datetime import UTC, datetime

import pytest
from django.db import connection

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

INSTANTS = [
    datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC),
    datetime(2026, 3, 1, 12, 0, 59, 1, tzinfo=UTC),
    datetime(2, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
def test_an_instant_is_read_to_the_microsecond_and_in_utc(instant: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz, NULL::timestamptz", [instant])
        (read, nothing) = cursor.fetchone()
    assert (read, read.tzinfo, nothing) == (instant, UTC, None)


def test_an_instant_given_on_another_clock_is_the_same_instant() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '2026-03-01 18:30:00+05:45'::timestamptz")
        assert cursor.fetchone() == (datetime(2026, 3, 1, 12, 45, tzinfo=UTC),)
