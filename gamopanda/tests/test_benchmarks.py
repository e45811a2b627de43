"""The benchmarks themselves: they compare fairly, count every answer, and generate what the product would have made."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from inspect import signature

import pytest

from benchmarks.__main__ import PARTS
from benchmarks.bodies import body_of_log
from benchmarks.flat_cost import fill
from benchmarks.generating import generate, make_streaks
from benchmarks.installation import memory_of
from benchmarks.load import Pace, Target, send_load
from benchmarks.measuring import Contender, compete
from gamopanda.accounts.models import Member
from gamopanda.conf.environment import BASE_DIR
from rewards.models import RewardLog
from streaks.models import StreakLog, StreakProgress
from streaks.progress import service
from streaks.tests.recording_cases import noon


def test_ratios_are_taken_round_by_round_after_one_that_does_not_count() -> None:
    floors, others = iter([1.0, 100.0, 10.0, 1000.0]), iter([1.0, 50.0, 20.0, 500.0])
    contenders = [Contender("floor", lambda: next(floors)), Contender("other", lambda: next(others), 1.0, 1.5)]
    floor, other = compete(contenders, rounds=3)
    assert (floor.median, floor.ratio, other.values, other.ratio) == (100.0, 1.0, [50.0, 20.0, 500.0], 0.5)
    assert other.line() == "| other | 50 | ±480% | 0.50 | 1.00 | 1.50 | missed |"


@pytest.fixture
def counted() -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers 201 and keeps the bodies; and its port."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(201)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, bodies
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.sqlite
def test_every_request_is_numbered_and_every_answer_counted(counted: tuple[int, list[bytes]]) -> None:
    port, bodies = counted
    # Of a module that knows no Django: the process that sends takes it along.
    body = partial(body_of_log, streaks=["a"], members=range(10), stamp="now")
    target = Target(port, "/", body=body)
    load, following = send_load(target, first=5, pace=Pace(seconds=0.5, connections=4))
    sent = {json.loads(received)["uniqueIdentifier"] for received in bodies}
    assert (len(bodies), sent) == (following - 5, {f"today-{number}" for number in range(5, following)})
    assert load.per_second > 0 and load.p50 <= load.p95 <= load.p99
    with pytest.raises(RuntimeError, match="expected 200"):
        send_load(replace(target, expects=200), first=0, pace=Pace(seconds=0.1))


def test_a_body_is_the_same_for_the_same_number() -> None:
    first, again = (body_of_log(7, streaks=["a", "b"], members=range(10), stamp="now") for _ in range(2))
    assert first == again
    assert b'"ownedById": "generated-3"' in first


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_is_generated_is_what_the_product_would_have_derived() -> None:
    now: datetime = noon(20)
    generate(make_streaks(3), members=56, now=now)
    assert StreakLog.objects.count() == 56 * 10
    assert (StreakProgress.objects.filter(stored_status="completed").count(), StreakProgress.objects.count()) == (
        56,
        104,
    )
    assert RewardLog.objects.count() == 56 * 3 + 8 * (0 + 0 + 0 + 1 + 1 + 2 + 2)
    crowd = fill(make_streaks(2), first=100, members=14, now=now)
    assert (crowd, StreakLog.objects.count(), StreakProgress.objects.count()) == (range(100, 114), 580, 118)
    assert service.check(list(Member.objects.values_list("pk", flat=True)), now=now) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("name", PARTS)
def test_every_part_can_be_measured(name: str) -> None:
    assert list(signature(import_module(f"benchmarks.{name}").measure).parameters)[1:] == ["quick"]


@pytest.mark.sqlite
def test_memory_counts_every_process_that_another_has_started() -> None:
    alone = memory_of(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert alone > 1_000_000 and memory_of(os.getpid()) > memory_of(child.pid) > 0
        child.communicate(b"\n")
    assert memory_of(child.pid) == 0


@pytest.mark.sqlite
def test_a_part_of_the_benchmarks_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "where_time_goes"],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "QUICK": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "| all of it |" in done.stdout


@pytest.mark.sqlite
def test_the_floor_has_every_setting_that_the_server_asks_for() -> None:
    server = "".join(path.read_text() for path in (BASE_DIR / "gamopanda" / "server").glob("*.py"))
    asked = set(re.findall(r"\bsettings\.([A-Z_]+)", server))
    assert "GAMOPANDA_MAX_BODY_BYTES" in asked
    given = set(
        re.findall(r"^([A-Z_]+)\b", (BASE_DIR / "benchmarks" / "floor" / "settings.py").read_text(), re.MULTILINE)
    )
    assert asked - given == set()
