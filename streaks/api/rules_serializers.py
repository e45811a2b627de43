"""Versions of rules, and holiday calendars, on the wire."""

# ruff: noqa: N815  names as on the wire

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from rest_framework import serializers

from gamopanda.api.serializers.base import (
    BodySerializer,
    InstantField,
    NumberField,
    RecordSerializer,
    TextField,
    WholeNumberField,
)
from gamopanda.api.serializers.examples import EXAMPLE_ID, example
from streaks.api.fields import CalendarIdsField, StreakIdField, WeekdaysField
from streaks.fields import UNIT
from streaks.models import MAX_PERIODS, HolidayCalendar, StreakRules
from streaks.models.protection_settings import MOST_FREEZES, MOST_PERIODS
from streaks.models.rules_versions import MOST_DATES

VALID_FROM = "The first period in which it is in force, named by its first local date."
CREATED_BY = {"read_only": True, "help_text": "Who made it.", **example("API key checkout")}


def _options(source: str | None, name: str, help_text: str, value: Any, **more: Any) -> dict[str, Any]:
    read = {"required": False} if source is None else {"read_only": True, "source": f"{source}.{name}"}
    return {**read, **more, "help_text": help_text, **example(value)}


def rule_fields(source: str | None = None) -> dict[str, Any]:
    """Return the fields of the rules that a version can change: of a body, or as they are read from a source."""
    options = partial(_options, source)

    def limits(least: int, most: int) -> dict[str, Any]:
        return {"min_value": least, "max_value": most} if source is None else {}

    freezes = limits(0, MOST_FREEZES)
    every: dict[str, Any] = {"allow_null": True, **limits(1, MOST_PERIODS)}
    target = {"min_value": UNIT} if source is None else {}
    weekdays, days = "active_weekdays", ["mon", "tue", "wed", "thu", "fri"]
    return {
        "aggregationTargetValue": NumberField(
            **options("aggregation_target_value", "What completes a period, such as 60.", 60, **target)
        ),
        "completionTargetValue": WholeNumberField(
            **options("completion_target_value", "How many periods finish a run.", 7, **limits(1, MAX_PERIODS))
        ),
        "activeWeekdays": WeekdaysField(**options(weekdays, "The days of the week that count.", days)),
        "holidayCalendarIds": CalendarIdsField(
            **options("holiday_calendar_ids", "The holiday calendars that it follows.", [])
        ),
        "freezeMaxCount": WholeNumberField(
            **options("freeze_max_count", "How many freezes a member can have.", 2, **freezes)
        ),
        "freezeInitialCount": WholeNumberField(
            **options("freeze_initial_count", "With how many freezes a member begins.", 1, **freezes)
        ),
        "freezeEveryPeriods": WholeNumberField(
            **options("freeze_every_periods", "One more freeze for every so many periods; null: none.", 7, **every)
        ),
        "freezeMinimumValue": WholeNumberField(
            **options(
                "freeze_minimum_value", "From how many completed periods on they protect.", 3, **limits(1, MOST_PERIODS)
            )
        ),
    }


class VersionSerializer(RecordSerializer[StreakRules]):
    """A version of the rules with all that is in force with it."""

    class Meta:
        """When it begins, and the rules."""

        model = StreakRules
        fields = ["valid_from"]
        extra_kwargs = {"valid_from": {"read_only": True, "help_text": VALID_FROM, **example("2030-01-07")}}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), **rule_fields("in_force")}


class StreakRulesSerializer(VersionSerializer):
    """A version of the rules of a streak: from a period on, other targets, days or freezes are in force."""

    streak_id = serializers.UUIDField(read_only=True, help_text="The id of the streak.")
    created_by = serializers.CharField(**CREATED_BY)
    applied_members = serializers.IntegerField(
        read_only=True, help_text="To how many members it has been applied.", **example(1)
    )
    total_members = serializers.IntegerField(
        read_only=True, help_text="How many members had a living run when it was made.", **example(1)
    )
    applied_at = InstantField(
        read_only=True, allow_null=True, help_text="When it had been applied to all of them, in UTC; else null."
    )

    class Meta(VersionSerializer.Meta):
        fields = [
            "id",
            "streak_id",
            "valid_from",
            "reason",
            "created_by",
            "applied_members",
            "total_members",
            "applied_at",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            **VersionSerializer.Meta.extra_kwargs,
            "reason": {"read_only": True, "help_text": "Why it was made.", **example("Too many missed it")},
        }

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Return the versions with what is in force with each."""
        for record in records:
            found = next((one for one in record.streak.versions if one.pk == record.pk), None)
            record.in_force = record.applied_to(record.streak) if found is None else found.in_force
        return records


class NewRulesSerializer(BodySerializer):
    """The body that makes a version; what it leaves out stays."""

    streakId = StreakIdField(help_text="The id of the streak.", **example(EXAMPLE_ID))
    validFrom = serializers.DateField(help_text=VALID_FROM, **example("2030-01-07"))
    reason = TextField(
        required=False,
        allow_blank=True,
        max_length=1024,
        default="",
        help_text="Why, for you and your colleagues, such as “Too many missed it”.",
        **example("Too many missed it"),
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), **rule_fields()}


class MilestoneBeyondSerializer(serializers.Serializer[Any]):
    """A live milestone that no run reaches any more."""

    milestoneId = serializers.UUIDField(help_text="The id of the milestone.")
    name = serializers.CharField(help_text="Its name.", **example("Day 10"))
    milestoneTargetValue = serializers.IntegerField(help_text="Its target.", **example(10, minimum=1))


class RulesImpactSerializer(serializers.Serializer[Any]):
    """Whom a version would meet; it is not stored."""

    runsAlive = serializers.IntegerField(help_text="Runs that are alive now.", **example(120, minimum=0))
    atOrPastCompletion = serializers.IntegerField(
        help_text="Those of them that have as many completed periods as the version asks for, or more.",
        **example(3, minimum=0),
    )
    milestonesBeyond = MilestoneBeyondSerializer(
        many=True, help_text="Live milestones beyond the number of periods that the version asks for."
    )


class RulesDryRunSerializer(serializers.Serializer[Any]):
    """The answer to a dry run."""

    impact = RulesImpactSerializer(help_text="Whom it would meet; nothing was stored.")


class HolidayCalendarSerializer(RecordSerializer[HolidayCalendar]):
    """Dates that daily streaks can follow: they are rest days, which break no run."""

    dates = serializers.ListField(
        child=serializers.DateField(),
        required=False,
        max_length=MOST_DATES,
        help_text="The dates, such as 2026-12-25, each once and in order.",
        **example(["2026-12-25", "2026-12-26"]),
    )

    class Meta:
        """Its name, and its dates."""

        model = HolidayCalendar
        fields = ["id", "name", "dates", "created_at", "updated_at"]
        extra_kwargs = {"name": example("Public holidays")}

    def validate_dates(self, value: Any) -> list[str]:
        """Return the dates as they are stored."""
        return sorted({day.isoformat() for day in value})
