"""Streaks and milestones on the wire."""

from copy import copy
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Max
from rest_framework import serializers

from gamopanda.api.exceptions import from_django, invalid
from gamopanda.api.explaining import value
from gamopanda.api.serializers import NumberField, RecordSerializer
from streaks.api.explained import MILESTONE, STREAK
from streaks.api.fields import IconField, LinkedSchemaSlugField, StreakField, TimeZoneField, UploadedIconField
from streaks.fields import UNIT
from streaks.models import Milestone, Streak
from streaks.texts import DEFAULTS

INTERNAL_MILESTONE_FIELDS = ["coupon_source", "coupon_prefix", "coupon_code"]


class PublicMilestoneSerializer(RecordSerializer[Milestone]):
    """A milestone as end users and guests see it: without the codes that it hands out."""

    explained = MILESTONE

    linked_schema_slug = LinkedSchemaSlugField()
    linked_schema_record_id = StreakField(source="streak")

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
            "once_per_member",
            "eud_title",
            "eud_description",
            "eud_milestone_reward_instruction_message",
            "created_at",
            "updated_at",
        ]


class MilestoneSerializer(PublicMilestoneSerializer):
    """A milestone as administrators see and write it."""

    class Meta(PublicMilestoneSerializer.Meta):
        """All fields."""

        fields = [*PublicMilestoneSerializer.Meta.fields, *INTERNAL_MILESTONE_FIELDS]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the milestone as it would be against its streak, which the view has locked (S20, S23)."""
        changed = copy(self.instance) if self.instance is not None else Milestone()
        if self.instance is not None and "streak" in attrs and attrs["streak"].pk != self.instance.streak_id:
            message = "A milestone stays with its streak: leave this out, or make a new milestone."
            raise invalid("linkedSchemaRecordId", message, "immutable")
        for name, changed_value in attrs.items():
            setattr(changed, name, changed_value)
        try:
            changed.clean()
        except DjangoValidationError as error:
            raise from_django(error) from error
        return attrs


class NestedMilestoneSerializer(MilestoneSerializer):
    """A milestone inside another record, which end users and guests see without the codes that it hands out."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Leave out what is for administrators, unless one is calling."""
        public = PublicMilestoneSerializer().get_fields()
        shown = super().get_fields()
        return shown if self.context.get("is_admin") else {name: shown[name] for name in public}


class StreakSerializer(RecordSerializer[Streak]):
    """The campaign: its rules, every text that the end user reads, and its milestones in order of target."""

    explained = STREAK

    aggregation_target_value = NumberField(min_value=UNIT)
    time_zone = TimeZoneField(
        max_length=64,
        required=False,
        allow_blank=True,
        allow_null=True,
        validators=Streak._meta.get_field("time_zone").validators,
        help_text="IANA name such as Europe/Berlin; null: the clock of this installation.",
    )
    eud_icon = IconField(required=False, help_text="PNG, JPEG, GIF or SVG of at most 100 KB (102,400 bytes).")
    milestones = NestedMilestoneSerializer(many=True, read_only=True)

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
            "milestones",
            "eud_title",
            "eud_description",
            "eud_icon",
            *DEFAULTS,
            "created_at",
            "updated_at",
        ]

    def validate_completionTargetValue(self, value: int) -> int:  # noqa: N802  the name on the wire
        """Keep every milestone within reach (S20)."""
        if self.instance is None:
            return value
        milestones = Milestone.objects.visible().filter(streak=self.instance)
        highest = milestones.aggregate(highest=Max("milestone_target_value"))["highest"]
        if highest is not None and value < highest:
            raise serializers.ValidationError(
                f"A milestone waits at period {highest}: use {highest} or more, or change the milestone first.",
                code="min_value",
            )
        return value


class StreakFormSerializer(StreakSerializer):
    """The same as a form (multipart/form-data) brings it: texts and numbers as text, the icon as a file."""

    explained = {
        "timeZone": value(
            "The streak's clock: an IANA name; empty: the clock of this installation (S2).",
            "Europe/Berlin",
            type="string",
            format="iana-time-zone",
        ),
        "eudIcon": value(
            "The file: PNG, JPEG, GIF or SVG by content, at most 102,400 bytes, made harmless.",
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/></svg>',
        ),
    }

    eud_icon = UploadedIconField(required=False)
