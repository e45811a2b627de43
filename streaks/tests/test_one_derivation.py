"""A rule is written once: whichever way facts come in, the same derivation and the same store follow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from gamopanda.api.models import Status
from rewards.models import RewardLog
from streaks.core import aggregation
from streaks.core.aggregation import UNITS, Aggregation
from streaks.core.facts import Log
from streaks.core.rules import Rules
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.presenters.simulation import SampleLog, simulate
from streaks.progress import admission, service
from streaks.progress.admission import Refused
from streaks.progress.lifecycle import delete_streak, restore_streak
from streaks.progress.recording import Recording
from streaks.progress.store import postgres
from streaks.tests.calling import Caller, admin, log_body, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case, make_case, noon

pytestmark = pytest.mark.django_db
PATH = "streak_log/record"


# --- ways in ---------------------------------------------------------------------------------------------------------


def post_one(streak: Streak, number: int, _tmp_path: Path) -> None:
    """Post logs one by one."""
    caller = admin()
    for index in range(number):
        caller.post(PATH, log_body(streak, of="ann", day=2, value=5, uniqueIdentifier=f"order-{index}"))


def post_bulk(streak: Streak, number: int, _tmp_path: Path) -> None:
    """Post logs together."""
    records = [log_body(streak, of="ann", day=2, value=5, uniqueIdentifier=f"order-{index}") for index in range(number)]
    assert admin().post(f"{PATH}/bulk", {"records": records}).status == 200


def import_file(streak: Streak, number: int, tmp_path: Path) -> None:
    """Import logs from a file."""
    file = tmp_path / "logs.csv"
    lines = [f"ann,2026-03-02T12:00:00Z,made_a_purchase,order-{index},5" for index in range(number)]
    heading = "externalId,activityAt,activityId,uniqueIdentifier,activityValue"
    file.write_text("\n".join([heading, *lines]))
    call_command("import_streak_logs", str(file), "--streak", str(streak.pk))


def save_records(streak: Streak, number: int, _tmp_path: Path) -> None:
    """Save logs as a shell does."""
    member = make_member("ann")
    for index in range(number):
        values = {"activity_at": noon(2), "activity_id": "made_a_purchase", "activity_value": Decimal(5)}
        log = StreakLog(member=member, streak=streak, unique_identifier=f"order-{index}", **values)
        try:
            log.save()
        except Refused:
            continue


WAYS: dict[str, tuple[Callable[[Streak, int, Path], None], int]] = {
    "single": (post_one, 3),
    "bulk of 5": (post_bulk, 5),
    "bulk of 100": (post_bulk, 100),
    "import of 10": (import_file, 10),
    "import of 1,000": (import_file, 1_000),
    "save()": (save_records, 3),
}


@pytest.fixture
def on_the_second() -> Iterator[None]:
    with time_machine.travel("2026-03-02T18:00:00Z", tick=False):
        yield


@pytest.mark.usefixtures("on_the_second")
@pytest.mark.parametrize("way", WAYS)
def test_a_new_refusal_is_obeyed_by_every_way_in(way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    streak = make_streak()
    usual = admission._find_malformed

    def refuse_fives(log: Log, of_streak: Streak, now: datetime) -> Refused | None:
        if log.units == 5 * UNITS:
            return Refused("validation_error", "No fives.", field="activity_value", detail_code="invalid")
        return usual(log, of_streak, now)

    monkeypatch.setattr(admission, "_find_malformed", refuse_fives)
    send, number = WAYS[way]
    send(streak, number, tmp_path)
    assert StreakLog.objects.count() == 0
    assert TaskProgress.objects.count() == 0


@pytest.mark.usefixtures("on_the_second")
def test_a_new_refusal_is_obeyed_by_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Refused("validation_error", "No fives.", field="activity_value", detail_code="invalid")
    monkeypatch.setattr(admission, "_find_malformed", lambda *_: refusal)
    sample = SampleLog(noon(1), Decimal(5), noon(1))
    simulation = simulate(make_streak(), [sample], clock=noon(2), language="en")
    assert (simulation.steps, simulation.runs, simulation.refused) == ([], [], [(sample, refusal)])


@pytest.fixture
def each_counts_six(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another aggregation method, in the only place that knows one: each log counts six."""
    method = Aggregation(amount_of=lambda _units: 6 * UNITS)
    monkeypatch.setitem(aggregation.AGGREGATIONS, "count", method)


@pytest.mark.usefixtures("on_the_second", "each_counts_six")
@pytest.mark.parametrize("way", WAYS)
def test_a_new_method_is_obeyed_by_every_way_in_and_by_a_rebuild(way: str, tmp_path: Path) -> None:
    streak = make_streak(aggregation_method="count", aggregation_target_value=12)
    send, number = WAYS[way]
    send(streak, number, tmp_path)
    total = TaskProgress.objects.get()
    assert (total.total, total.log_count) == (Decimal(6 * number), number)
    assert StreakProgress.objects.get().current_progress_value == 1
    assert service.check([total.member_id], now=noon(2)) == []
    TaskProgress.objects.update(total=1)
    service.rederive([total.member_id], now=noon(2))
    assert TaskProgress.objects.get().total == Decimal(6 * number)


@pytest.mark.usefixtures("each_counts_six")
def test_a_new_method_is_obeyed_by_the_simulator() -> None:
    streak = make_streak(aggregation_method="count", aggregation_target_value=12)
    simulation = simulate(streak, [SampleLog(noon(1), None, noon(1))] * 2, clock=noon(1), language="en")
    assert [(step.total, step.is_complete) for step in simulation.steps] == [
        (Decimal(6), False),
        (Decimal(12), True),
    ]


# --- COMMIT comes last -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_fails_after_everything_was_written_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel("2026-03-02T18:00:00Z", tick=False):
        streak, caller = make_streak(), admin()
        make_milestone(streak, 2)
        assert caller.post(PATH, log_body(streak, of="ann", day=1)).status == 201
        tell = Recording._tell

        def fail(self: Recording) -> None:
            tell(self)
            raise RuntimeError("the power fails")

        monkeypatch.setattr(Recording, "_tell", fail)
        assert caller.post(PATH, log_body(streak, of="ann", day=2)).status == 500
        assert (StreakLog.objects.count(), TaskProgress.objects.count(), RewardLog.objects.count()) == (1, 1, 0)
        monkeypatch.undo()
        assert caller.post(PATH, log_body(streak, of="ann", day=2)).status == 201
        assert RewardLog.objects.count() == 1


# --- one place for the next period that is due, and for when a run breaks ---------------------------------------------


def test_a_resumed_run_waits_for_the_period_that_the_rules_say_S19(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sundays are excused: paused on a Friday and resumed on the Saturday, the run waits for Monday."""
    usual = Rules.is_excused
    monkeypatch.setattr(Rules, "is_excused", lambda self, key: key.isoweekday() == 7 or usual(self, key))
    case = make_case()
    case.record_days(5)  # a Thursday
    for status, day in ((Status.PAUSED, 6), (Status.LIVE, 7)):
        with time_machine.travel(noon(day), tick=False):
            case.streak.status = status
            case.streak.save()
    assert case.runs(noon(7)) == [("in_progress", 1, 5, 9)]
    assert service.check([case.member.pk], now=noon(7)) == []


def test_resuming_moves_no_run_of_another_streak_and_revives_none_that_had_broken_S19() -> None:
    case, other = make_case(), make_case("other")
    late = Case(make_member("late"), case.streak)
    late.record(1, now=noon(1))
    for one in (case, other):
        one.record(4, now=noon(4))
    for status, day in ((Status.PAUSED, 5), (Status.LIVE, 7)):
        with time_machine.travel(noon(day), tick=False):
            case.streak.status = status
            case.streak.save()
    assert case.runs(noon(7)) == [("in_progress", 1, 4, 8)]
    assert other.runs(noon(7)) == [("broken", 1, 4, 5)]
    assert late.runs(noon(7)) == [("broken", 1, 1, 2)]


@contextmanager
def round_trips(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note every way to the database and back, but for BEGIN, savepoints and COMMIT."""
    sent: list[str] = []
    begin = postgres._begin_with

    def counting(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(sql)
        return execute(sql, *rest)

    def beginning(*arguments: Any) -> Any:
        before = len(sent)
        answer = begin(*arguments)
        if len(sent) == before:
            sent.append("BEGIN with a function")
        return answer

    with monkeypatch.context() as patched, connection.execute_wrapper(counting):
        patched.setattr(postgres, "_begin_with", beginning)
        yield sent


def warm_up() -> tuple[Caller, Streak]:
    """A server that has called before, and a member with a run of four days, the last of which is today."""
    streak, caller = make_streak(completion_target_value=30), admin()
    for day in (1, 2, 3, 4):
        body = log_body(streak, of="ann", day=day, value=60, uniqueIdentifier=f"warm-{day}")
        assert caller.post(PATH, body).status == 201
    return caller, streak


@pytest.mark.postgresql
@pytest.mark.parametrize("is_unusual_deadline", [False, True])
def test_a_single_log_takes_two_ways_to_the_database_also_late_and_a_repeat_few_more(
    is_unusual_deadline: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a run breaks at another instant than the end of the period that is due."""
    if is_unusual_deadline:
        usual = Rules.breaks_at
        monkeypatch.setattr(Rules, "breaks_at", lambda self, due: usual(self, due) + timedelta(hours=5))
    with time_machine.travel("2026-03-04T18:00:00Z", tick=False):
        caller, streak = warm_up()

        def sent_for(day: int, identifier: str, hours: int = 0) -> list[str]:
            at = (noon(day) + timedelta(hours=hours)).isoformat()
            body = log_body(streak, of="ann", uniqueIdentifier=identifier, value=5, activityAt=at)
            with round_trips(monkeypatch) as sent:
                caller.post(PATH, body)
            return sent

        assert len(sent_for(4, "new")) == 2
        for day in (1, 2, 3):
            assert len(sent_for(day, f"late-{day}", 1)) == 2
            assert len(sent_for(day, f"first-{day}", -1)) == 2
        assert len(sent_for(4, "new")) <= 4
        assert len(sent_for(2, "late-2", 1)) <= 4
        member_id = StreakLog.objects.values_list("member_id", flat=True)[0]
        assert service.check([member_id], now=datetime(2026, 3, 4, 18, tzinfo=UTC)) == []


# --- what is refused, and what is seen at once ------------------------------------------------------------------------


def test_a_saved_log_that_carries_the_total_out_of_range_is_not_stored_S7_S17() -> None:
    case = make_case()
    case.log(1, "922337203685477").save()
    with pytest.raises(Refused, match="would be beyond"):
        case.log(1, "1000").save()
    assert StreakLog.objects.count() == 1
    assert service.check([case.member.pk], now=NOW) == []


def test_a_restored_streak_takes_activity_at_once_S29() -> None:
    case = make_case()
    case.record(1)
    delete_streak(case.streak)
    with pytest.raises(Refused, match="no streak"):
        case.record(2)
    restore_streak(case.streak)
    assert case.record(3).is_recorded


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["streaks_streak", "streaks_milestone"])
def test_what_processes_of_the_last_version_hide_is_hidden_at_once_S29(table: str) -> None:
    """They write neither versions nor when they hid something."""
    case = make_case()
    make_milestone(case.streak, 3)
    case.record_days(1, 2)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET deleted_at = now()")
    if table == "streaks_streak":
        with pytest.raises(Refused, match="no streak"):
            case.record(3)
    else:
        case.record(3)
    assert case.rewards() == []


def test_a_log_for_a_member_who_is_gone_before_the_lock_is_refused_and_leaves_nothing() -> None:
    case = make_case()
    log = case.log(1)
    case.member.delete()
    (result,) = service.record_logs([log], now=NOW)
    assert (result.refusal.field, result.refusal.detail_code) == ("member_id", "not_found")
    assert StreakLog.objects.count() == 0
    case.streak.refresh_from_db()
    assert not case.streak.has_activity
