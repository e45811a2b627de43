"""The application as Granian calls it (RSGI): clients that are slow to send hold no thread, and health needs none.

A call gets one of a few threads, which Django's views need, only when its body has arrived whole. `/healthz` is
answered without one, so that it answers at once also while all of them wait for the database.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from typing import Any, cast
from uuid import uuid4

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]  # it is exported without saying so

from gamopanda.api.errors.exceptions import envelope, too_large
from gamopanda.api.errors.handlers import PREFIXES
from gamopanda.api.monitoring.context import QUEUED_AT
from gamopanda.api.monitoring.health import HEALTHY
from gamopanda.api.rendering.renderers import dump_json

logger = logging.getLogger(__name__)

SECONDS_FOR_BODY = 60
JSON = ("content-type", "application/json")
CLOSING = ("connection", "close")


class Application:
    """Answer with a WSGI application in one of `threads` threads."""

    def __init__(self, handler: WSGIHandler, *, threads: int) -> None:
        self.handler = handler
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="call")

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one call."""
        if scope.path == "/healthz" and scope.method in {"GET", "HEAD"}:
            protocol.response_bytes(HTTPStatus.OK, [JSON], HEALTHY)
            return
        # A client who has hung up is not waiting for an answer.
        with suppress(ProtocolClosed):
            await self.call(scope, protocol)

    async def call(self, scope: Any, protocol: Any) -> None:
        """Read the body of one call, and let a thread answer it; raises `ProtocolClosed`."""
        headers = headers_of(scope)
        try:
            async with asyncio.timeout(SECONDS_FOR_BODY):
                body = await read_body(protocol, headers, settings.GAMOPANDA_MAX_BODY_BYTES)
        except TimeoutError:
            refuse(protocol, HTTPStatus.REQUEST_TIMEOUT, "request_timeout", "The body did not arrive in time.")
            return
        if body is None and not scope.path.startswith(PREFIXES):
            refuse(protocol, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large", too_large())
            return
        # The API itself refuses a body that is too large, by its length.
        environ = environ_of(scope, headers, body or b"") | {QUEUED_AT: time.perf_counter()}
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.threads, self.answer, environ, protocol, loop)

    def answer(self, environ: dict[str, Any], protocol: Any, loop: asyncio.AbstractEventLoop) -> None:
        """Send the answer of the application; an answer of unknown length is sent as it is made."""
        head: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            head.update(status=int(status.split(" ", 1)[0]), headers=headers)

        answer: Any = self.handler(environ, cast("Any", start_response))
        try:
            if getattr(answer, "streaming", False) and not answer.has_header("Content-Length"):
                transport = protocol.response_stream(head["status"], head["headers"])
                for part in answer:
                    asyncio.run_coroutine_threadsafe(transport.send_bytes(part), loop).result()
            else:
                protocol.response_bytes(head["status"], head["headers"], b"".join(answer))
        finally:
            answer.close()


def headers_of(scope: Any) -> dict[str, str]:
    """Return headers by their names in WSGI.

    A name with an underscore is left out: WSGI would take it for the one with a dash, which a proxy may have set.
    """
    found: dict[str, str] = {}
    for name, text in scope.headers.items():
        if "_" not in name:
            key = name.upper().replace("-", "_")
            found[key] = f"{found[key]},{text}" if key in found else text
    return found


async def read_body(protocol: Any, headers: Mapping[str, str], limit: int) -> bytes | None:
    """Return the body of a call; None when it is longer than `limit`.

    The rest of a long one is read and dropped, so that the client, who is still sending, can read the answer.
    """
    if "CONTENT_LENGTH" not in headers and "TRANSFER_ENCODING" not in headers:
        return b""
    length = headers.get("CONTENT_LENGTH", "")
    if length.isdecimal() and int(length) <= limit:
        return bytes(await protocol())
    if "EXPECT" in headers:
        return None
    body, size = bytearray(), 0
    async for part in protocol:
        size += len(part)
        if size <= limit:
            body += part
    return bytes(body) if size <= limit else None


def environ_of(scope: Any, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return what WSGI tells an application of a call."""
    server, client = (address.rpartition(":") for address in (scope.server, scope.client))
    own = {name: text for name, text in headers.items() if name in {"CONTENT_TYPE", "CONTENT_LENGTH"}}
    return {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[2],
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **own,
        **{f"HTTP_{name}": text for name, text in headers.items() if name not in own},
    }


def refuse(protocol: Any, status: HTTPStatus, code: str, message: str) -> None:
    """Answer a call that the application does not see, and close its connection."""
    request_id = uuid4().hex
    logger.warning("%s before the call was complete: %s", status.value, message)
    body = dump_json(envelope(code, message, [], request_id))
    protocol.response_bytes(status, [JSON, CLOSING, ("x-request-id", request_id)], body)
