"""Streaks and milestones on the wire."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.db.models import Max
from django.utils.text import format_lazy
from rest_framework import serializers

from gamopanda.api.errors.exceptions import from_django, invalid
from gamopanda.api.serializers.base import NumberField, RecordSerializer
from gamopanda.api.serializers.examples import example, keywords
from gamopanda.api.serializers.time_zones import TimeZoneField
from streaks.api.fields import (
    CalendarIdsField,
    IconField,
    LinkedSchemaSlugField,
    PhaseField,
    StreakField,
    UploadedIconField,
    WeekdaysField,
)
from streaks.api.rules_serializers import VersionSerializer
from streaks.core import messages
from streaks.fields import UNIT
from streaks.models import MAX_PERIODS, Milestone, Streak
from streaks.models.campaign import LATEST_DAY_START
from streaks.models.facts import MOST_GRANTED
from streaks.models.milestone import MAX_REWARDS
from streaks.models.protection_settings import MOST_DAYS, MOST_FREEZES, MOST_PERIODS, ProtectionSettings
from streaks.models.texts import DEFAULTS
from streaks.models.weekdays import WEEKDAY_NAMES

_VARIABLES = ", ".join(f"{{{{{name}}}}}" for name in messages.NAMES)
TEMPLATE = f"A template with the variables {_VARIABLES}; an unknown variable is refused."
INTERNAL_MILESTONE_FIELDS = ["coupon_source", "coupon_prefix", "coupon_code", "reward_limit"]


def text_kwargs(model: type[models.Model], name: str, value: str) -> dict[str, Any]:
    """Return how a text for members is described."""
    column: Any = model._meta.get_field(name)
    is_message = name in messages.MESSAGES
    notes = [TEMPLATE] if is_message else []
    notes.append("In the language of languageCode; empty: " + ("the default text." if name in DEFAULTS else "none."))
    help_text = format_lazy("{} {}", column.help_text, " ".join(notes))
    return {"help_text": help_text, **example(value, **({"format": "streak-message"} if is_message else {}))}


def check_as_it_would_be(record: models.Model, changes: Mapping[str, Any]) -> None:
    """Check what several fields decide together, on a copy with the changes; raises the API's error."""
    changed = copy(record)
    for name, value in changes.items():
        setattr(changed, name, value)
    try:
        changed.clean()
    except DjangoValidationError as error:
        raise from_django(error) from error


class PublicMilestoneSerializer(RecordSerializer[Milestone]):
    """A milestone as end users and guests see it: without the codes that it hands out."""

    linked_schema_slug = LinkedSchemaSlugField(
        help_text="The type of record that the milestone belongs to: always streak."
    )
    linked_schema_record_id = StreakField(
        source="streak", help_text="The id of the streak; it cannot be changed later.", **keywords(format="uuid")
    )

    class Meta:
        """The fields of the facts page and of S20–S25 that are no secret."""

        model = Milestone
        fields = [
            "id",
            "linked_schema_slug",
            "linked_schema_record_id",
            "name",
            "description",
            "milestone_target_value",
            "status",
            "reward_validity_days",
            "freeze_reward",
            "once_per_member",
            "eud_title",
            "eud_description",
            "eud_milestone_reward_instruction_message",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "name": example("Day 3: 5% off"),
            "description": example("The first reward comes quickly."),
            "status": example("live"),
            "milestone_target_value": example(3, minimum=1, maximum=MAX_PERIODS),
            "freeze_reward": example(1, minimum=0, maximum=MOST_GRANTED),
            "reward_validity_days": example(30, minimum=1, maximum=MAX_PERIODS),
            "eud_title": text_kwargs(Milestone, "eud_title", "Three days in a row"),
            "eud_description": text_kwargs(Milestone, "eud_description", "5% off your next order."),
            "eud_milestone_reward_instruction_message": text_kwargs(
                Milestone, "eud_milestone_reward_instruction_message", "Enter the code at checkout."
            ),
            "coupon_prefix": example("SAVE5-", format="coupon-code"),
            "coupon_code": example("SPRING-5", format="coupon-code"),
            "reward_limit": example(500, minimum=1, maximum=MAX_REWARDS),
        }


class MilestoneSerializer(PublicMilestoneSerializer):
    """A milestone as administrators see and write it."""

    class Meta(PublicMilestoneSerializer.Meta):
        fields = [*PublicMilestoneSerializer.Meta.fields, *INTERNAL_MILESTONE_FIELDS]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the milestone as it would be against its streak, which the view has locked (S20, S23)."""
        if self.instance is not None and "streak" in attrs and attrs["streak"].pk != self.instance.streak_id:
            message = "A milestone stays with its streak: leave this out, or make a new milestone."
            raise invalid("linkedSchemaRecordId", message, "immutable")
        check_as_it_would_be(self.instance or Milestone(), attrs)
        return attrs


class NestedMilestoneSerializer(MilestoneSerializer):
    """A milestone inside another record, which end users and guests see without the codes that it hands out."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Leave out what is for administrators, unless one is calling."""
        public = PublicMilestoneSerializer().get_fields()
        fields = super().get_fields()
        return fields if self.context.get("is_admin") else {name: fields[name] for name in public}


FREEZES = ProtectionSettings.FREEZE_RULES
BREAKS = (
    "member_breaks_allowed",
    "member_break_max_days",
    "member_break_max_days_per_year",
    "restore_max_periods",
)


class StreakSerializer(RecordSerializer[Streak]):
    """The campaign: its rules, every text that the end user reads, and its milestones in order of target."""

    aggregation_target_value = NumberField(
        min_value=UNIT,
        help_text=(
            "What a member has to reach in one period, in the unit of activityValue (money, minutes), or as a number "
            "of logs. Exact, with at most 14 digits before and 4 after the point. Frozen from the first activity on."
        ),
        **example(50, minimum=float(UNIT)),
    )
    time_zone = TimeZoneField(
        allow_null=True,
        help_text=(
            "The streak's clock: an IANA name such as Europe/Berlin; null: the clock of this installation. Frozen from "
            "the first activity on."
        ),
    )
    active_weekdays = WeekdaysField(
        help_text=(
            "For daily streaks: the days of the week that count, all seven by default. The others are rest days, which "
            "break no run. Frozen from the first activity on."
        ),
        **example(["mon", "tue", "wed", "thu", "fri"]),
    )
    holiday_calendar_ids = CalendarIdsField(
        help_text=(
            "For daily streaks: the ids of the holiday calendars that it follows. Their dates are rest days. Frozen "
            "from the first activity on."
        ),
        **example([]),
    )
    rules = VersionSerializer(
        source="versions",
        many=True,
        read_only=True,
        help_text="The versions of the rules in order of time: what changes from a period on, see streak_rules.",
    )
    phase = PhaseField(
        help_text=(
            "Where the campaign stands now: draft and paused as status says; a live streak is scheduled before "
            "startsAt, ended from endsAt on, and running between."
        ),
        **example("running"),
    )
    eud_icon = IconField(
        required=False,
        help_text=(
            "The icon: read as an absolute URL, the default icon's when unset. Written as a data URL, or as a file in "
            "multipart/form-data: PNG, JPEG, GIF or SVG by content, at most 102,400 bytes, made harmless. An icon's "
            "own URL leaves it as it is; an empty text takes it away."
        ),
        **example("https://streaks.example.com/static/streaks/default-icon.svg"),
    )
    milestones = NestedMilestoneSerializer(
        many=True,
        read_only=True,
        help_text="The milestones in order of target; end users and guests see only the live ones.",
    )

    class Meta:
        """The fields of the product page, and the clock (S2)."""

        model = Streak
        fields = [
            "id",
            "name",
            "description",
            "status",
            "completion_target_value",
            "aggregation_method",
            "aggregation_period",
            "aggregation_target_value",
            "time_zone",
            "clock",
            "day_starts_at",
            "active_weekdays",
            "holiday_calendar_ids",
            "starts_at",
            "ends_at",
            "late_days",
            *FREEZES,
            *BREAKS,
            "rules",
            "phase",
            "display_order",
            "announce_after_hours",
            "milestones",
            "eud_title",
            "eud_description",
            "eud_icon",
            *DEFAULTS,
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "name": example("7-Day Shopper"),
            "description": example("Spend $50 every day for 7 days."),
            "status": example("live"),
            "completion_target_value": example(7, minimum=1, maximum=MAX_PERIODS),
            "clock": example("streak"),
            "day_starts_at": example(0, minimum=0, maximum=LATEST_DAY_START),
            "late_days": example(7, minimum=0, maximum=366),
            "display_order": example(0),
            "freeze_max_count": example(2, minimum=0, maximum=MOST_FREEZES),
            "freeze_initial_count": example(1, minimum=0, maximum=MOST_FREEZES),
            "freeze_every_periods": example(7, minimum=1, maximum=MOST_PERIODS),
            "freeze_minimum_value": example(3, minimum=1, maximum=MOST_PERIODS),
            "member_breaks_allowed": example(False),
            "member_break_max_days": example(30, minimum=1, maximum=MOST_DAYS),
            "member_break_max_days_per_year": example(60, minimum=1, maximum=MOST_DAYS),
            "restore_max_periods": example(3, minimum=0, maximum=MOST_DAYS),
            "starts_at": example("2026-03-01T05:00:00Z"),
            "ends_at": example("2026-04-01T04:00:00Z"),
            "announce_after_hours": example(6, minimum=0, maximum=48),
            "eud_title": text_kwargs(Streak, "eud_title", "7-Day Shopper"),
            "eud_description": text_kwargs(Streak, "eud_description", "Spend $50 a day, seven days in a row."),
            **{name: text_kwargs(Streak, name, text) for name, text in DEFAULTS.items()},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the streak as it would be: what several of its fields decide together."""
        check_as_it_would_be(self.instance or Streak(), attrs)
        return attrs

    def validate_completionTargetValue(self, value: int) -> int:  # noqa: N802  the name on the wire
        """Keep every milestone within reach (S20)."""
        if self.instance is None:
            return value
        milestones = Milestone.objects.visible().filter(streak=self.instance)
        highest = milestones.aggregate(highest=Max("milestone_target_value"))["highest"]
        if highest is not None and value < highest:
            raise serializers.ValidationError(
                f"A milestone has the target {highest}: use {highest} or more, or change the milestone first.",
                code="min_value",
            )
        return value


UUID_TEXT = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class StreakFormSerializer(StreakSerializer):
    """The same as a form (multipart/form-data) brings it: texts and numbers as text, the icon as a file."""

    time_zone = TimeZoneField(help_text="The streak's clock: an IANA name; empty: the clock of this installation.")
    active_weekdays: Any = serializers.RegexField(
        f"^({'|'.join(WEEKDAY_NAMES)})(,({'|'.join(WEEKDAY_NAMES)}))*$",
        required=False,
        help_text="The days of the week that count, with commas between them. Frozen from the first activity on.",
        **example("mon,tue,wed,thu,fri"),
    )
    holiday_calendar_ids: Any = serializers.RegexField(
        f"^{UUID_TEXT}(,{UUID_TEXT})*$",
        required=False,
        allow_blank=True,
        help_text="The ids of holiday calendars, with commas between them. Frozen from the first activity on.",
        **example(""),
    )
    eud_icon = UploadedIconField(
        required=False,
        help_text="The file: PNG, JPEG, GIF or SVG by content, at most 102,400 bytes, made harmless.",
        **example('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/></svg>'),
    )
