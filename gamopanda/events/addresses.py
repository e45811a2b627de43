"""Where events may be sent: URLs, and the addresses that their names resolve to (W4)."""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

Address = IPv4Address | IPv6Address

# What an IPv6 address in these networks reaches is an IPv4 address that it holds.
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
TRANSLATED = (*NAT64, IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("::/96"))
LINK_LOCAL = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"))
PORTS = {"https": 443, "http": 80}


class Forbidden(ValueError):
    """An address to which nothing may be sent; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The host as a request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_url(url: str) -> Target:
    """Take a URL apart; raises `Forbidden` unless it is a plain one."""
    if not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        raise Forbidden(_("Use a URL of printable ASCII characters, without blanks and backslashes."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forbidden(_("This is not a URL: use one such as https://shop.example.com/webhooks.")) from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise Forbidden(_("Use a URL that begins with https://, such as https://shop.example.com/webhooks."))
    if parts.username is not None or parts.password is not None:
        raise Forbidden(_("A URL must not hold a user name or a password: the signature proves who sends."))
    if parts.fragment or "%" in parts.hostname or port == 0:
        raise Forbidden(_("Use a URL without a fragment, a zone of an address, and port 0."))
    path = parts.path or "/"
    return Target(
        parts.scheme, parts.hostname, port or PORTS[parts.scheme], f"{path}?{parts.query}" if parts.query else path
    )


def check_url(url: str) -> None:
    """Check a URL that is about to be stored; raises `Forbidden`. A name that does not resolve yet is allowed."""
    target = read_url(url)
    if target.scheme == "http" and not (settings.DEBUG or settings.GAMOPANDA_WEBHOOK_NETWORKS):
        raise Forbidden(_("Use https: what is sent holds codes."))
    try:
        addresses = _resolve(target)
    except OSError:
        return
    _choose(target, addresses)


def find_address(target: Target) -> Address:
    """Resolve a name, check all of its addresses and return the one to connect to.

    Raises `Forbidden`, or `OSError` when the name cannot be resolved.
    """
    return _choose(target, _resolve(target))


def _resolve(target: Target) -> list[Address]:
    try:
        found = socket.getaddrinfo(target.host.removesuffix("."), target.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise Forbidden(_("There can be no host of this name.")) from error
    return [_plain(ip_address(str(sockaddr[0]).partition("%")[0])) for *_rest, sockaddr in found]


def _choose(target: Target, addresses: Iterable[Address]) -> Address:
    checked = list(addresses)
    for address in checked:
        _check(address, target.scheme)
    return checked[0]


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one maps."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _check(address: Address, scheme: str) -> None:
    if any(one in network for one in _reached(address) for network in LINK_LOCAL):
        raise Forbidden(_("%(address)s is link-local: nothing is ever sent there.") % {"address": address})
    is_listed = any(address in network for network in settings.GAMOPANDA_WEBHOOK_NETWORKS)
    if not is_listed and not is_public(address):
        message = _("%(address)s is not a public address. GAMOPANDA_WEBHOOK_NETWORKS can allow networks of your own.")
        raise Forbidden(message % {"address": address})
    if scheme == "http" and not is_listed and not settings.DEBUG:
        raise Forbidden(_("Use https: what is sent holds codes."))


def is_public(address: Address) -> bool:
    """Say whether an address is one that anyone on the internet can reach, and holds no other one."""
    is_translated = isinstance(address, IPv6Address) and any(address in network for network in TRANSLATED)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_translated


def _reached(address: Address) -> list[Address]:
    """Return an address, and the IPv4 ones that it may hold."""
    if isinstance(address, IPv4Address):
        return [address]
    number = int(address)
    held = [IPv4Address(number & 0xFFFFFFFF)] if any(address in network for network in (*NAT64, TRANSLATED[-1])) else []
    held += [address.sixtofour] if address.sixtofour else []
    held += [*address.teredo] if address.teredo else []
    return [address, *held]
