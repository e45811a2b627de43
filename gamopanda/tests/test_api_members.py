"""The account_user resource: its fields, what is refused, and what deleting a person leaves (S35)."""

import threading
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gamopanda.accounts.erasure import delete_member
from gamopanda.accounts.models import Member
from streaks.models import StreakLog, StreakProgress
from streaks.tests.calling import admin, end_user, guest, log_body, make_member, make_streak

pytestmark = pytest.mark.django_db

PROFILE = {
    "externalId": "ann",
    "firstName": "Ann",
    "lastName": "Lee",
    "email": "ann@example.com",
    "phoneNumber": "+14155550123",
}
ANN = {
    **PROFILE,
    "status": "live",
    "remindersEnabled": False,
    "remindersOff": ["broken"],
    "languageCode": "pt-BR",
    "timeZone": "Europe/Berlin",
}


def test_a_created_member_comes_back_with_every_field():
    record = dict(admin().post("account_user/record", ANN).data)
    assert record.pop("id") == str(Member.objects.get().pk)
    assert {record.pop("createdAt")[-1], record.pop("updatedAt")[-1]} == {"Z"}
    unasked = {"pendingTimeZone": None, "pendingTimeZoneFrom": None, "aliases": [], "sandbox": False}
    assert record == {**ANN, **unasked}


def test_only_the_external_id_is_required_and_a_new_member_is_live():
    record = admin().post("account_user/record", {"externalId": "ann"}).data
    assert record["status"] == "live"
    assert {record[name] for name in ("firstName", "lastName", "email", "phoneNumber")} == {""}
    assert admin().post("account_user/record", {}).details() == [("externalId", "required")]


@pytest.mark.parametrize("external_id", ["  ann  ", "x" * 256, "日本 🐼", "a/b?c=d"])
def test_an_external_id_is_kept_as_it_was_written(external_id):
    record = admin().post("account_user/record", {"externalId": external_id}).data
    assert record["externalId"] == external_id
    assert Member.objects.get().external_id == external_id
    assert admin().get("account_user/record", externalId=external_id).ids == [record["id"]]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("externalId", "", "blank"),
        ("externalId", None, "null"),
        ("externalId", "x" * 257, "max_length"),
        ("externalId", ["ann"], "invalid"),
        ("externalId", True, "invalid"),
        ("firstName", "x" * 257, "max_length"),
        ("lastName", "x" * 257, "max_length"),
        ("lastName", None, "null"),
        ("email", "ann", "invalid"),
        ("email", "x" * 310 + "@example.com", "max_length"),
        ("phoneNumber", "555-0123", "invalid"),
        ("phoneNumber", "+0155550123", "invalid"),
        ("phoneNumber", "+1234567890123456", "invalid"),
        ("phoneNumber", "+١٤١٥٥٥٥", "invalid"),
        ("timeZone", "Europe/Berlim", "unknown_time_zone"),
        ("timeZone", "Factory", "unknown_time_zone"),
        ("timeZone", 9, "invalid"),
        ("status", "gone", "invalid_choice"),
        ("status", "", "invalid_choice"),
        ("nickname", "Annie", "unknown_field"),
        ("first_name", "Ann", "unknown_field"),
    ],
)
def test_a_wrong_field_is_refused_by_name_and_nothing_is_stored(field, value, code):
    caller = admin()
    answer = caller.post("account_user/record", {**ANN, field: value})
    assert answer.error() == (400, "validation_error")
    assert (field, code) in answer.details()
    assert Member.objects.count() == 0
    made = caller.post("account_user/record", ANN).data
    answer = caller.patch(f"account_user/record/{made['id']}", {field: value})
    assert (answer.status, (field, code) in answer.details()) == (400, True)
    assert caller.get(f"account_user/record/{made['id']}").data == made


def test_a_refusal_of_an_unknown_word_names_the_allowed_ones():
    caller = admin()
    for answer in (
        caller.post("account_user/record", {**ANN, "status": "gone"}),
        caller.get("account_user/record", status="gone"),
    ):
        assert answer.error() == (400, "validation_error")
        assert answer.body["error"]["details"] == [
            {
                "field": "status",
                "code": "invalid_choice",
                "message": "“gone” is not allowed here. Use one of: draft, live, paused.",
            }
        ]
    assert Member.objects.count() == 0


def test_everything_that_is_wrong_is_told_at_once():
    answer = admin().post("account_user/record", {"email": "ann", "nickname": "x", "status": "gone"})
    assert sorted(answer.details()) == [
        ("email", "invalid"),
        ("externalId", "required"),
        ("nickname", "unknown_field"),
        ("status", "invalid_choice"),
    ]
    assert answer.body["error"]["message"].endswith("(3 more: see details)")


def test_patching_changes_the_fields_of_the_body_and_no_others():
    caller = admin()
    made = caller.post("account_user/record", ANN).data
    changed = caller.patch(f"account_user/record/{made['id']}", {"firstName": "Anna"}).data
    assert changed == {**made, "firstName": "Anna", "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > made["updatedAt"]
    assert caller.get(f"account_user/record/{made['id']}").data == changed
    assert caller.patch(f"account_user/record/{made['id']}", {}).data["firstName"] == "Anna"


def test_a_record_that_was_read_can_be_sent_back():
    caller = admin()
    made = caller.post("account_user/record", ANN).data
    again = caller.patch(f"account_user/record/{made['id']}", {**made, "id": "another", "createdAt": "never"}).data
    assert again == {**made, "updatedAt": again["updatedAt"]}


def test_a_taken_external_id_is_a_conflict_that_names_the_holder_and_changes_nothing():
    caller = admin()
    ann, bob = (caller.post("account_user/record", {"externalId": name}).data for name in ("ann", "bob"))
    for answer in (
        caller.post("account_user/record", {"externalId": "ann", "firstName": "Another"}),
        caller.patch(f"account_user/record/{bob['id']}", {"externalId": "ann", "firstName": "Another"}),
    ):
        assert answer.error() == (409, "duplicate_record")
        assert answer.body["error"]["details"] == [
            {
                "field": "externalId",
                "code": "duplicate_record",
                "message": "There is a record with this externalId already.",
                "existingId": ann["id"],
            }
        ]
    assert caller.get("account_user/record").data == [bob, ann]
    # A member may keep its own external id.
    assert caller.patch(f"account_user/record/{ann['id']}", {"externalId": "ann"}).status == 200


def test_external_ids_that_differ_in_case_or_blanks_are_different_people():
    caller = admin()
    for name in ("ann", "Ann", "ann ", " ann", "ánn"):
        assert caller.post("account_user/record", {"externalId": name}).status == 201
    assert Member.objects.count() == 5


def test_s35_a_member_without_activity_is_deleted():
    member = make_member("ann")
    answer = admin().delete(f"account_user/record/{member.pk}")
    assert (answer.status, answer.body) == (204, None)
    assert Member.objects.count() == 0
    assert admin().delete(f"account_user/record/{member.pk}").error() == (404, "not_found")


def test_s35_f47_of_a_member_with_activity_the_person_is_erased_and_the_facts_stay():
    caller, streak = admin(), make_streak()
    log = log_body(streak, ownedBy=PROFILE, activityAt=timezone.now().isoformat())
    made = caller.post("streak_log/record", log).data
    member = Member.objects.get()
    assert caller.delete(f"account_user/record/{member.pk}").status == 204
    erased = caller.get(f"account_user/record/{member.pk}").data
    assert {erased[name] for name in ("firstName", "lastName", "email", "phoneNumber")} == {""}
    assert erased["status"] == "paused"
    assert erased["externalId"] not in ("", "ann")
    assert caller.get(f"streak_log/record/{made['id']}").data["ownedById"] == str(member.pk)
    assert (StreakLog.objects.count(), StreakProgress.objects.count()) == (1, 1)
    # The person who had the external id is a stranger now, and it can be used anew.
    assert end_user("ann").get("streak_log/record").data == []
    again = caller.post("streak_log/record", log).data
    assert again["ownedById"] != str(member.pk)
    assert Member.objects.count() == 2


def test_an_end_user_reads_itself_and_cannot_find_out_about_others():
    ann, bob = make_member("ann"), make_member("bob")
    caller = end_user("ann")
    assert caller.get("account_user/record", fetchTotalCount="true").body["paging"]["totalCount"] == 1
    assert caller.get(f"account_user/record/{ann.pk}").data["externalId"] == "ann"
    assert caller.get(f"account_user/record/{bob.pk}").error() == (404, "not_found")
    assert caller.get("account_user/record", externalId="bob").data == []
    everybody = {"operator": "or", "conditions": [{"fieldSlug": "externalId", "operator": "ne", "value": "x"}]}
    assert caller.get("account_user/record", filters=everybody).ids == [str(ann.pk)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_f18_of_two_creations_at_once_one_wins_and_the_other_is_told_who():
    members_at_once = 4
    caller, answers = admin(), []
    barrier = threading.Barrier(members_at_once)

    def create() -> None:
        barrier.wait()
        answers.append(caller.post("account_user/record", {"externalId": "ann"}))
        connection.close()

    run_at_once(create, members_at_once)
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    (made,) = (answer.data["id"] for answer in answers if answer.status == 201)
    assert {answer.body["error"]["details"][0]["existingId"] for answer in answers if answer.status == 409} == {made}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_f18_two_changes_of_different_fields_at_once_do_not_undo_each_other():
    caller, member = admin(), make_member("ann")
    fields = ["firstName", "lastName", "email", "phoneNumber"]
    barrier = threading.Barrier(len(fields))

    def change() -> None:
        field = fields.pop()
        barrier.wait()
        assert caller.patch(f"account_user/record/{member.pk}", {field: ANN[field]}).status == 200
        connection.close()

    run_at_once(change, len(fields))
    record = caller.get(f"account_user/record/{member.pk}").data
    assert {name: record[name] for name in PROFILE} == PROFILE


def run_at_once(work: Any, times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_s35_f49_erasing_costs_the_same_for_any_history():
    caller, streak, now = admin(), make_streak(), timezone.now()
    for number in range(30):
        body = log_body(streak, uniqueIdentifier=f"order-{number}", activityAt=now.isoformat())
        assert caller.post("streak_log/record", body).status == 201
    member = Member.objects.get()
    with CaptureQueriesContext(connection) as queries:
        delete_member(member)
    assert len([query for query in queries if "streaks_streaklog" in query["sql"]]) == 1
    assert len(queries) <= 22
    assert Member.objects.get().status == "paused"


def put(external_id: str, body: Any) -> Any:
    return admin().put(f"account_user/record/by-external-id/{quote(external_id, safe='')}", body)


@pytest.mark.parametrize("external_id", ["ann", "日本 🐼", "a/b?c=d", "by-external-id/x"])
def test_a_member_is_created_and_then_changed_by_its_external_id(external_id: str) -> None:
    created = put(external_id, {"firstName": "Ann", "email": "ann@example.com"})
    assert (created.status, created.data["externalId"], created.data["status"]) == (201, external_id, "live")
    changed = put(external_id, {"firstName": "Anne", "externalId": external_id})
    assert (changed.status, changed.data["id"]) == (200, created.data["id"])
    assert (changed.data["firstName"], changed.data["email"]) == ("Anne", "ann@example.com")
    assert put(external_id, changed.data).data["firstName"] == "Anne"
    assert Member.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"externalId": "bob"}, "externalId", "invalid"),
        ({"firstNam": "Ann"}, "firstNam", "unknown_field"),
        ({"phoneNumber": "12"}, "phoneNumber", "invalid"),
        ({"status": "gone"}, "status", "invalid_choice"),
    ],
)
def test_a_wrong_body_creates_and_changes_no_member(body: dict[str, Any], field: str, code: str) -> None:
    assert put("ann", body).details() == [(field, code)]
    assert not Member.objects.exists()
    Member.objects.create(external_id="ann", first_name="Ann")
    assert put("ann", body).details() == [(field, code)]
    assert list(Member.objects.values_list("external_id", "first_name", "status")) == [("ann", "Ann", "live")]


@pytest.mark.parametrize(("external_id", "code"), [("x" * 257, "max_length"), ("a\0b", "null_characters_not_allowed")])
def test_an_address_with_a_name_that_cannot_be_stored_is_refused(external_id: str, code: str) -> None:
    assert put(external_id, {}).details() == [("externalId", code)]
    assert not Member.objects.exists()


def test_only_administrators_put_members_and_the_address_takes_nothing_else() -> None:
    path = "account_user/record/by-external-id/ann"
    assert (end_user().put(path, {}).status, guest().put(path, {}).status) == (403, 401)
    assert [admin().get(path).status, admin().post(path, {}).status, admin().delete(path).status] == [405] * 3
    assert not Member.objects.filter(external_id="ann").exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_ten_puts_at_once_create_one_member() -> None:
    caller, statuses = admin(), []

    def one() -> None:
        answer = caller.put("account_user/record/by-external-id/ann", {"firstName": "Ann"})
        statuses.append(answer.status)
        connection.close()

    run_at_once(one, 10)
    assert sorted(statuses) == [200] * 9 + [201]
    assert Member.objects.filter(external_id="ann").count() == 1


@pytest.mark.parametrize("external_id", [" ", "\t \n", "\u3000"])
def test_an_external_id_of_blanks_alone_is_refused_everywhere(external_id):
    streak, server = make_streak(), admin()
    assert server.post("account_user/record", {"externalId": external_id}).details() == [("externalId", "blank")]
    assert server.post("streak_log/record", log_body(streak, of=external_id)).details() == [
        ("ownedBy.externalId", "blank")
    ]
    bulk = server.post("streak_log/record/bulk", {"records": [log_body(streak, of=external_id)]}).data
    assert bulk["results"][0]["error"]["details"][0]["code"] == "blank"
    assert Member.objects.count() == 0
