"""Rewards as the API shows them: four fields can be changed, everything else is a fact."""

import pytest

from rewards.coupons import upload_codes
from rewards.models import PoolCode, RewardLog
from streaks.models import Milestone
from streaks.tests.calling import admin, end_user, guest, log_body, make_milestone, make_streak

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _evening_of_the_third_of_march(time_machine):
    time_machine.move_to("2026-03-03T18:00:00Z", tick=False)


def earn(*, of="ann", streak=None, day=3, **milestone):
    """Let a member reach a milestone at the first period and return the reward as the log shows it."""
    if streak is None:
        streak = make_streak()
        make_milestone(streak, 1, **milestone)
    answer = admin().post("streak_log/record", log_body(streak, day=day, of=of))
    assert answer.status == 201, answer.body
    return answer.data["achievedMilestoneRewardLog"]


def test_a_reward_shows_every_field():
    reward = earn(reward_validity_days=30, eud_milestone_reward_instruction_message="Show it at the till.")
    row = RewardLog.objects.get()
    caller = admin()
    shown = caller.get(f"reward_log/record/{row.pk}").data
    assert shown == reward
    assert shown.pop("milestone") == caller.get(f"milestone/record/{row.milestone_id}").data
    assert shown == {
        "id": str(row.pk),
        "createdAt": "2026-03-03T18:00:00Z",
        "updatedAt": "2026-03-03T18:00:00Z",
        "linkedSchemaSlug": "streak",
        "linkedSchemaRecordId": str(row.streak_id),
        "milestoneId": str(row.milestone_id),
        "ownedById": str(row.member_id),
        "externalId": "ann",
        "streakProgressId": str(row.streak_progress_id),
        "periodKey": "2026-03-03",
        "couponCode": row.coupon_code,
        "rewardStatus": "issued",
        "pendingReason": None,
        "rewardIssuedAt": "2026-03-03T18:00:00Z",
        "rewardExpiryAt": "2026-04-02T18:00:00Z",
        "redeemedAt": None,
        "eudMilestoneRewardInstructionMessage": "Show it at the till.",
    }


def test_s24_the_status_is_read_off_the_code_the_redemption_and_the_clock(time_machine):
    reward = earn(coupon_source="external", reward_validity_days=1)
    caller = admin()
    path = f"reward_log/record/{reward['id']}"

    def status():
        shown = caller.get(path).data["rewardStatus"]
        assert caller.get("reward_log/record", rewardStatus=shown).ids == [reward["id"]]
        condition = {"fieldSlug": "rewardStatus", "operator": "ne", "value": shown}
        assert caller.get("reward_log/record", filters=condition).ids == []
        return shown

    assert (reward["couponCode"], status()) == (None, "pending")
    assert caller.patch(path, {"couponCode": "X1"}).data["rewardStatus"] == "issued"
    time_machine.move_to("2026-03-04T18:00:00Z", tick=False)
    assert status() == "expired"
    assert caller.patch(path, {"redeemedAt": "2026-03-04T17:59:00+02:00"}).data["redeemedAt"] == "2026-03-04T15:59:00Z"
    assert status() == "redeemed"
    assert caller.patch(path, {"redeemedAt": None, "rewardExpiryAt": None}).data["rewardStatus"] == "issued"


def test_only_four_fields_change_and_the_others_are_ignored():
    reward = earn(coupon_source="external")
    caller = admin()
    changes = {
        "couponCode": "X1",
        "rewardIssuedAt": "2026-03-01T00:00:00Z",
        "rewardExpiryAt": "2026-05-01T00:00:00Z",
        "redeemedAt": "2026-03-02T00:00:00Z",
    }
    facts = {
        "periodKey": "2020-01-01",
        "milestoneId": "x",
        "milestone": None,
        "linkedSchemaSlug": "quest",
        "linkedSchemaRecordId": "x",
        "ownedById": "x",
        "rewardStatus": "issued",
        "pendingReason": "no_code",
    }
    after = caller.patch(f"reward_log/record/{reward['id']}", {**changes, **facts}).data
    derived = {"rewardStatus": "redeemed", "pendingReason": None, "updatedAt": after["updatedAt"]}
    assert after == {**reward, **changes, **derived}
    assert caller.patch(f"reward_log/record/{reward['id']}", after).data == after


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("couponCode", "", "blank"),
        ("couponCode", "c" * 257, "max_length"),
        ("couponCode", None, "null"),
        ("rewardIssuedAt", None, "null"),
        ("rewardIssuedAt", "2026-03-01T00:00:00", "missing_offset"),
        ("rewardExpiryAt", "soon", "invalid"),
        ("redeemedAt", "2026-03-01", "invalid"),
        ("redeemedOn", "2026-03-01", "unknown_field"),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_changes(field, value, code):
    reward = earn()
    answer = admin().patch(f"reward_log/record/{reward['id']}", {"redeemedAt": "2026-03-03T12:00:00Z", field: value})
    assert answer.error() == (400, "validation_error")
    assert answer.details() == [(field, code)]
    assert admin().get(f"reward_log/record/{reward['id']}").data == reward


def test_s23_an_external_code_can_be_taken_back_before_it_is_right():
    reward = earn(coupon_source="external")
    caller = admin()
    for code in ("WRONG", None, "RIGHT"):
        assert caller.patch(f"reward_log/record/{reward['id']}", {"couponCode": code}).data["couponCode"] == code


def test_s25_f39_a_code_that_another_reward_has_is_refused():
    first, second = earn(), earn(of="bob")
    external = earn(of="eve", coupon_source="external")
    caller = admin()
    for reward in (second, external):
        answer = caller.patch(f"reward_log/record/{reward['id']}", {"couponCode": first["couponCode"]})
        assert answer.error() == (400, "validation_error")
        assert answer.details() == [("couponCode", "unique")]
        assert caller.get(f"reward_log/record/{reward['id']}").data == reward
    assert caller.patch(f"reward_log/record/{first['id']}", {"couponCode": first["couponCode"]}).status == 200


def test_s25_f39_a_code_that_waits_in_a_pool_is_refused(django_assert_num_queries):
    pooled = earn(coupon_source="pool")
    assert pooled["rewardStatus"] == "pending"
    caller = admin()
    upload_codes(Milestone.objects.get(), ["P1", "P2"], now=RewardLog.objects.get().created_at)
    assert caller.get(f"reward_log/record/{pooled['id']}").data["couponCode"] == "P1"
    other = earn(of="bob")
    for reward in (pooled, other):
        answer = caller.patch(f"reward_log/record/{reward['id']}", {"couponCode": "P2"})
        assert answer.details() == [("couponCode", "unique")]
    assert caller.patch(f"reward_log/record/{pooled['id']}", {"couponCode": "P1"}).status == 200
    assert PoolCode.objects.get(code="P2").reward_log is None


def test_s23_a_code_set_by_hand_ends_the_wait_for_the_pool():
    reward = earn(coupon_source="pool")
    caller = admin()
    assert caller.patch(f"reward_log/record/{reward['id']}", {"couponCode": "BY-HAND"}).data["rewardStatus"] == "issued"
    upload_codes(Milestone.objects.get(), ["P1"], now=RewardLog.objects.get().created_at)
    assert caller.get(f"reward_log/record/{reward['id']}").data["couponCode"] == "BY-HAND"
    assert PoolCode.objects.get().reward_log is None


def test_external_rewards_may_share_a_code():
    first, second = earn(coupon_source="external"), earn(of="bob", coupon_source="external")
    caller = admin()
    for reward in (first, second):
        assert caller.patch(f"reward_log/record/{reward['id']}", {"couponCode": "ALL"}).data["couponCode"] == "ALL"


def test_rewards_are_made_by_the_system_alone_and_never_deleted():
    reward = earn()
    caller = admin()
    assert caller.post("reward_log/record", {}).error() == (405, "method_not_allowed")
    for method in ("PUT", "DELETE"):
        assert caller.send(method, f"reward_log/record/{reward['id']}", {}).error() == (405, "method_not_allowed")
    assert RewardLog.objects.count() == 1


def test_an_end_user_reads_its_own_rewards_and_changes_none():
    mine, theirs = earn(), earn(of="bob")
    ann = end_user("ann")
    assert ann.get("reward_log/record").ids == [mine["id"]]
    assert ann.get(f"reward_log/record/{mine['id']}").data["couponCode"] == mine["couponCode"]
    assert ann.get(f"reward_log/record/{theirs['id']}").error() == (404, "not_found")
    assert ann.patch(f"reward_log/record/{mine['id']}", {"couponCode": "X"}).error() == (403, "forbidden")
    assert end_user("new member").get("reward_log/record").data == []
    assert guest().get("reward_log/record").error() == (401, "unauthorized")
    assert RewardLog.objects.get(pk=mine["id"]).coupon_code == mine["couponCode"]


def test_s29_rewards_of_a_deleted_streak_stay_readable_to_administrators_alone():
    reward = earn()
    caller = admin()
    caller.delete(f"streak/record/{reward['linkedSchemaRecordId']}")
    assert caller.get("reward_log/record").data == [reward]
    assert end_user("ann").get("reward_log/record").data == []
    assert end_user("ann").get(f"reward_log/record/{reward['id']}").error() == (404, "not_found")


def test_s34_the_instruction_is_in_the_language_asked_for():
    reward = earn(eud_milestone_reward_instruction_message="Show it.")
    caller = admin()
    text = {"eudMilestoneRewardInstructionMessage": "Zeig es."}
    caller.patch(f"milestone/record/{reward['milestoneId']}", text, languageCode="de")
    for code, read in (("en", "Show it."), ("de", "Zeig es."), ("fr", "Show it.")):
        shown = caller.get(f"reward_log/record/{reward['id']}", languageCode=code).data
        assert shown["eudMilestoneRewardInstructionMessage"] == read
        assert shown["milestone"]["eudMilestoneRewardInstructionMessage"] == read


def test_rewards_are_filtered_by_the_usual_fields():
    rewards = [earn(), earn(of="bob", coupon_source="external"), earn(of="eve", reward_validity_days=3)]
    caller = admin()

    def found(**query):
        ids = [reward["id"] for reward in rewards]
        return [ids.index(pk) for pk in caller.get("reward_log/record", **query).ids]

    assert found() == [2, 1, 0]
    assert found(streakId=rewards[0]["linkedSchemaRecordId"]) == [0]
    assert found(linkedSchemaRecordId=rewards[0]["linkedSchemaRecordId"]) == [0]
    assert found(milestoneId=rewards[1]["milestoneId"]) == [1]
    assert found(ownedById=rewards[1]["ownedById"]) == [1]
    assert found(externalId="eve") == [2]
    assert found(streakProgressId=rewards[0]["streakProgressId"]) == [0]
    assert found(rewardStatus="pending") == [1]
    assert found(couponCode=rewards[0]["couponCode"]) == [0]
    assert found(rewardExpiryAtTo="2026-03-06T18:00:00Z") == [2]
    assert found(rewardExpiryAtFrom="2026-03-06T18:00:01Z") == []
    assert found(rewardIssuedAtFrom="2026-03-03T18:00:00Z") == [2, 1, 0]
    assert found(filters={"fieldSlug": "couponCode", "operator": "isNull", "value": True}) == [1]


def test_a_list_of_rewards_takes_a_fixed_number_of_queries(django_assert_num_queries):
    caller = admin()
    for count in (1, 2):
        earn()
        with django_assert_num_queries(2):  # the key, the rewards with their milestones
            assert len(caller.get("reward_log/record").data) == count


def test_a_reward_cannot_expire_before_it_is_issued():
    earn()
    path, server = f"reward_log/record/{RewardLog.objects.get().pk}", admin()
    before = server.get(path).data
    for change in (
        {"rewardExpiryAt": "2026-03-01T00:00:00Z"},
        {"rewardIssuedAt": "2026-03-04T00:00:00Z", "rewardExpiryAt": "2026-03-03T00:00:00Z"},
    ):
        assert server.patch(path, change).details() == [("rewardExpiryAt", "invalid")]
    assert server.get(path).data == before
    at_once = {"rewardIssuedAt": "2026-03-04T00:00:00Z", "rewardExpiryAt": "2026-03-04T00:00:00Z"}
    assert server.patch(path, at_once).status == 200


def test_another_status_is_refused_with_the_way_and_the_one_that_was_read_is_ignored():
    earn()
    path, server = f"reward_log/record/{RewardLog.objects.get().pk}", admin()
    refused = server.patch(path, {"rewardStatus": "redeemed"})
    assert refused.details() == [("rewardStatus", "read_only")]
    assert "redeemedAt" in refused.body["error"]["message"]
    assert server.patch(path, server.get(path).data).status == 200
    redeemed = server.patch(path, {"rewardStatus": "redeemed", "redeemedAt": "2026-03-03T18:00:00Z"})
    assert redeemed.data["rewardStatus"] == "redeemed"
