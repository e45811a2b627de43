"""Milestones in the administration: rules that freeze, the way out, and what is filled in for new ones (S20)."""

import pytest
from django.test import Client
from django.urls import reverse

from gamopanda.admin.links import page_of
from gamopanda.api.models import Status
from streaks.models import Milestone
from streaks.tests.admin_pages import errors, form_values, save
from streaks.tests.calling import make_milestone, make_streak
from streaks.tests.recording_cases import make_case

pytestmark = pytest.mark.django_db
RULES = ("milestone_target_value", "coupon_source", "freeze_reward", "once_per_member")


def test_frozen_rules_are_text_on_both_pages_and_all_else_can_be_saved_S20(admin_client: Client) -> None:
    case = make_case()
    frozen, draft = make_milestone(case.streak, 3), make_milestone(case.streak, 5, status=Status.DRAFT)
    case.record(1)
    own, on_streak = (admin_client.get(page_of(record)).content.decode() for record in (frozen, case.streak))
    for rule in RULES:
        assert f'name="{rule}"' not in own
        assert f'name="milestones-0-{rule}"' not in on_streak
        assert f'name="milestones-1-{rule}"' in on_streak
    assert own.count("Retire it and add another one") == len(RULES)
    changes = {"milestones-0-name": "Third day", "milestones-1-milestone_target_value": "6"}
    saved = save(admin_client, case.streak, **changes, **{f"milestones-0-{rule}": None for rule in RULES})
    assert saved.status_code == 302, errors(saved)
    frozen.refresh_from_db()
    draft.refresh_from_db()
    assert (frozen.name, frozen.milestone_target_value, draft.milestone_target_value) == ("Third day", 3, 6)


def test_rules_edited_on_a_page_from_before_they_froze_are_refused_S20(admin_client: Client) -> None:
    case = make_case()
    milestone = make_milestone(case.streak, 3)
    pages = {record: form_values(admin_client.get(page_of(record))) for record in (milestone, case.streak)}
    case.record(1)
    for record, prefix in ((milestone, ""), (case.streak, "milestones-0-")):
        edited = {f"{prefix}milestone_target_value": "2", f"{prefix}once_per_member": "on", f"{prefix}name": "New"}
        refused = admin_client.post(page_of(record), {**pages[record], **edited})
        assert set(errors(refused)) == {"milestone_target_value", "once_per_member"}
        milestone.refresh_from_db()
        assert (milestone.milestone_target_value, milestone.once_per_member, milestone.name) == (3, False, "Day 3")
        assert admin_client.post(page_of(record), pages[record]).status_code == 302


def test_a_milestone_is_retired_and_another_one_added_in_its_place(admin_client: Client) -> None:
    case = make_case()
    milestone = make_milestone(case.streak, 1, eud_title_fr="Premier jour")
    address = reverse("admin:streaks_milestone_retire", args=[milestone.pk])
    assert admin_client.get(address).status_code == 403
    case.record(1)
    assert "Retire and add another?" in admin_client.get(address).content.decode()
    assert Milestone.objects.count() == 1
    left = admin_client.post(address, {"_form_submitted": "1"})
    draft = Milestone.objects.get(status=Status.DRAFT)
    assert left.headers["Location"] == page_of(draft)
    milestone.refresh_from_db()
    assert (milestone.status, milestone.milestone_target_value) == (Status.PAUSED, 1)
    assert (draft.streak, draft.eud_title_fr, draft.is_frozen) == (case.streak, "Premier jour", False)
    assert save(admin_client, draft, milestone_target_value="2").status_code == 302


@pytest.mark.parametrize(("status", "first"), [("draft", "live"), ("live", "draft"), ("paused", "draft")])
def test_a_new_milestone_is_live_from_the_start_in_a_draft_streak_alone(
    admin_client: Client, status: str, first: str
) -> None:
    page = admin_client.get(page_of(make_streak(status=status)))
    assert page.context["inline_admin_formsets"][0].formset.empty_form["status"].value() == first


def test_a_new_streak_offers_live_milestones(admin_client: Client) -> None:
    page = admin_client.get("/admin/streaks/streak/add/")
    assert page.context["inline_admin_formsets"][0].formset.empty_form["status"].value() == "live"
