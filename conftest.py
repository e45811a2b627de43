"""What every test shares: the database leg that runs, and a cache that no test inherits from another."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection

# CI draws the same examples every time; elsewhere each run looks in new places. Databases have no deadline.
hypothesis.settings.register_profile("gamopanda", deadline=None, derandomize="CI" in os.environ, print_blob=True)
hypothesis.settings.load_profile("gamopanda")


def pytest_report_header() -> str:
    """Say which database the tests run on."""
    return f"database: {connection.vendor}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the other database: it runs in the other leg, so it is not reported as skipped here."""
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker(other)]


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Start and end with an empty cache, so that neither throttles nor cached records cross from test to test."""
    cache.clear()
    yield
    cache.clear()
