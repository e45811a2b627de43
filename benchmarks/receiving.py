"""A receiver of webhooks in a process of its own, which knows no Django: it takes every call, and counts."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Receiving(asyncio.Protocol):
    """Takes every call."""

    def __init__(self, calls: Any) -> None:
        self.calls, self.buffer = calls, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer as soon as the call is whole."""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(b"content-length:")[2].split()[0]):
            self.calls.value += 1
            self.transport.write(ANSWER)
            self.transport.close()


def receive(port: int, calls: Any) -> None:
    """Take calls until the process is ended."""

    async def listen() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Receiving(calls), "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(listen())


@contextmanager
def receiving(port: int) -> Iterator[Any]:
    """Take calls in a process of its own; yield how many there were."""
    processes = multiprocessing.get_context("spawn")
    calls = processes.Value("q", 0)
    process = processes.Process(target=receive, args=(port, calls), daemon=True)
    process.start()
    try:
        yield calls
    finally:
        process.kill()
        process.join()
