"""Counts for Prometheus: off unless enabled, and those of all processes together."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.test import Client

from gamopanda.conf.environment import BASE_DIR
from gamopanda.tests.test_first_look import free_port

# It brings its own database, so once is enough.
sqlite_only = pytest.mark.sqlite


def test_there_is_no_metrics_unless_it_is_enabled():
    assert Client().get("/metrics").status_code == 404


@contextmanager
def counting_server(var_dir: Path) -> Iterator[httpx.Client]:
    """The production server, with two processes, on a new installation that counts."""
    port = free_port()
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "GAMOPANDA_VAR_DIR": str(var_dir),
        "GAMOPANDA_METRICS": "1",
        "SECRET_KEY": "a key for tests only, as long as a real one has to be: 0123456789",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=BASE_DIR, env=environment, check=True)
    command = [str(Path(sys.executable).parent / "gunicorn"), "gamopanda.wsgi", f"--bind=127.0.0.1:{port}"]
    with subprocess.Popen([*command, "--workers=2"], cwd=BASE_DIR, env=environment, stderr=subprocess.PIPE) as server:
        try:
            transport = httpx.HTTPTransport(retries=12)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=60) as client:
                assert client.get("/readyz").status_code == 200
                yield client
        finally:
            server.terminate()


def count_of(client: httpx.Client, **labels: str) -> int:
    """How many calls with these labels were counted."""
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    lines = client.get("/metrics").text.splitlines()
    found = [line for line in lines if line.startswith("gamopanda_calls_total{") and all(one in line for one in wanted)]
    return sum(int(float(line.split()[-1])) for line in found)


@sqlite_only
def test_enabled_it_counts_the_calls_of_all_processes_and_names_no_person(tmp_path):
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").write_bytes(b"left by a process that is gone")
    with counting_server(tmp_path) as client:
        for _ in range(20):
            with httpx.Client(base_url=client.base_url, timeout=60) as caller:
                assert caller.get("/api/v1.0/schema/streak/record?name=ann").status_code == 200
        assert client.get("/api/v1.0/schema/streak/record/0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10").status_code == 404
        assert client.get("/nothing-for-ann").status_code == 404
        text = client.get("/metrics").text
        assert count_of(client, method="GET", view="streak-list", status="200") == 20
        assert count_of(client, view="streak-detail", status="404") == 1
        assert re.search(r'gamopanda_call_seconds_count\{method="GET",view="streak-list"\} 20\.0', text)
        assert "ann" not in text
        assert "0196a7c0" not in text
