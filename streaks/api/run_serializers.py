"""Runs on the wire, with the current period and the texts that the end user reads."""

# ruff: noqa: N815  names as on the wire

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework import serializers

from gamopanda.api.serializers import (
    DictionarySerializer,
    InstantField,
    NumberField,
    PresentingListSerializer,
    RecordSerializer,
    Wraps,
)
from streaks.api.explained import DISPLAY, RUN, TASK_PROGRESS
from streaks.models import RunStatus, StreakProgress
from streaks.presenters.current_period import CurrentPeriod
from streaks.presenters.runs import RunPresenter, present_runs, read_clock


class TaskProgressSerializer(serializers.Serializer[CurrentPeriod]):
    """The current period on the streak's clock, and what the member has done in it."""

    explained = TASK_PROGRESS

    periodKey = serializers.DateField(source="period_key", read_only=True)
    periodStartsAt = InstantField(source="period_starts_at", read_only=True)
    periodEndsAt = InstantField(source="period_ends_at", read_only=True)
    currentValue = NumberField(source="current_value", read_only=True)
    targetValue = NumberField(source="target_value", read_only=True)
    remainingValue = NumberField(source="remaining_value", read_only=True)
    status = serializers.ChoiceField(choices=["in_progress", "completed"], read_only=True)


class DisplaySerializer(DictionarySerializer):
    """The texts of S30–S33 in the language of the reader.

    `messages` are to be shown now, the most important first; `variables` are the values of the template variables,
    written for people; `rendered` has every message, for clients that choose themselves.
    """

    explained = DISPLAY

    statusLabel = serializers.CharField(read_only=True)
    messages = serializers.ListField(child=serializers.CharField(), read_only=True)
    variables = serializers.DictField(child=serializers.CharField(), read_only=True)
    rendered = serializers.DictField(child=serializers.CharField(), read_only=True)


class PlainRunSerializer(RecordSerializer[StreakProgress]):
    """One attempt at a streak, with its status read off the clock (S16)."""

    explained = RUN

    unique_identifier = serializers.CharField(read_only=True)
    streak_id = serializers.UUIDField(read_only=True)
    owned_by_id = serializers.UUIDField(source="member_id", read_only=True)
    streak_progress_status = serializers.ChoiceField(choices=RunStatus.choices, source="status", read_only=True)
    streak_broken_at = InstantField(source="broken_at", read_only=True, allow_null=True)
    streak_breaks_at = InstantField(
        source="due_at",
        read_only=True,
        allow_null=True,
        help_text="When it will break if nothing more comes; null when it is over, or while the streak is paused.",
    )

    class Meta:
        """The fields of the facts page, and the deadline."""

        model = StreakProgress
        fields = [
            "id",
            "unique_identifier",
            "streak_id",
            "owned_by_id",
            "streak_progress_status",
            "current_progress_value",
            "streak_started_at",
            "streak_completed_at",
            "streak_broken_at",
            "streak_breaks_at",
            "created_at",
            "updated_at",
        ]

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Add the status by the clock."""
        for run in records:
            if not hasattr(run, "status"):
                read_clock(run, run.streak, now)
        return records


class RunSerializer(PlainRunSerializer):
    """A run with the current period and the texts that the end user reads."""

    wraps = Wraps(RunPresenter, "run")

    task_progress = TaskProgressSerializer(read_only=True)
    display = DisplaySerializer(read_only=True)

    class Meta(PlainRunSerializer.Meta):
        """All fields."""

        fields = [*PlainRunSerializer.Meta.fields, "task_progress", "display"]
        list_serializer_class = PresentingListSerializer

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Add the current period and the texts."""
        if all(isinstance(record, RunPresenter) for record in records):
            return records
        return present_runs(records, now=now, language=language)
