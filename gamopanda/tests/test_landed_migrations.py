"""Migrations that have landed are never edited: a database that has applied one would not be what the code expects."""

from hashlib import sha256
from pathlib import Path

import pytest

from gamopanda.conf.environment import BASE_DIR

# It is the same on every database.
pytestmark = pytest.mark.sqlite

LIST = Path(__file__).parent / "landed_migrations.txt"


def landed() -> dict[str, str]:
    lines = (line.split() for line in LIST.read_text().splitlines())
    return {path: digest for digest, path in lines}


def present() -> dict[str, str]:
    paths = [path for app in ("gamopanda", "rewards", "streaks") for path in (BASE_DIR / app).rglob("migrations/0*.py")]
    return {str(path.relative_to(BASE_DIR)): sha256(path.read_bytes()).hexdigest() for path in paths}


def test_no_landed_migration_was_edited_or_taken_away() -> None:
    now = present()
    changed = [path for path, digest in landed().items() if now.get(path) != digest]
    assert changed == [], "Write a new migration instead."


def test_every_migration_is_in_the_list() -> None:
    missing = present().keys() - landed().keys()
    assert missing == set(), "Add what `sha256sum PATH` prints to gamopanda/tests/landed_migrations.txt."
