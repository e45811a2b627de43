"""Which test runs which function, and how long each test takes."""

import ast
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict

from coverage import Coverage, CoverageData
from mutmut.configuration import config

from gamopanda.conf.environment import BASE_DIR
from scripts.mutants.changes import Mutant

RECORD = BASE_DIR / "var" / "mutants" / "record.json"


class Entry(TypedDict):
    """How long a test takes, and which functions it runs, as `path:name`."""

    seconds: float
    functions: list[str]


class Record:
    """What was seen of each file of tests, kept until the file changes."""

    def __init__(self) -> None:
        self.files: dict[str, Any] = json.loads(RECORD.read_text()) if RECORD.exists() else {}

    def lacks(self, file: str) -> bool:
        """Tell whether a file has changed since it was recorded."""
        return bool(self.files.get(file, {}).get("digest") != digest(BASE_DIR / file))

    def keep(self, file: str, tests: dict[str, Entry]) -> None:
        """Keep what was seen of a file."""
        self.files[file] = {"digest": digest(BASE_DIR / file), "tests": tests}
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(json.dumps(self.files))

    def tests_of(self, mutant: Mutant, files: Iterable[str]) -> dict[str, float]:
        """Return the tests that run a function, with their seconds, the quickest first."""
        function = f"{mutant.path}:{mutant.function}"
        found = {
            test: entry["seconds"]
            for file in files
            for test, entry in self.files.get(file, {"tests": {}})["tests"].items()
            if function in entry["functions"]
        }
        return dict(sorted(found.items(), key=lambda pair: pair[1]))


def digest(file: Path) -> str:
    """Return what tells whether a file has changed."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def start_coverage() -> Coverage:
    """Start to note which lines run."""
    coverage = Coverage(data_file=None, source=[str(path) for path in config().source_paths], config_file=False)
    coverage.start()
    return coverage


def functions_of_tests(data: CoverageData) -> dict[str, set[str]]:
    """Return the functions that each test ran."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in data.measured_files():
        path = Path(file)
        function_at = functions_by_line(path.read_text())
        for line, tests in data.contexts_by_lineno(file).items():
            for test in tests if line in function_at else ():
                found[test].add(f"{path.relative_to(BASE_DIR)}:{function_at[line]}")
    return found


def functions_by_line(source: str) -> dict[int, str]:
    """Return the function that each line inside of one belongs to: of a function within another, the outer one."""
    tree = ast.parse(source)
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    functions = [node for body in bodies for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {
        line: function.name
        for function in functions
        for line in range(function.body[0].lineno, (function.end_lineno or 0) + 1)
    }
