"""Workers that are killed, stopped or cut off lose nothing (W5)."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from gamopanda.conf.environment import BASE_DIR
from gamopanda.events.delivering import AT_ONCE, CLAIMED
from gamopanda.events.endpoints import send_test
from gamopanda.events.models import Delivery, WebhookEndpoint
from gamopanda.events.tests.receiving import Answer, Received, Receiver, make_endpoint, receiving
from streaks.tests.test_killed_server import database_url

pytestmark = pytest.mark.django_db(transaction=True)


def environment(tmp_path: Path) -> dict[str, str]:
    """What a worker needs to find the database of this test."""
    is_server = connection.vendor == "postgresql"
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": django_settings.SECRET_KEY,
        "GAMOPANDA_VAR_DIR": str(tmp_path),
        "GAMOPANDA_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "DATABASE_URL": database_url() if is_server else f"sqlite:///{connection.settings_dict['NAME']}",
    }


@contextmanager
def running(command: list[str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=BASE_DIR,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_until(condition: Any, seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def delivered() -> int:
    return Delivery.objects.filter(status="delivered").count()


def send_tests(endpoint: WebhookEndpoint, number: int) -> None:
    for _number in range(number):
        send_test(endpoint, now=timezone.now())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def slowly(_call: Received) -> Answer:
    time.sleep(0.01)
    return 200, {}, b""


def the_second_has_no_more() -> bool:
    """Say whether nothing moves any more, and at most what one worker has claimed is left."""
    before = delivered()
    time.sleep(0.5)
    return 120 - CLAIMED <= before == delivered()


def test_two_workers_and_a_kill_lose_nothing_and_double_only_what_was_in_flight(receiver, tmp_path, monkeypatch):
    receiver.answer = slowly
    send_tests(make_endpoint(receiver.url), 120)
    with (
        running(["deliver_events", "--loop", "--every", "0.1"], tmp_path) as first,
        running(["deliver_events", "--loop", "--every", "0.1"], tmp_path) as second,
    ):
        wait_until(lambda: len(receiver.calls) > 20)
        first.kill()
        first.wait()
        wait_until(the_second_has_no_more)
        # What the killed one had claimed is taken over when its lease is over: not waited for here.
        Delivery.objects.filter(status="pending").update(next_attempt_at=timezone.now())
        wait_until(lambda: delivered() == 120)
        second.send_signal(signal.SIGTERM)
        said, _ = second.communicate(timeout=30)
    assert (second.returncode, "Traceback" in said) == (0, False), said
    times = Counter(call.headers["webhook-id"] for call in receiver.calls)
    assert len(times) == 120
    assert sum(times.values()) <= 120 + AT_ONCE
    assert max(times.values()) <= 2


@pytest.mark.postgresql
@pytest.mark.parametrize("command", [["run_worker"], ["close_periods", "--loop", "--every", "0.1"]])
def test_a_loop_goes_on_when_its_connection_was_cut_and_stops_on_sigterm(receiver, tmp_path, command):
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint, 1)
    is_worker = command == ["run_worker"]
    with running(command, tmp_path) as process:
        others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

        def pids() -> list[int]:
            with connection.cursor() as cursor:
                cursor.execute(others)
                return [pid for (pid,) in cursor.fetchall()]

        wait_until(lambda: pids() and (delivered() == 1 or not is_worker))
        cut = pids()
        for _time in range(3):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({others}) AS others")
            wait_until(lambda: pids() and not set(pids()) & set(cut))
        if is_worker:
            send_tests(endpoint, 1)
            wait_until(lambda: delivered() == 2)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in said) == (0, False), said
