"""The checklist before a streak goes live: it names what is missing, leads there, and changes nothing by itself."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from modeltranslation.utils import build_localized_fieldname

from gamopanda.admin.links import page_of
from gamopanda.tests.browser.programme import log
from rewards.models import PoolCode
from streaks.admin.language_tabs import STREAK_TEXTS
from streaks.admin.ready_texts import ready_texts
from streaks.models import Milestone, Streak
from streaks.models.texts import DEFAULTS
from streaks.tests.calling import make_key, make_milestone, make_streak

pytestmark = pytest.mark.django_db
MISSING_KEY = ("There is no live API key: no server of yours can send activity.", "/admin/accounts/apikey/")
LANGUAGES = "Español, Français, Deutsch, Português, العربية, हिन्दी and 日本語"


def address_of(streak: Streak) -> str:
    """Return where a streak goes live."""
    return reverse("admin:streaks_streak_go_live", args=[streak.pk])


def checklist(client: Client, streak: Streak) -> dict[str, list[tuple[str, str]]]:
    """Return the sentences of the page with the addresses that they lead to."""
    context = client.get(address_of(streak)).context
    return {
        need: [(point.sentence, point.address.removeprefix(page_of(streak))) for point in context[need]]
        for need in ("missing", "advice", "done")
    }


def test_an_empty_draft_is_told_everything_that_is_missing(admin_client: Client) -> None:
    points = checklist(admin_client, make_streak(status="draft"))
    assert points["missing"] == [
        ("There is no live milestone: members earn no reward.", "#milestones"),
        ("It has no title for members.", "#id_eud_title_en"),
        MISSING_KEY,
    ]
    assert points["advice"] == [
        ("It has no description for members.", "#id_eud_description_en"),
        (
            "6 messages are still the default, which speaks of shopping and of dollars.",
            "#id_eud_non_milestone_next_to_be_achieved_message_en",
        ),
        (f"Not translated: {LANGUAGES}. Members who use these languages will see your texts in English.", "#texts"),
    ]
    assert [address for _sentence, address in points["done"]] == ["#rules"]


@pytest.mark.parametrize(("method", "is_warned"), [("count", True), ("sum", False)])
@pytest.mark.parametrize("written", [None, "copy", "own"])
def test_a_streak_that_counts_is_warned_of_defaults_that_speak_of_dollars(
    admin_client: Client, method: str, *, is_warned: bool, written: str | None
) -> None:
    name = "eud_non_milestone_next_to_be_achieved_message"
    text = {"copy": DEFAULTS[name], "own": "{{nextRemainingValue}} visits to go"}.get(written or "")
    streak = make_streak(status="draft", aggregation_method=method, **{f"{name}_en": text})
    sentence = "This streak counts activities, but the default message speaks of dollars: write your own."
    other = "eud_milestone_next_to_be_achieved_message" if written == "own" else name
    warnings = [point for point in checklist(admin_client, streak)["advice"] if "dollars: " in point[0]]
    assert warnings == ([(sentence, f"#id_{other}_en")] if is_warned else [])


def test_milestones_are_looked_at_one_by_one(admin_client: Client) -> None:
    streak = make_streak(status="draft", completion_target_value=7)
    draft = make_milestone(streak, 2, status="draft")
    far = make_milestone(streak, 9, eud_title_en="Far", eud_milestone_reward_instruction_message_en="Show it.")
    untitled = make_milestone(streak, 3)
    points = checklist(admin_client, streak)
    beyond = "“Day 9” is set for period 9, but the streak ends after 7 days, so no member can reach it."
    assert (beyond, page_of(far)) in points["missing"]
    assert ("“Day 3” has no title: members do not see what it brings.", page_of(untitled)) in points["missing"]
    assert ("“Day 2” is not live: members neither see nor reach it.", page_of(draft)) in points["advice"]
    assert ("“Day 3” does not say how its reward is redeemed.", page_of(untitled)) in points["advice"]
    assert points["advice"][1][0].startswith("No live milestone lies at the last period")
    assert ("Live milestones at period 3.", "#milestones") in points["done"]


def test_a_language_that_was_begun_and_not_finished_is_named_S34(admin_client: Client) -> None:
    streak: Any = make_streak(status="draft", eud_title_fr="Achats")
    for name in STREAK_TEXTS:
        setattr(streak, build_localized_fieldname(name, "de"), "Text")
    streak.save()
    points = checklist(admin_client, streak)
    begun = "Français: 13 of 14 texts are translated, the others are read in English."
    assert (begun, "#texts-fr") in points["missing"]
    assert ("Deutsch: all texts are translated.", "#texts-de") in points["done"]
    assert points["advice"][-1][0].startswith("Not translated: Español, Português, ")


def test_ready_texts_alone_begin_no_language(admin_client: Client) -> None:
    streak: Any = make_streak(status="draft", eud_title_en="Visits", **ready_texts("visit"))
    points = checklist(admin_client, streak)
    (ready,) = [text for text, _address in points["advice"] if "ready texts" in text]
    assert ready.startswith("Only with ready texts: Español, Français, Deutsch, Português, ")
    assert not any("are translated" in text for text, _address in points["missing"])
    Streak.objects.update(eud_title_fr="Visites")
    begun = "Français: 13 of 14 texts are translated, the others are read in English."
    assert (begun, "#texts-fr") in checklist(admin_client, streak)["missing"]


@pytest.mark.parametrize(
    ("codes", "need", "sentence"),
    [
        (0, "missing", "“Day 7” has no coupon code: its rewards wait until you upload some."),
        (3, "advice", "“Day 7” has only 3 free coupon codes."),
        (30, "done", "“Day 7” has 30 free coupon codes."),
    ],
)
def test_pools_say_how_many_codes_are_left_S23_F40(admin_client: Client, codes: int, need: str, sentence: str) -> None:
    streak = make_streak(status="draft")
    milestone = make_milestone(streak, 7, coupon_source=Milestone.CouponSource.POOL, low_stock=20)
    PoolCode.objects.bulk_create(PoolCode(milestone=milestone, code=f"CODE-{number}") for number in range(codes))
    upload = reverse("admin:rewards_poolcode_upload", args=[milestone.pk])
    assert (sentence, upload) in checklist(admin_client, streak)[need]


def test_a_streak_that_lacks_nothing_is_told_so(admin_client: Client) -> None:
    make_key()
    streak: Any = make_streak(status="draft")
    for code, _name in settings.LANGUAGES:
        for name in STREAK_TEXTS:
            setattr(streak, build_localized_fieldname(name, code), "Text")
    streak.save()
    make_milestone(streak, 7, eud_title_en="Gift", eud_milestone_reward_instruction_message_en="Show it.")
    points = checklist(admin_client, streak)
    assert (points["missing"], points["advice"]) == ([], [])
    assert "Nothing is missing." in admin_client.get(address_of(streak)).content.decode()


def test_looking_changes_nothing_and_confirming_goes_live(admin_client: Client) -> None:
    streak = make_streak(status="draft")
    page = admin_client.get(address_of(streak)).content.decode()
    assert "Go live all the same" in page
    assert Streak.objects.get().status == "draft"
    led = admin_client.post(address_of(streak))
    assert (led.headers["Location"], Streak.objects.get().status) == (page_of(streak), "live")


def test_the_pages_say_how_many_members_are_under_way(admin_client: Client) -> None:
    streak = make_streak()
    log(streak)
    pause = reverse("admin:streaks_streak_pause", args=[streak.pk])
    delete = reverse("admin:streaks_streak_delete", args=[streak.pk])
    for address in (pause, delete):
        assert "1 member is under way." in admin_client.get(address).content.decode()


def test_only_who_may_change_a_streak_lets_it_go_live(client: Client) -> None:
    streak = make_streak(status="draft")
    user = get_user_model().objects.create_user("support", password="password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_streak"))
    client.force_login(user)
    assert client.get(address_of(streak)).status_code == 403
    assert client.post(address_of(streak)).status_code == 403
    assert Streak.objects.get().status == "draft"
    user.user_permissions.add(Permission.objects.get(codename="change_streak"))
    keys = [address for sentence, address in checklist(client, streak)["missing"] if "API key" in sentence]
    assert keys == [""], "no link leads to a page that refuses the person"


def test_the_checklist_takes_the_same_queries_for_one_milestone_and_for_many(
    admin_client: Client, django_assert_num_queries: Any
) -> None:
    streak = make_streak(status="draft")
    address = address_of(streak)
    admin_client.get(address)
    for number in (1, 6):
        while streak.milestones.count() < number:
            make_milestone(streak, streak.milestones.count() + 1, coupon_source=Milestone.CouponSource.POOL)
        with django_assert_num_queries(11):
            admin_client.get(address)
