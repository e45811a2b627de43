"""Races, forced on a real PostgreSQL: 32 writers at once, and what happens without the lock (F18, F25)."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from gamopanda.accounts.models import Member
from rewards.coupons import upload_codes
from rewards.models import PoolCode, RewardLog
from streaks.management.importing import find_or_make_members
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress import recording, service
from streaks.progress.housekeeping import close_runs
from streaks.progress.lifecycle import delete_milestone
from streaks.progress.service import as_fact, record_log, record_logs, record_one
from streaks.progress.store import functions, orm, postgres
from streaks.tests.calling import make_member, make_milestone
from streaks.tests.recording_cases import NOW, Case, make_case, noon

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WRITERS = 32


def at_once(tasks: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run tasks in threads that start together, each on a connection of its own; returns results or exceptions."""
    tasks = list(tasks)
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=120)
            return task()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


@pytest.fixture(autouse=True)
def as_many_connections_as_writers() -> Any:
    """Give every thread a connection of its own for the time of a test."""
    connection.close()
    pool = connection.settings_dict["OPTIONS"].pop("pool", None)
    connection.close_pool()
    yield
    connection.close()
    if pool is not None:
        connection.settings_dict["OPTIONS"]["pool"] = pool


def poster(case: Case, day: int, value: Any = 5, **place: Any) -> Callable[[], Any]:
    """A task that records one log."""
    log = case.log(day, value, **place)
    return lambda: record_log(log, now=NOW)


def test_the_same_member_and_period_by_32_writers_F18() -> None:
    case = make_case(completion_target_value=400)
    make_milestone(case.streak, 1)
    results = at_once(poster(case, 1) for _ in range(WRITERS))
    assert all(result.is_recorded for result in results)
    total = TaskProgress.objects.get()
    assert (total.total, total.log_count) == (Decimal(160), WRITERS)
    assert case.runs() == [("broken", 1, 1, 2)]
    assert len(case.rewards()) == 1
    assert service.check([case.member.pk], now=NOW) == []


def test_the_same_member_on_32_days_ends_in_one_run_S17() -> None:
    case = make_case(completion_target_value=400)
    for target in (1, 10, 28):
        make_milestone(case.streak, target)
    at_once(poster(case, day, 50) for day in range(1, 29))
    assert case.runs(NOW) == [("broken", 28, 1, 29)]
    # Runs that were joined bring their rewards along: they stay, marked as carried over.
    own = RewardLog.objects.filter(is_carried_over=False)
    assert sorted(own.values_list("milestone__milestone_target_value", flat=True)) == [1, 10, 28]
    assert service.check([case.member.pk], now=NOW) == []


def test_one_retry_by_32_writers_is_recorded_once_F14() -> None:
    case = make_case()
    results = at_once(poster(case, 1, 50, identifier="order-1") for _ in range(WRITERS))
    recorded = [result for result in results if result.is_recorded]
    assert len(recorded) == 1
    assert {result.existing_id for result in results if not result.is_recorded} == {recorded[0].log.pk}
    assert TaskProgress.objects.get().total == Decimal(50)


@contextmanager
def function_without_lock(name: str) -> Iterator[None]:
    """Let a function of the database lock nothing for a while."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
        (definition,) = cursor.fetchone()
        unlocked = definition.replace("FOR NO KEY UPDATE", "")
        assert unlocked != definition
        cursor.execute(unlocked)
        try:
            yield
        finally:
            cursor.execute(definition)


def test_a_streak_is_read_along_with_the_version_that_it_has_then() -> None:
    """Somebody edits it in the midst of a statement that reads both: they still belong together."""
    streak = make_case().streak
    settings = connection.get_connection_params()
    version = functions.STREAK_VERSION.name
    read = f"SELECT name, pg_advisory_lock(7), {version}(id) FROM streaks_streak WHERE id = %s"
    edit = "UPDATE streaks_streak SET name = 'edited', version = gen_random_uuid() WHERE id = %s"
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with psycopg.connect(**settings, autocommit=True) as one, psycopg.connect(**settings, autocommit=True) as other:
        (before,) = other.execute(f"SELECT {version}(%s)", [streak.pk]).fetchone() or ()
        other.execute("SELECT pg_advisory_lock(7)")
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(lambda: one.execute(read, [streak.pk]).fetchone())
            while other.execute(waits).fetchone() == (0,) and not reading.done():
                pass
            other.execute(edit, [streak.pk])
            other.execute("SELECT pg_advisory_unlock(7)")
            assert reading.result(timeout=60) == (streak.name, "", before)
        assert other.execute(f"SELECT {version}(%s)", [streak.pk]).fetchone() != (before,)


def single_poster(case: Case, day: int, value: Any = 5) -> Callable[[], Any]:
    """A task that records one log as a call of its own does: its member is named, not looked up before."""
    log = as_fact(case.log(day, value))
    return lambda: record_one(log, owner=(None, case.member.external_id), now=NOW)


def test_the_same_member_and_period_by_32_single_calls_F18() -> None:
    case = make_case(completion_target_value=400)
    make_milestone(case.streak, 1)
    results = at_once(single_poster(case, 1) for _ in range(WRITERS))
    assert all(result.is_recorded for result in results)
    total = TaskProgress.objects.get()
    assert (total.total, total.log_count) == (Decimal(160), WRITERS)
    assert case.runs() == [("broken", 1, 1, 2)]
    assert len(case.rewards()) == 1
    assert service.check([case.member.pk], now=NOW) == []


def test_the_same_member_and_period_by_32_writers_through_the_orm_alone_F18(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "store", orm.OrmStore)
    case = make_case(completion_target_value=400)
    results = at_once(poster(case, 1) for _ in range(WRITERS))
    assert all(result.is_recorded for result in results)
    total = TaskProgress.objects.get()
    assert (total.total, total.log_count) == (Decimal(160), WRITERS)
    assert service.check([case.member.pk], now=NOW) == []


def read_members(ids: Iterable[Any]) -> list[Any]:
    """Read members as the store does, without a lock."""
    rows = Member.objects.filter(pk__in=ids).order_by("pk").values_list(*orm.LockedRow._fields)
    return [orm.LockedRow(*row) for row in rows]


def saw_damage(case: Case, results: Iterable[Any]) -> bool:
    """Say whether a writer failed, or what it added was lost."""
    lost = TaskProgress.objects.get().log_count < StreakLog.objects.count()
    return lost or any(isinstance(result, Exception) for result in results)


@pytest.mark.parametrize(
    ("function", "task"),
    [(functions.OPEN_MANY, poster), (functions.OPEN_ONE, single_poster)],
    ids=["open_many", "open_one"],
)
def test_without_the_lock_the_same_writers_go_wrong(
    function: functions.SqlFunction, task: Callable[[Case, int], Callable[[], Any]]
) -> None:
    """The lock is what makes the tests above pass: this one takes it away and sees updates lost or writers fail."""
    case = make_case(completion_target_value=400)
    case.record(1, 1)
    with function_without_lock(function.name):
        results = at_once(task(case, 1) for _ in range(WRITERS))
    assert saw_damage(case, results)


def test_without_the_lock_the_same_writers_through_the_orm_go_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "store", orm.OrmStore)
    case = make_case(completion_target_value=400)
    case.record(1, 1)
    monkeypatch.setattr(orm, "lock_rows", read_members)
    results = at_once(poster(case, 1) for _ in range(WRITERS))
    assert saw_damage(case, results)


def test_batches_over_the_same_members_in_any_order_wait_for_each_other() -> None:
    streak = make_case().streak
    members = [make_member(f"member {number}") for number in range(WRITERS)]
    cases = [Case(member, streak) for member in members]

    def batch(shift: int) -> Callable[[], Any]:
        turned = cases[shift:] + cases[:shift]
        logs = [case.log(1, 5, identifier=f"{shift}") for case in turned]
        return lambda: record_logs(logs, now=NOW)

    results = at_once(batch(shift) for shift in range(16))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert set(TaskProgress.objects.values_list("total", "log_count")) == {(Decimal(80), 16)}


@pytest.fixture
def small_batches_go_out_by_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let batches of a few logs be stored as those of thousands are."""
    monkeypatch.setattr(postgres, "MIN_ROWS_FOR_COPY", 2)


@pytest.mark.usefixtures("small_batches_go_out_by_copy")
def test_large_batches_beside_single_logs_of_the_same_members_lose_nothing_F18() -> None:
    streak = make_case(completion_target_value=400, has_activity=True).streak
    make_milestone(streak, 2)
    members = [make_member(f"member {number}") for number in range(5)]
    cases = [Case(member, streak) for member in members]

    def batch(shift: int) -> Callable[[], Any]:
        turned = cases[shift:] + cases[:shift]
        logs = [case.log(day, 25, identifier=f"{shift}-{day}") for case in turned for day in range(1, 6)]
        return lambda: record_logs(logs, now=NOW)

    single = [poster(case, 3, 25, identifier="single") for case in cases]
    results = at_once([*(batch(shift) for shift in range(5)), *single])
    assert [result for result in results if isinstance(result, Exception)] == []
    totals = TaskProgress.objects.values_list("period_key__day", "total", "log_count")
    assert set(totals) == {(day, Decimal(125 + 25 * (day == 3)), 5 + (day == 3)) for day in range(1, 6)}
    assert RewardLog.objects.filter(is_carried_over=False).count() == len(cases)
    assert service.check([member.pk for member in members], now=NOW) == []


@pytest.mark.usefixtures("small_batches_go_out_by_copy")
def test_the_same_batch_at_once_is_recorded_once_and_all_others_name_what_was_first_S27_F14() -> None:
    streak = make_case(completion_target_value=400, has_activity=True).streak
    cases = [Case(make_member(f"member {number}"), streak) for number in range(5)]

    def batch() -> Callable[[], Any]:
        logs = [case.log(day, identifier=f"day {day}") for case in cases for day in range(1, 6)]
        return lambda: [result.existing_id or result.log.pk for result in record_logs(logs, now=NOW)]

    told = at_once(batch() for _ in range(6))
    assert [one for one in told if isinstance(one, Exception)] == []
    assert set(told[0]) == set(StreakLog.objects.values_list("pk", flat=True))
    assert all(one == told[0] for one in told)
    assert service.check([case.member.pk for case in cases], now=NOW) == []


def test_different_members_by_32_writers() -> None:
    streak = make_case().streak
    make_milestone(streak, 1)
    cases = [Case(make_member(f"member {number}"), streak) for number in range(WRITERS)]
    at_once(poster(case, 1, 50) for case in cases)
    assert StreakProgress.objects.filter(current_progress_value=1).count() == WRITERS
    assert RewardLog.objects.values("coupon_code").distinct().count() == WRITERS


@pytest.mark.parametrize("codes", [1, 5, WRITERS])
def test_the_last_codes_of_a_pool_go_to_as_many_members_and_the_others_wait_S25_F39_F40(codes: int) -> None:
    streak = make_case().streak
    milestone = make_milestone(streak, 1, coupon_source="pool")
    upload_codes(milestone, [f"CODE-{number}" for number in range(codes)], now=NOW)
    cases = [Case(make_member(f"member {number}"), streak) for number in range(WRITERS)]
    results = at_once(poster(case, 1, 50) for case in cases)
    assert [result for result in results if isinstance(result, Exception)] == []
    given = list(RewardLog.objects.exclude(coupon_code=None).values_list("coupon_code", flat=True))
    assert sorted(given) == sorted(PoolCode.objects.values_list("code", flat=True))
    assert RewardLog.objects.filter(coupon_code=None).count() == WRITERS - codes


def test_codes_uploaded_while_rewards_are_issued_leave_no_reward_waiting_S23() -> None:
    streak = make_case().streak
    milestone = make_milestone(streak, 1, coupon_source="pool")
    cases = [Case(make_member(f"member {number}"), streak) for number in range(24)]
    uploads = [lambda n=n: upload_codes(milestone, [f"{n}-{k}" for k in range(3)], now=NOW) for n in range(8)]
    results = at_once([*uploads, *(poster(case, 1, 50) for case in cases)])
    assert [result for result in results if isinstance(result, Exception)] == []
    assert RewardLog.objects.filter(coupon_code=None).count() == 0
    assert PoolCode.objects.filter(reward_log=None).count() == 0


def test_once_per_member_holds_for_32_writers_S25() -> None:
    case = make_case(completion_target_value=400)
    make_milestone(case.streak, 1, once_per_member=True)
    at_once(poster(case, day, 50) for day in range(1, 30, 2))
    assert len(case.rewards()) == 1


def test_a_member_who_is_new_to_32_writers_is_made_once() -> None:
    results = at_once((lambda: find_or_make_members(["new"])["new"]) for _ in range(WRITERS))
    assert set(results) == {Member.objects.get().pk}


def test_an_edit_of_the_rules_never_passes_the_first_log_S28_F37() -> None:
    for round_number in range(8):
        case = make_case(f"member {round_number}")

        def edit(case: Case = case) -> str:
            streak = Streak.objects.get(pk=case.streak.pk)
            streak.aggregation_period = "monthly"
            try:
                streak.save()
            except ValidationError:
                return "daily"
            return "monthly"

        period, result = at_once([edit, poster(case, 17, 50)])
        assert result.log.period_key.day == (17 if period == "daily" else 1)
        assert Streak.objects.get(pk=case.streak.pk).aggregation_period == period


def test_pausing_and_resuming_while_32_writers_post_never_deadlocks_S19() -> None:
    case = make_case(completion_target_value=400)
    case.record(1)

    def switch() -> None:
        for status in ("paused", "live") * 5:
            streak = Streak.objects.get(pk=case.streak.pk)
            streak.status = status
            streak.save()

    results = at_once([switch, *(poster(case, day, 50) for day in range(2, 30))])
    errors = [result for result in results if isinstance(result, Exception)]
    assert {getattr(error, "code", repr(error)) for error in errors} <= {"streak_not_live"}
    with transaction.atomic():
        assert service.check([case.member.pk], now=NOW) == []


def test_deleting_a_milestone_beside_the_logs_that_reach_it_loses_no_log_S22_S29() -> None:
    for round_number in range(8):
        streak = make_case(f"first {round_number}").streak
        milestone = make_milestone(streak, 1)
        cases = [Case(make_member(f"member {round_number} {number}"), streak) for number in range(6)]
        results = at_once([lambda m=milestone: delete_milestone(m, now=NOW), *(poster(case, 1, 50) for case in cases)])
        assert [result for result in results if isinstance(result, Exception)] == []
        assert StreakLog.objects.filter(streak=streak).count() == 6


def test_uploads_beside_batches_that_rearrange_rewards_never_deadlock_S23() -> None:
    streak = make_case().streak
    milestone = make_milestone(streak, 1, coupon_source="pool")
    cases = [Case(make_member(f"member {number}"), streak) for number in range(8)]
    for case in cases:
        case.record_days(1, 3)
    joining = [lambda c=case: record_logs([c.log(2), c.log(7)], now=NOW) for case in cases]
    uploads = [lambda n=n: upload_codes(milestone, [f"{n}-{k}" for k in range(3)], now=NOW) for n in range(8)]
    results = at_once([*joining, *uploads])
    assert [result for result in results if isinstance(result, Exception)] == []
    assert RewardLog.objects.filter(coupon_code=None).count() == 0


def test_the_same_code_uploaded_to_two_pools_at_once_goes_to_one_S25_F39() -> None:
    streak = make_case().streak
    pools = [make_milestone(streak, target, coupon_source="pool") for target in (1, 2)]
    other = make_milestone(make_case("bob").streak, 1, coupon_source="pool")
    results = at_once(lambda m=m: upload_codes(m, ["A", "B"], now=NOW)[0] for m in [*pools, other])
    assert sum(results) == 2
    assert sorted(PoolCode.objects.values_list("code", flat=True)) == ["A", "B"]


def test_rebuilding_beside_pauses_moves_no_deadline_back_S16_S19() -> None:
    case = make_case(completion_target_value=400)
    case.record(1)

    def switch() -> None:
        for status in ("paused", "live") * 8:
            streak = Streak.objects.get(pk=case.streak.pk)
            streak.status = status
            streak.save()

    results = at_once([switch, *[lambda: service.rederive([case.member.pk], now=NOW)] * 8])
    assert [result for result in results if isinstance(result, Exception)] == []
    assert service.check([case.member.pk], now=NOW) == []


def test_stamping_beside_writers_changes_nothing_that_anyone_sees_S16_F42() -> None:
    case = make_case(completion_target_value=400)
    case.record(1, now=noon(1))
    closers = [lambda: close_runs(now=NOW) for _ in range(8)]
    results = at_once([*closers, *(poster(case, day, 50) for day in range(2, 20))])
    assert [result for result in results if isinstance(result, Exception)] == []
    assert case.runs(NOW) == [("broken", 19, 1, 20)]
    assert case.runs(noon(20) + timedelta(hours=1))[0][1:] == (19, 1, 20)
    assert service.check([case.member.pk], now=NOW) == []
