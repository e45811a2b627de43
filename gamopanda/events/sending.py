"""One try to deliver an event: a POST to the checked address, with a limit for everything (W3, W4)."""

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from gamopanda.events.addresses import Forbidden, Target, find_address, read_url

SECONDS = 15
"""For everything: the name, the connection, the request and the answer."""
MOST_READ = 64 * 1024
MOST_KEPT = 1024
LONGEST_WAIT = 24 * 3600


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try; `status` is None without an answer, and `answer` says why then."""

    status: int | None
    milliseconds: int
    answer: str
    retry_after: int | None = None

    @property
    def is_success(self) -> bool:
        """Whether the endpoint took the event."""
        return self.status is not None and 200 <= self.status < 300


class PinnedConnection(HTTPConnection):
    """A connection to an address that was checked, whatever the name resolves to by now."""

    def __init__(self, target: Target, address: str, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self.target, self.address = target, address

    def connect(self) -> None:
        """Connect to the address; the certificate has to be that of the name."""
        plain = socket.create_connection((self.address, self.target.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock: Any = plain
        if self.target.scheme == "https":
            self.sock = _tls().wrap_socket(plain, server_hostname=self.target.host)

    def cut(self) -> None:
        """End whatever goes on, from another thread."""
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def send(url: str, headers: dict[str, str], body: bytes, *, seconds: float = SECONDS) -> Outcome:
    """Send once, and say what became of it."""
    began = time.monotonic()
    try:
        target = read_url(url)
        address = str(find_address(target))
        status, answer, retry_after = _post(target, address, headers, body, began + seconds)
    except (OSError, HTTPException, Forbidden, ValueError) as error:
        took = time.monotonic() - began
        reason = f"No answer within {seconds:g} seconds." if took >= seconds - 0.05 else describe(error)
        return Outcome(None, round(1000 * took), reason)
    return Outcome(status, round(1000 * (time.monotonic() - began)), answer, retry_after)


def describe(error: Exception) -> str:
    """Say in a line why there is no answer."""
    return f"{type(error).__name__}: {error}"[:MOST_KEPT]


def _post(
    target: Target, address: str, headers: dict[str, str], body: bytes, ends: float
) -> tuple[int, str, int | None]:
    connection = PinnedConnection(target, address, max(ends - time.monotonic(), 0.01))
    # Each read has its own timeout, so that an answer that comes drop by drop would never end.
    watch = threading.Timer(max(ends - time.monotonic(), 0.01), connection.cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body, {"Host": target.host_header, **headers})
        response = connection.getresponse()
        text = response.read(MOST_READ)[:MOST_KEPT].decode(errors="replace").replace("\x00", "\ufffd")
        return response.status, text, _retry_after(response)
    finally:
        watch.cancel()
        connection.close()


def _retry_after(response: HTTPResponse) -> int | None:
    """Read for how many seconds the endpoint asks to be left alone."""
    text = (response.getheader("Retry-After") or "").strip()
    if response.status not in {429, 503} or not (text.isascii() and text.isdecimal()):
        return None
    return min(int(text[:9]), LONGEST_WAIT)
