"""Runs as the API shows them: by the clock, with the current period and the texts that the end user reads."""

from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from gamopanda.api.models import Status
from streaks.models import Streak, StreakProgress
from streaks.presenters.logs import present_recorded_log
from streaks.progress.service import record_logs
from streaks.tests.calling import UNPROTECTED, admin, end_user, guest, log_body, make_milestone, make_streak
from streaks.tests.recording_cases import make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _evening_of_the_third_of_march(time_machine):
    time_machine.move_to("2026-03-03T18:00:00Z", tick=False)


def log(streak, **changes):
    """Record a log through the API and return its run."""
    answer = admin().post("streak_log/record", log_body(streak, **changes))
    assert answer.status == 201, answer.body
    return answer.data["streakProgress"]


def test_a_run_in_progress_shows_every_field():
    streak = make_streak(completion_target_value=7)
    make_milestone(streak, 5)
    for day, value in ((1, 50), (2, 60), (3, "29.5")):
        run = log(streak, day=day, value=value)
    row = StreakProgress.objects.get()
    assert admin().get(f"streak_progress/record/{row.pk}").data == run
    fields = dict(run)
    assert {fields.pop("createdAt"), fields.pop("updatedAt")} == {"2026-03-03T18:00:00Z"}
    assert fields.pop("display")
    assert fields == {
        "id": str(row.pk),
        "uniqueIdentifier": f"{streak.pk}:{row.member_id}",
        "streakId": str(streak.pk),
        "ownedById": str(row.member_id),
        "externalId": "ann",
        "streakProgressStatus": "in_progress",
        "currentProgressValue": 2,
        "streakStartedAt": "2026-03-01T12:00:00Z",
        "streakCompletedAt": None,
        "streakBrokenAt": None,
        "streakBreaksAt": "2026-03-04T00:00:00Z",
        **UNPROTECTED,
        "currentPeriodEndsAt": "2026-03-04T00:00:00Z",
        "taskProgress": {
            "periodKey": "2026-03-03",
            "periodStartsAt": "2026-03-03T00:00:00Z",
            "periodEndsAt": "2026-03-04T00:00:00Z",
            "currentValue": Decimal("29.5"),
            "targetValue": 50,
            "remainingValue": Decimal("20.5"),
            "status": "in_progress",
        },
    }


def test_the_display_of_a_run_in_progress_shows_every_field():
    streak = make_streak(completion_target_value=7)
    make_milestone(streak, 5)
    for day, value in ((1, 50), (2, 60), (3, "29.5")):
        run = log(streak, day=day, value=value)
    display = run["display"]
    assert display["statusLabel"] == "In Progress"
    assert display["variables"] == {
        "periodText": "day",
        "currentProgressValue": "2",
        "nextProgressValue": "3",
        "nextRemainingValue": "20.50",
        "nextRemainingPeriod": "3",
        "nextRemainingPeriodText": "3 days",
        "currentPeriodName": "day 2",
        "nextPeriodName": "day 3",
        "thisPeriodText": "today",
        "nextPeriodText": "tomorrow",
        "freezesLeft": "0",
        "freezeMaxCount": "0",
    }
    assert display["messages"] == [
        "Shop for $20.50 or more for 3 days to complete the next milestone!",
        "Shop for $20.50 or more to complete the day 3 streak!",
    ]
    assert (display["statusLabelLanguage"], display["messageLanguages"]) == ("en", ["en", "en"])
    assert set(display["rendered"]) == {
        "eudNonMilestoneNextToBeAchievedMessage",
        "eudNonMilestoneAchievedMessage",
        "eudCompletedStreakMessage",
        "eudBrokenStreakMessage",
        "eudMilestoneNextToBeAchievedMessage",
        "eudMilestoneAchievedMessage",
        "eudFreezeUsedMessage",
    }


def test_s16_f31_a_run_past_its_deadline_reads_as_broken_although_no_job_has_run(time_machine):
    run = log(make_streak(), day=3)
    caller = admin()
    path = f"streak_progress/record/{run['id']}"

    def seen():
        data = caller.get(path).data
        by_status = [
            caller.get("streak_progress/record", streakProgressStatus=status).ids
            for status in ("in_progress", "broken")
        ]
        condition = {"fieldSlug": "streakProgressStatus", "operator": "eq", "value": "broken"}
        by_condition = caller.get("streak_progress/record", filters=condition).ids
        return data["streakProgressStatus"], data["streakBrokenAt"], data["streakBreaksAt"], by_status, by_condition

    assert seen() == ("in_progress", None, "2026-03-05T00:00:00Z", [[run["id"]], []], [])
    time_machine.move_to("2026-03-04T23:59:59Z", tick=False)
    assert seen() == ("in_progress", None, "2026-03-05T00:00:00Z", [[run["id"]], []], [])
    time_machine.move_to("2026-03-05T00:00:00Z", tick=False)
    assert seen() == ("broken", "2026-03-05T00:00:00Z", None, [[], [run["id"]]], [run["id"]])
    assert StreakProgress.objects.get().stored_status == "in_progress"


def test_s15_f32_the_current_period_is_about_today_also_when_today_has_nothing_yet(time_machine):
    run = log(make_streak(), day=3)
    assert run["taskProgress"]["status"] == "completed"
    assert (run["taskProgress"]["currentValue"], run["taskProgress"]["remainingValue"]) == (50, 0)
    time_machine.move_to("2026-03-04T09:00:00Z", tick=False)
    task = admin().get(f"streak_progress/record/{run['id']}").data["taskProgress"]
    assert (task["periodKey"], task["currentValue"], task["remainingValue"]) == ("2026-03-04", 0, 50)
    assert task["status"] == "in_progress"


def test_s13_a_completed_run_has_its_instant_and_no_deadline():
    streak = make_streak(completion_target_value=2)
    for day in (2, 3):
        run = log(streak, day=day)
    assert (run["streakProgressStatus"], run["currentProgressValue"]) == ("completed", 2)
    assert (run["streakCompletedAt"], run["streakBreaksAt"], run["streakBrokenAt"]) == (
        "2026-03-03T12:00:00Z",
        None,
        None,
    )
    assert run["display"]["statusLabel"] == "Completed"
    assert run["display"]["messages"][0].startswith(
        "Congratulations! You have completed this streak! Come back next day"
    )


def test_ended_runs_stay_as_history_beside_a_running_one():
    streak = make_streak()
    old, new = log(streak, day=1), log(streak, day=3)
    assert old["uniqueIdentifier"] == new["uniqueIdentifier"]
    listed = {run["id"]: run["streakProgressStatus"] for run in admin().get("streak_progress/record").data}
    assert listed == {old["id"]: "broken", new["id"]: "in_progress"}


def test_s19_while_the_streak_is_paused_nothing_is_about_to_break(time_machine):
    streak = make_streak()
    run = log(streak, day=3)
    admin().patch(f"streak/record/{streak.pk}", {"status": "paused"})
    time_machine.move_to("2026-03-20T00:00:00Z", tick=False)
    shown = admin().get(f"streak_progress/record/{run['id']}").data
    assert (shown["streakProgressStatus"], shown["streakBreaksAt"]) == ("in_progress", None)
    assert admin().get("streak_progress/record", streakProgressStatus="broken").data == []


def test_the_current_period_is_counted_on_the_clock_of_each_streak(time_machine):
    time_machine.move_to("2026-03-03T18:30:00Z", tick=False)
    east = log(make_streak(time_zone="Asia/Kathmandu"), day=3, activityAt="2026-03-03T18:20:00Z")
    west = log(make_streak(time_zone="America/Los_Angeles"), day=3)
    assert east["taskProgress"]["periodKey"] == "2026-03-04"
    assert east["taskProgress"]["periodStartsAt"] == "2026-03-03T18:15:00Z"
    assert west["taskProgress"]["periodKey"] == "2026-03-03"
    assert west["taskProgress"]["periodEndsAt"] == "2026-03-04T08:00:00Z"
    listed = {run["id"]: run["taskProgress"] for run in admin().get("streak_progress/record").data}
    assert listed == {run["id"]: run["taskProgress"] for run in (east, west)}


def test_s34_the_display_is_in_the_language_asked_for():
    streak = make_streak()
    caller = admin()
    caller.patch(f"streak/record/{streak.pk}", {"eudInProgressLabel": "En cours"}, languageCode="fr")
    run = log(streak, day=3, value="29.50")
    answer = caller.get(f"streak_progress/record/{run['id']}", languageCode="fr")
    assert answer.headers["Content-Language"] == "fr"
    assert answer.data["display"]["statusLabel"] == "En cours"
    assert answer.data["display"]["variables"]["periodText"] == "jour"
    assert answer.data["display"]["variables"]["nextRemainingValue"] == "20,50"


def test_f38_only_live_milestones_lie_ahead():
    streak = make_streak()
    make_milestone(streak, 2, status=Status.DRAFT)
    make_milestone(streak, 3, deleted_at=streak.created_at)
    run = log(streak, day=3, value=10)
    assert run["display"]["variables"]["nextRemainingPeriod"] == "7"
    assert run["display"]["messages"] == ["Shop for $40 or more to complete the day 1 streak!"]


def test_runs_are_made_by_the_system_alone():
    run = log(make_streak(), day=3)
    caller = admin()
    assert caller.post("streak_progress/record", {}).error() == (405, "method_not_allowed")
    for method in ("PATCH", "PUT", "DELETE"):
        answer = caller.send(method, f"streak_progress/record/{run['id']}", {"currentProgressValue": 7})
        assert answer.error() == (405, "method_not_allowed")
    assert caller.get(f"streak_progress/record/{run['id']}").data == run


def test_an_end_user_reads_its_own_runs():
    streak = make_streak()
    mine, theirs = log(streak, of="ann"), log(streak, of="bob")
    ann = end_user("ann")
    assert ann.get("streak_progress/record").ids == [mine["id"]]
    assert ann.get(f"streak_progress/record/{mine['id']}").data["ownedById"] == mine["ownedById"]
    assert ann.get(f"streak_progress/record/{theirs['id']}").error() == (404, "not_found")
    assert end_user("new member").get("streak_progress/record").data == []
    assert ann.post("streak_progress/record", {}).error() == (403, "forbidden")
    assert guest().get("streak_progress/record").error() == (401, "unauthorized")


def test_an_end_user_still_sees_the_runs_of_a_paused_streak():
    run = log(make_streak(), day=3)
    Streak.objects.get().save()
    admin().patch(f"streak/record/{run['streakId']}", {"status": "paused"})
    assert end_user("ann").get("streak_progress/record").ids == [run["id"]]


def test_runs_are_filtered_by_the_usual_fields():
    first, second = make_streak(), make_streak()
    runs = [log(first, day=1)["id"], log(first, day=3, of="bob")["id"], log(second, day=3, value=1)["id"]]
    caller = admin()

    def found(**query):
        return [runs.index(pk) for pk in caller.get("streak_progress/record", **query).ids]

    assert found() == [2, 1, 0]
    assert found(streakId=str(first.pk)) == [1, 0]
    assert found(externalId="bob") == [1]
    assert found(ownedById=str(StreakProgress.objects.get(pk=runs[1]).member_id)) == [1]
    assert found(streakProgressStatus="broken") == [0]
    assert found(streakStartedAtFrom="2026-03-03T00:00:00Z") == [2, 1]
    assert found(streakStartedAtTo="2026-03-03T00:00:00Z") == [0]
    assert found(filters={"fieldSlug": "currentProgressValue", "operator": "lt", "value": 1}) == [2]
    assert found(filters={"fieldSlug": "streakBrokenAt", "operator": "isNull", "value": False}) == [0]
    assert found(sortBy=[{"fieldSlug": "streakStartedAt", "order": "ASC"}])[0] == 0
    assert caller.get("streak_progress/record", streakProgressStatus="dead").error() == (400, "validation_error")


def test_a_list_of_runs_takes_a_fixed_number_of_queries(django_assert_num_queries):
    make_milestone(make_streak(), 1)
    log(Streak.objects.get(), day=3)
    caller = admin()
    # The key, the runs, their streaks, milestones and versions (on PostgreSQL with the streaks), the current periods.
    expected = 4 if connection.vendor == "postgresql" else 6
    with django_assert_num_queries(expected):
        assert len(caller.get("streak_progress/record").data) == 1
    for zone in ("Asia/Tokyo", "Pacific/Kiritimati", "America/New_York"):
        streak = make_streak(time_zone=zone, aggregation_period="weekly")
        make_milestone(streak, 1)
        for name in ("ann", "bob"):
            log(streak, day=3, of=name)
    with django_assert_num_queries(expected):
        assert len(caller.get("streak_progress/record").data) == 7


def test_a_run_is_found_by_its_unique_identifier():
    streak = make_streak()
    mine, theirs = log(streak, of="ann"), log(streak, of="bob")
    caller = admin()
    assert caller.get("streak_progress/record", uniqueIdentifier=mine["uniqueIdentifier"]).ids == [mine["id"]]
    assert caller.get("streak_progress/record", uniqueIdentifier=theirs["uniqueIdentifier"]).ids == [theirs["id"]]
    for unknown in (f"{streak.pk}:unknown", str(streak.pk), ":"):
        assert caller.get("streak_progress/record", uniqueIdentifier=unknown).ids == []


def test_runs_that_are_about_to_break_are_found_by_their_deadline():
    soon = log(make_streak(), day=2)
    later = log(make_streak(aggregation_period="monthly"), day=3)
    caller = admin()
    assert caller.get("streak_progress/record", streakBreaksAtTo="2026-03-04T00:00:00Z").ids == [soon["id"]]
    assert caller.get("streak_progress/record", streakBreaksAtFrom="2026-03-04T00:00:01Z").ids == [later["id"]]
    condition = {"fieldSlug": "streakBreaksAt", "operator": "lte", "value": "2026-03-04T00:00:00Z"}
    assert caller.get("streak_progress/record", filters=condition).ids == [soon["id"]]


@pytest.mark.parametrize("name", ["streakId", "ownedById", "streakStartedAtFrom", "currentProgressValue", "periodKey"])
def test_a_wrong_value_of_a_plain_filter_is_refused_and_never_ignored(name):
    log(make_streak(), day=3)
    answer = admin().get("streak_progress/record", **{name: "x"})
    assert answer.error() == (400, "validation_error")
    assert answer.details() == [(name, "unknown_parameter" if name == "periodKey" else "invalid")]


def test_just_the_fields_that_are_asked_for_are_shown():
    run = log(make_streak(), day=3)
    caller = admin()
    for path in ("streak_progress/record", f"streak_progress/record/{run['id']}"):
        data = caller.get(path, fields=["id", "taskProgress"]).data
        assert (data[0] if isinstance(data, list) else data) == {"id": run["id"], "taskProgress": run["taskProgress"]}
    (shown,) = caller.get("streak_log/record", fields=["uniqueIdentifier", "streakProgress"]).data
    assert shown == {"uniqueIdentifier": "order-3", "streakProgress": run}


def test_the_answer_shows_the_run_that_the_log_counts_in_even_when_another_log_has_joined_it_since_S17():
    case = make_case()
    case.record(1)
    (result,) = record_logs([case.log(3)], now=timezone.now())
    case.record(2)
    (joined,) = StreakProgress.objects.all()
    assert result.run is not None and result.run.pk != joined.pk
    shown = present_recorded_log(result, now=timezone.now(), language="en")
    assert (shown.streak_progress.run.pk, shown.streak_progress.run.current_progress_value) == (joined.pk, 3)
