"""A call that is sent again with its `Idempotency-Key` makes nothing twice."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

import gamopanda.urls
from gamopanda.accounts.api.idempotency import MakesOnce
from gamopanda.accounts.idempotency import fingerprint_of
from gamopanda.accounts.models import ApiKey, KeptAnswer, Member
from gamopanda.console.leftovers import delete_kept_answers
from streaks.models import Milestone, Streak, StreakLog
from streaks.tests.calling import SHOPPER, Answer, Caller, admin, log_body, make_member, make_streak

pytestmark = pytest.mark.django_db

REPLAYED = "Idempotency-Replayed"


@pytest.fixture
def server() -> Caller:
    return admin()


def post(server: Caller, path: str, body: Any, key: str = "key-1", **query: Any) -> Answer:
    return server.send("POST", path, body, headers={"Idempotency-Key": key}, **query)


def test_everything_that_can_be_made_takes_a_key_and_is_made_once(server):
    streak, member = make_streak(), make_member("device-1")
    made: list[tuple[str, Any, Any]] = [
        ("streak/record", SHOPPER, Streak),
        (
            "milestone/record",
            {"linkedSchemaRecordId": str(streak.pk), "name": "Day 2", "milestoneTargetValue": 2},
            Milestone,
        ),
        ("account_user/record", {"externalId": "ann"}, Member),
        ("api_key/record", {"name": "another"}, ApiKey),
        ("streak_log/record", log_body(streak, of="bob"), StreakLog),
        ("streak_log/record/bulk", {"records": [log_body(streak, of="cat"), {}]}, StreakLog),
        (f"account_user/record/{member.pk}/merge", {"intoExternalId": "ann"}, None),
    ]
    for number, (path, body, model) in enumerate(made):
        first = post(server, path, body, key=f"key-{number}")
        count = model.objects.count() if model else None
        again = post(server, path, body, key=f"key-{number}")
        assert (again.status, again.body) == (first.status, first.body), path
        assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
        if model:
            assert model.objects.count() == count
    assert KeptAnswer.objects.count() == len(made)


def test_every_view_that_creates_takes_a_key():
    views = {viewset for _prefix, viewset, _name in gamopanda.urls.router.registry}
    creating = {viewset for viewset in views if "create" in set().union(*viewset.allowed.values())}
    assert len(creating) > 4
    assert [viewset for viewset in creating if not issubclass(viewset, MakesOnce)] == []


def test_the_same_key_with_another_body_address_or_parameter_is_refused_and_makes_nothing(server):
    assert post(server, "account_user/record", {"externalId": "ann", "firstName": "Ann"}).status == 201
    others = [
        ("account_user/record", {"externalId": "bob"}, {}),
        ("api_key/record", {"name": "another"}, {}),
        ("account_user/record", {"externalId": "ann", "firstName": "Ann"}, {"languageCode": "fr"}),
    ]
    for path, body, query in others:
        assert post(server, path, body, **query).error() == (409, "idempotency_mismatch")
    assert (Member.objects.count(), ApiKey.objects.count()) == (1, 1)
    # The order of fields is no difference.
    assert post(server, "account_user/record", {"firstName": "Ann", "externalId": "ann"}).status == 201


def test_keys_of_two_api_keys_never_meet(server):
    for caller, name in ((server, "ann"), (admin(), "bob")):
        answer = post(caller, "account_user/record", {"externalId": name})
        assert (answer.data["externalId"], REPLAYED in answer.headers) == (name, False)


def test_a_refused_call_is_tried_anew(server):
    streak = make_streak(status="draft")
    assert post(server, "streak_log/record", log_body(streak)).error() == (400, "streak_not_live")
    streak.status = "live"
    streak.save()
    assert post(server, "streak_log/record", log_body(streak)).status == 201
    assert KeptAnswer.objects.count() == 1


def test_an_answer_is_kept_for_24_hours(server, time_machine):
    time_machine.move_to("2026-03-10T18:00:00Z", tick=False)
    streak = make_streak()
    first = post(server, "streak_log/record", log_body(streak))
    time_machine.move_to("2026-03-11T17:59:59Z", tick=False)
    assert delete_kept_answers(now=timezone.now()) == 0
    assert post(server, "streak_log/record", log_body(streak)).body == first.body
    time_machine.move_to("2026-03-11T18:00:00Z", tick=False)
    assert post(server, "streak_log/record", log_body(streak)).error() == (409, "duplicate_record")
    assert delete_kept_answers(now=timezone.now()) == 1
    assert KeptAnswer.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_the_wrong_length_is_refused(server, key):
    assert post(server, "account_user/record", {"externalId": "ann"}, key=key).details() == [
        ("Idempotency-Key", "invalid")
    ]
    assert Member.objects.count() == 0


def test_a_copy_of_the_database_reveals_no_secret(server):
    secret = post(server, "api_key/record", {"name": "another"}).data["apiSecret"]
    assert secret not in json.dumps(list(KeptAnswer.objects.values()), default=str)


def test_an_erasure_deletes_what_is_kept_about_the_person(server):
    streak = make_streak()
    for number, name in enumerate(("ann", "device-1", "bob")):
        post(server, "streak_log/record", log_body(streak, of=name), key=f"log-{number}")
    post(server, "account_user/record", {"externalId": "cat"}, key="cat")
    device = Member.objects.get(external_id="device-1")
    post(server, f"account_user/record/{device.pk}/merge", {"intoExternalId": "ann"}, key="merge")
    server.delete(f"account_user/record/{Member.objects.get(external_id='ann').pk}")
    assert sorted(KeptAnswer.objects.values_list("key", flat=True)) == ["cat", "log-2"]


def test_a_form_with_a_file_is_the_same_call_when_the_file_is(server):
    def send(content: bytes) -> Any:
        icon = SimpleUploadedFile("icon.svg", content, "image/svg+xml")
        form = {**SHOPPER, "eudIcon": icon}
        headers = {**server.headers, "Idempotency-Key": "form"}
        return Client().post("/api/v1.0/schema/streak/record", form, headers=headers)

    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
    assert [send(svg).status_code, send(svg).status_code, send(svg + b" ").status_code] == [201, 201, 409]
    assert Streak.objects.count() == 1
    assert Streak.objects.get().eud_icon.name


def test_calls_that_make_nothing_take_no_notice_of_a_key(server):
    make_member("ann")
    for _time in range(2):
        answer = server.send("GET", "account_user/record", headers={"Idempotency-Key": "key"})
        assert (answer.status, REPLAYED in answer.headers) == (200, False)
    assert KeptAnswer.objects.count() == 0


def test_a_fingerprint_tells_numbers_from_texts():
    assert fingerprint_of("/a", "", {"n": 1}) != fingerprint_of("/a", "", {"n": "1"})
