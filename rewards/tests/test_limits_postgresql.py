"""Limits of rewards under 32 writers at once, on a real PostgreSQL (S59)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from rewards.coupons import upload_codes
from rewards.models import RewardCount, RewardLog
from streaks.progress.service import record_logs
from streaks.tests.calling import admin, make_member, make_milestone
from streaks.tests.recording_cases import NOW, Case, make_case
from streaks.tests.test_api_concurrency_postgresql import waits_for_us
from streaks.tests.test_concurrency_postgresql import WRITERS, as_many_connections_as_writers, at_once, single_poster

__all__ = ["as_many_connections_as_writers"]

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def members_of(case: Case) -> list[Case]:
    """As many members of a streak as there are writers."""
    return [Case(make_member(f"member {number}"), case.streak) for number in range(WRITERS)]


def within() -> int:
    return RewardLog.objects.filter(is_beyond_limit=False, coupon_code__isnull=False).count()


@pytest.mark.parametrize("before", [0, 3])
def test_32_writers_at_the_edge_of_the_limit_get_exactly_what_is_left_S59(before: int) -> None:
    case = make_case()
    make_milestone(case.streak, 1, reward_limit=20)
    for day in range(1, 2 * before, 2):
        case.record(day)
    results = at_once(single_poster(one, 1, 50) for one in members_of(case))
    assert all(result.is_recorded for result in results)
    assert (within(), RewardLog.objects.count()) == (20, WRITERS + before)
    assert RewardCount.objects.values_list("issued", "owed").get() == (20, 0)


def test_batches_that_meet_two_limits_from_both_sides_never_block_each_other_S59() -> None:
    case = make_case()
    for target in (1, 2):
        make_milestone(case.streak, target, reward_limit=10 * target, coupon_source="pool")
    upload_codes(case.streak.milestones.first(), [f"code {number}" for number in range(50)], now=NOW)
    members = members_of(case)

    def batch(some: list[Case]) -> Any:
        logs = [one.log(day) for day in (1, 2) for one in some]
        return lambda: record_logs(logs, now=NOW)

    results = at_once(batch(members[number : number + 8][:: 1 - 2 * (number % 16 == 8)]) for number in (0, 8, 16, 24))
    assert [len(result) for result in results] == [16] * 4
    counts = RewardCount.objects.order_by("milestone__milestone_target_value").values_list("issued", flat=True)
    assert list(counts) == [10, 20]
    assert RewardLog.objects.filter(is_beyond_limit=False).count() == 30


@pytest.mark.parametrize("way", ["api", "save"])
def test_a_limit_is_set_when_all_that_is_being_issued_without_it_is_there_S59(way: str) -> None:
    case, caller = make_case(), admin()
    milestone = make_milestone(case.streak, 1)
    case.record(1)

    def limit_rewards() -> None:
        try:
            if way == "api":
                assert caller.patch(f"milestone/record/{milestone.pk}", {"rewardLimit": 3}).status == 200
            else:
                milestone.reward_limit = 3
                milestone.save()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Case(make_member("bob"), case.streak).record(1)
            task = pool.submit(limit_rewards)
            assert waits_for_us(task)
        task.result(timeout=60)
    for name in ("cyd", "dan"):
        Case(make_member(name), case.streak).record(1)
    assert (within(), RewardLog.objects.count()) == (3, 4)
    assert RewardCount.objects.get().issued == 3
