"""Those who connect servers see the latest calls of each key: what was asked, how it was answered, and no names."""

from collections import deque
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from gamopanda.accounts import recent_calls
from gamopanda.accounts.models import ApiKey, RecentCall
from gamopanda.accounts.recent_calls import store_calls
from gamopanda.admin.links import list_of, page_of
from gamopanda.api.monitoring import calls
from gamopanda.api.monitoring.calls import take_noted
from gamopanda.tests.people import signed_in
from streaks.tests.calling import Caller, admin, end_user, guest, log_body, make_streak

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_was_noted() -> None:
    take_noted()


def stored() -> list[tuple[str, str, int, str]]:
    store_calls()
    return list(RecentCall.objects.order_by("pk").values_list("method", "path", "status", "problems"))


def test_calls_of_a_key_are_kept_with_what_was_wrong_and_without_what_was_sent() -> None:
    streak, server = make_streak(), admin()
    body = log_body(streak, ownedBy={"externalId": "zoe", "firstName": "Zoë"})
    server.post("streak_log/record", body)
    server.post("streak_log/record", body)
    server.post("streak_log/record", body | {"activityAt": "yesterday of Zoë", "colour": "Zoë"})
    server.put("account_user/record/by-external-id/zoe", {"email": "zoe"})
    server.get(f"streak/record/{streak.pk}?languageCode=de")
    server.get("account_users/record/by-external-id/zoe")
    Caller({**server.headers, "x-api-secret": "wrong"}).get("streak/record")
    root = "/api/v1.0/schema"
    found = stored()
    assert [(method, path, status) for method, path, status, _problems in found] == [
        ("POST", f"{root}/streak_log/record", 201),
        ("POST", f"{root}/streak_log/record", 409),
        ("POST", f"{root}/streak_log/record", 400),
        ("PUT", f"{root}/account_user/record/by-external-id/{{externalId}}", 400),
        ("GET", f"{root}/streak/record/{streak.pk}", 200),
        ("GET", f"{root}/account_users/…", 404),
        ("GET", f"{root}/streak/record", 401),
    ]
    assert [problems for *_call, problems in found] == [
        "",
        "duplicate_record, uniqueIdentifier: duplicate_record",
        "validation_error, activityAt: invalid, colour: unknown_field",
        "validation_error, email: invalid",
        "",
        "not_found",
        "unauthorized",
    ]
    rows = str(list(RecentCall.objects.values()))
    assert "zoe" not in rows.lower()
    assert "Zoë" not in rows
    assert server.headers["x-api-secret"] not in rows


def test_calls_without_a_key_of_ours_are_not_kept() -> None:
    make_streak()
    for caller in (guest(), end_user("ann"), Caller({"x-api-key": "gk_unknown", "x-api-secret": "x"})):
        caller.get("streak/record")
    assert stored() == []


def test_only_the_latest_of_each_key_are_kept(monkeypatch: Any) -> None:
    monkeypatch.setattr(recent_calls, "KEPT", 3)
    one, other = admin(), admin()
    other.get("streak/record")
    for name in ("streak", "milestone", "streak_log"):
        one.get(f"{name}/record")
    store_calls()
    for name in ("streak_progress", "reward_log"):
        one.get(f"{name}/record")
    assert [path.split("/")[4] for _method, path, _status, _problems in stored()] == [
        "streak",
        "streak_log",
        "streak_progress",
        "reward_log",
    ]


@pytest.mark.sqlite
def test_what_waits_is_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(calls, "_waiting", deque(maxlen=2))
    server = admin()
    for name in ("streak", "milestone", "streak_log"):
        server.get(f"{name}/record")
    assert [call.path.split("/")[4] for call in take_noted()] == ["milestone", "streak_log"]
    assert take_noted() == []


def test_no_call_fails_where_they_cannot_be_stored(monkeypatch: Any) -> None:
    server = admin()
    server.get("streak/record")

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise DatabaseError("down")

    with monkeypatch.context() as patched:
        patched.setattr(RecentCall.objects, "bulk_create", fail)
        with pytest.raises(DatabaseError):
            store_calls()
    assert server.get("streak/record").status == 200
    assert len(stored()) == 1


@pytest.mark.sqlite
def test_integrators_see_them_from_the_first_page_the_menu_and_the_key() -> None:
    server = admin()
    server.post("streak_log/record", log_body(make_streak(), colour="red"))
    store_calls()
    client: Client = signed_in("Integrator")
    key = ApiKey.objects.get(api_key=server.headers["x-api-key"])
    address = list_of(RecentCall, api_key__id__exact=key.pk)
    assert address in client.get(page_of(key)).content.decode()
    page = client.get(address).content.decode()
    assert "POST /api/v1.0/schema/streak_log/record" in page
    assert "colour: unknown_field" in page
    assert 'href="/admin/accounts/recentcall/"' in client.get("/admin/").content.decode()
    for answer, number in (("done", 0), ("refused", 1), ("failed", 0)):
        listed = client.get("/admin/accounts/recentcall/", {"answer": answer}).context["cl"].result_list
        assert len(listed) == number
    for group in ("Marketer", "Support"):
        assert signed_in(group).get(address).status_code == 403
