"""Rewards on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework import serializers

from gamopanda.api.serializers import PresentingListSerializer, RecordSerializer, TextField
from rewards.api.explained import REWARD
from rewards.api.reading import present_rewards
from rewards.coupons import is_code_taken
from rewards.models import RewardLog, RewardStatus
from streaks.api.fields import LinkedSchemaSlugField
from streaks.api.serializers import NestedMilestoneSerializer
from streaks.models import Milestone


class RewardLogSerializer(RecordSerializer[RewardLog]):
    """A reward issued to a member for a milestone, with its status read off the clock (S24).

    Four fields can be changed: `couponCode`, `rewardIssuedAt`, `rewardExpiryAt`, `redeemedAt`.
    """

    explained = REWARD

    linked_schema_slug = LinkedSchemaSlugField(read_only=True)
    linked_schema_record_id = serializers.UUIDField(source="streak_id", read_only=True)
    milestone_id = serializers.UUIDField(read_only=True)
    milestone = NestedMilestoneSerializer(read_only=True)
    owned_by_id = serializers.UUIDField(source="member_id", read_only=True)
    streak_progress_id = serializers.UUIDField(read_only=True)
    coupon_code = TextField(
        max_length=256, allow_null=True, trim_whitespace=False, help_text="Null while there is none (S23)."
    )
    reward_status = serializers.ChoiceField(choices=RewardStatus.choices, source="status", read_only=True)
    eud_milestone_reward_instruction_message = serializers.SerializerMethodField(help_text="How to redeem it.")

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
            "streak_progress_id",
            "period_key",
            "coupon_code",
            "reward_status",
            "reward_issued_at",
            "reward_expiry_at",
            "redeemed_at",
            "eud_milestone_reward_instruction_message",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["period_key"]
        list_serializer_class = PresentingListSerializer

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Add the status by the clock."""
        return present_rewards(records, now)

    def get_eud_milestone_reward_instruction_message(self, reward: RewardLog) -> str:
        """Return the text of the milestone."""
        return str(reward.milestone.eud_milestone_reward_instruction_message)

    def validate_couponCode(self, code: str | None) -> str | None:  # noqa: N802  the name on the wire
        """Refuse to take a code away, or to give one twice (S23, S25)."""
        reward: Any = self.instance
        if code == reward.coupon_code:
            return code
        if code is None and reward.coupon_source != Milestone.CouponSource.EXTERNAL:
            raise serializers.ValidationError("A reward keeps its code, or gets another one.", code="null")
        if code is not None and is_code_taken(code, reward):
            raise code_taken()
        return code


def code_taken() -> serializers.ValidationError:
    """Return the error for a code that is somebody else's."""
    return serializers.ValidationError("Another reward, or a pool, has this code: use one that is free.", code="unique")
