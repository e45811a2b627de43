"""Events are stored with what makes them happen, and only where somebody takes them (E1–E6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gamopanda.accounts.models import Member
from gamopanda.events.models import Announcement, Delivery, Event
from gamopanda.events.tests.receiving import make_endpoint, stored, types
from rewards.coupons import upload_codes
from rewards.models import RewardLog
from streaks.models import StreakProgress
from streaks.progress.housekeeping import close_runs
from streaks.progress.service import rederive
from streaks.tests.calling import Caller, admin, log_body, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel("2026-03-03T12:30:00Z", tick=False):
        yield


@pytest.fixture
def server() -> Caller:
    return admin()


def send(server: Caller, streak: Any, day: int, **changes: Any) -> Any:
    answer = server.post("streak_log/record", log_body(streak, day=day, **changes))
    assert answer.status == 201
    return answer.data


@pytest.mark.parametrize("has_endpoint", [False, True])
def test_nothing_is_stored_and_nothing_asked_without_a_consumer_of_events_E6(has_endpoint, server):
    streak = make_streak()
    make_member()
    if has_endpoint:
        make_endpoint(event_types=["member.erased"])
    send(server, streak, 1)
    # The first log has changed the streak.
    send(server, streak, 2)
    with CaptureQueriesContext(connection) as queries:
        send(server, streak, 3)
    assert [query["sql"] for query in queries if "events_" in query["sql"]] == []
    assert (Event.objects.count(), Delivery.objects.count(), Announcement.objects.count()) == (0, 0, 0)


def test_the_list_alone_is_a_taker(server, settings):
    settings.GAMOPANDA_EVENT_LIST = True
    send(server, make_streak(), 3)
    assert types() == ["streak.started", "streak.period_completed"]
    assert Delivery.objects.count() == 0


def test_a_day_tells_what_happened_in_order_with_a_sequence_of_its_member_E5(server):
    make_endpoint()
    streak = make_streak(completion_target_value=2)
    milestone = make_milestone(streak, 2)
    send(server, streak, 2)
    data = send(server, streak, 3)
    found = stored()
    assert [(one, data["sequence"], data["isLate"]) for one, data in found] == [
        ("streak.started", 1, True),
        ("streak.period_completed", 2, True),
        ("streak.period_completed", 3, False),
        ("milestone.reached", 4, False),
        ("streak.completed", 5, False),
        ("reward.issued", 6, False),
    ]
    member = Member.objects.get()
    for _type, one in found:
        assert one["member"] == {"id": str(member.pk), "externalId": "ann"}
        assert one["streak"] == {"id": str(streak.pk), "name": streak.name}
    run = {name: value for name, value in data["streakProgress"].items() if name != "display"}
    assert found[4][1]["streakProgress"] == run
    assert found[2][1]["periodKey"] == "2026-03-03"
    assert found[3][1]["milestone"]["id"] == str(milestone.pk)
    assert found[5][1]["rewardLog"]["couponCode"] == RewardLog.objects.get().coupon_code
    assert Delivery.objects.count() == 6


def test_no_event_holds_a_name_or_an_address_of_the_member_E5(server):
    make_endpoint()
    streak = make_streak(completion_target_value=1)
    make_milestone(streak, 1)
    person = {
        "externalId": "ann",
        "firstName": "Annabel",
        "lastName": "Lee",
        "email": "ann@example.com",
        "phoneNumber": "+14155550123",
    }
    send(server, streak, 3, ownedBy=person)
    for event in Event.objects.all():
        assert not any(word in event.payload for word in ("Annabel", "Lee", "ann@example.com", "14155550123"))
        assert len(event.body) < 20_000


def test_a_repeat_and_a_refused_log_tell_nothing(server):
    make_endpoint()
    streak = make_streak()
    send(server, streak, 3)
    before = stored()
    assert server.post("streak_log/record", log_body(streak, day=3)).status == 409
    assert server.post("streak_log/record", log_body(streak, day=2, value=None)).status == 400
    assert stored() == before


def test_what_is_rolled_back_is_not_told_E1(server, monkeypatch):
    from gamopanda.events import receivers

    make_endpoint()
    streak = make_streak()
    store = receivers.store_events

    def fail(*args: Any, **kwargs: Any) -> None:
        store(*args, **kwargs)
        raise RuntimeError("between store and COMMIT")

    monkeypatch.setattr(receivers, "store_events", fail)
    assert server.post("streak_log/record", log_body(streak, day=3)).status == 500
    assert (Event.objects.count(), Delivery.objects.count(), StreakProgress.objects.count()) == (0, 0, 0)


def test_only_what_an_endpoint_takes_is_stored(server):
    mine, other = make_streak(), make_streak()
    rewards = make_endpoint(event_types=["streak.completed", "streak.started"], streak_ids=[str(mine.pk)])
    make_endpoint(event_types=["reward.issued"])
    make_endpoint(status="disabled")
    send(server, mine, 3)
    send(server, other, 3, of="bob")
    assert types() == ["streak.started"]
    assert list(Delivery.objects.values_list("endpoint_id", flat=True)) == [rewards.pk]


def test_an_endpoint_that_is_made_or_changed_counts_from_the_next_log_on(server):
    streak = make_streak()
    send(server, streak, 1)
    url = "https://192.0.2.1/hook"
    endpoint = server.post("webhook_endpoint/record", {"url": "https://93.184.215.14/hook"}).data["id"]
    assert server.post("webhook_endpoint/record", {"url": url}).status == 400
    send(server, streak, 2)
    assert types() == ["streak.revived", "streak.period_completed"]
    assert server.patch(f"webhook_endpoint/record/{endpoint}", {"eventTypes": ["reward.issued"]}).status == 200
    send(server, streak, 3)
    assert types() == ["streak.revived", "streak.period_completed"]


def test_a_batch_tells_of_every_member(server):
    make_endpoint()
    streak = make_streak()
    records = [log_body(streak, day=3, of=f"member-{number}") for number in range(30)]
    assert server.post("streak_log/record/bulk", {"records": records}).data["created"] == 30
    assert types().count("streak.started") == types().count("streak.period_completed") == 30
    assert sorted({data["sequence"] for _type, data in stored()}) == [1, 2]
    names = {data["member"]["externalId"] for _type, data in stored()}
    assert names == {f"member-{number}" for number in range(30)}


def test_a_batch_asks_nothing_for_types_without_a_consumer_E6(server):
    streak = make_streak()

    def queries_of_batch(day: int) -> int:
        records = [log_body(streak, day=day, of=f"member-{number}") for number in range(30)]
        with CaptureQueriesContext(connection) as queries:
            assert server.post("streak_log/record/bulk", {"records": records}).data["created"] == 30
        return len(queries)

    queries_of_batch(1)
    # The next log reads the streak that was changed, and who takes events.
    send(server, streak, 1)
    alone = queries_of_batch(2)
    make_endpoint(event_types=["member.erased"])
    send(server, streak, 2)
    assert queries_of_batch(3) == alone
    assert Event.objects.count() == 0


def test_a_late_log_that_closes_a_gap_revives_the_run_E3(server):
    make_endpoint()
    streak = make_streak()
    with time_machine.travel("2026-03-01T12:30:00Z", tick=False):
        send(server, streak, 1)
    close_runs(now=datetime(2026, 3, 3, 1, tzinfo=UTC))
    with time_machine.travel("2026-03-03T02:00:00Z", tick=False):
        send(server, streak, 2)
    assert [(one, data["isLate"]) for one, data in stored()] == [
        ("streak.started", False),
        ("streak.period_completed", False),
        ("streak.revived", True),
        ("streak.period_completed", True),
    ]
    close_runs(now=datetime(2026, 3, 3, 7, tzinfo=UTC))
    assert "streak.broken" not in types()


def test_a_break_is_told_once_after_its_delay_E4(server):
    make_endpoint(event_types=["streak.broken"])
    streak = make_streak(announce_after_hours=3)
    with time_machine.travel("2026-03-01T12:30:00Z", tick=False):
        send(server, streak, 1)
    breaks_at = datetime(2026, 3, 3, tzinfo=UTC)
    for hours, number in ((0, 0), (2, 0), (3, 1), (4, 1), (30, 1)):
        close_runs(now=breaks_at + timedelta(hours=hours))
        assert len(stored()) == number
    ((event_type, data),) = stored()
    assert event_type == "streak.broken"
    assert data["streakProgress"]["streakProgressStatus"] == "broken"
    assert data["streakProgress"]["streakBrokenAt"] == "2026-03-03T00:00:00Z"


def test_a_break_is_told_also_when_the_member_has_begun_anew_meanwhile_E4(server):
    make_endpoint(event_types=["streak.broken"])
    streak = make_streak()
    with time_machine.travel("2026-03-01T12:30:00Z", tick=False):
        send(server, streak, 1)
    send(server, streak, 3)
    for hour in (5, 6, 12):
        close_runs(now=datetime(2026, 3, 3, hour, tzinfo=UTC))
    assert types() == ["streak.broken"]


@pytest.mark.parametrize("is_older", [True, False])
def test_a_merge_tells_of_no_revival_where_the_run_of_the_present_member_lives_E3(server, is_older):
    make_endpoint(event_types=["streak.revived", "member.merged"])
    streak = make_streak()
    members = {name: make_member(name) for name in (("ann", "bob") if is_older else ("bob", "ann"))}
    # The runs of both begin on one day, and the one that broke is stored first.
    with time_machine.travel("2026-03-01T12:30:00Z", tick=False):
        send(server, streak, 1, of="bob")
        send(server, streak, 1)
    with time_machine.travel("2026-03-02T12:30:00Z", tick=False):
        send(server, streak, 2)
    close_runs(now=datetime(2026, 3, 3, 12, tzinfo=UTC))
    run = StreakProgress.objects.get(member=members["ann"])
    path = f"account_user/record/{members['bob'].pk}/merge"
    assert server.post(path, {"intoId": str(members["ann"].pk)}).status == 200
    assert types() == ["member.merged"]
    assert StreakProgress.objects.values_list("pk", "member_id").get() == (run.pk, members["ann"].pk)


def test_a_code_that_comes_later_a_redemption_and_an_empty_pool_are_told(server):
    make_endpoint(event_types=["reward.code_assigned", "reward.redeemed", "coupon_pool.low", "coupon_pool.empty"])
    streak = make_streak()
    milestone = make_milestone(streak, 1, coupon_source="pool", low_stock=2)
    send(server, streak, 3)
    now = datetime(2026, 3, 3, 13, tzinfo=UTC)
    upload_codes(milestone, ["A", "B", "C"], now=now)
    send(server, streak, 3, of="bob")
    send(server, streak, 3, of="cat")
    reward = RewardLog.objects.get(member__external_id="ann")
    body = {"redeemedAt": "2026-03-03T12:00:00Z"}
    assert server.patch(f"reward_log/record/{reward.pk}", body).status == 200
    assert server.patch(f"reward_log/record/{reward.pk}", body).status == 200
    assert types() == ["reward.code_assigned", "coupon_pool.low", "coupon_pool.empty", "reward.redeemed"]
    assert stored()[0][1]["rewardLog"]["couponCode"] == "A"
    assert stored()[1][1]["pool"] == {
        "milestoneId": str(milestone.pk),
        "milestoneName": milestone.name,
        "codesLeft": 1,
    }


def test_an_erased_member_is_told_by_its_id_and_leaves_the_stored_events_S61(server):
    make_endpoint()
    send(server, make_streak(), 3)
    member = Member.objects.get()
    assert server.delete(f"account_user/record/{member.pk}").status == 204
    assert types()[-1] == "member.erased"
    member.refresh_from_db()
    for _type, data in stored():
        assert data["member"] == {"id": str(member.pk), "externalId": member.external_id}
    assert "ann" not in "".join(Event.objects.values_list("payload", flat=True)).split('"')


def test_deriving_anew_what_is_right_tells_nothing(server):
    make_endpoint()
    send(server, make_streak(), 3)
    before = stored()
    rederive([Member.objects.get().pk], now=datetime(2026, 3, 3, 13, tzinfo=UTC))
    assert stored() == before


def test_the_list_of_events_is_followed_by_a_cursor_E7(server, settings):
    settings.GAMOPANDA_EVENT_LIST = True
    streak = make_streak()
    send(server, streak, 2)
    first = server.get("event/record", after="")
    assert [event["type"] for event in first.data] == ["streak.started", "streak.period_completed"]
    send(server, streak, 3)
    later = server.get("event/record", after=first.body["paging"]["nextCursor"], type="streak.period_completed")
    assert [event["type"] for event in later.data] == ["streak.period_completed"]
    assert later.data[0]["id"] not in first.ids
