"""What support and marketers do to save runs, on the pages of the administration (S38–S42, S47)."""

import pytest
from django.urls import reverse

from gamopanda.admin.audit import entries_of
from gamopanda.tests.people import signed_in
from streaks.models import StreakExcuse, StreakFreeze
from streaks.tests.admin_pages import errors
from streaks.tests.recording_cases import Case, make_case, noon

pytestmark = pytest.mark.django_db
EXCUSE, FREEZE = "/admin/streaks/streakexcuse/add/", "/admin/streaks/streakfreeze/add/"


@pytest.fixture(autouse=True)
def _noon_of_the_fifth_of_march(time_machine):
    time_machine.move_to(noon(5), tick=False)


def explained(case):
    return f"/admin/streaks/streakprogress/of/{case.member.pk}/{case.streak.pk}/"


def restoration(case):
    return {"kind": "restoration", "streak": case.streak.pk, "member": case.member.pk, "reason": "Our outage"}


def amnesty(case, **more):
    dates = {"starts_on": "2026-03-04", "ends_on": "2026-03-04"}
    return {"kind": "amnesty", "streak": case.streak.pk, "reason": "Our outage", **dates, **more}


def test_support_restores_a_run_in_two_steps_and_revokes_it_S39_S41_S42():
    case, client = make_case(), signed_in("Support")
    case.record_days(1, 2)
    page = client.get(explained(case)).content.decode()
    assert f"{EXCUSE}?kind=restoration&amp;member={case.member.pk}&amp;streak={case.streak.pk}" in page
    looked = client.post(EXCUSE, restoration(case), follow=True)
    assert "1 member changes: 1 run lives again. Nothing is stored yet" in looked.content.decode()
    assert (looked.context["adminform"].form.initial["reason"], StreakExcuse.objects.count()) == ("Our outage", 0)
    done = client.post(EXCUSE, restoration(case))
    assert (done.status_code, done.headers["Location"]) == (302, explained(case))
    excuse = StreakExcuse.objects.get()
    assert (excuse.created_by, [run[:2] for run in case.runs(noon(5))]) == ("console: support", [("in_progress", 2)])
    assert entries_of(excuse)[0].changes["reason"] == [None, "Our outage"]
    page = client.get(explained(case)).content.decode()
    assert "Our outage, by console: support" in page
    revoke = reverse("admin:streaks_streakexcuse_revoke_excuse", args=[excuse.pk])
    client.post(revoke, {"_form_submitted": "on"})
    excuse.refresh_from_db()
    assert (excuse.revoked_by, [run[:2] for run in case.runs(noon(5))]) == ("console: support", [("broken", 2)])


def test_support_makes_no_amnesty():
    case, client = make_case(), signed_in("Support")
    answer = client.post(EXCUSE, amnesty(case))
    assert list(errors(answer)) == ["kind"]
    assert StreakExcuse.objects.count() == 0


def test_a_marketer_declares_an_amnesty_of_some_S38_S39(django_capture_on_commit_callbacks):
    case, client = make_case(), signed_in("Marketer")
    other = Case(make_case("bob").member, case.streak)
    for one in (case, other):
        one.record_days(2, 3)
    body = amnesty(case, external_ids="bob\n")
    client.post(EXCUSE, body)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(EXCUSE, body)
    excuse = StreakExcuse.objects.get()
    assert (excuse.total_members, excuse.applied_at) == (1, noon(5))
    assert (case.runs(noon(5))[0][0], other.runs(noon(5))[0][0]) == ("broken", "in_progress")
    page = client.get(f"/admin/streaks/streakexcuse/{excuse.pk}/change/").content.decode()
    assert "1 member" in page


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"ends_on": "2026-03-01"}, ["ends_on"]),
        ({"starts_on": ""}, ["starts_on"]),
        ({"external_ids": "stranger"}, ["external_ids"]),
        ({"kind": "member_break"}, ["member"]),
        ({"kind": "restoration", "streak": ""}, ["member", "streak"]),
        ({"reason": ""}, ["reason"]),
    ],
)
def test_a_bad_excuse_is_refused_beside_its_field_and_nothing_is_stored(changes, wrong):
    case = make_case()
    assert sorted(errors(signed_in("Marketer").post(EXCUSE, amnesty(case, **changes)))) == wrong
    assert StreakExcuse.objects.count() == 0


def test_only_who_has_the_right_restores_more_than_the_streak_allows_S39():
    case = make_case()
    case.record_days(1)
    case.streak.restore_max_periods = 1
    case.streak.save()
    assert sorted(errors(signed_in("Support").post(EXCUSE, restoration(case)))) == ["starts_on"]
    marketer = signed_in("Marketer")
    for _ in range(2):
        assert marketer.post(EXCUSE, restoration(case)).status_code == 302
    assert case.runs(noon(5)) == [("in_progress", 1, 1, 5)]


def test_support_gives_a_freeze_and_no_more_than_there_is_room_for_S47():
    case = make_case(freeze_max_count=1, freeze_minimum_value=1)
    case.record_days(4)
    client = signed_in("Support")
    body = {"member": case.member.pk, "streak": case.streak.pk, "quantity": 1, "reason": "sorry"}
    given = client.post(FREEZE, {**body, "unique_identifier": "ticket-1"})
    assert (given.status_code, given.headers["Location"]) == (302, explained(case))
    assert StreakFreeze.objects.get().created_by == "console: support"
    assert case.runs(noon(5)) == [("in_progress", 1, 4, 6)]
    assert list(errors(client.post(FREEZE, {**body, "unique_identifier": "ticket-1"}))) == ["unique_identifier"]
    assert list(errors(client.post(FREEZE, {**body, "unique_identifier": "ticket-2"}))) == ["quantity"]
    assert StreakFreeze.objects.count() == 1


def test_explain_shows_what_saved_a_run_and_why_a_freeze_did_not_S49(time_machine):
    case = make_case(freeze_max_count=1, freeze_initial_count=1, freeze_minimum_value=2)
    case.record_days(1, 2, 4)
    client = signed_in("Support")
    assert "saved by a freeze" in client.get(explained(case)).content.decode()
    time_machine.move_to(noon(7), tick=False)
    assert "No freeze was left." in client.get(explained(case)).content.decode()


def test_the_sentence_of_the_rules_names_freezes_S44():
    case = make_case(freeze_max_count=2, freeze_initial_count=1, freeze_every_periods=7)
    page = signed_in("Marketer").get(f"/admin/streaks/streak/{case.streak.pk}/change/").content.decode()
    assert (
        "A member has at most 2 freezes, each of which saves a run of 3 or more once: 1 at the start, one more every "
        "7 periods."
    ) in page
