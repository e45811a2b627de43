"""The API's own description: every address, who may call it, and the shape of what comes back."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
from jsonschema import Draft202012Validator, FormatChecker

from streaks.tests.calling import Answer, admin, guest, make_member

ADDRESS = "/api/v1.0/openapi.json"
WAYS_IN: dict[str, dict[str, list[str]]] = {
    "admin": {"apiKey": [], "apiSecret": []},
    "end_user": {"accessToken": [], "accountId": []},
    "guest": {},
}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """The description as a command writes it."""
    written = StringIO()
    call_command("spectacular", "--format", "openapi-json", "--validate", "--fail-on-warn", stdout=written)
    return dict(json.loads(written.getvalue()))


def viewsets() -> dict[str, Any]:
    """The views of the versioned tree by the addresses that the description gives them."""
    found = {}
    tree: Any = next(outer for outer in get_resolver().url_patterns if str(outer.pattern) == "api/v1.0/")
    for route in tree.url_patterns:
        address = re.sub(r"\(\?P<pk>[^)]*\)", "{id}", str(route.pattern)).strip("^$").replace("\\Z", "")
        found[f"/api/v1.0/{address}"] = route.callback
    return found


def test_every_operation_is_described_once_with_those_who_may_call_it(description):
    described, offered = {}, {}
    for address, operations in description["paths"].items():
        for method, operation in operations.items():
            described[address, method] = operation["security"]
    for address, callback in viewsets().items():
        for method, action in callback.actions.items():
            kinds = [kind for kind in callback.cls.allowed if action in callback.cls.allowed[kind]]
            if method != "head":
                offered[address, method] = [WAYS_IN[kind] for kind in kinds]
    assert described == offered
    names = [operation["operationId"] for path in description["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_the_seven_resources_and_the_display_are_there(description):
    tags = {operation["tags"][0] for path in description["paths"].values() for operation in path.values()}
    assert tags == {
        "streak", "milestone", "streak_log", "streak_progress", "reward_log", "account_user", "api_key",
        "end-user-display",
    }  # fmt: skip


@pytest.mark.django_db
def test_answers_and_refusals_have_the_described_shape(description):
    make_member("ann")
    record = description["paths"]["/api/v1.0/schema/account_user/record"]

    def check(answer: Answer, operation: dict[str, Any], status: str) -> None:
        schema = operation["responses"][status]["content"]["application/json"]["schema"]
        whole = {**schema, "components": description["components"]}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(
            json.loads(json.dumps(answer.body, default=float))
        )

    check(admin().get("account_user/record", fetchTotalCount="true"), record["get"], "200")
    check(admin().post("account_user/record", {"externalId": "bob"}), record["post"], "201")
    check(admin().post("account_user/record", {"externalId": "bob"}), record["post"], "default")
    check(admin().post("account_user/record", []), record["post"], "default")
    check(guest().get("account_user/record"), record["get"], "default")


@pytest.mark.django_db
def test_the_description_and_the_pages_for_people_are_open_to_everybody_and_need_nothing_from_elsewhere():
    answer = Client().get(ADDRESS)
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    page = Client().get("/api/docs")
    assert (page.status_code, page.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert links
    assert all(link.startswith("/static/") for link in links)
    assert ADDRESS in page.content.decode()
