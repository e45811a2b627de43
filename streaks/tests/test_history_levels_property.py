"""However little of a history is loaded, the runs are those of the whole history (S17)."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaks.progress.service import check, record_logs
from streaks.tests.recording_cases import NOW, make_case
from streaks.tests.test_api_bulk_property import undone

pytestmark = pytest.mark.django_db

# One log: a day in March, and whether it completes the day, does not, or takes back what did.
LOGS = st.tuples(st.integers(1, 28), st.sampled_from([50, 50, 50, 20, -50]))
BATCHES = st.lists(st.lists(LOGS, min_size=1, max_size=6), min_size=5, max_size=25)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(completion_target=st.integers(1, 4), batches=BATCHES, missing=st.sets(st.integers(1, 28), max_size=6))
def test_any_late_logs_and_refunds_in_a_long_history_leave_no_drift_S17(
    completion_target: int, batches: list[list[tuple[int, int]]], missing: set[int]
) -> None:
    """Long chains of short runs: what is loaded ends in their middle, and is outgrown when a gap is filled."""

    def differences() -> Iterator[list[str]]:
        case = make_case(completion_target_value=completion_target)
        record_logs([case.log(day) for day in range(1, 29) if day not in missing], now=NOW)
        for batch in [*batches, *([(day, 50)] for day in missing)]:
            record_logs([case.log(day, value) for day, value in batch], now=NOW)
            yield check([case.member.pk], now=NOW)

    assert undone(lambda: [line for lines in differences() for line in lines]) == []
