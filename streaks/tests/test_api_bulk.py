"""Many logs at once: one bad record never harms its neighbours, and sending a batch again is harmless."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.tests.calling import admin, log_body, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db

PATH = "streak_log/record/bulk"


def send(*records):
    """Post a batch and return the data of the answer, which is always a 200."""
    answer = admin().post(PATH, {"records": list(records)})
    assert answer.status == 200, answer.body
    return answer.data


def counts(data):
    """The three counts, of which the results are the details."""
    assert [result["index"] for result in data["results"]] == list(range(len(data["results"])))
    assert data["created"] + data["duplicates"] + data["rejected"] == len(data["results"])
    return data["created"], data["duplicates"], data["rejected"]


def test_a_batch_is_recorded_and_says_what_became_of_each_record():
    streak = make_streak()
    make_milestone(streak, 3)
    data = send(*(log_body(streak, day=day) for day in (1, 2, 3)))
    assert counts(data) == (3, 0, 0)
    logs = {log.unique_identifier: str(log.pk) for log in StreakLog.objects.all()}
    achieved = [result.pop("achievedMilestones") for result in data["results"]]
    assert data["results"] == [
        {"index": number, "status": "created", "id": logs[f"order-{number + 1}"]} for number in range(3)
    ]
    single = admin().get(f"streak_log/record/{logs['order-3']}").data["achievedMilestones"]
    assert achieved == [[], [], single]
    assert single[0]["rewardLog"]["couponCode"]
    assert StreakProgress.objects.get().current_progress_value == 3
    assert RewardLog.objects.count() == 1


def test_f14_sending_the_whole_batch_again_is_harmless():
    streak = make_streak()
    make_milestone(streak, 2)
    batch = [log_body(streak, day=day, of=name) for day in (1, 2) for name in ("ann", "bob")]
    first = send(*batch)
    totals = list(TaskProgress.objects.order_by("pk").values())
    again = send(*batch)
    assert counts(again) == (0, 4, 0)
    assert again["results"] == [
        {"index": number, "status": "duplicate", "existingId": result["id"]}
        for number, result in enumerate(first["results"])
    ]
    assert list(TaskProgress.objects.order_by("pk").values()) == totals
    assert (StreakLog.objects.count(), RewardLog.objects.count()) == (4, 2)


def test_a_repeat_inside_a_batch_points_to_the_first():
    body = log_body(make_streak())
    data = send(body, {**body, "activityValue": 70})
    assert counts(data) == (1, 1, 0)
    assert data["results"][1]["existingId"] == data["results"][0]["id"]
    assert TaskProgress.objects.get().total == 50


def test_one_bad_record_never_harms_its_neighbours():
    streak, draft = make_streak(), make_streak(status=Status.DRAFT)
    make_member("paused", Status.PAUSED)
    data = send(
        log_body(streak, day=1),
        log_body(streak, day=2, activityAt="2026-03-02T12:00:00"),
        log_body(draft, day=2, of="only in a draft"),
        log_body(streak, day=2, of="paused"),
        log_body(streak, day=2, ownedBy=..., ownedById="unknown"),
        log_body(streak, day=2, ownedBy={"externalId": "misspelt", "emial": "x"}),
        log_body(streak, day=2, streakId="none", of="no streak"),
        log_body(streak, day=2, activityValue=..., of="no value"),
        "not an object",
        None,
        log_body(streak, day=2),
    )
    assert counts(data) == (2, 0, 9)
    wrong = {result["index"]: result["error"] for result in data["results"] if result["status"] == "rejected"}
    assert {
        index: (error["code"], [(detail["field"], detail["code"]) for detail in error["details"]])
        for index, error in wrong.items()
    } == {
        1: ("validation_error", [("activityAt", "missing_offset")]),
        2: ("streak_not_live", []),
        3: ("member_not_live", []),
        4: ("validation_error", [("ownedById", "not_found")]),
        5: ("validation_error", [("ownedBy.emial", "unknown_field")]),
        6: ("validation_error", [("streakId", "not_found")]),
        7: ("validation_error", [("activityValue", "required")]),
        8: ("validation_error", [(None, "invalid")]),
        9: ("validation_error", [(None, "null")]),
    }
    assert all(error["message"] for error in wrong.values())
    assert set(Member.objects.values_list("external_id", flat=True)) == {"ann", "paused"}
    assert StreakProgress.objects.get().current_progress_value == 2


def test_a_record_that_no_reader_could_be_sure_of_never_harms_its_neighbours():
    streak = make_streak()
    good = [json.dumps(log_body(streak, day=day)) for day in (1, 2)]
    bad = {
        '{"uniqueIdentifier": "a\\u0000b"}': "NUL",
        '{"a\\ud800": 1}': "surrogate",
        '{"activityValue": NaN}': "NaN is not a JSON number",
        '{"activityValue": 1e999999}': "out of range",
        '{"activityValue": 0e99999999999999999999}': "out of range",
        "9" * 5000: "out of range",
        '{"activityId": "a", "activityId": "b"}': "'activityId' is given twice",
        "[" * 31 + "]" * 31: "nested too deeply",
    }
    answer = admin().post(PATH, f'{{"records": [{good[0]}, {", ".join(bad)}, {good[1]}]}}'.encode())
    assert answer.status == 200, answer.body
    assert counts(answer.data) == (2, 0, len(bad))
    for result, sentence in zip(answer.data["results"][1:-1], bad.values(), strict=True):
        assert (result["status"], result["error"]["code"]) == ("rejected", "validation_error")
        assert sentence in result["error"]["message"]
        assert [(detail["field"], detail["code"]) for detail in result["error"]["details"]] == [(None, "invalid")]
    assert StreakProgress.objects.get().current_progress_value == 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"records": NaN}',
        b'{"records": [], "a\\u0000": 1}',
        b'{"records": [{}], "records": [{}]}',
        b'{"records": {"a": "\\ud800"}}',
    ],
)
def test_a_batch_that_is_wrong_beside_its_records_is_refused_as_a_whole(body):
    answer = admin().post(PATH, body)
    assert answer.error() == (400, "validation_error")
    assert StreakLog.objects.count() == 0


def test_a_new_member_appears_once_however_many_records_name_them():
    streak = make_streak()
    data = send(
        log_body(streak, day=1, ownedBy={"externalId": "eve", "firstName": "Eve"}),
        log_body(streak, day=2, ownedBy={"externalId": "eve", "firstName": "Evelyn"}),
    )
    assert counts(data) == (2, 0, 0)
    assert Member.objects.get().first_name == "Eve"


def test_a_member_made_by_one_record_is_found_by_its_external_id_in_the_next():
    streak = make_streak()
    data = send(log_body(streak, day=1, of="eve"), log_body(streak, day=2, ownedBy=..., ownedById="eve"))
    assert counts(data) == (2, 0, 0)
    assert Member.objects.count() == 1


def test_a_member_whose_every_record_was_rejected_is_not_made():
    streak, draft = make_streak(), make_streak(status=Status.DRAFT)
    data = send(log_body(draft, of="eve"), log_body(streak, of="bob"), log_body(draft, day=2, of="bob"))
    assert counts(data) == (1, 0, 2)
    assert Member.objects.get().external_id == "bob"


def test_a_total_out_of_range_is_rejected_alone():
    streak = make_streak()
    batch = [log_body(streak, day=1, value="99999999999999", uniqueIdentifier=f"big {number}") for number in range(11)]
    data = send(log_body(streak, day=2, of="bob"), *batch, log_body(streak, day=3, of="bob"))
    assert data["results"][0]["status"] == data["results"][-1]["status"] == "created"
    rejected = [result for result in data["results"] if result["status"] == "rejected"]
    assert [result["error"]["code"] for result in rejected] == ["validation_error"] * len(rejected)
    assert len(rejected) == 2
    assert StreakLog.objects.count() == 11


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, [("records", "required")]),
        ({"records": []}, [("records", "min_length")]),
        ({"records": {}}, [("records", "not_a_list")]),
        ({"records": None}, [("records", "null")]),
        ({"records": [{}] * 1001}, [("records", "max_length")]),
        ({"records": [{}], "record": 1}, [("record", "unknown_field")]),
        ([], [(None, "invalid")]),
    ],
)
def test_a_batch_that_is_none_is_refused(body, details):
    answer = admin().post(PATH, body)
    assert answer.error() == (400, "validation_error")
    assert answer.details() == details


def test_a_thousand_records_are_recorded_in_few_queries(django_assert_max_num_queries):
    streak = make_streak()
    make_milestone(streak, 1)
    # SQLite takes about a hundred rows of an insert at a time.
    for number, limit in ((10, 29), (1000, 113)):
        with django_assert_max_num_queries(limit):
            data = send(*(log_body(streak, of=f"member {number} {index}") for index in range(number)))
        assert counts(data) == (number, 0, 0)
    assert RewardLog.objects.count() == 1010


def test_the_other_methods_of_the_address_are_refused():
    caller = admin()
    for method in ("PATCH", "PUT", "DELETE"):
        assert caller.send(method, PATH, {}).error() == (405, "method_not_allowed")


@pytest.mark.parametrize("streak", ["none", "draft", "live"])
def test_of_a_log_with_several_faults_a_batch_names_the_same_one_as_a_single_log_s17(streak):
    streaks = {"none": Streak(), "draft": make_streak(status=Status.DRAFT), "live": make_streak()}
    body = log_body(streaks[streak], value=None, ownedBy=..., ownedById="unknown")
    caller = admin()
    single = caller.post("streak_log/record", body)
    (batched,) = caller.post("streak_log/record/bulk", {"records": [body]}).data["results"]
    assert single.status == 400
    assert batched["error"] == {name: single.body["error"][name] for name in ("code", "message", "details")}
    assert batched["error"]["message"].split(":")[0] in {"streakId", "The streak is draft", "ownedById"}


def test_a_milestone_that_the_member_has_already_is_named_without_a_reward():
    streak = make_streak(completion_target_value=1)
    make_milestone(streak, 1, once_per_member=True)
    results = send(*(log_body(streak, day=day) for day in (1, 2)))["results"]
    rewards = [[one["rewardLog"] is None for one in result["achievedMilestones"]] for result in results]
    assert rewards == [[False], [True]]


def test_naming_what_a_batch_reached_takes_one_query_more_whatever_it_reached():
    streak = make_streak()
    counted = {}
    for target, names in ((7, "ab"), (1, "cd"), (1, "efghij")):
        make_milestone(streak, target, name=f"Day {target} {names}")
        batch = [log_body(streak, of=name) for name in names]
        with CaptureQueriesContext(connection) as queries:
            send(*batch)
        counted[names] = len(
            [query for query in queries if "rewards_rewardlog" in query["sql"] and "INSERT" not in query["sql"]]
        )
    assert counted["efghij"] == counted["cd"]
