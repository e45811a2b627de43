"""However little of a history is read, the runs are those of the whole history (S17)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from streaks.progress.service import check as find_drift
from streaks.progress.service import record_logs
from streaks.tests.recording_cases import NOW, make_case

pytestmark = pytest.mark.django_db

# One log: a day in March, and whether it completes the day, does not, or takes back what did.
LOGS = st.tuples(st.integers(1, 28), st.sampled_from([50, 50, 50, 20, -50]))
BATCHES = st.lists(st.lists(LOGS, min_size=1, max_size=6), min_size=5, max_size=25)


class WindowsTestCase(TestCase):
    """A class, because that is how every example gets a transaction of its own."""

    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(completion_target=st.integers(1, 4), batches=BATCHES, missing=st.sets(st.integers(1, 28), max_size=6))
    def test_any_late_logs_and_refunds_in_a_long_history_leave_no_drift_S17(
        self, completion_target: int, batches: list[list[tuple[int, int]]], missing: set[int]
    ) -> None:
        """Long chains of short runs, so that windows end in their middle, and are outgrown when a gap is filled."""
        case = make_case(completion_target_value=completion_target)
        record_logs([case.log(day) for day in range(1, 29) if day not in missing], now=NOW)
        for batch in [*batches, *([(day, 50)] for day in missing)]:
            record_logs([case.log(day, value) for day, value in batch], now=NOW)
            assert find_drift([case.member.pk], now=NOW) == []
