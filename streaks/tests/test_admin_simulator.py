"""The simulator in the administration: patterns, pasted rows, a clock to move, and nothing stored."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from rewards.models import PoolCode, RewardLog
from streaks.admin.streak.sample_activity import MAX_ROWS, Pattern, pattern_rows, patterns_of, read_rows, write_row
from streaks.admin.streak.simulator import play, result_context
from streaks.fields import MAX_VALUE
from streaks.models import Milestone, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.presenters.simulation import SampleLog
from streaks.tests.calling import make_milestone, make_streak
from streaks.tests.test_admin_streak_steps import client_who_may

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
BERLIN = ZoneInfo("Europe/Berlin")


def played(client: Client, streak: Streak, **sent: str) -> Any:
    """Open the simulator of a streak with what is sent; returns what the page shows."""
    answer = client.post(f"/admin/streaks/streak/{streak.pk}/simulator/", {"clock": "2026-03-09T20:00", **sent})
    assert answer.status_code == 200
    return answer.context


def story(context: Any) -> list[tuple[str, str, list[str]]]:
    """Return the lines of the story: what happened, how far the run is, and the rewards."""
    return [(shown.what, f"{shown.step.value} {shown.status}", shown.rewards) for shown in context["steps"]]


# --- rows -------------------------------------------------------------------------------------------------------------


def test_rows_are_read_on_the_clock_of_the_streak_S2() -> None:
    streak = make_streak(time_zone="Europe/Berlin")
    text = "2026-03-02 18:30, 50\n\n2026-03-03T9:05\t20.5\n2026-03-04; 7; 2026-03-06 08:00\n"
    assert read_rows(text, streak).logs == [
        SampleLog(at := datetime(2026, 3, 2, 17, 30, tzinfo=UTC), Decimal(50), at),
        SampleLog(at := datetime(2026, 3, 3, 8, 5, tzinfo=UTC), Decimal("20.5"), at),
        SampleLog(datetime(2026, 3, 4, 11, tzinfo=UTC), Decimal(7), datetime(2026, 3, 6, 7, tzinfo=UTC)),
    ]


def test_a_count_needs_no_value_S6() -> None:
    streak = make_streak(aggregation_method="count", aggregation_target_value=2)
    (log,) = read_rows("2026-03-02 18:30", streak).logs
    assert (log.value, write_row(log, BERLIN)) == (None, "2026-03-02 19:30")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("yesterday, 50", "write a day and time and a value, such as “2026-03-02 18:30, 50”."),
        ("2026-02-30 12:00, 50", "there is no such day or time."),
        ("2026-03-02 25:00, 50", "there is no such day or time."),
        ("2026-03-02 12:00", "this streak needs a value: write one after the time."),
        ("2026-03-02 12:00, 50, 2026-03-01 12:00", "it cannot arrive before it has happened."),
        ("2026-03-02 12:00, 999999999999999999", f"values beyond ±{MAX_VALUE} cannot be stored."),
        ("excused, 2026-03-05, 2026-03-04", "the last day cannot be before the first."),
        ("excused, 2026-02-30", "there is no such day or time."),
        ("excused", "write a day and time and a value, such as “2026-03-02 18:30, 50”."),
        (
            "zone, 2026-03-02 12:00, Asia/Tokyo",
            "the zones of members do not count in this streak: it has one clock for all.",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_the_reason(line: str, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_rows(f"2026-03-01 12:00, 1\n{line}", make_streak())
    assert refused.value.messages == [f"Line 2: {reason}"]


def test_more_rows_than_anybody_reads_are_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        read_rows("2026-03-01 12:00, 1\n" * (MAX_ROWS + 1), make_streak())
    assert refused.value.messages == ["At most 200 rows can be played."]


@pytest.mark.parametrize("pattern", Pattern)
def test_the_rows_of_a_pattern_are_read_as_they_are_written(pattern: Pattern) -> None:
    streak = make_streak(time_zone="Europe/Berlin")
    logs = pattern_rows(pattern, streak, MONDAY)
    text = "\n".join(write_row(log, BERLIN) for log in logs)
    assert read_rows(text, streak).logs == logs


def test_a_weekly_streak_has_patterns_of_weeks_and_a_count_is_never_refunded_S9() -> None:
    streak = make_streak(
        aggregation_method="count",
        aggregation_period="weekly",
        aggregation_target_value=Decimal(2),
        completion_target_value=4,
    )
    logs = pattern_rows(Pattern.MISSES, streak, date(2026, 3, 4))
    assert [f"{log.activity_at:%d %H:%M}" for log in logs] == [
        "04 12:00", "04 12:01", "09 12:00", "09 12:01", "23 12:00", "23 12:01",
    ]  # fmt: skip
    assert [key for key, _label in patterns_of(streak)] == ["every", "misses", "late"]


# --- the page ---------------------------------------------------------------------------------------------------------


def make_shopper(**changes: Any) -> Streak:
    """A draft with rewards at day 3 and day 7."""
    streak = make_streak(status="draft", **changes)
    make_milestone(streak, 3)
    make_milestone(streak, 7, coupon_source=Milestone.CouponSource.POOL)
    return streak


def test_who_comes_every_day_completes_and_earns_everything(admin_client: Client) -> None:
    context = played(admin_client, make_shopper(), do="pattern", pattern="every", start="2026-03-02")
    assert story(context) == [
        ("Activity +50", "1 in progress", []),
        ("Activity +50", "2 in progress", []),
        ("Activity +50", "3 in progress", ["Day 3: a reward (generated code)"]),
        ("Activity +50", "4 in progress", []),
        ("Activity +50", "5 in progress", []),
        ("Activity +50", "6 in progress", []),
        ("Activity +50", "7 completed", ["Day 7: a reward (pool code)"]),
    ]
    assert (context["clock_value"], context["display"]["statusLabel"]) == ("2026-03-08T13:00", "Completed")


def test_who_misses_wednesday_breaks_and_starts_anew_S14(admin_client: Client) -> None:
    context = played(admin_client, make_shopper(), do="pattern", pattern="misses", start="2026-03-02")
    assert [what for what, _run, _rewards in story(context)] == [
        "Activity +50",
        "Activity +50",
        "The period ended below its target: the run broke.",
        *["Activity +50"] * 4,
    ]
    assert [period.account.state for period in context["periods"]][:4] == ["met", "met", "empty", "met"]


@pytest.mark.parametrize("start", [f"2026-03-0{day}" for day in range(2, 9)])
def test_a_missed_day_lies_within_the_run_whatever_day_it_starts_on(admin_client: Client, start: str) -> None:
    context = played(admin_client, make_shopper(), do="pattern", pattern="misses", start=start)
    assert [period.account.state for period in context["periods"]].count("empty") == 1


def test_who_misses_the_only_period_does_nothing_at_all(admin_client: Client) -> None:
    context = played(admin_client, make_streak(completion_target_value=1), do="pattern", pattern="misses")
    assert (context["played"].rows, context["steps"], context["played"].errors) == ("", [], [])


def test_a_late_event_mends_the_run_and_a_refund_takes_a_day_back_S9_S17(admin_client: Client) -> None:
    late = story(played(admin_client, make_shopper(), do="pattern", pattern="late", start="2026-03-02"))
    assert ("Activity +50, arrived late", "4 in progress", ["Day 3: a reward (generated code)"]) in late
    refund = story(played(admin_client, make_shopper(), do="pattern", pattern="refund", start="2026-03-02"))
    assert refund[3] == ("Activity -50", "2 in progress", [])
    assert refund[-1][1] == "4 in progress"


def test_excused_days_are_played_through_on_a_draft_S39(admin_client: Client) -> None:
    rows = "2026-03-02 12:00, 50\n2026-03-05 12:00, 50\n"
    broken = played(admin_client, make_shopper(), rows=rows)
    assert [period.account.state for period in broken["periods"]][:4] == ["met", "empty", "empty", "met"]
    excused = played(admin_client, make_shopper(), rows=f"{rows}excused, 2026-03-03, 2026-03-04")
    assert [period.account.state for period in excused["periods"]][:4] == ["met", "excused", "excused", "met"]
    assert story(excused)[1] == ("Activity +50", "2 in progress", [])
    assert played(admin_client, make_shopper(), rows="Excused; 2026-03-03")["played"].errors == []


def test_a_member_who_moves_is_played_through_on_a_draft_S54(admin_client: Client) -> None:
    """The 3rd in Berlin goes on in Tokyo's morning; from the 4th on days end at Tokyo's midnight."""
    streak = make_shopper(clock="member", time_zone="Europe/Berlin")
    rows = ["2026-03-02 12:00, 50", "2026-03-03 23:30, 50", "2026-03-04 17:00, 50"]
    context = played(admin_client, streak, rows="\n".join([*rows, "zone, 2026-03-03 22:00, Asia/Tokyo"]))
    days = [(shown.step.period_key.day, shown.step.value) for shown in context["steps"]]
    assert days == [(2, 1), (3, 2), (4, 2), (5, 1), (6, 1)]
    assert context["periods"][1].account.ends_at == datetime(2026, 3, 3, 23, tzinfo=UTC)
    wrong = played(admin_client, streak, rows="zone, 2026-03-03 22:00, Asia/Tokio")["played"].errors
    assert wrong == ["Line 1: “Asia/Tokio” is not an IANA time zone. Use a name such as Asia/Tokyo, or leave it empty."]


def test_the_clock_decides_what_has_happened_S15_S16(admin_client: Client) -> None:
    streak = make_shopper()
    rows = "2026-03-02 12:00, 50\n2026-03-03 12:00, 50"
    before = played(admin_client, streak, rows=rows, clock="2026-03-02T20:00")
    assert (len(before["steps"]), before["played"].number_waiting, before["run_status"]) == (1, 1, "in progress")
    after = played(admin_client, streak, rows=rows, clock="2026-03-05T00:00")
    assert (after["display"]["statusLabel"], after["run_status"]) == ("Broken", "broken")


@pytest.mark.parametrize(
    ("button", "clock"),
    [("back", "2026-03-28T20:00"), ("forward", "2026-03-30T20:00"), ("hour", "2026-03-29T21:00")],
)
def test_the_clock_is_moved_with_buttons_over_a_day_of_23_hours_S4(
    admin_client: Client, button: str, clock: str
) -> None:
    streak = make_streak(time_zone="Europe/Berlin")
    moved = played(admin_client, streak, clock="2026-03-29T20:00", do=button)
    assert moved["clock_value"] == clock


def test_an_activity_is_added_and_all_are_cleared(admin_client: Client) -> None:
    streak = make_shopper()
    added = played(admin_client, streak, rows="2026-03-02 12:00, 50", do="add", at="2026-03-10T09:00", value="20")
    assert added["played"].rows == "2026-03-02 12:00, 50\n2026-03-10 09:00, 20"
    assert added["clock_value"] == "2026-03-10T09:00"
    assert played(admin_client, streak, rows="2026-03-02 12:00, 50", do="clear")["played"].rows == ""


def test_wrong_rows_are_kept_to_be_corrected(admin_client: Client) -> None:
    context = played(admin_client, make_shopper(), rows="2026-03-02 12:00, fifty")
    assert (context["played"].rows, context["steps"]) == ("2026-03-02 12:00, fifty", [])
    assert [error[:7] for error in context["played"].errors] == ["Line 1:"]
    assert played(admin_client, make_shopper(), language="xx")["played"].errors != []


def test_the_member_reads_in_the_language_that_is_chosen_S34(admin_client: Client) -> None:
    streak = make_shopper(eud_broken_label_fr="Interrompue")
    context = played(admin_client, streak, rows="2026-03-02 12:00, 50", language="fr")
    assert context["display"]["statusLabel"] == "Interrompue"


def test_nothing_is_stored_or_issued(admin_client: Client) -> None:
    streak = make_shopper()
    PoolCode.objects.create(milestone=streak.milestones.get(milestone_target_value=7), code="ONE")
    models = (Streak, Milestone, StreakLog, TaskProgress, StreakProgress, RewardLog, PoolCode)
    before = [list(model._default_manager.order_by("pk").values()) for model in models]
    for pattern in Pattern:
        played(admin_client, streak, do="pattern", pattern=pattern, start="2026-03-02")
    assert [list(model._default_manager.order_by("pk").values()) for model in models] == before


def test_the_page_takes_the_same_queries_however_much_is_played(
    admin_client: Client, django_assert_num_queries: Any
) -> None:
    streak = make_shopper(completion_target_value=31)
    address = f"/admin/streaks/streak/{streak.pk}/simulator/"
    for start in ("", "2026-03-02"):
        with django_assert_num_queries(9):
            admin_client.post(address, {"do": "pattern", "pattern": "every" if start else "", "start": start})


def test_only_who_may_see_a_streak_may_try_it(client: Client) -> None:
    address = f"/admin/streaks/streak/{make_shopper().pk}/simulator/"
    assert client.get(address).status_code == 302
    assert client_who_may(client).get(address).status_code == 403


def test_the_page_of_a_streak_leads_to_its_simulator(admin_client: Client) -> None:
    streak = make_shopper()
    led = admin_client.get(reverse("admin:streaks_streak_simulate", args=[streak.pk]))
    assert (led.status_code, led.headers["Location"]) == (302, f"/admin/streaks/streak/{streak.pk}/simulator/")
    assert admin_client.get(led.headers["Location"]).status_code == 200


@pytest.mark.parametrize("period", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("day", ["0001-01-01", "0999-12-31", "1000-01-01", "8990-12-31", "9000-01-01", "9999-12-31"])
def test_nothing_that_is_played_reaches_beyond_the_calendar(period: str, day: str) -> None:
    streak = make_streak(aggregation_period=period, time_zone="Pacific/Kiritimati")
    clock, now = f"{day}T23:30", datetime(2026, 3, 9, 20, tzinfo=UTC)
    forms = [{"clock": clock, "do": button} for button in ("", "back", "forward", "hour")]
    forms += [{"start": day, "pattern": pattern, "do": "pattern"} for pattern in Pattern.values]
    forms += [{"rows": f"{day} 00:00, 50", "clock": "8999-12-31T00:00"}, {"at": clock, "value": "50", "do": "add"}]
    for form in forms:
        result = play(streak, form, now=now)
        assert result_context(result)["display"] is not None
        if "1000" <= day[:4] <= "8999":
            assert result.errors == []
        else:
            (error,) = result.errors
            assert error.endswith(": use a day from the year 1000 to 8999.")
