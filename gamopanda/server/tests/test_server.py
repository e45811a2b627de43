"""The server holds against slow clients without a proxy before it, and starts and ends as it should."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from select import select

import pytest

from gamopanda.conf.environment import BASE_DIR
from gamopanda.server.tests.servers import HOST, environment_of, free_port, get, running, talk

# It brings its own database, so once is enough.
pytestmark = pytest.mark.sqlite

STREAKS = "/api/v1.0/schema/streak/record"
LOGS = b"/api/v1.0/schema/streak_log/record"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> dict[str, str]:
    """The settings of an installation with tables."""
    var_dir = tmp_path_factory.mktemp("var")
    shutil.copy(migrated_database, var_dir)
    return environment_of(var_dir)


@pytest.fixture(scope="module")
def port(environment: dict[str, str]) -> Iterator[int]:
    """The port of a server that all tests share which only call it."""
    with running(environment) as (number, _server):
        yield number


@pytest.fixture(scope="module", autouse=True)
def seconds_of_half_a_header(port: int) -> Iterator[Future[float]]:
    """How long the server waits for the rest of a header; measured while the other tests run."""

    def wait() -> float:
        started_at = time.monotonic()
        assert talk(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: ", seconds=30) == b""
        return time.monotonic() - started_at

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(wait)


def seconds_of(port: int, path: str) -> float:
    started_at = time.monotonic()
    assert get(port, path).startswith(b"HTTP/1.1 200")
    return time.monotonic() - started_at


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: ",
        b"",
        b"POST %s HTTP/1.1\r\n%sContent-Length: 100\r\n\r\n{" % (LOGS, HOST),
        b"POST %s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n5\r\n{" % (LOGS, HOST),
    ],
    ids=["half a header", "nothing", "half a body", "half a chunk"],
)
def test_forty_unfinished_requests_delay_no_other(port: int, sent: bytes) -> None:
    seconds_of(port, STREAKS)
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    try:
        for connection in held:
            connection.sendall(sent)
        time.sleep(0.2)
        assert max(seconds_of(port, STREAKS) for _ in range(10)) < 1
        assert max(seconds_of(port, "/healthz") for _ in range(10)) < 0.5
    finally:
        for connection in held:
            connection.close()


def test_a_connection_goes_on_after_a_body_that_is_too_large(port: int) -> None:
    body = b"x" * 6_000_000
    first = b"POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n" % (LOGS, HOST, len(body))
    answers = talk(port, first + body + b"GET /healthz HTTP/1.1\r\n%sConnection: close\r\n\r\n" % HOST)
    assert answers.startswith(b"HTTP/1.1 401 ")
    assert answers.count(b"HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize("encoding", ["length", "chunked"])
def test_a_page_refuses_a_body_that_is_too_large_and_says_that_it_closes(port: int, encoding: str) -> None:
    head, body = b"Content-Length: 6000000", b"x" * 6_000_000
    if encoding == "chunked":
        head, body = b"Transfer-Encoding: chunked", b"5B8D80\r\n" + body + b"\r\n0\r\n\r\n"
    answer = talk(port, b"POST /admin/login/ HTTP/1.1\r\n%s%s\r\n\r\n" % (HOST, head) + body)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer
    assert b'"code":"payload_too_large","message":"The body is too large: at most 5242880 bytes' in answer


def test_who_asks_before_sending_a_body_that_is_too_large_is_answered_at_once(port: int) -> None:
    head = b"POST /admin/login/ HTTP/1.1\r\n%sExpect: 100-continue\r\nContent-Length: 6000000\r\n\r\n" % HOST
    answer = talk(port, head)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", b"400"),
        (b"GET /%s HTTP/1.1\r\n%s\r\n" % (b"a" * 100_000, HOST), b"414"),
        (b"GET / HTTP/1.1\r\n%s%s\r\n" % (HOST, b"X-a: b\r\n" * 200), b"431"),
        (b"POST / HTTP/1.1\r\n%sContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc" % HOST, b"400"),
    ],
)
def test_what_is_no_request_is_refused_by_its_status_alone_and_the_connection_closes(
    port: int, sent: bytes, status: bytes
) -> None:
    answer = talk(port, sent)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_a_header_with_an_underscore_is_not_taken_for_the_one_of_a_proxy(port: int) -> None:
    head = b"GET %s HTTP/1.1\r\n%sX_Api_Key: a\r\nX_Api_Secret: b\r\nConnection: close\r\n\r\n"
    assert talk(port, head % (STREAKS.encode(), HOST)).startswith(b"HTTP/1.1 200")


def test_addresses_and_queries_arrive_as_they_were_sent(port: int) -> None:
    assert get(port, "/static/streaks/default-icon.svg").startswith(b"HTTP/1.1 200")
    answer = get(port, f"{STREAKS}?n%C3%A4me=a")
    assert answer.startswith(b"HTTP/1.1 400")
    assert "näme".encode() in answer
    assert talk(port, b"HEAD /admin/login/ HTTP/1.1\r\n%sConnection: close\r\n\r\n" % HOST).endswith(b"\r\n\r\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_soon_when_nothing_is_under_way(environment: dict[str, str], number: int) -> None:
    with running(environment) as (_port, server):
        # Until the second process is up as well.
        time.sleep(2)
        started_at = time.monotonic()
        server.send_signal(number)
        assert server.wait(10) == 0
        assert time.monotonic() - started_at < 4


def slow_call(port: int) -> socket.socket:
    """Send a call that takes some seconds."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(b"GET /readyz HTTP/1.1\r\n%sConnection: close\r\n\r\n" % HOST)
    return connection


@pytest.fixture
def slow_environment(tmp_path: Path) -> dict[str, str]:
    """The settings of an installation whose calls take three seconds."""
    (tmp_path / "slow_start.py").write_text(
        "import time\nfrom gamopanda.settings import *\n"
        "MIDDLEWARE = ['slow_start.Slow', *MIDDLEWARE]\n"
        "class Slow:\n"
        "    def __init__(self, get_response): self.get_response = get_response\n"
        "    def __call__(self, request):\n"
        "        time.sleep(3)\n"
        "        return self.get_response(request)\n"
    )
    more = {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "slow_start"}
    return environment_of(tmp_path / "var", **more)


@pytest.mark.parametrize(("number", "answered"), [(signal.SIGTERM, True), (signal.SIGINT, False)])
def test_sigterm_lets_calls_finish_and_ctrl_c_does_not(
    slow_environment: dict[str, str], number: int, answered: bool
) -> None:
    with running(slow_environment) as (port, server), slow_call(port) as connection:
        time.sleep(0.5)
        started_at = time.monotonic()
        server.send_signal(number)
        server.wait(20)
        assert (time.monotonic() - started_at > 2) is answered
        assert connection.recv(9).startswith(b"HTTP/1.1") is answered


def test_after_its_master_was_killed_a_new_one_serves_at_once_and_the_old_one_finishes_its_calls(
    environment: dict[str, str], slow_environment: dict[str, str]
) -> None:
    started_at = time.monotonic()
    with running(slow_environment) as (port, old), slow_call(port) as connection:
        seconds_to_start = time.monotonic() - started_at
        time.sleep(0.5)
        killed_at = time.monotonic()
        old.kill()
        with running(environment, port=port):
            while not get(port, STREAKS).startswith(b"HTTP/1.1 200"):
                assert time.monotonic() - killed_at < 60
            # Where other work keeps the machine busy, the first start took long as well.
            assert time.monotonic() - killed_at < max(3, 2 * seconds_to_start + 1)
            assert connection.recv(9) == b"HTTP/1.1 "
            # The last process of the old one closes what all of them share.
            assert select([old.stdout], [], [], 10)[0] == [old.stdout]


def test_a_port_that_is_taken_is_said(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [sys.executable, "-m", "gamopanda.server", "--bind", address]
        done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Nothing can listen on {address}: ")


def test_a_wrong_setting_is_said_once(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "gamopanda.server", "--bind", f"127.0.0.1:{free_port()}"]
    wrong = {**environment, "GAMOPANDA_METRICS": "1"}
    done = subprocess.run(command, cwd=BASE_DIR, env=wrong, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "GAMOPANDA_METRICS='1' is not an address: use host:port, such as 127.0.0.1:9464.\n"


def test_headers_have_a_deadline(seconds_of_half_a_header: Future[float]) -> None:
    assert 5 < seconds_of_half_a_header.result() < 15
