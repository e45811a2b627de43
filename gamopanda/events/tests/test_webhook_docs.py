"""docs/webhooks.md: its verifiers verify real deliveries, its examples are real, its tables complete."""

import base64
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from gamopanda.events.endpoints import rotate_secret, send_test
from gamopanda.events.models import Event
from gamopanda.events.tests.examples import examples, happen
from gamopanda.events.tests.receiving import LOCAL, Received, deliver, make_endpoint, receiving
from gamopanda.events.types import EventType
from gamopanda.tests.documents import code_of, table_of
from gamopanda.tests.strangers.node import linked_modules

DOCUMENT = "docs/webhooks.md"

pytestmark = pytest.mark.django_db


def as_given(call: Received) -> dict[str, Any]:
    return {"headers": {name.lower(): value for name, value in call.headers.items()}, "body": call.body}


@pytest.fixture
def calls(settings: Any) -> list[dict[str, Any]]:
    """Deliveries before and during a rotation, each with its secrets: good ones, and a wrong one."""
    settings.GAMOPANDA_WEBHOOK_NETWORKS = LOCAL
    with receiving() as receiver:
        endpoint = make_endpoint(receiver.url)
        former = endpoint.secret
        send_test(endpoint, now=timezone.now())
        deliver()
        endpoint = rotate_secret(endpoint, now=timezone.now())
        send_test(endpoint, now=timezone.now())
        deliver()
        first, second = (as_given(call) for call in receiver.calls)
    late = {**first, "headers": {**first["headers"], "webhook-timestamp": "1700000000"}}
    changed = {**first, "body": first["body"] + b" "}
    return [
        {**first, "secret": former, "is_good": True},
        {**second, "secret": former, "is_good": True},
        {**second, "secret": endpoint.secret, "is_good": True},
        {**first, "secret": endpoint.secret, "is_good": False},
        {**late, "secret": former, "is_good": False},
        {**changed, "secret": former, "is_good": False},
    ]


def verdicts(calls: list[dict[str, Any]]) -> list[bool]:
    return [call["is_good"] for call in calls]


def verified_by(command: list[str], calls: list[dict[str, Any]], folder: Path) -> Any:
    """Let a program verify calls that it reads from its input, and return what it says of each."""
    given = [{**call, "body": base64.b64encode(call["body"]).decode()} for call in calls]
    done = subprocess.run(
        command, cwd=folder, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_verifier_in_python_verifies(calls: list[dict[str, Any]]) -> None:
    found: dict[str, Any] = {}
    exec(code_of(DOCUMENT, "python")[0], found)
    assert [found["verify"](call["secret"], call["headers"], call["body"]) for call in calls] == verdicts(calls)


READ_NODE = """
import { readFileSync } from "node:fs";
const calls = JSON.parse(readFileSync(0, "utf8"));
const results = calls.map((call) => check(call.secret, call.headers, Buffer.from(call.body, "base64")));
console.log(JSON.stringify(results));
"""


@pytest.mark.strangers
def test_the_verifier_in_node_verifies(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "verify.mjs").write_text(code_of(DOCUMENT, "javascript")[0])
    (tmp_path / "main.mjs").write_text(f'import {{ verify as check }} from "./verify.mjs";{READ_NODE}')
    assert verified_by(["node", "main.mjs"], calls, tmp_path) == verdicts(calls)


@pytest.mark.strangers
def test_the_package_of_npm_verifies(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    linked_modules(tmp_path)
    check = """
import { Webhook } from "standardwebhooks";
const check = (secret, headers, body) => {
  try { new Webhook(secret).verify(body.toString(), headers); return true; } catch { return false; }
};
"""
    (tmp_path / "main.mjs").write_text(check + READ_NODE)
    assert verified_by(["node", "main.mjs"], calls, tmp_path) == verdicts(calls)


@pytest.mark.strangers
def test_the_verifier_in_php_verifies(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    read = """
$results = [];
foreach (json_decode(stream_get_contents(STDIN), true) as $call) {
    $results[] = verify($call['secret'], $call['headers'], base64_decode($call['body']));
}
echo json_encode($results);
"""
    (tmp_path / "main.php").write_text(f"<?php\n{code_of(DOCUMENT, 'php')[0]}{read}")
    assert verified_by(["php", "main.php"], calls, tmp_path) == verdicts(calls)


def test_every_type_is_described_and_has_an_example_that_happened() -> None:
    rows = {row["Type"] for row in table_of(DOCUMENT, "Type", "When")}
    assert rows == set(EventType.values)
    happen()
    shown = {json.loads(code)["type"]: code for code in code_of(DOCUMENT, "json")}
    real = examples()
    if os.environ.get("WRITE_EXAMPLES"):
        _write(real)
    assert shown == real
    assert list(shown) == [row["Type"] for row in table_of(DOCUMENT, "Type", "When")]
    assert max(len(event.body) for event in Event.objects.all()) < 20_000


def _write(real: dict[str, str]) -> None:
    """Write the examples into the document: WRITE_EXAMPLES=1 asks for it."""
    path = Path(DOCUMENT)
    order = [row["Type"] for row in table_of(DOCUMENT, "Type", "When")]
    blocks = "\n".join(f"```json\n{real[name]}```\n" for name in order)
    text = re.sub(r"(?<=<!-- examples -->\n).*?(?=\n## The worker)", f"\n{blocks}", path.read_text(), flags=re.DOTALL)
    path.write_text(text)
