"""The time zone of a member: asked for, waiting, in effect (S53, S55); what counts by it is told in streaks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from gamopanda.accounts.models import Member, MemberZone
from gamopanda.accounts.zones import ZoneWish, ask_for_zone, zones_at, zones_in_effect
from streaks.tests.calling import Caller, admin, end_user, log_body, make_member, make_streak

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN, TOKYO, PARIS, LIMA = "Europe/Berlin", "Asia/Tokyo", "Europe/Paris", "America/Lima"


@pytest.fixture
def server() -> Caller:
    return admin()


def make(server: Caller, **body: Any) -> str:
    answer = server.post("account_user/record", {"externalId": "ann", **body})
    assert answer.status == 201
    return f"account_user/record/{answer.data['id']}"


def zones(server: Caller, path: str) -> tuple[Any, Any, Any]:
    record = server.get(path).data
    return record["timeZone"], record["pendingTimeZone"], record["pendingTimeZoneFrom"]


def test_s53_an_old_name_is_taken_and_kept_under_its_present_one(server: Caller) -> None:
    path = make(server, timeZone="Asia/Calcutta")
    assert zones(server, path) == ("Asia/Kolkata", None, None)
    for old, present in [("US/Eastern", "America/New_York"), ("Europe/Kiev", "Europe/Kyiv"), ("UTC", "UTC")]:
        MemberZone.objects.all().delete()
        assert server.patch(path, {"timeZone": old}).data["timeZone"] == present
    streak = make_streak()
    assert (
        server.patch(f"streak/record/{streak.pk}", {"timeZone": "Asia/Saigon"}).data["timeZone"] == "Asia/Ho_Chi_Minh"
    )


def test_s53_the_names_of_places_that_share_their_clock_are_no_old_names(server: Caller) -> None:
    path = make(server, timeZone="Europe/Copenhagen")
    assert zones(server, path) == ("Europe/Copenhagen", None, None)


def test_s53_an_unknown_zone_is_refused_with_a_suggestion_and_nothing_changes(server: Caller) -> None:
    path = make(server, timeZone=BERLIN)
    answer = server.patch(path, {"timeZone": "Europe/Pariss", "firstName": "Ann"})
    assert (answer.error(), answer.details()) == ((400, "validation_error"), [("timeZone", "unknown_time_zone")])
    assert "Europe/Paris" in answer.body["error"]["message"]
    assert (zones(server, path), MemberZone.objects.count()) == ((BERLIN, None, None), 1)
    assert Member.objects.get().first_name == ""


def test_a_member_who_is_made_with_a_zone_has_it_from_the_beginning(server: Caller) -> None:
    make(server, timeZone=BERLIN)
    (stored,) = MemberZone.objects.all()
    assert (stored.time_zone, stored.counts_from, stored.is_initial) == (BERLIN, None, True)
    assert stored.author.startswith("API key ")
    assert Member.objects.get().has_own_zone
    make(server, externalId="bob")
    assert not Member.objects.get(external_id="bob").has_own_zone


def test_s54_a_first_zone_counts_from_the_beginning_without_activity_and_from_now_on_with_it(server: Caller) -> None:
    path = make(server)
    assert server.patch(path, {"timeZone": BERLIN}).data["timeZone"] == BERLIN
    assert server.post("streak_log/record", log_body(make_streak(), of="bob")).status == 201
    put = server.put("account_user/record/by-external-id/bob", {"timeZone": TOKYO})
    assert (put.status, put.data["timeZone"]) == (200, TOKYO)
    ann, bob = MemberZone.objects.order_by("pk")
    assert (ann.counts_from, bob.counts_from) == (None, bob.asked_at)
    assert (ann.is_initial, bob.is_initial) == (False, False)


def test_s55_a_newer_wish_waits_for_a_week_after_the_last_change_and_replaces_one_that_waits(server: Caller) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        path = make(server, timeZone=BERLIN)
        # To be made with a zone is no change.
        assert server.patch(path, {"timeZone": TOKYO}).data["timeZone"] == TOKYO
        clock.shift(DAY)
        changed = server.patch(path, {"timeZone": PARIS}).data
        pending = ("pendingTimeZone", "pendingTimeZoneFrom")
        assert (changed["timeZone"], *(changed[name] for name in pending)) == (TOKYO, PARIS, "2026-03-09T12:00:00Z")
        clock.shift(DAY)
        server.patch(path, {"timeZone": LIMA})
        assert zones(server, path) == (TOKYO, LIMA, "2026-03-09T12:00:00Z")
        # The same once more changes nothing.
        server.patch(path, {"timeZone": LIMA})
        assert MemberZone.objects.count() == 4
        clock.move_to(NOW + 7 * DAY - timedelta(seconds=1))
        assert zones(server, path) == (TOKYO, LIMA, "2026-03-09T12:00:00Z")
        clock.move_to(NOW + 7 * DAY)
        assert zones(server, path) == (LIMA, None, None)
        server.patch(path, {"timeZone": BERLIN})
        assert zones(server, path) == (LIMA, BERLIN, "2026-03-16T12:00:00Z")
        clock.move_to(NOW + 30 * DAY)
        assert zones(server, path) == (BERLIN, None, None)
        server.patch(path, {"timeZone": TOKYO})
        assert zones(server, path) == (TOKYO, None, None)


def test_s55_a_wish_for_the_zone_that_counts_takes_back_the_one_that_waits(server: Caller) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        path = make(server, timeZone=BERLIN)
        for zone in (TOKYO, PARIS, TOKYO):
            clock.shift(DAY)
            server.patch(path, {"timeZone": zone})
        assert zones(server, path) == (TOKYO, None, None)
        clock.shift(20 * DAY)
        assert zones(server, path) == (TOKYO, None, None)


def test_s55_a_supporter_can_change_the_zone_at_once(server: Caller) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        path = make(server, timeZone=BERLIN)
        server.patch(path, {"timeZone": TOKYO})
        clock.shift(DAY)
        server.patch(path, {"timeZone": PARIS})
        ask_for_zone(Member.objects.get(), LIMA, author="sue", reason="She called", now=timezone.now(), is_at_once=True)
        assert zones(server, path) == (LIMA, None, None)
        assert MemberZone.objects.order_by("-asked_at", "-pk").values_list("author", "reason").first() == (
            "sue",
            "She called",
        )


def test_the_zone_is_taken_away_with_null_and_a_record_that_was_read_can_be_sent_back(server: Caller) -> None:
    path = make(server, timeZone=BERLIN)
    assert server.patch(path, server.get(path).data).data["timeZone"] == BERLIN
    assert MemberZone.objects.count() == 1
    assert server.patch(path, {"timeZone": None}).data["timeZone"] is None
    assert zones(server, path) == (None, None, None)


def test_pending_fields_of_a_body_are_ignored(server: Caller) -> None:
    path = make(server, timeZone=BERLIN, pendingTimeZone=TOKYO, pendingTimeZoneFrom="2026-03-09T12:00:00Z")
    assert zones(server, path) == (BERLIN, None, None)


def test_an_end_user_reads_the_own_zone_and_does_not_change_it(server: Caller) -> None:
    path = make(server, timeZone=BERLIN)
    assert end_user("ann").get(path).data["timeZone"] == BERLIN
    assert end_user("ann").patch(path, {"timeZone": TOKYO}).error() == (403, "forbidden")


def test_a_list_of_members_takes_one_query_for_all_zones(server: Caller) -> None:
    make(server, timeZone=BERLIN)
    with CaptureQueriesContext(connection) as one:
        server.get("account_user/record")
    for name in ("bob", "cy", "di"):
        make(server, externalId=name, timeZone=TOKYO)
    with CaptureQueriesContext(connection) as four:
        assert {record["timeZone"] for record in server.get("account_user/record").data} == {BERLIN, TOKYO}
    assert len(four) == len(one)


def test_the_database_keeps_zones_as_they_are() -> None:
    member = make_member()
    ask_for_zone(member, BERLIN, author="sue", now=NOW)
    (zone,) = MemberZone.objects.all()
    for change in (zone.save, zone.delete):
        with pytest.raises(TypeError, match="permanent"):
            change()
    wrong: list[dict[str, Any]] = [
        {"asked_at": NOW + DAY, "counts_from": NOW},
        {"asked_at": NOW + DAY, "counts_from": NOW + DAY, "is_initial": True},
    ]
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            MemberZone.objects.create(member=member, time_zone=TOKYO, author="sue", **values)
    assert MemberZone.objects.count() == 1


def merge(server: Caller, name: str, into: str) -> None:
    ids = dict(Member.objects.values_list("external_id", "pk"))
    assert server.post(f"account_user/record/{ids[name]}/merge", {"intoId": str(ids[into])}).status == 200


def test_s60_a_merge_brings_a_zone_to_a_member_without_one_and_changes_no_other(server: Caller) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for name, zone in [("device", TOKYO), ("new", None), ("old", None), ("other", LIMA)]:
            make(server, externalId=name, timeZone=zone)
        streak = make_streak()
        for name in ("device", "old"):
            server.post("streak_log/record", log_body(streak, of=name, activityAt="2026-03-02T11:00:00Z"))
        merge(server, "device", "new")
        clock.shift(DAY)
        merge(server, "new", "old")
        clock.shift(DAY)
        merge(server, "old", "other")
    assert [
        (zone.member.external_id, zone.time_zone, zone.counts_from)
        for zone in MemberZone.objects.select_related("member").order_by("asked_at", "pk")
    ] == [("new", TOKYO, None), ("other", LIMA, None), ("old", TOKYO, NOW + DAY)]


WAITS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["", "A", "B"])), max_size=8)


@given(WAITS, st.integers(0, 20))
def test_s55_of_any_wishes_the_last_one_counts_in_the_end_and_none_that_was_replaced(waits: Any, day: int) -> None:
    """Wishes of one day after the other, each of which waits for some days."""
    wishes = [
        ZoneWish(NOW + number * DAY, NOW + (number + wait) * DAY, zone) for number, (wait, zone) in enumerate(waits)
    ]
    counting = zones_in_effect(wishes)
    assert all(one.counts_from <= other.counts_from for one, other in pairwise(counting))
    assert all(one != other for one, other in pairwise(["", *(wish.time_zone for wish in counting)]))
    assert zones_at(wishes, NOW + 100 * DAY) == (waits[-1][1] if waits else "", None)
    at = NOW + day * DAY
    asked = [wish for wish in wishes if wish.asked_at <= at]
    present = ""
    for index, wish in enumerate(asked):
        replaced = any(later.asked_at < wish.counts_from for later in asked[index + 1 :])
        present = wish.time_zone if wish.counts_at(at) and not replaced else present
    assert zones_at(asked, at).time_zone == present
