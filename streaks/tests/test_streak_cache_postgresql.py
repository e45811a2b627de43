"""Streaks are cached: whatever changes about them is seen by the next call."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from gamopanda.api.lists.compiled_queries import DeferredQuery, run_together
from streaks.models import Milestone, Streak, StreakPause
from streaks.progress.lifecycle import delete_milestone, delete_streak
from streaks.progress.store.orm import read_versions
from streaks.progress.streak_cache import forget_streaks, live_streaks, read_streaks, streaks_by_id
from streaks.tests.calling import make_milestone, make_streak

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, 0, 0, 250, tzinfo=UTC)


def read(query: DeferredQuery) -> Any:
    (found,) = run_together(query)
    return found


def columns(record: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


def whole(streak: Streak) -> list[Any]:
    return [columns(streak), *(columns(milestone) for milestone in streak.milestones_to_reach())]


def stored(pk: Any) -> list[Any]:
    """What the database has of a streak and its live milestones, read by itself."""
    milestones = Milestone.objects.filter(streak=pk, status="live", deleted_at=None)
    return [columns(Streak.objects.get(pk=pk)), *(columns(milestone) for milestone in milestones)]


def pause_milestone(streak: Streak) -> None:
    Milestone.objects.filter(streak=streak, milestone_target_value=2).update(status="paused")


def hide_milestone(streak: Streak) -> None:
    delete_milestone(streak.milestones.get(milestone_target_value=2), now=NOON)


CHANGES: dict[str, Callable[[Streak], Any]] = {
    "a text": lambda streak: Streak.objects.filter(pk=streak.pk).update(eud_broken_label_fr="Cassée “%s”\n"),
    "a rule": lambda streak: Streak.objects.filter(pk=streak.pk).update(aggregation_target_value="20.5001"),
    "an icon": lambda streak: Streak.objects.filter(pk=streak.pk).update(eud_icon=f"icons/{'a' * 64}.png"),
    "activity": lambda streak: Streak.objects.filter(pk=streak.pk).update(has_activity=True, updated_at=NOON),
    "a new milestone": lambda streak: make_milestone(streak, 1, reward_validity_days=3),
    "a milestone's text": lambda streak: streak.milestones.update(eud_title_de="Zwei"),
    "a milestone that is paused": pause_milestone,
    "a milestone that is deleted": hide_milestone,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen_by_the_next_call(change: Callable[[Streak], Any]) -> None:
    streak, other = make_streak(), make_streak()
    make_milestone(streak, 2)
    make_milestone(streak, 3)
    assert [whole(one) for one in read(live_streaks(timezone.now()))] == [stored(other.pk), stored(streak.pk)]
    before = stored(streak.pk)
    change(streak)
    assert stored(streak.pk) != before
    assert [whole(one) for one in read(live_streaks(timezone.now()))] == [stored(other.pk), stored(streak.pk)]
    assert whole(read(streaks_by_id({streak.pk}))[streak.pk]) == stored(streak.pk)


def test_a_streak_that_is_no_longer_live_is_left_out_at_once_but_found_by_its_id_s29() -> None:
    streak = make_streak()
    assert [one.pk for one in read(live_streaks(timezone.now()))] == [streak.pk]
    Streak.objects.get(pk=streak.pk).pauses.create(started_at=NOON, ended_at=NOON)
    assert StreakPause.objects.count() == 1
    delete_streak(Streak.objects.get(pk=streak.pk), now=NOON)
    assert read(live_streaks(timezone.now())) == []
    assert read(streaks_by_id({streak.pk}))[streak.pk].deleted_at == NOON


def test_no_streak_is_found_by_no_id() -> None:
    make_streak()
    assert read(streaks_by_id(set())) == {}


@pytest.mark.postgresql
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_recording_is_told_of_a_change_by_the_version(change: Callable[[Streak], Any]) -> None:
    streak = make_streak()
    make_milestone(streak, 2)
    make_milestone(streak, 3)
    before = read_streaks({streak.pk})[streak.pk]
    assert read_versions({streak.pk}) == {streak.pk: before.version}
    assert read_streaks({streak.pk})[streak.pk] is before
    change(streak)
    assert read_streaks({streak.pk})[streak.pk] is before
    (version,) = read_versions({streak.pk}).values()
    assert version != before.version
    forget_streaks({streak.pk})
    after = read_streaks({streak.pk})[streak.pk]
    assert (after.version, whole(after.streak)) == (version, stored(streak.pk))
    targets = [milestone.milestone_target_value for milestone in after.rules.milestones]
    live = Milestone.objects.filter(streak=streak, status="live", deleted_at=None)
    assert targets == sorted(live.values_list("milestone_target_value", flat=True))
