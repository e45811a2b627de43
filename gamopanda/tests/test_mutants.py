"""Mutants: each is one change of one function, and the list of those that make no difference is current."""

from pathlib import Path

import pytest

from gamopanda.conf.environment import BASE_DIR
from scripts.mutants.changes import Equivalent, Mutant, mutants_of, read_equivalents

# It needs no database, so once is enough.
pytestmark = pytest.mark.sqlite

PERMISSIONS = Path("gamopanda/api/access/permissions.py")


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return list(mutants_of(PERMISSIONS))


def test_a_mutant_changes_one_place_and_keeps_decorators(mutants: list[Mutant]) -> None:
    before = (BASE_DIR / PERMISSIONS).read_text()
    assert len(mutants) > 5
    for mutant in mutants:
        assert mutant.source != before
        assert mutant.diff.count("@@ -") == 1
        assert mutant.source.count("@") == before.count("@")
        compile(mutant.source, PERMISSIONS, "exec")


def test_a_mutant_is_named_as_an_equivalent_by_its_lines(mutants: list[Mutant]) -> None:
    first, second = mutants[:2]
    named = Equivalent(str(PERMISSIONS), first.lines("-"), first.lines("+"), "it is an example")
    assert first.reason_of([named]) == "it is an example"
    assert second.reason_of([named]) is None


def test_what_makes_no_difference_is_named_with_a_reason_and_still_there() -> None:
    for equivalent in read_equivalents():
        source = " ".join(line.strip() for line in (BASE_DIR / equivalent.path).read_text().splitlines())
        assert equivalent.before in source, equivalent
        assert equivalent.before != equivalent.after
        assert len(equivalent.why) > 20
