"""What browsers on other sites may call, and what load balancers ask."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from streaks.tests.calling import admin, end_user, guest, make_streak

SHOP = "https://shop.example"
OPEN_TO_BROWSERS = [
    "streak",
    "milestone",
    "streak_log",
    "streak_progress",
    "streak_excuse",
    "streak_freeze",
    "reward_log",
    "account_user",
]


def preflight(path: str, headers: str = "", method: str = "GET") -> Any:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": method}
    return Client().options(path, headers={**asked, "Access-Control-Request-Headers": headers} if headers else asked)


def names(response: Any, header: str) -> set[str]:
    return {name.strip().lower() for name in response.headers.get(header, "").split(",") if name.strip()}


@pytest.mark.parametrize("prefix", ["/api/v1.0/schema", "/schema"])
@pytest.mark.parametrize("slug", OPEN_TO_BROWSERS)
@pytest.mark.parametrize("record", ["", "/01a2031a-8e1d-7473-80eb-a2d592ccef59"])
def test_a_browser_on_any_site_may_read_what_guests_and_end_users_read(prefix, slug, record):
    answer = preflight(f"{prefix}/{slug}/record{record}", "x-enduser-access-token, x-account-id, x-request-id")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    # A member may take a break, and end it early.
    writing = {"patch", "post"} if slug == "streak_excuse" else set()
    assert names(answer, "Access-Control-Allow-Methods") == {"get", "options"} | writing
    assert {"x-enduser-access-token", "x-account-id"} <= names(answer, "Access-Control-Allow-Headers")


def test_a_browser_on_any_site_may_read_everything_in_one_call():
    answer = preflight("/api/v1.0/end-user-display", "x-enduser-access-token, x-account-id, if-none-match")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert names(answer, "Access-Control-Allow-Methods") == {"get", "options"}
    assert "if-none-match" in names(answer, "Access-Control-Allow-Headers")


def test_a_servers_key_never_travels_from_a_browser_and_neither_do_cookies():
    answer = preflight("/api/v1.0/schema/streak/record", "x-api-key, x-api-secret")
    assert not names(answer, "Access-Control-Allow-Headers") & {"x-api-key", "x-api-secret", "authorization", "cookie"}
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/api/v1.0/schema/api_key/record", "/schema/api_key/record", "/admin/", "/healthz"])
def test_nothing_else_is_open_to_browsers_of_other_sites(path):
    assert "Access-Control-Allow-Origin" not in preflight(path).headers


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_browsers_of_other_sites_may_not_write(method):
    answer = preflight("/api/v1.0/schema/streak_log/record", method=method)
    assert method.lower() not in names(answer, "Access-Control-Allow-Methods")


@pytest.mark.django_db
def test_answers_and_refusals_can_be_read_by_the_page_that_asked():
    make_streak()
    for caller, path, status in (
        (guest(), "streak/record", 200),
        (end_user(), "streak_progress/record", 200),
        (guest(), "streak_progress/record", 401),
        (guest(), "streak/record/nothing", 404),
    ):
        answer = caller.get(path, headers={"Origin": SHOP})
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert {"etag", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id"} <= names(
            answer, "Access-Control-Expose-Headers"
        )


def test_options_without_a_preflight_is_no_operation():
    assert Client().options("/api/v1.0/schema/streak/record").status_code == 401


@pytest.mark.django_db
def test_options_is_405_for_an_administrator():
    assert admin().send("OPTIONS", "streak/record").error() == (405, "method_not_allowed")


def test_healthz_says_that_the_process_is_up_without_asking_anybody():
    # No database is allowed in this test.
    for method in (Client().get, Client().head):
        assert method("/healthz").status_code == 200
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().post("/healthz").status_code == 405


@pytest.mark.django_db
def test_readyz_says_that_the_database_answers_and_is_up_to_date():
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert len(queries) > 0


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_call_a_host_by_its_address_without_tls(settings, path):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["streaks.example.com"], True
    for name in ("10.2.3.4:8000", "[fd00::4]", "streaks.example.com"):
        assert Client().get(path, headers={"Host": name}).status_code == 200
    assert Client().get("/api/docs", headers={"Host": "10.2.3.4:8000"}).status_code == 400


@pytest.mark.django_db
def test_readyz_is_503_while_migrations_wait():
    ((app, newest),) = MigrationExecutor(connection).loader.graph.leaf_nodes("rewards")
    MigrationRecorder(connection).record_unapplied(app, newest)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "reason": "Migrations are waiting: run manage.py migrate."}


@pytest.mark.django_db
def test_readyz_is_503_without_internals_while_the_database_is_away(monkeypatch):
    from django.db import OperationalError

    def refuse() -> None:
        raise OperationalError("password authentication failed for user postgres")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    monkeypatch.setattr(connection, "cursor", refuse)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "reason": "The database cannot be reached."}
