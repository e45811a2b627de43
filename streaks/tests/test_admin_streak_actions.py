"""What can be done with streaks in the administration: each asks first, and says whom it concerns."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gamopanda.admin.audit import entries_of
from gamopanda.admin.links import page_of
from streaks.admin.streak.lifecycle import checklist_of
from streaks.models import Streak, StreakLog
from streaks.progress.service import record_log
from streaks.tests.admin_pages import messages_of, save
from streaks.tests.calling import make_member, make_milestone, make_streak
from streaks.tests.recording_cases import make_case

pytestmark = pytest.mark.django_db
STREAKS = "/admin/streaks/streak/"


def act(client: Client, streak: Streak, action: str) -> Any:
    """Open the dialog of an action on the page of a streak and confirm it."""
    address = reverse(f"admin:streaks_streak_{action}", args=[streak.pk])
    before = Streak.objects.get(pk=streak.pk).status
    assert client.get(address).status_code == 200
    assert Streak.objects.get(pk=streak.pk).status == before, "opening the dialog changes nothing"
    return client.post(address, {"_form_submitted": "on"}, follow=True)


def dialog(client: Client, streak: Streak, action: str) -> str:
    """Return what is asked before an action on the page of a streak."""
    return client.get(reverse(f"admin:streaks_streak_{action}", args=[streak.pk])).content.decode()


def act_on_selected(client: Client, action: str, *streaks: Streak, **more: str) -> Any:
    """Choose an action for selected streaks of the list of all of them."""
    selected = {"action": action, "_selected_action": [str(streak.pk) for streak in streaks], **more}
    return client.post(f"{STREAKS}?deleted=all", selected, follow=True)


def listed(response: Any) -> list[str]:
    """The names in a list."""
    return [streak.name for streak in response.context["cl"].result_list]


def test_a_duplicate_is_a_draft_with_rules_texts_and_milestones_S28(admin_client: Client) -> None:
    case = make_case()
    make_milestone(case.streak, 3)
    case.record(1)
    page = act(admin_client, case.streak, "duplicate")
    copy = Streak.objects.exclude(pk=case.streak.pk).get()
    assert page.redirect_chain == [(page_of(copy), 302)]
    assert (copy.status, copy.name, copy.has_activity, copy.milestones.count()) == (
        "draft",
        "7-Day Shopper (copy)",
        False,
        1,
    )


def test_a_dialog_sent_by_script_is_led_on_by_script(admin_client: Client) -> None:
    streak = make_streak()
    address = reverse("admin:streaks_streak_pause", args=[streak.pk])
    answer = admin_client.post(address, {"_form_submitted": "on"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, page_of(streak))


def test_a_pause_is_noted_and_ends_when_the_streak_goes_live_again_S19(admin_client: Client) -> None:
    streak = make_streak()
    act(admin_client, streak, "pause")
    streak.refresh_from_db()
    assert (streak.status, streak.paused_at is not None) == ("paused", True)
    page = act(admin_client, streak, "go_live")
    streak.refresh_from_db()
    assert (streak.status, streak.paused_at, streak.pauses.count()) == ("live", None, 1)
    assert messages_of(page) == ["The streak is live now."]
    kept = [entry.changes.get("status") for entry in entries_of(streak)]
    assert kept == [["paused", "live"], ["live", "paused"], [None, "live"]]


def test_choosing_live_in_the_form_saves_the_rest_and_leads_through_the_checklist(admin_client: Client) -> None:
    draft, paused = make_streak(status="draft"), make_streak()
    act(admin_client, paused, "pause")
    for streak, status in ((draft, "draft"), (paused, "paused")):
        saved = save(admin_client, streak, status="live", name="Spring", _continue="1")
        assert (saved.status_code, saved.headers["Location"]) == (302, checklist_of(streak))
        page = admin_client.get(saved.headers["Location"])
        assert messages_of(page) == ["Saved, and not live yet: look through this list, then go live."]
        assert page.context["missing"]
        streak.refresh_from_db()
        assert (streak.status, streak.name, streak.pauses.count()) == (status, "Spring", 0)
        admin_client.post(saved.headers["Location"])
        streak.refresh_from_db()
        assert streak.status == "live"
        assert save(admin_client, streak, name="Summer").headers["Location"] == STREAKS, "it is live already"
    assert save(admin_client, draft, status="paused").headers["Location"] == STREAKS


def test_actions_are_offered_only_where_they_mean_something(admin_client: Client) -> None:
    always = {"simulate", "duplicate"}
    known = {"go_live", "pause", "restore", *always}
    offered = {"draft": {"go_live", *always}, "live": {"pause", *always}, "paused": {"go_live", *always}}
    for status, actions in offered.items():
        page = admin_client.get(page_of(make_streak(status=status)))
        assert {action["path"].split("/")[-2] for action in page.context["actions_detail"]} & known == actions
    hidden = make_streak(deleted_at=datetime(2026, 3, 1, tzinfo=UTC))
    page = admin_client.get(page_of(hidden))
    assert {action["path"].split("/")[-2] for action in page.context["actions_detail"]} & known == {*always, "restore"}
    assert admin_client.post(reverse("admin:streaks_streak_pause", args=[hidden.pk])).status_code == 403


def test_deleting_a_streak_hides_it_and_it_can_be_restored_S29(admin_client: Client) -> None:
    case = make_case()
    case.record(1)
    address = reverse("admin:streaks_streak_delete", args=[case.streak.pk])
    assert "it can be restored" in admin_client.get(address).content.decode()
    admin_client.post(address, {"post": "yes"})
    case.streak.refresh_from_db()
    assert case.streak.deleted_at is not None
    assert (listed(admin_client.get(STREAKS)), listed(admin_client.get(f"{STREAKS}?deleted=yes"))) == (
        [],
        ["7-Day Shopper"],
    )
    assert admin_client.post(page_of(case.streak), {"name": "x"}).status_code == 403
    act(admin_client, case.streak, "restore")
    assert listed(admin_client.get(STREAKS)) == ["7-Day Shopper"]


def test_actions_work_on_several_streaks_at_once(admin_client: Client) -> None:
    draft, live, deleted = (
        make_streak(status="draft"),
        make_streak(),
        make_streak(deleted_at=datetime(2026, 3, 1, tzinfo=UTC)),
    )
    assert messages_of(act_on_selected(admin_client, "pause_selected", draft, live, deleted, post="yes")) == [
        "1 changed: paused now."
    ]
    assert messages_of(act_on_selected(admin_client, "go_live_selected", draft, live, post="yes")) == [
        "2 changed: live now."
    ]
    assert messages_of(act_on_selected(admin_client, "restore_selected", draft, deleted, post="yes")) == ["1 restored."]
    assert messages_of(act_on_selected(admin_client, "duplicate_selected", draft, live, post="yes")) == [
        "2 drafts made."
    ]
    assert (
        list(Streak.objects.order_by("created_at", "pk").values_list("status", flat=True))
        == ["live"] * 3 + ["draft"] * 2
    )
    asked = act_on_selected(admin_client, "delete_selected", draft, live)
    assert asked.content.decode().count("it can be restored") == 2
    confirm = {"action": "delete_selected", "post": "yes", "_selected_action": [str(draft.pk), str(live.pk)]}
    admin_client.post(STREAKS, confirm)
    assert (Streak.objects.count(), Streak.objects.visible().count()) == (5, 3)


def test_each_action_asks_first_and_says_how_many_members_it_concerns(admin_client: Client) -> None:
    draft, live = make_streak(status="draft", name="Draft"), make_streak(name="Live")
    deleted_at = datetime(2026, 3, 1, tzinfo=UTC)
    member = make_member()
    at = timezone.now()
    log = StreakLog(
        member=member, streak=live, activity_at=at, activity_id="x", unique_identifier="1", activity_value=Decimal(50)
    )
    record_log(log, now=at)
    pausing = act_on_selected(admin_client, "pause_selected", draft, live)
    assert pausing.context["streaks"] == [live]
    assert pausing.context["meaning"].endswith("the pause covers part of is excused. 1 member is under way.")
    going_live = act_on_selected(admin_client, "go_live_selected", draft, live)
    assert going_live.context["streaks"] == [draft]
    assert going_live.context["meaning"].endswith("members see them. 0 members are under way.")
    assert f'<a href="{checklist_of(draft)}">3 things are missing</a>' in going_live.content.decode()
    copying = act_on_selected(admin_client, "duplicate_selected", draft, live)
    stay = "1 member is under way. They stay where they are: a copy begins without members."
    assert copying.context["meaning"].endswith(stay)
    assert stay in dialog(admin_client, live, "duplicate")
    assert dict(Streak.objects.values_list("name", "status")) == {"Draft": "draft", "Live": "live"}
    Streak.objects.update(deleted_at=deleted_at)
    restoring = act_on_selected(admin_client, "restore_selected", draft, live)
    seen = "1 member is under way. Members see what is live again, and it accepts activity from now on."
    assert restoring.context["meaning"].endswith(seen)
    assert seen in dialog(admin_client, live, "restore")
    unseen = "0 members are under way. Members see nothing of a streak until it is live."
    assert unseen in dialog(admin_client, draft, "restore")
    assert Streak.objects.filter(deleted_at=deleted_at).count() == 2
