"""Two colleagues on one page: each saves what they have changed, and nothing else."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from gamopanda.accounts.models import ApiKey
from gamopanda.admin.links import page_of
from gamopanda.admin.merging import MergingForm
from gamopanda.widget.display import read_written
from gamopanda.widget.models import WidgetSettings
from rewards.models import RewardLog
from streaks.models import Milestone, Streak
from streaks.tests.admin_pages import errors, form_values, save
from streaks.tests.calling import make_key, make_milestone, make_streak
from streaks.tests.recording_cases import make_case

pytestmark = pytest.mark.django_db


def opened(client: Client, record: Any) -> dict[str, Any]:
    """Open a page and return what it sends when nothing is changed on it."""
    return form_values(client.get(page_of(record)))


def collisions(answer: Any) -> list[tuple[str, str, str]]:
    """Return what a page asks to choose between."""
    return [(each.label, each.mine, each.theirs) for each in answer.context["collisions"]]


@pytest.mark.parametrize("model", list(admin.site._registry))
def test_every_form_of_the_console_knows_the_version_that_it_was_made_from(model: Any) -> None:
    model_admin = admin.site._registry[model]
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    if not model_admin.has_change_permission(request):
        return
    assert issubclass(model_admin.get_form(request, model()), MergingForm)
    for inline in model_admin.get_inline_instances(request):
        assert issubclass(inline.form, MergingForm) or not inline.has_change_permission(request)


def test_texts_that_came_in_meanwhile_stay_when_a_page_from_before_is_saved(admin_client: Client) -> None:
    streak: Any = make_streak(eud_title_en="Shop", eud_broken_label_de="Gerissen")
    values = opened(admin_client, streak)
    Streak.objects.filter(pk=streak.pk).update(eud_title_fr="Achetez", eud_broken_label_de=None, status="live")
    saved = admin_client.post(page_of(streak), {**values, "description": "Brings people back."})
    assert saved.status_code == 302
    streak.refresh_from_db()
    assert (streak.eud_title_fr, streak.eud_broken_label_de, streak.status) == ("Achetez", None, "live")
    assert streak.description == "Brings people back."


def test_two_who_edit_different_fields_keep_both_changes_also_of_milestones(admin_client: Client) -> None:
    streak = make_streak()
    milestone: Any = make_milestone(streak, 3)
    first, second = opened(admin_client, streak), opened(admin_client, streak)
    assert admin_client.post(page_of(streak), {**first, "milestones-0-eud_title_fr": "Moitié"}).status_code == 302
    assert admin_client.post(page_of(streak), {**second, "milestones-0-eud_title_en": "Half way"}).status_code == 302
    milestone.refresh_from_db()
    assert (milestone.eud_title_fr, milestone.eud_title_en) == ("Moitié", "Half way")


@pytest.mark.parametrize(("choice", "kept"), [("mine", "Mine"), ("theirs", "Theirs")])
def test_a_collision_shows_both_values_and_saves_nothing_until_one_is_chosen(
    admin_client: Client, choice: str, kept: str
) -> None:
    streak: Any = make_streak(eud_title_en="Shop")
    values = {**opened(admin_client, streak), "eud_title_en": "Mine", "description": "New"}
    Streak.objects.filter(pk=streak.pk).update(eud_title_en="Theirs")
    before = Streak.objects.values().get()
    refused = admin_client.post(page_of(streak), values)
    assert collisions(refused) == [("Title", "Mine", "Theirs")]
    assert list(errors(refused)) == ["eud_title_en"]
    undecided = admin_client.post(page_of(streak), {**form_values(refused), "description": "New"})
    assert collisions(undecided) == [("Title", "Mine", "Theirs")]
    assert Streak.objects.values().get() == before
    chosen = admin_client.post(page_of(streak), {**form_values(undecided), "keep-eud_title_en": choice})
    assert chosen.status_code == 302
    streak.refresh_from_db()
    assert (streak.eud_title_en, streak.description) == (kept, "New")


def test_a_choice_holds_for_the_value_that_was_seen(admin_client: Client) -> None:
    streak: Any = make_streak(eud_title_en="Shop")
    values = {**opened(admin_client, streak), "eud_title_en": "Mine"}
    Streak.objects.filter(pk=streak.pk).update(eud_title_en="Theirs")
    refused = admin_client.post(page_of(streak), values)
    Streak.objects.filter(pk=streak.pk).update(eud_title_en="A third")
    again = admin_client.post(page_of(streak), {**form_values(refused), "keep-eud_title_en": "mine"})
    assert collisions(again) == [("Title", "Mine", "A third")]
    assert Streak.objects.get().eud_title_en == "A third"


def test_a_choice_stays_chosen_when_something_else_is_wrong(admin_client: Client) -> None:
    streak: Any = make_streak(eud_title_en="Shop")
    values = {**opened(admin_client, streak), "eud_title_en": "Mine"}
    Streak.objects.filter(pk=streak.pk).update(eud_title_en="Theirs")
    refused = form_values(admin_client.post(page_of(streak), values))
    again = admin_client.post(page_of(streak), {**refused, "keep-eud_title_en": "mine", "name": ""})
    assert (list(errors(again)), [each.choice for each in again.context["collisions"]]) == (["name"], ["mine"])
    assert Streak.objects.get().eud_title_en == "Theirs"


def test_the_same_change_by_two_people_is_no_collision(admin_client: Client) -> None:
    streak = make_streak(eud_title_en="Shop")
    values = opened(admin_client, streak)
    Streak.objects.filter(pk=streak.pk).update(eud_title_en="New")
    assert admin_client.post(page_of(streak), {**values, "eud_title_en": "New"}).status_code == 302


def test_a_page_whose_version_cannot_be_read_asks_before_it_changes_anything(admin_client: Client) -> None:
    streak = make_streak(eud_title_en="Shop")
    values = {**opened(admin_client, streak), "opened": "broken", "eud_title_en": "Mine"}
    assert collisions(admin_client.post(page_of(streak), values)) == [("Title", "Mine", "Shop")]
    assert Streak.objects.get().eud_title_en == "Shop"


@pytest.mark.postgresql
def test_a_page_is_saved_under_a_lock_that_is_taken_before_anything_is_read(admin_client: Client) -> None:
    streak = make_streak()
    make_milestone(streak, 3)
    values = opened(admin_client, streak)
    with CaptureQueriesContext(connection) as queries:
        assert admin_client.post(page_of(streak), values).status_code == 302
    read = [query["sql"] for query in queries if 'FROM "streaks_' in query["sql"]]
    # The streak is locked for its milestones first, and then as what the page saves.
    assert all('FROM "streaks_streak"' in sql for sql in read[:2])
    assert 'FROM "streaks_milestone"' in read[2]
    assert all(sql.endswith("FOR NO KEY UPDATE") for sql in read[:3])


def test_rules_are_merged_field_by_field(admin_client: Client) -> None:
    streak = make_streak()
    values = opened(admin_client, streak)
    Streak.objects.filter(pk=streak.pk).update(active_weekdays="mon,tue", starts_at="2026-03-01T08:00:00.5Z")
    assert admin_client.post(page_of(streak), {**values, "aggregation_target_value": "20"}).status_code == 302
    stored = Streak.objects.get()
    assert (stored.aggregation_target_value, stored.active_weekdays) == (20, "mon,tue")
    assert stored.starts_at.microsecond == 500_000


def test_a_milestone_that_a_colleague_has_deleted_does_not_stop_others(admin_client: Client) -> None:
    streak = make_streak()
    make_milestone(streak, 3).delete()
    gone: Any = make_milestone(streak, 4)
    values = opened(admin_client, streak)
    gone.delete()
    assert admin_client.post(page_of(streak), {**values, "description": "New"}).status_code == 302
    changed = {**values, "name": "Renamed", "milestones-0-name": "Kept?"}
    refused = admin_client.post(page_of(streak), changed)
    assert errors(refused)["__all__"][0].startswith("A colleague has deleted this")
    assert Streak.objects.get().name != "Renamed"
    saved = admin_client.post(page_of(streak), {**changed, "milestones-0-DELETE": "on"})
    assert saved.status_code == 302, errors(saved)
    assert (Streak.objects.get().name, Milestone.objects.count()) == ("Renamed", 0)


def test_support_enters_a_code_while_a_colleague_marks_the_reward_as_redeemed(admin_client: Client) -> None:
    case = make_case()
    make_milestone(case.streak, 1, coupon_source="external")
    case.record(1)
    reward = RewardLog.objects.get()
    values = opened(admin_client, reward)
    assert save(admin_client, reward, coupon_code="CODE-1").status_code == 302
    redeemed = {**values, "redeemed_at_0": "2026-03-09", "redeemed_at_1": "10:00:00"}
    assert admin_client.post(page_of(reward), redeemed).status_code == 302
    reward.refresh_from_db()
    assert (reward.coupon_code, reward.redeemed_at is None) == ("CODE-1", False)


def test_groups_of_a_person_and_rights_of_a_group_are_kept(admin_client: Client) -> None:
    ann, group = User.objects.create_user("ann", password="kept"), Group.objects.create(name="Agency")
    right = Permission.objects.get(codename="view_streak")
    person, rights, hashed = opened(admin_client, ann), opened(admin_client, group), ann.password
    ann.groups.add(group)
    group.permissions.add(right)
    assert admin_client.post(page_of(ann), {**person, "first_name": "Ann"}).status_code == 302
    assert admin_client.post(page_of(group), {**rights, "name": "Partners"}).status_code == 302
    ann.refresh_from_db()
    assert (ann.first_name, ann.password, list(ann.groups.values_list("name", flat=True))) == (
        "Ann", hashed, ["Partners"],
    )  # fmt: skip
    assert list(group.permissions.all()) == [right]


def test_keys_and_the_widget_are_merged_too(admin_client: Client) -> None:
    key = make_key()
    values = opened(admin_client, key)
    ApiKey.objects.filter(pk=key.pk).update(description="By a colleague")
    assert admin_client.post(page_of(key), {**values, "name": "Till"}).status_code == 302
    assert ApiKey.objects.values_list("name", "description").get() == ("Till", "By a colleague")
    widget, _is_new = WidgetSettings.objects.get_or_create(pk=1)
    values = opened(admin_client, widget)
    assert save(admin_client, widget, border_radius=4, text__panel_title__fr="Club").status_code == 302
    assert admin_client.post(page_of(widget), {**values, "text__panel_title__de": "Verein"}).status_code == 302
    assert WidgetSettings.objects.get().border_radius == 4
    assert read_written()["panel_title"] == {"fr": "Club", "de": "Verein"}
