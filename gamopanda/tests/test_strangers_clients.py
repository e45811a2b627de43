"""Clients that other people's generators make from the description: they compile, and run the quick start."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from gamopanda.conf.environment import BASE_DIR
from gamopanda.tests.strangers.node import NODE, NODE_FOLDER, linked_modules
from rewards.models import RewardLog
from streaks.tests.calling import make_key

STRANGERS = BASE_DIR / "gamopanda" / "tests" / "strangers"

pytestmark = pytest.mark.django_db(transaction=True)


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command in a folder and return what it prints; shows everything when it fails."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": programs, "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def with_key(url: str) -> dict[str, str]:
    """What the quick start takes from the environment."""
    key = make_key()
    return {
        "GAMOPANDA_URL": url,
        "API_KEY": key.api_key,
        "API_SECRET": key.secret,
        "ACCOUNT_ID": settings.GAMOPANDA_ACCOUNT_ID,
    }


def save_description(url: str, folder: Path) -> None:
    """Save the description as the server gives it."""
    (folder / "openapi.json").write_bytes(httpx.get(f"{url}/api/v1.0/openapi.json", timeout=60).content)


def test_a_client_by_openapi_python_client_runs_the_quick_start(live_server, tmp_path):
    save_description(live_server.url, tmp_path)
    generate = ["openapi-python-client", "generate", "--path=openapi.json", "--output-path=client", "--meta=none"]
    said = run([*generate, "--fail-on-warning"], tmp_path)
    assert "arning" not in said
    shutil.copy(STRANGERS / "quick_start.py", tmp_path)
    printed = run([sys.executable, "quick_start.py"], tmp_path, **with_key(live_server.url))
    assert printed == f"{RewardLog.objects.get().coupon_code}\n"


@pytest.mark.strangers
def test_types_by_openapi_typescript_compile_and_run_the_quick_start_with_a_token_of_jsonwebtoken(
    live_server, tmp_path
):
    save_description(live_server.url, tmp_path)
    linked_modules(tmp_path)
    for name in ("quick_start.ts", "tsconfig.json"):
        shutil.copy(STRANGERS / name, tmp_path)
    shutil.copy(NODE_FOLDER / "package.json", tmp_path)
    # What has a default can be left out of a body.
    options = ["--default-non-nullable=false", "--output", "api.d.ts"]
    run(["node_modules/.bin/openapi-typescript", "openapi.json", *options], tmp_path)
    run(["node_modules/.bin/tsc", "--project", "."], tmp_path)
    printed = run([*NODE, "quick_start.js"], tmp_path, **with_key(live_server.url))
    assert json.loads(printed) == [20.5, True, False, "In Progress", 1]


@pytest.mark.strangers
def test_the_types_of_the_display_take_what_is_right_and_refuse_what_is_wrong(tmp_path):
    linked_modules(tmp_path)
    shutil.copy(STRANGERS / "widget_types.ts", tmp_path)
    shutil.copy(finders.find("widget/gamopanda.d.ts"), tmp_path)
    options = ["--noEmit", "--strict", "--lib", "es2022,dom"]
    run(["node_modules/.bin/tsc", *options, "gamopanda.d.ts", "widget_types.ts"], tmp_path)
