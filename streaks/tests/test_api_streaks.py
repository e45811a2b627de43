"""The streak resource: who sees what, what is required, what is refused, and that a refusal changes nothing."""

from decimal import Decimal

import pytest
from django.utils import translation

from gamopanda.api.models import Status
from streaks.models import Streak, StreakLog
from streaks.models.texts import DEFAULTS
from streaks.progress.lifecycle import delete_streak
from streaks.tests.calling import SHOPPER, admin, end_user, guest, log_body, make_milestone, make_streak

pytestmark = pytest.mark.django_db

TEXTS = {
    "eudInProgressLabel": "In Progress",
    "eudCompletedLabel": "Completed",
    "eudNotStartedLabel": "Not Started",
    "eudBrokenLabel": "Broken",
    "eudViewDetailsButtonText": "View Details",
    "eudNonMilestoneNextToBeAchievedMessage": DEFAULTS["eud_non_milestone_next_to_be_achieved_message"],
    "eudNonMilestoneAchievedMessage": DEFAULTS["eud_non_milestone_achieved_message"],
    "eudCompletedStreakMessage": DEFAULTS["eud_completed_streak_message"],
    "eudBrokenStreakMessage": DEFAULTS["eud_broken_streak_message"],
    "eudMilestoneNextToBeAchievedMessage": DEFAULTS["eud_milestone_next_to_be_achieved_message"],
    "eudMilestoneAchievedMessage": DEFAULTS["eud_milestone_achieved_message"],
    "eudFreezeUsedMessage": DEFAULTS["eud_freeze_used_message"],
}


SCHEDULE = {
    "activeWeekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    "clock": "streak",
    "dayStartsAt": 0,
    "startsAt": None,
    "endsAt": None,
    "lateDays": 7,
    "announceAfterHours": 6,
    "phase": "running",
    "displayOrder": 0,
}
PROTECTION = {
    "rules": [],
    "holidayCalendarIds": [],
    "freezeMaxCount": 0,
    "freezeInitialCount": 0,
    "freezeEveryPeriods": None,
    "freezeMinimumValue": 3,
    "memberBreaksAllowed": False,
    "memberBreakMaxDays": 30,
    "memberBreakMaxDaysPerYear": 60,
    "restoreMaxPeriods": 3,
}


def test_a_created_streak_comes_back_with_every_field_and_the_defaults_of_the_product_page():
    answer = admin().post("streak/record", SHOPPER)
    assert answer.status == 201
    record = dict(answer.data)
    icon = record.pop("eudIcon")
    assert icon.startswith("http://testserver/static/")
    assert {record.pop("createdAt")[-1], record.pop("updatedAt")[-1]} == {"Z"}
    assert record.pop("id") == str(Streak.objects.get().pk)
    assert record == {
        **SHOPPER,
        **TEXTS,
        **SCHEDULE,
        **PROTECTION,
        "timeZone": None,
        "eudTitle": "",
        "eudDescription": "",
        "milestones": [],
    }


def test_a_read_record_is_the_created_one_on_both_trees():
    caller = admin()
    created = caller.post("streak/record", SHOPPER).data
    assert caller.get(f"streak/record/{created['id']}").data == created
    assert caller.get(f"/schema/streak/record/{created['id']}").data == created
    assert caller.get("/schema/streak/record").data == [created]


def test_numbers_are_json_numbers_without_a_trailing_zero():
    caller = admin()
    for written, read in (
        (50, "50"),
        ("50.00", "50"),
        ("20.5", "20.5"),
        ("0.0001", "0.0001"),
        ("99999999999999.9999",) * 2,
    ):
        record = caller.post("streak/record", {**SHOPPER, "aggregationTargetValue": written}).data
        assert str(record["aggregationTargetValue"]) == read
    assert type(record["completionTargetValue"]) is int


@pytest.mark.parametrize("field", ["name", "description", "status", "completionTargetValue", "aggregationTargetValue"])
def test_a_streak_without_a_required_field_is_refused(field):
    body = {name: value for name, value in SHOPPER.items() if name != field}
    answer = admin().post("streak/record", body)
    assert answer.error() == (400, "validation_error")
    assert answer.details() == [(field, "required")]
    assert Streak.objects.count() == 0


def test_method_and_period_default_to_sum_and_daily():
    body = {name: value for name, value in SHOPPER.items() if name not in {"aggregationMethod", "aggregationPeriod"}}
    record = admin().post("streak/record", body).data
    assert (record["aggregationMethod"], record["aggregationPeriod"]) == ("sum", "daily")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "blank"),
        ("name", None, "null"),
        ("name", "n" * 257, "max_length"),
        ("description", "d" * 1025, "max_length"),
        ("status", "running", "invalid_choice"),
        ("aggregationMethod", "average", "invalid_choice"),
        ("aggregationPeriod", "hourly", "invalid_choice"),
        ("aggregationTargetValue", 0, "min_value"),
        ("aggregationTargetValue", -1, "min_value"),
        ("aggregationTargetValue", "0.00001", "max_decimal_places"),
        ("aggregationTargetValue", 100000000000000, "max_whole_digits"),
        ("aggregationTargetValue", "fifty", "invalid"),
        ("aggregationTargetValue", True, "invalid"),
        ("completionTargetValue", 0, "min_value"),
        ("completionTargetValue", -1, "min_value"),
        ("completionTargetValue", 10**30, "max_value"),
        ("completionTargetValue", 36526, "max_value"),
        ("completionTargetValue", "7.5", "invalid"),
        ("completionTargetValue", True, "invalid"),
        ("timeZone", "Mars/Olympus", "unknown_time_zone"),
        ("timeZone", "Factory", "unknown_time_zone"),
        ("timeZone", "localtime", "unknown_time_zone"),
        ("timeZone", "posixrules", "unknown_time_zone"),
        ("timeZone", "Etc/Unknown", "unknown_time_zone"),
        ("timeZone", "right/UTC", "unknown_time_zone"),
        ("timeZone", "posix/UTC", "unknown_time_zone"),
        ("timeZone", "zone.tab", "unknown_time_zone"),
        ("eudTitle", "t" * 49, "max_length"),
        ("eudDescription", "d" * 1025, "max_length"),
        ("eudBrokenLabel", "l" * 33, "max_length"),
        ("eudBrokenStreakMessage", "m" * 257, "max_length"),
        ("eudBrokenStreakMessage", "{{name}} lost it", "unknown_variable"),
        ("eudBrokenStreakMessage", "Spend {{nextRemainingValue} more", "unpaired_braces"),
        ("eudBrokenStreakMessage", "Spend {nextRemainingValue}} more", "unpaired_braces"),
        ("eudBrokenStreakMessage", "{{nextRemainingValue} a {{periodText}}", "unpaired_braces"),
        ("eudBrokenStreakMessage", "Spend {{", "unpaired_braces"),
        ("eudBrokenStreakMessage", "{{{periodText}}}", "unknown_variable"),
        ("eudTitle", "A {{periodText}}", "unknown_variable"),
        ("eudDescription", "A {{periodText}}", "unknown_variable"),
        ("eudBrokenLabel", "{{periodText} lost", "unknown_variable"),
        ("eudViewDetailsButtonText", "See {{ periodText }}", "unknown_variable"),
        ("nmae", "typo", "unknown_field"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_nothing_is_stored(field, value, code):
    answer = admin().post("streak/record", {**SHOPPER, field: value})
    assert answer.error() == (400, "validation_error")
    assert answer.details() == [(field, code)]
    assert Streak.objects.count() == 0


def test_the_same_wrong_values_are_refused_on_update_and_change_nothing():
    streak = make_streak()
    answer = admin().patch(f"streak/record/{streak.pk}", {"name": "New", "timeZone": "Mars/Olympus"})
    assert answer.details() == [("timeZone", "unknown_time_zone")]
    assert Streak.objects.get().name == "7-Day Shopper"


def test_an_update_changes_what_it_names_and_nothing_else():
    caller = admin()
    before = caller.post("streak/record", SHOPPER).data
    after = caller.patch(f"streak/record/{before['id']}", {"name": "Shopper", "timeZone": "Europe/Berlin"}).data
    assert after == {**before, "name": "Shopper", "timeZone": "Europe/Berlin", "updatedAt": after["updatedAt"]}
    assert after["updatedAt"] > before["updatedAt"]


@pytest.mark.parametrize("unset", [None, ""])
def test_a_time_zone_of_null_or_nothing_means_the_clock_of_the_deployment(unset):
    caller = admin()
    record = caller.post("streak/record", {**SHOPPER, "timeZone": "Asia/Kathmandu"}).data
    assert record["timeZone"] == "Asia/Kathmandu"
    assert caller.patch(f"streak/record/{record['id']}", {"timeZone": unset}).data["timeZone"] is None


def test_a_record_that_was_read_can_be_sent_back():
    caller = admin()
    streak = make_streak()
    make_milestone(streak, 3)
    record = caller.get(f"streak/record/{streak.pk}").data
    again = caller.patch(f"streak/record/{streak.pk}", record).data
    assert again == {**record, "updatedAt": again["updatedAt"]}
    copy = caller.post("streak/record", record).data
    assert copy["id"] != record["id"]
    assert copy["milestones"] == []


def test_s28_rules_are_frozen_from_the_first_log_on_and_the_error_names_the_way_out():
    caller = admin()
    streak = make_streak()
    caller.post("streak_log/record", log_body(streak, activityAt="2025-03-01T12:00:00Z"))
    assert StreakLog.objects.count() == 1
    for rule, value in (
        ("aggregationMethod", "count"),
        ("aggregationPeriod", "weekly"),
        ("aggregationTargetValue", 60),
        ("completionTargetValue", 8),
        ("timeZone", "Europe/Berlin"),
    ):
        answer = caller.patch(f"streak/record/{streak.pk}", {rule: value, "name": "Changed"})
        assert answer.error() == (400, "validation_error")
        assert answer.details() == [(rule, "rules_frozen")]
        assert "Duplicate the streak as a draft" in answer.body["error"]["details"][0]["message"]
    assert Streak.objects.get().name == "7-Day Shopper"
    texts = {"name": "Changed", "eudTitle": "Shop daily", "status": "paused", "aggregationTargetValue": "50.0"}
    assert caller.patch(f"streak/record/{streak.pk}", texts).data["eudTitle"] == "Shop daily"


def test_a_completion_target_below_a_milestone_is_refused():
    streak = make_streak()
    make_milestone(streak, 5)
    make_milestone(streak, 7, deleted_at=streak.created_at)
    caller = admin()
    answer = caller.patch(f"streak/record/{streak.pk}", {"completionTargetValue": 4})
    assert answer.details() == [("completionTargetValue", "min_value")]
    assert Streak.objects.get().completion_target_value == 7
    assert caller.patch(f"streak/record/{streak.pk}", {"completionTargetValue": 5}).status == 200


def test_s29_a_deleted_streak_is_hidden_from_everybody_and_kept():
    streak = make_streak()
    make_milestone(streak, 3)
    caller = admin()
    answer = caller.delete(f"streak/record/{streak.pk}")
    assert (answer.status, answer.body) == (204, None)
    for reader in (caller, end_user(), guest()):
        assert reader.get(f"streak/record/{streak.pk}").error() == (404, "not_found")
        assert reader.get("streak/record").data == []
        assert reader.get("milestone/record").data == []
    assert caller.delete(f"streak/record/{streak.pk}").error() == (404, "not_found")
    assert caller.patch(f"streak/record/{streak.pk}", {"name": "x"}).error() == (404, "not_found")
    assert Streak.objects.get().deleted_at is not None


def test_end_users_and_guests_see_live_streaks_only():
    live, draft, paused = make_streak(), make_streak(status=Status.DRAFT), make_streak(status=Status.PAUSED)
    delete_streak(make_streak())
    assert admin().get("streak/record").ids == [str(paused.pk), str(draft.pk), str(live.pk)]
    for reader in (end_user(), guest()):
        assert reader.get("streak/record").ids == [str(live.pk)]
        assert (
            reader.get("streak/record", filters={"fieldSlug": "status", "operator": "ne", "value": "live"}).data == []
        )
        assert reader.get(f"streak/record/{live.pk}").status == 200
        for hidden in (draft, paused):
            assert reader.get(f"streak/record/{hidden.pk}").error() == (404, "not_found")


def test_milestones_come_in_order_of_target_and_only_live_ones_for_non_admins():
    streak = make_streak()
    for target, changes in ((7, {}), (3, {}), (5, {"status": Status.DRAFT}), (4, {"deleted_at": streak.created_at})):
        make_milestone(streak, target, **changes)
    for reader, targets in ((admin(), [3, 5, 7]), (end_user(), [3, 7]), (guest(), [3, 7])):
        shown = reader.get(f"streak/record/{streak.pk}").data["milestones"]
        assert [milestone["milestoneTargetValue"] for milestone in shown] == targets


def test_the_code_of_a_fixed_coupon_is_shown_to_administrators_alone():
    streak = make_streak()
    milestone = make_milestone(streak, 3, coupon_source="fixed", coupon_code="SECRET5", coupon_prefix="SECRET")
    assert admin().get(f"milestone/record/{milestone.pk}").data["couponCode"] == "SECRET5"
    for reader in (end_user(), guest()):
        for path in (
            f"milestone/record/{milestone.pk}",
            "milestone/record",
            f"streak/record/{streak.pk}",
            "streak/record",
        ):
            assert "SECRET" not in str(reader.get(path).data)
        condition = {"fieldSlug": "couponCode", "operator": "startsWith", "value": "S"}
        assert reader.get("milestone/record", filters=condition).error() == (400, "validation_error")
        assert reader.get("milestone/record", fields=["couponCode"]).error() == (400, "validation_error")


def test_s34_texts_are_written_in_the_language_asked_for_and_read_with_fallback():
    caller = admin()
    record = caller.post("streak/record", {**SHOPPER, "eudTitle": "Achetez"}, languageCode="fr").data
    assert record["eudTitle"] == "Achetez"
    path = f"streak/record/{record['id']}"
    assert caller.get(path, languageCode="en").data["eudTitle"] == ""
    caller.patch(path, {"eudTitle": "Shop"})
    caller.patch(path, {"eudTitle": "Compre", "eudBrokenLabel": "Quebrada"}, languageCode="pt")
    read = {
        code: caller.get(path, languageCode=code).data["eudTitle"] for code in ("en", "fr", "pt", "pt-BR", "de", "xx")
    }
    assert read == {"en": "Shop", "fr": "Achetez", "pt": "Compre", "pt-BR": "Compre", "de": "Shop", "xx": "Shop"}
    assert caller.get(path, languageCode="pt-BR").headers["Content-Language"] == "pt"
    assert caller.get(path, languageCode="pt-BR").data["eudBrokenLabel"] == "Quebrada"
    assert caller.get(path, languageCode="de").data["eudBrokenLabel"] == "Unterbrochen"
    with translation.override("en"):
        assert Streak.objects.get().eud_broken_label == "Broken"


def test_s63_plural_forms_are_those_of_the_language_that_the_body_is_in():
    caller = admin()
    texts = {"eudMilestoneNextToBeAchievedMessage": "{{nextRemainingPeriod|two:يومان|few:# أيام|other:# يوم}}"}
    streak = make_streak()
    path = f"streak/record/{streak.pk}"
    assert caller.patch(path, texts, languageCode="ar").status == 200
    refused = caller.patch(path, texts)
    assert refused.error() == (400, "validation_error")
    (detail,) = refused.body["error"]["details"]
    assert (detail["field"], detail["code"]) == ("eudMilestoneNextToBeAchievedMessage", "plural_forms")
    assert "one, other" in detail["message"]
    assert caller.get(path).data["eudMilestoneNextToBeAchievedMessage"].startswith("Shop for $")
    assert {**caller.get(path, languageCode="ar").data, **texts} == caller.get(path, languageCode="ar").data


def test_s62_a_default_is_stored_and_read_in_english_as_it_is_and_translated_for_others():
    caller = admin()
    label = "eudBrokenLabel"
    record = caller.post("streak/record", {**SHOPPER, label: "Broken"}).data
    path = f"streak/record/{record['id']}"
    assert {code: caller.get(path, languageCode=code).data[label] for code in ("en", "de", "ja", "pt-BR")} == {
        "en": "Broken",
        "de": "Unterbrochen",
        "ja": "途切れました",
        "pt-BR": "Interrompida",
    }
    found = {"fieldSlug": label, "operator": "eq", "value": "Unterbrochen"}
    assert caller.get("streak/record", filters=found, languageCode="de").ids == [record["id"]]
    assert caller.get("streak/record", filters=found).ids == []


def test_s34_nested_milestones_are_read_in_the_language_too():
    streak = make_streak()
    caller = admin()
    milestone = make_milestone(streak, 3, eud_title="Three")
    caller.patch(f"milestone/record/{milestone.pk}", {"eudTitle": "Trois"}, languageCode="fr")
    shown = {
        code: caller.get(f"streak/record/{streak.pk}", languageCode=code).data["milestones"][0]["eudTitle"]
        for code in ("en", "fr", "de")
    }
    assert shown == {"en": "Three", "fr": "Trois", "de": "Three"}


def test_writing_in_a_language_that_is_not_configured_is_refused():
    caller = admin()
    for code in ("sv", "pt-BR"):
        answer = caller.post("streak/record", {**SHOPPER, "eudTitle": "Handla"}, languageCode=code)
        assert answer.error() == (400, "validation_error")
        assert "fr" in answer.body["error"]["details"][0]["message"]
    assert Streak.objects.count() == 0


def test_streaks_are_filtered_by_the_usual_fields():
    daily, weekly = make_streak(), make_streak(aggregation_period="weekly", status=Status.DRAFT)
    caller = admin()
    assert caller.get("streak/record", status="live", aggregationPeriod="daily").ids == [str(daily.pk)]
    assert caller.get("streak/record", aggregationPeriod="weekly").ids == [str(weekly.pk)]
    assert caller.get("streak/record", aggregationMethod="count").ids == []
    assert caller.get("streak/record", status="alive").error() == (400, "validation_error")
    condition = {"fieldSlug": "aggregationTargetValue", "operator": "gte", "value": Decimal(50)}
    assert caller.get("streak/record", filters={**condition, "value": 50}).ids == [str(weekly.pk), str(daily.pk)]
    assert caller.get("streak/record", filters={**condition, "value": 50.5}).ids == []


def test_a_list_of_streaks_takes_a_fixed_number_of_queries(django_assert_num_queries):
    caller = admin()
    for _ in range(3):
        make_milestone(make_streak(), 3)
    with django_assert_num_queries(4):  # the key, the streaks, their milestones and versions
        assert len(caller.get("streak/record").data) == 3
    for _ in range(3):
        make_milestone(make_streak(), 3)
    with django_assert_num_queries(4):
        assert len(caller.get("streak/record").data) == 6
