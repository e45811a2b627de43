"""The outage drill itself: it runs, and tells what was lost from what was not."""

import subprocess
import sys

import pytest

from gamopanda.conf.environment import BASE_DIR
from scripts.drill.__main__ import Result
from scripts.drill.clients import Answer
from scripts.drill.outages import OUTAGES

# It brings its own database, so once is enough.
pytestmark = pytest.mark.sqlite


def result(*statuses: int, name: str = "read-only", seconds: float = 0.1, back: float | None = 0.5, lost: int = 0):
    answers = [Answer(status, 0.0, seconds) for status in statuses]
    return Result(name, answers, [Answer(200, 0.0, 0.01)] * 100, back, lost)


@pytest.mark.parametrize(
    ("found", "problems"),
    [
        (result(201, 503, 409), []),
        (result(201, 500), ["1 wrong statuses"]),
        (result(201, 0), ["1 wrong statuses"]),
        (result(201, 0, name="server killed"), []),
        (result(201, lost=2), ["2 logs were lost"]),
        (result(201, seconds=3.5), ["an answer took 3.5 s"]),
        (result(201, seconds=5.5, name="lost standby"), []),
        (result(201, back=2.5), ["back after 2.5 s"]),
        (result(503, back=None), ["back after 60.0 s"]),
        (result(201, name="server killed", back=2.9), []),
    ],
)
def test_a_figure_that_is_not_kept_is_a_problem(found: Result, problems: list[str]) -> None:
    assert list(found.problems(0.01, 1.0)) == problems


def test_an_outage_that_there_is_not_is_told_with_those_that_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.drill", "meteor"], cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == f"There is no outage 'meteor': use {', '.join(OUTAGES)}.\n"


def test_an_outage_loses_nothing_and_is_no_failure_of_ours() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.drill", "killed backends"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.stderr == ""
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("| killed backends ")]
    *_, broken, other, lost = (cell.strip() for cell in row.strip("|").split("|"))
    assert (broken, other, lost) == ("0", "0", "0"), done.stdout
