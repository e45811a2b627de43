"""The core is pure: it knows the standard library and itself, so that time and I/O stay outside."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streaks import core

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

MODULES = sorted(Path(path) for path in Path(core.__path__[0]).rglob("*.py"))
IMPURE = {"os", "io", "time", "random", "socket", "subprocess", "pathlib", "sqlite3", "urllib", "http", "secrets"}


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name} has a relative import"
            yield str(node.module)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_core_imports_the_standard_library_and_itself_alone(module: Path) -> None:
    strangers = {
        name
        for name in imported(module)
        if not name.startswith("streaks.core") and name.split(".")[0] not in sys.stdlib_module_names - IMPURE
    }
    assert strangers == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_core_never_asks_what_time_it_is(module: Path) -> None:
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert calls & {"now", "utcnow", "today", "localtime", "time_ns"} == set()
