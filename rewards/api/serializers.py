"""Rewards on the wire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from gamopanda.api.serializers.base import PresentingListSerializer, RecordSerializer, TextField
from gamopanda.api.serializers.examples import example
from gamopanda.api.serializers.language import read_text
from gamopanda.api.serializers.serializer_compiler import RenderContext
from rewards.api.reading import present_rewards
from rewards.coupon_sources import COUPON_SOURCES
from rewards.coupons import is_code_taken
from rewards.models import PendingReason, RewardLog, RewardStatus
from streaks.api.fields import LinkedSchemaSlugField, OwnerNameField
from streaks.api.serializers import NestedMilestoneSerializer
from streaks.models import Milestone
from streaks.validators import validate_code


@extend_schema_field(OpenApiTypes.STR)
class InstructionField(serializers.Field[Any, Any, str, Milestone]):
    """The text of the milestone that says how to redeem the reward."""

    def render_record(self, reward: RewardLog, context: RenderContext) -> str:
        return read_text(reward.milestone, Milestone, "eud_milestone_reward_instruction_message", context.language)

    def to_representation(self, value: Milestone) -> str:
        return value.eud_milestone_reward_instruction_message


class RewardLogSerializer(RecordSerializer[RewardLog]):
    """A reward issued to a member for a milestone, with its status at the time of the answer.

    Four fields can be changed: `couponCode`, `rewardIssuedAt`, `rewardExpiryAt`, `redeemedAt`.
    """

    linked_schema_slug = LinkedSchemaSlugField(
        read_only=True, help_text="The type of record that the reward belongs to: always streak."
    )
    linked_schema_record_id = serializers.UUIDField(
        source="streak_id", read_only=True, help_text="The id of the streak."
    )
    milestone_id = serializers.UUIDField(read_only=True, help_text="The id of the milestone that was reached.")
    milestone = NestedMilestoneSerializer(
        read_only=True, help_text="The milestone that was reached, also when it has been deleted since."
    )
    owned_by_id = serializers.UUIDField(source="member_id", read_only=True, help_text="The id of the member.")
    external_id = OwnerNameField()
    streak_progress_id = serializers.UUIDField(
        read_only=True, help_text="The id of the run in which the milestone was reached."
    )
    period_key = serializers.DateField(
        read_only=True,
        help_text="The period with which the milestone was reached, named by its first local date.",
        **example("2026-03-03"),
    )
    coupon_code = TextField(
        max_length=256,
        allow_null=True,
        trim_whitespace=False,
        validators=[validate_code],
        help_text=(
            "The code. Null while there is none: pendingReason says why; and where the milestone has the couponSource "
            "none. A reward that has a code keeps it, or gets another one."
        ),
        **example("SAVE5-7KQ2MW9XFH4T", minLength=1, format="coupon-code"),
    )
    reward_status = serializers.ChoiceField(
        choices=RewardStatus.choices,
        source="status",
        read_only=True,
        help_text="pending: no code yet; issued; redeemed: redeemedAt is set; expired: rewardExpiryAt has passed.",
        **example("issued"),
    )
    pending_reason = serializers.ChoiceField(
        choices=PendingReason.choices,
        read_only=True,
        allow_null=True,
        help_text=(
            "Why the reward is pending. no_code: the pool is empty, or your own system has not set the code yet; "
            "limit_reached: the limit of the milestone is used up. Null: it is not pending."
        ),
        **example("limit_reached"),
    )
    eud_milestone_reward_instruction_message = InstructionField(
        source="milestone",
        read_only=True,
        help_text="How to redeem the reward, in the language of the answer.",
        **example("Enter the code at checkout."),
    )

    class Meta:
        """The fields of the facts page, and what became of the reward."""

        model = RewardLog
        fields = [
            "id",
            "linked_schema_slug",
            "linked_schema_record_id",
            "milestone_id",
            "milestone",
            "owned_by_id",
            "external_id",
            "streak_progress_id",
            "period_key",
            "coupon_code",
            "reward_status",
            "pending_reason",
            "reward_issued_at",
            "reward_expiry_at",
            "redeemed_at",
            "eud_milestone_reward_instruction_message",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "reward_issued_at": {"help_text": "When the reward was issued, in UTC.", **example("2026-03-03T17:30:00Z")},
            "reward_expiry_at": {
                "help_text": "When the reward expires, in UTC. Null: it never expires.",
                **example("2026-04-02T17:30:00Z"),
            },
            "redeemed_at": {
                "help_text": "When the reward was used, in UTC. Null: not used yet.",
                **example("2026-03-10T09:00:00Z"),
            },
        }
        list_serializer_class = PresentingListSerializer

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Add the status by the clock."""
        return present_rewards(records, now)

    def to_internal_value(self, data: Any) -> Any:
        """Refuse to be told another status, which follows from the other fields, instead of ignoring it."""
        status = data.get("rewardStatus") if isinstance(data, Mapping) else None
        reward: Any = self.instance
        if status is not None and status != reward.status_at(timezone.now()) and "redeemedAt" not in data:
            message = "The status follows from the other fields: to mark the reward as redeemed, set redeemedAt."
            raise serializers.ValidationError({"rewardStatus": [ErrorDetail(message, code="read_only")]})
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an expiry before the reward is issued."""
        reward: Any = self.instance
        issued_at = attrs.get("reward_issued_at", reward.reward_issued_at)
        expires_at = attrs.get("reward_expiry_at", reward.reward_expiry_at)
        if expires_at is not None and expires_at < issued_at:
            message = "A reward cannot expire before it is issued: use an instant from rewardIssuedAt on."
            raise serializers.ValidationError({"rewardExpiryAt": message}, code="invalid")
        return attrs

    def validate_couponCode(self, code: str | None) -> str | None:  # noqa: N802  the name on the wire
        """Refuse to take a code away, or to give one twice (S23, S25)."""
        reward: Any = self.instance
        if code == reward.coupon_code:
            return code
        if code is None and not COUPON_SOURCES[reward.coupon_source].may_be_cleared:
            raise serializers.ValidationError("A code cannot be removed: keep it, or set another one.", code="null")
        if reward.is_beyond_limit:
            raise serializers.ValidationError(
                "The limit of the milestone is used up: raise its rewardLimit, and the reward gets its code.",
                code="limit_reached",
            )
        if code is not None and is_code_taken(code, reward):
            raise code_taken()
        return code


def code_taken() -> serializers.ValidationError:
    """Return the error for a code that is taken."""
    return serializers.ValidationError("Another reward, or a pool, has this code: use one that is free.", code="unique")
