"""Members with everything at once, by all ways in and 8 writers at a time, against the brute force (S36–S58)."""

from pathlib import Path

import pytest

from streaks.progress import applying
from streaks.tests.everything_at_once import MEMBERS, build, play, prove
from streaks.tests.test_concurrency_postgresql import as_many_connections_as_writers, at_once

__all__ = ["as_many_connections_as_writers"]

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
WRITERS = 8


def test_everything_at_once_by_8_writers_agrees_with_the_brute_force_s36_s37_s38_s45_s54_s58(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "BATCH", max(5, MEMBERS // 20))
    world = build(tmp_path)
    play(world, lambda work: at_once([work] * WRITERS))
    prove(world)
