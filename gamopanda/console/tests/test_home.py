"""The first page of the administration: what needs attention, and the live streaks."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils.html import escape

from gamopanda.accounts.models import ApiKey
from gamopanda.events.tests.receiving import make_endpoint
from gamopanda.tests.people import signed_in
from rewards.coupons import upload_codes
from rewards.models import RewardCount, RewardLog
from streaks.core.messages import MESSAGES
from streaks.models import Streak
from streaks.tests.calling import make_key, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case, make_case, noon

pytestmark = pytest.mark.django_db

# What members read in the default language.
WRITTEN = {"eud_title_en": "Shop on", **{f"{message}_en": "x" for message in MESSAGES}}


@pytest.fixture(autouse=True)
def key() -> ApiKey:
    """A live key, so that its lack is no concern."""
    return make_key()


def concerns(client: Client) -> list[tuple[str, str]]:
    """What needs attention: subject and sentence."""
    return [(concern.subject, concern.sentence) for concern in client.get("/admin/").context["concerns"]]


def test_nothing_needs_attention_where_all_is_well(admin_client: Client) -> None:
    make_milestone(make_streak(**WRITTEN), 3)
    make_streak(name="Idea", status="draft")
    assert concerns(admin_client) == []
    assert "Nothing needs your attention." in admin_client.get("/admin/").content.decode()


def test_pools_that_are_empty_or_nearly_so_are_named_F40(admin_client: Client) -> None:
    streak = make_streak(**WRITTEN)
    empty, low, full, draft = (
        make_milestone(streak, target, coupon_source="pool", low_stock=5) for target in (1, 5, 6, 7)
    )
    upload_codes(low, ["A"], now=NOW)
    upload_codes(full, [f"F{number}" for number in range(5)], now=NOW)
    draft.status = "draft"
    draft.save()
    assert concerns(admin_client) == [
        ("7-Day Shopper · Day 1", "0 coupon codes are left."),
        ("7-Day Shopper · Day 5", "1 coupon code is left."),
    ]
    for name in ("ann", "bob"):
        Case(make_member(name), streak).record(1)
    assert concerns(admin_client)[0] == ("7-Day Shopper · Day 1", "2 rewards wait for a coupon code.")
    address = admin_client.get("/admin/").context["concerns"][0].address
    assert admin_client.get(address).context["milestone"] == empty


def test_a_limit_of_rewards_warns_at_80_and_95_percent_and_when_it_is_used_up_S59(admin_client: Client) -> None:
    streak = make_streak(**WRITTEN)
    milestone = make_milestone(streak, 1, reward_limit=20)
    paused = make_milestone(streak, 2, reward_limit=20, status="paused")
    RewardCount.objects.create(milestone=paused, limit=20, issued=20)
    count = RewardCount.objects.create(milestone=milestone, limit=20, issued=15)
    assert concerns(admin_client) == []
    for issued, sentence in (
        (16, "16 of 20 rewards are issued."),
        (18, "18 of 20 rewards are issued."),
        (19, "Only 1 reward is left of 20: raise the limit soon, or the next ones wait."),
        (20, "The limit of 20 rewards is used up: the next reward waits until you raise it."),
    ):
        RewardCount.objects.filter(pk=count.pk).update(issued=issued)
        assert concerns(admin_client) == [("7-Day Shopper · Day 1", sentence)]
    for name in ("ann", "bob"):
        Case(make_member(name), streak).record(1)
    sentence = "The limit of 20 rewards is used up, and 2 rewards wait: raise the limit."
    assert concerns(admin_client) == [("7-Day Shopper · Day 1", sentence)]
    address = admin_client.get("/admin/").context["concerns"][0].address
    assert admin_client.get(address).context["original"] == milestone
    Streak.objects.update(status="draft")
    assert concerns(admin_client)[0][1] == sentence


def test_streaks_that_stand_still_or_lack_something_are_named(admin_client: Client) -> None:
    make_streak(name="No milestone", **WRITTEN)
    make_milestone(make_streak(name="No title", **WRITTEN | {"eud_title_en": ""}), 1)
    make_milestone(make_streak(name="No words of its own", eud_title_en="Shop on"), 1)
    make_milestone(make_streak(name="Half in French", eud_title_fr="Achetez", **WRITTEN), 1)
    make_streak(name="Paused", status="paused")
    make_streak(name="Gone", deleted_at=NOW)
    named = dict(concerns(admin_client))
    assert named.pop("Paused").startswith("Paused since ")
    assert named == {
        "No milestone": "It is live without a live milestone: members earn no reward.",
        "No title": "It has no title for members.",
        "No words of its own": "6 messages are still the default, which speaks of shopping and of dollars.",
        "Half in French": "Français: 6 of 14 texts are translated, the others are read in English.",
    }


def test_the_lack_of_a_live_key_is_named(admin_client: Client, key: ApiKey) -> None:
    key.status = "paused"
    key.save()
    assert concerns(admin_client) == [("API keys", "There is no live key: no server of yours can send activity.")]


def test_live_streaks_are_listed_with_their_numbers(admin_client: Client) -> None:
    streak = make_streak(completion_target_value=1)
    Case(make_member(), streak).record_days(1, 2)
    make_streak(name="Idea", status="draft")
    (line,) = admin_client.get("/admin/").context["live_streaks"]
    assert (line.name, line.rules, line.numbers.completed) == ("7-Day Shopper", "50 per day, 1 day", 2)
    assert re.search(r"100% · <a [^>]*>2</a>", admin_client.get("/admin/").content.decode())


def figures(client: Client) -> dict[str, int]:
    """The figures of the first page by what they count."""
    return {figure.name: figure.number for figure, _may_open in client.get("/admin/").context["figures"]}


def test_the_figures_take_all_streaks_together_S16(admin_client: Client) -> None:
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    shopper, visitor = make_streak(completion_target_value=2), make_streak(name="Visits", aggregation_method="count")
    make_milestone(shopper, 1)
    ann, bob = make_member("ann"), make_member("bob")
    with time_machine.travel(monday + timedelta(days=1, hours=12), tick=False):
        now = datetime.now(UTC)
        Case(ann, shopper).record(2, now=now)
        Case(ann, shopper, count=10).record(3, now=now)
        Case(ann, visitor).record(3, None, now=now)
        Case(bob, shopper).record(2, now=now)
        RewardLog.objects.filter(member=ann).update(redeemed_at=now)
        context = admin_client.get("/admin/").context
    assert {figure.name: figure.number for figure, _may_open in context["figures"]} == {
        "members active today": 1,
        "active runs": 2,
        "at risk today": 2,
        "completed this week": 1,
        "rewards issued in 30 days": 2,
        "of these redeemed": 1,
    }
    assert [(chart.name, chart.total.number) for chart, _may_open in context["charts"]] == [
        ("Activities", 4),
        ("Runs begun", 3),
        ("Runs completed", 1),
        ("Rewards issued", 2),
    ]
    told = "Runs begun from February 2 to March 3, day by day: " + "0, " * 28 + "2, 1"
    assert f'aria-label="{told}"' in context["charts"][1][0].picture


def test_every_number_leads_to_those_behind_it(admin_client: Client) -> None:
    streak = make_streak(completion_target_value=2)
    make_milestone(streak, 1)
    with time_machine.travel(noon(3) + timedelta(hours=1), tick=False):
        for name, days in (("ann", (1, 2)), ("bob", (2, 3)), ("cem", (2,)), ("dan", (1, 3))):
            Case(make_member(name), streak).record_days(*days)
        Case(make_member("tester", sandbox=True), streak).record_days(2, 3)
        RewardLog.objects.filter(member__external_id="bob").update(redeemed_at=noon(3))
        page = admin_client.get("/admin/")
        found = [figure for figure, _may_open in page.context["figures"]]
        found += [chart.total for chart, _may_open in page.context["charts"]]
        assert [figure.number for figure in found] == [2, 2, 1, 2, 5, 1, 7, 5, 2, 5]
        (line,) = page.context["live_streaks"]
        addresses = [(figure.number, figure.address) for figure in found]
        addresses += [(line.numbers.alive, line.alive_address), (line.numbers.completed, line.completed_address)]
        for number, address in addresses:
            assert f'href="{escape(address)}"' in page.content.decode()
            assert len(admin_client.get(address).context["cl"].result_list) == number, address


def test_a_paused_streak_puts_no_member_at_risk_S19(admin_client: Client) -> None:
    case = make_case()
    case.record(2)
    with time_machine.travel(noon(3), tick=False):
        assert figures(admin_client)["at risk today"] == 1
        case.streak.status = "paused"
        case.streak.save()
        assert figures(admin_client)["at risk today"] == 0


def test_the_first_page_takes_the_same_queries_for_few_streaks_and_for_many(
    admin_client: Client, django_assert_num_queries: Any
) -> None:
    for number in (1, 10):
        for _ in range(number):
            make_milestone(make_streak(), 1, coupon_source="pool")
        admin_client.get("/admin/")
        cache.clear()
        with django_assert_num_queries(20):
            admin_client.get("/admin/")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("group", "subjects"),
    [
        ("Marketer", {"7-Day Shopper", "7-Day Shopper · Day 1", "Idle"}),
        ("Support", {"7-Day Shopper", "Idle"}),
        ("Integrator", {"7-Day Shopper", "Idle", "API keys", "https://shop.example.com/hook"}),
        ("", set()),
    ],
)
def test_everybody_sees_only_what_they_may_open(group: str, subjects: set[str]) -> None:
    ApiKey.objects.all().delete()
    make_milestone(make_streak(), 1, coupon_source="pool")
    make_streak(name="Idle")
    make_endpoint(disabled_reason="gone", status="disabled")
    client = signed_in(group)
    page = client.get("/admin/")
    assert {concern.subject for concern in page.context["concerns"]} == subjects
    within = page.content.decode().partition('id="content"')[2]
    for address in set(re.findall(r'href="(/[^"#?]*)', within)):
        assert client.get(address).status_code == 200, address
