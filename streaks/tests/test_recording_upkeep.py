"""What was recorded: other ways in, what is fixed from then on, what it costs, and the commands that look after it."""

from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gamopanda.api.models import Status
from rewards.models import RewardLog
from streaks.core.advance import History
from streaks.models import Milestone, Streak, StreakLog, StreakPause, StreakProgress, TaskProgress
from streaks.progress import recording, service
from streaks.progress.admission import Refused
from streaks.progress.lifecycle import delete_milestone, delete_streak
from streaks.progress.service import record_logs
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import NOW, Case, counts, make_case, march, noon

pytestmark = pytest.mark.django_db


def test_saving_a_log_from_the_shell_takes_the_same_way_in_S17() -> None:
    case, other = make_case("shell"), make_case("api")
    for day in (1, 2, 4):
        case.log(day).save()
        other.record(day)
    assert case.runs() == other.runs() == [("broken", 2, 1, 3), ("broken", 1, 4, 5)]


def test_a_log_saved_from_the_shell_may_say_its_value_and_instant_in_words_S7() -> None:
    case = make_case()
    log = case.log(1, "20.3")
    log.activity_value, log.activity_at = "20.3", "2026-03-01T13:00:00+01:00"
    log.save()
    total = TaskProgress.objects.get()
    assert (total.total, total.first_activity_at) == (Decimal("20.3"), noon(1))
    wrong = case.log(1)
    wrong.activity_value = "much"
    with pytest.raises(ValidationError, match="Enter a number with at most four decimal places"):
        wrong.save()
    assert counts() == (1, 1, 1)


def test_a_refused_log_is_not_saved_from_the_shell_either_S26() -> None:
    case = make_case(status=Status.DRAFT)
    with pytest.raises(Refused):
        case.log(1).save()
    assert counts() == (0, 0, 0)


def test_a_repeat_from_the_shell_fails_whole_S27() -> None:
    case = make_case()
    case.record(1, identifier="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        case.log(2, identifier="x").save()
    assert counts() == (1, 1, 1)


def test_logs_are_never_changed_or_deleted_S29() -> None:
    log = make_case().record(1).log
    for attempt in (
        log.save,
        log.delete,
        StreakLog.objects.all().delete,
        lambda: StreakLog.objects.update(activity_id="x"),
    ):
        with pytest.raises(TypeError, match="permanent"):
            attempt()
    assert StreakLog.objects.get().activity_id == "made_a_purchase"


@pytest.mark.django_db(transaction=True)
def test_a_fixture_of_logs_is_derived_when_it_is_complete() -> None:
    case = make_case()
    case.record_days(1, 2, 3)
    fixture = serializers.serialize("json", StreakLog.objects.all())
    expected = case.runs()
    with connection.cursor() as cursor:
        for table in ("streaks_streakprogress", "streaks_taskprogress", "streaks_streaklog"):
            cursor.execute(f"DELETE FROM {table}")
    with transaction.atomic():
        for restored in serializers.deserialize("json", fixture):
            restored.save()
    assert case.runs() == expected == [("broken", 3, 1, 4)]


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("aggregation_method", "count"),
        ("aggregation_period", "weekly"),
        ("aggregation_target_value", Decimal(51)),
        ("completion_target_value", 8),
        ("time_zone", "Europe/Berlin"),
    ],
)
def test_rules_are_frozen_from_the_first_log_on_S28_F37(rule: str, value: Any) -> None:
    case = make_case()
    setattr(case.streak, rule, value)
    case.streak.save()
    case.record(1)
    setattr(
        case.streak,
        rule,
        {"aggregation_method": "sum", "aggregation_period": "daily"}.get(
            rule, value if rule != "completion_target_value" else 9
        ),
    )
    if rule in {"aggregation_target_value", "time_zone"}:
        setattr(case.streak, rule, {"aggregation_target_value": Decimal(52), "time_zone": "Europe/Paris"}[rule])
    with pytest.raises(ValidationError, match="Duplicate the streak as a draft") as refused:
        case.streak.save()
    assert refused.value.error_dict[rule][0].code == "rules_frozen"
    case.streak.refresh_from_db()
    assert getattr(case.streak, rule) == value


def test_texts_and_status_can_always_change_S28() -> None:
    case = make_case()
    case.record(1)
    case.streak.refresh_from_db()
    case.streak.name, case.streak.eud_title, case.streak.status = "New", "New title", Status.DRAFT
    case.streak.save()
    case.streak.refresh_from_db()
    assert (case.streak.name, case.streak.eud_title, case.streak.status) == ("New", "New title", "draft")


def test_a_stale_save_undoes_no_deletion_S29() -> None:
    case = make_case()
    delete_streak(case.streak)
    case.streak.name = "New"
    case.streak.save()
    stored = Streak.objects.get()
    assert (stored.name, stored.deleted_at is None) == ("New", False)


def test_saving_the_status_alone_notes_the_pause_and_saving_a_name_alone_ends_none_S19() -> None:
    streak = make_case().streak
    stale = Streak.objects.get()
    streak.status = Status.PAUSED
    streak.save(update_fields=["status"])
    stale.name = "New"
    stale.save(update_fields=["name"])
    stored = Streak.objects.get()
    assert (stored.name, stored.status, stored.paused_at is None, stored.pauses.count()) == ("New", "paused", False, 0)
    stored.status = Status.LIVE
    stored.save(update_fields=["status"])
    assert (Streak.objects.get().paused_at, stored.pauses.count()) == (None, 1)


def test_a_milestone_is_deleted_before_any_activity_and_hidden_after_S29() -> None:
    case = make_case()
    delete_milestone(make_milestone(case.streak, 1), now=NOW)
    assert Milestone.objects.count() == 0
    milestone = make_milestone(case.streak, 1)
    case.record(1)
    delete_milestone(milestone, now=NOW)
    assert (Milestone.objects.count(), Milestone.objects.visible().count()) == (1, 0)
    case.record(5)
    assert case.rewards() == [(1, 1)]


def test_a_new_first_day_of_the_week_breaks_no_weekly_run_S17(settings: Any) -> None:
    settings.GAMOPANDA_FIRST_DAY_OF_WEEK = 6
    case = make_case(aggregation_period="weekly")
    case.record_days(1, 8)
    settings.GAMOPANDA_FIRST_DAY_OF_WEEK = 0
    case.record_days(16, 23)
    assert [run[:2] for run in case.runs(noon(23))] == [("in_progress", 4)]


def rows_read_by(case: Case, day: int) -> int:
    """How many totals and runs are loaded for one more log."""
    loaded = []
    original = recording.advance

    def counting(history: History, *args: Any) -> Any:
        loaded.append(len(history.totals) + len(history.runs))
        return original(history, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "advance", counting)
        case.record(day)
    return sum(loaded)


def test_a_late_log_reads_the_runs_it_touches_and_not_the_history_after_them_S17() -> None:
    case = make_case(completion_target_value=4)
    for first in range(1, 28, 3):
        case.record_days(first, first + 1)
    assert 0 < rows_read_by(case, 1) <= 8
    assert 0 < rows_read_by(case, 3) <= 10  # fills the gap between the first two runs
    assert case.runs(noon(27))[:2] == [("completed", 4, 1, 4), ("broken", 1, 5, 6)]
    assert service.check([case.member.pk], now=NOW) == []


def statements_of_one_log(case: Case, day: int) -> list[str]:
    """The statements that one more log costs."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        case.record(day)
    return [query["sql"].split(" ")[0] for query in queries]


def insert_history(case: Case, number: int) -> None:
    """Insert logs in days long gone straight into the table, faster than by any model."""
    pk = "lpad(to_hex(n), 32, '0')::uuid" if connection.vendor == "postgresql" else "printf('%032x', n)"
    day = (
        "(date '2001-01-01' + (n %% 3000)::int)"
        if connection.vendor == "postgresql"
        else "date('2001-01-01', (n %% 3000) || ' days')"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
            INSERT INTO streaks_streaklog
                (id, created_at, updated_at, member_id, streak_id, activity_at, activity_id, unique_identifier,
                 activity_value, period_key)
            SELECT {pk}, %s, %s, %s, %s, {day}, 'x', 'old-' || n, 500000, {day} FROM numbers
            """,
            [
                number,
                NOW,
                NOW,
                *(
                    [case.member.pk, case.streak.pk]
                    if connection.vendor == "postgresql"
                    else [case.member.pk.hex, case.streak.pk.hex]
                ),
            ],
        )
    service.rederive([case.member.pk], now=NOW)


def test_one_log_costs_the_same_statements_after_ten_and_after_a_hundred_thousand() -> None:
    case = make_case(completion_target_value=400)
    case.record_days(19, 20)
    insert_history(case, 10)
    few = statements_of_one_log(case, 21)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM streaks_streaklog WHERE unique_identifier LIKE 'old-%'")
    insert_history(case, 100_000)
    many = statements_of_one_log(case, 22)
    late = statements_of_one_log(case, 20)
    assert StreakLog.objects.count() == 100_005
    assert few == many
    assert len(late) <= len(many)
    assert len(many) == HOT_PATH_STATEMENTS[connection.vendor]


# Of which two begin and end a savepoint; on PostgreSQL each of the others is a batch.
HOT_PATH_STATEMENTS = {"sqlite": 14, "postgresql": 4}


def test_the_database_holds_one_run_in_progress_S18() -> None:
    case = make_case()
    case.record(1, now=noon(1))
    row = StreakProgress.objects.get()
    row.pk, row._state.adding = StreakProgress._meta.pk.get_default(), True
    with pytest.raises(IntegrityError):
        row.save()


def test_a_run_in_progress_is_named_after_streak_and_member_S18() -> None:
    case = make_case()
    run = case.record(1).run
    assert run is not None
    assert run.unique_identifier == f"{case.streak.pk}:{case.member.pk}"


def check(**options: Any) -> tuple[int, str]:
    """Exit code and output of check_progress."""
    out = StringIO()
    try:
        call_command("check_progress", stdout=out, **options)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue()
    return 0, out.getvalue()


def test_check_finds_drift_and_rebuild_mends_it() -> None:
    case, untouched = make_case("ann"), make_case("bob")
    case.record_days(1, 2, 4)
    untouched.record_days(1)
    expected, ids = case.runs(), case.run_ids()
    assert check() == (0, "2 members checked, 0 differences.\n")
    TaskProgress.objects.filter(period_key=march(2), member=case.member).update(total=Decimal(1))
    TaskProgress.objects.filter(period_key=march(1), member=case.member).delete()
    StreakProgress.objects.filter(starts_on=march(4)).update(current_progress_value=0)
    code, text = check()
    assert code == 1
    assert text.splitlines()[-1] == "2 members checked, 3 differences."
    assert f"member {case.member.pk} streak {case.streak.pk} period 2026-03-01: the total is missing" in text
    assert check(member="bob") == (0, "1 members checked, 0 differences.\n")
    out = StringIO()
    call_command("rebuild_progress", stdout=out, streak=str(case.streak.pk))
    assert out.getvalue() == "1 members rebuilt, 3 rows corrected.\n"
    assert check() == (0, "2 members checked, 0 differences.\n")
    assert (case.runs(), case.run_ids()) == (expected, ids)


def test_closing_stamps_what_the_clock_has_broken_and_readers_see_no_change_S16_F42() -> None:
    case = make_case()
    case.record(1, now=noon(1))
    before = StreakProgress.objects.with_status(NOW).values("id", "status", "broken_at", "updated_at").get()
    out = StringIO()
    call_command("close_periods", stdout=out)
    call_command("close_periods", stdout=out)
    assert out.getvalue() == "1 runs stamped as broken.\n0 runs stamped as broken.\n"
    assert StreakProgress.objects.get().stored_status == "broken"
    assert StreakProgress.objects.with_status(NOW).values("id", "status", "broken_at", "updated_at").get() == before
    assert check()[0] == 0


def test_a_run_that_only_the_corrections_of_a_batch_take_away_keeps_its_row_S17_S20() -> None:
    case = make_case(completion_target_value=1)
    StreakPause.objects.create(streak=case.streak, started_at=noon(2), ended_at=noon(11))
    case.record(4, 20)
    case.record(8, 50)
    case.record(9, 50, now=noon(12))
    before = list(StreakProgress.objects.order_by("starts_on").values("pk", "created_at", "starts_on", "ends_on"))
    assert [row["starts_on"].day for row in before] == [4, 9]
    milestone = make_milestone(case.streak, 1)
    # Without the second log, the first run would go on through the pause and take the second one in.
    record_logs([case.log(8, -50), case.log(8, 60)], now=noon(12))
    after = StreakProgress.objects.order_by("starts_on").values("pk", "created_at", "starts_on", "ends_on")
    assert list(after) == before
    # Neither run has risen above what it had before.
    assert not RewardLog.objects.filter(milestone=milestone).exists()
