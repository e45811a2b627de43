"""Load over HTTP from a process of its own: connections that stay open, each with one request at a time.

A client in Python, so that nothing has to be installed: it sends bytes that are prepared as far as possible, and reads
of an answer its status and its length. It takes about a twentieth of what a server needs for the same request.
"""

import asyncio
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count

DICE = random.Random(50)  # noqa: S311  no secret is made of it
# Servers close connections that nothing comes on, after two seconds or more.
LONGEST_GAP = 1.0
Body = Callable[[int], bytes]
"""From the number of a request to its body; a function of a module, or a partial of one."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send, as whom, and what; `expects` is the status that every answer must have.

    `variants` are paths, each with headers of its own, that are sent in turn instead.
    """

    port: int
    path: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    expects: int = 201
    variants: Sequence[tuple[str, Mapping[str, str]]] = ()

    def head_of(self, number: int) -> str:
        """Return the line and the headers of a request."""
        path, headers = self.variants[number % len(self.variants)] if self.variants else (self.path, self.headers)
        fields = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
        return f"{self.method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {text}\r\n" for name, text in fields.items())


@dataclass(frozen=True, slots=True)
class Pace:
    """How long, on how many connections, and how often: as fast as answers come, or `per_second` in all.

    Requests then come as those of many people do, who know nothing of each other: at times some together, at times
    none (a Poisson process, the same one every time).
    """

    seconds: float
    connections: int = 16
    per_second: float | None = None

    def gaps(self) -> Iterator[float]:
        """Yield the seconds from each request of a connection to the next one."""
        while True:
            wished = 0 if self.per_second is None else DICE.expovariate(self.per_second / self.connections)
            yield min(wished, LONGEST_GAP)


@dataclass(frozen=True, slots=True)
class Load:
    """The result of one period of load: answers a second, and percentiles of their milliseconds."""

    per_second: float
    p50: float
    p95: float
    p99: float


class Connection(asyncio.Protocol):
    """One connection, with one request on its way at any time."""

    def __init__(self, target: Target, numbers: "count[int]", until: float, pace: Pace, latencies: list[float]) -> None:
        self.target, self.numbers, self.until, self.latencies = target, numbers, until, latencies
        self.gaps = pace.gaps()
        self.due_at = time.perf_counter()
        self.buffer = b""
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send_next()

    def send_next(self) -> None:
        """Send the next request when its time comes: at once, where that is over or there is no pace."""
        now = time.perf_counter()
        gap = next(self.gaps)
        self.due_at = self.due_at + gap if gap else now
        if self.due_at > now:
            self.loop.call_later(self.due_at - now, self.send)
        else:
            self.send()

    def send(self) -> None:
        """Send a request."""
        number = next(self.numbers)
        body = b"" if self.target.body is None else self.target.body(number)
        head = self.target.head_of(number)
        self.transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def data_received(self, data: bytes) -> None:
        """Read an answer, and send the next request when it is whole."""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if found and int(head[9:12]) != self.target.expects:
            self.fail(RuntimeError(f"expected {self.target.expects}, got {self.buffer.decode()[:2000]}"))
        if self.done.done() or not found or len(body) < _length(head):
            return
        now = time.perf_counter()
        # Waiting for the answer before is part of it: who comes does not know of others who are waiting.
        self.latencies.append(now - self.due_at)
        self.buffer = b""
        if now >= self.until:
            self.end()
        else:
            self.send_next()

    def end(self) -> None:
        """Close the connection: there was time enough."""
        self.done.set_result(None)
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Fail when the server was the one to end it."""
        self.fail(error or ConnectionError("the server has closed a connection"))

    def fail(self, error: Exception) -> None:
        """End the whole load with an error."""
        if not self.done.done():
            self.done.set_exception(error)


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    if not found:
        raise RuntimeError(f"an answer without a length: {head!r}")
    return int(rest.partition(b"\r\n")[0])


async def _send(target: Target, numbers: "count[int]", pace: Pace) -> list[float]:
    latencies: list[float] = []
    loop, until = asyncio.get_running_loop(), time.perf_counter() + pace.seconds

    def connect() -> Connection:
        return Connection(target, numbers, until, pace, latencies)

    opened = [await loop.create_connection(connect, "127.0.0.1", target.port) for _ in range(pace.connections)]
    await asyncio.gather(*(connection.done for _, connection in opened))
    return latencies


def _run(target: Target, first: int, pace: Pace) -> tuple[Load, int]:
    numbers, started_at = count(first), time.perf_counter()
    latencies = asyncio.run(_send(target, numbers, pace))
    taken = time.perf_counter() - started_at
    points = statistics.quantiles([latency * 1000 for latency in latencies], n=100)
    return Load(len(latencies) / taken, points[49], points[94], points[98]), next(numbers)


def send_load(target: Target, *, first: int, pace: Pace) -> tuple[Load, int]:
    """Send requests, numbered from `first`; returns what it brought, and the next number that is free.

    Raises `RuntimeError` at an answer with another status than expected, `ConnectionError` when the server hangs up.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_run, target, first, pace).result()
