"""What `make run` runs, from an empty folder to a request that works, and a second time."""

import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

from gamopanda.conf.environment import BASE_DIR

# It brings its own database, so once is enough.
pytestmark = pytest.mark.postgresql


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def first_look(var_dir: Path, **environment: str) -> Iterator[str]:
    """Start the server, yield what it printed once it answers, then stop it as Ctrl-C does."""
    process = subprocess.Popen(
        [sys.executable, "scripts/run.py"],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ".", "GAMOPANDA_VAR_DIR": str(var_dir), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    try:
        while "Ctrl-C stops the server." not in printed:
            line = process.stdout.readline()
            assert line, f"it stopped: {printed}"
            printed += line
        yield printed
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
    assert (process.returncode, "Traceback" in rest) == (0, False), rest


def read(url: str) -> tuple[int, str]:
    with urlopen(url, timeout=120) as response:
        return response.status, response.headers["content-type"]


def call(printed: str) -> str:
    """Run the printed line just as a person would, and return its HTTP status."""
    assert shutil.which("curl"), "curl is needed to try the printed line"
    (line,) = [line for line in printed.splitlines() if line.startswith("curl ")]
    command = [*shlex.split(line), "--output", os.devnull, "--write-out", "%{http_code}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def log_in(site: str, username: str, password: str) -> str:
    """Fill in the form of the admin, and return the address at which that ends."""
    browser = build_opener(HTTPCookieProcessor())
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.open(f"{site}/admin/login/").read().decode())
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "username": username, "password": password}
    return str(browser.open(f"{site}/admin/login/", urlencode(form).encode()).url)


def login_and_key(printed: str) -> list[str]:
    labels = ("Username", "Password", "x-api-key", "x-api-secret")
    return [line.split()[-1] for line in printed.splitlines() if line.strip().startswith(labels)]


def test_it_serves_the_admin_the_api_and_the_printed_request_and_keeps_everything(tmp_path: Path) -> None:
    port = str(free_port())
    with first_look(tmp_path, PORT=port) as printed:
        assert read(f"http://localhost:{port}/admin/login/") == (200, "text/html; charset=utf-8")
        assert read(f"http://localhost:{port}/static/unfold/css/styles.css") == (200, 'text/css; charset="utf-8"')
        assert read(f"http://localhost:{port}/healthz")[0] == 200
        assert f"http://localhost:{port}/demo/" in printed
        assert read(f"http://localhost:{port}/demo/") == (200, "text/html; charset=utf-8")
        assert log_in(f"http://localhost:{port}", *login_and_key(printed)[:2]) == f"http://localhost:{port}/admin/"
        assert (call(printed), call(printed)) == ("201", "409")
    for name in ("secret_key", "admin_password"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600

    with first_look(tmp_path, PORT=port) as again:
        assert login_and_key(again) == login_and_key(printed)
        assert len(login_and_key(again)) == 4
        assert call(again) == "201"


def start_in_vain(var_dir: Path, **environment: str) -> str:
    """Start the server where it cannot start, and return what it says."""
    done = subprocess.run(
        [sys.executable, "scripts/run.py"],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ".", "GAMOPANDA_VAR_DIR": str(var_dir), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_a_port_that_is_taken_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = start_in_vain(tmp_path, PORT=str(port))
    assert said.startswith(
        f"Nothing can listen on port {port} of 127.0.0.1: [Errno {EADDRINUSE}] Address already in use"
    )
    assert said.endswith("Another port: make run PORT=8080\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "text"), [("PORT", "http"), ("PORT", "0"), ("GAMOPANDA_TIME_ZONE", "Mars")])
def test_a_wrong_value_in_the_environment_is_said(tmp_path: Path, name: str, text: str) -> None:
    assert f"{name}={text!r}" in start_in_vain(tmp_path, **{"PORT": str(free_port()), name: text})
