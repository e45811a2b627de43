"""When a streak runs: rest days (S40), the start of the day (S52), and campaigns that begin and end (S56, S57)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import given
from hypothesis import strategies as st

from streaks.core.aggregation import UNITS, Total
from streaks.core.periods import Calendar, PeriodKind
from streaks.core.rules import Rules, RulesVersion
from streaks.core.runs import RunStatus, fold
from streaks.models import Streak, StreakLog
from streaks.models.weekdays import WEEKDAY_NAMES
from streaks.presenters.explanation import PeriodState, account_for_periods
from streaks.progress import service
from streaks.progress.admission import Refused
from streaks.progress.housekeeping import close_runs
from streaks.progress.lifecycle import prepare_streak
from streaks.progress.streak_cache import forget_streaks, rules_of
from streaks.tests.calling import SHOPPER, admin, end_user, guest, log_body, make_streak
from streaks.tests.recording_cases import counts, make_case, march, noon

ZONES = [
    "UTC",
    "Asia/Beirut",
    "America/Santiago",
    "Africa/Cairo",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
]
WORKING_DAYS = "mon,tue,wed,thu,fri"
# 2026-03-01 is a Sunday.
MONDAY, FRIDAY, SATURDAY, SUNDAY, NEXT_MONDAY, NEXT_TUESDAY = 2, 6, 7, 8, 9, 10


# --- the start of the day --------------------------------------------------------------------------------------------


@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 6),
    kind=st.sampled_from(PeriodKind),
    instant=st.integers(1_322_700_000, 1_798_800_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
)
def test_any_instant_lies_in_just_one_period_whenever_the_day_starts_s52_f3(
    zone: str, hour: int, kind: PeriodKind, instant: datetime
) -> None:
    calendar = Calendar(kind, ZoneInfo(zone), 0, hour)
    key = calendar.key_of(instant)
    assert calendar.starts_at(key) <= instant < calendar.ends_at(key)
    assert calendar.starts_at(calendar.following(key)) == calendar.ends_at(key)


@pytest.mark.parametrize(
    ("hour", "local", "key"),
    [
        (4, "2026-03-02T03:59:59", date(2026, 3, 1)),
        (4, "2026-03-02T02:30:00", date(2026, 3, 1)),
        (4, "2026-03-02T04:00:00", date(2026, 3, 2)),
        (0, "2026-03-02T00:00:00", date(2026, 3, 2)),
        # The clock jumps from 2 to 3: the day that starts at 2 starts then.
        (2, "2026-03-29T03:00:00", date(2026, 3, 29)),
        (2, "2026-03-29T01:59:59", date(2026, 3, 28)),
    ],
)
def test_the_night_belongs_to_the_day_before_s52(hour: int, local: str, key: date) -> None:
    zone = ZoneInfo("Europe/Berlin")
    calendar = Calendar(PeriodKind.DAILY, zone, 0, hour)
    assert calendar.key_of(datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)) == key


@pytest.mark.django_db
def test_a_log_in_the_night_is_filed_under_the_day_before_s52() -> None:
    case = make_case(time_zone="Europe/Berlin", day_starts_at=4)
    # Half past two in Berlin.
    assert case.record(2, hours=-10.5).log.period_key == march(1)
    assert case.record(2, hours=-8.5).log.period_key == march(2)


# --- rest days -------------------------------------------------------------------------------------------------------


def total(day: date, *, is_complete: bool) -> Total:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Total(day, UNITS, 1, at, at, at if is_complete else None)


def runs_by_walking(done: dict[date, bool], active: frozenset[int], completion: int) -> list[tuple[date, int, str]]:
    """Walk every day from the first to a year after the last: first day, value and state of each run."""
    runs: list[tuple[date, int, str]] = []
    day, last, run = min(done), max(done), None
    while day <= last or run is not None:
        if run is None and day in done:
            run = (day, 0)
        if run is not None and done.get(day):
            run = (run[0], run[1] + 1)
            if run[1] == completion:
                runs.append((*run, "completed"))
                run = None
        elif run is not None and day.weekday() in active:
            runs.append((*run, "over"))
            run = None
        day += timedelta(days=1)
    return runs


@given(
    done=st.dictionaries(st.integers(0, 30), st.booleans(), min_size=1),
    active=st.frozensets(st.integers(0, 6), min_size=1),
    completion=st.integers(1, 8),
)
def test_rest_days_are_skipped_unless_they_are_met_in_any_history_s40_f30(
    done: dict[int, bool], active: frozenset[int], completion: int
) -> None:
    days = {date(2026, 3, 1) + timedelta(days=number): is_complete for number, is_complete in done.items()}
    calendar = Calendar(PeriodKind.DAILY, ZoneInfo("UTC"))
    rules = Rules("sum", calendar, (RulesVersion(UNITS, completion, active_weekdays=active),))
    folded = list(fold([total(day, is_complete=days[day]) for day in sorted(days)], rules))
    found = [
        (run.starts_on, run.current_progress_value, "completed" if run.breaks_at is None else "over") for run in folded
    ]
    assert found == runs_by_walking(days, active, completion)


@pytest.mark.django_db
def test_a_weekend_off_breaks_nothing_and_the_deadline_is_the_next_day_that_counts_s40_f30() -> None:
    case = make_case(active_weekdays=WORKING_DAYS)
    case.record_days(MONDAY, MONDAY + 1, MONDAY + 2, MONDAY + 3, FRIDAY)
    assert case.runs(noon(NEXT_MONDAY)) == [("in_progress", 5, MONDAY, NEXT_MONDAY)]
    case.record(NEXT_MONDAY)
    assert case.runs(noon(NEXT_TUESDAY)) == [("in_progress", 6, MONDAY, NEXT_TUESDAY)]
    assert case.runs(noon(NEXT_TUESDAY + 1)) == [("broken", 6, MONDAY, NEXT_TUESDAY)]
    assert service.check([case.member.pk], now=noon(NEXT_TUESDAY)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("order", [(FRIDAY, SATURDAY, NEXT_MONDAY), (NEXT_MONDAY, SATURDAY, FRIDAY)])
def test_a_rest_day_on_which_the_target_is_met_counts_in_any_order_s40_s17(order: tuple[int, ...]) -> None:
    case = make_case(active_weekdays=WORKING_DAYS)
    case.record_days(*order)
    assert case.runs(noon(NEXT_MONDAY)) == [("in_progress", 3, FRIDAY, NEXT_TUESDAY)]
    assert service.check([case.member.pk], now=noon(NEXT_MONDAY)) == []


@pytest.mark.django_db
def test_a_pause_that_ends_on_a_rest_day_moves_the_deadline_behind_it_s19_s40() -> None:
    case = make_case(active_weekdays=WORKING_DAYS)
    case.record(FRIDAY - 1, now=noon(FRIDAY - 1))
    Streak.objects.filter(pk=case.streak.pk).update(status="paused", paused_at=noon(FRIDAY))
    streak = Streak.objects.get(pk=case.streak.pk)
    streak.status = "live"
    with transaction.atomic():
        prepare_streak(streak, now=noon(SATURDAY))
        Streak.objects.filter(pk=streak.pk).update(status="live", paused_at=None)
    assert case.runs(noon(NEXT_MONDAY)) == [("in_progress", 1, FRIDAY - 1, NEXT_MONDAY)]
    assert service.check([case.member.pk], now=noon(SATURDAY)) == []


@pytest.mark.django_db
def test_a_rest_day_reads_as_excused_until_the_target_is_met_s43(time_machine) -> None:
    streak = make_streak(active_weekdays=WORKING_DAYS)
    time_machine.move_to(noon(SATURDAY) + timedelta(hours=1), tick=False)

    def status(value: int) -> str:
        body = log_body(streak, day=SATURDAY, value=value, uniqueIdentifier=f"order-{value}")
        return str(admin().post("streak_log/record", body).data["streakProgress"]["taskProgress"]["status"])

    assert (status(20), status(30)) == ("excused", "completed")


@pytest.mark.django_db
def test_explain_names_rest_days_and_what_lies_behind_the_end_excused_s40_s57() -> None:
    case = make_case(active_weekdays=WORKING_DAYS, ends_at=noon(NEXT_TUESDAY))
    keys = [march(day) for day in (FRIDAY, SATURDAY, NEXT_MONDAY, NEXT_TUESDAY)]
    accounts = account_for_periods(keys, {}, [], rules=rules_of(case.streak), now=noon(20))
    empty, rest, excused = PeriodState.EMPTY, PeriodState.REST, PeriodState.EXCUSED
    assert [account.state for account in accounts] == [empty, rest, empty, excused]


# --- campaigns -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "now", "code"),
    [
        (4, 11, "streak_not_started"),
        (5, 11, None),
        (9, 11, None),
        (10, 11, "streak_ended"),
        # Late activity is taken for three days after the end.
        (9, 13, None),
        (9, 14, "streak_ended"),
    ],
)
def test_only_activity_of_the_campaign_counts_and_late_activity_for_some_days_s56_f44(
    day: int, now: int, code: str | None
) -> None:
    case = make_case(starts_at=noon(5), ends_at=noon(10), late_days=3)
    results = service.record_logs([case.log(day), case.log(day)], now=noon(now))
    assert [result.refusal.code if result.refusal else None for result in results] == [code, code]
    assert StreakLog.objects.count() == (0 if code else 2)
    if code is not None:
        assert counts() == (0, 0, 0)
        with pytest.raises(Refused), transaction.atomic():
            service.place(service.as_fact(case.log(day)), now=noon(now))


@pytest.mark.django_db
def test_the_api_says_when_the_campaign_starts_and_ended_s56(time_machine) -> None:
    time_machine.move_to(noon(12), tick=False)
    streak = make_streak(starts_at=noon(5), ends_at=noon(10))
    for day, code in ((4, "streak_not_started"), (11, "streak_ended")):
        answer = admin().post("streak_log/record", log_body(streak, day=day))
        assert (answer.status, answer.body["error"]["code"]) == (400, code)
        assert ("2026-03-05T12:00:00" in answer.body["error"]["message"]) is (day == 4)
        (result,) = admin().post("streak_log/record/bulk", {"records": [log_body(streak, day=day)]}).data["results"]
        assert result["error"]["code"] == code
    assert counts() == (0, 0, 0)


@pytest.mark.django_db
def test_a_run_that_is_alive_at_the_end_stays_alive_and_has_no_deadline_s57(time_machine) -> None:
    streak = make_streak(ends_at=noon(3) - timedelta(hours=2))
    for name, day in (("ann", 1), ("bob", 2)):
        time_machine.move_to(noon(day), tick=False)
        assert admin().post("streak_log/record", log_body(streak, day=day, of=name)).status == 201
    time_machine.move_to(noon(9), tick=False)
    read = {run["ownedById"]: run for run in admin().get("streak_progress/record").data}
    found = {run["streakProgressStatus"]: run["streakBreaksAt"] for run in read.values()}
    # Ann's run broke at the end of the second, which was before the end of the streak.
    assert found == {"broken": None, "in_progress": None}
    by_status = admin().get("streak_progress/record", streakProgressStatus="in_progress").data
    assert [run["streakProgressStatus"] for run in by_status] == ["in_progress"]
    assert close_runs(now=noon(9)) == 1
    assert admin().get("streak_progress/record", streakProgressStatus="in_progress").data == by_status


@pytest.mark.django_db
def test_the_phase_follows_the_clock_s56(time_machine) -> None:
    streak = make_streak(starts_at=noon(5), ends_at=noon(10))
    path = f"streak/record/{streak.pk}"
    for day, phase in ((4, "scheduled"), (5, "running"), (9, "running"), (10, "ended")):
        time_machine.move_to(noon(day), tick=False)
        assert (admin().get(path).data["phase"], guest().get(path).data["phase"]) == (phase, phase)
    assert admin().patch(path, {"status": "paused"}).data["phase"] == "paused"
    assert admin().post("streak/record", {**SHOPPER, "status": "draft"}).data["phase"] == "draft"


@pytest.mark.django_db
def test_the_display_has_its_own_order_and_forgets_a_streak_30_days_after_its_end_s57(time_machine) -> None:
    time_machine.move_to(noon(12), tick=False)
    last, first = make_streak(name="last", display_order=2), make_streak(name="first", display_order=-1)
    ended = make_streak(name="ended", ends_at=noon(10))
    forget_streaks([last.pk, first.pk, ended.pk])

    def displayed() -> list[str]:
        return [streak["id"] for streak in end_user("ann").get("/api/v1.0/end-user-display").data["streaks"]]

    assert displayed() == [str(first.pk), str(ended.pk), str(last.pk)]
    time_machine.move_to(noon(10) + timedelta(days=30), tick=False)
    assert displayed() == [str(first.pk), str(last.pk)]


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"startsAt": "2026-03-05T00:00:00Z", "endsAt": "2026-03-05T00:00:00Z"}, "endsAt", "invalid"),
        ({"aggregationPeriod": "weekly", "activeWeekdays": ["mon"]}, "activeWeekdays", "invalid"),
        ({"activeWeekdays": []}, "activeWeekdays", "empty"),
        ({"activeWeekdays": ["monday"]}, "activeWeekdays.0", "invalid_choice"),
        ({"activeWeekdays": 1}, "activeWeekdays", "not_a_list"),
        ({"activeWeekdays": "sun,mon"}, "activeWeekdays", "not_a_list"),
        ({"dayStartsAt": 7}, "dayStartsAt", "max_value"),
        ({"dayStartsAt": -1}, "dayStartsAt", "min_value"),
        ({"lateDays": 367}, "lateDays", "max_value"),
        ({"endsAt": "2026-03-05T00:00:00"}, "endsAt", "missing_offset"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_by_name_and_nothing_is_stored(
    changes: dict[str, object], field: str, code: str
) -> None:
    answer = admin().post("streak/record", {**SHOPPER, **changes})
    assert (answer.status, answer.details()) == (400, [(field, code)])
    assert Streak.objects.count() == 0


@pytest.mark.django_db
def test_days_come_back_in_the_order_of_the_week_each_once_s40() -> None:
    days = admin().post("streak/record", {**SHOPPER, "activeWeekdays": ["sun", "mon", "sun"]}).data["activeWeekdays"]
    assert days == ["mon", "sun"]
    form = encode_multipart(BOUNDARY, {**SHOPPER, "activeWeekdays": "sun,mon"})
    answer = admin().send("POST", "streak/record", form, {"Content-Type": MULTIPART_CONTENT})
    assert answer.data["activeWeekdays"] == days
    assert tuple(admin().post("streak/record", SHOPPER).data["activeWeekdays"]) == WEEKDAY_NAMES


@pytest.mark.django_db
def test_rest_days_and_the_start_of_the_day_freeze_with_the_first_log_and_the_schedule_does_not_s28(
    time_machine,
) -> None:
    case = make_case()
    time_machine.move_to(noon(2), tick=False)
    case.record(1)
    path = f"streak/record/{case.streak.pk}"
    for name, value in (("activeWeekdays", ["mon"]), ("dayStartsAt", 3)):
        assert admin().patch(path, {name: value}).details() == [(name, "rules_frozen")]
    assert admin().patch(path, {"startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-04-01T00:00:00Z"}).status == 200


@pytest.mark.django_db
def test_a_streak_with_activity_cannot_end_in_the_past_s57(time_machine) -> None:
    case = make_case(ends_at=noon(20))
    time_machine.move_to(noon(9), tick=False)
    case.record(1)
    path = f"streak/record/{case.streak.pk}"
    assert admin().patch(path, {"endsAt": "2026-03-09T11:59:59Z"}).details() == [("endsAt", "invalid")]
    assert Streak.objects.get().ends_at == noon(20)
    assert admin().patch(path, {"endsAt": "2026-03-09T12:00:01Z"}).status == 200
    time_machine.move_to(noon(12), tick=False)
    # What is there already can be sent back.
    assert admin().patch(path, admin().get(path).data).status == 200


@pytest.mark.django_db
def test_the_database_itself_refuses_an_end_before_the_start() -> None:
    streak = make_streak()
    with pytest.raises(IntegrityError), transaction.atomic():
        Streak.objects.filter(pk=streak.pk).update(starts_at=noon(5), ends_at=noon(4))
    with pytest.raises(ValidationError, match="later instant"):
        Streak(starts_at=noon(5), ends_at=noon(4)).clean()


def test_a_run_of_an_ended_streak_is_read_at_its_end_s57() -> None:
    streak = Streak(aggregation_target_value=Decimal(1), completion_target_value=3, ends_at=noon(10))
    assert (streak.clock_at(noon(9)), streak.clock_at(noon(11))) == (noon(9), noon(10))
    assert (streak.is_ticking_until(noon(10)), streak.is_ticking_until(noon(11))) == (True, False)
    rules = streak.rules_with([])
    (run,) = fold([total(march(9), is_complete=True)], rules)
    assert run.status_at(rules.clock_at(noon(30))) is RunStatus.IN_PROGRESS
