"""Rewards with their status read off the clock (S24)."""

from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import Case, Value, When

RecordType_co = TypeVar("RecordType_co", bound=models.Model, covariant=True)


class RewardLogQuerySet(models.QuerySet[RecordType_co]):
    """Rewards as they are at an instant."""

    def with_status(self, now: datetime) -> "RewardLogQuerySet[Any]":
        """Annotate `status`: redeemed, expired, pending (no code yet) or issued."""
        return self.annotate(status=_status_at(now))

    def by_status(self, now: datetime) -> "RewardLogQuerySet[Any]":
        """Let rewards be filtered and sorted by `status`, without reading it."""
        return self.alias(status=_status_at(now))


def _status_at(now: datetime) -> Case:
    return Case(
        When(redeemed_at__isnull=False, then=Value("redeemed")),
        When(reward_expiry_at__lte=now, then=Value("expired")),
        When(coupon_code=None, then=Value("pending")),
        default=Value("issued"),
        output_field=models.CharField(),
    )
