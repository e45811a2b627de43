"""Excuses and freezes on the wire."""

# ruff: noqa: N815  names as on the wire

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from gamopanda.api.errors.exceptions import invalid
from gamopanda.api.serializers.base import (
    BodySerializer,
    ChoiceField,
    InstantField,
    RecordSerializer,
    SwitchField,
    TextField,
    WholeNumberField,
)
from gamopanda.api.serializers.examples import EXAMPLE_ID, example
from streaks.api.fields import OwnerNameField, StreakIdField
from streaks.api.owners import owner_fields
from streaks.api.run_serializers import RunSerializer
from streaks.models import ExcuseKind, StreakExcuse, StreakFreeze
from streaks.models.facts import MOST_GRANTED
from streaks.progress.excuses import MOST_LISTED

REASON = {"max_length": 1024, "help_text": "Why, for you and your colleagues.", **example("Outage on 3 March")}


class ExcuseSerializer(RecordSerializer[StreakExcuse]):
    """Local dates that are excused, both included, and why. Only a break that its member ends early ever changes."""

    streak_id = serializers.UUIDField(
        read_only=True, allow_null=True, help_text="The id of the streak; null: all streaks."
    )
    owned_by_id = serializers.UUIDField(
        source="member_id", read_only=True, allow_null=True, help_text="The id of the member; null: many."
    )
    external_id = OwnerNameField(source="member_name", allow_null=True)
    created_by = serializers.CharField(read_only=True, help_text="Who made it.", **example("API key checkout"))
    revoked_at = InstantField(read_only=True, allow_null=True, help_text="When it was revoked, in UTC; else null.")
    applied_members = serializers.IntegerField(
        read_only=True, help_text="To how many members it, or its revocation, has been applied.", **example(1)
    )
    total_members = serializers.IntegerField(
        read_only=True, help_text="How many members it concerned when it was made.", **example(1)
    )
    applied_at = InstantField(
        read_only=True, allow_null=True, help_text="When it had been applied to all of them, in UTC; else null."
    )

    class Meta:
        """The body, and how far it has been applied."""

        model = StreakExcuse
        fields = [
            "id",
            "kind",
            "streak_id",
            "owned_by_id",
            "external_id",
            "starts_on",
            "ends_on",
            "reason",
            "without_rewards",
            "created_by",
            "revoked_at",
            "applied_members",
            "total_members",
            "applied_at",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "kind": {"read_only": True, "help_text": "member_break, restoration or amnesty.", **example("amnesty")},
            "starts_on": {
                "help_text": "The first local date that is excused.",
                **example("2026-03-03"),
            },
            "ends_on": {"help_text": "The last local date that is excused.", **example("2026-03-04")},
            "reason": REASON,
            "without_rewards": example(False),
        }


class NewExcuseSerializer(BodySerializer):
    """The body that makes an excuse."""

    kind = ChoiceField(
        choices=ExcuseKind.choices,
        help_text=(
            "member_break: days to come of one member. restoration: periods that one member missed between the last "
            "broken run and the present one. amnesty: any days, of everybody, of one member or of some."
        ),
        **example("amnesty"),
    )
    streakId = StreakIdField(
        required=False, allow_null=True, help_text="The id of the streak; null: all streaks.", **example(EXAMPLE_ID)
    )
    startsOn = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="The first local date that is excused; a restoration can leave out the dates.",
        **example("2026-03-03"),
    )
    endsOn = serializers.DateField(
        required=False, allow_null=True, help_text="The last local date that is excused.", **example("2026-03-04")
    )
    reason = TextField(**REASON)
    withoutRewards = SwitchField(
        required=False,
        default=False,
        help_text="True: nothing is issued for the milestones that runs reach by this, now or later.",
        **example(False),
    )
    externalIds = serializers.ListField(
        child=TextField(max_length=256, trim_whitespace=False),
        required=False,
        allow_null=True,
        min_length=1,
        max_length=MOST_LISTED,
        help_text="The external ids of the members of an amnesty; without them and an owner it is for everybody.",
        **example(["customer-17"]),
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), **owner_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check what several fields decide together."""
        first, last = attrs.get("startsOn"), attrs.get("endsOn")
        if (first is None) != (last is None) or (first is None and attrs["kind"] != ExcuseKind.RESTORATION):
            missing = "startsOn" if first is None else "endsOn"
            raise invalid(missing, "Give the first and the last date.", "required")
        if first is not None and last is not None:
            _check_dates(first, last)
        if attrs["kind"] == ExcuseKind.RESTORATION and attrs.get("streakId") is None:
            raise invalid("streakId", "A restoration concerns one streak: give its id.", "required")
        if attrs["kind"] != ExcuseKind.AMNESTY and attrs.get("externalIds") is not None:
            raise invalid("externalIds", "Only an amnesty can be for several members.")
        return attrs


LONGEST_DAYS = 366


def _check_dates(first: Any, last: Any) -> None:
    if last < first:
        raise invalid("endsOn", "The last date cannot be before the first.")
    if (last - first).days >= LONGEST_DAYS:
        raise invalid("endsOn", f"An excuse covers at most {LONGEST_DAYS} days: make several.", "max_value")


class EndBreakSerializer(BodySerializer):
    """The body that ends a break early."""

    endsOn = serializers.DateField(
        required=False, help_text="The new last date, from yesterday on.", **example("2026-03-04")
    )


class FreezeSerializer(RecordSerializer[StreakFreeze]):
    """Freezes that were given to one member in one streak."""

    streak_id = serializers.UUIDField(read_only=True, help_text="The id of the streak.")
    owned_by_id = serializers.UUIDField(source="member_id", read_only=True, help_text="The id of the member.")
    external_id = OwnerNameField()
    created_by = serializers.CharField(read_only=True, help_text="Who gave them.", **example("API key checkout"))

    class Meta:
        """The body, and who gave them."""

        model = StreakFreeze
        fields = [
            "id",
            "streak_id",
            "owned_by_id",
            "external_id",
            "quantity",
            "reason",
            "unique_identifier",
            "created_by",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "quantity": {"help_text": "How many freezes.", **example(1, minimum=1, maximum=MOST_GRANTED)},
            "reason": REASON,
            "unique_identifier": example("ticket-4711"),
        }
        validators: list[Any] = []


class GivenFreezeSerializer(FreezeSerializer):
    """The answer to a gift: what the member has then, and the newest run."""

    freezesLeft = serializers.IntegerField(
        source="freezes_left", read_only=True, help_text="How many freezes the member has now.", **example(1, minimum=0)
    )
    streakProgress = RunSerializer(
        source="streak_progress",
        read_only=True,
        allow_null=True,
        help_text="The newest run; null before the first log.",
    )

    class Meta(FreezeSerializer.Meta):
        fields = [*FreezeSerializer.Meta.fields, "freezesLeft", "streakProgress"]


class NewFreezeSerializer(BodySerializer):
    """The body that gives freezes."""

    either = ("ownedById", "ownedBy")

    streakId = StreakIdField(help_text="The id of the streak.", **example(EXAMPLE_ID))
    quantity = WholeNumberField(
        min_value=1, max_value=MOST_GRANTED, required=False, default=1, help_text="How many freezes.", **example(1)
    )
    reason = TextField(**REASON)
    uniqueIdentifier = TextField(
        max_length=256,
        trim_whitespace=False,
        help_text="This one gift, such as a ticket number: unique for the member within the streak, for ever.",
        **example("ticket-4711"),
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), **owner_fields()}


class ChangedRunsSerializer(serializers.Serializer[Any]):
    """How many runs become what."""

    revived = serializers.IntegerField(help_text="Runs that live again.", **example(1, minimum=0))
    joined = serializers.IntegerField(help_text="Runs that become one with others.", **example(0, minimum=0))
    extended = serializers.IntegerField(help_text="Runs that have more completed periods.", **example(0, minimum=0))
    split = serializers.IntegerField(help_text="Runs that become several.", **example(0, minimum=0))
    broken = serializers.IntegerField(help_text="Runs that break.", **example(0, minimum=0))


class RewardCountSerializer(serializers.Serializer[Any]):
    """How many rewards of a milestone are issued."""

    milestoneId = serializers.UUIDField(help_text="The id of the milestone.")
    name = serializers.CharField(help_text="Its name.", **example("Day 3"))
    count = serializers.IntegerField(help_text="How many rewards.", **example(1, minimum=1))


class ImpactSerializer(serializers.Serializer[Any]):
    """What a change would do; it is not stored."""

    members = serializers.IntegerField(help_text="How many members it changes.", **example(1, minimum=0))
    runs = ChangedRunsSerializer(help_text="What becomes of their runs.")
    rewards = RewardCountSerializer(many=True, help_text="The rewards that it issues.")


class DryRunSerializer(serializers.Serializer[Any]):
    """The answer to a dry run."""

    impact = ImpactSerializer(help_text="What would happen; nothing was stored.")


def read_body(serializer_class: type[BodySerializer], data: Any) -> Mapping[str, Any]:
    """Return what a body says; raises a 400."""
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    found: Mapping[str, Any] = serializer.validated_data
    return found
