"""Logging activity: what a log must say, what the answer tells, and that whatever is refused leaves no trace."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from rewards.models import RewardLog
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.tests.calling import admin, log_body, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _evening_of_the_fifth_of_march(time_machine):
    time_machine.move_to("2026-03-05T18:00:00Z", tick=False)


def assert_nothing_stored():
    """Nothing of a refused log may remain, nor a member made for it."""
    assert [model.objects.count() for model in (Member, StreakLog, TaskProgress, StreakProgress, RewardLog)] == [0] * 5


def test_the_answer_shows_the_log_its_period_its_run_and_no_milestone():
    streak = make_streak()
    answer = admin().post("streak_log/record", log_body(streak, day=5, value="29.50"))
    assert answer.status == 201
    record, log, member = dict(answer.data), StreakLog.objects.get(), Member.objects.get()
    assert record.pop("createdAt") == record.pop("updatedAt")
    run = record.pop("streakProgress")
    assert record == {
        "id": str(log.pk),
        "streakId": str(streak.pk),
        "ownedById": str(member.pk),
        "externalId": "ann",
        "activityAt": "2026-03-05T12:00:00Z",
        "activityId": "made_a_purchase",
        "uniqueIdentifier": "order-5",
        "activityValue": Decimal("29.5"),
        "periodKey": "2026-03-05",
        "achievedMilestone": None,
        "achievedMilestoneRewardLog": None,
        "achievedMilestones": [],
    }
    assert (member.external_id, member.status) == ("ann", "live")
    assert run == admin().get(f"streak_progress/record/{run['id']}").data
    assert run["streakProgressStatus"] == "in_progress"
    assert run["taskProgress"]["remainingValue"] == Decimal("20.5")


def test_the_answer_names_the_milestone_reached_with_its_reward():
    streak = make_streak()
    milestone = make_milestone(streak, 1, coupon_source="fixed", coupon_code="SAVE5")
    caller = admin()
    record = caller.post("streak_log/record", log_body(streak)).data
    assert record["achievedMilestone"] == caller.get(f"milestone/record/{milestone.pk}").data
    (reward,) = caller.get("reward_log/record").data
    assert record["achievedMilestoneRewardLog"] == reward
    assert reward["couponCode"] == "SAVE5"
    assert record["achievedMilestones"] == [{**record["achievedMilestone"], "rewardLog": reward}]


def test_of_several_milestones_the_highest_is_named_and_all_are_listed():
    streak = make_streak()
    caller = admin()
    for day in (1, 3):
        caller.post("streak_log/record", log_body(streak, day=day))
    for target in (3, 2):
        make_milestone(streak, target)
    record = caller.post("streak_log/record", log_body(streak, day=2)).data
    assert [milestone["milestoneTargetValue"] for milestone in record["achievedMilestones"]] == [2, 3]
    assert record["achievedMilestone"]["milestoneTargetValue"] == 3
    assert record["achievedMilestoneRewardLog"] == record["achievedMilestones"][1]["rewardLog"]
    assert [milestone["rewardLog"]["milestoneId"] for milestone in record["achievedMilestones"]] == [
        milestone["id"] for milestone in record["achievedMilestones"]
    ]


def test_a_log_reads_the_same_as_it_was_answered():
    streak = make_streak()
    make_milestone(streak, 1)
    caller = admin()
    record = caller.post("streak_log/record", log_body(streak)).data
    assert caller.get(f"streak_log/record/{record['id']}").data == record
    assert caller.get("streak_log/record").data == [record]


def test_each_log_of_a_list_shows_the_run_in_which_it_counts():
    streak = make_streak()
    caller = admin()
    runs = [
        caller.post("streak_log/record", log_body(streak, day=day)).data["streakProgress"]["id"] for day in (1, 4, 5)
    ]
    assert runs[0] != runs[1] == runs[2]
    shown = [log["streakProgress"]["id"] for log in caller.get("streak_log/record").data]
    assert shown == runs[::-1]


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"streakId": ...}, [("streakId", "required")]),
        ({"ownedBy": ...}, [("ownedById", "required")]),
        ({"activityAt": ...}, [("activityAt", "required")]),
        ({"activityId": ...}, [("activityId", "required")]),
        ({"uniqueIdentifier": ...}, [("uniqueIdentifier", "required")]),
        ({"activityValue": ...}, [("activityValue", "required")]),
        ({"activityValue": None}, [("activityValue", "required")]),
        ({"streakId": "no-id"}, [("streakId", "not_found")]),
        ({"streakId": str(uuid.UUID(int=7))}, [("streakId", "not_found")]),
        ({"ownedById": "unknown", "ownedBy": ...}, [("ownedById", "not_found")]),
        ({"ownedById": str(uuid.UUID(int=7)), "ownedBy": ...}, [("ownedById", "not_found")]),
        ({"ownedById": "ann"}, [("ownedById", "invalid")]),
        ({"ownedBy": "ann"}, [("ownedBy", "invalid")]),
        ({"ownedBy": {}}, [("ownedBy.externalId", "required")]),
        ({"ownedBy": {"externalId": ""}}, [("ownedBy.externalId", "blank")]),
        ({"ownedBy": {"externalId": "x" * 257}}, [("ownedBy.externalId", "max_length")]),
        ({"ownedBy": {"externalId": "ann", "email": "ann"}}, [("ownedBy.email", "invalid")]),
        ({"ownedBy": {"externalId": "ann", "phoneNumber": "555"}}, [("ownedBy.phoneNumber", "invalid")]),
        ({"ownedBy": {"externalId": "ann", "status": "live"}}, [("ownedBy.status", "unknown_field")]),
        ({"activityAt": "2026-03-05T12:00:00"}, [("activityAt", "missing_offset")]),
        ({"activityAt": "yesterday"}, [("activityAt", "invalid")]),
        ({"activityAt": 1772712000}, [("activityAt", "invalid")]),
        ({"activityAt": "2026-03-05T18:05:01Z"}, [("activityAt", "in_future")]),
        ({"activityAt": "9999-12-31T23:59:59-12:00"}, [("activityAt", "invalid")]),
        ({"activityAt": "0001-01-01T00:00:00+14:00"}, [("activityAt", "invalid")]),
        ({"activityId": ""}, [("activityId", "blank")]),
        ({"activityId": "a" * 257}, [("activityId", "max_length")]),
        ({"uniqueIdentifier": ""}, [("uniqueIdentifier", "blank")]),
        ({"uniqueIdentifier": "u" * 257}, [("uniqueIdentifier", "max_length")]),
        ({"uniqueIdentifier": None}, [("uniqueIdentifier", "null")]),
        ({"uniqueIdentifier": ["u"]}, [("uniqueIdentifier", "invalid")]),
        ({"activityValue": "much"}, [("activityValue", "invalid")]),
        ({"activityValue": True}, [("activityValue", "invalid")]),
        ({"activityValue": "NaN"}, [("activityValue", "invalid")]),
        ({"activityValue": "Infinity"}, [("activityValue", "invalid")]),
        ({"activityValue": "1e400"}, [("activityValue", "max_digits")]),
        ({"activityValue": "1.00001"}, [("activityValue", "max_decimal_places")]),
        ({"activityValue": 100000000000000}, [("activityValue", "max_whole_digits")]),
        ({"vlaue": 5}, [("vlaue", "unknown_field")]),
    ],
)
def test_a_misshapen_log_is_refused_with_its_field_and_leaves_no_trace(changes, details):
    answer = admin().post("streak_log/record", log_body(make_streak(), day=5, **changes))
    assert answer.error() == (400, "validation_error")
    assert answer.details() == details
    assert_nothing_stored()


LEAP_SECOND = "There is no second 60: write a leap second as 59."


@pytest.mark.parametrize(
    ("instant", "hint"),
    [
        ("2026-03-04T24:00:00Z", "There is no hour 24: write midnight as 00:00 of the next day."),
        ("2026-03-04t24:00z", "There is no hour 24: write midnight as 00:00 of the next day."),
        ("2026-03-04T23:59:60Z", "There is no second 60: write a leap second as 59."),
        (
            "2026-03-04T23:59:60.5+01:00",
            "There is no second 60: write a leap second as 59.",
        ),
    ],
)
def test_s1_an_instant_that_no_clock_here_shows_is_refused_with_what_to_write(instant, hint):
    answer = admin().post("streak_log/record", log_body(make_streak(), activityAt=instant))
    assert answer.details() == [("activityAt", "invalid")]
    assert answer.body["error"]["message"] == f"activityAt: {hint}"
    assert_nothing_stored()


def test_f10_a_clock_that_is_at_most_five_minutes_ahead_is_accepted():
    assert admin().post("streak_log/record", log_body(make_streak(), activityAt="2026-03-05T18:05:00Z")).status == 201


def test_f1_f8_the_period_is_that_of_the_event_on_the_clock_of_the_streak():
    caller, streak = admin(), make_streak(time_zone="Asia/Kathmandu")
    for number, (at, key) in enumerate(
        [
            ("2026-03-03T18:14:59Z", "2026-03-03"),
            ("2026-03-03T18:15:00Z", "2026-03-04"),
            ("2026-03-03T23:59:59-05:00", "2026-03-04"),
        ]
    ):
        body = log_body(streak, activityAt=at, uniqueIdentifier=f"visit {number}")
        assert caller.post("streak_log/record", body).data["periodKey"] == key


def test_identifiers_are_kept_to_the_letter():
    body = log_body(make_streak(), uniqueIdentifier=" Ä \n", activityId=" buy ", ownedBy={"externalId": " ann "})
    record = admin().post("streak_log/record", body).data
    assert (record["uniqueIdentifier"], record["activityId"]) == (" Ä \n", " buy ")
    assert Member.objects.get().external_id == " ann "
    long = log_body(make_streak(), uniqueIdentifier="ü" * 256, activityId="ß" * 256, ownedBy={"externalId": "é" * 256})
    assert admin().post("streak_log/record", long).status == 201


def test_exact_decimals_of_14_and_4_digits_survive_and_add_up():
    caller, streak = admin(), make_streak(aggregation_target_value=Decimal("0.3"))
    for number, value in enumerate([0.1, "0.2"]):
        run = caller.post("streak_log/record", log_body(streak, day=5, value=value, uniqueIdentifier=str(number))).data
    assert run["streakProgress"]["currentProgressValue"] == 1
    body = log_body(streak, value="99999999999999.9999", uniqueIdentifier="big")
    assert str(caller.post("streak_log/record", body).data["activityValue"]) == "99999999999999.9999"


def test_s9_a_refund_is_a_negative_value():
    caller, streak = admin(), make_streak()
    caller.post("streak_log/record", log_body(streak, day=5))
    body = log_body(streak, day=5, value="-20.5", uniqueIdentifier="refund")
    run = caller.post("streak_log/record", body).data["streakProgress"]
    assert (run["currentProgressValue"], run["taskProgress"]["currentValue"]) == (0, Decimal("29.5"))


def test_s6_a_count_needs_no_value():
    streak = make_streak(aggregation_method="count", aggregation_target_value=Decimal(2))
    record = admin().post("streak_log/record", log_body(streak, day=5, activityValue=...)).data
    assert record["activityValue"] is None
    assert record["streakProgress"]["taskProgress"]["currentValue"] == 1


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_s26_a_streak_that_is_not_live_takes_no_logs(status):
    answer = admin().post("streak_log/record", log_body(make_streak(status=status)))
    assert answer.error() == (400, "streak_not_live")
    assert_nothing_stored()


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_s26_a_member_who_is_not_live_earns_nothing(status):
    make_member("ann", status)
    answer = admin().post("streak_log/record", log_body(make_streak()))
    assert answer.error() == (400, "member_not_live")
    assert StreakLog.objects.count() == StreakProgress.objects.count() == 0
    assert Member.objects.get().status == status


def test_s29_a_deleted_streak_takes_no_logs():
    streak = make_streak()
    caller = admin()
    caller.delete(f"streak/record/{streak.pk}")
    assert caller.post("streak_log/record", log_body(streak)).details() == [("streakId", "not_found")]
    assert_nothing_stored()


def test_s27_f14_a_repeat_is_a_conflict_that_names_the_first_log_and_changes_nothing():
    streak = make_streak()
    caller = admin()
    first = caller.post("streak_log/record", log_body(streak)).data
    answer = caller.post("streak_log/record", log_body(streak, value=70, activityAt="2026-03-02T12:00:00Z"))
    assert answer.error() == (409, "duplicate_record")
    assert answer.body["error"]["details"][0]["existingId"] == first["id"]
    assert StreakLog.objects.get().activity_value == 50
    assert TaskProgress.objects.get().total == 50
    others = [log_body(streak, of="bob"), log_body(make_streak())]
    assert [caller.post("streak_log/record", body).status for body in others] == [201, 201]


def test_owned_by_makes_a_live_member_and_leaves_an_existing_one_as_it_is():
    streak = make_streak()
    person = {
        "externalId": "ann",
        "firstName": "Ann",
        "lastName": "Lee",
        "email": "ann@example.com",
        "phoneNumber": "+14155550123",
    }
    caller = admin()
    caller.post("streak_log/record", log_body(streak, ownedBy=person))
    fields = ("external_id", "first_name", "last_name", "email", "phone_number", "status")
    made = Member.objects.values_list(*fields).get()
    assert made == ("ann", "Ann", "Lee", "ann@example.com", "+14155550123", "live")
    caller.post("streak_log/record", log_body(streak, day=2, ownedBy={"externalId": "ann", "firstName": "Anna"}))
    assert Member.objects.values_list(*fields).get() == made


def test_owned_by_id_takes_our_id_or_failing_that_an_external_id():
    streak = make_streak()
    ann = make_member("ann")
    looks_like_an_id = make_member(str(uuid.UUID(int=7)))
    make_member(str(ann.pk))
    caller = admin()
    for day, (owner, member) in enumerate(
        [(str(ann.pk), ann), ("ann", ann), (looks_like_an_id.external_id, looks_like_an_id)], start=1
    ):
        record = caller.post("streak_log/record", log_body(streak, day=day, ownedBy=..., ownedById=owner)).data
        assert record["ownedById"] == str(member.pk)


def test_a_log_that_was_read_can_be_sent_again_and_is_a_repeat():
    caller = admin()
    record = caller.post("streak_log/record", log_body(make_streak())).data
    assert caller.post("streak_log/record", record).error() == (409, "duplicate_record")
    assert caller.post("streak_log/record", {**record, "uniqueIdentifier": "another"}).status == 201


def test_s29_a_log_is_never_updated_or_deleted():
    caller = admin()
    record = caller.post("streak_log/record", log_body(make_streak())).data
    path = f"streak_log/record/{record['id']}"
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        assert caller.send(method, path, {"activityValue": 1}).error() == (405, "method_not_allowed")
    assert caller.get(path).data == record


def test_s21_a_milestone_that_a_member_may_earn_once_is_told_again_without_a_reward():
    streak = make_streak(completion_target_value=2)
    make_milestone(streak, 1, once_per_member=True)
    make_milestone(streak, 2)
    caller = admin()
    first = caller.post("streak_log/record", log_body(streak, day=1)).data
    again = caller.post("streak_log/record", log_body(streak, day=4)).data
    assert first["achievedMilestoneRewardLog"] is not None
    assert again["achievedMilestone"] == first["achievedMilestone"]
    assert again["achievedMilestoneRewardLog"] is None
    assert again["achievedMilestones"] == [{**first["achievedMilestone"], "rewardLog": None}]
    assert RewardLog.objects.count() == 1


def test_a_recorded_log_takes_a_fixed_number_of_queries(django_assert_num_queries):
    streak = make_streak()
    make_milestone(streak, 4)
    caller = admin()
    for day in (1, 2):
        caller.post("streak_log/record", log_body(streak, day=day))
    # On SQLite 4 begin and end savepoints, and 5 read what the answer shows; on PostgreSQL 2 do, and 2 are functions.
    with django_assert_num_queries(23 if connection.vendor == "sqlite" else 4):
        assert caller.post("streak_log/record", log_body(streak, day=3)).status == 201


@pytest.mark.parametrize("path", ["streak_log/record", "streak_log/record/bulk"])
def test_a_log_fills_what_is_not_known_of_its_member_and_overwrites_nothing(path):
    streak, server = make_streak(), admin()
    Member.objects.create(external_id="ann", first_name="Ann")

    def send(number, **person):
        body = log_body(streak, ownedBy={"externalId": "ann", **person}, uniqueIdentifier=f"order-{number}")
        return server.post(path, {"records": [body]} if path.endswith("bulk") else body)

    send(1, firstName="Anna", lastName="Smith", email="")
    send(2, lastName="Other", email="ann@example.com")
    send(2, phoneNumber="+4915112345678")  # a repeat changes nothing
    assert send(3).status in {200, 201}
    ann = Member.objects.get()
    assert (ann.first_name, ann.last_name, ann.email, ann.phone_number) == ("Ann", "Smith", "ann@example.com", "")
