"""Logs read back: who sees which, lists and their filters."""

import pytest
from django.db import connection

from gamopanda.accounts.models import Member
from streaks.models import StreakLog
from streaks.tests.calling import admin, end_user, guest, log_body, make_milestone, make_streak

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _evening_of_the_fifth_of_march(time_machine):
    time_machine.move_to("2026-03-05T18:00:00Z", tick=False)


def test_an_end_user_reads_its_own_logs_and_writes_none():
    streak = make_streak()
    caller = admin()
    mine, theirs = (caller.post("streak_log/record", log_body(streak, of=name)).data for name in ("ann", "bob"))
    ann = end_user("ann")
    assert ann.get("streak_log/record").ids == [mine["id"]]
    assert ann.get(f"streak_log/record/{mine['id']}").data["uniqueIdentifier"] == "order-1"
    assert ann.get(f"streak_log/record/{theirs['id']}").error() == (404, "not_found")
    assert ann.get("streak_log/record", externalId="bob").data == []
    assert ann.post("streak_log/record", log_body(streak, day=2)).error() == (403, "forbidden")
    assert ann.post("streak_log/record/bulk", {"records": [log_body(streak, day=2)]}).error() == (403, "forbidden")
    assert end_user("new member").get("streak_log/record").data == []
    assert guest().get("streak_log/record").error() == (401, "unauthorized")
    assert guest().post("streak_log/record", log_body(streak, day=2)).error() == (401, "unauthorized")
    assert StreakLog.objects.count() == 2


def test_s29_logs_of_a_deleted_streak_stay_readable_to_administrators_alone():
    streak = make_streak()
    caller = admin()
    record = caller.post("streak_log/record", log_body(streak)).data
    caller.delete(f"streak/record/{streak.pk}")
    for resource, pk in (("streak_log", record["id"]), ("streak_progress", record["streakProgress"]["id"])):
        assert caller.get(f"{resource}/record").ids == [pk]
        assert caller.get(f"{resource}/record/{pk}").status == 200
        assert end_user("ann").get(f"{resource}/record").data == []
        assert end_user("ann").get(f"{resource}/record/{pk}").error() == (404, "not_found")


def test_an_end_user_sees_no_fixed_coupon_of_a_milestone_in_its_logs():
    streak = make_streak()
    make_milestone(streak, 1, coupon_prefix="INNER")
    admin().post("streak_log/record", log_body(streak))
    (log,) = end_user("ann").get("streak_log/record").data
    assert "couponPrefix" not in log["achievedMilestone"]
    assert log["achievedMilestoneRewardLog"]["couponCode"].startswith("INNER")


def test_logs_are_filtered_by_the_usual_fields():
    first, second = make_streak(), make_streak()
    caller = admin()
    ids = [
        caller.post("streak_log/record", log_body(first, day=1)).data["id"],
        caller.post("streak_log/record", log_body(first, day=2, of="bob")).data["id"],
        caller.post("streak_log/record", log_body(second, day=3, activityId="visited_store")).data["id"],
    ]
    ann = Member.objects.get(external_id="ann")

    def found(**query):
        return [ids.index(pk) for pk in caller.get("streak_log/record", **query).ids]

    assert found() == [2, 1, 0]
    assert found(streakId=str(first.pk)) == [1, 0]
    assert found(ownedById=str(ann.pk)) == [2, 0]
    assert found(externalId="bob") == [1]
    assert found(activityId="visited_store") == [2]
    assert found(uniqueIdentifier="order-1") == [0]
    assert found(periodKey="2026-03-02") == [1]
    assert found(activityAtFrom="2026-03-02T12:00:00Z") == [2, 1]
    assert found(activityAtTo="2026-03-02T12:00:00Z") == [1, 0]
    assert found(filters={"fieldSlug": "activityValue", "operator": "gt", "value": 50}) == []
    assert found(sortBy=[{"fieldSlug": "activityAt", "order": "ASC"}]) == [0, 1, 2]
    assert caller.get("streak_log/record", activityAtFrom="2026-03-02").error() == (400, "validation_error")


def test_a_list_of_logs_takes_a_fixed_number_of_queries(django_assert_num_queries):
    caller = admin()

    def log_for(streak, of):
        make_milestone(streak, 1)
        for day in (1, 4, 5):
            assert caller.post("streak_log/record", log_body(streak, day=day, of=of)).status == 201

    log_for(make_streak(), "ann")
    # On PostgreSQL streaks with their milestones and versions, runs and rewards are read together.
    expected = 4 if connection.vendor == "postgresql" else 8
    with django_assert_num_queries(expected):
        assert len(caller.get("streak_log/record").data) == 3
    for name in ("bob", "eve"):
        log_for(make_streak(time_zone="Asia/Tokyo"), name)
    with django_assert_num_queries(expected):
        assert len(caller.get("streak_log/record").data) == 9
