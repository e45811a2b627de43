"""Members with everything at once, by all ways in, against the brute force (S36–S58)."""

from pathlib import Path

import pytest

from streaks.tests.everything_at_once import build, play, prove

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]


def test_everything_at_once_agrees_with_the_brute_force_s36_s37_s38_s45_s54_s58(tmp_path: Path) -> None:
    world = build(tmp_path)
    play(world, lambda work: [work()])
    prove(world)
