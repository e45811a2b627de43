"""The two stores hold the same rows after the same facts: the ORM alone, and the functions and COPY of PostgreSQL."""

from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import models
from hypothesis import given, settings
from hypothesis import strategies as st

from gamopanda.accounts.models import Member
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, StreakPause, StreakProgress, TaskProgress
from streaks.progress import recording
from streaks.progress.service import as_fact, record_one
from streaks.progress.store import bulk_rows, postgres
from streaks.progress.store.orm import OrmStore
from streaks.progress.store.postgres import PostgresStore
from streaks.tests.stories import Story, stories
from streaks.tests.test_recording_property import BOUNDED, Stage, stage_for

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

OWNER = "member__external_id"
# What names a row instead of the ids of other rows.
NATURAL_KEYS: dict[type[models.Model], tuple[str, ...]] = {
    Member: (),
    Streak: (),
    StreakPause: (),
    StreakLog: (OWNER,),
    TaskProgress: (OWNER,),
    StreakProgress: (OWNER,),
    RewardLog: (
        OWNER,
        "milestone__name",
        "milestone__milestone_target_value",
        "streak_progress__starts_on",
        "streak_log__unique_identifier",
    ),
}
# Ids, codes with their keys, and stamps of the time of day.
LEFT_OUT = {"id", "version", "created_at", "updated_at", "coupon_code", "coupon_key", "earned_in_id"}


def columns_of(model: type[models.Model], left_out: Collection[str] = ()) -> list[str]:
    """The columns of a table that are the same whichever store has written them."""
    return [
        field.attname
        for field in model._meta.concrete_fields
        if field.attname not in {*LEFT_OUT, *left_out} and not isinstance(field, models.ForeignKey)
    ]


def everything_stored(*left_out: str) -> dict[str, list[Any]]:
    """All rows of all tables that recording writes, but for some columns."""
    rows = {
        model.__name__: sorted(model._default_manager.values_list(*natural, *columns_of(model, left_out)), key=repr)
        for model, natural in NATURAL_KEYS.items()
    }
    began_on = dict(StreakProgress.objects.values_list("pk", "starts_on"))
    rewards = RewardLog.objects.values_list(*NATURAL_KEYS[RewardLog], "earned_in_id")
    rows["earned in"] = sorted(((*key, earned_in and began_on.get(earned_in)) for *key, earned_in in rewards), key=repr)
    return rows


class UncheckedStage(Stage):
    """A stage that only plays: other tests look at what comes of it."""

    def check(self, now: datetime, *, may_reward: bool, whose: Collection[str] = ()) -> None:
        """Leave it to the comparison."""

    def check_drift(self, now: datetime) -> None:
        """Leave it to the comparison."""


class SingleCallStage(UncheckedStage):
    """A stage on which a single log comes in as a call of its own brings it."""

    def _record(self, logs: list[StreakLog], now: datetime) -> None:
        (log,) = logs
        assert record_one(as_fact(log), owner=(None, log.member.external_id), now=now).is_recorded


def play(story: Story, stage_type: type[Stage], store: Callable[[], OrmStore]) -> list[dict[str, list[Any]]]:
    """Play a story with a store; return what was stored after every arrival."""
    found = []
    with patch.object(recording, "store", store), stage_for(story.history) as built:
        stage = stage_type(built.history, built.streak, built.members)
        for arrival in story.arrivals:
            stage.play(arrival)
            found.append(everything_stored())
    return found


ANY_STORY = stories(periods=8, min_logs=6) | stories(has_pauses=True, periods=8, min_logs=6)
RETURNS = stories(
    periods=5,
    min_logs=8,
    max_logs=16,
    amounts=tuple(map(Decimal, (1, 2, 3, -2, -3))),
    completion_targets=(2, 3, 9),
    methods=("sum",),
)


@settings(BOUNDED, max_examples=20)
@given(ANY_STORY | RETURNS, st.sampled_from((1, 4, 50)))
def test_the_same_story_leaves_the_same_rows_in_both_stores_s17(story: Story, min_rows_for_copy: int) -> None:
    by_orm = play(story, UncheckedStage, OrmStore)
    with (
        patch.object(postgres, "MIN_ROWS_FOR_COPY", min_rows_for_copy),
        patch.object(bulk_rows, "MIN_ROWS_FOR_COPY", min_rows_for_copy),
    ):
        assert play(story, SingleCallStage, PostgresStore) == by_orm


def test_the_comparison_leaves_out_no_column_that_recording_derives() -> None:
    assert {"former_peaks", "highest_progress_value", "stored_status", "breaks_at"} <= {*columns_of(StreakProgress)}
    assert {"total", "log_count", "completed_at"} <= {*columns_of(TaskProgress)}
    assert {"reward_issued_at", "reward_expiry_at", "is_carried_over"} <= {*columns_of(RewardLog)}
    assert "has_activity" in columns_of(Streak)
