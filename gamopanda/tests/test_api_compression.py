"""Bodies that come packed, and answers that go packed."""

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from gamopanda.accounts.models import Member
from gamopanda.events.tests.receiving import make_endpoint
from streaks.models import Streak, StreakLog
from streaks.tests.calling import ROOT, Answer, admin, end_user, guest, log_body, make_member, make_streak

pytestmark = pytest.mark.django_db

LOGS = "streak_log/record"
DISPLAY = "/api/v1.0/end-user-display"
ACCEPTS = {"Accept-Encoding": "gzip, deflate, br"}
GZIP = {"Content-Encoding": "gzip"}


def packed(body: Any) -> bytes:
    return gzip.compress(json.dumps(body, default=str).encode())


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_a_body_may_be_packed_with_gzip(encoding):
    server, streak = admin(), make_streak()
    # Once before, so that the key is known to the fast path.
    server.post(LOGS, log_body(streak, day=1))
    answer = server.send("POST", LOGS, packed(log_body(streak, day=2)), headers={"Content-Encoding": encoding})
    assert answer.data["periodKey"] == "2026-03-02"
    bulk = packed({"records": [log_body(streak, day=3), log_body(streak, day=4)]})
    assert bulk.startswith(b"\x1f\x8b")
    assert server.send("POST", f"{LOGS}/bulk", bulk, headers=GZIP).data["created"] == 2


def test_a_body_may_be_packed_in_parts():
    parts = json.dumps({"externalId": "customer-17"}).encode()
    body = gzip.compress(parts[:9]) + gzip.compress(parts[9:])
    assert admin().send("POST", "account_user/record", body, headers=GZIP).data["externalId"] == "customer-17"


def test_identity_is_no_encoding():
    headers = {"Content-Encoding": "identity"}
    body = json.dumps({"externalId": "ann"}).encode()
    assert admin().send("POST", "account_user/record", body, headers=headers).status == 201


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_another_encoding_is_a_415_by_name(encoding):
    body = packed({"externalId": "ann"})
    answer = admin().send("POST", "account_user/record", body, headers={"Content-Encoding": encoding})
    assert answer.error() == (415, "unsupported_media_type")
    sentence = f"The Content-Encoding {encoding} is not supported. Use gzip, or send the body as it is."
    assert answer.body["error"]["message"] == sentence
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b'{"externalId": "ann"}', packed({"externalId": "ann"})[:-9], b"\x1f\x8b\x08" * 9],
    ids=["plain", "cut off", "only beginnings"],
)
def test_what_is_no_gzip_is_a_400(body):
    answer = admin().send("POST", "account_user/record", body, headers=GZIP)
    assert answer.error() == (400, "validation_error")
    assert "The body is not gzip" in answer.body["error"]["message"]
    assert not Member.objects.exists()


def test_a_body_that_unpacks_to_more_than_the_limit_is_a_413(settings):
    settings.GAMOPANDA_MAX_BODY_BYTES = 2048

    def send(length: int) -> Answer:
        body = {"externalId": "ann", "firstName": "x" * 100}
        whole = json.dumps(body).encode().ljust(length)
        return admin().send("POST", "account_user/record", gzip.compress(whole), headers=GZIP)

    bomb = send(2049)
    assert bomb.error() == (413, "payload_too_large")
    assert "2048 bytes are allowed. That holds for the unpacked body too." in bomb.body["error"]["message"]
    assert not Member.objects.exists()
    assert send(2048).status == 201


def test_the_rest_of_a_bomb_is_never_unpacked():
    # A gigabyte of blanks in a megabyte: it would take seconds and the memory of the process.
    million = gzip.compress(b" " * 1_000_000)
    answer = admin().send("POST", "account_user/record", million * 1000, headers=GZIP)
    assert answer.error() == (413, "payload_too_large")


def test_a_form_is_not_read_packed():
    form = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nShopper\r\n--b--\r\n'
    response = Client().generic(
        "POST",
        f"{ROOT}/streak/record",
        gzip.compress(form),
        content_type="multipart/form-data; boundary=b",
        headers={**admin().headers, **GZIP},
    )
    assert (response.status_code, response.json()["error"]["code"]) == (415, "unsupported_media_type")
    assert "Content-Encoding gzip" in response.json()["error"]["message"]
    assert not Streak.objects.exists()


# --- answers ----------------------------------------------------------------------------------------------------------


def raw(caller: Any, path: str, *, method: str = "GET", body: Any = None, **headers: str) -> Any:
    """The answer as it goes over the wire."""
    return Client().generic(
        method,
        path if path.startswith("/") else f"{ROOT}/{path}",
        "" if body is None else json.dumps(body),
        content_type="application/json",
        headers={**caller.headers, **ACCEPTS, **headers},
    )


def unpacked(response: Any) -> Any:
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    content = response.getvalue()
    assert response.headers.get("Content-Length", str(len(content))) == str(len(content))
    return json.loads(gzip.decompress(content))


def test_an_answer_over_a_kilobyte_is_compressed_for_who_accepts_it():
    server, streak = admin(), make_streak()
    for day in (1, 2):
        # By the view, and by the fast path.
        recorded = raw(server, LOGS, method="POST", body=log_body(streak, day=day))
        assert (recorded.status_code, unpacked(recorded)["data"]["periodKey"]) == (201, f"2026-03-0{day}")
    listed = raw(server, LOGS)
    plain = server.get(LOGS)
    assert [log["id"] for log in unpacked(listed)["data"]] == plain.ids
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert len(listed.content) < len(json.dumps(plain.body, default=str)) / 3


def test_short_answers_stay_as_they_are():
    make_member()
    answer = raw(admin(), "account_user/record")
    assert len(answer.content) <= 1024
    assert "Content-Encoding" not in answer.headers


def test_a_refusal_that_is_long_is_compressed_too():
    wrong = {f"nickname{number}": 1 for number in range(20)}
    answer = raw(admin(), "account_user/record", method="POST", body=wrong)
    assert (answer.status_code, unpacked(answer)["error"]["code"]) == (400, "validation_error")


@pytest.mark.parametrize("make_caller", [end_user, guest])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_compressed_display_has_a_tag_with_which_an_unchanged_one_is_a_304(make_caller, method):
    caller = make_caller()
    make_streak()
    first = raw(caller, DISPLAY)
    assert unpacked(first)["data"]["streaks"]
    plain = caller.get(DISPLAY).headers["ETag"]
    assert first.headers["ETag"] == f"W/{plain}"
    for tag in (first.headers["ETag"], plain):
        again = raw(caller, DISPLAY, method=method, **{"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    changed = raw(caller, DISPLAY, method=method, **{"If-None-Match": 'W/"another"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, first.headers["ETag"])


def test_an_export_is_compressed_while_it_is_read():
    server, streak = admin(), make_streak()
    recorded = server.post(LOGS, log_body(streak)).data
    answer = raw(server, f"account_user/record/{recorded['ownedById']}/export")
    assert answer.streaming
    assert "Content-Length" not in answer.headers
    assert [log["id"] for log in unpacked(answer)["data"]["streakLogs"]] == [str(StreakLog.objects.get().pk)]


def test_the_description_is_compressed_and_has_a_tag():
    first = raw(guest(), "/api/v1.0/openapi.json")
    assert unpacked(first)["openapi"] == "3.1.0"
    again = raw(guest(), "/api/v1.0/openapi.json", **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_an_answer_with_a_secret_goes_as_it_is():
    """Also a long one: how far a text can be compressed tells what is in it, and what it has twice (BREACH)."""
    server, endpoint = admin(), make_endpoint()
    description = "x" * 1000
    key = {"name": "checkout", "description": description}
    hook = {"url": "https://93.184.215.14/hook", "description": description}
    for path, body in (
        ("api_key/record", key),
        ("webhook_endpoint/record", hook),
        (f"webhook_endpoint/record/{endpoint.pk}/rotate", {}),
    ):
        for repeat in (False, True) if body else (False,):
            answer = raw(server, path, method="POST", body=body, **{"Idempotency-Key": path})
            assert answer.status_code in {200, 201}
            assert (answer.headers.get("Idempotency-Replayed") == "true") == repeat
            assert "Content-Encoding" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store, no-transform"
            assert {"apiSecret", "secret"} & set(answer.json()["data"])
    shown = raw(server, f"api_key/record?fields={json.dumps(['id', 'description'])}")
    assert shown.headers["Cache-Control"] == "no-store"
    assert unpacked(shown)["data"]
