"""The plain query filters of rewards; all exact, instants inclusive at both ends."""

import django_filters

from gamopanda.api.lists.filters import ChoiceFilter, InstantFilter, exact_text
from rewards.models import PendingReason, RewardLog, RewardStatus
from streaks.api.filters import DateFilter, LinkedFilterSet, OwnedFilterSet


class RewardLogFilterSet(LinkedFilterSet, OwnedFilterSet):
    """`?streakId=…&ownedById=…&milestoneId=…&rewardStatus=issued`, the status by the clock (S24)."""

    milestone_id = django_filters.UUIDFilter("milestone")
    streak_progress_id = django_filters.UUIDFilter("streak_progress")
    reward_status = ChoiceFilter("status", choices=RewardStatus.choices)
    pending_reason = ChoiceFilter("pending_reason", choices=PendingReason.choices)
    coupon_code = exact_text()
    period_key = DateFilter()
    reward_issued_at_from = InstantFilter("reward_issued_at", "gte", help_text="Issued at this instant or later.")
    reward_issued_at_to = InstantFilter("reward_issued_at", "lte", help_text="Issued at this instant or earlier.")
    reward_expiry_at_from = InstantFilter("reward_expiry_at", "gte", help_text="Expires at this instant or later.")
    reward_expiry_at_to = InstantFilter("reward_expiry_at", "lte", help_text="Expires at this instant or earlier.")
    redeemed_at_from = InstantFilter("redeemed_at", "gte", help_text="Redeemed at this instant or later.")
    redeemed_at_to = InstantFilter("redeemed_at", "lte", help_text="Redeemed at this instant or earlier.")

    class Meta:
        model = RewardLog
        fields: list[str] = []
