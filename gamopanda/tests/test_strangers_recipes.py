"""docs/recipes.md, typed in as it stands: against servers that are killed, and shops that call twice."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connections

from gamopanda.events.tests.receiving import LOCAL, deliver
from gamopanda.server.tests.servers import free_port
from gamopanda.tests.documents import code_of
from gamopanda.tests.strangers.node import NODE, NODE_FOLDER, linked_modules
from gamopanda.tests.test_strangers_clients import STRANGERS, run, save_description, with_key
from rewards.models import RewardLog
from streaks.models import StreakLog
from streaks.tests.calling import make_key, make_streak
from streaks.tests.test_killed_server import running_server

DOCUMENT = "docs/recipes.md"
FIRST_WEBHOOK, SURVIVES, SHOPS = range(3)

pytestmark = [pytest.mark.strangers, pytest.mark.django_db(transaction=True)]


# --- the first webhook ------------------------------------------------------------------------------------------------


@pytest.fixture
def worker(settings: Any) -> Iterator[None]:
    """Deliver events in the background, as the worker does."""
    settings.GAMOPANDA_WEBHOOK_NETWORKS = LOCAL
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.2):
            deliver()
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    done.set()
    thread.join()


@pytest.mark.usefixtures("worker")
def test_the_first_webhook_comes_in_python(live_server, tmp_path):
    (tmp_path / "first.py").write_text(code_of(DOCUMENT, "python")[FIRST_WEBHOOK])
    printed = run([sys.executable, "first.py"], tmp_path, **with_key(live_server.url))
    assert printed == f"A reward for customer-17 with the code {RewardLog.objects.get().coupon_code}\n"


@pytest.mark.usefixtures("worker")
def test_the_first_webhook_comes_in_node(live_server, tmp_path):
    (tmp_path / "first.mjs").write_text(code_of(DOCUMENT, "javascript")[FIRST_WEBHOOK])
    printed = run([*NODE, "first.mjs"], tmp_path, **with_key(live_server.url))
    assert printed == f"A reward for customer-17 with the code {RewardLog.objects.get().coupon_code}\n"


# --- a client that survives -------------------------------------------------------------------------------------------


def run_while_the_server_is_killed_twice(command: list[str], folder: Path, port: int) -> list[str]:
    """Run a program that sends a thousand logs, and kill the server twice meanwhile; return what it prints."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {"PATH": programs, "HOME": str(folder), **with_key(f"http://127.0.0.1:{port}")}
    client = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    lines: list[str] = []

    def read_until(beginning: str) -> None:
        for line in client.stdout or ():
            lines.append(line.strip())
            if line.startswith(beginning):
                return

    try:
        for sent in ("Sent 200", "Sent 600"):
            with running_server(port) as server:
                read_until(sent)
                os.killpg(server.pid, signal.SIGKILL)
        with running_server(port):
            read_until("nothing: to the end")
            assert client.wait(60) == 0
    finally:
        client.kill()
    return lines


def test_a_client_in_python_makes_exactly_a_thousand_logs(tmp_path, live_server):
    save_description(live_server.url, tmp_path)
    generate = ["openapi-python-client", "generate", "--path=openapi.json", "--output-path=client", "--meta=none"]
    run([*generate, "--fail-on-warning"], tmp_path)
    (tmp_path / "survive.py").write_text(code_of(DOCUMENT, "python")[SURVIVES])
    lines = run_while_the_server_is_killed_twice([sys.executable, "survive.py"], tmp_path, free_port())
    assert lines[-1] == "Created 1000 stored 1000 different 1000"
    assert StreakLog.objects.count() == 1000


def test_a_client_in_typescript_makes_exactly_a_thousand_logs(tmp_path, live_server):
    save_description(live_server.url, tmp_path)
    linked_modules(tmp_path)
    shutil.copy(NODE_FOLDER / "package.json", tmp_path)
    config = json.loads((STRANGERS / "tsconfig.json").read_text())
    (tmp_path / "tsconfig.json").write_text(json.dumps({**config, "files": ["survive.ts"]}))
    (tmp_path / "survive.ts").write_text(code_of(DOCUMENT, "typescript")[0])
    options = ["--default-non-nullable=false", "--output", "api.d.ts"]
    run(["node_modules/.bin/openapi-typescript", "openapi.json", *options], tmp_path)
    run(["node_modules/.bin/tsc", "--project", "."], tmp_path)
    lines = run_while_the_server_is_killed_twice([*NODE, "survive.js"], tmp_path, free_port())
    assert lines[-1] == "Created 1000 stored 1000 different 1000"
    assert StreakLog.objects.count() == 1000


# --- shops ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shops(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The recipe, as a program that has been given a key, and the secrets of both shops."""
    key, streak = make_key(), make_streak()
    for name, value in {
        "GAMOPANDA_URL": live_server.url,
        "API_KEY": key.api_key,
        "API_SECRET": key.secret,
        "STREAK_ID": str(streak.pk),
        "SHOPIFY_SECRET": "shpss_secret",
        "WOOCOMMERCE_SECRET": "woo secret",
    }.items():
        monkeypatch.setenv(name, value)
    found: dict[str, Any] = {}
    exec(code_of(DOCUMENT, "python")[SHOPS], found)
    return found


def signed(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def booked() -> list[tuple[str, str, str, str]]:
    """Every log: whose, which, in which period, and its value."""
    logs = StreakLog.objects.order_by("pk").select_related("member")
    return [
        (log.member.external_id, log.unique_identifier, str(log.period_key), f"{log.activity_value:.2f}")
        for log in logs
    ]


SHOPIFY_ORDER = {
    "id": 820982911946154508,
    "customer": {"id": 115310627314723954, "email": "john@example.com"},
    "processed_at": "2026-03-01T18:30:00-05:00",
    "current_total_price": "199.65",
    "currency": "USD",
}
SHOPIFY_REFUND = {
    "id": 929361463,
    "order_id": 820982911946154508,
    "created_at": "2026-03-05T10:00:00-05:00",
    "transactions": [
        {"id": 1068278509, "kind": "refund", "status": "success", "amount": "41.94"},
        {"id": 1068278510, "kind": "refund", "status": "failure", "amount": "9.00"},
    ],
}


def from_shopify(shops: Mapping[str, Any], topic: str, said: Any, *, secret: str = "shpss_secret") -> int:
    body = json.dumps(said).encode()
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signed(secret, body)}
    return int(shops["take_shopify"](httpx.Headers(headers), body))


def test_orders_and_refunds_of_shopify_count_once_however_often_they_are_told(shops):
    for _twice in range(2):
        assert from_shopify(shops, "orders/paid", SHOPIFY_ORDER) == 200
        assert from_shopify(shops, "refunds/create", SHOPIFY_REFUND) == 200
    person = "shopify-115310627314723954"
    expected = [
        # 18:30 in New York is half past eleven in the evening on the clock of the streak.
        (person, "shopify-order-820982911946154508", "2026-03-01", "199.65"),
        (person, "shopify-refund-1068278509", "2026-03-01", "-41.94"),
    ]
    assert booked() == expected
    assert from_shopify(shops, "refunds/create", {**SHOPIFY_REFUND, "order_id": 1}) == 200
    assert from_shopify(shops, "orders/paid", {**SHOPIFY_ORDER, "id": 2, "customer": None}) == 200
    assert from_shopify(shops, "orders/paid", {**SHOPIFY_ORDER, "id": 3}, secret="another") == 401
    assert booked() == expected


WOOCOMMERCE_ORDER = {
    "id": 727,
    "customer_id": 26,
    "status": "processing",
    "date_paid_gmt": "2026-03-01T16:28:08",
    "total": "29.35",
    "refunds": [],
}


def from_woocommerce(shops: Mapping[str, Any], said: Any, *, secret: str = "woo secret") -> int:
    body = json.dumps(said).encode()
    headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": signed(secret, body)}
    return int(shops["take_woocommerce"](httpx.Headers(headers), body))


def test_orders_and_refunds_of_woocommerce_count_once_however_often_they_are_told(shops):
    refunded = {**WOOCOMMERCE_ORDER, "refunds": [{"id": 726, "reason": "", "total": "-10.00"}]}
    for said in (WOOCOMMERCE_ORDER, WOOCOMMERCE_ORDER, refunded, refunded):
        assert from_woocommerce(shops, said) == 200
    expected = [
        ("woocommerce-26", "woocommerce-order-727", "2026-03-01", "29.35"),
        ("woocommerce-26", "woocommerce-refund-726", "2026-03-01", "-10.00"),
    ]
    assert booked() == expected
    for missing in ({"id": 1, "date_paid_gmt": None}, {"id": 2, "customer_id": 0}):
        assert from_woocommerce(shops, {**WOOCOMMERCE_ORDER, **missing}) == 200
    assert from_woocommerce(shops, {**WOOCOMMERCE_ORDER, "id": 3}, secret="another") == 401
    assert booked() == expected
