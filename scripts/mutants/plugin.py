"""A plugin of pytest that tries changes instead of running the tests, each in a copy of this process."""

import gc
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

import hypothesis
import psycopg
import pytest
from django.db import connection
from django.test import TransactionTestCase
from psycopg.sql import SQL, Identifier

from gamopanda.conf.environment import BASE_DIR
from scripts.mutants.changes import Mutant, all_mutants, read_equivalents
from scripts.mutants.recording import Record, functions_of_tests, start_coverage

WANTED = 0.95
COPY = "mutants_copy"
# The quickest tests first, until they have taken so long; a test hangs when they take many times that.
MOST_SECONDS, SECONDS_TO_START, PATIENCE = 60.0, 60.0, 5
MOST_MEMORY = 4 << 30
EXAMPLES = 20
NOTICED = 1


class FewExamples(hypothesis.settings):
    """As many examples as are tried here of any property: most changes are found by the first ones."""

    def __init__(self, parent: hypothesis.settings | None = None, **chosen: Any) -> None:
        chosen["max_examples"] = min(chosen.get("max_examples", EXAMPLES), EXAMPLES)
        super().__init__(parent, **chosen)


# Before the tests say how many they want.
hypothesis.settings = FewExamples  # type: ignore[misc]


def pytest_configure() -> None:
    """Draw as few where a test does not say how many."""
    hypothesis.settings.register_profile("mutants", FewExamples(hypothesis.settings.default))
    hypothesis.settings.load_profile("mutants")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try a sample of changes."""
    trial = Trial(session)
    trial.prepare()
    failed = trial.run(int(os.environ.get("SAMPLE", "100")), int(os.environ.get("SEED", "1")))
    session.testsfailed = int(failed)
    return True


class Failures:
    """Which tests failed, and how long each took."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a part of a test."""
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.append(report.nodeid)


class Trial:
    """The tests, what is known of them, and a database that is copied for each change."""

    def __init__(self, session: pytest.Session) -> None:
        self.items = {item.nodeid: item for item in session.items}
        self.files = session.config.args
        self.record = Record()
        self.seen = Failures()
        session.config.pluginmanager.register(self.seen)
        # From which databases are copied, as soon as it is there.
        self.template = ""
        self.answer = Path(tempfile.mkdtemp(prefix="mutants-")) / "answer"

    def prepare(self) -> None:
        """Make the database, and note what the tests of changed files run."""
        first = next(item for item in self.items.values() if uses_database(item))
        list(self.run_tests([first]))
        self.template = connection.settings_dict["NAME"]
        connection.close()
        for file in filter(self.record.lacks, self.files):
            print(f"Recording {file} ...", flush=True)
            tests = [item for name, item in self.items.items() if name.startswith(f"{file}::")]
            if self.fork(lambda tests=tests: self.note(tests), seconds=3600) == 0:  # type: ignore[misc]
                self.record.keep(file, json.loads(self.answer.read_text()))

    def run_tests(self, tests: Sequence[pytest.Item], before: Callable[[str], object] = str) -> Iterator[None]:
        """Run one test after the other; `before` is told its name. What all tests share stays up."""
        for item, following in zip(tests, [*tests[1:], self.far_from(tests[-1])], strict=True):
            before(item.nodeid)
            if self.template and uses_database(item):
                self.copy_database()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            yield

    def copy_database(self) -> None:
        """Let what follows in this process work on a fresh copy of the database."""
        with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)")
            server.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(COPY), Identifier(self.template)))
        connection.settings_dict["NAME"] = COPY
        self.template = ""

    def far_from(self, item: pytest.Item) -> pytest.Item:
        """Return a test of another folder: told that it comes next, pytest takes down what a test of this one needs."""
        folder = item.nodeid.partition("/")[0]
        return next(other for name, other in self.items.items() if name.partition("/")[0] != folder)

    def note(self, tests: list[pytest.Item]) -> int:
        """Write down the seconds and the functions of each test that passes."""
        coverage = start_coverage()
        list(self.run_tests(tests, coverage.switch_context))
        coverage.stop()
        functions = functions_of_tests(coverage.get_data())
        passed = {name: seconds for name, seconds in self.seen.seconds.items() if name not in self.seen.failed}
        entries = {name: {"seconds": passed[name], "functions": sorted(functions[name])} for name in passed}
        self.answer.write_text(json.dumps(entries))
        return 0

    def fork(self, work: Callable[[], int], *, seconds: float) -> int | None:
        """Work in a copy of this process; return its exit code, None when it takes more seconds."""
        process = os.fork()
        if process == 0:
            self.work_alone(work)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            done, status = os.waitpid(process, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        return None

    def work_alone(self, work: Callable[[], int]) -> None:
        """Work quietly, and end this process."""
        code = NOTICED
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            code = work()
        finally:
            os._exit(code)

    def run(self, size: int, seed: int) -> bool:
        """Try changes and tell of each; return whether too few are found."""
        equivalents = read_equivalents()
        found = same = 0
        for number, mutant in enumerate(sample(size, seed), start=1):
            place = f"{number:4} {mutant.path} {mutant.function}"
            reason = mutant.reason_of(equivalents)
            if reason:
                same += 1
                print(f"{place}: makes no difference: {reason}", flush=True)
                continue
            noticed_by = self.notice(mutant)
            found += bool(noticed_by)
            print(f"{place}: found by {noticed_by}" if noticed_by else f"{place}: SURVIVED\n{mutant.diff}", flush=True)
        print(f"\n{found} of {size - same} found, {size - same - found} survived; {same} more make no difference.")
        return found < WANTED * (size - same)

    def notice(self, mutant: Mutant) -> str | None:
        """Return what notices a change; None when no test does."""
        chosen: list[pytest.Item] = []
        seconds = 0.0
        for name, taken in self.record.tests_of(mutant, self.files).items():
            seconds += taken
            if seconds > MOST_SECONDS and chosen:
                break
            chosen.append(self.items[name])
        if not chosen:
            return notice_at_start(
                mutant, [file for file in self.files if file.split("/")[0] == mutant.path.split("/")[0]]
            )
        code = self.fork(lambda: self.look(mutant, chosen), seconds=PATIENCE * seconds + SECONDS_TO_START)
        if code is None:
            return "time"
        return self.answer.read_text() or "the end of the process" if code else None

    def look(self, mutant: Mutant, tests: list[pytest.Item]) -> int:
        """Run tests with a change until one notices it."""
        self.answer.write_text("")
        put_in(mutant)
        for _ in self.run_tests(tests):
            if self.seen.failed:
                self.answer.write_text(self.seen.failed[0])
                return NOTICED
        return 0


def uses_database(item: pytest.Item) -> bool:
    """Tell whether a test may use the database."""
    of_class = isinstance(item, pytest.Function) and item.cls is not None and issubclass(item.cls, TransactionTestCase)
    return of_class or item.get_closest_marker("django_db") is not None


def sample(size: int, seed: int) -> list[Mutant]:
    """Draw changes: of one seed, always the same, and a larger sample begins with a smaller one."""
    mutants = list(all_mutants())
    random.Random(seed).shuffle(mutants)  # noqa: S311
    # What a change of a default compiles to is no part of the function.
    drawn = (mutant for mutant in mutants if mutant.codes)
    return [mutant for mutant, _ in zip(drawn, range(size), strict=False)]


def notice_at_start(mutant: Mutant, files: list[str]) -> str | None:
    """Return what notices a change of what runs but once, when all is loaded: tries it in a copy of the code."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        left_out = shutil.ignore_patterns(".*", "var", "node_modules", "docs")
        code = Path(shutil.copytree(BASE_DIR, Path(name) / "code", ignore=left_out))
        (code / mutant.path).write_text(mutant.source)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", "-p", "no:cacheprovider", *files]
        done = subprocess.run(command, cwd=code, check=False, capture_output=True, text=True)
    failed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return (failed[0] if failed else "the start") if done.returncode else None


def put_in(mutant: Mutant) -> None:
    """Give the functions of this process the code of a change, and forget what they have returned."""
    path = str(mutant.file)
    for found in gc.get_objects():
        if isinstance(found, FunctionType) and found.__code__.co_filename == path:
            code = found.__code__
            found.__code__ = mutant.codes.get((code.co_qualname, code.co_firstlineno), code)
        elif isinstance(found, type(lru_cache(print))):
            found.cache_clear()
