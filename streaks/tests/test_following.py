"""Lists that are followed by a cursor: nothing is missed and nothing comes twice."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gamopanda.api.monitoring.health import READINESS
from gamopanda.api.positions import GAP
from gamopanda.events.models import Event
from rewards.models import RewardLog
from streaks.models import StreakLog, StreakProgress
from streaks.progress.housekeeping import close_runs
from streaks.progress.service import record_log, record_logs
from streaks.tests.calling import Caller, admin, end_user, make_member, make_milestone
from streaks.tests.recording_cases import NOW, Case, make_case

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = {"streak_log": StreakLog, "streak_progress": StreakProgress, "reward_log": RewardLog, "event": Event}
SINGLE, BULK, BATCH = 8, 2, 60


class Follower:
    """Reads a list along, and keeps every record in the order in which it came."""

    def __init__(self, caller: Caller, slug: str, **query: Any) -> None:
        self.caller, self.path, self.query = caller, f"{slug}/record", {"limit": "7", **query}
        self.cursor, self.records = "", list[Any]()

    def read(self) -> list[Any]:
        """Read to the end; return what is new."""
        news, has_more = [], True
        while has_more:
            answer = self.caller.get(self.path, after=self.cursor, **self.query)
            news += answer.data
            self.cursor, has_more = answer.body["paging"]["nextCursor"], answer.body["paging"]["hasMore"]
        self.records += news
        return news


@pytest.fixture
def a_connection_for_each_thread() -> Iterator[None]:
    connection.close()
    pool = connection.settings_dict["OPTIONS"].pop("pool", None)
    if connection.vendor == "postgresql":
        connection.close_pool()
    yield
    connection.close()
    if pool is not None:
        connection.settings_dict["OPTIONS"]["pool"] = pool


class Writers:
    """Eight who record logs one by one, two who record batches, and one whose log is stored late."""

    def __init__(self) -> None:
        first = make_case("ann", completion_target_value=400)
        make_milestone(first.streak, 1)
        self.cases = [first, *(Case(make_member(f"member-{number}"), first.streak) for number in range(80))]
        # The first log of a streak locks it.
        first.record(28)
        # Made before the others, so that it has the lower id.
        self.late, self.are_others_read = self.cases[-1].log(1), threading.Event()

    def write(self, number: int) -> None:
        """Record what one writer has to."""
        try:
            if number < SINGLE:
                for day in range(1, 6):
                    case = self.cases[number]
                    record_log(case.log(day, identifier=f"{number} {day}"), now=NOW)
            elif number < SINGLE + BULK:
                for day in (1, 2):
                    cases = self.cases[SINGLE : SINGLE + BATCH]
                    record_logs([case.log(day, 25, identifier=f"{number} {day}") for case in cases], now=NOW)
            else:
                self.write_late()
        finally:
            connection.close()

    def write_late(self) -> None:
        """Commit after others have been read; SQLite has one writer at a time, who waits before it writes."""
        is_together = connection.vendor == "postgresql"
        with transaction.atomic() if is_together else nullcontext():
            if is_together:
                record_log(self.late, now=NOW)
            self.are_others_read.wait(60)
            if not is_together:
                record_log(self.late, now=NOW)


def ids_of(model: Any) -> set[str]:
    return {str(pk) for pk in model.objects.values_list("pk", flat=True)}


@pytest.mark.usefixtures("a_connection_for_each_thread")
def test_readers_beside_writers_miss_nothing_and_repeat_nothing_as_ids_in_order_would(settings: Any) -> None:
    settings.GAMOPANDA_EVENT_LIST = True
    caller, writers = admin(), Writers()
    followers = {slug: Follower(caller, slug) for slug in LISTS}
    by_id: list[Any] = []
    with ThreadPoolExecutor(SINGLE + BULK + 1) as pool:
        writing = [pool.submit(writers.write, number) for number in range(SINGLE + BULK + 1)]
        while not all(one.done() for one in writing):
            for follower in followers.values():
                follower.read()
            logs = StreakLog.objects.order_by("pk").values_list("pk", flat=True)
            by_id += logs.filter(pk__gt=by_id[-1]) if by_id else logs
            if len(by_id) > 40:
                writers.are_others_read.set()
        assert [one.exception() for one in writing] == [None] * len(writing)
    for follower in followers.values():
        follower.read()
    assert StreakLog.objects.count() == SINGLE * 5 + BULK * 2 * BATCH + 2
    for slug in ("streak_log", "reward_log", "event"):
        ids = [record["id"] for record in followers[slug].records]
        assert len(ids) == len(set(ids))
        assert set(ids) == ids_of(LISTS[slug])
    assert writers.late.pk not in by_id
    # Of each run the last state that was read is the one that it has; some were joined into others.
    last = {record["id"]: record["currentProgressValue"] for record in followers["streak_progress"].records}
    runs = {str(run.pk): run.current_progress_value for run in StreakProgress.objects.all()}
    assert {pk: last.get(pk) for pk in runs} == runs


def test_a_run_comes_again_when_it_has_changed_and_a_reward_when_it_was_updated() -> None:
    case, caller = make_case(), admin()
    make_milestone(case.streak, 1)
    runs, rewards = Follower(caller, "streak_progress"), Follower(caller, "reward_log")
    case.record(3)
    (run,), (reward,) = runs.read(), rewards.read()
    case.record(2)
    assert [one["id"] for one in runs.read()] == [run["id"]]
    assert (runs.read(), rewards.read()) == ([], [])
    assert caller.patch(f"reward_log/record/{reward['id']}", {"redeemedAt": "2026-03-05T12:00:00Z"}).status == 200
    assert [one["rewardStatus"] for one in rewards.read()] == ["redeemed"]
    assert close_runs(now=NOW) == 1
    assert [one["streakProgressStatus"] for one in runs.read()] == ["broken"]
    assert (runs.read(), rewards.read()) == ([], [])


def test_records_from_before_positions_come_first_and_new_ones_after_them() -> None:
    case, follower = make_case(), Follower(admin(), "streak_log")
    old = [case.record(day).log for day in range(1, 10)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE streaks_streaklog SET position = 0")
    assert [log["id"] for log in follower.read()] == sorted(str(log.id) for log in old)
    new = case.record(10).log
    assert [log["id"] for log in follower.read()] == [str(new.id)]


def test_every_answer_has_a_cursor_and_filters_narrow_what_is_followed() -> None:
    case, other, caller = make_case(), make_case("bob"), admin()
    empty = caller.get("streak_log/record", after="")
    assert empty.data == []
    assert empty.body["paging"].keys() == {"offset", "limit", "hasMore", "nextCursor"}
    mine = Follower(caller, "streak_log", streakId=str(case.streak.pk), fields=["id"])
    first, _other = case.record(1).log, other.record(1).log
    assert mine.read() == [{"id": str(first.id)}]
    answer = caller.get(
        "streak_log/record", after=empty.body["paging"]["nextCursor"], limit="1", fetchTotalCount="true"
    )
    assert (answer.ids, answer.body["paging"]["hasMore"]) == ([str(first.id)], True)
    assert answer.body["paging"]["totalCount"] == 2
    assert "nextCursor" not in caller.get("streak_log/record").body["paging"]
    own = Follower(end_user("bob"), "streak_log")
    assert [log["ownedById"] for log in own.read()] == [str(other.member.pk)]


def test_a_cursor_and_what_goes_with_it_are_checked() -> None:
    caller = admin()
    cursor = caller.get("streak_log/record", after="").body["paging"]["nextCursor"]
    for wrong in ("x", cursor[:-1], f"{cursor}A", cursor.replace("A", "é"), f" {cursor}", "f" * 32, "_" * 32):
        assert caller.get("streak_log/record", after=wrong).details() == [("after", "invalid")], wrong
    order = [{"fieldSlug": "id", "order": "ASC"}]
    assert caller.get("streak_log/record", after=cursor, sortBy=order).details() == [("sortBy", "invalid")]
    assert caller.get("streak_log/record", after=cursor, offset="1").details() == [("offset", "invalid")]
    for slug in ("streak", "milestone", "account_user", "api_key"):
        assert caller.get(f"{slug}/record", after="").details() == [("after", "unknown_parameter")]
    assert end_user("not-there").get("streak_log/record", after="").data == []


def test_following_costs_one_query_more_than_any_list_however_long(django_assert_num_queries: Any) -> None:
    case, caller = make_case(completion_target_value=400), admin()
    record_logs([case.log(day) for day in range(1, 21)], now=NOW)
    caller.get("streak_log/record", limit="1")
    with CaptureQueriesContext(connection) as plain:
        caller.get("streak_log/record", limit="1")
    with django_assert_num_queries(len(plain) + 1):
        assert len(caller.get("streak_log/record", after="", limit="20").data) == 20


@pytest.mark.postgresql
def test_positions_grow_in_another_cluster_once_migrate_has_run() -> None:
    case, follower = make_case(), Follower(admin(), "streak_log")
    case.record(1)
    follower.read()
    # As after pg_restore into a server that counts its transactions from the start.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE streaks_streaklog SET position = position + 1000000")
    (found,) = run_checks(tags=[READINESS], include_deployment_checks=True, databases=["default"])
    assert (found.id, found.hint) == ("streaks.E004", "Run manage.py migrate.")
    call_command("migrate", verbosity=0)
    assert run_checks(tags=[READINESS], include_deployment_checks=True, databases=["default"]) == []
    log = case.record(2).log
    assert StreakLog.objects.get(pk=log.id).position > GAP
    assert [one["id"] for one in follower.read()][-1] == str(log.id)
    assert StreakLog.objects.filter(created_at__lte=timezone.now()).count() == 2
