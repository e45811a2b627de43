"""Events go to public addresses alone, whatever they are called (W4)."""

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from gamopanda.events.addresses import Forbidden, check_url, find_address, is_public, read_url
from gamopanda.events.sending import send
from gamopanda.events.tests.receiving import LOCAL, receiving

pytestmark = pytest.mark.sqlite

HOSTILE = [
    "127.0.0.1", "2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "127.1", "0x7f.1", "127.0.0.1.", "0.0.0.0",
    "0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "2852039166", "192.0.2.1",
    "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]", "[2002:808:808::]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1]", "[fc00::1]",
    "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "localhost",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTILE)
def test_hostile_spellings_of_addresses_are_refused_when_stored_and_at_every_try(host: str) -> None:
    with pytest.raises(Forbidden):
        check_url(f"https://{host}/hook")
    outcome = send(f"https://{host}:9/hook", {}, b"{}")
    assert outcome.status is None
    assert outcome.answer.startswith("Forbidden: ")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "https://", "https:///hook", "https://user@example.com/", "https://user:pw@example.com/",
        "https://example.com\\@127.0.0.1/", "https://exa mple.com/", "https://example.com/\r\nHost: x", "//example.com",
        "https://[fe80::1%25eth0]/", "https://１２７.0.0.1/", "https://example.com:99999/", "https://example.com:0/",
        "https://example.com/#top", "javascript:alert(1)", "https://[::1/", "http://93.184.215.14/",
    ],
)  # fmt: skip
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        check_url(url)


@pytest.mark.parametrize("host", ["93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"])
def test_public_addresses_are_taken(host: str) -> None:
    check_url(f"https://{host}/hook")
    assert is_public(find_address(read_url(f"https://{host}/hook")))


def resolve_to(monkeypatch: Any, *answers: list[str]) -> None:
    """Let a name resolve to these addresses, one list after the other."""
    pending = list(answers)

    def getaddrinfo(_host: str, port: int, **_kwargs: Any) -> Any:
        found = pending.pop(0) if len(pending) > 1 else pending[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:169.254.169.254"]])
def test_a_name_that_resolves_to_a_hostile_address_is_refused(monkeypatch: Any, addresses: list[str]) -> None:
    resolve_to(monkeypatch, addresses)
    with pytest.raises(Forbidden):
        check_url("https://shop.example.com/")
    assert send("https://shop.example.com/", {}, b"").answer.startswith("Forbidden: ")


def test_a_name_that_changes_between_check_and_connection_leads_to_the_checked_address(
    monkeypatch: Any, settings: Any
) -> None:
    settings.GAMOPANDA_WEBHOOK_NETWORKS = LOCAL
    with receiving() as receiver:
        connected: list[Any] = []
        connect = socket.create_connection

        def watch(address: Any, *rest: Any) -> Any:
            connected.append(address)
            return connect(address, *rest)

        monkeypatch.setattr(socket, "create_connection", watch)
        resolve_once = socket.getaddrinfo
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            asked.append(host)
            if host == "shop.example.com":
                address = "127.0.0.1" if asked.count(host) == 1 else "10.0.0.1"
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
            return resolve_once(host, port, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        outcome = send(f"http://shop.example.com:{receiver.port}/hook", {}, b"{}")
        assert outcome.status == 200
        assert connected == [("127.0.0.1", receiver.port)]
        assert asked.count("shop.example.com") == 1
        assert receiver.calls[0].headers["Host"] == f"shop.example.com:{receiver.port}"


def test_networks_of_ones_own_are_allowed_but_never_link_local(settings: Any) -> None:
    settings.GAMOPANDA_WEBHOOK_NETWORKS = [ip_network("10.0.0.0/8"), ip_network("0.0.0.0/0"), ip_network("::/0")]
    check_url("http://10.1.2.3/hook")
    for host in ("169.254.169.254", "[fe80::1]", "[::ffff:169.254.1.1]", "[64:ff9b::a9fe:1]", "[2002:a9fe:1::]"):
        with pytest.raises(Forbidden, match="link-local"):
            check_url(f"http://{host}/hook")


def test_http_is_for_listed_networks_or_debug_alone(settings: Any) -> None:
    settings.GAMOPANDA_WEBHOOK_NETWORKS = [ip_network("10.0.0.0/8")]
    with pytest.raises(Forbidden, match="https"):
        check_url("http://93.184.215.14/hook")
    settings.GAMOPANDA_WEBHOOK_NETWORKS, settings.DEBUG = [], True
    check_url("http://93.184.215.14/hook")


def test_no_proxy_of_the_environment_is_used(monkeypatch: Any, settings: Any) -> None:
    settings.GAMOPANDA_WEBHOOK_NETWORKS = LOCAL
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with receiving() as receiver:
        assert send(receiver.url, {}, b"{}").status == 200


def test_private_addresses_are_none_of_the_public_ones() -> None:
    assert not is_public(ip_address("192.0.0.1"))
    assert is_public(ip_address("8.8.8.8"))
