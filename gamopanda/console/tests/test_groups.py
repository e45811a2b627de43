"""What each group may do in the administration, address by address: what buttons are shown says nothing about that."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import models
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from gamopanda.accounts.models import ApiKey, Member, MemberMerge, MemberZone, RecentCall
from gamopanda.admin.links import page_of
from gamopanda.events.endpoints import send_test
from gamopanda.events.models import Delivery, Event, Reminder, ReminderRule, WebhookEndpoint
from gamopanda.events.tests.receiving import make_endpoint
from gamopanda.tests.documents import table_of
from gamopanda.tests.people import make_groups, make_person, signed_in
from gamopanda.widget.models import WidgetSettings
from rewards.coupons import upload_codes
from rewards.models import PoolCode, RewardLog
from streaks.models import (
    ExcusedMember,
    HolidayCalendar,
    HolidayEdit,
    Milestone,
    SetAsideLog,
    Streak,
    StreakExcuse,
    StreakFreeze,
    StreakLog,
    StreakPause,
    StreakProgress,
    StreakRules,
    TaskProgress,
)
from streaks.tests.admin_pages import save
from streaks.tests.calling import make_key, make_milestone
from streaks.tests.recording_cases import NOW, make_case

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

FORBIDDEN, NOT_ALLOWED = 403, 405
ACCESS = {"API keys", "Users", "Groups", "Failed sign-ins", "Second factors"}
CONNECTIONS = {"API documentation", "Latest calls", "Webhook endpoints", "Deliveries", "Events"}
ALL = {"Marketer", "Support", "Integrator"}
NO_ONE: set[str] = set()
READERS = {"Marketer", "Support"}

# Who may look at the records of a model, add one, change one and delete one.
RIGHTS: dict[type[models.Model], tuple[set[str], set[str], set[str], set[str]]] = {
    Streak: (ALL, {"Marketer"}, {"Marketer"}, {"Marketer"}),
    Milestone: (READERS, NO_ONE, {"Marketer"}, {"Marketer"}),
    StreakPause: (READERS, NO_ONE, NO_ONE, NO_ONE),
    StreakLog: (READERS, {"Support"}, NO_ONE, NO_ONE),
    TaskProgress: (READERS, NO_ONE, NO_ONE, NO_ONE),
    StreakProgress: (READERS, NO_ONE, NO_ONE, NO_ONE),
    StreakExcuse: (READERS, READERS, NO_ONE, NO_ONE),
    StreakFreeze: (READERS, READERS, NO_ONE, NO_ONE),
    StreakRules: (READERS, {"Marketer"}, NO_ONE, NO_ONE),
    HolidayCalendar: (READERS, {"Marketer"}, {"Marketer"}, {"Marketer"}),
    PoolCode: ({"Marketer"}, NO_ONE, NO_ONE, {"Marketer"}),
    RewardLog: (READERS, NO_ONE, {"Support"}, NO_ONE),
    WidgetSettings: ({"Marketer"}, NO_ONE, {"Marketer"}, NO_ONE),
    Member: (READERS, NO_ONE, NO_ONE, NO_ONE),
    MemberZone: (READERS, {"Support"}, NO_ONE, NO_ONE),
    ApiKey: ({"Integrator"}, {"Integrator"}, {"Integrator"}, {"Integrator"}),
    RecentCall: ({"Integrator"}, NO_ONE, NO_ONE, NO_ONE),
    LogEntry: (ALL, NO_ONE, NO_ONE, NO_ONE),
    WebhookEndpoint: ({"Integrator"}, {"Integrator"}, {"Integrator"}, {"Integrator"}),
    Delivery: ({"Integrator"}, NO_ONE, NO_ONE, NO_ONE),
    Event: ({"Integrator"}, NO_ONE, NO_ONE, NO_ONE),
    ReminderRule: (READERS, NO_ONE, {"Marketer"}, {"Marketer"}),
    Reminder: (READERS, NO_ONE, NO_ONE, NO_ONE),
}
NO_RIGHTS = (NO_ONE, NO_ONE, NO_ONE, NO_ONE)
# Pages beside the usual ones: who may open them, and who may send their form. Any other is for those who may look at
# the records that it belongs to, at the most.
OTHERS = {
    "streaks_streak_go_live": ({"Marketer"}, {"Marketer"}),
    "streaks_streak_duplicate": ({"Marketer"}, {"Marketer"}),
    "streaks_streak_translations": (ALL, ALL),
    "streaks_streak_texts_export": (ALL, ALL),
    "streaks_streak_texts": (ALL, {"Marketer"}),
    "streaks_streak_show_reminders": (READERS, READERS),
    "streaks_streak_reminders": (READERS, READERS),
    "events_reminderrule_preview_words": (READERS, READERS),
    "events_reminderrule_words": (READERS, {"Marketer"}),
    "streaks_streakprogress_explain": (READERS, READERS),
    "streaks_streakprogress_explanation": (READERS, READERS),
    "streaks_milestone_coupon_codes": ({"Marketer"}, {"Marketer"}),
    "rewards_rewardlog_letter": ({"Support"}, {"Support"}),
    "rewards_rewardlog_resend": ({"Support"}, {"Support"}),
    "rewards_rewardlog_redeem": ({"Support"}, {"Support"}),
    "rewards_rewardlog_export": (READERS, READERS),
    "accounts_member_export": (READERS, READERS),
    "accounts_member_merge": (NO_ONE, NO_ONE),
    "accounts_member_merging": (NO_ONE, NO_ONE),
    "accounts_member_export_everything": (NO_ONE, NO_ONE),
    "accounts_member_erase": (NO_ONE, NO_ONE),
    "accounts_member_change_zone": ({"Support"}, {"Support"}),
    "accounts_member_pause_member": ({"Support"}, {"Support"}),
    "accounts_member_resume_member": (NO_ONE, NO_ONE),
    "accounts_member_add_activity": ({"Support"}, {"Support"}),
    "rewards_poolcode_upload": ({"Marketer"}, {"Marketer"}),
    "rewards_poolcode_choose_pool": ({"Marketer"}, {"Marketer"}),
    "widget_preview": ({"Marketer"}, {"Marketer"}),
}


@dataclass(frozen=True)
class Address:
    """An address of the administration, and who may open it and send its form; None: nothing is checked."""

    path: str
    open_to: set[str]
    sent_by: set[str]
    is_exact: bool = True


def make_records() -> dict[type[models.Model], models.Model]:
    """Make a record of every kind that has pages."""
    case = make_case(status="live")
    milestone = make_milestone(case.streak, 1, coupon_source="pool")
    upload_codes(milestone, ["A", "B"], now=NOW)
    case.record(1)
    StreakPause.objects.create(streak=case.streak, started_at=NOW, ended_at=NOW)
    Streak.objects.filter(pk=case.streak.pk).update(status="draft")
    WidgetSettings.objects.get_or_create(pk=1)
    RecentCall.objects.create(api_key=make_key(), called_at=NOW, method="GET", path="/", status=200, milliseconds=1)
    send_test(make_endpoint(), now=NOW)
    free = PoolCode.objects.get(reward_log=None)
    TOTPDevice.objects.create(user=User.objects.create_user("somebody"))
    AccessAttempt.objects.create(username="somebody", ip_address="192.0.2.1", failures_since_start=1)
    excuse = StreakExcuse.objects.create(kind="amnesty", is_for_list=True, starts_on=NOW.date(), ends_on=NOW.date())
    ExcusedMember.objects.create(excuse=excuse, member=case.member)
    StreakFreeze.objects.create(member=case.member, streak=case.streak, given_at=NOW, unique_identifier="1")
    MemberZone.objects.create(member=case.member, time_zone="Asia/Tokyo", asked_at=NOW)
    StreakRules.objects.create(streak=case.streak, valid_from=NOW.date(), completion_target_value=9)
    holidays = HolidayCalendar.objects.create(name="Public holidays")
    HolidayEdit.objects.create(calendar=holidays, streak=case.streak)
    ReminderRule.objects.create(streak=case.streak, type="at_risk")
    Reminder.objects.create(
        member=case.member, streak=case.streak, type="at_risk", period_key=NOW.date(), status="sent", due_at=NOW
    )
    merge = MemberMerge.objects.create(merged=Member.objects.create(external_id="former"))
    SetAsideLog.objects.create(
        member=case.member, streak=case.streak, merge=merge, kept=StreakLog.objects.get(), recorded_at=NOW,
        activity_at=NOW, activity_id="visit", unique_identifier="1", period_key=NOW.date(),
    )  # fmt: skip
    return {model: free if model is PoolCode else model._default_manager.first() for model in admin.site._registry}


def addresses(records: dict[type[models.Model], models.Model]) -> Iterator[Address]:
    """Yield every address of every model that has pages."""
    for model, model_admin in admin.site._registry.items():
        meta, record = model._meta, records[model]
        look, add, change, delete = RIGHTS.get(model, NO_RIGHTS)
        usual = {
            "changelist": (look, look),
            "add": (add, add),
            "change": (look, change),
            "delete": (delete, delete),
            "history": (look, look),
        }
        usual = {f"{meta.app_label}_{meta.model_name}_{name}": rights for name, rights in usual.items()}
        for pattern in model_admin.get_urls():
            if pattern.name:
                values = {name: value_of(name, record, records) for name in pattern.pattern.converters}
                path = reverse(f"admin:{pattern.name}", kwargs=values)
                rights = {**usual, **OTHERS}.get(pattern.name)
                yield Address(path, *(rights or (look, look)), is_exact=rights is not None)


def value_of(name: str, record: models.Model, records: dict[type[models.Model], models.Model]) -> Any:
    """Return what stands in an address for one of its variables."""
    others = {
        "member_id": Member,
        "streak_id": Streak,
        "milestone_id": Milestone,
        "reward_id": RewardLog,
        "endpoint_id": WebhookEndpoint,
        "rule_id": ReminderRule,
    }
    return "csv" if name == "kind" else records[others.get(name, type(record))].pk


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables but those of sessions."""
    kinds = [kind.model_class() for kind in ContentType.objects.all()]
    shown = [model for model in kinds if model not in {None, Session, ContentType}]
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in shown}


def is_open(person: User, method: str, path: str) -> bool:
    """Say whether a person may open a page. It is not drawn: that takes most of the time and refuses no person."""
    request = RequestFactory().generic(method, path, content_type="application/x-www-form-urlencoded")
    request.user, request.session = person, SessionStore()
    request._messages = FallbackStorage(request)
    request._dont_enforce_csrf_checks = True
    view, arguments, named = resolve(path)
    try:
        return view(request, *arguments, **named).status_code in {200, 302}
    except PermissionDenied:
        return False


def is_refused(client: Client, method: str, path: str) -> bool:
    """Say whether a page is refused, takes no such call from anybody, or is not there for who asks."""
    answer = client.generic(method, path, content_type="application/x-www-form-urlencoded")
    return answer.status_code in {FORBIDDEN, NOT_ALLOWED} or answer.headers.get("Location") == "/admin/"


@pytest.mark.parametrize("group", ["Marketer", "Support", "Integrator", ""])
def test_every_address_is_open_to_those_alone_whose_work_needs_it(group: str) -> None:
    records, person = make_records(), make_person(group)
    client = Client()
    client.force_login(person)
    calls = [
        (method, address.path, group in groups, address.is_exact)
        for address in addresses(records)
        for method, groups in (("GET", address.open_to), ("POST", address.sent_by))
    ]
    before = everything()
    assert [call for call in calls if not call[2] and not is_refused(client, *call[:2])] == []
    assert everything() == before
    assert [call for call in calls if call[2] and call[3] and not is_open(person, *call[:2])] == []
    assert len(calls) > 140


@pytest.mark.parametrize(
    ("group", "missing"),
    [
        ("Marketer", {*CONNECTIONS, "API keys", "Users", "Groups", "Failed sign-ins", "Second factors"}),
        (
            "Support",
            {
                *CONNECTIONS,
                "Coupon codes",
                "Widget",
                "API keys",
                "Users",
                "Groups",
                "Failed sign-ins",
                "Second factors",
            },
        ),
    ],
)
def test_the_menu_offers_what_a_group_may_open(group: str, missing: set[str], admin_client: Client) -> None:
    client = Client()
    client.force_login(make_person(group))
    assert menu(admin_client) - menu(client) == missing


def menu(client: Client) -> set[str]:
    """The entries of the menu of the administration."""
    groups = client.get("/admin/").context["sidebar_navigation"]
    return {str(item["title"]) for group in groups for item in group["items"] if item["has_permission"]}


def test_guests_are_led_to_the_page_to_sign_in(client: Client) -> None:
    for address in addresses(make_records()):
        answer = client.get(address.path)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_a_group_has_the_rights_that_are_listed_and_no_other() -> None:
    make_groups()
    for group in Group.objects.all():
        held = {(right.content_type.model_class(), right.codename.split("_")[0]) for right in group.permissions.all()}
        listed = {
            (model, verb)
            for model, rights in RIGHTS.items()
            for verb, groups in zip(("view", "add", "change", "delete"), rights, strict=True)
            if group.name in groups
        }
        # Codes are added on the page of their pool, and milestones and reminders on the page of their streak.
        added = {(PoolCode, "add"), (Milestone, "add"), (ReminderRule, "add")}
        elsewhere = added if group.name == "Marketer" else set()
        # Support adds restorations, and marketers all excuses.
        elsewhere |= {(StreakExcuse, "restore")} if group.name in READERS else set()
        elsewhere |= {(Member, "pause")} if group.name == "Support" else set()
        listed -= {(StreakExcuse, "add")} if group.name == "Support" else set()
        assert held == listed | elsewhere
    assert set(Group.objects.values_list("name", flat=True)) == ALL
    assert {row["Group"] for row in table_of("docs/marketers.md", "Group", "Can", "Can look at")} == ALL


def test_a_marketer_makes_a_streak_with_a_milestone_and_fills_its_pool() -> None:
    client, records = signed_in("Marketer"), make_records()
    streak, milestone = records[Streak], records[Milestone]
    assert save(client, streak, name="Spring", eud_title_de="Frühling").status_code == 302
    assert save(client, milestone, name="First day").status_code == 302
    client.post(reverse("admin:rewards_poolcode_upload", args=[milestone.pk]), {"pasted": "C"})
    assert (Streak.objects.get().name, Milestone.objects.get().name) == ("Spring", "First day")
    assert set(PoolCode.objects.values_list("code", flat=True)) == {"A", "B", "C"}


def test_support_redeems_and_enters_codes_and_reads_why_a_streak_broke() -> None:
    client, records = signed_in("Support"), make_records()
    reward, run = records[RewardLog], StreakProgress.objects.get()
    assert save(client, reward, coupon_code="BY-PHONE").status_code == 302
    client.post("/admin/rewards/rewardlog/", {"action": "mark_redeemed", "_selected_action": [str(reward.pk)]})
    after = RewardLog.objects.get()
    assert (after.coupon_code, after.redeemed_at is None) == ("BY-PHONE", False)
    explanation = reverse("admin:streaks_streakprogress_explanation", args=[run.member_id, run.streak_id])
    assert client.get(explanation).status_code == 200


def test_an_integrator_makes_and_pauses_keys() -> None:
    client = signed_in("Integrator")
    assert client.post("/admin/accounts/apikey/add/", {"name": "till", "status": "live"}).status_code == 200
    key = ApiKey.objects.get()
    assert save(client, key, status="paused").status_code == 302
    assert ApiKey.objects.get().status == "paused"


def test_each_group_reads_the_changes_of_what_it_may_look_at() -> None:
    make_records()
    entries = {entry.content_type.model_class(): entry for entry in LogEntry.objects.all()}
    assert {Streak, Milestone, ApiKey, User, TOTPDevice} <= set(entries)
    for group, seen in (
        ("Marketer", {Streak, Milestone, WidgetSettings, ReminderRule}),
        ("Support", {Streak, Milestone, ReminderRule}),
        ("Integrator", {Streak, ApiKey, WebhookEndpoint}),
    ):
        client = signed_in(group)
        shown = client.get("/admin/auditlog/logentry/").context["cl"].result_list
        assert {entry.content_type.model_class() for entry in shown} == seen
        for model, entry in entries.items():
            assert is_refused(client, "GET", page_of(entry)) is (model not in seen)
