"""The write path, rule by rule: totals, runs, their rows, and what is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from gamopanda.api.models import Status
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.progress import service
from streaks.progress.admission import Refused
from streaks.progress.service import record_logs
from streaks.tests.recording_cases import NOW, Case, counts, make_case, march, noon

pytestmark = pytest.mark.django_db


def test_consecutive_complete_days_add_up_to_one_run_S11_S12() -> None:
    case = make_case()
    case.record_days(1, 2, 3)
    assert case.runs(noon(4)) == [("in_progress", 3, 1, 4)]


def test_several_logs_of_one_day_count_as_one_period_S8_F21() -> None:
    case = make_case()
    for hours in range(5):
        case.record(1, 20, hours=hours)
    assert case.runs(noon(1)) == [("in_progress", 1, 1, 2)]
    total = TaskProgress.objects.get()
    assert (total.total, total.log_count, total.completed_at) == (Decimal(100), 5, noon(1) + timedelta(hours=2))


def test_tenths_add_up_exactly_S7_F20() -> None:
    case = make_case(aggregation_target_value=Decimal("0.3"))
    case.record(1, "0.1")
    case.record(1, "0.2")
    assert case.runs(noon(1)) == [("in_progress", 1, 1, 2)]


def test_a_hair_below_the_target_is_not_done_S8_F20() -> None:
    case = make_case()
    case.record(1, "49.9999")
    assert case.runs(noon(1)) == [("in_progress", 0, 1, 1)]


def test_eighteen_digits_are_kept_exactly_S7() -> None:
    case = make_case()
    case.record(1, "12345678901234.5678")
    case.record(1, "0.0001")
    assert TaskProgress.objects.get().total == Decimal("12345678901234.5679")
    assert StreakLog.objects.order_by("pk")[0].activity_value == Decimal("12345678901234.5678")


def test_a_total_beyond_what_is_stored_exactly_is_refused_and_nothing_changes_S7() -> None:
    case = make_case()
    for _ in range(9):
        case.record(1, "99999999999999.9999")
    before = (counts(), TaskProgress.objects.get().total)
    with pytest.raises(Refused, match="beyond") as refused:
        case.record(1, "99999999999999.9999")
    assert (refused.value.field, refused.value.detail_code) == ("activity_value", "out_of_range")
    assert (counts(), TaskProgress.objects.get().total) == before


def test_count_ignores_values_S6() -> None:
    case = make_case(aggregation_method="count", aggregation_target_value=Decimal(2))
    case.record(1, None)
    case.record(1, -1000)
    assert case.runs(noon(1)) == [("in_progress", 1, 1, 2)]


def test_the_run_completes_at_the_log_that_reached_the_last_target_S10_S12() -> None:
    case = make_case(completion_target_value=2)
    case.record_days(1)
    case.record(2, 30)
    case.record(2, 20, hours=3)
    case.record(2, 99, hours=5)
    run = StreakProgress.objects.get()
    assert (run.stored_status, run.streak_completed_at) == ("completed", noon(2) + timedelta(hours=3))


def test_logs_after_completion_belong_to_the_completed_run_until_the_next_period_S13() -> None:
    case = make_case(completion_target_value=2)
    case.record_days(1, 2, 2)
    assert case.runs(noon(2)) == [("completed", 2, 1, 2)]
    case.record_days(3)
    assert case.runs(noon(3)) == [("completed", 2, 1, 2), ("in_progress", 1, 3, 4)]


def test_a_missed_day_breaks_and_the_next_log_starts_anew_S14() -> None:
    case = make_case()
    case.record_days(1, 2, 4)
    assert case.runs(noon(4)) == [("broken", 2, 1, 3), ("in_progress", 1, 4, 5)]


def test_a_first_day_that_ends_incomplete_breaks_with_nothing_S14() -> None:
    case = make_case()
    case.record(1, 10)
    run = StreakProgress.objects.with_status(noon(2)).get()
    assert (run.status, run.current_progress_value) == ("broken", 0)
    assert run.broken_at == datetime(2026, 3, 2, tzinfo=UTC)


def test_yesterday_keeps_a_run_alive_all_of_today_S15_F22_F32() -> None:
    case = make_case()
    case.record_days(1)
    last_moment = datetime(2026, 3, 2, 23, 59, 59, 999999, tzinfo=UTC)
    assert case.runs(last_moment) == [("in_progress", 1, 1, 2)]
    assert case.runs(last_moment + timedelta(microseconds=1)) == [("broken", 1, 1, 2)]


def test_status_follows_the_clock_in_filters_without_any_job_S16_F31_F42() -> None:
    case = make_case()
    case.record(1, now=noon(1))
    assert StreakProgress.objects.get().stored_status == "in_progress"
    dead = StreakProgress.objects.with_status(noon(5))
    assert dead.filter(status="broken").count() == 1
    assert dead.filter(status="in_progress").count() == 0
    assert StreakProgress.objects.get().status_at(noon(5)) == "broken"


def test_a_new_run_starts_although_the_old_one_was_not_stamped_S16_S18() -> None:
    case = make_case()
    case.record(1, now=noon(1))
    case.record(9, now=noon(9))
    assert case.runs(noon(9)) == [("broken", 1, 1, 2), ("in_progress", 1, 9, 10)]


def test_a_late_log_extends_a_run_backwards_and_keeps_its_row_S17_F16() -> None:
    case = make_case()
    case.record_days(2, 3)
    (row,) = case.run_ids()
    case.record_days(1)
    assert case.runs(noon(3)) == [("in_progress", 3, 1, 4)]
    assert case.run_ids() == [row]
    assert StreakProgress.objects.get().streak_started_at == noon(1)


def test_a_late_log_revives_a_broken_run_S17() -> None:
    case = make_case()
    case.record_days(1, 2)
    assert case.runs(noon(4)) == [("broken", 2, 1, 3)]
    case.record(3, now=noon(4))
    assert case.runs(noon(4)) == [("in_progress", 3, 1, 4)]


def test_a_late_log_joins_two_runs_into_the_earlier_row_S17() -> None:
    case = make_case()
    case.record_days(1, 2, 4, 5)
    first, _ = case.run_ids()
    case.record_days(3)
    assert case.runs(noon(5)) == [("in_progress", 5, 1, 6)]
    assert case.run_ids() == [first]


def test_a_late_log_that_does_not_fill_the_day_joins_nothing_S17() -> None:
    case = make_case()
    case.record_days(1, 2, 4, 5)
    case.record(3, 10)
    assert case.runs(noon(5)) == [("broken", 2, 1, 3), ("in_progress", 2, 4, 5 + 1)]


def test_a_refund_splits_a_run_and_its_return_joins_it_again_S9_F19() -> None:
    case = make_case()
    case.record_days(1, 2, 3, 4, 5)
    before = (case.runs(noon(5)), case.run_ids())
    case.record(3, -1, hours=1)
    assert case.runs(noon(5)) == [("broken", 2, 1, 3), ("in_progress", 2, 4, 6)]
    case.record(3, 1, hours=2)
    assert (case.runs(noon(5)), case.run_ids()) == before


def test_a_refund_takes_completion_back_S9() -> None:
    case = make_case(completion_target_value=2)
    case.record_days(1, 2)
    case.record(2, -10, hours=1)
    assert case.runs(noon(2)) == [("in_progress", 1, 1, 2)]


def test_late_logs_cut_a_chain_of_completed_runs_anew_S17() -> None:
    case = make_case(completion_target_value=2)
    case.record_days(2, 3, 4, 5, 6)
    case.record_days(1)
    assert case.runs(noon(6)) == [("completed", 2, 1, 2), ("completed", 2, 3, 4), ("completed", 2, 5, 6)]
    assert service.check([case.member.pk], now=NOW) == []


def test_rows_of_a_batch_and_of_single_posts_are_the_same_S17() -> None:
    together, alone = make_case("together"), make_case("alone")
    days = [5, 1, 9, 3, 2, 8, 20]
    record_logs([together.log(day) for day in days], now=NOW)
    alone.record_days(*sorted(days))
    assert together.runs() == alone.runs() == [
        ("broken", 3, 1, 4), ("broken", 1, 5, 6), ("broken", 2, 8, 10), ("broken", 1, 20, 21)
    ]  # fmt: skip


def test_a_repeat_names_the_existing_log_and_changes_nothing_S27_F14_F15() -> None:
    case = make_case()
    first = case.record(1, identifier="order-77").log
    before = (counts(), list(TaskProgress.objects.values()), list(StreakProgress.objects.values()))
    result = case.record(9, 10, identifier="order-77")
    assert (result.existing_id, result.is_recorded) == (first.pk, False)
    assert (counts(), list(TaskProgress.objects.values()), list(StreakProgress.objects.values())) == before


def test_repeats_within_a_batch_point_to_the_first_S27() -> None:
    case = make_case()
    old = case.record(1, identifier="a").log
    logs = [
        case.log(2, identifier="b"),
        case.log(3, -50, identifier="b"),
        case.log(4, identifier="a"),
        case.log(5, identifier="a"),
    ]
    results = record_logs(logs, now=NOW)
    assert [result.existing_id for result in results] == [None, logs[0].pk, old.pk, old.pk]
    assert StreakLog.objects.count() == 2


def test_one_identifier_serves_two_members_and_two_streaks_S27() -> None:
    ann, bob = make_case("ann"), make_case("bob")
    logs = [ann.log(1, identifier="x"), bob.log(1, identifier="x"), Case(ann.member, bob.streak).log(1, identifier="x")]
    assert [result.existing_id for result in record_logs(logs, now=NOW)] == [None, None, None]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_streaks_that_are_not_live_take_nothing_S26(status: Status) -> None:
    case = make_case(status=status)
    with pytest.raises(Refused) as refused:
        case.record(1)
    assert refused.value.code == "streak_not_live"
    assert counts() == (0, 0, 0)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_members_who_are_not_live_do_not_earn_S26(status: Status) -> None:
    case = make_case()
    case.member.status = status
    case.member.save()
    with pytest.raises(Refused) as refused:
        case.record(1)
    assert refused.value.code == "member_not_live"
    assert counts() == (0, 0, 0)
    case.streak.refresh_from_db()
    assert not case.streak.has_activity


def test_the_future_is_refused_beyond_five_minutes_S1_F10() -> None:
    case = make_case()
    case.record(1, now=noon(1) - timedelta(minutes=5))
    with pytest.raises(Refused) as refused:
        case.record(2, now=noon(2) - timedelta(minutes=5, microseconds=1))
    assert (refused.value.field, refused.value.detail_code) == ("activity_at", "in_future")
    assert counts() == (1, 1, 1)


def test_the_past_is_unlimited_S1() -> None:
    case = make_case()
    log = case.log(1)
    log.activity_at = datetime(1969, 7, 20, 20, 17, tzinfo=UTC)
    assert record_logs([log], now=NOW)[0].is_recorded
    assert log.period_key.isoformat() == "1969-07-20"


@pytest.mark.parametrize(
    "instant", [datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC) + timedelta(days=300)]
)
def test_instants_that_no_clock_can_show_are_refused_S1(instant: datetime) -> None:
    case = make_case(time_zone="Pacific/Kiritimati")
    log = case.log(1)
    log.activity_at = instant
    assert record_logs([log], now=NOW)[0].refusal is not None


def test_a_sum_needs_a_value_S6() -> None:
    case = make_case()
    with pytest.raises(Refused) as refused:
        case.record(1, None)
    assert (refused.value.field, refused.value.detail_code) == ("activity_value", "required")


def test_one_bad_log_never_harms_its_neighbours() -> None:
    case = make_case()
    results = record_logs([case.log(1), case.log(2, None), case.log(3)], now=NOW)
    assert [result.is_recorded for result in results] == [True, False, True]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/New_York", 1), ("Asia/Tokyo", 2), ("", 1), ("Pacific/Kiritimati", 2), ("Asia/Kathmandu", 2)],
)
def test_the_streaks_own_clock_decides_the_period_S2_F1_F8(zone: str, day: int) -> None:
    case = make_case(time_zone=zone)
    log = case.record(1, hours=8.5).log
    assert log.period_key == march(day)


def test_travel_and_a_chosen_offset_neither_lose_nor_gain_a_day_S2_F5_F9() -> None:
    """The same instants, said with any offset, fall into the same periods of the streak's clock."""
    home, abroad = make_case("home", time_zone="Europe/Berlin"), make_case("abroad", time_zone="Europe/Berlin")
    for day in (1, 2, 3):
        home.record(day, hours=10)
        log = abroad.log(day, hours=10)
        log.activity_at = log.activity_at.astimezone(timezone(timedelta(hours=day * 6 - 12)))
        assert record_logs([log], now=NOW)[0].is_recorded
    assert home.runs() == abroad.runs() == [("broken", 3, 1, 4)]


def test_an_outage_breaks_no_run_whose_activity_is_sent_afterwards_F29() -> None:
    case = make_case()
    case.record_days(1, 2)
    assert case.runs(noon(5)) == [("broken", 2, 1, 3)]
    record_logs([case.log(day) for day in (5, 3, 4)], now=noon(5))
    assert case.runs(noon(5)) == [("in_progress", 5, 1, 6)]


def test_a_later_change_of_the_deployments_zone_moves_no_recorded_log_S5_F12(settings: Any) -> None:
    case = make_case()
    case.record(1, hours=11)
    settings.GAMOPANDA_TIME_ZONE = "Asia/Tokyo"
    assert service.check([case.member.pk], now=NOW) != []  # its deadline is on the new clock
    service.rederive([case.member.pk], now=NOW)
    assert StreakLog.objects.get().period_key == march(1)
