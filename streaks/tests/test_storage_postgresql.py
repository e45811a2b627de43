"""How rows lie on their pages: what is updated all the time has room to be updated in place."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from streaks.core.advance import Changes
from streaks.core.aggregation import UNITS, new_total
from streaks.progress.store import postgres
from streaks.progress.store.postgres import PostgresStore
from streaks.tests.recording_cases import make_case, noon

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

SEVERAL_PAGES = 300


@pytest.mark.parametrize("min_rows_for_copy", [1, 50])
def test_totals_have_room_on_full_pages_to_be_updated_in_place_without_touching_an_index(
    monkeypatch: pytest.MonkeyPatch, min_rows_for_copy: int
) -> None:
    monkeypatch.setattr(postgres, "MIN_ROWS_FOR_COPY", min_rows_for_copy)
    case, store = make_case(), PostgresStore()
    pair = case.member.pk, case.streak.pk
    days = [date(2025, 1, 1) + timedelta(days=day) for day in range(SEVERAL_PAGES)]
    totals = [new_total("sum", day, [(noon(1), 20 * UNITS)], 50 * UNITS) for day in days]
    store.save({pair: Changes(totals_created=totals)})
    some = totals[:SEVERAL_PAGES:30]
    for total in some:
        total.total += 10 * UNITS
    updates, in_place = count_updates()
    store.save({pair: Changes(totals_changed=some)})
    assert count_updates() == (updates + 10, in_place + 10)


def count_updates() -> Any:
    """Rows of totals that this connection has updated lately, and how many of them in place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'streaks_taskprogress'"
        )
        return cursor.fetchone()
