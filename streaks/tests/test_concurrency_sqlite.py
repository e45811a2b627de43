"""Writers on SQLite wait for each other; none fails."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from streaks.models import TaskProgress
from streaks.progress.recording import RecordResult
from streaks.progress.service import record_log
from streaks.tests.recording_cases import NOW, make_case

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


def test_writers_wait_and_none_fails_F18() -> None:
    case = make_case(completion_target_value=400)
    logs = [case.log(1, 5) for _ in range(120)]

    def post(number: int) -> RecordResult:
        try:
            return record_log(logs[number], now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(post, range(len(logs))))
    assert all(result.is_recorded for result in results)
    total = TaskProgress.objects.get()
    assert (total.total, total.log_count) == (Decimal(600), 120)
    assert case.runs() == [("broken", 1, 1, 2)]
