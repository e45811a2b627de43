"""The log: one JSON object a line with the request's id, a line for each call, and never a secret."""

import json
import logging
import sys
from typing import Any

import jwt
import pytest

from gamopanda.api.monitoring.context import current_request_id
from gamopanda.api.monitoring.logs import JSONFormatter, RequestIdFilter, TextFormatter
from streaks.tests.calling import Caller, admin, end_user, guest, make_key, make_member


def entry(message: str, *args: object, **attributes: Any) -> dict[str, Any]:
    """Return what the log says for one record."""
    record = logging.makeLogRecord({"name": "shop", "levelname": "INFO", "msg": message, "args": args, **attributes})
    RequestIdFilter().filter(record)
    return dict(json.loads(JSONFormatter().format(record)))


def test_a_line_is_one_json_object_with_the_id_of_the_request():
    token = current_request_id.set("order-4711")
    line = entry("Hello %s\nand goodbye", "Ann")
    current_request_id.reset(token)
    assert line.pop("time")[-1] == "Z"
    assert line == {
        "level": "info",
        "logger": "shop",
        "message": "Hello Ann\nand goodbye",
        "requestId": "order-4711",
    }
    assert entry("later")["requestId"] == ""


def test_an_exception_is_in_its_line():
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        line = entry("failed", exc_info=sys.exc_info())
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("RuntimeError: broken")


@pytest.mark.django_db
def test_whatever_looks_like_a_secret_or_a_token_is_blanked_out():
    key = make_key()
    token = jwt.encode({"sub": "gamopanda"}, key.secret, headers={"kid": key.api_key})
    for secret in (key.secret, token, key.encrypted_secret):
        record = logging.makeLogRecord({"name": "shop", "levelname": "INFO", "msg": f"sent “{secret}” to"})
        for formatter in (JSONFormatter(), TextFormatter()):
            line = formatter.format(record)
            assert secret not in line
            assert "sent “[secret]” to" in line
    # The key is no secret, and neither is a record's id.
    assert key.api_key in entry(f"{key.api_key} {key.pk}")["message"]
    assert str(key.pk) in entry(f"{key.api_key} {key.pk}")["message"]


@pytest.mark.django_db
def test_each_call_has_one_line_without_query_headers_or_body(caplog):
    caplog.set_level(logging.INFO)
    member = make_member("ann")
    calls: list[tuple[Caller, str, int, str]] = [
        (admin(), f"account_user/record/{member.pk}", 200, "admin"),
        (end_user("ann"), f"account_user/record/{member.pk}", 200, "end_user"),
        (guest(), f"account_user/record/{member.pk}", 401, "guest"),
        (Caller({"x-api-key": "gk_wrong", "x-api-secret": "wrong"}), "account_user/record", 401, "guest"),
    ]
    for caller, path, status, kind in calls:
        caplog.clear()
        assert caller.get(path, headers={"X-Request-Id": "order-4711"}).status == status
        (record,) = caplog.records
        details = dict(vars(record)["details"])
        assert details.pop("milliseconds") > 0
        assert details == {"method": "GET", "path": f"/api/v1.0/schema/{path}", "status": status, "caller": kind}
        assert record.getMessage() == f"GET /api/v1.0/schema/{path} {status}"
    caplog.clear()
    assert admin().get("account_user/record", externalId="ann@example.com").status == 200
    assert "ann@example.com" not in caplog.text


@pytest.mark.django_db
def test_a_call_for_an_unknown_address_has_one_line_too(caplog):
    caplog.set_level(logging.INFO)
    guest().get("/api/nothing")
    assert [record.getMessage() for record in caplog.records] == ["GET /api/nothing 404"]
