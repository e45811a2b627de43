"""Batches that go out by COPY come to what small ones come to, and to what the ORM makes of them (S17, S27)."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from streaks.models import Milestone, Streak, StreakLog, StreakPause
from streaks.progress import recording
from streaks.progress.service import as_fact, record_logs, record_one
from streaks.progress.store import bulk_rows, postgres
from streaks.progress.store.orm import OrmStore
from streaks.tests.calling import admin, log_body, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, Case, counts, make_case, march, noon
from streaks.tests.stories import Story, stories
from streaks.tests.test_api_bulk_property import undone
from streaks.tests.test_bulk_rows import AWKWARD
from streaks.tests.test_importing import HEADING, run_import
from streaks.tests.test_recording_property import BOUNDED, Stage, stage_for
from streaks.tests.test_stores_postgresql import everything_stored

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


@pytest.fixture(autouse=True, scope="module")
def every_batch_is_a_large_one() -> Iterator[None]:
    """Let a batch of one log be stored as one of thousands is."""
    with patch.object(postgres, "MIN_ROWS_FOR_COPY", 1), patch.object(bulk_rows, "MIN_ROWS_FOR_COPY", 1):
        yield


@contextmanager
def by_the_orm() -> Iterator[None]:
    """Store everything by the ORM for a while."""
    with patch.object(recording, "store", OrmStore):
        yield


@contextmanager
def in_small_batches() -> Iterator[None]:
    """Take every batch for a small one for a while."""
    with patch.object(postgres, "MIN_ROWS_FOR_COPY", 10**6), patch.object(bulk_rows, "MIN_ROWS_FOR_COPY", 10**6):
        yield


def record(logs: Sequence[StreakLog], *, now: datetime = NOW) -> list[Any]:
    """Record logs and say what became of each: of a repeat what it repeats, instead of an id."""
    results = record_logs(logs, now=now)
    stored = StreakLog.objects.in_bulk([one.existing_id for one in results if one.existing_id is not None])

    def became(one: Any) -> Any:
        if one.refusal is not None:
            return one.refusal.message
        return "recorded" if one.existing_id is None else facts(stored[one.existing_id])

    return [became(one) for one in results]


def facts(log: StreakLog) -> Any:
    """What `record` says of a repeat of this log."""
    return log.member_id, log.unique_identifier, log.activity_at, log.activity_value


def again(log: StreakLog) -> StreakLog:
    """The same log once more, unsaved, with another value."""
    repeat = copy(log)
    repeat.pk, repeat.activity_value = uuid4(), Decimal(7)
    return repeat


class BatchStage(Stage):
    """A stage on which batches bring along all that was recorded before, with other values and later instants."""

    def _record_together(self, logs: list[StreakLog], now: datetime) -> None:
        repeats = [self.log(replace(event, activity=(now, Decimal(7)))) for event in self.recorded]
        told = record([*repeats, *logs, *map(again, logs)], now=now)
        assert told[len(repeats) :] == ["recorded"] * len(logs) + [facts(log) for log in logs]
        assert told[: len(repeats)] == [facts(self.log(event)) for event in self.recorded]


@settings(BOUNDED, max_examples=8)
@given(stories(periods=8, min_logs=8, has_pauses=True) | stories(periods=8, min_logs=8))
def test_any_batches_among_single_logs_and_pauses_give_what_the_rules_give_s17_s19_s20_s21(story: Story) -> None:
    with stage_for(story.history) as built:
        stage = BatchStage(built.history, built.streak, built.members)
        for arrival in story.arrivals:
            stage.play(arrival)


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
def test_s17_large_batches_store_the_same_and_say_the_same_of_every_row(
    arriving: Any, has_pause: bool, method: str, periods: int, now: datetime
) -> None:
    def compare() -> None:
        streak = make_streak(aggregation_method=method, completion_target_value=periods)
        for target, changes in ((1, {}), (2, {"coupon_source": "external", "once_per_member": True}), (2, {})):
            make_milestone(streak, target, reward_validity_days=target, **changes)
        make_milestone(streak, 1, status=Status.DRAFT)
        if has_pause:
            StreakPause.objects.create(streak=streak, started_at=noon(3), ended_at=noon(4))
        members = {name: make_member(name) for name in ("ann", "ben", "cid")}
        members["paused"] = make_member("paused", Status.PAUSED)

        def told() -> list[Any]:
            return [(record(logs_of_rows(some, streak, members), now=now), everything_stored()) for some in arriving]

        by_copy = undone(told)
        with in_small_batches():
            assert undone(told) == by_copy
        with by_the_orm():
            assert undone(told) == by_copy

    undone(compare)


def test_members_without_a_history_and_those_whose_run_goes_on_are_recorded_together() -> None:
    case = make_case()
    make_milestone(case.streak, 3)
    other = Case(make_member("ben"), case.streak)
    assert record([case.log(1), case.log(2, 20), other.log(2), case.log(2, 20, hours=1)]) == ["recorded"] * 4
    # The second day goes on after what was there of it, the third follows, and the first only grows.
    assert record([case.log(2, 10, hours=2), case.log(3), case.log(1, hours=1), other.log(5)]) == ["recorded"] * 4
    assert case.runs() == [("broken", 3, 1, 4)]
    assert other.runs() == [("broken", 1, 2, 3), ("broken", 1, 5, 6)]
    assert case.rewards() == [(3, 3)]


def test_what_takes_more_than_the_last_run_harms_no_other_member_and_no_other_log() -> None:
    case = make_case()
    other = Case(make_member("ben"), case.streak)
    record([case.log(5), other.log(5)])
    late, correction, refused = case.log(4), case.log(6, -1), case.log(31, hours=9)
    told = record([late, correction, case.log(6, None), refused, case.log(6), other.log(5)])
    assert told == [
        "recorded",
        "recorded",
        "This streak adds up values: send the value of the activity.",
        "This is in the future. At most 5 minutes ahead are allowed.",
        "recorded",
        "recorded",
    ]
    assert case.runs() == [("broken", 2, 4, 6)]
    assert other.runs() == [("broken", 1, 5, 6)]


def test_repeats_change_nothing_whatever_they_say_S27_F14(django_assert_num_queries: Any) -> None:
    case, other = make_case(has_activity=True), Case(make_member("new"), make_streak())
    other.streak = case.streak
    case.record_days(1, 2)
    before = everything_stored()
    stored = {log.unique_identifier: facts(log) for log in StreakLog.objects.all()}
    repeats = [case.log(1, 7, identifier="order-1"), case.log(2, -7, identifier="order-2")]
    # Two savepoints; what is stored around them, and what they repeat; and then what the test asks.
    with django_assert_num_queries(4 + 2 + 1):
        assert record(repeats) == [stored["order-1"], stored["order-2"]]
    # It says that it happened after all that is stored: only saving can tell.
    later = case.log(9, 7, identifier="order-2")
    assert record([later]) == [stored["order-2"]]
    assert everything_stored() == before
    twice = [other.log(3, identifier="twice"), other.log(4, identifier="twice")]
    told = record([*repeats, later, case.log(3), *twice])
    assert told == [stored["order-1"], stored["order-2"], stored["order-2"], "recorded", "recorded", facts(twice[0])]
    assert StreakLog.objects.get(member=other.member).pk == twice[0].pk
    assert (case.runs(), other.runs()) == ([("broken", 3, 1, 4)], [("broken", 1, 3, 4)])


def test_what_is_refused_is_no_repeat_and_repeats_among_odd_logs_are_found_S27() -> None:
    case = make_case()
    case.record_days(4, 5)
    stored = {log.unique_identifier: facts(log) for log in StreakLog.objects.all()}
    logs = [case.log(4, identifier="order-1"), case.log(3), case.log(5, identifier="order-2")]
    assert record(logs) == [stored["order-1"], "recorded", stored["order-2"]]
    future = [case.log(31, hours=9, identifier="order-2"), case.log(5, identifier="order-2")]
    assert record(future) == [
        "This is in the future. At most 5 minutes ahead are allowed.",
        stored["order-2"],
    ]


def test_a_streak_takes_large_batches_when_it_is_live_and_only_then_S26_S28() -> None:
    changes: dict[str, dict[str, Any]] = {
        "draft": {"status": Status.DRAFT},
        "paused": {"status": Status.PAUSED, "paused_at": noon(1), "has_activity": True},
    }
    for status, rules in changes.items():
        case = make_case(f"member {status}", **rules)
        assert record([case.log(1)]) == [f"The streak is {status}: only a live streak accepts activity."]
    assert counts() == (0, 0, 0)
    case = make_case()
    assert record([case.log(1)]) == ["recorded"]
    case.streak.refresh_from_db()
    assert case.streak.has_activity


# --- somebody edits the streak meanwhile -----------------------------------------------------------------------------


@contextmanager
def edited_meanwhile(edit: Callable[[], Any]) -> Iterator[None]:
    """Edit after the streak was looked up and before anything is locked, as another process may."""
    read, edits = recording.read_streaks, [edit]

    def read_before_the_edit(ids: Any) -> Any:
        found = read(ids)
        while edits:
            edits.pop()()
        return found

    with patch.object(recording, "read_streaks", read_before_the_edit):
        yield
    assert edits == []


def record_batch(case: Case) -> list[Any]:
    return [one.refusal and one.refusal.code for one in record_logs([case.log(1), case.log(2)], now=NOW)]


def record_singles(case: Case) -> list[Any]:
    results = [record_one(as_fact(case.log(day)), owner=(None, case.member.external_id), now=NOW) for day in (1, 2)]
    return [one.refusal and one.refusal.code for one in results]


WAYS = pytest.mark.parametrize("way", [record_batch, record_singles])


@WAYS
@pytest.mark.parametrize("has_activity", [True, False])
def test_a_streak_that_is_paused_meanwhile_takes_nothing_S19(way: Any, has_activity: bool) -> None:
    case = make_case(has_activity=has_activity)
    way(Case(make_member("to fill the cache"), make_streak()))
    before, streaks = counts(), Streak.objects.filter(pk=case.streak.pk)
    with edited_meanwhile(lambda: streaks.update(status=Status.PAUSED, paused_at=noon(1))):
        assert way(case) == ["streak_not_live"] * 2
    assert counts() == before


@WAYS
def test_rules_that_are_edited_before_the_first_log_hold_for_it_S28(way: Any) -> None:
    case = make_case()
    edit = {"aggregation_period": "monthly", "aggregation_target_value": Decimal(100), "completion_target_value": 1}
    with edited_meanwhile(lambda: Streak.objects.filter(pk=case.streak.pk).update(**edit)):
        assert way(case) == [None, None]
    assert set(StreakLog.objects.values_list("period_key", flat=True)) == {march(1)}
    assert [run[:2] for run in case.runs()] == [("completed", 1)]


@WAYS
@pytest.mark.parametrize("has_activity", [True, False])
def test_milestones_that_are_made_or_taken_away_meanwhile_are_reached_or_not_S20(way: Any, has_activity: bool) -> None:
    case = make_case(has_activity=has_activity)
    gone = make_milestone(case.streak, 2)

    def edit() -> None:
        Milestone.objects.filter(pk=gone.pk).delete()
        make_milestone(case.streak, 1)

    with edited_meanwhile(edit):
        assert way(case) == [None, None]
    assert case.rewards() == [(1, 1)]


@WAYS
def test_a_pause_that_is_noted_meanwhile_excuses_its_days_S19(way: Any) -> None:
    case = make_case(has_activity=True)
    pause = {"started_at": noon(3), "ended_at": noon(4)}
    with edited_meanwhile(lambda: StreakPause.objects.create(streak=case.streak, **pause)):
        assert way(case) == [None, None]
    assert case.runs() == [("broken", 2, 1, 5)]


# --- the ways in -----------------------------------------------------------------------------------------------------


def test_a_batch_over_http_says_the_same_and_stores_the_same_in_every_store() -> None:
    streak = make_streak(has_activity=True)
    make_milestone(streak, 1)
    make_member("paused", Status.PAUSED)
    known = Case(make_member("known"), streak)
    known.record(1)
    bodies = [log_body(streak, day=day, of=name) for day in (3, 1, 2) for name in ("new", "other", "known", "paused")]
    bodies += [bodies[0], log_body(streak, day=4, of="other", activityValue=-1), log_body(streak, of="no", value=None)]
    bodies += [log_body(streak, of=text, uniqueIdentifier=text, activityId=text) for text in AWKWARD if text.strip()]
    caller = admin()

    def send() -> list[Any]:
        results = caller.post("streak_log/record/bulk", {"records": bodies}).data["results"]
        ids = {str(pk) for pk in StreakLog.objects.values_list("pk", flat=True)}
        assert all(result.get("id", result.get("existingId", "")) in {*ids, ""} for result in results)
        facts = [{name: part for name, part in one.items() if name not in {"id", "existingId"}} for one in results]
        for fact in facts:
            # Codes are drawn, and ids and instants are of the moment.
            reached = fact.pop("achievedMilestones", [])
            fact["reached"] = [(one["id"], one["rewardLog"]["rewardStatus"]) for one in reached]
        # When a reward was issued is the time of day.
        return [facts, everything_stored("reward_issued_at")]

    by_copy = undone(send)
    assert [one["status"] for one in by_copy[0]].count("created") > len(AWKWARD)
    with in_small_batches():
        assert undone(send) == by_copy
    with by_the_orm():
        assert undone(send) == by_copy


def test_a_file_is_imported_the_same_in_every_store(tmp_path: Path) -> None:
    streak = make_streak(completion_target_value=2)
    make_milestone(streak, 1)
    lines = [
        (text, f"2026-03-{day:02d}T12:00:00Z", text, f"{text}{day}", value)
        for text in AWKWARD
        for day, value in ((3, "50"), (1, "60"), (1, "-20"), (2, "50"))
    ]
    file = tmp_path / "logs.csv"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([HEADING.split(","), *lines])

    def send() -> list[Any]:
        first, second = run_import(file, streak), run_import(file, streak)
        return [first, second, everything_stored("reward_issued_at")]

    by_copy = undone(send)
    assert " 0 logs recorded" in by_copy[1]
    assert len(by_copy[2]["StreakLog"]) > len(AWKWARD)
    with by_the_orm():
        assert undone(send) == by_copy
