"""The plain query filters of rewards; all exact, instants inclusive at both ends."""

import django_filters

from gamopanda.api.filters import InstantFilter, exact_text
from rewards.models import RewardLog, RewardStatus
from streaks.api.filters import DateFilter, LinkedFilterSet, OwnedFilterSet


class RewardLogFilterSet(LinkedFilterSet, OwnedFilterSet):
    """`?streakId=…&ownedById=…&milestoneId=…&rewardStatus=issued`, the status by the clock (S24)."""

    milestoneId = django_filters.UUIDFilter("milestone")
    streakProgressId = django_filters.UUIDFilter("streak_progress")
    rewardStatus = django_filters.ChoiceFilter("status", choices=RewardStatus.choices)
    couponCode = exact_text("coupon_code")
    periodKey = DateFilter("period_key")
    rewardIssuedAtFrom = InstantFilter("reward_issued_at", "gte", help_text="Issued at this instant or later.")
    rewardIssuedAtTo = InstantFilter("reward_issued_at", "lte", help_text="Issued at this instant or earlier.")
    rewardExpiryAtFrom = InstantFilter("reward_expiry_at", "gte", help_text="Expires at this instant or later.")
    rewardExpiryAtTo = InstantFilter("reward_expiry_at", "lte", help_text="Expires at this instant or earlier.")
    redeemedAtFrom = InstantFilter("redeemed_at", "gte", help_text="Redeemed at this instant or later.")
    redeemedAtTo = InstantFilter("redeemed_at", "lte", help_text="Redeemed at this instant or earlier.")

    class Meta:
        """Only the filters above."""

        model = RewardLog
        fields: list[str] = []
