"""A streak that had activity and is taken back to draft excuses the periods that this touches (S19)."""

from datetime import UTC, datetime, timedelta

import pytest

from gamopanda.api.models import Status
from streaks.models import RunStatus, StreakProgress
from streaks.tests.calling import admin, make_streak
from streaks.tests.recording_cases import make_case, noon

pytestmark = pytest.mark.django_db


def at(time_machine, day, hour=12):
    time_machine.move_to(datetime(2026, 3, day, hour, tzinfo=UTC), tick=False)


@pytest.mark.parametrize("way", ["api", "save", "update_fields"])
def test_S19_a_time_in_draft_excuses_its_periods(time_machine, way):
    case = make_case()
    at(time_machine, 2)
    case.record_days(1, 2)
    at(time_machine, 3)
    change(case.streak, Status.DRAFT, way)
    at(time_machine, 6)
    change(case.streak, Status.LIVE, way)
    case.streak.refresh_from_db()
    at(time_machine, 7)
    case.record_days(7)
    assert case.runs(noon(7)) == [("in_progress", 3, 1, 8)]
    ((started, ended),) = case.streak.pauses.values_list("started_at", "ended_at")
    assert (started, ended) == (noon(3), noon(6))


def test_S19_no_run_breaks_while_its_streak_is_a_draft(time_machine):
    case = make_case()
    at(time_machine, 2)
    case.record_days(1, 2)
    at(time_machine, 3)
    change(case.streak, Status.DRAFT, "api")
    assert [run[:3] for run in case.runs(noon(20))] == [("in_progress", 2, 1)]


@pytest.mark.parametrize("first", [Status.DRAFT, Status.PAUSED])
def test_S19_draft_and_pause_after_one_another_are_both_excused(time_machine, first):
    second = Status.PAUSED if first == Status.DRAFT else Status.DRAFT
    case = make_case()
    at(time_machine, 2)
    case.record_days(1, 2)
    for day, status in ((3, first), (5, second), (7, Status.LIVE)):
        at(time_machine, day)
        change(case.streak, status, "api")
    at(time_machine, 8)
    case.streak.refresh_from_db()
    case.record_days(8)
    assert case.runs(noon(8)) == [("in_progress", 3, 1, 9)]
    excused = {noon(day) + timedelta(hours=1) for day in (3, 4, 5, 6)}
    pauses = list(case.streak.pauses.values_list("started_at", "ended_at"))
    assert all(any(start <= instant < end for start, end in pauses) for instant in excused)


def test_S19_a_draft_without_activity_notes_nothing(time_machine):
    streak = make_streak()
    at(time_machine, 3)
    change(streak, Status.DRAFT, "api")
    at(time_machine, 6)
    change(streak, Status.LIVE, "api")
    assert streak.pauses.count() == 0
    assert StreakProgress.objects.filter(stored_status=RunStatus.BROKEN).count() == 0


def change(streak, status, way):
    if way == "api":
        assert admin().patch(f"streak/record/{streak.pk}", {"status": status.value}).status == 200
        return
    streak.refresh_from_db()
    streak.status = status
    streak.save(**({"update_fields": ["status"]} if way == "update_fields" else {}))
