"""Whether a port is free; needs no settings."""

import socket
import time

# What the processes of a server that was killed may take to end.
SECONDS_FOR_PORT = 3


def wait_for_port(host: str, port: int) -> None:
    """Return when the port is free; raises `OSError` when it is not within some seconds.

    The processes of a server that was killed need a moment to notice.
    """
    until = time.monotonic() + SECONDS_FOR_PORT
    while True:
        try:
            family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            socket.create_server(address[:2], family=family).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
