"""Merges beside writers, forced on a real PostgreSQL (S60)."""

from typing import Any

import pytest
from django.utils import timezone

from gamopanda.accounts.merging import MemberGone, merge_members
from gamopanda.accounts.models import Member
from rewards.models import RewardLog
from streaks.models import StreakLog, StreakProgress
from streaks.progress import service
from streaks.tests.calling import admin, log_body, make_member, make_milestone, make_streak
from streaks.tests.test_concurrency_postgresql import as_many_connections_as_writers, at_once

__all__ = ["as_many_connections_as_writers"]

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_logs_of_both_that_come_during_the_merge_are_all_there():
    streak, server = make_streak(completion_target_value=30), admin()
    for target in (1, 2, 5):
        make_milestone(streak, target)
    ann, device = make_member("ann"), make_member("device-1")
    ways: list[dict[str, Any]] = [
        {"of": "ann"},
        {"of": "device-1"},
        {"ownedBy": ..., "ownedById": str(device.pk)},
        {"ownedBy": ..., "ownedById": "device-1"},
    ]

    def post(day: int) -> Any:
        return server.post("streak_log/record", log_body(streak, day=day, **ways[day % 4]))

    def send_many() -> Any:
        records = [log_body(streak, day=day, of="device-1") for day in range(15, 19)]
        return server.post("streak_log/record/bulk", {"records": records})

    tasks: list[Any] = [lambda day=day: post(day) for day in range(1, 15)]
    tasks.insert(7, lambda: merge_members(device.pk, ann.pk, author="a test", now=timezone.now()))
    answers = at_once([*tasks, send_many])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert {answer.status for answer in answers if not isinstance(answer, dict)} == {200, 201}
    assert StreakLog.objects.filter(member=ann).count() == StreakLog.objects.count() == 18
    assert StreakProgress.objects.get().current_progress_value == 18
    assert service.check([ann.pk], now=timezone.now()) == []
    targets = RewardLog.objects.filter(is_carried_over=False).values_list(
        "milestone__milestone_target_value", flat=True
    )
    assert sorted(targets) == [1, 2, 5]


def test_two_members_merged_into_each_other_at_once_become_one():
    streak, server = make_streak(), admin()
    for name, day in (("ann", 1), ("bob", 2)):
        assert server.post("streak_log/record", log_body(streak, day=day, of=name)).status == 201
    ids = dict(Member.objects.values_list("external_id", "pk"))
    pairs = [(ids["ann"], ids["bob"]), (ids["bob"], ids["ann"])] * 4
    results = at_once([lambda pair=pair: merge_members(*pair, author="a test", now=timezone.now()) for pair in pairs])
    assert [type(one) for one in results].count(dict) == 1
    assert {type(one) for one in results} == {dict, MemberGone}
    assert StreakLog.objects.filter(member=Member.objects.get()).count() == 2
