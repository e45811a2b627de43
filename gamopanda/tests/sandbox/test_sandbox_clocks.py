"""Members of the sandbox have clocks of their own, which a call moves forward."""

from datetime import timedelta

import pytest

from gamopanda.accounts.models import Member
from gamopanda.events.models import Delivery, Reminder, ReminderRule
from gamopanda.events.reminders.sending import send_due
from gamopanda.events.tests.receiving import make_endpoint
from gamopanda.tests.sandbox.calling import DISPLAY, LOGS, NOON, body, reader, record, set_clock
from streaks.progress import service
from streaks.progress.housekeeping import close_runs
from streaks.tests.calling import admin, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db


def test_a_month_of_a_streak_passes_in_a_moment(key, tester):
    streak = make_streak(completion_target_value=7)
    make_milestone(streak, 7)
    day = NOON
    for number in range(1, 8):
        answer = record(tester, streak, day)
        assert answer["streakProgress"]["currentProgressValue"] == number
        day += timedelta(days=1)
        assert set_clock(tester, day).data["now"] == day.isoformat().replace("+00:00", "Z")
    assert answer["streakProgress"]["streakProgressStatus"] == "completed"
    (reward,) = tester.get("reward_log/record").data
    assert reward["rewardIssuedAt"] == "2026-03-16T12:00:00Z"
    member = Member.objects.get()
    assert service.check([member.pk], now=day) == []
    # A day later than everybody's, to the end user too.
    display = reader(key, "tess").get(DISPLAY)
    assert display.headers["Date"] == "Tue, 17 Mar 2026 12:00:00 GMT"
    shown = display.data["streaks"][0]
    assert shown["taskProgress"]["periodKey"] == "2026-03-17"
    assert shown["streakProgress"]["streakProgressStatus"] == "completed"
    # The next run begins, and breaks when a day goes by without activity.
    record(tester, streak, day)
    set_clock(tester, day + timedelta(days=2))
    newest = tester.get("streak_progress/record").data[0]
    assert (newest["streakProgressStatus"], newest["streakBrokenAt"]) == ("broken", "2026-03-19T00:00:00Z")
    broken = tester.get("streak_progress/record", streakProgressStatus="broken").ids
    assert broken == [newest["id"]]
    assert tester.post("streak_progress/record/query", {"streakId": str(streak.pk), "externalIds": ["tess"]}).data[0][
        "streakProgressStatus"
    ] == ("broken")


def test_each_member_has_a_clock_of_its_own(tester):
    streak = make_streak()
    for name in ("tess", "tom"):
        record(tester, streak, of=name)
    set_clock(tester, NOON + timedelta(days=3), of="tom")
    runs = {run["externalId"]: run["streakProgressStatus"] for run in tester.get("streak_progress/record").data}
    assert runs == {"tess": "in_progress", "tom": "broken"}
    ahead = NOON + timedelta(days=3)
    batch = [body(streak, ahead, "tess"), body(streak, ahead, "tom"), body(streak, ahead, "new")]
    results = tester.post(f"{LOGS}/bulk", {"records": batch}).data["results"]
    assert [result["status"] for result in results] == ["rejected", "created", "rejected"]
    assert results[0]["error"]["details"][0]["code"] == "in_future"


def test_a_clock_only_moves_forward_and_never_by_more_than_a_year(tester):
    record(tester, make_streak())
    assert set_clock(tester, NOON + timedelta(days=1)).status == 200
    for at in (NOON, NOON + timedelta(days=1), NOON + timedelta(days=400)):
        answer = set_clock(tester, at)
        assert answer.details() == [("now", "out_of_range")]
        assert "2026-03-11T12:00:00+00:00 and only moves forward" in answer.body["error"]["message"]
    assert Member.objects.get().clock_at == NOON + timedelta(days=1)


def test_a_clock_that_everybody_has_caught_up_with_goes_on_with_them(tester, time_machine):
    streak = make_streak()
    record(tester, streak)
    set_clock(tester, NOON + timedelta(hours=3))
    time_machine.move_to(NOON + timedelta(hours=5), tick=False)
    assert record(tester, streak, NOON + timedelta(hours=5))["periodKey"] == "2026-03-10"


def test_other_members_have_no_clock_of_their_own():
    member = make_member()
    answer = admin().post(f"account_user/record/{member.pk}/clock", {"now": "2026-03-11T12:00:00Z"})
    assert answer.error() == (403, "forbidden")
    assert Member.objects.get().clock_at is None


def test_freezes_and_breaks_follow_the_clock(tester):
    streak = make_streak(freeze_max_count=1, freeze_initial_count=1, freeze_minimum_value=1)
    record(tester, streak)
    set_clock(tester, NOON + timedelta(days=2))
    (run,) = tester.get("streak_progress/record").data
    assert (run["streakProgressStatus"], run["frozenPeriods"], run["freezesLeft"]) == ("in_progress", ["2026-03-11"], 0)
    days = {"kind": "member_break", "startsOn": "2026-03-12", "endsOn": "2026-03-14", "reason": "a journey"}
    assert tester.post("streak_excuse/record", {**days, "streakId": str(streak.pk), "ownedById": "tess"}).status == 201
    set_clock(tester, NOON + timedelta(days=5))
    assert tester.get("streak_progress/record").data[0]["streakProgressStatus"] == "in_progress"
    set_clock(tester, NOON + timedelta(days=6))
    assert tester.get("streak_progress/record").data[0]["streakProgressStatus"] == "broken"


def test_breaks_are_told_when_the_clock_has_come_to_it(tester):
    streak = make_streak(announce_after_hours=6)
    tester.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"})
    record(tester, streak)
    set_clock(tester, NOON + timedelta(days=2))
    events = [event["type"] for event in tester.get("event/record", type="streak.broken").data]
    assert events == ["streak.broken"]
    delivery = Delivery.objects.get(event__type="streak.broken")
    # It goes out now, whatever the member's clock says.
    assert delivery.next_attempt_at == NOON
    assert delivery.event.created_at == NOON + timedelta(days=2)


def test_used_freezes_and_expiring_rewards_are_told_by_the_clock_once(tester):
    streak = make_streak(freeze_max_count=2, freeze_initial_count=2, freeze_minimum_value=1, announce_after_hours=0)
    make_milestone(streak, 1, reward_validity_days=10)
    tester.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"})
    record(tester, streak)

    def told() -> list[str]:
        types = [event["type"] for event in tester.get("event/record", limit="50").data]
        return sorted(one for one in types if one in {"streak.freeze_used", "reward.expiring"})

    close_runs(now=NOON + timedelta(days=2))
    set_clock(tester, NOON + timedelta(days=2))
    assert told() == ["streak.freeze_used"]
    set_clock(tester, NOON + timedelta(days=2, hours=1))
    assert told() == ["streak.freeze_used"]
    record(tester, streak, NOON + timedelta(days=2))
    for days in (7.5, 8):
        set_clock(tester, NOON + timedelta(days=days))
        assert told().count("reward.expiring") == 1
    assert told().count("streak.freeze_used") >= 1


def test_reminders_come_by_the_clock_to_endpoints_of_the_sandbox_alone(tester):
    streak = make_streak()
    texts = {"subject": "Soon", "text": "{{nextRemainingValue}} more today!"}
    rule = ReminderRule.objects.create(
        streak=streak, type="at_risk", is_on=True, way="event", hours_before=6, minimum_value=1, **texts
    )
    make_endpoint()
    tester.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"})
    record(tester, streak)
    set_clock(tester, NOON + timedelta(days=1))
    assert not Reminder.objects.exists()
    # The rounds of everybody leave it alone.
    close_runs(now=NOON + timedelta(days=1, hours=7))
    send_due(now=NOON + timedelta(days=1, hours=7))
    assert not Reminder.objects.exists()
    set_clock(tester, NOON + timedelta(days=1, hours=7))
    (reminder,) = Reminder.objects.all()
    assert (reminder.status, reminder.type, reminder.streak_id) == ("sent", "at_risk", rule.streak_id)
    (delivery,) = Delivery.objects.filter(event__type="reminder.due")
    assert delivery.endpoint.sandbox
