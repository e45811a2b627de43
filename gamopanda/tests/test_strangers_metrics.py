"""Counts for Prometheus: off unless enabled, those of all processes together, and never on the site itself."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.test import Client

from gamopanda.conf.environment import BASE_DIR
from gamopanda.server.tests.servers import environment_of, free_port, running
from gamopanda.tests.documents import table_of


def test_the_site_has_no_metrics():
    assert Client().get("/metrics").status_code == 404


def counts_of(text: str, **labels: str) -> int:
    """How many calls with these labels were counted."""
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    lines = text.splitlines()
    found = [line for line in lines if line.startswith("gamopanda_calls_total{") and all(one in line for one in wanted)]
    return sum(int(float(line.split()[-1])) for line in found)


# It brings its own database, so once is enough.
@pytest.mark.sqlite
def test_enabled_they_count_the_calls_of_all_processes_and_name_no_person_over_plain_http(tmp_path: Path):
    port_of_counts = free_port()
    environment = environment_of(tmp_path, GAMOPANDA_METRICS=f"127.0.0.1:{port_of_counts}", HTTPS="1", BEHIND_PROXY="1")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").write_bytes(b"left by a process that is gone")
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=BASE_DIR, env=environment, check=True)
    with running(environment) as (port, _server):
        site, over_tls = f"http://127.0.0.1:{port}", {"X-Forwarded-Proto": "https"}
        for _ in range(20):
            answer = httpx.get(f"{site}/api/v1.0/schema/streak/record?name=ann", headers=over_tls, timeout=60)
            assert answer.status_code == 200
        one = "/api/v1.0/schema/streak/record/0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"
        for path in (one, "/nothing-for-ann", "/metrics"):
            assert httpx.get(f"{site}{path}", headers=over_tls, timeout=60).status_code == 404
        text = httpx.get(f"http://127.0.0.1:{port_of_counts}/metrics", timeout=60).text
    assert counts_of(text, method="GET", view="streak-list", status="200") == 20
    assert counts_of(text, view="streak-detail", status="404") == 1
    assert re.search(r'gamopanda_call_seconds_count\{method="GET",view="streak-list"\} 20\.0', text)
    assert re.search(r"^gamopanda_threads 8\.0$", text, re.MULTILINE)
    assert re.search(r"^gamopanda_threads_busy 0\.0$", text, re.MULTILINE)
    assert re.search(r"^gamopanda_call_wait_seconds_count 23\.0$", text, re.MULTILINE)
    helps = dict(re.findall(r"^# HELP (gamopanda_\w+) (.+)$", text, re.MULTILINE))
    counts = table_of("docs/operations.md", "Count", "Meaning")
    gauges = {row["Gauge"] for row in table_of("docs/operations.md", "Gauge", "Meaning", "Alert when")}
    assert {row["Count"]: row["Meaning"] for row in counts} == {
        name.removesuffix("_total"): meaning for name, meaning in helps.items() if name not in gauges
    }
    assert "ann" not in text
    assert "0196a7c0" not in text
