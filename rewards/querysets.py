"""Rewards with their status read off the clock (S24), and those that wait."""

from datetime import datetime
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Q, Value, When

from streaks.models import Milestone

RecordType_co = TypeVar("RecordType_co", bound=models.Model, covariant=True)


class RewardLogQuerySet(models.QuerySet[RecordType_co]):
    """Rewards as they are at an instant."""

    def with_status(self, now: datetime) -> "RewardLogQuerySet[Any]":
        """Annotate `status`: redeemed, expired, pending (no code yet) or issued; and `pending_reason`."""
        return self.annotate(status=_status_at(now)).annotate(pending_reason=_PENDING_REASON)

    def by_status(self, now: datetime) -> "RewardLogQuerySet[Any]":
        """Let rewards be filtered and sorted by `status` and `pending_reason`, without reading these."""
        return self.alias(status=_status_at(now)).alias(pending_reason=_PENDING_REASON)

    def waiting_for_code(self) -> Self:
        """Return those that get the next codes of a pool (S23)."""
        return self.filter(coupon_code=None, coupon_source=Milestone.CouponSource.POOL, is_beyond_limit=False)

    def oldest_first(self) -> Self:
        """Put them in the order in which those that wait have their turn (S23, S59)."""
        return self.order_by("reward_issued_at", "pk")


class PoolCodeQuerySet(models.QuerySet[RecordType_co]):
    """Codes of pools."""

    def free(self) -> Self:
        """Return those that a reward can get."""
        return self.filter(reward_log=None, is_double=False)


_IS_WAITING = Q(coupon_code=None) & (~Q(coupon_source=Milestone.CouponSource.NONE) | Q(is_beyond_limit=True))


def _status_at(now: datetime) -> Case:
    return Case(
        When(redeemed_at__isnull=False, then=Value("redeemed")),
        When(reward_expiry_at__lte=now, then=Value("expired")),
        When(_IS_WAITING, then=Value("pending")),
        default=Value("issued"),
        output_field=models.CharField(),
    )


_PENDING_REASON = Case(
    When(status="pending", is_beyond_limit=True, then=Value("limit_reached")),
    When(status="pending", then=Value("no_code")),
    output_field=models.CharField(null=True),
)
