"""Answers of unknown length, such as a compressed export, are sent as they are made."""

import asyncio
from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse

from gamopanda.server.application import Application


class Sent:
    """What Granian returns for bytes that are on their way already: it can be awaited, and is no coroutine."""

    def __await__(self) -> Iterator[None]:
        return iter(())


class Protocol:
    """A call whose answer is kept."""

    def __init__(self) -> None:
        self.head: Any = None
        self.parts: list[bytes] = []

    def response_stream(self, status: int, headers: Any) -> "Protocol":
        self.head = (status, dict(headers))
        return self

    def send_bytes(self, part: bytes) -> Sent:
        self.parts.append(part)
        return Sent()


def test_every_part_of_an_answer_of_unknown_length_is_sent() -> None:
    def handler(_environ: Any, start_response: Any) -> Any:
        answer = StreamingHttpResponse(iter([b"one ", b"after ", b"another"]), headers={"Content-Encoding": "gzip"})
        start_response("200 OK", list(answer.items()))
        return answer

    protocol = Protocol()

    async def call() -> None:
        loop = asyncio.get_running_loop()
        application: Any = Application(handler, threads=1)  # type: ignore[arg-type]
        await loop.run_in_executor(application.threads, application.answer, {}, protocol, loop)

    asyncio.run(call())
    assert protocol.head[0] == 200
    assert protocol.head[1]["Content-Encoding"] == "gzip"
    assert b"".join(protocol.parts) == b"one after another"
