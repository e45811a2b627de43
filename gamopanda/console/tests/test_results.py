"""The page that tells how a streak went."""

import csv
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from gamopanda.accounts.models import Member
from gamopanda.tests.people import signed_in
from rewards.models import RewardLog
from streaks.admin.charts import columns
from streaks.models import RunTally, Streak, StreakExcuse, StreakProgress, StreakRules
from streaks.presenters.results import count_results
from streaks.progress.applying import apply_facts
from streaks.progress.changing_rules import declare_version
from streaks.tests.admin_pages import errors, save
from streaks.tests.calling import make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case

pytestmark = pytest.mark.django_db


def played(**rules) -> Streak:
    """Ann completes 3 days and redeems one of two rewards; Bob breaks on Wednesday the 4th after two; Cem has one."""
    ann = Case(make_member("ann"), make_streak(completion_target_value=3, **rules))
    make_milestone(ann.streak, 1, reward_validity_days=2)
    make_milestone(ann.streak, 3)
    ann.record_days(2, 3, 4)
    Case(make_member("bob"), ann.streak).record_days(2, 3)
    Case(make_member("cem"), ann.streak).record_days(31)
    RewardLog.objects.filter(member=ann.member, milestone__milestone_target_value=3).update(redeemed_at=NOW)
    return ann.streak


@pytest.fixture(autouse=True)
def _at_the_end_of_march():
    with time_machine.travel(NOW, tick=False):
        yield


def results(client: Client, streak: Streak, **query: str):
    return client.get(reverse("admin:streaks_streak_results", args=[streak.pk]), query)


def rows(found) -> list[tuple[str, int, int]]:
    return [(row.label, row.number, row.share) for row in found]


def test_a_run_can_be_as_long_as_any_version_of_the_rules_says_S58(admin_client: Client) -> None:
    streak = played()
    for day, length in ((5, 5), (20, 2)):
        version = StreakRules(
            streak=streak, valid_from=date(2026, 4, day), completion_target_value=length, created_by="sue"
        )
        declare_version(version, now=NOW)
        apply_facts(version, now=NOW)
    dan, now = Case(make_member("dan"), streak), NOW + timedelta(days=10)
    for day in range(36, 41):
        dan.record(day - 31, hours=31 * 24, now=now)
    with time_machine.travel(now):
        count_results(now=now)
        context = results(admin_client, streak).context
    assert rows(context["reached"]) == [
        ("1 completed", 4, 100),
        ("2 completed", 3, 75),
        ("3 completed", 2, 50),
        ("4 completed", 1, 50),
        ("5 completed", 1, 50),
    ]
    assert [row.number for row in context["broken_at"]] == [0, 1, 1, 0, 0]
    assert context["steps"] == [1, 2, 3, 4, 5]


def test_it_says_who_took_part_where_they_dropped_out_and_what_it_cost(admin_client: Client):
    streak = played()
    context = results(admin_client, streak).context
    numbers = context["results"].numbers
    assert (numbers.participants, numbers.completed, numbers.broken, numbers.alive) == (3, 1, 1, 1)
    assert rows(context["reached"]) == [("1 completed", 3, 100), ("2 completed", 2, 100), ("3 completed", 1, 50)]
    assert rows(context["broken_at"]) == [("Period 1", 0, 0), ("Period 2", 0, 0), ("Period 3", 1, 100)]
    assert [row for row in rows(context["broken_on"]) if row[1]] == [("Wednesday", 1, 100)]
    assert [
        (row.milestone.milestone_target_value, row.issued, row.redeemed, row.expired, row.waiting)
        for row in context["rewards"]
    ] == [(1, 3, 0, 2, 0), (3, 1, 1, 0, 0)]
    cohorts = context["cohorts"]
    assert [(one.monday.day, one.numbers.participants, [share for share, _ in one.shares]) for one in cohorts] == [
        (2, 2, [100, 100, 50]),
        (30, 1, [100, None, None]),
    ]
    assert context["counted_at"] == NOW


def test_the_page_of_a_streak_leads_there(admin_client: Client):
    streak = played()
    address = reverse("admin:streaks_streak_results", args=[streak.pk])
    page = admin_client.get(reverse("admin:streaks_streak_change", args=[streak.pk]))
    assert [section.slug for section in page.context["sections"]][-1] == "results"
    assert f'href="{address}"' in page.content.decode()
    leading = admin_client.get(reverse("admin:streaks_streak_show_results", args=[streak.pk]))
    assert leading.url == address


def test_weeks_have_no_day_on_which_they_break(admin_client: Client):
    streak = played(aggregation_period="weekly")
    assert results(admin_client, streak).context["broken_on"] == []


def test_a_range_narrows_the_runs_by_their_first_day_and_the_rewards_by_the_day_of_issue(admin_client: Client):
    streak = played()
    RewardLog.objects.filter(milestone__milestone_target_value=3).update(reward_issued_at=NOW - timedelta(days=30))
    context = results(admin_client, streak, since="2026-03-30", until="2026-03-31").context
    assert (context["results"].runs, context["results"].numbers.alive) == (1, 1)
    assert [row.issued for row in context["rewards"]] == [1, 0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"since": "soon"}, "Enter a valid date."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "The range ends before it begins."),
    ],
)
def test_a_wrong_range_is_said_and_shows_no_figures(admin_client: Client, query: dict[str, str], said: str):
    streak = played()
    page = results(admin_client, streak, **query)
    assert said in page.content.decode()
    assert "results" not in page.context
    assert admin_client.get(reverse("admin:streaks_streak_results_file", args=[streak.pk]), query).status_code == 404


def test_the_file_has_every_figure_of_the_page(admin_client: Client):
    streak = played()
    answer = admin_client.get(reverse("admin:streaks_streak_results_file", args=[streak.pk]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert answer["Content-Disposition"] == 'attachment; filename="7-day-shopper-results.csv"'
    assert lines[:7] == [
        ["table", "row", "figure", "value"],
        ["Who took part", "All time", "runs begun", "3"],
        ["Who took part", "All time", "new participants", "3"],
        ["Who took part", "All time", "returns", "0"],
        ["Who took part", "All time", "active", "1"],
        ["Who took part", "All time", "completed", "1"],
        ["Who took part", "All time", "broken", "1"],
    ]
    assert ["Rewards", "3: Day 3", "redeemed", "1"] in lines
    assert ["By the week", "Week of March 30, 2026", "new participants", "1"] in lines
    assert len(lines) == 1 + 6 + 3 + 3 + 7 + 2 * 4 + 2 * 3
    assert not any("_" in cell for line in lines for cell in line)


def test_a_long_streak_is_shown_in_steps(admin_client: Client):
    streak = make_streak(completion_target_value=365)
    Case(make_member("ann"), streak).record_days(1, 2, 3)
    context = results(admin_client, streak).context
    assert [row.label for row in context["reached"]][:2] == ["12 completed", "24 completed"]
    assert [row.label for row in context["reached"]][-1] == "365 completed"
    assert rows(context["broken_at"])[0] == ("Periods 1–12", 1, 100)
    assert len(context["broken_at"]) == 31


def test_the_page_takes_a_fixed_number_of_queries(admin_client: Client, django_assert_num_queries):
    streak = played()
    results(admin_client, streak)
    cache.clear()
    with django_assert_num_queries(9):
        results(admin_client, streak)
    for name in ("dia", "eve", "fay"):
        Case(make_member(name), streak).record_days(5, 6, 7)
    count_results(now=NOW)
    with django_assert_num_queries(9):
        results(admin_client, streak)


def test_who_may_not_see_streaks_sees_no_results(client: Client, django_user_model):
    streak = played()
    client.force_login(django_user_model.objects.create_user("temp", is_staff=True))
    assert results(client, streak).status_code == 403
    assert client.get(reverse("admin:streaks_streak_results_file", args=[streak.pk])).status_code == 403
    assert RunTally.objects.count() == 0


def test_a_picture_of_numbers_is_told_in_words_and_escapes_them():
    drawn = columns([0, 1, 100], "<b>3 days</b>")
    assert 'aria-label="&lt;b&gt;3 days&lt;/b&gt;"' in drawn
    assert drawn.count('height="0"') == 1
    assert 'y="47" width="8" height="1"' in drawn
    assert 'y="0" width="8" height="48"' in drawn
    assert columns([], "nothing").count("<rect") == 0


def addresses_of(tables) -> list[tuple[int, str]]:
    """Return the numbers of a range with the lists that they lead to."""
    found = [(number, address) for _name, number, address in tables["figures"]]
    for table in ("reached", "broken_at", "broken_on", "saved"):
        found += [(row.number, row.address) for row in tables[table]]
    found += [(row.issued, row.address) for row in tables["rewards"]]
    found += [(row.expired, f"{row.address}&status=expired") for row in tables["rewards"]]
    found += [(sum(row.issued for row in tables["rewards"]), address) for _cost, address in tables["costs"]]
    for cohort in tables["cohorts"]:
        found += cohort.figures
        reached = [cohort.numbers.runs * (share or 0) // 100 for share, _address in cohort.shares]
        found += zip(reached, (address for _share, address in cohort.shares), strict=True)
    return found


def test_every_number_leads_to_those_behind_it(admin_client: Client):
    streak = played()
    Case(Member.objects.get(external_id="bob"), streak).record(16, identifier="again")
    StreakProgress.objects.filter(member__external_id="cem").update(frozen_periods=["2026-03-30"])
    streak.milestones.update(reward_value=2, reward_currency="USD")
    tester = Case(make_member("tester", sandbox=True), streak)
    tester.record_days(2, 3, 4)
    count_results(now=NOW)
    for days in ({}, {"since": "2026-03-02", "until": "2026-03-20"}):
        page = results(admin_client, streak, **days)
        numbers = addresses_of(page.context["ranges"][0])
        assert sum(number for number, _address in numbers) > 10
        for number, address in numbers:
            assert len(admin_client.get(address).context["cl"].result_list) == number, address
    assert page.context["results"].numbers.returns == 1
    content = page.content.decode()
    assert re.search(rf'href="{re.escape(escape(numbers[0][1]))}"[^>]*>{numbers[0][0]}</a>', content)
    assert ">100%</a>" in content
    assert not re.search(r">\d+[A-Za-z]", content)
    listed = admin_client.post(reverse("admin:streaks_streakprogress_export"), {"format": "1"})
    assert listed["Content-Disposition"] == 'attachment; filename="runs-2026-03-31.csv"'
    assert b"".join(listed).decode("utf-8-sig").startswith("member,streak,status,completed periods")


def test_integrators_see_numbers_that_lead_nowhere_they_may_not_go():
    streak = played()
    page = results(signed_in("Integrator"), streak).content.decode()
    assert "streaks/streakprogress" not in page
    assert "rewards/rewardlog" not in page


def test_two_ranges_lie_beside_each_other(admin_client: Client):
    streak = played()
    days = {"since": "2026-03-30", "beside_since": "2026-03-02", "beside_until": "2026-03-08"}
    context = results(admin_client, streak, **days).context
    assert [one["range"].name for one in context["ranges"]] == ["March 30, 2026 – …", "March 2, 2026 – March 8, 2026"]
    assert [one["results"].runs for one in context["ranges"]] == [1, 2]
    wrong = results(admin_client, streak, beside_since="2026-03-08", beside_until="2026-03-02")
    assert "The range ends before it begins." in wrong.content.decode()


def test_frozen_and_excused_runs_are_told_apart(admin_client: Client):
    streak = played()
    StreakProgress.objects.filter(member__external_id="ann").update(frozen_periods=["2026-03-03"])
    excuse = {"starts_on": "2026-03-04", "ends_on": "2026-03-04", "reason": "outage", "created_by": "ann"}
    StreakExcuse.objects.create(kind="amnesty", streak=streak, **excuse)
    StreakExcuse.objects.create(kind="amnesty", streak=make_streak(), **{**excuse, "ends_on": "2026-03-31"})
    StreakExcuse.objects.create(kind="member_break", member=Member.objects.get(external_id="cem"), **excuse)
    count_results(now=NOW)
    saved = results(admin_client, streak).context["saved"]
    assert rows(saved) == [("freeze", 1, 33), ("amnesty", 2, 67)]


def test_what_rewards_cost_of_the_budget_and_how_long_it_lasts(admin_client: Client):
    streak = played()
    streak.milestones.filter(milestone_target_value=1).update(reward_value=Decimal("2.5"), reward_currency="USD")
    streak.milestones.filter(milestone_target_value=3).update(reward_value=Decimal(10), reward_currency="USD")
    page = results(admin_client, streak).content.decode()
    assert "These rewards cost 17.5 USD, of which 10 USD are redeemed." in page
    assert "budget" not in page
    Streak.objects.filter(pk=streak.pk).update(reward_budget=Decimal(35))
    page = results(admin_client, streak).content.decode()
    assert "17.5 USD of the budget of 35 USD are used: 50%." in page
    assert "At 0.58 USD a day, as in the last 30 days, it lasts until April 30, 2026." in page
    Streak.objects.filter(pk=streak.pk).update(ends_at=NOW + timedelta(days=6))
    page = results(admin_client, streak).content.decode()
    assert "At 0.58 USD a day, as in the last 30 days, 14 USD are left at the end." in page


def test_a_value_goes_with_a_currency(admin_client: Client):
    milestone = make_milestone(make_streak(), 1)
    refused = save(admin_client, milestone, reward_value="5")
    assert errors(refused) == {"reward_currency": ["A value goes with a currency: fill in both, or none."]}
    refused = save(admin_client, milestone, reward_value="5", reward_currency="usd")
    assert "three letters" in errors(refused)["reward_currency"][0]
    assert save(admin_client, milestone, reward_value="5", reward_currency="USD").status_code == 302
    milestone.refresh_from_db()
    assert (milestone.reward_value, milestone.reward_currency) == (5, "USD")
