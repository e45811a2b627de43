"""Races through the API, forced on a real PostgreSQL: new members, repeats, batches, and rules that meet each other."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from gamopanda.accounts.erasure import delete_member
from gamopanda.accounts.models import Member
from rewards.models import RewardLog
from streaks.models import Milestone, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress import recording
from streaks.progress.service import check, record_log, record_logs
from streaks.tests.calling import admin, log_body, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case, make_case
from streaks.tests.test_concurrency_postgresql import as_many_connections_as_writers, at_once

__all__ = ["as_many_connections_as_writers"]

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

CALLERS = 12


def test_f18_a_new_member_in_many_requests_at_once_is_made_once():
    streak, caller = make_streak(completion_target_value=400), admin()
    make_milestone(streak, CALLERS)
    answers = at_once(
        lambda day=day: caller.post("streak_log/record", log_body(streak, day=day)) for day in range(1, CALLERS + 1)
    )
    assert Counter(answer.status for answer in answers) == {201: CALLERS}
    assert Member.objects.count() == 1
    assert StreakProgress.objects.get().current_progress_value == CALLERS
    assert RewardLog.objects.count() == 1


def test_f14_one_event_in_many_requests_at_once_is_recorded_once_and_the_others_name_it():
    streak, caller = make_streak(), admin()
    answers = at_once(lambda: caller.post("streak_log/record", log_body(streak)) for _ in range(CALLERS))
    assert Counter(answer.status for answer in answers) == {201: 1, 409: CALLERS - 1}
    named = {answer.body["error"]["details"][0]["existingId"] for answer in answers if answer.status == 409}
    assert named == {str(StreakLog.objects.get().pk)}
    assert TaskProgress.objects.get().total == 50


def test_batches_that_name_the_same_new_members_in_opposite_orders_never_block_each_other():
    streak, caller = make_streak(), admin()
    names = [f"member {number}" for number in range(20)]

    def batch(number):
        order = names if number % 2 else names[::-1]
        records = [log_body(streak, of=name, uniqueIdentifier=f"batch {number}") for name in order]
        return lambda: caller.post("streak_log/record/bulk", {"records": records})

    answers = at_once(batch(number) for number in range(6))
    assert [answer.data["created"] for answer in answers] == [20] * 6
    assert Member.objects.count() == 20
    assert {total.total for total in TaskProgress.objects.all()} == {300}


def test_f37_a_completion_target_and_a_milestone_never_pass_each_other():
    caller = admin()
    for _ in range(4):
        streak = make_streak()
        milestone = {"linkedSchemaRecordId": str(streak.pk), "name": "Day 7", "milestoneTargetValue": 7}
        answers = at_once(
            [
                lambda body=milestone: caller.post("milestone/record", body),
                lambda pk=streak.pk: caller.patch(f"streak/record/{pk}", {"completionTargetValue": 3}),
            ]
        )
        assert sorted(answer.status for answer in answers) in ([200, 400], [201, 400])
        highest = max((one.milestone_target_value for one in Milestone.objects.filter(streak=streak)), default=0)
        assert highest <= Streak.objects.get(pk=streak.pk).completion_target_value


def test_two_changes_of_one_streak_at_once_do_not_undo_each_other():
    caller, streak = admin(), make_streak()
    changes = [{"name": "Changed"}, {"description": "Changed"}, {"eudTitle": "Changed"}, {"eudBrokenLabel": "Changed"}]
    answers = at_once(lambda change=change: caller.patch(f"streak/record/{streak.pk}", change) for change in changes)
    assert [answer.status for answer in answers] == [200] * 4
    record = caller.get(f"streak/record/{streak.pk}").data
    assert {name: record[name] for change in changes for name in change} == {
        name: "Changed" for change in changes for name in change
    }


def test_s25_f39_two_rewards_that_are_given_one_code_at_once_do_not_both_get_it():
    caller = admin()
    streak = make_streak()
    make_milestone(streak, 1)
    for name in ("ann", "bob"):
        caller.post("streak_log/record", log_body(streak, of=name))
    rewards = [str(pk) for pk in RewardLog.objects.values_list("pk", flat=True)]
    answers = at_once(lambda pk=pk: caller.patch(f"reward_log/record/{pk}", {"couponCode": "SAME"}) for pk in rewards)
    assert sorted(answer.status for answer in answers) == [200, 400]
    assert RewardLog.objects.filter(coupon_code="SAME").count() == 1


def waits_for_us(task):
    """Return as soon as somebody waits for a lock of this connection; False when the task is done before that."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        while not task.done():
            cursor.execute(waiting)
            if cursor.fetchone() != (0,):
                return True
            time.sleep(0.01)
    return False


@pytest.mark.parametrize("has_activity", [False, True])
@pytest.mark.parametrize("others", [0, 20, 60])
def test_logs_that_meet_the_deletion_of_their_member_are_recorded_for_a_new_one_s35(has_activity, others):
    """Alone, and in small and large batches: `ownedBy` finds a member or makes it, even while one is leaving."""
    streak, caller = make_streak(), admin()
    leaving = Member.objects.create(external_id="ann", status="live")
    if has_activity:
        assert caller.post("streak_log/record", log_body(streak)).status == 201
    records = [log_body(streak, day=2), *(log_body(streak, of=f"other {number}") for number in range(others))]

    path, body = ("/bulk", {"records": records}) if others else ("", records[0])

    def send():
        try:
            return caller.post(f"streak_log/record{path}", body)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            delete_member(leaving)
            task = pool.submit(send)
            assert waits_for_us(task)
        answer = task.result(timeout=120)
    assert answer.data.get("created", 1) == len(records)
    (log,) = StreakLog.objects.filter(member__external_id="ann")
    assert log.member_id != leaving.pk
    assert TaskProgress.objects.get(member=log.member_id).total == 50
    assert StreakLog.objects.filter(member=leaving.pk).count() == has_activity


def test_s38_an_amnesty_under_a_key_reaches_a_member_whose_first_logs_are_just_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The recording cannot see the amnesty, and the amnesty not the member: it is applied when both are stored."""
    first, caller = make_case("somebody", has_activity=True), admin()
    case, is_open = Case(make_member("ann"), first.streak), Event()
    tell = recording.Recording._tell

    def wait_for_the_amnesty(self: recording.Recording) -> Any:
        tell(self)
        is_open.set()
        time.sleep(1)

    monkeypatch.setattr(recording.Recording, "_tell", wait_for_the_amnesty)

    def excuse() -> Any:
        is_open.wait(timeout=60)
        dates = {"startsOn": "2026-03-03", "endsOn": "2026-03-03"}
        body = {"kind": "amnesty", "streakId": str(case.streak.pk), "reason": "outage", **dates}
        return caller.send("POST", "streak_excuse/record", body, {"Idempotency-Key": "outage-3"})

    logs = [case.log(day) for day in (1, 2, 4)]
    _, answer = at_once([lambda: record_logs(logs, now=NOW), excuse])
    assert answer.status == 201
    assert case.runs() == [("broken", 3, 1, 5)]
    assert check([case.member.pk], now=NOW) == []


def test_a_streak_can_be_renamed_beside_its_first_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log holds its share of the streak and waits for the row that the edit holds; the edit waits for nothing."""
    case, caller = make_case(), admin()
    log, is_open = case.log(1), Event()
    lock_untouched = recording.Recording._lock_untouched

    def wait_for_the_edit(self: recording.Recording, ids: Any) -> Any:
        is_open.set()
        time.sleep(1)
        return lock_untouched(self, ids)

    monkeypatch.setattr(recording.Recording, "_lock_untouched", wait_for_the_edit)

    def rename() -> Any:
        is_open.wait(timeout=60)
        return caller.patch(f"streak/record/{case.streak.pk}", {"name": "renamed"})

    recorded, renamed = at_once([lambda: record_log(log, now=NOW), rename])
    assert recorded.is_recorded
    assert renamed.status == 200
