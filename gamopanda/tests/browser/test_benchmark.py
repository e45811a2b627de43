"""The benchmark runs, and what it counts is what was promised; how long it took is for a quiet machine to say."""

import pytest
from playwright.sync_api import Browser

from benchmarks.display_visits import measure

# It brings its own database, so once is enough.
pytestmark = pytest.mark.sqlite


def test_over_the_wire_go_one_script_of_at_most_20_kb_one_data_request_and_the_icon(browser: Browser) -> None:
    (measured,) = measure(browser, 1)
    assert (measured.scripts, measured.data_requests, measured.icons) == (1, 1, 1)
    assert 10_000 < measured.script_bytes <= 20_000
    assert measured.layout_shift == 0
    assert measured.milliseconds > 0
