"""The time zones of members in the administration: changed at once by support, and kept with who and why (S55)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gamopanda.accounts.models import Member, MemberZone
from gamopanda.accounts.zones import ask_for_zone
from gamopanda.admin.audit import entries_of
from gamopanda.admin.links import page_of
from gamopanda.tests.people import signed_in
from streaks.tests.admin_pages import errors
from streaks.tests.calling import make_member

pytestmark = pytest.mark.django_db

ADD = "/admin/accounts/memberzone/add/"


@pytest.fixture
def member() -> Member:
    member = make_member()
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        ask_for_zone(member, zone, author="API key", now=timezone.now())
    return member


def test_support_changes_a_zone_at_once_and_it_is_told_who_did_it_why(member: Member) -> None:
    client = signed_in("Support")
    page = client.get(page_of(member)).content.decode()
    assert "Europe/Berlin; from" in page
    assert "on: Asia/Tokyo" in page
    button = client.get(reverse("admin:accounts_member_change_zone", args=[member.pk]), follow=True)
    assert button.redirect_chain[-1][0] == f"{ADD}?member={member.pk}"
    typed = {"member": member.pk, "time_zone": "lima", "reason": "She called"}
    assert client.post(ADD, typed).headers["Location"] == page_of(member)
    zone = MemberZone.objects.latest("asked_at", "pk")
    assert (zone.time_zone, zone.counts_from, zone.reason) == ("America/Lima", zone.asked_at, "She called")
    assert zone.author == "console: support"
    assert entries_of(member)[0].changes == {
        "time_zone": ["Europe/Berlin", "America/Lima"],
        "reason": [None, "She called"],
    }
    assert "America/Lima" in client.get(page_of(member)).content.decode()
    replaced = MemberZone.objects.get(time_zone="Asia/Tokyo")
    assert "never: another one came before" in client.get(page_of(replaced)).content.decode()


def test_a_zone_that_is_none_or_counts_already_is_refused_and_nothing_changes(member: Member) -> None:
    client = signed_in("Support")
    answer = client.post(ADD, {"member": member.pk, "time_zone": "Limaa"})
    assert "is not an IANA time zone" in errors(answer)["time_zone"][0]
    other = make_member("bob")
    assert errors(client.post(ADD, {"member": other.pk, "time_zone": ""})) == {
        "time_zone": ["The member has this time zone already."]
    }
    assert MemberZone.objects.count() == 2


def test_marketers_look_at_zones_and_change_none(member: Member) -> None:
    client = signed_in("Marketer")
    assert client.get(f"/admin/accounts/memberzone/?q={member.external_id}").content.decode().count("Asia/Tokyo") == 1
    assert client.post(ADD, {"member": member.pk, "time_zone": "America/Lima"}).status_code == 403
    assert MemberZone.objects.count() == 2


def test_the_list_of_zones_takes_the_same_number_of_queries_whatever_its_length(
    member: Member, admin_client: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert admin_client.get("/admin/accounts/memberzone/").status_code == 200
        return len(found)

    few = queries()
    for name in ("bob", "cy", "di"):
        ask_for_zone(make_member(name), "Asia/Tokyo", author="API key", now=timezone.now())
    assert queries() == few
