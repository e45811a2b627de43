"""A receiver of webhooks on this machine, for tests, and what they need of events."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import orjson

from gamopanda.events.delivering import Deliverer
from gamopanda.events.models import Event, WebhookEndpoint
from gamopanda.events.subscriptions import note_change

LOCAL = [ip_network("127.0.0.0/8")]
Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class Received:
    """One call."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        """The body, read."""
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """What came, and what is answered to it."""

    port: int = 0
    calls: list[Received] = field(default_factory=list)
    answer: Callable[[Received], Answer] = lambda _call: (200, {}, b"ok")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[Any]:
        """The bodies that came."""
        return [call.event for call in self.calls]

    @property
    def types(self) -> list[str]:
        """The types of the events that came."""
        return [event["type"] for event in self.events]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen while the block runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that Python asks for
            body = self.rfile.read(int(self.headers["Content-Length"]))
            call = Received(self.path, dict(self.headers), body)
            receiver.calls.append(call)
            status, headers, content = receiver.answer(call)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

        def handle_error(self, *_args: Any) -> None:
            """Let callers hang up."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def make_endpoint(url: str = "https://shop.example.com/hook", **values: Any) -> WebhookEndpoint:
    """Make an endpoint, as the API does it."""
    endpoint = WebhookEndpoint.objects.create(url=url, **values)
    note_change()
    return endpoint


def deliver() -> None:
    """Deliver all that is due."""
    deliverer = Deliverer()
    while deliverer.step():
        pass
    deliverer.finish()


def stored() -> list[tuple[str, Any]]:
    """Return the types and data of all stored events, in order."""
    return [(event.type, orjson.loads(event.data)) for event in Event.objects.order_by("id")]


def types() -> list[str]:
    """Return the types of all stored events, in order."""
    return [event_type for event_type, _data in stored()]
