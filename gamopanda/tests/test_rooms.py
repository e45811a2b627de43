"""The rooms of the project stay small enough to find something in them."""

import pytest

from gamopanda.conf.environment import BASE_DIR

# It is the same on every database.
pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("room", ["gamopanda", "gamopanda/api", "rewards", "streaks"])
def test_a_room_has_at_most_sixteen_entries_at_its_top(room: str) -> None:
    entries = {entry.name for entry in (BASE_DIR / room).iterdir()} - {"__init__.py", "__pycache__"}
    assert len(entries) <= 16, sorted(entries)
