"""The real server as tests start it, and talks with it byte by byte."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gamopanda.conf.environment import BASE_DIR

HOST = b"Host: 127.0.0.1\r\n"


def free_port() -> int:
    """A port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_of(var_dir: Path, **more: str) -> dict[str, str]:
    """The settings of a new installation on SQLite."""
    return {
        "PATH": os.environ["PATH"],
        "GAMOPANDA_VAR_DIR": str(var_dir),
        "SECRET_KEY": "a key for tests only, as long as a real one has to be: 0123456789",
        "ALLOWED_HOSTS": "127.0.0.1",
        **more,
    }


def start(environment: dict[str, str], port: int, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start the server, and return it once it answers."""
    command = [sys.executable, "-m", "gamopanda.server", "--bind", f"127.0.0.1:{port}", *arguments]
    # All processes of the server have the pipe: it ends with the last of them.
    server = subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None
        if healthz(port).startswith(b"HTTP/1.1 200"):
            return server
        time.sleep(0.05)
    raise AssertionError("the server does not answer")


@contextmanager
def running(
    environment: dict[str, str], *arguments: str, port: int | None = None
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run the server, on a free port when none is given; yield the port, and the process."""
    port = port or free_port()
    with start(environment, port, *arguments) as server:
        try:
            yield port, server
        finally:
            server.kill()


def talk(port: int, sent: bytes, *, seconds: float = 10) -> bytes:
    """Send bytes and return all that comes back until the server closes the connection, or for some seconds."""
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
            connection.sendall(sent)
            while part := connection.recv(65536):
                received += part
    except OSError:
        return received
    return received


def get(port: int, path: str) -> bytes:
    """Return the answer to one call, with its head."""
    return talk(port, b"GET %s HTTP/1.1\r\n%sConnection: close\r\n\r\n" % (path.encode(), HOST))


def healthz(port: int) -> bytes:
    """Return what the server says of its health; empty when it does not answer."""
    return get(port, "/healthz")
