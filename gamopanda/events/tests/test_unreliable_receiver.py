"""The worst of receivers gets every event at least once, whatever is killed, and none of what was rolled back.

UNRELIABLE_LOGS=100000 UNRELIABLE_LOGS_A_DAY=5 UNRELIABLE_KILLS=20 records and kills as many as that.
"""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from gamopanda.conf.environment import BASE_DIR
from gamopanda.events import receivers
from gamopanda.events.endpoints import replay_failed, rotate_secret, send_test, settle
from gamopanda.events.models import Delivery, Event, WebhookEndpoint
from gamopanda.events.outbox import NewEvent
from gamopanda.events.tests.receiving import make_endpoint
from gamopanda.events.tests.test_workers import environment, wait_until
from gamopanda.events.tests.unreliable_receiver import LINE
from streaks.models import Streak
from streaks.tests.calling import admin, log_body, make_milestone, make_streak
from streaks.tests.test_killed_server import free_port

pytestmark = pytest.mark.django_db(transaction=True)

LOGS = int(os.environ.get("UNRELIABLE_LOGS", "90"))
LOGS_A_DAY = int(os.environ.get("UNRELIABLE_LOGS_A_DAY", "1"))
KILLS = int(os.environ.get("UNRELIABLE_KILLS", "2"))
DAYS = 10
"""Of each member: the fifth one reaches a milestone, and the last one completes the streak."""
EVENTS = DAYS + 4
"""Events about a member: a start, the days, a milestone, its reward, and the completion."""
BATCH = 1000 // (DAYS * LOGS_A_DAY)
"""Members whose logs come in one request."""
PATIENCE = 60 + LOGS / 20


class Shop:
    """A receiver and the two workers that call it; each of them is killed now and then and started anew."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.file = folder, free_port(), folder / "calls"
        self.endpoint = make_endpoint(f"http://127.0.0.1:{self.port}/hook")
        self.workers: deque[subprocess.Popen[str]] = deque()

    def listen(self) -> None:
        """Start the receiver."""
        script = Path(__file__).with_name("unreliable_receiver.py")
        arguments = [str(self.port), str(self.file), self.endpoint.secret]
        self.receiver = subprocess.Popen([sys.executable, str(script), *arguments])

    def work(self) -> None:
        """Start a worker."""
        log = (self.folder / f"worker-{time.monotonic_ns()}").open("w")
        command = [sys.executable, "manage.py", "deliver_events", "--loop", "--every", "0.05"]
        worker = subprocess.Popen(
            command, cwd=BASE_DIR, env=environment(self.folder), stdout=log, stderr=log, text=True
        )
        self.workers.append(worker)

    def kill_worker(self) -> None:
        """Kill the worker that has worked longest, and do not wait for the end of its lease."""
        self.workers[0].kill()
        self.workers.popleft().wait()
        leased = Delivery.objects.filter(status="pending", next_attempt_at__gt=timezone.now() + timedelta(seconds=10))
        leased.update(next_attempt_at=timezone.now())
        self.work()

    def kill_receiver(self) -> None:
        """Kill the receiver, and start it anew with the present secret."""
        self.receiver.kill()
        self.receiver.wait()
        self.endpoint.refresh_from_db()
        self.listen()

    def be_gone(self) -> None:
        """Answer 410 once, and wait for what follows: while an endpoint is disabled, nothing is stored for it."""
        self.file.with_name("calls.gone").touch()
        send_test(self.endpoint, now=timezone.now())
        wait_until(lambda: WebhookEndpoint.objects.get().status == "disabled", seconds=PATIENCE)

    @property
    def calls(self) -> int:
        """How often it was called so far."""
        return self.file.stat().st_size // LINE if self.file.exists() else 0

    def press_on(self) -> None:
        """Let the hours between the tries pass, and put right what people would: a disabled endpoint, what failed."""
        endpoint, now = WebhookEndpoint.objects.get(), timezone.now()
        if endpoint.status == "disabled":
            endpoint.status = "live"
            endpoint.save()
            settle(endpoint, now=now)
        replay_failed(endpoint, now - timedelta(days=1), now=now)
        # What is due within a minute may be what a worker has on its way.
        waiting = Delivery.objects.filter(status="pending", next_attempt_at__gt=now + timedelta(seconds=61))
        waiting.update(next_attempt_at=now)

    def stop(self) -> list[int]:
        """Let the workers finish; return how they ended."""
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        return [worker.wait(60) for worker in self.workers]

    def said(self) -> str:
        """Return what all workers have written."""
        return "".join(path.read_text() for path in self.folder.glob("worker-*"))


@contextmanager
def opened(folder: Path) -> Iterator[Shop]:
    shop = Shop(folder)
    shop.listen()
    try:
        shop.work()
        shop.work()
        yield shop
    finally:
        for process in (shop.receiver, *shop.workers):
            process.kill()
            process.wait()


@dataclass
class Fault:
    """Lets requests fail between store and COMMIT while it is on; `ids` has the events that they had stored."""

    is_on: bool = False
    ids: set[str] = field(default_factory=set)


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Fault:
    store, fault = receivers.store_events, Fault()

    def store_or_fail(events: Sequence[NewEvent], **named: Any) -> None:
        store(events, **named)
        if fault.is_on:
            fault.ids.update(str(event.id) for event in events)
            raise RuntimeError("between store and COMMIT")

    monkeypatch.setattr(receivers, "store_events", store_or_fail)
    return fault


def bodies_of(streak: Streak, member: str) -> Iterator[dict[str, Any]]:
    """Yield the logs of a member, whose days are complete with the last of them."""
    for day in range(1, DAYS + 1):
        for number in range(LOGS_A_DAY):
            identifier = f"order-{day}-{number}"
            yield log_body(streak, day=day, of=member, value=50 / LOGS_A_DAY, uniqueIdentifier=identifier)


def record(streak: Streak, members: range, fault: Fault) -> None:
    """Record what some members have done, in requests that fail at first."""
    shop = admin()
    for start in range(members.start, members.stop, BATCH):
        some = range(start, min(start + BATCH, members.stop))
        records = [body for one in some for body in bodies_of(streak, f"member-{one}")]
        fault.is_on = True
        assert shop.post("streak_log/record/bulk", {"records": records}).status == 500
        fault.is_on = False
        assert shop.post("streak_log/record/bulk", {"records": records}).data["created"] == len(records)


def wait_with_patience(shop: Shop, condition: Callable[[], bool]) -> None:
    pressed_at = [0.0]

    def is_met() -> bool:
        if time.monotonic() > pressed_at[0] + 1:
            shop.press_on()
            pressed_at[0] = time.monotonic()
        return condition()

    wait_until(is_met, seconds=PATIENCE)


def test_it_gets_every_event_at_least_once_under_one_id_and_none_of_what_was_rolled_back_E1_W2_W3_W5(
    tmp_path: Path, fault: Fault
) -> None:
    streak = make_streak(completion_target_value=DAYS)
    make_milestone(streak, 5)
    members = LOGS // (DAYS * LOGS_A_DAY)
    shares = [range(members * part // (KILLS + 1), members * (part + 1) // (KILLS + 1)) for part in range(KILLS + 1)]
    with opened(tmp_path) as shop:
        for number, share in enumerate(shares):
            before = shop.calls
            record(streak, share, fault)
            few = before + len(share) * EVENTS // 3
            wait_with_patience(shop, lambda reached=few: shop.calls > reached)
            if number < KILLS:
                shop.kill_worker()
            if number % 5 == 0:
                shop.be_gone()
                shop.press_on()
            if number == 0:
                shop.endpoint = rotate_secret(shop.endpoint, now=timezone.now())
            if number % 2 == 0:
                shop.kill_receiver()
        undelivered = Delivery.objects.exclude(status="delivered")
        wait_with_patience(shop, lambda: not undelivered.exists())
        assert shop.stop() == [0, 0]
    assert "Traceback" not in shop.said()
    calls = [line.split() for line in shop.file.read_text().splitlines()]
    expected = {str(event.pk): hashlib.sha256(event.body).hexdigest() for event in Event.objects.iterator()}
    assert Event.objects.exclude(type="webhook.test").count() == members * EVENTS
    assert {event_id for event_id, _digest, status in calls if status == "200"} == expected.keys()
    assert {(event_id, digest) for event_id, digest, _status in calls} == set(expected.items())
    assert "400" not in {status for _id, _digest, status in calls}
    assert len(fault.ids) >= members * EVENTS
    assert not fault.ids & expected.keys()
