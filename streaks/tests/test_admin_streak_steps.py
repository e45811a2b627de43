"""The page of a streak in the administration: its steps, the rules read back, and how many texts are written."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from gamopanda.admin.links import page_of
from streaks.models import Streak
from streaks.tests.admin_pages import save
from streaks.tests.calling import make_milestone, make_streak
from streaks.tests.recording_cases import make_case

pytestmark = pytest.mark.django_db
RULES = "/admin/streaks/streak/rules/"
SHOPPER = {
    "aggregation_method": "sum",
    "aggregation_period": "daily",
    "aggregation_target_value": "50",
    "completion_target_value": "7",
    "time_zone": "",
}


def client_who_may(client: Client, *permissions: str) -> Client:
    """Sign somebody in who works in the administration and has these permissions alone."""
    user = get_user_model().objects.create_user("marketer", password="password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (
            {},
            (
                "Members reach a total of at least 50 every day, for 7 days in a row. "
                "A day that ends with less breaks the streak. Days begin at midnight on the clock of UTC."
            ),
        ),
        (
            {"aggregation_method": "count", "aggregation_period": "weekly", "aggregation_target_value": "2"},
            (
                "Members do at least 2 activities every week, for 7 weeks in a row. "
                "A week that ends with less breaks the streak. Weeks begin on Monday at midnight on the clock of UTC."
            ),
        ),
        (
            {"aggregation_period": "monthly", "completion_target_value": "1", "time_zone": "Europe/Berlin"},
            (
                "Members reach a total of at least 50 every month, for 1 month in a row. A month that ends with less "
                "breaks the streak. Months begin at midnight on the clock of Europe/Berlin."
            ),
        ),
        (
            {"clock": "member", "day_starts_at": "4"},
            (
                "Members reach a total of at least 50 every day, for 7 days in a row. A day that ends with less breaks "
                "the streak. Days begin at 4:00 on each member’s own clock, or on that of UTC for members without a "
                "time zone."
            ),
        ),
    ],
)
def test_rules_are_read_back_in_sentences_while_they_are_typed(
    admin_client: Client, rules: dict[str, str], sentence: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        said = admin_client.get(RULES, {**SHOPPER, **rules}).json()
    assert said == {"sentence": sentence, "isComplete": True}
    assert Streak.objects.count() == 0


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"aggregation_target_value": ""}, "Target per period is still missing."),
        ({"completion_target_value": "0"}, "Periods to complete: Ensure this value is greater than or equal to 1."),
        (
            {"time_zone": "Europe/Berlim"},
            "Time zone: “Europe/Berlim” is not an IANA time zone. Use a name such as Europe/Berlin, or leave it empty.",
        ),
    ],
)
def test_rules_that_are_not_complete_are_answered_with_what_is_wrong(
    admin_client: Client, rules: dict[str, str], said: str
) -> None:
    assert admin_client.get(RULES, {**SHOPPER, **rules}).json() == {"sentence": said, "isComplete": False}


def test_only_who_may_see_streaks_is_told_the_rules(client: Client) -> None:
    assert client.get(RULES, SHOPPER).status_code == 302
    assert client_who_may(client).get(RULES, SHOPPER).status_code == 403
    client.logout()
    get_user_model().objects.all().delete()
    assert client_who_may(client, "view_streak").get(RULES, SHOPPER).status_code == 200


def test_every_language_says_how_many_of_its_texts_are_written_S34(admin_client: Client) -> None:
    streak = make_streak(eud_title_en="Shop", eud_title_fr="Achats", eud_description_fr="Tous les jours")
    counts = {tab.code: (tab.written, tab.of) for tab in admin_client.get(page_of(streak)).context["languages"]}
    assert (counts["en"], counts["fr"], counts["de"]) == ((1, 14), (2, 14), (0, 14))


def test_a_step_says_how_many_of_its_fields_are_wrong(admin_client: Client) -> None:
    streak = make_streak()
    make_milestone(streak, 3)
    wrong = {"name": "", "aggregation_target_value": "x", "eud_broken_streak_message_fr": "{{periodTxt}}"}
    page = save(admin_client, streak, **wrong, **{"milestones-0-milestone_target_value": "9"})
    wrong_steps = {section.slug: section.errors for section in page.context["sections"] if section.errors}
    assert wrong_steps == {"basics": 1, "rules": 1, "milestones": 1, "texts": 1}
    assert [tab.code for tab in page.context["languages"] if tab.errors] == ["fr"]


def test_frozen_rules_are_text_with_the_reason_and_a_way_out_S28_F37(admin_client: Client) -> None:
    case = make_case()
    duplicate = 'class="console-button">Duplicate as draft</a>'
    assert duplicate not in page_text(admin_client, case.streak)
    case.record(1)
    text = page_text(admin_client, case.streak)
    assert duplicate in text
    assert "These rules are frozen because activity has been recorded" in text
    assert "Members reach a total of at least 50 every day, for 7 days in a row." in text
    assert 'name="aggregation_target_value"' not in text


def page_text(client: Client, streak: Streak) -> str:
    """Return the page of a streak as it is sent."""
    return client.get(page_of(streak)).content.decode()


def test_somebody_who_may_only_look_sees_the_page_and_cannot_change_it(client: Client) -> None:
    streak = make_streak(eud_title_en="Shop")
    make_milestone(streak, 3)
    looking = client_who_may(client, "view_streak", "view_milestone")
    page = looking.get(page_of(streak))
    assert (page.status_code, page.context["languages"][0].written) == (200, 1)
    assert looking.post(page_of(streak), {"name": "Other"}).status_code == 403
    assert Streak.objects.get().name == "7-Day Shopper"


def test_the_page_takes_the_same_queries_for_one_milestone_and_for_many(
    admin_client: Client, django_assert_num_queries: Any
) -> None:
    streak = make_streak()
    for number in (1, 6):
        while streak.milestones.count() < number:
            make_milestone(streak, streak.milestones.count() + 1)
        with django_assert_num_queries(7):
            admin_client.get(page_of(streak))
