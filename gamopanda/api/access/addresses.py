"""Whose address a request comes from."""

import re
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

# With a port, as some proxies write it: 192.0.2.1:4711, [2001:db8::1]:443.
_WITH_PORT = re.compile(r"(?P<v4>[\d.]+):\d+|\[(?P<v6>[^\]]+)\](?::\d+)?")


def client_address(request: HttpRequest) -> str | None:
    """Return the IP address that a request comes from; None where there is none, as behind a Unix socket.

    Behind a proxy of ours it is the last one in `X-Forwarded-For`, behind two the last but one: what stands before it
    was written by the client. Where the proxy does not know it (`unknown`), it is the address of the proxy.
    """
    proxies: Any = settings.REST_FRAMEWORK["NUM_PROXIES"]
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-proxies:] if proxies else [""]
    return read_address(forwarded[0]) or read_address(request.META.get("REMOTE_ADDR") or "")


def read_address(text: str) -> str | None:
    """Return the IP address in a text, without port, brackets and zone; None when there is none."""
    text = text.strip().strip('"')
    match = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address((match["v4"] or match["v6"]) if match else text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address)))
    return str(address)
