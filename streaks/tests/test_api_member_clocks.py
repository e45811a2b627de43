"""What callers of the API meet where every member has an own clock (S28, S52, S53, S55)."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gamopanda.accounts.models import Member, MemberZone
from gamopanda.api.models import Status
from streaks.models import StreakLog
from streaks.tests.calling import Caller, admin, end_user, log_body, make_member, make_streak
from streaks.tests.test_member_clocks import BERLIN, TOKYO, VISITS, utc

pytestmark = pytest.mark.django_db

PATH = "streak_log/record"


@pytest.fixture
def server() -> Caller:
    return admin()


def person(name: str, zone: Any) -> dict[str, Any]:
    return {"ownedById": None, "ownedBy": {"externalId": name, "timeZone": zone}}


def zone_of(server: Caller, name: str) -> Any:
    (member,) = server.get("account_user/record", externalId=name).data
    return member["timeZone"]


def test_the_clock_of_a_streak_is_frozen_from_the_first_activity_on_s28_s52(server: Caller) -> None:
    streak = make_streak(**VISITS)
    path = f"streak/record/{streak.pk}"
    assert server.get(path).data["clock"] == "member"
    assert server.patch(path, {"clock": "sundial"}).details() == [("clock", "invalid_choice")]
    assert server.patch(path, {"clock": "streak"}).data["clock"] == "streak"
    assert server.patch(path, {"clock": "member"}).data["clock"] == "member"
    server.post(PATH, log_body(streak))
    answer = server.patch(path, {"clock": "streak"})
    assert (answer.status, answer.details()) == (400, [("clock", "rules_frozen")])
    assert server.get(path).data["clock"] == "member"


def test_a_member_made_by_a_log_is_filed_by_the_zone_that_comes_with_it_s53(server: Caller) -> None:
    streak = make_streak(**VISITS, time_zone="UTC")
    late: dict[str, Any] = {"activityAt": "2026-03-01T20:00:00Z"}
    recorded = server.post(PATH, log_body(streak, **late, **person("ann", "Asia/Calcutta"))).data
    assert (recorded["periodKey"], zone_of(server, "ann")) == ("2026-03-02", "Asia/Kolkata")
    batch = [log_body(streak, **late, **person(name, TOKYO)) for name in ("cy", "di")]
    results = server.post(f"{PATH}/bulk", {"records": batch}).data["results"]
    assert [one["status"] for one in results] == ["created", "created"]
    assert set(StreakLog.objects.values_list("period_key", flat=True)) == {date(2026, 3, 2)}
    assert set(MemberZone.objects.values_list("counts_from", "is_initial")) == {(None, True)}


def test_a_log_fills_a_zone_that_is_empty_and_overwrites_none_s53(server: Caller) -> None:
    streak = make_streak(**VISITS, time_zone="UTC")
    make_member("ann")
    for number, zone in enumerate((TOKYO, BERLIN)):
        body = log_body(streak, uniqueIdentifier=f"order-{number}", **person("ann", zone))
        assert server.post(PATH, body).status == 201
        assert zone_of(server, "ann") == TOKYO
    assert MemberZone.objects.count() == 1


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", None, "x" * 500])
def test_a_log_is_never_refused_because_of_its_zone_s55(server: Caller, zone: Any) -> None:
    streak = make_streak(**VISITS)
    assert server.post(PATH, log_body(streak, **person("ann", zone))).status == 201
    assert zone_of(server, "ann") is None


def test_a_log_that_is_refused_leaves_neither_its_member_nor_a_zone(server: Caller) -> None:
    draft, other = make_streak(**VISITS, status=Status.DRAFT), make_member("bob")
    for name in ("ann", "bob"):
        assert server.post(PATH, log_body(draft, **person(name, TOKYO))).error() == (400, "streak_not_live")
    assert list(Member.objects.values_list("pk", "has_own_zone")) == [(other.pk, False)]
    assert MemberZone.objects.count() == 0


def test_what_is_shown_is_the_period_of_the_member_before_and_after_the_first_log_s52(server: Caller) -> None:
    streak = make_streak(**VISITS, completion_target_value=3, time_zone="UTC")
    begins_at, ends_at = "2026-03-01T15:00:00Z", "2026-03-02T15:00:00Z"
    own = {"periodKey": "2026-03-02", "periodStartsAt": begins_at, "periodEndsAt": ends_at}

    def displayed(name: str) -> Any:
        (shown,) = end_user(name).get("/api/v1.0/end-user-display").data["streaks"]
        return shown

    with time_machine.travel(utc("2026-03-01 20:00"), tick=False):
        server.post("account_user/record", {"externalId": "ann", "timeZone": TOKYO})
        before, stranger = displayed("ann")["taskProgress"], displayed("stranger")["taskProgress"]
        assert ({name: before[name] for name in own}, stranger["periodKey"]) == (own, "2026-03-01")
        recorded = server.post(PATH, log_body(streak, activityAt="2026-03-01T20:00:00Z")).data
        assert recorded["periodKey"] == "2026-03-02"
        (listed,) = server.get("streak_progress/record").data
        after = displayed("ann")
    for progress in (recorded["streakProgress"], after["streakProgress"], listed):
        assert (progress["currentPeriodEndsAt"], progress["streakBreaksAt"]) == (ends_at, "2026-03-03T15:00:00Z")
    for task in (recorded["streakProgress"]["taskProgress"], after["taskProgress"], listed["taskProgress"]):
        assert {name: task[name] for name in own} == own
        assert (task["status"], task["currentValue"]) == ("completed", 1)


def test_lists_of_runs_read_the_zones_of_all_members_at_once(server: Caller) -> None:
    streak = make_streak(**VISITS, time_zone="UTC")
    server.post(PATH, log_body(streak, **person("ann", TOKYO)))
    with CaptureQueriesContext(connection) as one:
        server.get("streak_progress/record")
    for name in ("bob", "cy", "di"):
        server.post(PATH, log_body(streak, **person(name, BERLIN)))
    with CaptureQueriesContext(connection) as four:
        assert len(server.get("streak_progress/record").data) == 4
    assert len(four) == len(one)
