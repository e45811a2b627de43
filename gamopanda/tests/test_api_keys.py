"""The api_key resource: made with a secret that is shown once, revoked by pausing or deleting."""

import pytest

from gamopanda.accounts.models import ApiKey
from streaks.tests.calling import Caller, admin

pytestmark = pytest.mark.django_db


def test_a_new_key_shows_its_secret_once_and_works():
    caller = admin()
    made = caller.post("api_key/record", {"name": "checkout", "description": "The shop's server"}).data
    key = ApiKey.objects.get(name="checkout")
    assert made == {
        "id": str(key.pk),
        "name": "checkout",
        "description": "The shop's server",
        "apiKey": key.api_key,
        "apiSecret": key.secret,
        "status": "live",
        "sandbox": False,
        "createdAt": made["createdAt"],
        "updatedAt": made["updatedAt"],
    }
    assert len(made["apiKey"]) <= 32
    assert len(made["apiSecret"]) <= 64
    new = Caller({"x-api-key": made["apiKey"], "x-api-secret": made["apiSecret"]})
    shown = {name: value for name, value in made.items() if name != "apiSecret"}
    assert new.get(f"api_key/record/{key.pk}").data == shown
    assert new.get("api_key/record", name="checkout").data == [shown]
    changed = new.patch(f"api_key/record/{key.pk}", {"description": "Shop"}).data
    assert changed == {**shown, "description": "Shop", "updatedAt": changed["updatedAt"]}


def test_the_secret_cannot_be_asked_for_filtered_by_or_sorted_by():
    caller = admin()
    for query in (
        {"fields": ["apiSecret"]},
        {"fields": ["encryptedSecret"]},
        {"filters": {"fieldSlug": "apiSecret", "operator": "startsWith", "value": "a"}},
        {"filters": {"fieldSlug": "encrypted_secret", "operator": "startsWith", "value": "a"}},
        {"filters": {"fieldSlug": "secret", "operator": "isNull", "value": False}},
        {"sortBy": [{"fieldSlug": "encryptedSecret", "order": "ASC"}]},
        {"apiSecret": "a"},
    ):
        assert caller.get("api_key/record", **query).error() == (400, "validation_error")


def test_key_and_secret_are_generated_whatever_the_body_says():
    answer = admin().post("api_key/record", {"name": "mine", "apiKey": "chosen", "apiSecret": "chosen"})
    assert "chosen" not in (answer.data["apiKey"], answer.data["apiSecret"])


def test_a_key_that_was_just_made_can_be_sent_back():
    caller = admin()
    made = caller.post("api_key/record", {"name": "checkout"}).data
    again = caller.patch(f"api_key/record/{made['id']}", made)
    assert again.status == 200
    key = ApiKey.objects.get(name="checkout")
    assert (key.api_key, key.secret) == (made["apiKey"], made["apiSecret"])


def test_pausing_and_deleting_revoke_at_once():
    caller = admin()
    made = caller.post("api_key/record", {"name": "checkout"}).data
    new = Caller({"x-api-key": made["apiKey"], "x-api-secret": made["apiSecret"]})
    assert caller.patch(f"api_key/record/{made['id']}", {"status": "paused"}).data["status"] == "paused"
    assert new.get("api_key/record").status == 401
    caller.patch(f"api_key/record/{made['id']}", {"status": "live"})
    assert new.get("api_key/record").status == 200
    assert new.delete(f"api_key/record/{made['id']}").status == 204
    assert new.get("api_key/record").status == 401


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, ("name", "required")),
        ({"name": ""}, ("name", "blank")),
        ({"name": "x" * 257}, ("name", "max_length")),
        ({"name": "a", "description": "x" * 1025}, ("description", "max_length")),
        ({"name": "a", "status": "dead"}, ("status", "invalid_choice")),
        ({"name": "a", "secret": "x"}, ("secret", "unknown_field")),
    ],
)
def test_a_wrong_field_is_refused_and_nothing_is_stored(body, detail):
    caller = admin()
    assert caller.post("api_key/record", body).details() == [detail]
    assert ApiKey.objects.count() == 1


def test_a_taken_name_is_a_conflict_that_names_the_holder():
    caller = admin()
    first, second = (caller.post("api_key/record", {"name": name}).data for name in ("first", "second"))
    for answer in (
        caller.post("api_key/record", {"name": "first"}),
        caller.patch(f"api_key/record/{second['id']}", {"name": "first"}),
    ):
        assert answer.error() == (409, "duplicate_record")
        assert answer.body["error"]["details"][0]["existingId"] == first["id"]
    assert ApiKey.objects.filter(name="first").count() == 1
