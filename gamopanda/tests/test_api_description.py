"""The API's own description: every address, who may call it, and the shape of what comes back."""

import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker
from playwright.sync_api import sync_playwright

from gamopanda.api.naming import camel_case
from streaks.models.texts import DEFAULTS
from streaks.models.weekdays import WEEKDAY_NAMES
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
        address = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", address)
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


def test_the_resources_and_the_display_are_there(description):
    tags = {operation["tags"][0] for path in description["paths"].values() for operation in path.values()}
    assert tags == {
        "streak", "milestone", "streak_log", "streak_progress", "reward_log", "account_user", "api_key",
        "event", "webhook_endpoint", "webhook_delivery", "streak_excuse", "streak_freeze", "end-user-display",
        "streak_rules", "holiday_calendar",
    }  # fmt: skip


def resolved(node: Any, description: dict[str, Any]) -> Any:
    """What a reference leads to."""
    while "$ref" in node:
        found: Any = description
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        node = found
    return node


@pytest.mark.django_db
def test_answers_and_refusals_have_the_described_shape(description):
    make_member("ann")
    record = description["paths"]["/api/v1.0/schema/account_user/record"]

    def check(answer: Answer, operation: dict[str, Any]) -> None:
        response = resolved(operation["responses"][str(answer.status)], description)
        schema = response["content"]["application/json"]["schema"]
        whole = {**schema, "components": description["components"]}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(
            json.loads(json.dumps(answer.body, default=float))
        )

    check(admin().get("account_user/record", fetchTotalCount="true"), record["get"])
    check(admin().get("account_user/record", fields=["id"]), record["get"])
    check(admin().post("account_user/record", {"externalId": "bob"}), record["post"])
    check(admin().post("account_user/record", {"externalId": "bob"}), record["post"])
    check(admin().post("account_user/record", []), record["post"])
    check(guest().get("account_user/record"), record["get"])


def fields_in(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field that a schema describes, however deep, with the way to it."""
    if isinstance(node, list):
        for item in node:
            yield from fields_in(item, path)
    elif isinstance(node, dict):
        for name, field in node.get("properties", {}).items():
            yield f"{path}.{name}", field
        for name, part in node.items():
            yield from fields_in(part, f"{path}.{name}")


def test_every_field_has_a_meaning_and_every_value_an_example(description):
    schemas = description["components"]["schemas"]
    enums = {f"#/components/schemas/{name}" for name in schemas if name.endswith("Enum")}
    fields = list(fields_in(schemas))
    assert len(fields) > 300
    for path, field in fields:
        references = set(re.findall(r"#/components/[A-Za-z/]+", json.dumps(field)))
        is_object = bool(references - enums) or "properties" in field
        is_envelope = path.split(".")[-1] in {"data", "paging", "error"}
        assert field.get("description") or is_envelope, path
        assert field.get("examples") or is_object, path


def test_every_example_is_what_its_field_may_be(description):
    for path, field in fields_in(description["components"]["schemas"]):
        whole = {**field, "components": description["components"]}
        for example in field.get("examples", []):
            Draft202012Validator(whole, format_checker=FormatChecker()).validate(example)
            assert example is not None, path


def test_every_parameter_has_a_meaning_an_example_and_its_bounds(description):
    for operations in description["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                name, schema = parameter["name"], parameter["schema"]
                assert parameter["description"], name
                Draft202012Validator(schema).validate(schema["examples"][0])
                if schema["type"] == "string" and "format" not in schema and parameter["in"] == "query":
                    assert "enum" in schema or schema.get("minLength") or "pattern" in schema, name


def test_every_operation_lists_the_errors_that_it_can_meet(description):
    def statuses(method: str, path: str) -> list[str]:
        return sorted(description["paths"][f"/api/v1.0{path}"][method]["responses"])

    assert statuses("get", "/schema/streak/record") == ["200", "400", "401", "429", "500", "503"]
    assert statuses("get", "/schema/streak_log/record/{id}") == ["200", "400", "401", "403", "404", "429", "500", "503"]
    assert statuses("get", "/end-user-display") == ["200", "304", "400", "401", "403", "429", "500", "503"]
    assert statuses("delete", "/schema/streak/record/{id}") == ["204", "400", "401", "403", "404", "429", "500", "503"]
    assert statuses("post", "/schema/streak/record") == [
        "201", "400", "401", "403", "409", "413", "415", "429", "500", "503",
    ]  # fmt: skip
    assert statuses("post", "/schema/streak_progress/record/query") == [
        "200", "400", "401", "403", "413", "415", "429", "500", "503",
    ]  # fmt: skip
    assert statuses("post", "/schema/streak_log/record/bulk") == [
        "200", "400", "401", "403", "409", "413", "415", "429", "500", "503",
    ]  # fmt: skip
    for slug in ("streak_log", "account_user", "api_key"):
        assert "409" in statuses("post", f"/schema/{slug}/record")
    for operations in description["paths"].values():
        for operation in operations.values():
            for status, reference in operation["responses"].items():
                response = resolved(reference, description)
                assert response["description"]
                assert "X-Request-Id" in response["headers"]
                assert ("Retry-After" in response["headers"]) == (status in {"429", "503"})


def defaults_of(description: Any, name: str) -> dict[str, Any]:
    fields = description["components"]["schemas"][name]["properties"].items()
    return {field: schema["default"] for field, schema in fields if "default" in schema}


def test_bodies_that_create_a_streak_name_the_defaults_of_its_fields_and_changes_of_one_none(description):
    defaults = partial(defaults_of, description)
    texts = {camel_case(name): text for name, text in DEFAULTS.items()}
    assert len(texts) == 12
    schedule = {
        "clock": "streak",
        "dayStartsAt": 0,
        "lateDays": 7,
        "announceAfterHours": 6,
        "displayOrder": 0,
        "activeWeekdays": list(WEEKDAY_NAMES),
        "holidayCalendarIds": [],
    }
    protection = {
        "freezeMaxCount": 0,
        "freezeInitialCount": 0,
        "freezeMinimumValue": 3,
        "memberBreaksAllowed": False,
        "memberBreakMaxDays": 30,
        "memberBreakMaxDaysPerYear": 60,
        "restoreMaxPeriods": 3,
    }
    expected = {"aggregationMethod": "sum", "aggregationPeriod": "daily", **schedule, **protection, **texts}
    assert defaults("StreakRequest") == expected
    assert defaults("StreakFormRequest") == {
        **expected,
        "activeWeekdays": ",".join(WEEKDAY_NAMES),
        "holidayCalendarIds": "",
    }
    assert defaults("MilestoneRequest") == {
        "status": "draft",
        "couponSource": "generated",
        "oncePerMember": False,
        "freezeReward": 0,
    }
    assert defaults("MemberRequest") == {"status": "live", "remindersEnabled": True, "languageCode": ""}
    assert defaults("NewApiKeyRequest") == {"status": "live", "sandbox": False}
    assert defaults("PatchedStreakRequest") == defaults("PatchedMilestoneRequest") == defaults("Streak") == {}


def test_a_body_has_exactly_one_of_the_fields_that_mean_the_same(description):
    for name, fields in (
        ("NewLogRequest", ("ownedById", "ownedBy")),
        ("NewFreezeRequest", ("ownedById", "ownedBy")),
        ("MergeRequest", ("intoId", "intoExternalId")),
    ):
        choice = description["components"]["schemas"][name]["oneOf"]
        parts = [resolved(part, description) for part in choice]
        assert [{*fields} & {*part["properties"]} for part in parts] == [{field} for field in fields]
        assert all(field in part["required"] for field, part in zip(fields, parts, strict=True))
    examples = description["paths"]["/api/v1.0/schema/streak_log/record"]["post"]["requestBody"]["content"]
    whole = {**examples["application/json"]["schema"], "components": description["components"]}
    log = examples["application/json"]["example"]
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(log)
    for wrong in ({**log, "ownedById": "customer-17"}, {key: log[key] for key in log if key != "ownedBy"}):
        assert not Draft202012Validator(whole).is_valid(wrong)


def test_what_guests_can_read_says_so(description):
    for name in ("StreakRequest", "MilestoneRequest"):
        fields = description["components"]["schemas"][name]["properties"]
        for field in ("name", "description"):
            assert fields[field]["description"].endswith("live, anybody can read this over the API.")


def test_no_rule_is_cited_in_the_description_or_in_a_help_text(description):
    texts = [json.dumps(description, ensure_ascii=False)]
    texts += [str(getattr(field, "help_text", "")) for model in apps.get_models() for field in model._meta.get_fields()]
    assert re.findall(r"\bS[0-9]{1,2}\b", "\n".join(texts)) == []


def test_an_icon_is_a_data_url_in_json_and_a_file_in_a_form(description):
    content = description["paths"]["/api/v1.0/schema/streak/record"]["post"]["requestBody"]["content"]
    json_body, form = (
        resolved(content[kind]["schema"], description)["properties"]["eudIcon"]
        for kind in ("application/json", "multipart/form-data")
    )
    assert json_body["anyOf"][0] == {"type": "string", "format": "uri"}
    assert (form["type"], form["format"]) == ("string", "binary")


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/api/docs", "/api/redoc"])
def test_the_description_and_the_pages_for_people_are_open_to_everybody_and_need_nothing_from_elsewhere(page):
    description = Client().get(ADDRESS)
    assert description.status_code == 200
    assert description.json()["openapi"].startswith("3.1")
    answer = Client().get(page)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', answer.content.decode())
    assert links
    assert all(link.startswith("/static/") for link in links)
    assert ADDRESS in answer.content.decode()


@pytest.mark.django_db
def test_the_document_is_made_once_and_not_sent_again_to_those_who_have_it(description, monkeypatch):
    first = guest().get(ADDRESS)
    assert json.loads(json.dumps(first.body, default=float)) == description
    monkeypatch.setattr(SchemaGenerator, "get_schema", None)
    for caller, query in ((admin(), {}), (guest(), {"lang": "de"}), (guest(), {"version": "2.0"})):
        again = caller.get(ADDRESS, **query)
        assert (again.status, again.body) == (200, first.body)
        assert again.headers["ETag"] == first.headers["ETag"]
    for tag, status in ((first.headers["ETag"], 304), ('"another"', 200)):
        answer = guest().send("GET", ADDRESS, headers={"If-None-Match": tag})
        assert (answer.status, answer.body is None) == (status, status == 304)
        assert answer.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert guest().post(ADDRESS, {}).error() == (405, "method_not_allowed")


@pytest.mark.sqlite
@pytest.mark.parametrize("page", ["/api/docs", "/api/redoc"])
def test_a_browser_shows_the_pages_and_asks_no_other_site(live_server, settings, monkeypatch, page):
    # Not localhost: there, Swagger keeps from asking its validator anyway.
    settings.ALLOWED_HOSTS = ["docs.example"]
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--host-resolver-rules=MAP docs.example 127.0.0.1"],
        )
        tab = browser.new_page()
        tab.on("requestfinished", lambda request: asked.append(request.url))
        # What the page's own policy holds back never leaves the browser.
        tab.on("requestfailed", lambda request: asked.append(request.url) if request.failure != "csp" else None)
        site = f"http://docs.example:{urlsplit(live_server.url).port}"
        tab.goto(f"{site}{page}")
        tab.get_by_text("Create many: streak log").first.wait_for(state="attached", timeout=60_000)
        browser.close()
    assert f"{site}{ADDRESS}" in asked
    assert [url for url in asked if not url.startswith((f"{site}/", "data:", "blob:"))] == []
