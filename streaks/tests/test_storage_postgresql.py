"""How rows lie on their pages: what is updated all the time has room to be updated in place."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from streaks.progress.store.bulk_rows import insert_rows, update_rows
from streaks.derivation import TOTAL_FIELDS, new_total
from streaks.models import TaskProgress
from streaks.tests.recording_cases import make_case, noon

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

SEVERAL_PAGES = 300


def test_totals_have_room_on_full_pages_to_be_updated_in_place_without_touching_an_index() -> None:
    case, target = make_case(), Decimal(50)
    entries = [(noon(1), Decimal(20))]
    totals = [
        new_total(case.member.pk, case.streak.pk, date(2025, 1, 1) + timedelta(days=day), entries, target)
        for day in range(SEVERAL_PAGES)
    ]
    insert_rows(TaskProgress, totals)
    some = totals[:SEVERAL_PAGES:30]
    for total in some:
        total.total += 10
    update_rows(TaskProgress, some, TOTAL_FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'streaks_taskprogress'"
        )
        assert cursor.fetchone() == (10, 10)
