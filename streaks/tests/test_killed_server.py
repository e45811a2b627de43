"""A server that is killed in the middle of a stream of posts, many times: nothing acknowledged is lost (S22)."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from django.db import connection

from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, TaskProgress
from streaks.progress import service
from streaks.tests.calling import make_key, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parent.parent.parent
KILLS = 3
MEMBERS = 8


def database_url() -> str:
    """The address of the test database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user = ":".join(quote(settings[name], safe="") for name in ("USER", "PASSWORD") if settings[name])
    # The host may be the folder of a socket.
    host = ":".join(quote(str(settings[name]), safe="") for name in ("HOST", "PORT") if settings[name])
    return f"postgres://{user}@{host}/{settings['NAME']}"


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the production server on the test database in a process group of its own; kill the group in the end."""
    settings = {"DJANGO_SETTINGS_MODULE": "gamopanda.settings", "ALLOWED_HOSTS": "127.0.0.1"}
    environment = {**os.environ, **settings, "DATABASE_URL": database_url()}
    command = [sys.executable, "-m", "gamopanda.server", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    with subprocess.Popen(
        [*command, "--threads", "4"], cwd=ROOT, env=environment, start_new_session=True, stderr=subprocess.PIPE
    ) as server:
        try:
            _wait_until_it_answers(server, port)
            yield server
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def _wait_until_it_answers(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    said = "nothing"
    while time.monotonic() < deadline:
        assert server.poll() is None, server.stderr.read().decode() if server.stderr else ""
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/readyz")
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code == httpx.codes.OK:
            return
        said = answer.text
        time.sleep(0.5)
    raise AssertionError(f"the server did not come up within a minute; it said: {said}")


def post_until_killed(
    port: int, headers: dict[str, str], bodies: Iterator[dict[str, Any]], acknowledged: list[str]
) -> dict[str, Any]:
    """Post one after the other until the server is gone; adds acknowledged ids, and returns what got no answer."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
        for body in bodies:
            try:
                answer = client.post("/api/v1.0/schema/streak_log/record", json=body)
            except httpx.TransportError:
                return body
            assert answer.status_code == httpx.codes.CREATED, answer.text
            acknowledged.append(answer.json()["data"]["id"])
    raise AssertionError("the bodies never end")


def bodies_of(member: int, streak: Streak) -> Iterator[dict[str, Any]]:
    for number in count():
        yield {
            "streakId": str(streak.pk),
            "ownedById": f"member {member}",
            "activityAt": f"2026-03-{number % 28 + 1:02d}T12:00:00Z",
            "activityId": "made_a_purchase",
            "uniqueIdentifier": str(uuid4()),
            "activityValue": 30,
        }


def _wait_until_longer(acknowledged: list[str], size: int) -> None:
    deadline = time.monotonic() + 60
    while len(acknowledged) <= size:
        assert time.monotonic() < deadline, f"{len(acknowledged)} answers within a minute"
        time.sleep(0.001)


def post_through_kills(streak: Streak, headers: dict[str, str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Post while the server is killed several times; return the acknowledged ids, and the bodies without an answer."""
    acknowledged: list[str] = []
    unanswered: list[dict[str, Any]] = []
    for round_number in range(KILLS):
        port = free_port()
        with running_server(port) as server, ThreadPoolExecutor(MEMBERS) as pool:
            streams = [
                pool.submit(post_until_killed, port, headers, bodies_of(member, streak), acknowledged)
                for member in range(MEMBERS)
            ]
            try:
                _wait_until_longer(acknowledged, 2 * MEMBERS * (round_number + 1))
                time.sleep(0.013 * round_number)
            finally:
                os.killpg(server.pid, signal.SIGKILL)
            unanswered += [stream.result(timeout=60) for stream in streams]
    return acknowledged, unanswered


def test_a_server_killed_in_the_middle_of_posts_loses_nothing_it_acknowledged_S22() -> None:
    streak = make_streak(completion_target_value=400)
    make_milestone(streak, 1)
    make_milestone(streak, 3, coupon_source="external")
    members = [make_member(f"member {number}") for number in range(MEMBERS)]
    key = make_key()
    headers = {"x-api-key": key.api_key, "x-api-secret": key.secret}

    acknowledged, unanswered = post_through_kills(streak, headers)

    assert len(acknowledged) > 2 * KILLS * MEMBERS
    assert StreakLog.objects.filter(pk__in=acknowledged).count() == len(acknowledged)
    assert service.check([member.pk for member in members], now=NOW) == []

    port = free_port()
    with (
        running_server(port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client,
    ):
        for body in unanswered:
            assert client.post("/api/v1.0/schema/streak_log/record", json=body).status_code in {201, 409}
            assert client.post("/api/v1.0/schema/streak_log/record", json=body).status_code == httpx.codes.CONFLICT
    assert StreakLog.objects.count() == len(acknowledged) + len(unanswered)
    assert sum(TaskProgress.objects.values_list("log_count", flat=True)) == StreakLog.objects.count()
    assert service.check([member.pk for member in members], now=NOW) == []
    rewarded = list(RewardLog.objects.filter(is_carried_over=False).values_list("streak_progress", "milestone"))
    assert len(rewarded) == len(set(rewarded)) > 0
