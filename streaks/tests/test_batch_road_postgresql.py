"""Batches on PostgreSQL come to what `record_logs` makes of them, by whichever road (S17)."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from rewards.models import RewardLog
from streaks import batch_road
from streaks.batch_derivation import Batch
from streaks.batch_road import Taken, record_batch, record_together
from streaks.models import Streak, StreakLog, StreakPause, StreakProgress, TaskProgress
from streaks.progress.admission import Refused
from streaks.progress.service import record_logs
from streaks.tests.calling import admin, log_body, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case, make_case, noon
from streaks.tests.stories import Story, stories
from streaks.tests.test_api_bulk_property import undone
from streaks.tests.test_recording_property import BOUNDED, Stage

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


@pytest.fixture(autouse=True, scope="module")
def batches_of_any_size():
    """Let small batches take the road too."""
    with patch.object(batch_road, "FEW", 1):
        yield


def record(logs: Sequence[StreakLog], *, now: datetime = NOW) -> list[Any]:
    """Record logs as an import does: what is left by the first road takes the other. Tell what became of each."""
    return tell(record_together(logs, now=now))


def record_generally(logs: Sequence[StreakLog], *, now: datetime = NOW) -> list[Any]:
    """Record logs by the road that all others take."""
    return tell(record_logs(logs, now=now))


def tell(outcomes: Sequence[Any]) -> list[Any]:
    """Say what became of logs: of a repeat what it repeats, instead of an id."""
    stored = StreakLog.objects.in_bulk([one.existing_id for one in outcomes if one.existing_id is not None])

    def became(one: Any) -> Any:
        if one.refusal is not None:
            return one.refusal.message
        if one.existing_id is None:
            return "recorded"
        first = stored[one.existing_id]
        return first.member_id, first.unique_identifier, first.activity_at, first.activity_value

    return [became(one) for one in outcomes]


def everything() -> list[Any]:
    """All that is stored, told without ids, codes and stamps."""
    who = "member__external_id"
    totals = ("period_key", "total", "log_count", "first_activity_at", "last_activity_at", "completed_at")
    runs = ("starts_on", "ends_on", "current_progress_value", "highest_progress_value", "stored_status")
    run_stamps = ("streak_started_at", "streak_completed_at", "breaks_at")
    logs = ("unique_identifier", "activity_at", "activity_id", "activity_value", "period_key")
    rewards = ("milestone__milestone_target_value", "milestone__coupon_source", "streak_progress__starts_on")
    facts = ("streak_log__unique_identifier", "period_key", "reward_issued_at", "reward_expiry_at", "is_carried_over")
    return [
        list(StreakLog.objects.order_by(who, "unique_identifier").values_list(who, *logs)),
        list(TaskProgress.objects.order_by(who, "period_key").values_list(who, *totals)),
        list(StreakProgress.objects.order_by(who, "starts_on").values_list(who, *runs, *run_stamps)),
        list(RewardLog.objects.order_by(who, *rewards, *facts[:1]).values_list(who, *rewards, *facts)),
        list(Streak.objects.values_list("has_activity", "status")),
    ]


class BatchStage(Stage):
    """A stage on which batches take this road, and bring along all that was recorded before with other values."""

    def _record_together(self, logs: list[StreakLog], now: datetime) -> None:
        repeats = [self.log(replace(event, activity=(now, Decimal(7)))) for event in self.recorded]
        told = record([*repeats, *logs, *map(again, logs)], now=now)
        assert told[len(repeats) :] == ["recorded"] * len(logs) + [facts(log) for log in logs]
        assert told[: len(repeats)] == [facts(self.log(event)) for event in self.recorded]


def again(log: StreakLog) -> StreakLog:
    """The same log once more, unsaved, with another value."""
    repeat = copy(log)
    repeat.pk, repeat.activity_value = uuid4(), Decimal(7)
    return repeat


def facts(log: StreakLog) -> Any:
    """What `tell` says of a repeat of this log."""
    return log.member_id, log.unique_identifier, log.activity_at, log.activity_value


@settings(BOUNDED, max_examples=8)
@given(stories(periods=8, min_logs=8, has_pauses=True) | stories(periods=8, min_logs=8))
def test_any_batches_among_lone_logs_and_pauses_give_what_the_rules_give_s17_s19_s20_s21(story: Story) -> None:
    with override_settings(GAMOPANDA_FIRST_DAY_OF_WEEK=story.history.first_weekday), transaction.atomic():
        stage = BatchStage.build(story.history)
        for arrival in story.arrivals:
            stage.play(arrival)
        transaction.set_rollback(True)


rows = st.tuples(
    st.sampled_from(["ann", "ann", "ben", "cid", "paused"]),
    st.integers(0, 9),
    st.sampled_from([0, 1, 1, 6, 23, 25]),
    st.sampled_from(["50", "50", "50", "20", "30", "0", "-20", None, "922337203685470", "922337203685478"]),
    st.integers(0, 60) | st.integers(0, 5),
    st.sampled_from([True] * 15 + [False]),
)
batches = st.lists(st.lists(rows, min_size=1, max_size=12), min_size=1, max_size=4)
# Batch after batch, the same twice, or each with all that came before: as files that are imported again.
arrivals = batches | batches.map(lambda some: [*some, *some]) | batches.map(lambda some: list(accumulate(some)))


def logs_of_rows(some: Sequence[Any], streak: Streak, members: dict[str, Member]) -> list[StreakLog]:
    """Unsaved logs, of which some repeat others, are refused, or say no offset."""
    return [
        StreakLog(
            member=members[name],
            streak=streak,
            activity_at=(noon(1) + timedelta(days=day, hours=hours)).replace(tzinfo=UTC if has_offset else None),
            activity_id="made_a_purchase",
            unique_identifier=f"order-{number}",
            activity_value=None if value is None else Decimal(value),
        )
        for name, day, hours, value, number, has_offset in some
    ]


@given(
    arrivals,
    st.booleans(),
    st.sampled_from(["sum", "count"]),
    st.sampled_from([2, 3, 9]),
    st.sampled_from([noon(6), NOW]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_s17_both_roads_store_the_same_and_say_the_same_of_every_row(
    arriving: Any, has_pause: bool, method: str, periods: int, now: datetime
) -> None:
    def compare() -> None:
        streak = make_streak(aggregation_method=method, completion_target_value=periods, has_activity=True)
        for target, changes in ((1, {}), (2, {"coupon_source": "external", "once_per_member": True}), (2, {})):
            make_milestone(streak, target, reward_validity_days=target, **changes)
        make_milestone(streak, 1, status=Status.DRAFT)
        if has_pause:
            StreakPause.objects.create(streak=streak, started_at=noon(3), ended_at=noon(4))
        members = {name: make_member(name) for name in ("ann", "ben", "cid")}
        members["paused"] = make_member("paused", Status.PAUSED)

        def by(road: Callable[..., list[Any]]) -> list[Any]:
            told: list[Any] = []
            for some in arriving:
                try:
                    with transaction.atomic():
                        told.append((road(logs_of_rows(some, streak, members), now=now), everything()))
                except Refused as refusal:
                    told.append((refusal.message, everything()))
            return told

        assert undone(lambda: by(record)) == undone(lambda: by(record_generally))

    undone(compare)


def left(logs: Sequence[StreakLog]) -> list[str]:
    """Record a batch by this road alone; return the identifiers of what it leaves."""
    batch = Batch.of(logs)
    return [logs[place].unique_identifier for place in record_batch(batch, now=NOW).left(batch)]


def test_members_without_a_history_and_those_whose_run_goes_on_are_all_taken() -> None:
    case = make_case(has_activity=True)
    make_milestone(case.streak, 3)
    other = Case(make_member("ben"), case.streak)
    assert left([case.log(1), case.log(2, 20), other.log(2), case.log(2, 20, hours=1)]) == []
    # The second day goes on after what was there of it, the third follows, and the first only grows.
    assert left([case.log(2, 10, hours=2), case.log(3), case.log(1, hours=1), other.log(5)]) == []
    assert case.runs() == [("broken", 3, 1, 4)]
    assert other.runs() == [("broken", 1, 2, 3), ("broken", 1, 5, 6)]
    assert case.rewards() == [(3, 3)]


def test_what_takes_more_than_the_last_run_is_left_with_all_else_of_the_member_and_harms_no_other() -> None:
    case = make_case(has_activity=True)
    other = Case(make_member("ben"), case.streak)
    record([case.log(5), other.log(5)])
    late, correction = case.log(4), case.log(6, -1)
    for odd in (
        [late],
        [correction],
        [correction, case.log(6, identifier="again"), case.log(6, identifier="again")],
        [case.log(6, None)],
        [case.log(31, hours=9)],
    ):
        good = other.log(5)
        assert left([*odd, case.log(6), good])[: len(odd)] == [log.unique_identifier for log in odd]
        assert StreakLog.objects.filter(unique_identifier=good.unique_identifier, member=other.member).exists()
    assert case.runs() == [("broken", 1, 5, 6)]


def test_repeats_are_all_taken_whatever_they_say_and_change_nothing_S27_F14(
    django_assert_num_queries: Any,
) -> None:
    case, other = make_case(has_activity=True), Case(make_member("new"), make_streak())
    other.streak = case.streak
    case.record_days(1, 2)
    before = everything()
    repeats = [case.log(1, 7, identifier="order-1"), case.log(2, -7, identifier="order-2")]
    # The members, their last runs, what is stored, and the version of the streak; two of a savepoint.
    with django_assert_num_queries(6):
        assert left(repeats) == []
    later = case.log(9, 7, identifier="order-2")
    assert left([later]) == []
    assert everything() == before
    twice = [other.log(3, identifier="twice"), other.log(4, identifier="twice")]
    taken = record_batch(Batch.of([*repeats, later, case.log(3), *twice]), now=NOW)
    assert taken.recorded == {3, 4}
    assert taken.repeats.keys() == {0, 1, 2, 5}
    assert taken.repeats[5] == StreakLog.objects.get(member=other.member).pk == twice[0].pk
    assert (case.runs(), other.runs()) == ([("broken", 3, 1, 4)], [("broken", 1, 3, 4)])


def test_repeats_of_members_with_something_odd_are_taken_and_only_the_rest_is_left_S27() -> None:
    case = make_case(has_activity=True)
    case.record_days(4, 5)
    logs = [case.log(4, identifier="order-1"), case.log(3), case.log(5, identifier="order-2")]
    assert left(logs) == [logs[1].unique_identifier]
    future = [case.log(31, hours=9, identifier="order-2"), case.log(5, identifier="order-2")]
    # What is refused is no repeat.
    assert left(future) == ["order-2"]
    assert tell(record_together(future, now=NOW)) == [
        "This is in the future. At most 5 minutes ahead are allowed.",
        facts(StreakLog.objects.get(unique_identifier="order-2")),
    ]


def test_a_streak_that_is_changed_meanwhile_is_left_whole_S19(monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case(has_activity=True)
    store = batch_road.store

    def store_while_somebody_pauses(*args: Any, **how: Any) -> Any:
        Streak.objects.filter(pk=case.streak.pk).update(status=Status.PAUSED, paused_at=noon(1))
        return store(*args, **how)

    monkeypatch.setattr(batch_road, "store", store_while_somebody_pauses)
    assert left([case.log(1), case.log(2)]) == ["order-1", "order-2"]
    assert StreakLog.objects.count() == StreakProgress.objects.count() == TaskProgress.objects.count() == 0


def test_a_streak_without_activity_or_that_takes_none_is_left_whole_S26_S28() -> None:
    for changes in (
        {},
        {"status": Status.DRAFT},
        {"status": Status.PAUSED, "paused_at": noon(1), "has_activity": True},
    ):
        case = make_case(f"member {changes}", **changes)
        assert left([case.log(1)]) == ["order-1"]
    assert StreakLog.objects.count() == 0


def test_a_batch_over_http_says_the_same_and_stores_the_same_by_both_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    streak = make_streak(has_activity=True)
    make_milestone(streak, 1)
    make_member("paused", Status.PAUSED)
    known = Case(make_member("known"), streak)
    known.record(1)
    bodies = [log_body(streak, day=day, of=name) for day in (3, 1, 2) for name in ("new", "other", "known", "paused")]
    bodies += [bodies[0], log_body(streak, day=4, of="other", activityValue=-1), log_body(streak, of="no", value=None)]
    caller = admin()

    def send() -> list[Any]:
        results = caller.post("streak_log/record/bulk", {"records": bodies}).data["results"]
        ids = {str(pk) for pk in StreakLog.objects.values_list("pk", flat=True)}
        assert all(result.get("id", result.get("existingId", "")) in {*ids, ""} for result in results)
        facts = [{name: part for name, part in one.items() if name not in {"id", "existingId"}} for one in results]
        return [facts, Member.objects.count(), everything()]

    straight = undone(send)
    monkeypatch.setattr(batch_road, "record_batch", lambda *_args, **_how: Taken())
    general = undone(send)
    # When a reward was issued is the time of day.
    assert [row[:-3] for row in straight[2].pop(3)] == [row[:-3] for row in general[2].pop(3)]
    assert straight == general
