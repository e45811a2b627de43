"""Requests that are no requests of ours: forms, query strings, hosts and whole requests that cannot be read."""

import json
from typing import Any

import pytest
from django.test import Client

from streaks.models import Streak
from streaks.tests.calling import ROOT, admin, guest, make_member

FIELDS = {
    "name": b"7-Day Shopper",
    "description": b"Spend $50 a day.",
    "status": b"live",
    "completionTargetValue": b"7",
    "aggregationTargetValue": b"50",
}


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"


def post_form(*parts: bytes, leave_out: str = "") -> tuple[int, Any]:
    """Send a streak as a form, with some parts more."""
    body = b"".join(part(name, content) for name, content in FIELDS.items() if name != leave_out)
    response = Client(raise_request_exception=False).generic(
        "POST",
        f"{ROOT}/streak/record",
        body + b"".join(parts) + b"--b--\r\n",
        content_type="multipart/form-data; boundary=b",
        headers=admin().headers,
    )
    return response.status_code, json.loads(response.content)


@pytest.mark.django_db
def test_a_form_with_every_field_once_is_read():
    assert post_form()[0] == 201


@pytest.mark.django_db
def test_a_form_names_the_days_that_count_in_one_text():
    status, answer = post_form(part("activeWeekdays", b"mon,fri"))
    assert (status, answer["data"]["activeWeekdays"]) == (201, ["mon", "fri"])
    assert post_form(part("activeWeekdays", b"mon,friday"))[0] == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parts", "leave_out", "sentence"),
    [
        ([part("name", b"Another")], "", "The field 'name' is given twice in one form."),
        ([part("eudIcon", b"x", '; filename="a.png"')] * 2, "", "The field 'eudIcon' is given twice"),
        ([part("name", b"x", '; filename="a.txt"')], "", "The field 'name' is given twice"),
        ([part("name", b"x", '; filename="a.txt"')], "name", "name: Not a valid string."),
        ([part("name", b"a\0b")], "name", "must not contain the character NUL"),
        ([part("a\0b", b"x")], "", "must not contain the character NUL"),
        ([part("name", b"\xff\xfe")], "name", "A text is not UTF-8."),
        ([part("nickname", b"x")], "", "nickname: There is no such field."),
        ([part("nickname", b"x", '; filename="a.txt"')], "", "nickname: There is no such field."),
        ([part(f"field{number}", b"") for number in range(2000)], "", "The request is malformed."),
    ],
)
def test_a_form_that_could_be_understood_differently_is_refused_and_nothing_is_stored(parts, leave_out, sentence):
    status, answer = post_form(*parts, leave_out=leave_out)
    assert (status, answer["error"]["code"]) == (400, "validation_error")
    assert sentence in answer["error"]["message"]
    assert Streak.objects.count() == 0


@pytest.mark.django_db
def test_a_query_that_is_not_utf_8_is_refused_by_the_name_of_the_parameter():
    answer = admin().get(f"{ROOT}/account_user/record?externalId=%ff")
    assert (answer.error(), answer.details()) == ((400, "validation_error"), [("externalId", "invalid")])


@pytest.mark.django_db
def test_a_body_of_another_type_is_told_which_types_are_read():
    response = Client().post(f"{ROOT}/account_user/record", "x", content_type="text/plain", headers=admin().headers)
    message = "The Content-Type text/plain is not supported. Use application/json."
    assert response.json()["error"]["message"] == message
    response = Client().post(f"{ROOT}/streak/record", "x", content_type="text/plain", headers=admin().headers)
    message = "The Content-Type text/plain is not supported. Use application/json or multipart/form-data."
    assert response.json()["error"]["message"] == message


@pytest.mark.django_db
def test_what_is_not_found_is_told_apart_from_an_address_that_is_none():
    record = guest().get(f"streak/record/{make_member('ann').pk}")
    assert record.body["error"]["message"] == "There is no such record, or it belongs to another member."
    assert (
        "There is nothing at this address." in guest().get("/api/v1.0/schema/streaks/record").body["error"]["message"]
    )


@pytest.mark.parametrize("address", ["/api", "/schema"])
def test_the_roots_of_the_trees_are_404_in_the_envelope_with_and_without_a_slash(address):
    assert [guest().get(path).error() for path in (address, f"{address}/")] == [(404, "not_found")] * 2


def test_a_wrong_host_is_told_what_is_wrong_with_it():
    answer = guest().get("streak/record", headers={"Host": "evil.example"})
    assert (answer.status, answer.body["error"]["message"]) == (
        400,
        "The Host header names none of the hosts that this installation answers for (ALLOWED_HOSTS).",
    )
