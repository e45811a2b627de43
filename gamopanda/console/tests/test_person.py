"""Merging, exporting and erasing a member in the console."""

import json

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.admin.links import page_of
from gamopanda.tests.people import signed_in
from streaks.models import Streak, StreakLog
from streaks.tests.calling import admin, log_body, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db


@pytest.fixture
def streak() -> Streak:
    streak = make_streak()
    make_milestone(streak, 2)
    server = admin()
    for name, day in (("ann", 1), ("device-1", 2)):
        assert server.post("streak_log/record", log_body(streak, of=name, day=day)).status == 201
    return streak


def member(external_id: str) -> Member:
    return Member.objects.get(external_id=external_id)


@pytest.mark.usefixtures("streak")
def test_a_merge_says_first_what_will_happen_and_then_does_it(admin_client: Client):
    page = reverse("admin:accounts_member_merging", args=[member("device-1").pk])
    preview = admin_client.post(page, {"into": "ann", "reason": "signed up twice"}).content.decode()
    assert "1 activity log moves." in preview
    assert "Runs: 1 joined, 1 extended, 0 revived, 0 split, 0 broken." in preview
    assert "1 reward is issued." in preview
    assert Member.objects.count() == 2
    # A member is merged only into the one that the page has named.
    other = {"into": "ann", "confirmed": str(member("device-1").pk)}
    assert admin_client.post(page, other).status_code == 200
    assert Member.objects.count() == 2
    done = admin_client.post(page, {"into": "ann", "reason": "signed up twice", "confirmed": str(member("ann").pk)})
    assert done.headers["Location"] == reverse("admin:accounts_member_change", args=[member("ann").pk])
    fact = MemberMerge.objects.get()
    assert (fact.author, fact.reason) == ("admin", "signed up twice")
    assert StreakLog.objects.filter(member=member("ann")).count() == 2
    assert LogEntry.objects.get(object_pk=str(member("ann").pk)).changes == {"merged_id": [None, str(fact.merged_id)]}


@pytest.mark.parametrize(
    ("into", "said"),
    [("stranger", "There is no member with this external id."), ("ann", "A member cannot be merged into itself.")],
)
def test_a_wrong_target_is_refused_beside_its_field(admin_client: Client, into: str, said: str):
    ann = make_member("ann")
    page = reverse("admin:accounts_member_merging", args=[ann.pk])
    assert said in admin_client.post(page, {"into": into, "confirmed": str(ann.pk)}).content.decode()
    assert MemberMerge.objects.count() == 0


@pytest.mark.usefixtures("streak")
def test_an_export_is_sent_as_a_file_and_noted(admin_client: Client):
    ann = member("ann")
    answer = admin_client.get(reverse("admin:accounts_member_export_everything", args=[ann.pk]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="member-ann.json"'
    assert json.loads(answer.getvalue())["data"]["member"]["externalId"] == "ann"
    assert list(LogEntry.objects.get(object_pk=str(ann.pk)).changes) == ["exported"]


def test_the_buttons_lead_to_pages_that_say_what_will_happen(admin_client: Client):
    ann = make_member("ann")
    page = admin_client.get(reverse("admin:accounts_member_change", args=[ann.pk])).content.decode()
    for name in ("merge", "export_everything", "erase"):
        assert reverse(f"admin:accounts_member_{name}", args=[ann.pk]) in page
    erase = admin_client.get(reverse("admin:accounts_member_erase", args=[ann.pk]), follow=True).content.decode()
    assert "has no activity and is deleted for good." in erase
    merge = admin_client.get(reverse("admin:accounts_member_merge", args=[ann.pk]), follow=True).content.decode()
    assert "This cannot be undone." in merge
    assert (
        "Merge into"
        not in signed_in("Support").get(reverse("admin:accounts_member_change", args=[ann.pk])).content.decode()
    )


def test_the_page_of_a_member_reads_the_member_once_for_all_its_buttons(admin_client: Client) -> None:
    ann = make_member("ann")
    with CaptureQueriesContext(connection) as queries:
        assert admin_client.get(page_of(ann)).status_code == 200
    read = [query["sql"] for query in queries if 'FROM "accounts_member" WHERE' in query["sql"]]
    assert len(read) == 1, read
