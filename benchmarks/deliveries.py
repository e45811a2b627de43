"""Webhooks: how many deliveries one worker makes, and what an endpoint costs a call that records a log."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.utils import timezone

from benchmarks.bodies import body_of_log
from benchmarks.generating import generate, make_streaks
from benchmarks.installation import Installation, free_port, seconds_of
from benchmarks.load import Pace, Target, send_load
from benchmarks.measuring import Contender, compete, table
from benchmarks.one_log import PATH, Shop
from benchmarks.receiving import receiving
from gamopanda.conf.environment import BASE_DIR

PER_SECOND = 300
WARM = 200
"""Calls before the clock starts: starting a worker is no delivering."""


@dataclass(slots=True)
class Worker:
    """One `deliver_events` and a local receiver; `processor` has the worker's own milliseconds for a delivery."""

    installation: Installation
    number: int
    port: int
    calls: Any
    processor: list[float] = field(default_factory=list)

    def measure(self) -> float:
        """Let one worker deliver what there is; return the deliveries a second."""
        store(self.number)
        self.calls.value = 0
        environment = {**self.installation.environment, "GAMOPANDA_WEBHOOK_NETWORKS": "127.0.0.0/8"}
        command = [sys.executable, "manage.py", "deliver_events"]
        with subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL) as process:
            started_at, used = self._wait_for(WARM), seconds_of(process.pid)
            ended_at = self._wait_for(self.number)
            self.processor.append((seconds_of(process.pid) - used) * 1000 / (self.number - WARM))
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return (self.number - WARM) / (ended_at - started_at)

    def _wait_for(self, number: int) -> float:
        while self.calls.value < number:
            time.sleep(0.002)
        return time.perf_counter()


def make_endpoint(port: int) -> None:
    """Make an endpoint that takes everything."""
    from gamopanda.events.models import WebhookEndpoint

    WebhookEndpoint.objects.create(url=f"http://127.0.0.1:{port}/hook")
    switch(is_on=True)


def switch(*, is_on: bool) -> None:
    """Switch all endpoints on, or off as if there were none."""
    from gamopanda.events.models import WebhookEndpoint
    from gamopanda.events.subscriptions import note_change

    WebhookEndpoint.objects.update(status="live" if is_on else "disabled")
    note_change()


def store(number: int) -> None:
    """Store events as large as those of a reached milestone, each about another member, all of them due."""
    from uuid_utils.compat import uuid7

    from gamopanda.events.models import Event
    from gamopanda.events.outbox import NewEvent, store_events, take
    from gamopanda.events.subscriptions import takers_now
    from gamopanda.events.types import EventType

    data = json.loads(Event.objects.filter(type=EventType.MILESTONE_REACHED).latest("id").payload)
    takers = takers_now()
    for first in range(0, number, 1000):
        some = range(first, min(first + 1000, number))
        events = [NewEvent(EventType.MILESTONE_REACHED, data, None, uuid7()) for _place in some]
        store_events(take(events, takers), now=timezone.now())


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """At least 300 deliveries a second; and 0.8 of the logs a second that there are without endpoints."""
    members, port = 5_000 if quick else 50_000, free_port()
    streaks = make_streaks(20)
    generate(streaks, members=members, now=datetime.now(UTC), spread=1)
    make_endpoint(port)
    yield from _measure_recording(installation, [str(streak.pk) for streak in streaks], members, quick=quick)
    _forget_deliveries()
    with receiving(port) as calls:
        worker = Worker(installation, 1_000 if quick else 6_000, port, calls)
        (result,) = compete([Contender("One worker", worker.measure)], rounds=1 if quick else 5)
    verdict = "reached" if result.median >= PER_SECOND else "missed"
    found = f"{result.median:,.0f} ±{result.spread / 2:.0%}"
    yield f"Deliveries a second from one worker: {found} (at least {PER_SECOND}: {verdict})\n"
    yield f"Its processor time for one: {sorted(worker.processor)[len(worker.processor) // 2]:.2f} ms\n"


def _forget_deliveries() -> None:
    """Let nothing be due of what was recorded before."""
    from gamopanda.events.models import Delivery

    Delivery.objects.update(status="delivered", next_attempt_at=None)


def _measure_recording(installation: Installation, streaks: list[str], members: int, *, quick: bool) -> Iterator[str]:
    body = partial(
        body_of_log, streaks=streaks, stamp=datetime.now(UTC).isoformat(), members=range(members), in_a_row=2
    )
    with installation.serve() as port:
        shop = Shop(Target(port, PATH, headers=installation.key_headers(), body=body), Pace(seconds=3 if quick else 8))

        def measure(*, is_on: bool) -> float:
            switch(is_on=is_on)
            # The first logs read the streaks and who takes events anew.
            _, shop.next_number = send_load(shop.target, first=shop.next_number, pace=Pace(seconds=0.5))
            return shop.measure()

        contenders = [
            Contender("One log, no endpoint", partial(measure, is_on=False)),
            Contender("One log, an endpoint that takes everything", partial(measure, is_on=True), 0.8),
        ]
        yield table("One log over HTTP, with and without an endpoint", compete(contenders, rounds=1 if quick else 7))
