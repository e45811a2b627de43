"""Versions of the rules and holiday calendars over the API (S40, S42, S58)."""

import pytest
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from streaks.models import HolidayCalendar, Streak, StreakRules
from streaks.tests.calling import admin, end_user, guest, log_body, make_milestone, make_streak
from streaks.tests.recording_cases import make_case, noon

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once_on_commit")]

RULES, HOLIDAYS = "streak_rules/record", "holiday_calendar/record"
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]


@pytest.fixture(autouse=True)
def _noon_of_the_fifth_of_march(time_machine):
    time_machine.move_to(noon(5), tick=False)


@pytest.fixture
def case():
    case = make_case()
    case.record_days(4, 5)
    return case


def body(case, **rules):
    return {"streakId": str(case.streak.pk), "validFrom": "2026-03-07", **rules}


def test_a_version_is_made_shown_with_all_that_is_in_force_and_listed_on_its_streak(case):
    made = admin().post(RULES, body(case, aggregationTargetValue="60.5", activeWeekdays=WORKDAYS, reason="too easy"))
    assert (made.status, made.data["aggregationTargetValue"], made.data["completionTargetValue"]) == (201, 60.5, 7)
    assert (made.data["activeWeekdays"], made.data["freezeEveryPeriods"]) == (WORKDAYS, None)
    assert (made.data["createdBy"], made.data["reason"]) == ("API key test 0", "too easy")
    assert (made.data["appliedMembers"], made.data["totalMembers"]) == (1, 1)
    assert made.data["appliedAt"] == "2026-03-05T12:00:00Z"
    streak = admin().get(f"streak/record/{case.streak.pk}").data
    (shown,) = streak["rules"]
    assert shown == {name: made.data[name] for name in shown}
    assert (shown["validFrom"], streak["aggregationTargetValue"]) == ("2026-03-07", 50)
    assert admin().get(RULES, streakId=str(case.streak.pk), validFrom="2026-03-07").ids == [made.data["id"]]


def test_a_run_is_judged_and_described_by_the_version_in_force(case, time_machine):
    assert admin().post(RULES, body(case, aggregationTargetValue=80, completionTargetValue=4)).status == 201
    run = admin().get("streak_progress/record").data[0]
    assert run["taskProgress"]["targetValue"] == 50
    case.record_days(6)
    time_machine.move_to(noon(7), tick=False)
    run = admin().get("streak_progress/record").data[0]
    assert (run["taskProgress"]["targetValue"], run["taskProgress"]["remainingValue"]) == (80, 80)
    assert run["display"]["messages"] == ["Shop for $80 or more to complete the day 4 streak!"]
    sent = log_body(case.streak, of="ann", value=80, activityAt="2026-03-07T12:00:00Z", uniqueIdentifier="last")
    logged = admin().post("streak_log/record", sent)
    assert logged.data["streakProgress"]["streakProgressStatus"] == "completed"


def test_freezes_by_time_can_be_taken_away(case):
    made = admin().post(RULES, body(case, freezeMaxCount=2, freezeEveryPeriods=3))
    assert made.data["freezeEveryPeriods"] == 3
    later = admin().post(RULES, {**body(case, freezeEveryPeriods=None), "validFrom": "2026-03-09"})
    assert (later.data["freezeEveryPeriods"], later.data["freezeMaxCount"]) == (None, 2)


def test_a_dry_run_tells_whom_a_version_meets_and_stores_nothing(case):
    milestone = make_milestone(case.streak, 5)
    told = admin().post(f"{RULES}?dryRun=true", body(case, completionTargetValue=2))
    assert (told.status, told.data["impact"]) == (
        200,
        {
            "runsAlive": 1,
            "atOrPastCompletion": 1,
            "milestonesBeyond": [{"milestoneId": str(milestone.pk), "name": milestone.name, "milestoneTargetValue": 5}],
        },
    )
    assert StreakRules.objects.count() == 0


@pytest.mark.parametrize(
    ("rules", "field", "code"),
    [
        ({"validFrom": "2026-03-06"}, "validFrom", "period_has_begun"),
        ({"validFrom": None}, "validFrom", "null"),
        ({}, None, "required"),
        ({"aggregationTargetValue": 0}, "aggregationTargetValue", "min_value"),
        ({"freezeMaxCount": 11}, "freezeMaxCount", "max_value"),
        ({"freezeInitialCount": 1}, "freezeInitialCount", "max_value"),
        ({"activeWeekdays": []}, "activeWeekdays", "empty"),
        ({"holidayCalendarIds": ["x"]}, "holidayCalendarIds", "invalid"),
        ({"holidayCalendarIds": ["019acf00-0000-7000-8000-000000000000"]}, "holidayCalendarIds", "not_found"),
        ({"timeZone": "Europe/Berlin"}, "timeZone", "unknown_field"),
    ],
)
def test_a_version_that_cannot_be_is_refused_by_name(case, rules, field, code):
    refused = admin().post(RULES, body(case, **rules))
    assert refused.status == 400
    assert [(one["field"], one["code"]) for one in refused.body["error"]["details"]] == [(field, code)]
    assert StreakRules.objects.count() == 0


def test_one_version_begins_on_a_date(case):
    first = admin().post(RULES, body(case, completionTargetValue=9)).data["id"]
    refused = admin().post(RULES, body(case, completionTargetValue=8))
    assert (refused.status, refused.details()) == (400, [("validFrom", "duplicate")])
    assert admin().get(RULES).ids == [first]


def test_a_version_is_withdrawn_until_it_is_in_force(case, time_machine):
    made = admin().post(RULES, body(case, completionTargetValue=9)).data["id"]
    assert admin().delete(f"{RULES}/{made}").status == 204
    assert (admin().get(f"{RULES}/{made}").status, admin().get(RULES).data) == (404, [])
    assert admin().get(f"streak/record/{case.streak.pk}").data["rules"] == []
    again = admin().post(RULES, body(case, completionTargetValue=8)).data["id"]
    time_machine.move_to(noon(7), tick=False)
    refused = admin().delete(f"{RULES}/{again}")
    assert (refused.status, refused.details()) == (400, [("validFrom", "in_force")])
    assert refused.body["error"]["details"][0]["message"] == "It is in force since 2026-03-07: make another version."
    assert admin().get(RULES).ids == [again]


def test_a_holiday_calendar_is_made_followed_edited_and_kept(case):
    made = admin().post(HOLIDAYS, {"name": "Public holidays", "dates": ["2026-03-04", "2026-03-03", "2026-03-03"]})
    assert (made.status, made.data["dates"]) == (201, ["2026-03-03", "2026-03-04"])
    streak = (
        admin()
        .post(
            "streak/record",
            {
                "name": "Holiday shopper",
                "description": "-",
                "status": "live",
                "aggregationTargetValue": 50,
                "completionTargetValue": 7,
                "holidayCalendarIds": [made.data["id"]],
            },
        )
        .data
    )
    assert streak["holidayCalendarIds"] == [made.data["id"]]
    for day in ("01", "05"):
        sent = log_body(
            Streak(pk=streak["id"]), of="ann", activityAt=f"2026-03-{day}T12:00:00Z", uniqueIdentifier=f"order-{day}"
        )
        assert admin().post("streak_log/record", sent).status == 201
    newest = {"streakId": streak["id"], "limit": "10"}
    assert [run["currentProgressValue"] for run in admin().get("streak_progress/record", **newest).data] == [1, 1]
    edited = admin().patch(f"{HOLIDAYS}/{made.data['id']}", {"dates": ["2026-03-02", "2026-03-03", "2026-03-04"]})
    assert edited.data["dates"] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    (run,) = admin().get("streak_progress/record", **newest).data
    assert (run["currentProgressValue"], run["excusedPeriods"]) == (2, ["2026-03-02", "2026-03-03", "2026-03-04"])
    refused = admin().delete(f"{HOLIDAYS}/{made.data['id']}")
    assert (refused.error(), HolidayCalendar.objects.count()) == ((400, "validation_error"), 1)
    free = admin().post(HOLIDAYS, {"name": "free"}).data["id"]
    assert (admin().delete(f"{HOLIDAYS}/{free}").status, HolidayCalendar.objects.count()) == (204, 1)


def test_a_calendar_with_dates_that_there_are_not_is_refused():
    for dates in (["2026-02-30"], ["tomorrow"], "2026-03-03", [f"20{year}-01-01" for year in range(10, 99)] * 12):
        refused = admin().post(HOLIDAYS, {"name": "Public holidays", "dates": dates})
        assert (refused.error(), HolidayCalendar.objects.count()) == ((400, "validation_error"), 0)


def test_end_users_and_guests_read_versions_on_streaks_alone(case):
    assert admin().post(RULES, body(case, completionTargetValue=9)).status == 201
    for caller in (end_user("ann"), guest()):
        assert caller.get(f"streak/record/{case.streak.pk}").data["rules"][0]["completionTargetValue"] == 9
        for path in (RULES, HOLIDAYS):
            assert caller.get(path).status in {401, 403}


def test_the_number_of_queries_does_not_grow_with_the_versions(case):
    def queries(path):
        with CaptureQueriesContext(connection) as captured:
            admin().get(path)
        return len(captured)

    assert admin().post(RULES, body(case, completionTargetValue=9)).status == 201
    admin().get(RULES)
    before = queries(RULES), queries("streak/record")
    for day in ("09", "11"):
        made = admin().post(RULES, {**body(case, completionTargetValue=9), "validFrom": f"2026-03-{day}"})
        assert made.status == 201
    make_streak()
    assert (queries(RULES), queries("streak/record")) == before


def test_a_form_names_calendars_with_commas_between_them():
    first, second = (str(HolidayCalendar.objects.create(name=f"Holidays {number}").pk) for number in (1, 2))
    streak = make_streak()
    sent = encode_multipart(BOUNDARY, {"holidayCalendarIds": f"{second},{first}"})
    for body, calendars in ((sent, [first, second]), (encode_multipart(BOUNDARY, {"holidayCalendarIds": ""}), [])):
        answer = admin().send("PATCH", f"streak/record/{streak.pk}", body, headers={"Content-Type": MULTIPART_CONTENT})
        assert sorted(answer.data["holidayCalendarIds"]) == sorted(calendars)
