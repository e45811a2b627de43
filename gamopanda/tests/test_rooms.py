"""Rooms, files and functions stay small enough to find something in them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from gamopanda.conf.environment import BASE_DIR

# It is the same on every database.
pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("room", ["gamopanda", "gamopanda/api", "rewards", "streaks"])
def test_a_room_has_at_most_sixteen_entries_at_its_top(room: str) -> None:
    entries = {entry.name for entry in (BASE_DIR / room).iterdir()} - {"__init__.py", "__pycache__"}
    assert len(entries) <= 16, sorted(entries)


SOURCES = [
    path
    for room in ("gamopanda", "streaks", "rewards", "benchmarks", "scripts")
    for path in sorted((BASE_DIR / room).rglob("*.py"))
    if path.parent.name != "migrations"
]


def lengths_of_functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None, "the parser notes where a function ends"
            yield f"{path.relative_to(BASE_DIR)}: {node.name}", node.end_lineno - node.lineno + 1


def test_no_file_has_more_than_four_hundred_lines() -> None:
    lengths = {str(path.relative_to(BASE_DIR)): len(path.read_text().splitlines()) for path in SOURCES}
    assert len(lengths) > 500
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_every_function_has_less_than_forty_lines_and_half_of_them_at_most_ten() -> None:
    lengths = [found for path in SOURCES for found in lengths_of_functions(path)]
    assert [found for found in lengths if found[1] >= 40] == []
    assert median(lines for _name, lines in lengths) <= 10
