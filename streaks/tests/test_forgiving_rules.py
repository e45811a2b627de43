"""What else the rules on excuses, freezes, clocks and campaigns say, sentence by sentence (S36–S58)."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError

from gamopanda.accounts.models import MemberZone
from gamopanda.accounts.zones import ask_for_zone
from gamopanda.conf.environment import BASE_DIR
from streaks.core.periods import Calendar, PeriodKind, ZoneChange, calendar_of_member
from streaks.core.rules import DatesExcused, FreezeSettings
from streaks.core.runs import Run, fold, freezes_left
from streaks.models import ExcuseKind, Streak, StreakExcuse, StreakFreeze, StreakProgress
from streaks.progress.applying import apply_facts
from streaks.progress.excuses import declare_amnesty, excuse_member, revoke
from streaks.progress.freezes import give_freezes
from streaks.tests.calling import SHOPPER, Caller, admin, end_user, make_streak
from streaks.tests.recording_cases import Case, make_case, march, noon
from streaks.tests.test_core_protection import day, rules, total
from streaks.tests.test_protection import TWO_FREEZES, excuse, gift, is_clean, rows

pytestmark = pytest.mark.django_db

EXCUSE, FREEZE, RULES = "streak_excuse/record", "streak_freeze/record", "streak_rules/record"


@pytest.fixture
def server() -> Caller:
    return admin()


@pytest.fixture(autouse=True)
def _noon_of_the_fifth_of_march():
    with time_machine.travel(noon(5), tick=False):
        yield


# --- facts ------------------------------------------------------------------------------------------------------------


def test_facts_have_an_instant_an_author_and_a_reason_and_are_never_edited_or_deleted_s36(server: Caller) -> None:
    case = make_case(**TWO_FREEZES)
    case.record_days(4)
    give_freezes(gift(case), now=noon(4))
    excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, march(6), march(7)), now=noon(5))
    ask_for_zone(case.member, "Asia/Tokyo", author="sue", now=noon(5), reason="she moved")
    facts = [StreakFreeze.objects.get(), StreakExcuse.objects.get(), MemberZone.objects.get()]
    assert [(fact.author if isinstance(fact, MemberZone) else fact.created_by, fact.reason) for fact in facts] == [
        ("ann", "sorry"),
        ("ann", "outage"),
        ("sue", "she moved"),
    ]
    for fact in facts:
        with pytest.raises(TypeError, match="permanent"):
            fact.delete()
    for path in (f"{FREEZE}/{facts[0].pk}", f"{EXCUSE}/{facts[1].pk}"):
        assert server.patch(path, {"reason": "another"}).status in {400, 403, 405}
    for fact in facts:
        fact.refresh_from_db()
    assert (facts[0].reason, facts[1].reason) == ("sorry", "outage")


def test_the_size_of_a_run_is_never_typed_in_s41(server: Caller) -> None:
    case = make_case()
    case.record_days(4)
    before, run = rows(), StreakProgress.objects.get()
    for method in ("PATCH", "PUT", "DELETE"):
        answer = server.send(method, f"streak_progress/record/{run.pk}", {"currentProgressValue": 9})
        assert answer.status in {403, 405}
    assert rows() == before


# --- excuses ----------------------------------------------------------------------------------------------------------


def test_overlapping_excuses_change_nothing_and_each_keeps_its_row_s39() -> None:
    case = make_case()
    case.record_days(1, 4)
    for first, last in ((2, 3), (3, 3), (1, 4)):
        amnesty = excuse(case, ExcuseKind.AMNESTY, march(first), march(last), member=None)
        declare_amnesty(amnesty, [case.member.pk] if first == 3 else None)
        apply_facts(amnesty, now=noon(5))
        assert case.runs(noon(5)) == [("in_progress", 2, 1, 5)]
    assert StreakExcuse.objects.count() == 3
    revoke(StreakExcuse.objects.get(starts_on=march(2)), by="ann", now=noon(5))
    apply_facts(StreakExcuse.objects.get(starts_on=march(2)), now=noon(5))
    assert case.runs(noon(5)) == [("in_progress", 2, 1, 5)]
    assert is_clean(case, noon(5))


def test_one_date_of_an_amnesty_excuses_a_week_and_a_break_only_with_half_of_it_s39() -> None:
    case = make_case(aggregation_period="weekly", completion_target_value=9)
    case.record_days(2, 16)  # Mondays, and one week between them
    excuse_member(excuse(case, ExcuseKind.AMNESTY, march(15), march(15)), now=noon(16))
    assert case.runs(noon(16)) == [("in_progress", 2, 2, 23)]
    for first, last, due in ((21, 25, 23), (23, 26, 30)):
        excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, march(first), march(last)), now=noon(16))
        assert case.runs(noon(16)) == [("in_progress", 2, 2, due)]
    assert is_clean(case, noon(16))


def test_a_break_of_all_streaks_is_one_of_each_s39() -> None:
    case = make_case()
    other = Case(case.member, make_streak())
    for one in (case, other):
        one.record_days(4)
    excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, march(5), march(8), streak=None), now=noon(5))
    assert case.runs(noon(5)) == other.runs(noon(5)) == [("in_progress", 1, 4, 9)]


def test_a_break_is_ended_early_from_today_on_and_not_revoked_s39(server: Caller) -> None:
    case = make_case()
    case.record_days(4)
    taken = excuse(case, ExcuseKind.MEMBER_BREAK, march(5), march(8))
    excuse_member(taken, now=noon(5))
    before = rows()
    assert server.delete(f"{EXCUSE}/{taken.pk}").details() == [("kind", "immutable")]
    with time_machine.travel(noon(7), tick=False):
        # The 5th is over: it stays excused.
        assert server.patch(f"{EXCUSE}/{taken.pk}", {"endsOn": "2026-03-05"}).details() == [("endsOn", "out_of_range")]
        assert rows() == before
        assert server.patch(f"{EXCUSE}/{taken.pk}", {"endsOn": "2026-03-06"}).status == 200
    assert case.runs(noon(7)) == [("in_progress", 1, 4, 7)]


@pytest.mark.parametrize(("first", "last"), [(2, 3), (3, 5), (5, 5)])
def test_a_restoration_takes_none_but_the_missed_periods_s39(server: Caller, first: int, last: int) -> None:
    case = make_case()
    case.record_days(1, 2, 5)
    before = rows()
    body = {"kind": "restoration", "streakId": str(case.streak.pk), "ownedById": "ann", "reason": "outage"}
    dates = {"startsOn": march(first).isoformat(), "endsOn": march(last).isoformat()}
    assert server.post(EXCUSE, {**body, **dates}).details() == [("startsOn", "out_of_range")]
    assert (StreakExcuse.objects.count(), rows()) == (0, before)


def test_the_days_of_breaks_are_counted_in_any_365_s39() -> None:
    case = make_case(member_break_max_days_per_year=4)
    excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, march(5), march(8)), now=noon(5))
    late = march(5).replace(year=2027)  # 365 days later, so that the first day counts no more
    with pytest.raises(ValidationError) as refused:
        excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, late.replace(day=4), late.replace(day=6)), now=noon(5))
    assert [one.code for one in refused.value.error_dict["endsOn"]] == ["break_days_used_up"]
    excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, late, late.replace(day=6)), now=noon(5))
    assert StreakExcuse.objects.count() == 2


def test_a_revocation_is_previewed_and_stores_nothing_s42(server: Caller) -> None:
    case = make_case()
    case.record_days(1, 2, 3)
    restored = excuse(case, ExcuseKind.RESTORATION)
    excuse_member(restored, now=noon(5))
    before = rows()
    asked = server.send("DELETE", f"{EXCUSE}/{restored.pk}", dryRun="true").data["impact"]
    assert (asked["members"], asked["runs"]["broken"]) == (1, 1)
    restored.refresh_from_db()
    assert (restored.revoked_at, rows()) == (None, before)


# --- freezes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"freezeMaxCount": 11}, "freezeMaxCount", "max_value"),
        ({"freezeMaxCount": -1}, "freezeMaxCount", "min_value"),
        ({"freezeMaxCount": 1, "freezeInitialCount": 2}, "freezeInitialCount", "max_value"),
        ({"freezeEveryPeriods": 0}, "freezeEveryPeriods", "min_value"),
        ({"freezeMinimumValue": 0}, "freezeMinimumValue", "min_value"),
        ({"memberBreakMaxDays": 0}, "memberBreakMaxDays", "min_value"),
        ({"memberBreakMaxDaysPerYear": 367}, "memberBreakMaxDaysPerYear", "max_value"),
        ({"restoreMaxPeriods": -1}, "restoreMaxPeriods", "min_value"),
        ({"clock": "sundial"}, "clock", "invalid_choice"),
        ({"eudFreezeUsedMessage": "x" * 257}, "eudFreezeUsedMessage", "max_length"),
        ({"lateDays": -1}, "lateDays", "min_value"),
    ],
)
def test_every_setting_out_of_its_limits_is_refused_by_name_s39_s44_s51_s52_s56(
    server: Caller, changes: dict[str, Any], field: str, code: str
) -> None:
    assert server.post("streak/record", {**SHOPPER, **changes}).details() == [(field, code)]
    assert Streak.objects.count() == 0


def test_the_defaults_are_no_freezes_and_30_and_60_days_and_3_periods_s39_s44(server: Caller) -> None:
    made = server.post("streak/record", SHOPPER).data
    names = ("freezeMaxCount", "freezeInitialCount", "freezeEveryPeriods", "freezeMinimumValue", "memberBreaksAllowed")
    assert [made[name] for name in names] == [0, 0, None, 3, False]
    limits = ("memberBreakMaxDays", "memberBreakMaxDaysPerYear", "restoreMaxPeriods", "dayStartsAt", "lateDays")
    assert [made[name] for name in (*limits, "clock")] == [30, 60, 3, 0, 7, "streak"]


def test_a_run_broke_with_the_first_period_that_nothing_protected_and_says_nothing_without_freezes_s48_s49(
    server: Caller,
) -> None:
    case, plain = make_case(**TWO_FREEZES), make_case("bob")
    for one in (case, plain):
        one.record_days(1, 2)
    shown = {run["externalId"]: run for run in server.get("streak_progress/record").data}
    assert [(shown[name]["streakBrokenAt"], shown[name]["freezeDeclined"]) for name in ("ann", "bob")] == [
        ("2026-03-05T00:00:00Z", "none_left"),
        ("2026-03-04T00:00:00Z", None),
    ]


@pytest.mark.postgresql  # it looks into no database, so once is enough
@pytest.mark.parametrize(
    ("settings", "worse"),
    [(FreezeSettings(2, 1, 3, 3), 2), (FreezeSettings(2, 0, 3, 1), 404)],
    ids=["as advised", "most generous"],
)
def test_one_more_complete_day_rarely_makes_the_present_run_worse_s50(settings: FreezeSettings, worse: int) -> None:
    """All histories of eleven days that begin with a complete one; the present is the end of the last day."""
    by = rules(settings)

    def value(done: tuple[bool, ...]) -> int:
        *_, last = fold([total(number) for number, is_done in enumerate(done) if is_done], by)
        return last.current_progress_value if last.ends_on >= day(11) else 0

    values = {done: value(done) for done in product([True], *[[False, True]] * 10)}
    more = [
        (done, (*done[:number], True, *done[number + 1 :]))
        for done in values
        for number in range(11)
        if not done[number]
    ]
    assert (len(more), sum(values[after] < values[before] for before, after in more)) == (5120, worse)


# --- clocks and versions ----------------------------------------------------------------------------------------------


def test_nothing_sets_a_zone_silently_s53() -> None:
    case = make_case(clock="member")
    case.record_days(4)
    headers = {"Accept-Language": "ja-JP", "X-Forwarded-For": "203.0.113.7"}
    assert end_user().send("GET", "/api/v1.0/end-user-display", headers=headers).status == 200
    assert MemberZone.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [{"aggregationMethod": "count"}, {"aggregationPeriod": "weekly"}, {"clock": "member"}, {"dayStartsAt": 3}],
)
def test_what_a_version_cannot_change_stays_frozen_s58(server: Caller, changes: dict[str, Any]) -> None:
    case = make_case()
    case.record_days(4)
    ((name, _value),) = changes.items()
    body = {"streakId": str(case.streak.pk), "validFrom": "2026-03-09", **changes}
    assert server.post(RULES, body).details() == [(name, "unknown_field")]
    assert server.patch(f"streak/record/{case.streak.pk}", changes).details()[0] == (name, "rules_frozen")
    assert (case.streak.rules_versions.count(), Streak.objects.get().aggregation_period) == (0, "daily")


# --- what the documents compare ---------------------------------------------------------------------------------------


def table_of(heading: str) -> list[list[str]]:
    """Return the cells of the first table after a line of the rules."""
    after = (BASE_DIR / "docs/rules.md").read_text().partition(heading)[2].partition("\n|")[2]
    return [line.strip("| \n").split(" | ") for line in after.partition("\n\n")[0].splitlines()[2:]]


def outcome(missed: int, freezes: int, *, excused: Iterable[int] = (), late: int = 0) -> str:
    """Play three complete days, some missed ones, and one more; say how it stands; activity for some is `late`."""
    settings = FreezeSettings(2, 2, None, 3) if freezes else None
    by = rules(settings, excuses=tuple(DatesExcused(day(number), day(number)) for number in excused))
    complete = [0, 1, 2, *range(3, 3 + late), 3 + missed]
    *before, last = fold([total(number) for number in complete], by)
    run = Run(**last._asdict())
    left = freezes_left(run, by, total(3 + missed).first_activity_at) if freezes else None
    if before:
        told = f"broken with {before[0].current_progress_value}"
        return f"{told}, a new run" if left is None else f"{told}, {left} freezes left"
    told = f"one run of {last.current_progress_value}" if late else f"goes on with {last.current_progress_value}"
    amount = {0: "none left", 1: "1 freeze left", 2: "2 freezes left"}
    return told if left is None else f"{told}, {amount[left]}"


@pytest.mark.postgresql  # it looks into no database, so once is enough
def test_the_comparison_of_several_missed_days_is_what_happens_s37_s46_s48() -> None:
    none, some, rest, amnesty = (row[1:] for row in table_of("Several missed days in a row"))
    missed = (1, 2, 3)
    assert none == [outcome(number, 0) for number in missed]
    assert some == [outcome(number, 2) for number in missed]
    assert rest == [outcome(number, 2, excused=[2 + number]) for number in missed]
    assert amnesty == [outcome(number, 0, excused=range(3, 3 + number)) for number in missed]
    late, first = (row[1:] for row in table_of("Activity that arrives late"))
    assert late == [outcome(number, 0, late=number) for number in missed]
    assert first == [outcome(number, 2, late=1) for number in missed]


@pytest.mark.postgresql  # it looks into no database, so once is enough
def test_the_comparison_of_moves_is_what_happens_s54() -> None:
    zones = {"Berlin": "Europe/Berlin", "Tokyo": "Asia/Tokyo", "Los Angeles": "America/Los_Angeles"}
    zones |= {"Pago Pago": "Pacific/Pago_Pago", "Kiritimati": "Pacific/Kiritimati"}
    for former, new, *lengths in table_of("A member who moves"):
        calendar = Calendar(PeriodKind.DAILY, ZoneInfo(zones[former]))
        at = datetime(2026, 6, 10, 15, tzinfo=ZoneInfo(zones[former]))
        own = calendar_of_member(calendar, (ZoneChange(at, ZoneInfo(zones[new])),))
        told = []
        for key in (date(2026, 6, 10), date(2026, 6, 11)):
            hours = (own.ends_at(key) - own.starts_at(key)).total_seconds() / 3600
            excused = ", excused" if key in own.short_periods() else ""
            told.append(f"{hours:.0f} hours{excused}" if hours else "no time at all, left out")
        assert lengths == told, (former, new)
