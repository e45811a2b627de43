"""What every answer has in common: the envelope, errors, JSON read strictly, request ids, and no unknown input."""

import json
import logging
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from gamopanda.accounts.models import Member
from gamopanda.admin.page_middleware import PageLanguage
from gamopanda.api.rendering.renderers import dump_json
from streaks.tests.calling import ROOT, admin, end_user, guest, make_member

pytestmark = pytest.mark.django_db

MEMBERS = f"{ROOT}/account_user/record"


def post_raw(body: bytes | str, content_type: str = "application/json", **headers: str) -> tuple[int, Any]:
    response = Client(raise_request_exception=False).generic(
        "POST", MEMBERS, body, content_type=content_type, headers={**admin().headers, **headers}
    )
    return response.status_code, json.loads(response.content)


def test_one_record_is_in_data_and_a_list_has_paging_beside_it():
    caller, member = admin(), make_member("ann")
    one, many = caller.get(f"account_user/record/{member.pk}"), caller.get("account_user/record")
    assert list(one.body) == ["data"]
    assert many.body == {"data": [one.data], "paging": {"offset": 0, "limit": 20, "hasMore": False}}


def test_deleting_answers_204_with_nothing():
    response = Client().delete(f"{MEMBERS}/{make_member('ann').pk}", headers=admin().headers)
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("address", ["/api/v1.0/schema/account_user/record", "/schema/account_user/record"])
def test_both_trees_answer(address):
    assert admin().get(address).data == []


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1.0/schema/account_user/record/",
        "/schema/account_user/record/",
        "/schema/nothing/record",
        "/schema/",
        "/api/",
        "/api/v1.0",
        "/api/v2.0/schema/streak/record",
        "/api/%00",
    ],
)
@pytest.mark.parametrize("debug", [False, True])
def test_an_unknown_address_is_404_in_the_envelope_for_everybody(address, debug, settings):
    settings.DEBUG = debug
    for caller in (guest(), end_user(), admin()):
        answer = caller.get(address)
        assert answer.error() == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.body["error"]["requestId"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1.0/schema/account_user/record/",
        "/schema/account_user/record/",
        "/api/v1.0/schema/nothing/record",
        "/api/v1.0/end-user-display/",
        "/api/v1.0/openapi.json/",
        "/schema/nothing/record",
        "/api",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_an_unknown_address_is_404_in_the_envelope_for_every_method(address, method):
    for caller in (guest(), admin()):
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        answer = client.generic(method, address, '{"externalId": "ann"}', "application/json", headers=caller.headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
        assert answer.json()["error"]["code"] == "not_found"
    assert Member.objects.count() == 0


def test_addresses_that_are_not_the_apis_have_pages():
    assert Client().get("/nothing").headers["Content-Type"].startswith("text/html")


def test_an_error_has_a_code_a_message_details_and_the_request_id():
    answer = admin().post("account_user/record", {"externalId": ""}, headers={"X-Request-Id": "order-4711"})
    assert answer.status == 400
    assert answer.body == {
        "error": {
            "code": "validation_error",
            "message": "externalId: This field may not be blank.",
            "details": [{"field": "externalId", "code": "blank", "message": "This field may not be blank."}],
            "requestId": "order-4711",
        }
    }


@pytest.mark.parametrize("given", ["order-4711", "A" * 128, "0197.a_b-C", "7"])
def test_a_well_formed_request_id_comes_back(given):
    for address in ("streak/record", "/api/nothing", "/healthz"):
        assert guest().get(address, headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "with blank", "é" * 10, "a/b/c/d/e", "<script>alert()"])
def test_an_ill_formed_request_id_is_replaced(given):
    answers = [guest().get("streak/record", headers={"X-Request-Id": given}) for _ in range(2)]
    first, second = (answer.headers["X-Request-Id"] for answer in answers)
    assert given not in (first, second)
    assert first != second
    assert len(first) == 32


def test_a_method_that_a_resource_does_not_offer_is_405_with_those_it_does():
    answer = admin().send("PUT", "account_user/record")
    assert answer.error() == (405, "method_not_allowed")
    assert answer.body["error"]["message"] == "PUT is not offered here. Allowed: GET, POST, HEAD."
    assert answer.headers["Allow"] == "GET, POST, HEAD"
    assert admin().send("DELETE", "account_user/record").error() == (405, "method_not_allowed")
    assert admin().send("FETCH", "account_user/record").error() == (405, "method_not_allowed")


def test_an_answer_is_json_whatever_the_accept_header_says():
    for accept in ("text/html", "application/xml", "*/*", "nonsense"):
        answer = admin().get("account_user/record", headers={"Accept": accept})
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")


def test_an_answer_is_for_its_caller_alone():
    answer = admin().get("account_user/record")
    assert answer.headers["Cache-Control"] == "no-store"
    assert {"x-api-key", "x-enduser-access-token"} <= set(answer.headers["Vary"].split(", "))


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "", "x"]
)
def test_a_body_of_another_type_is_415(content_type):
    status, body = post_raw(b'{"externalId": "ann"}', content_type)
    assert (status, body["error"]["code"]) == (415, "unsupported_media_type")
    assert Member.objects.count() == 0


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "application/JSON", "application/json;v=1"]
)
def test_json_may_come_with_parameters(content_type):
    assert post_raw('{"externalId": "ann"}', content_type)[0] == 201


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"externalId": "ann"', "not valid JSON"),
        (b"ann", "not valid JSON"),
        (b" ", "not valid JSON"),
        (b"{'externalId': 'ann'}", "not valid JSON"),
        (b'{"externalId": "ann",}', "not valid JSON"),
        (b'\xef\xbb\xbf{"externalId": "ann"}', "not valid JSON"),
        (b'{"externalId": "\xff"}', "not UTF-8"),
        ('{"externalId": "ann"}'.encode("utf-16"), "not UTF-8"),
        (b'{"externalId": NaN}', "NaN is not a JSON number"),
        (b'{"externalId": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"externalId": 1e999999}', "out of range"),
        (b'{"externalId": 1e-99999999999999999999}', "out of range"),
        (b'{"externalId": "ann", "externalId": "bob"}', "'externalId' is given twice"),
        (b'{"externalId": "a\\u0000b"}', "NUL"),
        (b'{"a\\u0000b": 1}', "NUL"),
        (b'{"externalId": "\\ud83d"}', "surrogate"),
        (b'{"externalId": ' + b"[" * 33 + b"]" * 33 + b"}", "nested too deeply"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"9" * 5000, "out of range"),
    ],
)
def test_what_is_not_plain_json_is_refused_with_a_sentence_and_nothing_is_stored(body, sentence):
    status, answer = post_raw(body)
    assert (status, answer["error"]["code"]) == (400, "validation_error")
    assert sentence in answer["error"]["message"]
    assert answer["error"]["details"] == [{"field": None, "code": "invalid", "message": answer["error"]["message"]}]
    assert Member.objects.count() == 0


@pytest.mark.parametrize("body", [b"[]", b"[1]", b'"ann"', b"1", b"null", b"true", b"1.5"])
def test_a_body_that_is_no_object_is_refused(body):
    status, answer = post_raw(body)
    assert (status, answer["error"]["code"]) == (400, "validation_error")
    assert Member.objects.count() == 0


def test_an_escaped_whole_character_is_fine():
    assert post_raw(b'{"externalId": "\\ud83d\\udc3c"}')[0] == 201
    assert Member.objects.get().external_id == "🐼"


def test_a_body_without_anything_is_an_empty_object():
    status, answer = post_raw(b"")
    assert status == 400
    assert [detail["code"] for detail in answer["error"]["details"]] == ["required"]


def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_413(settings):
    settings.GAMOPANDA_MAX_BODY_BYTES = 2000
    body = b'{"externalId": "ann"}'
    status, answer = post_raw(body + b" " * (2001 - len(body)))
    assert (status, answer["error"]["code"]) == (413, "payload_too_large")
    assert answer["error"]["message"] == "The body is too large: at most 2000 bytes are allowed."
    assert Member.objects.count() == 0
    assert post_raw(body + b" " * (2000 - len(body)))[0] == 201


def test_a_body_in_chunks_is_refused_instead_of_being_read_as_none():
    environ: Any = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "CONTENT_TYPE": "application/json"}
    response = Client().post(MEMBERS, {}, headers=admin().headers, **environ)
    assert response.status_code == 400
    assert [detail["code"] for detail in response.json()["error"]["details"]] == ["length_required"]


def test_unknown_repeated_and_empty_parameters_are_refused_by_name():
    for query, name, code in (
        ("statuss=live", "statuss", "unknown_parameter"),
        ("Limit=1", "Limit", "unknown_parameter"),
        ("format=json", "format", "unknown_parameter"),
        ("status=live&status=draft", "status", "invalid"),
        ("status=", "status", "invalid"),
        ("externalId=a%00b", "externalId", "invalid"),
    ):
        answer = admin().get(f"{MEMBERS}?{query}")
        assert answer.error() == (400, "validation_error")
        assert answer.details() == [(name, code)]
    assert "Allowed: languageCode, fields, filters" in admin().get(f"{MEMBERS}?x=1").body["error"]["message"]


def test_parameters_of_lists_are_unknown_elsewhere():
    caller, member = admin(), make_member("ann")
    record = f"{MEMBERS}/{member.pk}"
    assert caller.get(f"{record}?limit=1").details() == [("limit", "unknown_parameter")]
    assert caller.get(f"{record}?status=live").details() == [("status", "unknown_parameter")]
    assert caller.send("POST", f"{MEMBERS}?fields=[]", {"externalId": "bob"}).details() == [
        ("fields", "unknown_parameter")
    ]
    assert caller.send("DELETE", f"{record}?force=1").details() == [("force", "unknown_parameter")]
    assert Member.objects.count() == 1


@pytest.mark.parametrize("debug", [False, True])
def test_an_unexpected_error_is_500_without_internals_and_logged_with_the_request_id(
    debug, settings, monkeypatch, caplog
):
    settings.DEBUG = debug

    def fail(*_args: object) -> None:
        raise RuntimeError("the database password is 1234")

    monkeypatch.setattr("gamopanda.accounts.api.views.MemberViewSet.get_queryset", fail)
    answer = admin().get("account_user/record", headers={"X-Request-Id": "order-4711"})
    assert answer.body == {
        "error": {
            "code": "server_error",
            "message": "Something went wrong on our side. The log has the cause under this request id.",
            "details": [],
            "requestId": "order-4711",
        }
    }
    assert answer.status == 500
    (record,) = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.exc_info is not None
    assert "the database password" in str(record.exc_info[1])


@pytest.mark.parametrize("debug", [False, True])
def test_an_answer_that_cannot_be_written_is_500_in_the_envelope_too(debug, settings, monkeypatch, caplog):
    settings.DEBUG = debug
    monkeypatch.setattr("gamopanda.accounts.api.views.MemberViewSet.read_back", lambda *_: {"value": object()})
    answer = admin().post("account_user/record", {"externalId": "ann"})
    assert answer.error() == (500, "server_error")
    assert "object" not in answer.body["error"]["message"]
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_a_wrong_host_is_400_in_the_envelope():
    answer = guest().get("streak/record", headers={"Host": "evil.example"})
    assert answer.error() == (400, "validation_error")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("50", "50"),
        ("50.0000", "50"),
        ("20.5000", "20.5"),
        ("0.0001", "0.0001"),
        ("-0.0000", "0"),
        ("1E+3", "1000"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("-12.3400", "-12.34"),
    ],
)
def test_s7_numbers_are_written_exactly_and_without_trailing_zeros(number, text):
    assert dump_json({"value": Decimal(number)}) == f'{{"value":{text}}}'.encode()


@pytest.mark.parametrize("path", ["/api/v1.0/nothing", "/api/v1.0/schema/streak/record", "/schema/nothing/record"])
def test_every_answer_says_its_language_whatever_the_browser_prefers(path):
    answer = guest().send("GET", path, headers={"Accept-Language": "fr"})
    assert answer.headers["Content-Language"] == "en"
    assert "Accept-Language" not in answer.headers.get("Vary", "")


def test_a_call_is_in_its_own_language_on_a_thread_that_served_a_page_in_another():
    answering = PageLanguage(lambda _request: HttpResponse(translation.get_language()))
    with translation.override("de"):
        assert answering(RequestFactory().get("/api/v1.0/openapi.json")).content == b"en"
