"""Period totals to runs (S10–S19): by hand, and against the brute force."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streaks.core.aggregation import UNITS, Entry, Total, amount_of, completed_at, in_order, new_total
from streaks.core.periods import Calendar, PeriodKind
from streaks.core.rules import Pause, Rules, RulesVersion
from streaks.core.runs import FoldedRun, RunStatus, fold
from streaks.tests.brute_force import ExpectedRun, LoggedActivity, total_of_period
from streaks.tests.histories import AMOUNTS, History, histories

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

ONE = Decimal(1)


def in_units(value: Decimal | int | str) -> int:
    return int(Decimal(value) * UNITS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- the real code and the brute force, asked the same ---------------------------------------------------------------


def rules_of(history: History) -> Rules:
    calendar = Calendar(PeriodKind(history.period_kind), ZoneInfo(history.zone), history.first_weekday)
    closed = tuple(Pause(paused_at, resumed_at) for paused_at, resumed_at in history.pauses if resumed_at is not None)
    asked = RulesVersion(in_units(history.target), history.completion_target)
    return Rules(history.method, calendar, (asked,), closed)


def totals_of(history: History) -> list[Total]:
    """Group logs as they come, and let the core say when each period was complete."""
    rules = rules_of(history)
    entries: dict[date, list[Entry]] = defaultdict(list)
    for at, value in history.logs:
        amount = amount_of(history.method, None if value is None else in_units(value))
        entries[rules.calendar.key_of(at)].append((at, amount))
    return [new_total(rules.method, key, in_order(entries[key]), rules.target_for(key)) for key in sorted(entries)]


def clock_of(history: History) -> datetime:
    """The instant against which deadlines are read: the present, or the start of a pause that still lasts (S19)."""
    return min([history.now, *(paused_at for paused_at, resumed_at in history.pauses if resumed_at is None)])


Seen = tuple[str, int, date, date | None, datetime, datetime | None, datetime | None]


def seen_by_core(run: FoldedRun, clock: datetime, *, is_latest: bool, is_paused: bool) -> Seen:
    """Everything that a reader sees of a run; a run that another one follows is over."""
    status = run.status_at(clock) if is_latest or run.streak_completed_at else RunStatus.BROKEN
    never_breaks = status is RunStatus.IN_PROGRESS and is_paused
    ends_on, breaks_at = (None, None) if never_breaks else (run.ends_on, run.breaks_at)
    return (
        status.value,
        run.current_progress_value,
        run.starts_on,
        ends_on,
        run.streak_started_at,
        run.streak_completed_at,
        breaks_at,
    )


def seen_by_brute_force(run: ExpectedRun) -> Seen:
    ending_at = run.streak_broken_at or run.breaks_at
    return (
        run.status,
        run.current_progress_value,
        run.starts_on,
        run.ends_on,
        run.streak_started_at,
        run.streak_completed_at,
        ending_at,
    )


def runs_of(history: History) -> list[Seen]:
    folded = list(fold(totals_of(history), rules_of(history)))
    is_paused = any(resumed_at is None for _, resumed_at in history.pauses)
    clock = clock_of(history)
    return [seen_by_core(run, clock, is_latest=run is folded[-1], is_paused=is_paused) for run in folded]


@settings(max_examples=300, deadline=None)
@given(histories())
def test_any_history_gives_the_runs_that_the_rules_give_s11_to_s19(history: History) -> None:
    assert runs_of(history) == [seen_by_brute_force(run) for run in history.expected().runs]


@settings(max_examples=150, deadline=None)
@given(histories(), st.randoms())
def test_the_order_in_which_logs_arrive_decides_nothing_s17_f16_f17(history: History, random: Random) -> None:
    shuffled = list(history.logs)
    random.shuffle(shuffled)
    other = replace(history, logs=tuple(shuffled))
    assert totals_of(other) == totals_of(history)
    assert runs_of(other) == runs_of(history)


@settings(max_examples=150, deadline=None)
@given(histories())
def test_folding_can_begin_at_any_run_because_nothing_before_it_decides_anything_in_it(history: History) -> None:
    totals, rules = totals_of(history), rules_of(history)
    runs = list(fold(totals, rules))
    for number, run in enumerate(runs):
        assert list(fold([total for total in totals if total.period_key >= run.starts_on], rules)) == runs[number:]


@settings(max_examples=150, deadline=None)
@given(histories())
def test_runs_follow_each_other_in_time_and_only_the_latest_can_be_in_progress_s18(history: History) -> None:
    runs = list(fold(totals_of(history), rules_of(history)))
    for run, following in pairwise(runs):
        assert run.ends_on < following.starts_on
        assert run.streak_completed_at is not None or run.breaks_at <= following.streak_started_at
    values = [run.current_progress_value for run in runs]
    assert all(0 <= value <= history.completion_target for value in values)
    is_full = [value == history.completion_target for value in values]
    assert is_full == [run.streak_completed_at is not None for run in runs]


@settings(max_examples=150, deadline=None)
@given(histories(max_pauses=0), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_time_alone_only_ever_breaks_the_latest_run_s15_s16(history: History, later: timedelta) -> None:
    at_first, afterwards = runs_of(history), runs_of(replace(history, now=history.now + later))
    assert afterwards[:-1] == at_first[:-1]
    assert afterwards[-1][1:] == at_first[-1][1:]
    assert (at_first[-1][0], afterwards[-1][0]) in {
        ("completed", "completed"),
        ("broken", "broken"),
        ("in_progress", "in_progress"),
        ("in_progress", "broken"),
    }


# --- runs by hand ----------------------------------------------------------------------------------------------------

# One character a day from 2026-01-01, and the present is the noon of the last day:
# X target met, o a log below the target, . nothing; the same in a paused day: P met, q a log below, p nothing.
# Then each run: its status, its value, the day it starts, and the day that completed or broke it, or whose end will.
DIARIES = [
    ("X", 7, ["in_progress 1 from 1 until 2"]),
    ("o", 7, ["in_progress 0 from 1 until 1"]),
    ("XX.", 7, ["in_progress 2 from 1 until 3"]),  # S15: today is no miss yet (F32)
    ("XXo", 7, ["in_progress 2 from 1 until 3"]),
    ("XX..", 7, ["broken 2 from 1 until 3"]),  # S14, F31
    ("XXo.", 7, ["broken 2 from 1 until 3"]),
    ("o.", 7, ["broken 0 from 1 until 1"]),  # S14: the first period too
    ("o.X", 7, ["broken 0 from 1 until 1", "in_progress 1 from 3 until 4"]),
    ("oX", 7, ["broken 0 from 1 until 1", "in_progress 1 from 2 until 3"]),
    ("XX.X", 7, ["broken 2 from 1 until 3", "in_progress 1 from 4 until 5"]),
    ("XXoX", 7, ["broken 2 from 1 until 3", "in_progress 1 from 4 until 5"]),
    ("XXX", 3, ["completed 3 from 1 until 3"]),  # S12
    ("XXX.......", 3, ["completed 3 from 1 until 3"]),
    ("XXXX", 3, ["completed 3 from 1 until 3", "in_progress 1 from 4 until 5"]),  # S13
    ("XXXXXX", 3, ["completed 3 from 1 until 3", "completed 3 from 4 until 6"]),
    ("XXXo.", 3, ["completed 3 from 1 until 3", "broken 0 from 4 until 4"]),
    ("XXX..X", 3, ["completed 3 from 1 until 3", "in_progress 1 from 6 until 7"]),
    ("XX", 1, ["completed 1 from 1 until 1", "completed 1 from 2 until 2"]),
    ("XpX", 7, ["in_progress 2 from 1 until 4"]),  # S19: skipped (F28)
    ("XpppX.", 7, ["in_progress 2 from 1 until 6"]),
    ("XqX", 7, ["in_progress 2 from 1 until 4"]),  # below the target, and still no miss
    ("XPX", 7, ["in_progress 3 from 1 until 4"]),  # counts if the target is met all the same
    ("XpP", 3, ["in_progress 2 from 1 until 4"]),
    ("XpPX", 3, ["completed 3 from 1 until 4"]),
    ("Xp..", 7, ["broken 1 from 1 until 3"]),  # protected once, not for ever (F26)
    ("X.pX", 7, ["broken 1 from 1 until 2", "in_progress 1 from 4 until 5"]),  # a pause afterwards saves nothing
    ("q.", 7, ["in_progress 0 from 1 until 2"]),  # a run that starts in an excused period
    ("q..", 7, ["broken 0 from 1 until 2"]),
    ("pX", 7, ["in_progress 1 from 2 until 3"]),  # a pause before the first log is nothing
    ("Xp", 7, ["in_progress 1 from 1 until 3"]),  # the present day is excused: the next one is due
]
FIRST_DAY = utc("2026-01-01 00:00")
ONE_DAY = timedelta(days=1)  # on a clock in UTC
SEVEN = (RulesVersion(target=UNITS, completion=7),)


def diary(days: str, completion_target: int) -> History:
    logs: list[LoggedActivity] = []
    pauses = []
    for number, sign in enumerate(days):
        starts_at = FIRST_DAY + number * ONE_DAY
        if sign in "XoPq":
            logs.append((starts_at + timedelta(hours=9), ONE if sign in "XP" else Decimal("0.9999")))
        if sign in "pPq":
            pauses.append((starts_at + timedelta(hours=10), starts_at + timedelta(hours=11)))
    noon = FIRST_DAY + (len(days) - 1) * ONE_DAY + timedelta(hours=12)
    return History("sum", "daily", "UTC", 0, ONE, completion_target, tuple(logs), tuple(pauses), noon)


def spelled(run: Seen) -> str:
    status, value, starts_on, ends_on = run[:4]
    return f"{status} {value} from {starts_on.day} until {ends_on and ends_on.day}"


@pytest.mark.parametrize(("days", "completion_target", "runs"), DIARIES)
def test_a_diary_of_days_reads_as_these_runs_s11_to_s19(days: str, completion_target: int, runs: list[str]) -> None:
    history = diary(days, completion_target)
    assert [spelled(run) for run in runs_of(history)] == runs


@pytest.mark.parametrize(("days", "completion_target", "runs"), DIARIES)
def test_the_brute_force_reads_the_diaries_the_same(days: str, completion_target: int, runs: list[str]) -> None:
    history = diary(days, completion_target)
    assert [spelled(seen_by_brute_force(run)) for run in history.expected().runs] == runs


def test_a_run_starts_with_its_earliest_activity_and_completes_with_the_one_that_reached_the_target_s11_s12() -> None:
    logs = (
        (utc("2026-01-02 20:00"), Decimal("0.5")),
        (utc("2026-01-02 08:00"), Decimal("0.5")),
        (utc("2026-01-01 18:00"), ONE),
        (utc("2026-01-01 07:00"), Decimal("-0.5")),
        (utc("2026-01-01 19:00"), Decimal("0.5")),
        (utc("2026-01-02 21:00"), ONE),
    )
    history = History("sum", "daily", "UTC", 0, ONE, 2, logs, (), utc("2026-01-05 00:00"))
    (run,) = fold(totals_of(history), rules_of(history))
    assert run.streak_started_at == utc("2026-01-01 07:00")
    assert run.streak_completed_at == utc("2026-01-02 20:00")
    assert run.breaks_at is None
    assert run.status_at(history.now) is RunStatus.COMPLETED


def test_a_run_breaks_at_the_very_instant_at_which_the_missed_period_ends_s14_s16() -> None:
    history = replace(diary("X", 7), zone="Asia/Kathmandu")
    (run,) = fold(totals_of(history), rules_of(history))
    assert run.breaks_at == utc("2026-01-02 18:15")
    assert run.status_at(utc("2026-01-02 18:15") - timedelta(microseconds=1)) is RunStatus.IN_PROGRESS
    assert run.status_at(utc("2026-01-02 18:15")) is RunStatus.BROKEN


def test_a_date_that_does_not_exist_is_not_missed_s4() -> None:
    logs = ((utc("2011-12-30 00:00"), ONE), (utc("2011-12-30 20:00"), ONE))  # the 29th and the 31st in Apia
    history = History("sum", "daily", "Pacific/Apia", 0, ONE, 7, logs, (), utc("2011-12-31 00:00"))
    (run,) = fold(totals_of(history), rules_of(history))
    assert (run.starts_on, run.current_progress_value, run.ends_on) == (date(2011, 12, 29), 2, date(2012, 1, 1))


def test_a_weekly_run_is_judged_by_weeks_f34() -> None:
    logs = tuple((utc(text), None) for text in ("2026-12-23 09:00", "2026-12-28 09:00", "2027-01-10 23:59"))
    history = History("count", "weekly", "UTC", 0, ONE, 7, logs, (), utc("2027-01-10 23:59"))
    (run,) = fold(totals_of(history), rules_of(history))
    assert (run.current_progress_value, run.ends_on, run.breaks_at) == (3, date(2027, 1, 11), utc("2027-01-18 00:00"))


@pytest.mark.parametrize(
    ("paused_at", "resumed_at", "is_excused"),
    [
        ("2026-01-01 12:00", "2026-01-02 00:00", False),  # ends as the day begins (F22)
        ("2026-01-01 12:00", "2026-01-02 00:00:00.000001", True),
        ("2026-01-02 23:59:59.999999", "2026-01-04 00:00", True),
        ("2026-01-03 00:00", "2026-01-04 00:00", False),  # begins as the day ends
        ("2026-01-02 12:00", "2026-01-02 12:01", True),
        ("2025-01-01 00:00", "2027-01-01 00:00", True),
    ],
)
def test_a_pause_excuses_the_periods_that_it_overlaps_and_no_others_s19(
    paused_at: str, resumed_at: str, is_excused: bool
) -> None:
    calendar = Calendar(PeriodKind.DAILY, ZoneInfo("UTC"))
    rules = Rules("count", calendar, SEVEN, (Pause(utc(paused_at), utc(resumed_at)),))
    assert rules.is_excused(date(2026, 1, 2)) is is_excused


def test_the_next_period_due_lies_behind_all_pauses_s19() -> None:
    calendar = Calendar(PeriodKind.MONTHLY, ZoneInfo("UTC"))
    pauses = (
        Pause(utc("2026-02-03 00:00"), utc("2026-02-04 00:00")),
        Pause(utc("2026-03-31 00:00"), utc("2026-04-01 00:00:01")),
    )
    rules = Rules("count", calendar, SEVEN, pauses)
    assert rules.next_due(date(2026, 1, 1)) == date(2026, 1, 1)
    assert rules.next_due(date(2026, 2, 1)) == date(2026, 5, 1)


# --- when a total reached its target ---------------------------------------------------------------------------------

CROSSINGS = [
    ([], 1, None),
    ([(1, "0.9999")], 1, None),
    ([(1, "1")], 1, 1),
    ([(1, "0.1"), (2, "0.2")], "0.3", 2),  # S7, F20
    ([(1, "1"), (2, "1")], 1, 1),  # more comes after it
    ([(1, "1"), (2, "-1")], 1, None),  # S9: taken back
    ([(1, "1"), (2, "-1"), (3, "1")], 1, 3),  # for good only with the third
    ([(1, "5"), (2, "-4")], 1, 1),  # never below again
    ([(1, "1"), (1, "-1"), (2, "1")], 1, 2),
    ([(1, "1"), (2, "-1"), (2, "1")], 1, 1),  # simultaneous logs count together
    ([(1, "-1"), (2, "2")], 1, 2),
]


@pytest.mark.parametrize(("entries", "target", "expected"), CROSSINGS)
def test_a_period_is_complete_from_the_log_with_which_it_reached_the_target_for_good_s10(
    entries: list[tuple[int, str]], target: int | str, expected: int | None
) -> None:
    timed = [(FIRST_DAY + timedelta(minutes=minute), in_units(amount)) for minute, amount in entries]
    reached = None if expected is None else FIRST_DAY + timedelta(minutes=expected)
    assert completed_at("sum", in_order(timed), in_units(target)) == reached


LOGS_OF_A_DAY = st.lists(
    st.tuples(
        st.integers(0, 5).map(lambda minute: FIRST_DAY + timedelta(minutes=minute)),
        st.sampled_from(AMOUNTS) | st.decimals(-5, 5, places=4),
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=400, deadline=None)
@given(LOGS_OF_A_DAY, st.sampled_from((Decimal("0.0001"), Decimal("0.3"), ONE, Decimal(3))))
@example([(FIRST_DAY, Decimal("99999999999999.9999")), (FIRST_DAY, Decimal("-99999999999999.9998"))], Decimal("0.0001"))
def test_when_any_logs_reach_the_target_for_good_is_found_s7_s10(logs: list[LoggedActivity], target: Decimal) -> None:
    for method in ("sum", "count"):
        entries = in_order((at, amount_of(method, None if value is None else in_units(value))) for at, value in logs)
        expected = total_of_period(logs, method=method, target=target).completed_at
        assert completed_at(method, entries, in_units(target)) == expected
