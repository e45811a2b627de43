"""The milestone resource: bound to its streak, checked against it, and hidden rather than lost."""

import pytest

from gamopanda.api.models import Status
from streaks.models import Milestone
from streaks.tests.calling import admin, end_user, guest, log_body, make_milestone, make_streak

pytestmark = pytest.mark.django_db


def body_for(streak, **changes):
    """The least that a milestone needs."""
    fields = {"linkedSchemaRecordId": str(streak.pk), "name": "Day 3", "milestoneTargetValue": 3, "status": "live"}
    return {**fields, **changes}


def test_a_created_milestone_comes_back_with_every_field_and_default():
    streak = make_streak()
    answer = admin().post("milestone/record", body_for(streak))
    assert answer.status == 201
    record = dict(answer.data)
    assert record.pop("id") == str(Milestone.objects.get().pk)
    assert {record.pop("createdAt")[-1], record.pop("updatedAt")[-1]} == {"Z"}
    assert record == {
        "linkedSchemaSlug": "streak",
        "linkedSchemaRecordId": str(streak.pk),
        "name": "Day 3",
        "description": "",
        "milestoneTargetValue": 3,
        "status": "live",
        "couponSource": "generated",
        "couponPrefix": "",
        "couponCode": "",
        "rewardLimit": None,
        "freezeReward": 0,
        "rewardValidityDays": None,
        "oncePerMember": False,
        "eudTitle": "",
        "eudDescription": "",
        "eudMilestoneRewardInstructionMessage": "",
    }


def test_a_milestone_of_a_streak_in_every_state_can_be_made_and_is_a_draft_unless_said_otherwise():
    for status in Status:
        body = body_for(make_streak(status=status))
        del body["status"]
        assert admin().post("milestone/record", body).data["status"] == "draft"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("linkedSchemaSlug", "quest", "invalid_choice"),
        ("linkedSchemaRecordId", "not-an-id", "not_found"),
        ("linkedSchemaRecordId", "0190163d-8694-739b-aea5-966c26f8ad91", "not_found"),
        ("linkedSchemaRecordId", 5, "not_found"),
        ("linkedSchemaRecordId", None, "null"),
        ("name", "n" * 257, "max_length"),
        ("description", "d" * 1025, "max_length"),
        ("milestoneTargetValue", 0, "min_value"),
        ("milestoneTargetValue", -1, "min_value"),
        ("milestoneTargetValue", 8, "max_value"),
        ("milestoneTargetValue", 10**30, "max_value"),
        ("milestoneTargetValue", 2.5, "invalid"),
        ("milestoneTargetValue", None, "null"),
        ("status", "gone", "invalid_choice"),
        ("couponSource", "magic", "invalid_choice"),
        ("couponSource", "fixed", "required"),
        ("couponPrefix", "p" * 17, "max_length"),
        ("couponCode", "c" * 257, "max_length"),
        ("rewardValidityDays", 0, "min_value"),
        ("rewardValidityDays", -1, "min_value"),
        ("rewardValidityDays", 36526, "max_value"),
        ("oncePerMember", "perhaps", "invalid"),
        ("eudTitle", "t" * 49, "max_length"),
        ("eudDescription", "d" * 1025, "max_length"),
        ("eudMilestoneRewardInstructionMessage", "d" * 1025, "max_length"),
        ("eudTitle", "{{periodText}} done", "unknown_variable"),
        ("eudDescription", "{{periodText}} done", "unknown_variable"),
        ("eudMilestoneRewardInstructionMessage", "Code {{couponCode}}", "unknown_variable"),
        ("target", 3, "unknown_field"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_nothing_is_stored(field, value, code):
    answer = admin().post("milestone/record", body_for(make_streak(), **{field: value}))
    assert answer.error() == (400, "validation_error")
    assert answer.details() == [("couponCode" if value == "fixed" else field, code)]
    assert Milestone.objects.count() == 0


@pytest.mark.parametrize("field", ["linkedSchemaRecordId", "name", "milestoneTargetValue"])
def test_a_milestone_without_a_required_field_is_refused(field):
    body = body_for(make_streak())
    del body[field]
    assert admin().post("milestone/record", body).details() == [(field, "required")]


def test_s20_the_target_is_checked_on_update_too():
    milestone = make_milestone(make_streak(), 3)
    answer = admin().patch(f"milestone/record/{milestone.pk}", {"milestoneTargetValue": 8, "name": "Day 8"})
    assert answer.details() == [("milestoneTargetValue", "max_value")]
    assert "from 1 to 7" in answer.body["error"]["details"][0]["message"]
    assert Milestone.objects.get().name == "Day 3"
    assert (
        admin().patch(f"milestone/record/{milestone.pk}", {"milestoneTargetValue": 7}).data["milestoneTargetValue"] == 7
    )


def test_s23_a_fixed_coupon_cannot_lose_its_code():
    milestone = make_milestone(make_streak(), 3, coupon_source="fixed", coupon_code="SAVE5")
    caller = admin()
    assert caller.patch(f"milestone/record/{milestone.pk}", {"couponCode": ""}).details() == [
        ("couponCode", "required")
    ]
    assert Milestone.objects.get().coupon_code == "SAVE5"


def test_a_milestone_stays_with_its_streak():
    milestone, other = make_milestone(make_streak(), 3), make_streak()
    caller = admin()
    answer = caller.patch(f"milestone/record/{milestone.pk}", {"linkedSchemaRecordId": str(other.pk)})
    assert answer.error() == (400, "validation_error")
    assert answer.details() == [("linkedSchemaRecordId", "immutable")]
    record = caller.get(f"milestone/record/{milestone.pk}").data
    assert caller.patch(f"milestone/record/{milestone.pk}", record).data["linkedSchemaRecordId"] == str(
        milestone.streak_id
    )


def test_a_milestone_of_a_deleted_streak_cannot_be_made():
    streak = make_streak()
    caller = admin()
    caller.delete(f"streak/record/{streak.pk}")
    assert caller.post("milestone/record", body_for(streak)).details() == [("linkedSchemaRecordId", "not_found")]
    assert Milestone.objects.count() == 0


def test_end_users_and_guests_see_live_milestones_of_live_streaks_only():
    live = make_streak()
    shown = make_milestone(live, 3)
    hidden = [
        make_milestone(live, 5, status=Status.DRAFT),
        make_milestone(live, 6, status=Status.PAUSED),
        make_milestone(make_streak(status=Status.DRAFT), 3),
        make_milestone(make_streak(status=Status.PAUSED), 3),
    ]
    assert set(admin().get("milestone/record").ids) == {str(milestone.pk) for milestone in [shown, *hidden]}
    for reader in (end_user(), guest()):
        assert reader.get("milestone/record").ids == [str(shown.pk)]
        for milestone in hidden:
            assert reader.get(f"milestone/record/{milestone.pk}").error() == (404, "not_found")


def test_s29_a_milestone_is_deleted_before_any_activity_and_hidden_once_it_can_have_issued_rewards():
    streak = make_streak()
    plain, earned = make_milestone(make_streak(), 1), make_milestone(streak, 1)
    caller = admin()
    assert caller.post("streak_log/record", log_body(streak)).status == 201
    for milestone in (plain, earned):
        assert caller.delete(f"milestone/record/{milestone.pk}").status == 204
        assert caller.get(f"milestone/record/{milestone.pk}").error() == (404, "not_found")
    assert [milestone.pk for milestone in Milestone.objects.all()] == [earned.pk]
    (reward,) = caller.get("reward_log/record").data
    assert reward["milestone"]["id"] == reward["milestoneId"] == str(earned.pk)
    assert reward["milestone"]["name"] == "Day 1"


def test_milestones_are_filtered_by_the_usual_fields():
    first, second = make_streak(), make_streak()
    one, two = make_milestone(first, 1), make_milestone(second, 2, status=Status.DRAFT)
    caller = admin()
    assert caller.get("milestone/record", linkedSchemaRecordId=str(first.pk)).ids == [str(one.pk)]
    assert caller.get("milestone/record", status="draft").ids == [str(two.pk)]
    assert caller.get("milestone/record", sortBy=[{"fieldSlug": "milestoneTargetValue", "order": "ASC"}]).ids == [
        str(one.pk),
        str(two.pk),
    ]
    assert caller.get("milestone/record", milestoneTargetValue="2").ids == [str(two.pk)]
    for wrong in ("2.5", "two", "0", "-1", "36526", "9" * 40, "٢", " 2", "2_0"):
        assert caller.get("milestone/record", milestoneTargetValue=wrong).details() == [
            ("milestoneTargetValue", "invalid")
        ]


def test_a_list_of_milestones_takes_a_fixed_number_of_queries(django_assert_num_queries):
    caller = admin()
    for count in (2, 4):
        make_milestone(make_streak(), 3)
        make_milestone(make_streak(), 4)
        with django_assert_num_queries(2):  # the key, the milestones
            assert len(caller.get("milestone/record").data) == count


FROZEN = [("milestoneTargetValue", 2), ("couponSource", "external"), ("oncePerMember", True)]


@pytest.mark.parametrize(("field", "value"), FROZEN)
def test_s20_the_rules_of_a_live_milestone_are_frozen_from_the_first_log_on(field, value):
    streak = make_streak()
    milestone, draft = make_milestone(streak, 3), make_milestone(streak, 5, status=Status.DRAFT)
    path, caller = f"milestone/record/{milestone.pk}", admin()
    assert caller.patch(path, {field: value}).status == 200
    assert caller.patch(path, {"milestoneTargetValue": 3, "couponSource": "generated", "oncePerMember": False}).data
    caller.post("streak_log/record", log_body(streak))
    before = caller.get(path).data
    refused = caller.patch(path, {field: value, "name": "Another", "status": "draft"})
    assert refused.error() == (400, "validation_error")
    assert refused.details() == [(field, "rules_frozen")]
    assert caller.get(path).data == before
    assert caller.patch(f"{path}?dryRun=true", {field: value}).details() == [(field, "rules_frozen")]
    same = {name: before[name] for name, _value in FROZEN}
    assert caller.patch(path, {**same, "name": "Another", "rewardValidityDays": 5}).data["name"] == "Another"
    assert caller.patch(f"milestone/record/{draft.pk}", {field: value, "status": "live"}).data[field] == value


def test_s20_a_milestone_that_has_rewarded_somebody_keeps_its_rules_as_a_draft_too():
    streak = make_streak()
    rewarding, other = make_milestone(streak, 1), make_milestone(streak, 2)
    caller = admin()
    caller.post("streak_log/record", log_body(streak))
    for milestone in (rewarding, other):
        assert caller.patch(f"milestone/record/{milestone.pk}", {"status": "draft"}).data["status"] == "draft"
    assert caller.patch(f"milestone/record/{other.pk}", {"milestoneTargetValue": 4}).data["milestoneTargetValue"] == 4
    refused = caller.patch(f"milestone/record/{rewarding.pk}", {"milestoneTargetValue": 4})
    assert refused.details() == [("milestoneTargetValue", "rules_frozen")]
    assert Milestone.objects.get(pk=rewarding.pk).milestone_target_value == 1
