"""What deploys the product names what there is: settings, figures, versions. `make packaging` runs it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gamopanda import VERSION
from gamopanda.conf.environment import BASE_DIR
from gamopanda.tests.documents import table_of, text_of
from scripts.packaging.container import Container, instructions

# It is the same on every database.
pytestmark = pytest.mark.sqlite

SETTINGS = {row["Setting"] for row in table_of("docs/settings.md", "Setting", "Default", "Meaning")}
GAUGES = {row["Gauge"]: row["Alert when"] for row in table_of("docs/operations.md", "Gauge", "Meaning", "Alert when")}
COUNTS = {row["Count"] for row in table_of("docs/operations.md", "Count", "Meaning")}


def metrics_in(text: str) -> set[str]:
    names = re.findall(r"\bgamopanda_\w+", text)
    return {re.sub(r"_(total|bucket)$", "", name) for name in names}


def test_alerts_and_the_dashboard_ask_for_figures_that_there_are() -> None:
    groups = yaml.safe_load(text_of("deploy/prometheus/alerts.yaml"))["groups"]
    alerted = metrics_in(json.dumps([rule["expr"] for group in groups for rule in group["rules"]]))
    dashboard = json.loads(text_of("deploy/grafana/dashboard.json"))
    shown = metrics_in(json.dumps([panel["targets"] for panel in dashboard["panels"]]))
    assert alerted | shown <= set(GAUGES) | COUNTS
    assert {name for name, when in GAUGES.items() if when} <= alerted
    assert set(GAUGES) - shown <= {"gamopanda_database_readable", "gamopanda_results_age_seconds"}


def environments() -> Iterator[Any]:
    compose = yaml.safe_load(text_of("compose.yaml"))["services"]
    yield from (compose[name]["environment"] for name in ("web", "worker", "migrate"))
    for record in yaml.safe_load_all(text_of("deploy/kubernetes.yaml")):
        yield from (record[part] for part in ("data", "stringData") if part in record)


def test_every_setting_of_a_deployment_is_one_of_the_table() -> None:
    named = [name for environment in environments() for name in environment]
    assert len(named) > 20
    assert set(named) <= SETTINGS


def test_pods_run_this_version() -> None:
    images = re.findall(r"image: \S+/gamopanda-streaks:(\S+)", text_of("deploy/kubernetes.yaml"))
    assert set(images) == {VERSION}
    assert len(text_of("deploy/kubernetes.yaml").splitlines()) <= 120


def test_the_image_runs_as_a_user_without_rights() -> None:
    found = instructions(BASE_DIR / "Dockerfile")
    assert [rest for name, rest in found if name == "USER"] == ["10001:10001"]
    assert found[-1][0] == "CMD"


def test_the_rehearsal_reads_a_dockerfile_as_an_engine_does(tmp_path: Path) -> None:
    container = Container(tmp_path)
    container.set("GAMOPANDA_VAR_DIR=/var/lib/gamopanda PATH=/srv/gamopanda/.venv/bin:$PATH")
    assert container.environment["GAMOPANDA_VAR_DIR"] == f"{tmp_path}/var/lib/gamopanda"
    assert container.environment["PATH"].startswith(f"{tmp_path}/srv/gamopanda/.venv/bin:/")
    container.folder = "/srv/gamopanda"
    container.inside(".").mkdir(parents=True)
    container.copy("gamopanda", "gamopanda")
    container.copy("manage.py", "pyproject.toml", "./")
    assert {path.name for path in container.inside(".").iterdir()} == {"gamopanda", "manage.py", "pyproject.toml"}
    assert not list(tmp_path.rglob("tests"))
