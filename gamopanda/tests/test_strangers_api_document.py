"""docs/api.md, typed in as it stands, against a server that knows nothing but an API key; and its tables."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from gamopanda.api.lists.conditions import MAX_CONDITIONS, MAX_DEPTH
from gamopanda.api.lists.filter_types import OPERATORS
from gamopanda.api.openapi import errors as openapi_errors
from gamopanda.conf.environment import BASE_DIR
from gamopanda.tests.documents import code_of, table_of, text_of
from gamopanda.tests.strangers.node import NODE, NODE_FOLDER, linked_modules
from rewards.models import RewardLog
from streaks.models import StreakLog
from streaks.tests.calling import make_key

DOCUMENT = "docs/api.md"

runs_examples = pytest.mark.django_db(transaction=True)


def run(command: list[str], script: Path, code: str, url: str) -> list[str]:
    """Run a script as a person would who has just been given a key, and return the lines that it prints."""
    key = make_key()
    script.write_text(code)
    done = subprocess.run(
        [*command, str(script)],
        env={
            "PATH": os.environ["PATH"],
            "GAMOPANDA_URL": url,
            "API_KEY": key.api_key,
            "API_SECRET": key.secret,
            "ACCOUNT_ID": settings.GAMOPANDA_ACCOUNT_ID,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def code(language: str) -> str:
    """Every example in a language, in order: each goes on where the one before it ended."""
    return "\n".join(code_of(DOCUMENT, language))


def the_code() -> str:
    """The coupon code that was issued."""
    return str(RewardLog.objects.get(milestone__milestone_target_value=1).coupon_code)


@runs_examples
def test_the_examples_in_curl_run(live_server, tmp_path):
    lines = run(["bash", "-euo", "pipefail"], tmp_path / "example.sh", code("bash"), live_server.url)
    assert lines[0] == f"The first reward: {the_code()}"
    assert re.fullmatch(rf"The icon: {live_server.url}/media/icons/[0-9a-f]{{64}}\.svg", lines[1])
    assert len(lines) == 2


@runs_examples
def test_the_examples_in_python_run(live_server, tmp_path):
    lines = run([sys.executable], tmp_path / "example.py", code("python"), live_server.url)
    assert lines == [
        "Shop for $20.50 or more for 1 day to complete the next milestone!",
        f"The first reward: {RewardLog.objects.order_by('created_at').first().coupon_code}",
        "In Python: In Progress",
        "Rewards that would be issued: 1",
        "Sent twice, recorded once: 409",
        "Why one was rejected: missing_offset",
        "A week in a second: completed 7",
        "Every log: order-1, order-2, order-0, order-3, order-4, order-0-refund",
        "New since then: order-6",
        "In French: Terminé",
    ]
    assert StreakLog.objects.count() == 7


@pytest.mark.strangers
@runs_examples
def test_the_examples_in_javascript_run(live_server, tmp_path):
    linked_modules(tmp_path)
    lines = run(NODE, tmp_path / "example.mjs", code("javascript"), live_server.url)
    assert lines == [f"The first reward: {the_code()}", "In Node: In Progress"]


@pytest.mark.strangers
@runs_examples
def test_the_example_in_php_runs(live_server, tmp_path):
    run([sys.executable], tmp_path / "example.py", code("python"), live_server.url)
    assert run(["php"], tmp_path / "example.php", code("php"), live_server.url) == ["In PHP: In Progress"]


def test_every_language_of_the_examples_is_run_by_a_test_above():
    languages = set(re.findall(r"^```(\w+)$", text_of(DOCUMENT), re.MULTILINE))
    assert languages == {"bash", "python", "javascript", "php"}
    assert NODE_FOLDER.is_dir()


def codes(*heading: str) -> set[str]:
    """The codes in the first column of a table."""
    return {name for row in table_of(DOCUMENT, *heading) for name in re.findall(r"[a-z_]+", row[heading[0]])}


def test_every_error_code_is_in_the_table_with_its_status():
    rows = table_of(DOCUMENT, "`code`", "Status", "When, and what to do")
    told = {(row["`code`"], row["Status"]) for row in rows}
    described = {(code, status) for status, (_name, _meaning, code, _message) in openapi_errors.RESPONSES.items()}
    assert described < told
    assert {name for name, _status in told} == set(
        re.findall(r"[a-z]+_[a-z_]+|unauthorized|forbidden|throttled|unavailable", openapi_errors.CODES)
    )


def sources() -> str:
    """Everything that the API is made of."""
    folders = ["gamopanda/api", "gamopanda/accounts/api", "streaks", "rewards"]
    paths = [path for folder in folders for path in sorted((BASE_DIR / folder).rglob("*.py"))]
    return "\n".join(path.read_text() for path in paths if not {"tests", "admin"} & {*path.parts})


def test_every_code_that_the_product_gives_a_detail_is_in_the_table():
    raised = set(re.findall(r"""\bcode="([a-z_]+)\"""", sources())) - {"server_error", "contrast"}
    assert len(raised) > 10
    assert raised - codes("`code`", "Meaning") == set()


def test_what_the_page_says_of_lists_and_limits_is_so():
    text = text_of(DOCUMENT)
    assert f"Operators: `{' '.join(OPERATORS)}`." in text
    assert f"at most {MAX_DEPTH} deep and {MAX_CONDITIONS} conditions" in text
    rows: dict[str, Any] = {
        row["Setting"]: row["Limit"] for row in table_of(DOCUMENT, "What", "Limit", "Setting") if row["Setting"]
    }
    for kind, limit in settings.GAMOPANDA_CALLS_PER_MINUTE.items():
        assert rows[f"GAMOPANDA_CALLS_PER_MINUTE_{kind.upper()}"] == (f"{limit:,} a minute" if limit else "none")
    assert rows["GAMOPANDA_MAX_BODY_BYTES"] == f"{settings.GAMOPANDA_MAX_BODY_BYTES // 2**20} MiB"
