"""The administration of streaks: rules, texts, milestones, and what can be done with a streak."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from gamopanda.accounts.models import KeptAnswer
from gamopanda.admin.audit import entries_of
from gamopanda.admin.links import page_of
from rewards.models import PastRewards, RewardCount, RewardLog, RewardTally
from streaks.admin.language_tabs import STREAK_TEXTS
from streaks.admin.rule_texts import rules_summary
from streaks.admin.streak.lifecycle import checklist_of
from streaks.models import DayTally, Milestone, RunTally, SavedTally, Streak, TallyRound
from streaks.tests.admin_pages import errors, form_values, save
from streaks.tests.calling import make_milestone, make_streak
from streaks.tests.recording_cases import make_case, noon

pytestmark = pytest.mark.django_db
STREAKS = "/admin/streaks/streak/"


def test_every_model_of_the_product_has_its_pages() -> None:
    for label in ("accounts", "streaks", "rewards"):
        for model in apps.get_app_config(label).get_models():
            # What is counted or under way is shown on other pages.
            counted = (
                DayTally | RunTally | SavedTally | TallyRound | RewardTally | RewardCount | PastRewards | KeptAnswer
            )
            is_counted = issubclass(model, counted)
            assert admin.site.is_registered(model) is not is_counted, model


def test_every_list_opens_and_loads_nothing_from_elsewhere(admin_client: Client) -> None:
    case = make_case()
    make_milestone(case.streak, 1)
    case.record_days(1, 2)
    for model in admin.site._registry:
        meta = model._meta
        page = admin_client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"), follow=True)
        assert page.status_code == 200, model
        assert b'src="http' not in page.content
        assert b"src='http" not in page.content, model


def test_a_visitor_who_is_not_signed_in_is_sent_to_the_login_and_from_there_to_the_page(
    client: Client, admin_user: Any
) -> None:
    page = client.get(STREAKS, follow=True)
    assert page.redirect_chain == [(f"/admin/login/?next={STREAKS}", 302)]
    signed_in = client.post(page.redirect_chain[0][0], {"username": "admin", "password": "password"})
    assert (signed_in.status_code, signed_in.headers["Location"]) == (302, STREAKS)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({}, "50 per day, 7 days"),
        ({"aggregation_target_value": Decimal("20.5"), "completion_target_value": 1}, "20.5 per day, 1 day"),
        (
            {
                "aggregation_method": "count",
                "aggregation_period": "weekly",
                "aggregation_target_value": Decimal(2),
                "completion_target_value": 4,
            },
            "2 activities per week, 4 weeks",
        ),
        (
            {
                "aggregation_method": "count",
                "aggregation_period": "monthly",
                "aggregation_target_value": Decimal(1),
                "completion_target_value": 3,
            },
            "1 activity per month, 3 months",
        ),
    ],
)
def test_the_list_says_the_rules_in_words(rules: dict[str, Any], words: str) -> None:
    assert (
        rules_summary(Streak(**{"aggregation_target_value": Decimal(50), "completion_target_value": 7, **rules}))
        == words
    )


def test_a_streak_is_made_with_texts_in_two_languages_and_a_milestone_at_once_S34(admin_client: Client) -> None:
    page = admin_client.get(f"{STREAKS}add/")
    values = {
        **form_values(page),
        "name": "Regular",
        "description": "Come by.",
        "status": "live",
        "aggregation_target_value": "2.5",
        "completion_target_value": "4",
        "eud_title_en": "Regular guest",
        "eud_title_fr": "Habitué",
        "milestones-TOTAL_FORMS": "1",
        "milestones-0-name": "Half way",
        "milestones-0-milestone_target_value": "2",
        "milestones-0-status": "live",
        "milestones-0-coupon_source": "generated",
        "milestones-0-low_stock": "20",
        "milestones-0-eud_title_ja": "半分",
    }
    saved = admin_client.post(f"{STREAKS}add/", values)
    assert saved.status_code == 302, errors(saved)
    streak: Any = Streak.objects.get()
    assert (streak.status, saved.headers["Location"]) == ("draft", checklist_of(streak)), "it goes live from there"
    assert (streak.eud_title_en, streak.eud_title_fr, streak.aggregation_target_value) == (
        "Regular guest",
        "Habitué",
        Decimal("2.5"),
    )
    milestone: Any = Milestone.objects.get()
    assert (milestone.streak, milestone.milestone_target_value, milestone.eud_title_ja) == (streak, 2, "半分")


def test_the_page_has_one_tab_for_each_language_with_all_texts_S34(admin_client: Client) -> None:
    page = admin_client.get(page_of(make_streak()))
    tabs = {fieldset.name: fieldset for fieldset in page.context["adminform"] if "tab" in fieldset.classes}
    assert list(tabs) == ["Basics", "Rules", "Schedule", "Protection", *(name for _code, name in settings.LANGUAGES)]
    steps = [section.slug for section in page.context["sections"]]
    buttons = page.content.decode().count('<button type="button" role="tab"')
    assert buttons == len(steps) + len(settings.LANGUAGES), "buttons, which the keyboard reaches"
    assert steps == ["basics", "rules", "milestones", "texts", "preview", "results"]
    french = [field.field.name for line in tabs["Français"] for field in line]
    assert (len(french), all(name.endswith("_fr") for name in french)) == (15, True)


def test_an_empty_text_shows_what_is_read_instead_S34(admin_client: Client) -> None:
    streak = make_streak(eud_title_en="Shop on", eud_broken_label_en="Oh no")
    fields = admin_client.get(page_of(streak)).context["adminform"].form.fields
    assert fields["eud_title_fr"].widget.attrs["placeholder"] == "Shop on"
    assert fields["eud_broken_label_de"].widget.attrs["placeholder"] == "Oh no"
    assert fields["eud_broken_label_en"].widget.attrs["placeholder"] == "Broken"
    assert fields["eud_in_progress_label_ar"].widget.attrs["placeholder"] == "قيد التقدم"
    assert fields["eud_in_progress_label_ar"].widget.attrs["dir"] == "rtl"
    assert fields["eud_completed_streak_message_en"].widget.attrs["maxlength"] == 256


def test_a_text_can_be_emptied_again(admin_client: Client) -> None:
    streak: Any = make_streak(eud_title_en="Shop on", eud_title_fr="Encore")
    assert save(admin_client, streak, eud_title_en="", eud_title_fr="").status_code == 302
    streak.refresh_from_db()
    assert (streak.eud_title_en, streak.eud_title_fr, streak.eud_title) == (None, None, "")


def test_an_unknown_variable_is_refused_with_the_known_ones_S31(admin_client: Client) -> None:
    streak = make_streak()
    refused = save(admin_client, streak, eud_broken_streak_message_fr="Zut {{periodTxt}}!")
    (message,) = errors(refused)["eud_broken_streak_message_fr"]
    assert "Did you mean {{periodText}}?" in message
    assert "{{nextRemainingPeriod}}" in message


@pytest.mark.parametrize(
    ("text", "typed", "said"),
    [
        ("eud_broken_streak_message_fr", "Encore {{nextRemainingValue} !", "“{{” has no matching “}}”"),
        ("eud_broken_streak_message_en", "Spend {nextRemainingValue}} more", "“}}” has no matching “{{”"),
        ("eud_title_de", "Jeden {{periodText}}", "No variable is filled in here"),
        ("eud_completed_label_en", "{{periodText}} done", "No variable is filled in here"),
    ],
)
def test_S31_braces_that_members_would_read_are_refused(admin_client: Client, text: str, typed: str, said: str) -> None:
    streak = make_streak()
    (message,) = errors(save(admin_client, streak, **{text: typed}))[text]
    assert said in message
    assert not getattr(Streak.objects.get(), text)


def test_saving_a_page_as_it_stands_changes_nothing(admin_client: Client) -> None:
    case = make_case()
    make_milestone(case.streak, 3)
    case.record_days(1)
    before = Streak.objects.filter(pk=case.streak.pk).values().get()
    assert save(admin_client, case.streak).status_code == 302
    after = Streak.objects.filter(pk=case.streak.pk).values().get()
    assert {**after, "updated_at": None, "version": None} == {**before, "updated_at": None, "version": None}
    assert set(entries_of(case.streak).values_list("action", flat=True)) == {0}


def test_rules_are_editable_before_and_read_only_after_the_first_log_S28_F37(admin_client: Client) -> None:
    case = make_case()
    assert set(Streak.RULES) <= set(admin_client.get(page_of(case.streak)).context["adminform"].form.fields)
    case.record(1)
    page = admin_client.get(page_of(case.streak))
    assert not set(Streak.RULES) & set(page.context["adminform"].form.fields)
    assert "These rules are frozen because activity has been recorded" in page.content.decode()


def test_rules_edited_on_a_page_from_before_the_first_log_are_refused_not_dropped_S28(admin_client: Client) -> None:
    case = make_case()
    values = form_values(admin_client.get(page_of(case.streak)))
    case.record(1)
    refused = admin_client.post(page_of(case.streak), {**values, "name": "New name", "aggregation_target_value": "20"})
    assert "frozen" in errors(refused)["__all__"][0]
    case.streak.refresh_from_db()
    assert (case.streak.name, case.streak.aggregation_target_value) == ("7-Day Shopper", 50)
    assert admin_client.post(page_of(case.streak), {**values, "name": "New name"}).status_code == 302


def test_a_milestone_beyond_the_end_of_the_streak_is_refused_S20(admin_client: Client) -> None:
    streak = make_streak()
    make_milestone(streak, 7)
    refused = save(admin_client, streak, completion_target_value="6")
    assert errors(refused)["milestone_target_value"] == [
        "The streak is complete after 6 periods: use a number from 1 to 6."
    ]
    assert Streak.objects.get().completion_target_value == 7


def test_milestones_are_deleted_before_there_is_activity_S29(admin_client: Client) -> None:
    streak = make_streak()
    make_milestone(streak, 1)
    saved = save(admin_client, streak, **{"milestones-0-DELETE": "on"})
    assert saved.status_code == 302, errors(saved)
    assert not Milestone.objects.exists()


def test_milestones_are_hidden_instead_of_deleted_once_there_is_activity_S29(admin_client: Client) -> None:
    case = make_case()
    reached, not_reached = make_milestone(case.streak, 1), make_milestone(case.streak, 7)
    case.record(1)
    saved = save(admin_client, case.streak, **{"milestones-0-DELETE": "on", "milestones-1-DELETE": "on"})
    assert saved.status_code == 302, errors(saved)
    for milestone in (reached, not_reached):
        milestone.refresh_from_db()
        assert milestone.deleted_at is not None
    assert RewardLog.objects.get().milestone == reached
    page = admin_client.get(page_of(case.streak))
    assert page.context["inline_admin_formsets"][0].formset.initial_form_count() == 0
    assert admin_client.get(page_of(reached)).status_code == 200
    assert admin_client.post(page_of(reached), {"name": "x"}).status_code == 403


def test_a_milestone_deleted_on_its_own_page_is_hidden_when_it_has_rewards_S29(admin_client: Client) -> None:
    case = make_case()
    reached = make_milestone(case.streak, 1)
    case.record(1)
    address = reverse("admin:streaks_milestone_delete", args=[reached.pk])
    assert "its rewards keep showing it" in admin_client.get(address).content.decode()
    admin_client.post(address, {"post": "yes"})
    reached.refresh_from_db()
    assert reached.deleted_at is not None
    assert list(admin_client.get("/admin/streaks/milestone/").context["cl"].result_list) == []


def test_the_list_tells_how_each_streak_is_doing_and_in_which_languages_it_is_complete(admin_client: Client) -> None:
    written = {f"{text}_fr": "x" for text in STREAK_TEXTS}
    case = make_case(eud_title_en="Shop", eud_description_en="on", completion_target_value=1, **written)
    with time_machine.travel(noon(31), tick=False):
        case.record_days(29, 31)
        (streak,) = admin_client.get(STREAKS).context["cl"].result_list
        page = admin_client.get(STREAKS).content.decode()
    assert (streak.numbers.completed, streak.active) == (2, [0] * 11 + [1, 0, 1])
    assert "Active members of the last 14 days, day by day: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1" in page
    assert "en, fr" in page
    assert "100%" in page


def test_the_list_takes_the_same_queries_for_one_streak_and_for_many(
    admin_client: Client, django_assert_num_queries: Any
) -> None:
    for number in (1, 20):
        for _ in range(number):
            make_milestone(make_streak(), 1)
        admin_client.get(STREAKS)
        cache.clear()
        with django_assert_num_queries(8):
            page = admin_client.get(STREAKS)
    assert [streak.milestone_count for streak in page.context["cl"].result_list] == [1] * 21
