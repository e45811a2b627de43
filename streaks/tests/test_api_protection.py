"""Excuses and freezes over the API, and what a run shows of them (S39–S51)."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from streaks.models import StreakExcuse, StreakFreeze
from streaks.tests.calling import admin, end_user, guest, log_body, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import Case, make_case, noon

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once_on_commit")]

EXCUSE, FREEZE = "streak_excuse/record", "streak_freeze/record"
TWO_FREEZES: dict[str, Any] = {"freeze_max_count": 2, "freeze_initial_count": 1, "freeze_minimum_value": 2}


@pytest.fixture(autouse=True)
def _noon_of_the_fifth_of_march():
    with time_machine.travel(noon(5), tick=False):
        yield


def run_of(case):
    """Return the newest run as the API shows it."""
    return dict(admin().get("streak_progress/record", externalId=case.member.external_id).data[0])


def restoration(case, **changes):
    return {"kind": "restoration", "streakId": str(case.streak.pk), "ownedById": "ann", "reason": "outage", **changes}


def amnesty(case, **changes):
    dates = {"startsOn": "2026-03-04", "endsOn": "2026-03-04"}
    return {"kind": "amnesty", "streakId": str(case.streak.pk), "reason": "outage", **dates, **changes}


def gift(case, **changes):
    body = {"streakId": str(case.streak.pk), "ownedBy": {"externalId": "ann"}, "reason": "sorry"}
    return {**body, "uniqueIdentifier": "ticket-1", **changes}


# --- what a run shows ------------------------------------------------------------------------------------------------


def test_a_run_shows_what_froze_and_what_is_left_S49():
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2, 4)
    shown = run_of(case)
    assert (shown["frozenPeriods"], shown["freezesLeft"], shown["freezesMax"]) == (["2026-03-03"], 0, 2)
    assert (shown["isPerfect"], shown["isProtected"], shown["breakReason"]) == (False, False, None)
    assert (shown["streakBreaksAt"], shown["currentPeriodEndsAt"]) == ("2026-03-06T00:00:00Z", "2026-03-06T00:00:00Z")


def test_a_run_that_a_freeze_would_save_is_protected_S49():
    case = make_case(**TWO_FREEZES)
    case.record_days(3, 4)
    shown = run_of(case)
    assert (shown["isProtected"], shown["frozenPeriods"], shown["freezesLeft"]) == (True, [], 1)
    assert shown["streakBreaksAt"] == "2026-03-07T00:00:00Z"


@pytest.mark.parametrize(
    ("days", "declined", "left"), [((1,), "run_too_short", 1), ((1, 2), "none_left", 1)], ids=["short", "none"]
)
def test_a_broken_run_says_why_no_freeze_saved_it_and_gives_the_used_ones_back_S48_S49(days, declined, left):
    case = make_case(**TWO_FREEZES)
    case.record_days(*days)
    shown = run_of(case)
    assert (shown["streakProgressStatus"], shown["breakReason"], shown["freezeDeclined"]) == (
        "broken",
        "missed",
        declined,
    )
    assert shown["freezesLeft"] == left


def display_of(case, at, **query):
    """Return the messages of the display at an hour of March, and its variables."""
    with time_machine.travel(at, tick=False):
        (streak,) = end_user().get("/api/v1.0/end-user-display", **query).data["streaks"]
    return streak["display"]["messages"], streak["display"]["variables"]


def test_a_freeze_that_was_used_is_told_first_until_the_next_period_ends_S51():
    saved = "Saved! You have {{freezesLeft|one: # freeze|other: # freezes}} of {{freezeMaxCount}}."
    case = make_case(**TWO_FREEZES, freeze_every_periods=2, eud_freeze_used_message_en=saved)
    case.record_days(1, 2)
    messages, variables = display_of(case, noon(3))
    assert (len(messages), variables["freezesLeft"], variables["freezeMaxCount"]) == (1, "2", "2")
    messages, _ = display_of(case, noon(4))
    assert messages[0] == "Saved! You have 1 freeze of 2."
    assert messages[1:] == ["Shop for $50 or more to complete the day 3 streak!"]
    # The period is done, and what was saved is told until it ends.
    case.record(4)
    messages, _ = display_of(case, noon(4))
    assert messages[0] == "Saved! You have 1 freeze of 2."
    assert messages[1].startswith("You have completed day 3 streak!")
    messages, _ = display_of(case, noon(5))
    assert messages == ["Shop for $50 or more to complete the day 4 streak!"]


def test_what_a_freeze_saved_is_told_in_every_language_of_the_reader_S51_S62():
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2)
    messages, _ = display_of(case, noon(4), languageCode="de")
    assert messages[0] == "Dein Schutz hat deine Serie gerettet! Noch übrig: 0 von 2."
    (run,) = admin().get("streak_progress/record", languageCode="fr").data
    # On the fifth the run has broken: nothing was saved.
    assert run["display"]["messages"][0].startswith("Votre série est interrompue")
    assert run["display"]["rendered"]["eudFreezeUsedMessage"].startswith("Un gel a sauvé votre série")


def test_before_the_first_activity_the_freezes_are_those_at_the_start_S51():
    case = make_case(**TWO_FREEZES)
    _, variables = display_of(case, noon(3))
    assert (variables["freezesLeft"], variables["freezeMaxCount"]) == ("1", "2")


def test_an_excused_day_is_shown_and_one_that_was_completed_is_not_S43():
    case = make_case(active_weekdays="mon,tue,fri,sat,sun")  # 4 and 5 March are a Wednesday and a Thursday
    case.record_days(2, 3)
    shown = run_of(case)
    assert (shown["excusedPeriods"], shown["isPerfect"]) == (["2026-03-04"], False)
    assert shown["taskProgress"]["status"] == "excused"
    case.record(4, now=noon(5))
    assert (run_of(case)["excusedPeriods"], run_of(case)["isPerfect"]) == ([], True)


def test_the_answer_to_a_log_shows_the_same_as_the_list_S49():
    streak = make_streak(**TWO_FREEZES)
    for day in (1, 2, 4):
        answer = admin().post("streak_log/record", log_body(streak, day=day))
    assert answer.data["streakProgress"] == admin().get("streak_progress/record").data[0]
    assert answer.data["streakProgress"]["frozenPeriods"] == ["2026-03-03"]


def test_lists_of_protected_runs_take_a_fixed_number_of_queries():
    first = make_case("member-0", **TWO_FREEZES)
    cases = [first, *(Case(make_member(f"member-{number}"), first.streak) for number in range(1, 4))]
    for case in cases:
        case.record_days(1, 2, 4)
        admin().post(FREEZE, gift(case, ownedBy={"externalId": case.member.external_id}))
    caller, numbers = admin(), []
    for limit in (1, 4):
        caller.get("streak_progress/record", limit=str(limit))
        with CaptureQueriesContext(connection) as queries:
            assert len(caller.get("streak_progress/record", limit=str(limit)).data) == limit
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


# --- freezes ---------------------------------------------------------------------------------------------------------


def test_freezes_are_given_once_and_the_answer_shows_what_is_left_S47():
    case = make_case(**TWO_FREEZES)
    case.record_days(4)
    answer = admin().post(FREEZE, gift(case))
    assert answer.status == 201
    assert (answer.data["freezesLeft"], answer.data["quantity"], answer.data["externalId"]) == (2, 1, "ann")
    assert answer.data["streakProgress"]["freezesLeft"] == 2
    repeat = admin().post(FREEZE, gift(case))
    assert repeat.error() == (409, "duplicate_record")
    assert repeat.body["error"]["details"][0]["existingId"] == answer.data["id"]
    assert StreakFreeze.objects.count() == 1


def test_freezes_over_the_maximum_are_refused_by_name_and_nothing_changes_S47():
    case = make_case(**TWO_FREEZES)
    case.record_days(4)
    before = run_of(case)
    answer = admin().post(FREEZE, gift(case, quantity=2))
    assert answer.error() == (400, "freezes_full")
    assert answer.body["error"]["message"] == "The member has 1 of at most 2 freezes: give 1 or fewer."
    assert (StreakFreeze.objects.count(), run_of(case)) == (0, before)


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"quantity": 11}, [("quantity", "max_value")]),
        ({"quantity": 0}, [("quantity", "min_value")]),
        ({"ownedBy": {"externalId": "stranger"}}, [("ownedBy", "not_found")]),
        ({"ownedBy": None}, [("ownedById", "required")]),
        ({"reason": ""}, [("reason", "blank")]),
        ({"streakId": "no"}, [("streakId", "not_found")]),
        ({"more": 1}, [("more", "unknown_field")]),
    ],
)
def test_a_bad_gift_is_refused_by_name_and_nothing_changes_S47(changes, details):
    case = make_case(**TWO_FREEZES)
    answer = admin().post(FREEZE, gift(case, **changes))
    assert (answer.status, answer.details()) == (400, details)
    assert StreakFreeze.objects.count() == 0


def test_a_streak_without_freezes_takes_none_S44():
    case = make_case()
    answer = admin().post(FREEZE, gift(case))
    assert (answer.status, answer.details()) == (400, [("streak", "no_freezes")])


def test_end_users_read_their_own_freezes_and_give_none():
    case = make_case(**TWO_FREEZES)
    make_member("bob")
    made = admin().post(FREEZE, gift(case)).data["id"]
    assert end_user().get(FREEZE).ids == [made]
    assert end_user("bob").get(FREEZE).ids == []
    assert end_user().post(FREEZE, gift(case)).error() == (403, "forbidden")
    assert guest().get(FREEZE).error() == (401, "unauthorized")


# --- excuses ---------------------------------------------------------------------------------------------------------


def test_a_restoration_is_previewed_made_and_revoked_S39_S41_S42():
    case = make_case()
    milestone = make_milestone(case.streak, 3)
    case.record_days(1, 2)
    before = run_of(case)
    asked = admin().post(f"{EXCUSE}?dryRun=true", restoration(case))
    counts = {"revived": 1, "joined": 0, "extended": 0, "split": 0, "broken": 0}
    assert (asked.status, asked.data) == (200, {"impact": {"members": 1, "runs": counts, "rewards": []}})
    assert (StreakExcuse.objects.count(), run_of(case)) == (0, before)
    made = admin().post(EXCUSE, restoration(case))
    assert made.status == 201
    assert (made.data["startsOn"], made.data["endsOn"], made.data["revokedAt"]) == ("2026-03-03", "2026-03-04", None)
    assert made.data["createdBy"].startswith("API key test")
    assert run_of(case)["streakProgressStatus"] == "in_progress"
    assert run_of(case)["excusedPeriods"] == ["2026-03-03", "2026-03-04"]
    case.record_days(5)
    assert case.rewards() == [(milestone.milestone_target_value, 5)]
    revoked = admin().delete(f"{EXCUSE}/{made.data['id']}")
    assert revoked.status == 204
    assert [run[:2] for run in case.runs(noon(5))] == [("broken", 2), ("in_progress", 1)]
    assert admin().get(f"{EXCUSE}/{made.data['id']}").data["revokedAt"] == "2026-03-05T12:00:00Z"
    assert admin().delete(f"{EXCUSE}/{made.data['id']}").details() == [("revokedAt", "immutable")]


def test_an_amnesty_of_everybody_is_previewed_applied_and_revoked_S42():
    case = make_case()
    case.record_days(2, 3)
    asked = admin().post(f"{EXCUSE}?dryRun=true", amnesty(case)).data["impact"]
    assert (asked["members"], asked["runs"]["revived"]) == (1, 1)
    assert case.runs(noon(5)) == [("broken", 2, 2, 4)]
    made = admin().post(EXCUSE, amnesty(case)).data
    assert (made["ownedById"], made["externalId"]) == (None, None)
    assert (made["appliedMembers"], made["totalMembers"], made["appliedAt"]) == (1, 1, "2026-03-05T12:00:00Z")
    assert case.runs(noon(5)) == [("in_progress", 2, 2, 5)]
    undone = admin().send("DELETE", f"{EXCUSE}/{made['id']}", dryRun="true")
    assert (undone.status, undone.data["impact"]["runs"]["broken"]) == (200, 1)
    assert admin().delete(f"{EXCUSE}/{made['id']}").status == 204
    assert case.runs(noon(5)) == [("broken", 2, 2, 4)]


def test_an_amnesty_of_some_names_them_S39():
    case, other = make_case(), make_case("bob")
    other = Case(other.member, case.streak)
    for one in (case, other):
        one.record_days(2, 3)
    made = admin().post(EXCUSE, amnesty(case, externalIds=["bob"]))
    assert (made.status, made.data["totalMembers"]) == (201, 1)
    assert (case.runs(noon(5))[0][0], other.runs(noon(5))[0][0]) == ("broken", "in_progress")
    unknown = admin().post(EXCUSE, amnesty(case, externalIds=["bob", "stranger"]))
    assert (unknown.status, unknown.details()) == (400, [("externalIds", "not_found")])


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"kind": "holiday"}, [("kind", "invalid_choice")]),
        ({"endsOn": "2026-03-03"}, [("endsOn", "invalid")]),
        ({"endsOn": "2028-03-04"}, [("endsOn", "max_value")]),
        ({"endsOn": None}, [("endsOn", "required")]),
        ({"startsOn": "4 March"}, [("startsOn", "invalid")]),
        ({"kind": "restoration"}, [("ownedById", "required")]),
        ({"kind": "restoration", "streakId": None}, [("streakId", "required")]),
        ({"kind": "member_break", "ownedById": "ann"}, [("startsOn", "break_in_past")]),
        ({"kind": "restoration", "ownedById": "ann"}, [("kind", "nothing_to_restore")]),
        ({"ownedById": "ann", "externalIds": ["ann"]}, [("externalIds", "invalid")]),
        ({"ownedById": "stranger"}, [("ownedById", "not_found")]),
    ],
)
def test_a_bad_excuse_is_refused_by_name_and_nothing_changes_S39(body, details):
    case = make_case()
    case.record_days(4)
    before = run_of(case)
    answer = admin().post(EXCUSE, amnesty(case, **body))
    assert (answer.status, answer.details()) == (400, details)
    assert (StreakExcuse.objects.count(), run_of(case)) == (0, before)


def test_an_end_user_takes_a_break_where_the_streak_allows_it_and_ends_it_early_S39():
    case = make_case(member_breaks_allowed=True)
    case.record_days(4)
    body = {
        "kind": "member_break",
        "streakId": str(case.streak.pk),
        "startsOn": "2026-03-05",
        "endsOn": "2026-03-08",
        "reason": "holiday",
    }
    made = end_user().post(EXCUSE, body)
    assert (made.status, made.data["createdBy"]) == (201, "the member")
    assert case.runs(noon(5)) == [("in_progress", 1, 4, 9)]
    assert run_of(case)["taskProgress"]["status"] == "excused"
    ended = end_user().patch(f"{EXCUSE}/{made.data['id']}", {"endsOn": "2026-03-05"})
    assert (ended.status, ended.data["endsOn"]) == (200, "2026-03-05")
    assert case.runs(noon(5)) == [("in_progress", 1, 4, 6)]
    late = end_user().patch(f"{EXCUSE}/{made.data['id']}", {"endsOn": "2026-03-07"})
    assert late.details() == [("endsOn", "out_of_range")]
    assert end_user("bob").get(f"{EXCUSE}/{made.data['id']}").status == 404
    assert end_user().delete(f"{EXCUSE}/{made.data['id']}").error() == (403, "forbidden")


@pytest.mark.parametrize(
    ("allowed", "changes", "details"),
    [
        (False, {}, [("streakId", "breaks_not_allowed")]),
        (True, {"streakId": None}, [("streakId", "breaks_not_allowed")]),
        (True, {"kind": "amnesty"}, [("kind", "not_allowed")]),
        (True, {"ownedById": "bob"}, [("ownedById", "not_allowed")]),
    ],
)
def test_an_end_user_excuses_nothing_else_S39(allowed, changes, details):
    case = make_case(member_breaks_allowed=allowed)
    make_member("bob")
    case.record_days(4)
    dates = {"startsOn": "2026-03-05", "endsOn": "2026-03-08", "reason": "holiday"}
    answer = end_user().post(EXCUSE, {"kind": "member_break", "streakId": str(case.streak.pk), **dates, **changes})
    assert (answer.status, answer.details()) == (400, details)
    assert StreakExcuse.objects.count() == 0


def test_a_streak_shows_and_takes_its_protection_and_freezes_are_rules_S44_S28():
    case = make_case()
    settings = {"freezeMaxCount": 2, "freezeInitialCount": 1, "freezeEveryPeriods": 7, "freezeMinimumValue": 4}
    path = f"streak/record/{case.streak.pk}"
    changed = admin().patch(path, {**settings, "memberBreaksAllowed": True, "restoreMaxPeriods": 5}).data
    assert {name: changed[name] for name in settings} == settings
    assert (changed["memberBreaksAllowed"], changed["restoreMaxPeriods"]) == (True, 5)
    many = admin().patch(path, {"freezeInitialCount": 3})
    assert (many.status, many.details()) == (400, [("freezeInitialCount", "max_value")])
    case.streak.refresh_from_db()
    case.record_days(4)
    frozen = admin().patch(path, {"freezeMaxCount": 3})
    assert (frozen.status, frozen.details()) == (400, [("freezeMaxCount", "rules_frozen")])
    assert admin().patch(path, {"restoreMaxPeriods": 2}).data["restoreMaxPeriods"] == 2


@pytest.mark.parametrize("path", [EXCUSE, FREEZE])
def test_facts_show_the_external_id_of_their_member_and_are_found_by_it(path):
    case, server = make_case(**{**TWO_FREEZES, "freeze_initial_count": 0}), admin()
    for name in ("bob", "cat"):
        make_member(name)
    body = amnesty(case) if path == EXCUSE else {**gift(case), "ownedBy": None}
    made = {name: server.post(path, {**body, "ownedById": name}).data["id"] for name in ("ann", "bob", "cat")}
    assert {row["externalId"]: row["id"] for row in server.get(path).data} == made
    for names in (["ann", "cat"], ["bob"]):
        some = {"fieldSlug": "externalId", "operator": "in", "value": names}
        assert {row["externalId"] for row in server.get(path, filters=some).data} == set(names)
    assert server.get(path, externalId="bob").ids == [made["bob"]]
