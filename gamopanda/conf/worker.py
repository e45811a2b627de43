"""The worker of the server: gunicorn's threads, a quick end that cannot hang, and refusals in the API's own shape."""

import json
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from gunicorn import util
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker


class QuickToQuit(ThreadWorker):  # type: ignore[misc]  # it carries no types
    """Ends at once on Ctrl-C, whatever it was doing.

    Gunicorn's own handler takes the lock of the pool of threads. It waits for ever when the signal finds its own
    thread holding that lock, as it does while it hands over a connection.
    """

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Leave; the interpreter ends the pool's threads when it exits."""
        Worker.handle_quit(self, sig, frame)


CODES = {403: "forbidden", 414: "payload_too_large", 431: "payload_too_large", 500: "server_error"}


def write_error(sock: Any, status: int, reason: str, message: str) -> None:
    """Answer what is refused before the application sees it: a broken request, an address or headers too long."""
    request_id = uuid4().hex
    sentence = f"{reason}: {message}" if message else f"{reason}."
    error = {"code": CODES.get(status, "validation_error"), "message": sentence, "details": [], "requestId": request_id}
    body = json.dumps({"error": error}).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"X-Request-Id: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode() + body)


# Gunicorn has no setting for what it says, and says it with a page.
util.write_error = write_error
