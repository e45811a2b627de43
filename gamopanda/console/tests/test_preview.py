"""The preview beside the form of a streak: the member's card in every state, from what is typed and stored nowhere."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from gamopanda.admin.links import page_of
from gamopanda.console.example import State
from streaks.models import Milestone, Streak
from streaks.tests.calling import make_milestone, make_streak

pytestmark = pytest.mark.django_db
STREAKS = "/admin/streaks/streak/"
TEXTS = {
    "eud_title_en": "7-Day Shopper",
    "eud_title_fr": "7 jours",
    "eud_in_progress_label_fr": "En cours",
    "eud_non_milestone_next_to_be_achieved_message_fr": "Encore {{nextRemainingValue}} ce {{periodText}}",
}
DONE = (
    "You have completed day {} streak! Come back next day to shop more to maintain your streak and reach the next "
    "milestone!"
)
COMPLETED = (
    "Congratulations! You have completed this streak! Come back next day to shop more and start your next streak!"
)
BROKEN = (
    "Your streak has been broken. Don't worry, you can start a new streak today! Shop more and reach your next "
    "milestone!"
)


def make_shopper() -> Streak:
    """A draft with a milestone at day 3 and one at day 7."""
    streak = make_streak(status="draft", **TEXTS)
    make_milestone(streak, 3, coupon_prefix="SAVE5-", reward_validity_days=7, eud_title_en="5% off")
    make_milestone(streak, 7, coupon_source=Milestone.CouponSource.EXTERNAL)
    return streak


def address_of(streak: Streak | None) -> str:
    """Return where the preview of a streak, or of a new one, is asked for."""
    return f"{STREAKS}preview/" if streak is None else f"{STREAKS}{streak.pk}/preview/"


def page_values(streak: Streak | None) -> dict[str, Any]:
    """Return what the page of a streak sends when nothing was typed; a new one is empty."""
    milestones = [] if streak is None else list(streak.milestones.all())
    values: dict[str, Any] = {"milestones-TOTAL_FORMS": len(milestones), "milestones-INITIAL_FORMS": len(milestones)}
    for number, milestone in enumerate(milestones):
        values |= {f"milestones-{number}-{name}": value for name, value in sent(milestone).items()}
        values[f"milestones-{number}-id"] = milestone.pk
    return values | ({} if streak is None else sent(streak))


def sent(record: Any) -> dict[str, Any]:
    """Return the values of the fields of a record that are not empty."""
    values = {field.name: getattr(record, field.name) for field in record._meta.concrete_fields if field.editable}
    if "active_weekdays" in values:
        values["active_weekdays"] = values["active_weekdays"].split(",")
    empty: tuple[Any, ...] = (None, "", [])
    return {
        name: value
        for name, value in values.items()
        if value is not False and value not in empty and name not in {"eud_icon", "streak"}
    }


def rows() -> dict[str, list[Any]]:
    """Return everything that is stored of streaks, rewards and members."""
    models = [
        model for label in ("streaks", "rewards", "accounts") for model in apps.get_app_config(label).get_models()
    ]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def preview(
    client: Client, streak: Streak | None, state: str = "in_progress", language: str = "en", **typed: Any
) -> Any:
    """Open a page, type, and return what the preview answers; nothing that is stored changes."""
    values = {**page_values(streak), **typed, "preview_state": state, "preview_language": language}
    before = rows()
    answer = client.post(address_of(streak), values)
    assert rows() == before
    assert answer.status_code == 200
    return answer.json()


def card(answer: Any) -> Any:
    """Return the streak on the card."""
    (streak,) = answer["programme"]["streaks"]
    return streak


@pytest.mark.parametrize(
    ("state", "label", "value", "messages"),
    [
        (
            "not_started",
            "Not Started",
            None,
            [
                "Shop for $50 or more for 3 days to complete the next milestone!",
                "Shop for $50 or more to complete the day 1 streak!",
            ],
        ),
        (
            "in_progress",
            "In Progress",
            3,
            [
                "Shop for $20.50 or more for 4 days to complete the next milestone!",
                "Shop for $20.50 or more to complete the day 4 streak!",
            ],
        ),
        ("period_done", "In Progress", 4, [DONE.format(4)]),
        ("milestone", "In Progress", 3, [DONE.format(3)]),
        (
            "completed",
            "Completed",
            7,
            [COMPLETED],
        ),
        (
            "broken",
            "Broken",
            3,
            [BROKEN],
        ),
    ],
)
def test_every_state_reads_as_the_product_page_says_it_S30_S33(
    admin_client: Client, state: str, label: str, value: int | None, messages: list[str]
) -> None:
    shown = card(preview(admin_client, make_shopper(), state))
    assert (shown["display"]["statusLabel"], shown["display"]["messages"]) == (label, messages)
    run = shown["streakProgress"]
    assert (run and run["currentProgressValue"]) == value


def test_the_card_is_in_the_language_that_is_chosen_S34(admin_client: Client) -> None:
    answer = preview(admin_client, make_shopper(), language="fr")
    shown = card(answer)
    assert (shown["eudTitle"], shown["display"]["statusLabel"]) == ("7 jours", "En cours")
    assert shown["display"]["messages"][1] == "Encore 20,50 ce jour"
    assert answer["programme"]["languageCode"] == "fr"


def test_what_is_typed_shows_before_it_is_saved(admin_client: Client) -> None:
    typed = {
        "eud_title_en": "Coffee week",
        "aggregation_period": "weekly",
        "completion_target_value": "4",
        "milestones-0-eud_title_en": "A free cup",
        "milestones-1-DELETE": "on",
    }
    shown = card(preview(admin_client, make_shopper(), **typed))
    assert (shown["eudTitle"], shown["completionTargetValue"]) == ("Coffee week", 4)
    assert [one["eudTitle"] for one in shown["milestones"]] == ["A free cup"]
    assert shown["display"]["variables"]["periodText"] == "week"


def test_a_streak_that_was_never_saved_has_a_preview_from_its_first_word_on(admin_client: Client) -> None:
    typed = {
        "eud_title_en": "New",
        "milestones-TOTAL_FORMS": "2",
        "milestones-0-name": "Day 2",
        "milestones-0-milestone_target_value": "2",
        "milestones-0-status": "live",
        "milestones-0-coupon_source": "fixed",
        "milestones-0-coupon_code": "SAVE5",
    }
    answer = preview(admin_client, None, "milestone", **typed)
    assert (card(answer)["eudTitle"], card(answer)["completionTargetValue"]) == ("New", 7)
    assert [one["rewardLog"]["couponCode"] for one in card(answer)["milestones"]] == ["SAVE5"]
    wrong = {problem["field_id"] for problem in answer["problems"]}
    assert {"id_name", "id_aggregation_target_value", "id_completion_target_value"} <= wrong


def test_rewards_look_as_their_source_gives_them_S23_S24(admin_client: Client) -> None:
    rewards = preview(admin_client, make_shopper(), "completed")["programme"]["rewards"]
    assert [(reward["couponCode"], reward["rewardStatus"]) for reward in rewards] == [
        (None, "pending"),
        ("SAVE5-7KQ2MW9XFH4T", "issued"),
    ]
    assert [reward["rewardExpiryAt"] is None for reward in rewards] == [True, False]


def test_members_see_live_milestones_only(admin_client: Client) -> None:
    streak = make_streak()
    make_milestone(streak, 3, status="draft")
    answer = preview(admin_client, streak, "milestone")
    assert (answer["programme"], answer["note"]) == (None, "No live milestone lies before the last period.")
    assert card(preview(admin_client, streak))["milestones"] == []
    typed = preview(admin_client, streak, "milestone", **{"milestones-0-status": "live"})
    assert [one["isReached"] for one in card(typed)["milestones"]] == [True]


@pytest.mark.parametrize("state", State.values)
def test_a_streak_of_one_period_has_no_period_that_is_only_done(admin_client: Client, state: str) -> None:
    answer = preview(admin_client, make_streak(completion_target_value=1), state)
    assert (answer["programme"] is None) == (state in {"period_done", "milestone", "freeze_used"})


def test_the_preview_shows_what_is_read_after_a_freeze_was_used_S51(admin_client: Client) -> None:
    streak = make_streak(freeze_max_count=2, freeze_initial_count=1)
    text = {"eud_freeze_used_message_en": "Saved, {{freezesLeft}} of {{freezeMaxCount}} left"}
    shown = card(preview(admin_client, streak, "freeze_used", **text))
    assert shown["display"]["messages"][0] == "Saved, 1 of 2 left"
    assert len(shown["streakProgress"]["frozenPeriods"]) == 1
    without = preview(admin_client, make_streak(), "freeze_used")
    assert (without["programme"], without["note"]) == (
        None,
        "This streak has no freezes, or it ends before they protect.",
    )


def test_counts_have_whole_amounts_on_the_way(admin_client: Client) -> None:
    streak = make_streak(aggregation_method="count", aggregation_target_value=5, eud_title_en="Visits")
    assert card(preview(admin_client, streak))["taskProgress"]["currentValue"] == 2


def test_what_cannot_be_saved_is_named_with_a_suggestion_and_left_out_of_the_card_S31(admin_client: Client) -> None:
    streak = make_shopper()
    wrong = {
        "eud_in_progress_label_en": "x" * 33,
        "eud_broken_streak_message_en": "Oh {{periodTxt}}",
        "milestones-0-milestone_target_value": "0",
    }
    answer = preview(admin_client, streak, **wrong)
    problems = {problem["field_id"]: (problem["label"], problem["message"]) for problem in answer["problems"]}
    assert set(problems) == {f"id_{name}" for name in wrong}
    assert "Did you mean {{periodText}}?" in problems["id_eud_broken_streak_message_en"][1]
    assert problems["id_milestones-0-milestone_target_value"][0] == "Day 3: At period"
    assert card(answer)["display"]["statusLabel"] == "In Progress"


def test_frozen_rules_stay_as_they_are_in_the_preview_too_S28(admin_client: Client) -> None:
    streak = make_shopper()
    Streak.objects.update(has_activity=True)
    assert card(preview(admin_client, streak, completion_target_value="9"))["completionTargetValue"] == 7


def test_a_paused_streak_is_previewed_as_if_it_were_live(admin_client: Client) -> None:
    streak = make_shopper()
    for status in ("live", "paused"):
        streak.status = status
        streak.save()
    assert card(preview(admin_client, streak, "broken"))["streakProgress"]["streakProgressStatus"] == "broken"


def test_only_who_may_see_a_streak_has_its_preview(client: Client) -> None:
    streak = make_shopper()
    address = f"/admin/streaks/streak/{streak.pk}/preview/"
    chosen = {"preview_state": "in_progress", "preview_language": "en", "eud_title_en": "Typed"}
    user = get_user_model().objects.create_user("support", password="password", is_staff=True)
    assert client.post(address, chosen).status_code == 302
    client.force_login(user)
    assert client.post(address, chosen).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_streak"))
    assert card(client.post(address, chosen).json())["eudTitle"] == "7-Day Shopper", "who may only look types nothing"
    assert client.post("/admin/streaks/streak/preview/", chosen).status_code == 403


def test_what_the_preview_is_not_asked_in_its_own_words_is_refused(admin_client: Client) -> None:
    address = "/admin/streaks/streak/preview/"
    assert admin_client.get(address).status_code == 405
    for wrong in ({}, {"preview_state": "dreaming", "preview_language": "en"}, {"preview_state": "broken"}):
        assert admin_client.post(address, wrong).status_code == 400
    unknown = "/admin/streaks/streak/01990000-0000-7000-8000-00000000000f/preview/"
    assert admin_client.post(unknown, {"preview_state": "broken", "preview_language": "en"}).status_code == 404


def test_the_page_knows_where_its_preview_is(admin_client: Client) -> None:
    streak = make_streak()
    assert admin_client.get(page_of(streak)).context["console"]["previewUrl"] == address_of(streak)
    assert admin_client.get(f"{STREAKS}add/").context["console"]["previewUrl"] == address_of(None)


def test_the_frame_may_be_shown_by_this_site_alone(admin_client: Client) -> None:
    frame = admin_client.get("/admin/streaks/streak/preview/frame/")
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert b"widget/gamopanda.js" in frame.content


def test_a_preview_takes_the_same_queries_for_one_milestone_and_for_many(
    admin_client: Client, django_assert_num_queries: Any
) -> None:
    streak = make_streak()
    for number in (1, 6):
        while streak.milestones.count() < number:
            make_milestone(streak, streak.milestones.count() + 1)
        chosen = {**page_values(streak), "preview_state": "completed", "preview_language": "de"}
        with django_assert_num_queries(9 if connection.vendor == "postgresql" else 10):
            admin_client.post(address_of(streak), chosen)
