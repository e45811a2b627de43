"""The services of compose.yaml with their own configuration, on free ports of this machine."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import psycopg

from gamopanda.conf.environment import BASE_DIR
from scripts.drill.__main__ import free_port
from scripts.packaging.container import Container
from scripts.with_postgres import owner, running_server

PASSWORD = "letters4and5digits"  # noqa: S105  of a server that lives for a minute
DEPLOY = BASE_DIR / "deploy"
SBIN = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"


def program(name: str, package: str) -> str:
    """Return a program; exits with what to install where there is none."""
    return shutil.which(name, path=SBIN) or sys.exit(f"{name} is needed: install Debian's package {package}.")


@contextmanager
def running(command: list[str], is_up: Callable[[], object], **surroundings: Any) -> Iterator[None]:
    """Run a service beside the block, which begins when `is_up` raises nothing any more."""
    service = subprocess.Popen(command, **surroundings)
    try:
        wait_for(service, is_up)
        yield
    finally:
        service.terminate()
        service.wait()


def wait_for(service: "subprocess.Popen[bytes]", is_up: Callable[[], object]) -> None:
    """Return when a service is up; exits when it has ended, or is not up within a minute."""
    until = time.monotonic() + 60
    while service.poll() is None and time.monotonic() < until:
        try:
            is_up()
        except (OSError, httpx.HTTPError, psycopg.Error, subprocess.CalledProcessError):
            time.sleep(0.1)
        else:
            return
    sys.exit(f"This does not come up: {service.args!r}")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL with the user of compose.yaml; yield the folder of its socket."""
    with running_server() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE gamopanda LOGIN PASSWORD '{PASSWORD}'")
            connection.execute("CREATE DATABASE gamopanda OWNER gamopanda")
        yield (urlsplit(url).netloc.rpartition("@")[2]).replace("%2F", "/")


@contextmanager
def pgbouncer(folder: Path, socket: str) -> Iterator[str]:
    """Run PgBouncer with its configuration and the password in its file of users; yield an address through it."""
    port, users = free_port(), folder / "users"
    users.write_text(f'"gamopanda" "{PASSWORD}"\n')
    text = (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text()
    text = replaced(text, {"host=db port=5432": f"host={socket}", "/tmp/users": str(users), "6432": str(port)})  # noqa: S108
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(text + "unix_socket_dir =\n")
    url = f"postgres://gamopanda:{PASSWORD}@127.0.0.1:{port}/gamopanda"
    user = owner()
    # It refuses to run as root, and has to enter the folder of the socket.
    identity: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with running(
        [program("pgbouncer", "pgbouncer"), "--quiet", str(configuration)],
        lambda: psycopg.connect(url, connect_timeout=2).close(),
        stderr=subprocess.DEVNULL,
        **identity,
    ):
        yield url


@contextmanager
def web(container: Container, **settings: str) -> Iterator[int]:
    """Run the image's command; yield its port when its own health check says that it is up."""
    port = free_port()
    command, health = (
        [re.sub(r"\b8000\b", str(port), word) for word in words] for words in (container.command, container.health)
    )
    surroundings = container.surroundings(**settings)

    def check() -> None:
        subprocess.run(health, check=True, stderr=subprocess.DEVNULL, **surroundings)

    with running(command, check, **surroundings):
        yield port


@contextmanager
def nginx(folder: Path, configuration: str) -> Iterator[None]:
    """Run nginx with a configuration of ours."""
    path = folder / "nginx.conf"
    path.write_text(f"daemon off; pid {folder}/pid; events {{}} http {{ access_log off; {configuration} }}")
    command = [program("nginx", "nginx-light"), "-p", str(folder), "-c", str(path), "-e", "stderr"]
    subprocess.run([*command, "-t", "-q"], check=True)
    with running(command, lambda: None):
        yield


def replaced(text: str, changes: dict[str, str]) -> str:
    """Return a text with changes, all of which have to concern it."""
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


def run_all(container: Container) -> None:
    """Bring up what compose.yaml describes, and call it from outside; raises where something is not as it should be."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="services-", ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        socket = stack.enter_context(postgresql())
        settings = {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "localhost", "BEHIND_PROXY": "1"}
        direct = f"postgres://gamopanda:{PASSWORD}@{quote(socket, safe='')}/gamopanda"
        surroundings = container.surroundings(**settings, DATABASE_URL=direct)
        subprocess.run(["python", "manage.py", "migrate", "--verbosity=0"], check=True, **surroundings)
        pooled = stack.enter_context(pgbouncer(folder, socket))
        port, outside = stack.enter_context(web(container, **settings, DATABASE_URL=pooled)), free_port()
        text = (DEPLOY / "nginx" / "compose.conf").read_text()
        changes = {"web:8000": f"127.0.0.1:{port}", "listen 80 ": f"listen 127.0.0.1:{outside} "}
        stack.enter_context(nginx(folder, replaced(text, changes)))
        call(f"http://localhost:{outside}")


def call(site: str) -> None:
    """Look at the site as people and monitors do."""
    transport = httpx.HTTPTransport(retries=5)
    with httpx.Client(base_url=site, transport=transport, timeout=30) as client:
        assert client.get("/readyz").json() == {"status": "ok"}
        assert client.get("/api/v1.0/schema/streak/record").json()["data"] == []
        page = client.get("/admin/login/")
        assert page.status_code == 200
        (style, *_) = re.findall(r'href="(/static/[^"]+\.css)', page.text)
        answer = client.get(style, headers={"Accept-Encoding": "br"})
        # Collected and compressed when the image was built.
        assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "br")
