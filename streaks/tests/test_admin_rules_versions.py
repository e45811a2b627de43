"""Rules that change, and holidays, on the pages of the administration (S40, S42, S58)."""

import pytest
from django.urls import reverse

from gamopanda.admin.audit import entries_of
from gamopanda.tests.people import signed_in
from streaks.models import HolidayCalendar, StreakRules
from streaks.tests.admin_pages import errors
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import make_case, noon

pytestmark = pytest.mark.django_db
RULES, HOLIDAYS = "/admin/streaks/streakrules", "/admin/streaks/holidaycalendar"


@pytest.fixture(autouse=True)
def _noon_of_the_fifth_of_march(time_machine):
    time_machine.move_to(noon(5), tick=False)


@pytest.fixture
def case():
    case = make_case()
    make_milestone(case.streak, 6)
    case.record_days(4, 5)
    return case


def body(case, **rules):
    return {"streak": case.streak.pk, "valid_from": "2026-03-07", "reason": "too hard", **rules}


def page_of(client, streak):
    return client.get(f"/admin/streaks/streak/{streak.pk}/change/").content.decode()


def test_a_marketer_changes_the_rules_in_two_steps_and_withdraws_it(case, django_capture_on_commit_callbacks):
    client = signed_in("Marketer")
    assert f"{RULES}/add/?streak={case.streak.pk}" in page_of(client, case.streak)
    looked = client.post(f"{RULES}/add/", body(case, completion_target_value="5"), follow=True).content.decode()
    told = "Periods to complete 5; 1 run is in progress, 0 of them are long enough already."
    assert f"{told} No run reaches these milestones any more:" in looked
    assert StreakRules.objects.count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(f"{RULES}/add/", body(case, completion_target_value="5"))
    version = StreakRules.objects.get()
    assert (done.status_code, done.headers["Location"]) == (302, f"/admin/streaks/streak/{case.streak.pk}/change/")
    assert (version.created_by, version.applied_at, version.active_weekdays) == ("console: marketer", noon(5), None)
    assert entries_of(version)[0].changes["reason"] == [None, "too hard"]
    assert "From March 7, 2026 on: periods to complete 5." in page_of(client, case.streak)
    client.post(reverse("admin:streaks_streakrules_withdraw", args=[version.pk]), {"_form_submitted": "on"})
    version.refresh_from_db()
    assert version.withdrawn_by == "console: marketer"
    assert "periods to complete 5." not in page_of(client, case.streak)


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ({}, ["__all__"]),
        ({"valid_from": "2026-03-06", "completion_target_value": "5"}, ["valid_from"]),
        ({"valid_from": "", "completion_target_value": "5"}, ["valid_from"]),
        ({"freeze_initial_count": "2"}, ["freeze_initial_count"]),
        ({"aggregation_target_value": "-1"}, ["aggregation_target_value"]),
    ],
)
def test_a_bad_version_is_refused_beside_its_field_and_nothing_is_stored(case, rules, wrong):
    assert sorted(errors(signed_in("Marketer").post(f"{RULES}/add/", body(case, **rules)))) == wrong
    assert StreakRules.objects.count() == 0


def test_support_reads_versions_and_makes_none(case):
    client = signed_in("Support")
    assert client.get(f"{RULES}/").status_code == 200
    assert client.post(f"{RULES}/add/", body(case, completion_target_value="5")).status_code == 403
    assert StreakRules.objects.count() == 0


def test_a_marketer_keeps_holidays_and_edited_dates_are_applied(django_capture_on_commit_callbacks):
    client = signed_in("Marketer")
    refused = client.post(f"{HOLIDAYS}/add/", {"name": "Public holidays", "dates": "2026-03-03\ntomorrow"})
    assert errors(refused) == {"dates": ["“tomorrow” is not a date: write it as 2026-12-25."]}
    client.post(f"{HOLIDAYS}/add/", {"name": "Public holidays", "dates": "2026-03-20\n2026-03-19\n2026-03-20"})
    calendar = HolidayCalendar.objects.get()
    assert calendar.dates == ["2026-03-19", "2026-03-20"]
    case = make_case(holiday_calendar_ids=str(calendar.pk))
    case.record_days(3, 5)
    assert [run[0] for run in case.runs(noon(5))] == ["broken", "in_progress"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{HOLIDAYS}/{calendar.pk}/change/", {"name": "Public holidays", "dates": "2026-03-04"})
    calendar.refresh_from_db()
    assert (calendar.dates, case.runs(noon(5))) == (["2026-03-04"], [("in_progress", 2, 3, 6)])
    assert "The days of these calendars are free: Public holidays." in page_of(client, case.streak)
    assert client.post(f"{HOLIDAYS}/{calendar.pk}/delete/", {"post": "yes"}).status_code == 403
    assert HolidayCalendar.objects.count() == 1
