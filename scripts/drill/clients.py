"""Clients that go on posting logs whatever happens, and note every answer."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import httpx

LOGS = "/api/v1.0/schema/streak_log/record"
STORED = {201, 409}
SECONDS_BETWEEN_CALLS = 0.05
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, 0 where the connection broke; and when the call was sent and answered."""

    status: int
    sent_at: float
    answered_at: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.answered_at - self.sent_at


@dataclass
class Clients:
    """What a few clients send, and how it is answered."""

    url: str
    headers: dict[str, str]
    streak: str
    answers: list[Answer] = field(default_factory=list)
    health: list[Answer] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def post_for_ever(self, member: str) -> None:
        """Post one log after the other, each until it is stored: sent again, it tells what became of it."""
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=PATIENCE) as client:
            while not self.stop.is_set():
                body = {
                    "streakId": self.streak,
                    "ownedBy": {"externalId": member},
                    "activityAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                    "activityId": "drill",
                    "uniqueIdentifier": str(uuid4()),
                    "activityValue": 1,
                }
                while not self.stop.is_set():
                    answer = call(partial(client.post, LOGS, json=body))
                    self.answers.append(answer)
                    if answer.status in STORED:
                        self.acknowledged.add(str(body["uniqueIdentifier"]))
                        break
                    time.sleep(SECONDS_BETWEEN_CALLS)
                time.sleep(SECONDS_BETWEEN_CALLS)

    def watch_health(self) -> None:
        """Ask for the health again and again, over one connection as load balancers do."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            while not self.stop.is_set():
                self.health.append(call(partial(client.get, "/healthz")))
                time.sleep(SECONDS_BETWEEN_CALLS)

    @contextmanager
    def working(self, number: int) -> Iterator[None]:
        """Let so many clients post meanwhile."""
        work = [threading.Thread(target=self.post_for_ever, args=(f"member {one}",)) for one in range(number)]
        work.append(threading.Thread(target=self.watch_health))
        for thread in work:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in work:
                thread.join()

    def wait_for_success(self, since: float, *, seconds: float) -> float | None:
        """Return after how many seconds a log was stored that was sent since an instant; None: none was."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [one for one in list(self.answers) if one.status == 201 and one.answered_at > since]
            if found:
                return found[0].answered_at - since
            time.sleep(0.02)
        return None


def call(send: Callable[[], httpx.Response]) -> Answer:
    """Send a call, and note its answer."""
    sent_at = time.monotonic()
    try:
        status = send().status_code
    except httpx.TransportError:
        status = 0
    return Answer(status, sent_at, time.monotonic())
