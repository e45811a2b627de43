"""Streaks in which every member has an own clock: what is filed, derived and shown by it (S52–S55)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gamopanda.accounts.models import Member
from gamopanda.accounts.zones import ask_for_zone
from streaks.core.periods import Calendar
from streaks.models import StreakExcuse, StreakLog, StreakProgress
from streaks.presenters.current_period import read_clocks
from streaks.progress import service
from streaks.progress.excuses import excuse_member
from streaks.tests.calling import admin, log_body, make_member, make_streak
from streaks.tests.recording_cases import Case, make_case
from streaks.tests.test_one_derivation import round_trips

pytestmark = pytest.mark.django_db

PATH = "streak_log/record"
HOUR = timedelta(hours=1)
BERLIN, TOKYO, LOS_ANGELES = "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles"
VISITS: dict[str, Any] = {"clock": "member", "aggregation_method": "count", "aggregation_target_value": 1}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def own_calendar(case: Case) -> Calendar:
    return read_clocks([case.member.pk], [case.streak]).calendar_of(case.member.pk, case.streak)


def visit(case: Case, at: str, now: str = "") -> date:
    """Record a visit at an instant, at once or late; return its period."""
    log = case.log(1, None)
    log.activity_at = utc(at)
    assert service.record_log(log, now=utc(now or at)).is_recorded
    return log.period_key


def move(case: Case, zone: str, at: str) -> None:
    ask_for_zone(case.member, zone, author="sue", now=utc(at), is_at_once=True)


def run(case: Case) -> StreakProgress:
    return StreakProgress.objects.filter(member=case.member).latest("starts_on")


def is_clean(case: Case, now: str) -> bool:
    ids = [case.member.pk]
    return service.check(ids, now=utc(now)) == [] and service.rederive(ids, now=utc(now)) == {}


# --- stories ----------------------------------------------------------------------------------------------------------


def test_a_traveller_from_berlin_to_tokyo_and_los_angeles_keeps_a_daily_run_s54() -> None:
    case = make_case(**VISITS, completion_target_value=30, time_zone="UTC")
    ask_for_zone(case.member, BERLIN, author="sue", now=utc("2026-06-01 06:00"))
    days = [visit(case, f"2026-06-0{day} 21:30") for day in (1, 2, 3)]
    # It was half past eleven in Berlin each night. In the morning in Tokyo, the 4th of Berlin goes on.
    move(case, TOKYO, "2026-06-04 02:00")
    days += [visit(case, f"2026-06-0{day} 13:00") for day in (4, 5, 6, 7)]
    # It is ten in the evening in Tokyo, and six in the morning in Los Angeles on arrival: the 8th lasts 40 hours.
    move(case, LOS_ANGELES, "2026-06-08 13:00")
    days += [visit(case, "2026-06-09 05:00"), visit(case, "2026-06-10 05:00")]
    assert days == [date(2026, 6, day) for day in range(1, 10)]
    alive = run(case)
    assert (alive.current_progress_value, alive.ends_on) == (9, date(2026, 6, 10))
    assert alive.breaks_at == utc("2026-06-11 07:00")
    assert is_clean(case, "2026-06-10 05:00")


def test_a_short_day_in_the_east_is_excused_and_breaks_no_run_s54() -> None:
    case = make_case(**VISITS, completion_target_value=30, time_zone=LOS_ANGELES)
    assert visit(case, "2026-06-10 03:00") == date(2026, 6, 9)
    move(case, TOKYO, "2026-06-10 05:00")
    # The 10th in Tokyo is what is left of it after the 9th has ended in Los Angeles: 8 hours.
    assert own_calendar(case).ends_at(date(2026, 6, 9)) == utc("2026-06-10 07:00")
    assert (run(case).ends_on, run(case).breaks_at) == (date(2026, 6, 11), utc("2026-06-11 15:00"))
    assert visit(case, "2026-06-11 10:00") == date(2026, 6, 11)
    assert run(case).current_progress_value == 2
    assert is_clean(case, "2026-06-11 10:00")


def test_nights_in_which_clocks_change_are_those_of_the_member_s4_s52() -> None:
    case = make_case(**VISITS, completion_target_value=30, time_zone="UTC", day_starts_at=2)
    ask_for_zone(case.member, BERLIN, author="sue", now=utc("2026-03-01 06:00"))
    # The 29th of March begins at 3:00, as 2:00 does not exist; the 25th of October at the first 2:00 of two.
    instants = ("2026-03-29 00:59", "2026-03-29 01:00", "2026-10-24 23:59", "2026-10-25 00:00", "2026-10-25 01:30")
    assert [visit(case, at).day for at in instants] == [28, 29, 24, 25, 25]


def test_a_late_log_is_filed_by_the_zone_in_effect_when_it_happened_and_no_log_moves_s54_s5() -> None:
    case = make_case(**VISITS, completion_target_value=30, time_zone="UTC")
    ask_for_zone(case.member, BERLIN, author="sue", now=utc("2026-06-01 06:00"))
    assert visit(case, "2026-06-05 22:30") == date(2026, 6, 6)
    move(case, LOS_ANGELES, "2026-06-08 12:00")
    assert visit(case, "2026-06-12 05:00") == date(2026, 6, 11)
    assert visit(case, "2026-06-04 22:30", now="2026-06-12 06:00") == date(2026, 6, 5)
    stored = StreakLog.objects.order_by("period_key").values_list("period_key", flat=True)
    assert [key.day for key in stored] == [5, 6, 11]
    assert is_clean(case, "2026-06-12 06:00")
    assert [key.day for key in stored.all()] == [5, 6, 11]


def test_members_without_a_zone_have_that_of_the_streak_and_a_streak_with_one_clock_has_it_for_all_s52() -> None:
    own, one = make_case(**VISITS, time_zone=BERLIN), make_case("bob", **VISITS | {"clock": "streak"}, time_zone=BERLIN)
    ask_for_zone(one.member, TOKYO, author="sue", now=utc("2026-06-01 06:00"))
    for case in (own, one):
        assert visit(case, "2026-06-05 21:30") == date(2026, 6, 5)
        assert visit(case, "2026-06-05 22:30") == date(2026, 6, 6)


@pytest.mark.parametrize(
    ("period", "ends_at", "breaks_at"),
    [
        ("daily", "2026-06-11 07:00", "2026-06-12 07:00"),
        ("weekly", "2026-06-15 07:00", "2026-06-22 07:00"),
        ("monthly", "2026-07-01 07:00", "2026-08-01 07:00"),
    ],
)
def test_every_kind_of_period_goes_on_until_both_clocks_have_left_it_s54(
    period: str, ends_at: str, breaks_at: str
) -> None:
    case = make_case(**VISITS, completion_target_value=30, time_zone=TOKYO, aggregation_period=period)
    key = visit(case, "2026-06-10 03:00")
    move(case, LOS_ANGELES, "2026-06-10 04:00")
    assert own_calendar(case).ends_at(key) == utc(ends_at)
    assert run(case).breaks_at == utc(breaks_at)


def test_a_wish_that_waits_is_reckoned_with_and_one_that_is_replaced_is_not_s55() -> None:
    case = make_case(**VISITS, completion_target_value=30, time_zone=TOKYO, aggregation_period="weekly")
    visit(case, "2026-06-02 03:00")
    move(case, BERLIN, "2026-06-05 04:00")
    assert run(case).breaks_at == utc("2026-06-14 22:00")
    ask_for_zone(case.member, LOS_ANGELES, author="sue", now=utc("2026-06-06 04:00"))
    # It counts from the 12th on, and that week goes on until both clocks have left it.
    assert run(case).breaks_at == utc("2026-06-15 07:00")
    ask_for_zone(case.member, BERLIN, author="sue", now=utc("2026-06-07 04:00"))
    assert run(case).breaks_at == utc("2026-06-14 22:00")
    assert is_clean(case, "2026-06-07 04:00")


# --- any moves, by all ways in ----------------------------------------------------------------------------------------

ZONES = (BERLIN, TOKYO, LOS_ANGELES, "Pacific/Apia", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/Havana", "")
ACTS = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(ZONES), st.booleans()),
    st.tuples(st.sampled_from(("single", "batch", "save", "late")), st.integers(0, 60), st.just(True)),
)


@dataclass
class Traveller:
    """A member of a streak that is counted by its own clock, who moves and is active."""

    case: Case
    now: datetime

    def act(self, name: str, what: Any, is_at_once: bool) -> None:
        if name == "move":
            ask_for_zone(self.case.member, what, author="sue", now=self.now, is_at_once=is_at_once)
            return
        logs = [self.case.log(1, None) for _ in range(2 if name == "batch" else 1)]
        for place, log in enumerate(logs):
            log.activity_at = self.now - (what if name == "late" else 7 * place) * HOUR
        if name == "save":
            with time_machine.travel(self.now, tick=False):
                logs[0].save()
        elif name == "single" and connection.vendor == "postgresql":
            owner = None, self.case.member.external_id
            assert service.record_one(service.as_fact(logs[0]), owner=owner, now=self.now).is_recorded
        else:
            assert all(one.is_recorded for one in service.record_logs(logs, now=self.now))

    def expected_runs(self) -> Iterator[tuple[date, int, datetime]]:
        """Walk over every period from the first one with a log on."""
        calendar = own_calendar(self.case)
        active = set(StreakLog.objects.values_list("period_key", flat=True))
        start, value, key = None, 0, min(active)
        while key <= max(active) or start is not None:
            if key in active:
                start, value = start or key, value + 1
            elif start is not None and key not in calendar.short_periods():
                yield start, value, calendar.ends_at(key)
                start, value = None, 0
            key = calendar.following(key)


class AnyMoves(TestCase):
    @settings(max_examples=12, deadline=None)
    @given(
        st.sampled_from(["daily", "daily", "weekly"]),
        st.integers(0, 6),
        st.lists(st.tuples(ACTS, st.integers(1, 40)), min_size=4, max_size=14),
    )
    def test_all_ways_in_file_by_the_zone_in_effect_and_runs_are_those_of_a_walk_over_all_periods_s17_s54(
        self, period: str, day_starts_at: int, acts: list[Any]
    ) -> None:
        rules: dict[str, Any] = {
            "aggregation_period": period,
            "day_starts_at": day_starts_at,
            "completion_target_value": 300,
        }
        case = make_case(**VISITS, **rules, time_zone=BERLIN)
        traveller = Traveller(case, utc("2026-03-01 00:00"))
        for act, hours in [(("single", 0, True), 1), *acts]:
            traveller.act(*act)
            traveller.now += hours * HOUR
        calendar = own_calendar(case)
        logs = StreakLog.objects.values_list("period_key", "activity_at")
        stored = StreakProgress.objects.order_by("starts_on")
        runs = stored.values_list("starts_on", "current_progress_value", "breaks_at")
        assert list(runs) == list(traveller.expected_runs())
        assert service.check([case.member.pk], now=traveller.now) == []
        service.rederive([case.member.pk], now=traveller.now)
        assert list(runs.all()) == list(traveller.expected_runs())
        assert [key for key, _ in logs] == [calendar.key_of(at) for _, at in logs]


# --- what it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_log_on_the_clock_of_its_member_takes_two_ways_to_the_database_also_a_late_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streak, caller = make_streak(**VISITS, completion_target_value=30), admin()
    with time_machine.travel(utc("2026-03-01 06:00"), tick=False):
        caller.put("account_user/record/by-external-id/ann", {"timeZone": TOKYO})

    def sent_for(identifier: str, at: str) -> int:
        body = log_body(streak, of="ann", uniqueIdentifier=identifier, activityAt=f"{at}Z", value=None)
        with round_trips(monkeypatch) as sent:
            assert caller.post(PATH, body).status == 201
        return len(sent)

    # Runs that end on any of the days around that of the last log.
    for day in (2, 3, 6, 7, 9, 11):
        with time_machine.travel(utc(f"2026-03-{day:02} 16:00"), tick=False):
            trips = sent_for(f"first-{day}", f"2026-03-{day:02}T16:00:00")
    assert trips == 2
    with time_machine.travel(utc("2026-03-11 16:30"), tick=False):
        assert sent_for("again", "2026-03-11T16:20:00") == 2
        assert sent_for("late", "2026-03-11T15:30:00") == 2
    with time_machine.travel(utc("2026-03-12 16:30"), tick=False):
        assert sent_for("next", "2026-03-12T16:20:00") == 2
        ask_for_zone(Member.objects.get(), LOS_ANGELES, author="sue", now=utc("2026-03-12 16:25"), is_at_once=True)
        assert sent_for("moved", "2026-03-12T16:30:00") == 2
    assert service.check([Member.objects.get().pk], now=utc("2026-03-12 16:30")) == []


def test_members_without_a_zone_and_streaks_with_one_clock_cost_no_query_more() -> None:
    def queries(case: Case) -> int:
        case.record(1, None)
        with CaptureQueriesContext(connection) as queries:
            case.record(2, None)
        return len(queries)

    plain = make_case("ann", **VISITS | {"clock": "streak"})
    without_zone, with_zone = make_case("bob", **VISITS), make_case("cy", **VISITS | {"clock": "streak"})
    ask_for_zone(with_zone.member, TOKYO, author="sue", now=utc("2026-01-01 06:00"))
    assert queries(without_zone) == queries(with_zone) == queries(plain)


# --- together with the rest -------------------------------------------------------------------------------------------


def test_a_break_starts_today_on_the_clock_of_the_member_s39() -> None:
    case = make_case(**VISITS, time_zone="UTC", member_breaks_allowed=True)
    ask_for_zone(case.member, LOS_ANGELES, author="sue", now=utc("2026-06-01 06:00"))

    def take(day: int) -> None:
        on = date(2026, 6, day)
        excuse = StreakExcuse(kind="member_break", member=case.member, streak=case.streak, starts_on=on, ends_on=on)
        excuse_member(excuse, now=utc("2026-06-05 03:00"))

    case.member.refresh_from_db()
    with pytest.raises(ValidationError, match="2026-06-04"):
        take(3)
    take(4)


def test_a_pause_excuses_the_periods_of_each_member_that_it_touches_s19() -> None:
    streak = make_streak(**VISITS, time_zone="UTC")
    east, west = (Case(make_member(name), streak) for name in ("east", "west"))
    for case, zone in ((east, TOKYO), (west, LOS_ANGELES)):
        ask_for_zone(case.member, zone, author="sue", now=utc("2026-06-01 06:00"))
        visit(case, "2026-06-05 20:00")
    streak.refresh_from_db()
    for status, at in (("paused", "2026-06-06 08:00"), ("live", "2026-06-06 10:00")):
        with time_machine.travel(utc(at), tick=False):
            streak.status = status
            streak.save()
    # It was the 6th for both: in Tokyo the day of the visit, in Los Angeles the day after it.
    assert (run(east).ends_on, run(east).breaks_at) == (date(2026, 6, 7), utc("2026-06-07 15:00"))
    assert (run(west).ends_on, run(west).breaks_at) == (date(2026, 6, 7), utc("2026-06-08 07:00"))
    for case in (east, west):
        assert is_clean(case, "2026-06-06 10:00")


@pytest.mark.parametrize("others", [0, 80])
def test_a_file_is_filed_by_the_zones_of_its_members_s54(tmp_path: Path, others: int) -> None:
    """Also where so many rows come that they go out by COPY."""
    case = make_case(**VISITS, completion_target_value=300, time_zone="UTC")
    ask_for_zone(case.member, TOKYO, author="sue", now=utc("2026-06-01 06:00"))
    visit(case, "2026-06-01 12:00")
    move(case, LOS_ANGELES, "2026-06-04 12:00")
    instants = ["2026-06-02T16:00:00Z", "2026-06-04T16:00:00Z", "2026-06-05T06:00:00Z", "2026-06-05T08:00:00Z"]
    rows = [("ann", at) for at in instants] + [(f"other-{number}", instants[0]) for number in range(others)]
    file = tmp_path / "visits.csv"
    lines = [f"{name},{at},visited,import-{number}," for number, (name, at) in enumerate(rows)]
    file.write_text("\n".join(["externalId,activityAt,activityId,uniqueIdentifier,activityValue", *lines]))
    with time_machine.travel(utc("2026-06-06 12:00"), tick=False):
        call_command("import_streak_logs", str(file), "--streak", str(case.streak.pk), stdout=StringIO())
    # In Tokyo it was the 3rd; the 4th ends in Los Angeles, at 7 in the morning of the 5th in UTC.
    logs = StreakLog.objects.filter(unique_identifier__startswith="import-")
    own = logs.filter(member=case.member).order_by("activity_at").values_list("period_key", flat=True)
    assert [key.day for key in own] == [3, 4, 4, 5]
    assert set(logs.exclude(member=case.member).values_list("period_key", flat=True)) <= {date(2026, 6, 2)}
    assert is_clean(case, "2026-06-06 12:00")
