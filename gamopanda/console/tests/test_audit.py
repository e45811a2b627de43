"""The audit trail: what people change is kept with before and after, and nothing that activity writes."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry as DjangosOwnEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.admin.audit import entries_of
from gamopanda.admin.links import page_of
from gamopanda.admin.model_admins import AuditedAdmin
from rewards.models import PoolCode, RewardLog
from streaks.tests.admin_pages import save
from streaks.tests.calling import admin, log_body, make_key, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import Case, make_case

pytestmark = pytest.mark.django_db
TRAIL = "/admin/auditlog/logentry/"


def changes_of(record: Any) -> dict[str, Any]:
    """What the latest entry about a record says."""
    return dict(entries_of(record).first().changes)


def forget_all() -> None:
    """Leave out what a test made before it looks."""
    LogEntry.objects.all().delete()


def do(client: Client, record: Any, name: str) -> None:
    """Do what a button at the top of a streak's page does, after it was confirmed."""
    client.post(reverse(f"admin:streaks_streak_{name}", args=[record.pk]), {"_form_submitted": "on"})


def test_a_change_of_a_streak_is_kept_with_before_and_after_who_and_from_where(
    admin_client: Client, admin_user: User
) -> None:
    streak = make_streak(eud_title_en="Shop", eud_title_de="Kauf ein")
    forget_all()
    changed = {"eud_title_de": "Kauf mehr", "completion_target_value": 5}
    assert save(admin_client, streak, **changed).status_code == 302
    (entry,) = LogEntry.objects.all()
    assert entry.changes == {"eud_title_de": ["Kauf ein", "Kauf mehr"], "completion_target_value": [7, 5]}
    assert (entry.actor, entry.remote_addr, entry.get_action_display()) == (admin_user, "127.0.0.1", "update")
    page = admin_client.get(page_of(entry)).content.decode()
    assert "title [de]" in page
    assert "Kauf ein" in page
    assert "Kauf mehr" in page


def test_saving_a_page_as_it_is_changes_nothing_and_leaves_no_entry(admin_client: Client) -> None:
    milestone = make_milestone(make_streak(), 3)
    key, member = make_key(), make_member()
    forget_all()
    for record in (milestone.streak, milestone, key, member):
        assert save(admin_client, record).status_code == 302
    assert LogEntry.objects.count() == 0


def test_milestones_keys_members_and_groups_are_kept_too_and_a_secret_never(admin_client: Client) -> None:
    milestone, key, member = make_milestone(make_streak(), 3), make_key(), make_member()
    group, user = Group.objects.create(name="Shop floor"), User.objects.create_user("bob", password="secret word")
    forget_all()
    save(admin_client, milestone, milestone_target_value=4, eud_title_es="Tres")
    save(admin_client, key, status="paused")
    save(admin_client, member, first_name="Ann")
    save(admin_client, group, name="Shop")
    user.groups.add(group)
    user.set_password("another word")
    user.save()
    assert changes_of(milestone) == {"milestone_target_value": [3, 4], "eud_title_es": [None, "Tres"]}
    assert changes_of(key) == {"status": ["live", "paused"]}
    assert changes_of(member) == {"first_name": ["", "Ann"]}
    assert changes_of(group) == {"name": ["Shop floor", "Shop"]}
    assert [entry.changes for entry in entries_of(user)] == [
        {"password": ["(hidden)", "(hidden)"]},
        {"groups": {"type": "m2m", "operation": "add", "objects": ["Shop"]}},
    ]
    ApiKey.objects.create(name="till")
    kept = str(list(LogEntry.objects.values_list("changes", flat=True)))
    assert not [one for one in ApiKey.objects.all() if one.secret in kept or one.encrypted_secret in kept]


def test_the_widgets_looks_and_texts_are_kept(admin_client: Client) -> None:
    page = admin_client.get("/admin/widget/widgetsettings/", follow=True)
    settings = page.context["original"]
    forget_all()
    save(admin_client, settings, border_radius=4, text__close_button__fr="Fermez")
    (looks,), (text,) = entries_of(settings), LogEntry.objects.exclude(object_pk="1", object_repr=str(settings))
    assert looks.changes == {"border_radius": [16, 4]}
    assert (text.changes["key"], text.changes["text_fr"]) == ([None, "close_button"], [None, "Fermez"])


def test_going_live_pausing_duplicating_deleting_and_restoring_are_kept(admin_client: Client) -> None:
    streak = make_streak(status="draft")
    forget_all()
    for name in ("go_live", "pause"):
        do(admin_client, streak, name)
    live, paused = [entry.changes["status"] for entry in entries_of(streak).order_by("pk")]
    assert (live, paused) == (["draft", "live"], ["live", "paused"])
    do(admin_client, streak, "duplicate")
    copy = entries_of(streak).model.objects.order_by("pk").last()
    assert copy.changes == {"duplicated_from": [None, f"7-Day Shopper ({streak.pk})"]}
    admin_client.post(reverse("admin:streaks_streak_delete", args=[streak.pk]), {"post": "yes"})
    gone = changes_of(streak)["deleted_at"]
    do(admin_client, streak, "restore")
    assert gone[0] is None
    assert changes_of(streak)["deleted_at"] == [gone[1], None]


def test_rewards_are_kept_when_people_change_them_and_pools_when_they_are_filled(admin_client: Client) -> None:
    milestone = make_milestone(make_case().streak, 1, coupon_source="pool")
    Case(make_member("bob"), milestone.streak).record(1)
    forget_all()
    pool = reverse("admin:rewards_poolcode_upload", args=[milestone.pk])
    admin_client.post(pool, {"pasted": "A\nB"})
    assert changes_of(milestone) == {"coupon_codes_uploaded": [None, 2]}
    reward = RewardLog.objects.get()
    save(admin_client, reward, coupon_code="C")
    assert changes_of(reward) == {"coupon_code": ["A", "C"]}
    admin_client.post("/admin/rewards/rewardlog/", {"action": "mark_redeemed", "_selected_action": [str(reward.pk)]})
    assert changes_of(reward)["redeemed_at"] == [None, str(RewardLog.objects.get().redeemed_at)]
    code = PoolCode.objects.get(reward_log=None)
    admin_client.post(page_of(code).replace("change", "delete"), {"post": "yes"})
    assert [entry.get_action_display() for entry in entries_of(code)] == ["delete"]
    assert LogEntry.objects.count() == 4


def test_recording_activity_leaves_no_entry() -> None:
    """S22: nor do the member, the run and the reward that a log makes."""
    make_milestone(streak := make_streak(), 1)
    caller = admin()
    forget_all()
    assert caller.post("streak_log/record", log_body(streak, of="new")).status == 201
    assert RewardLog.objects.count() == 1
    assert LogEntry.objects.count() == 0


def test_a_server_is_no_person() -> None:
    streak, caller = make_streak(), admin()
    forget_all()
    assert caller.patch(f"streak/record/{streak.pk}", {"status": "paused"}).status == 200
    (entry,) = LogEntry.objects.all()
    assert (entry.actor, entry.changes["status"]) == (None, ["live", "paused"])
    assert len(entry.cid) > 8


@pytest.mark.parametrize("is_active", [True, False])
def test_an_erased_member_leaves_the_audit_trail_too_S35_F47(admin_client: Client, is_active: bool) -> None:
    case = make_case("ann@shop")
    if is_active:
        case.record(1)
    save(admin_client, case.member, first_name="Ann", email="ann@example.com")
    admin_client.post(page_of(case.member).replace("change", "delete"), {"post": "yes"})
    kept = LogEntry.objects.filter(object_pk=case.member.pk)
    assert next(iter(kept)).get_action_display() == "delete"
    assert not [entry for entry in kept if "ann" in f"{entry.object_repr} {entry.changes}".lower()]
    assert Member.objects.count() == is_active


def test_the_trail_is_for_looking_at_alone(admin_client: Client, django_assert_num_queries: Any) -> None:
    streak = make_streak()
    for number in range(60):
        streak.name = f"Name {number}"
        streak.save()
    entry = LogEntry.objects.first()
    admin_client.get(TRAIL)
    with django_assert_num_queries(3):  # the session, its user, the page; kinds of records are kept in memory
        page = admin_client.get(TRAIL)
    assert len(page.context["cl"].result_list) == 50
    for address in (f"{TRAIL}add/", page_of(entry).replace("change", "delete")):
        assert admin_client.post(address, {"post": "yes"}).status_code == 403
    assert admin_client.post(page_of(entry), {"object_repr": "x"}).status_code == 403
    assert LogEntry.objects.get(pk=entry.pk).object_repr == entry.object_repr


def test_entries_are_found_by_kind_person_and_record(admin_client: Client) -> None:
    streak, key = make_streak(), make_key()
    save(admin_client, key, description="till")
    kinds = {entry.object_pk: entry.content_type_id for entry in LogEntry.objects.all()}
    for query, found in (
        (f"kind={kinds[str(streak.pk)]}", [str(streak.pk)]),
        ("q=admin", [str(key.pk)]),
        (f"q={streak.pk}", [str(streak.pk)]),
        ("q=unknown", []),
    ):
        listed = admin_client.get(f"{TRAIL}?{query}").context["cl"].result_list
        assert [entry.object_pk for entry in listed] == found


def test_the_history_of_every_record_is_what_the_audit_trail_has_about_it(admin_client: Client) -> None:
    streak, other = make_streak(), make_streak()
    save(admin_client, streak, name="Spring")
    save(admin_client, other, name="Summer")
    address = reverse("admin:streaks_streak_history", args=[streak.pk])
    assert f'href="{address}"' in admin_client.get(page_of(streak)).content.decode()
    page = admin_client.get(address, follow=True)
    assert page.redirect_chain[0][0].startswith(f"{TRAIL}?kind=")
    told = [entry.changes for entry in page.context["cl"].result_list]
    assert told[:-1] == [{"name": ["7-Day Shopper", "Spring"]}]
    assert told[-1]["status"] == [None, "live"], "also what was not made here"
    for model, own in site._registry.items():
        assert isinstance(own, AuditedAdmin), model
    assert DjangosOwnEntry.objects.count() == 0, "there is one record of what happened"


def test_the_history_is_offered_to_who_may_read_the_audit_trail() -> None:
    streak, person = make_streak(), User.objects.create_user("ann", is_staff=True)
    rights = Permission.objects.filter(codename__in=["view_streak", "view_logentry"])
    person.user_permissions.set(rights.filter(content_type__app_label="streaks"))
    client = Client()
    client.force_login(person)
    address = reverse("admin:streaks_streak_history", args=[streak.pk])
    assert f'href="{address}"' not in client.get(page_of(streak)).content.decode()
    assert client.get(address, follow=True).status_code == 403
    person.user_permissions.set(rights.filter(content_type__app_label__in=["streaks", "auditlog"]))
    assert f'href="{address}"' in client.get(page_of(streak)).content.decode()
    assert client.get(address, follow=True).status_code == 200


def test_records_of_libraries_are_called_what_people_call_them(admin_client: Client) -> None:
    page = admin_client.get(TRAIL).content.decode()
    for name in ("Failed sign-in", "Second factor", "Change"):
        assert name in page
    for name in ("Access attempt", "TOTP device", "Log entry"):
        assert name.lower() not in page.lower()
    assert "Failed sign-ins" in admin_client.get("/admin/axes/accessattempt/").content.decode()
