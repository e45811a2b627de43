"""Whose address a request comes from."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the address that a request comes from; None where there is none, as behind a Unix socket.

    Behind a proxy of ours it is the last one in `X-Forwarded-For`: what stands before it was written by the client.
    """
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.REST_FRAMEWORK["NUM_PROXIES"] else ""
    return forwarded.split(",")[-1].strip() or request.META.get("REMOTE_ADDR") or None
