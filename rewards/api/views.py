"""Rewards: issued by the system alone; a server of the client's changes what becomes of them."""

from typing import Any

from django.db import IntegrityError, models, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, ValidationError

from gamopanda.api.permissions import READ
from gamopanda.api.views import RecordViewSet
from rewards.api.filters import RewardLogFilterSet
from rewards.api.reading import read_rewards
from rewards.api.serializers import RewardLogSerializer, code_taken
from rewards.coupons import lock_pools
from rewards.models import RewardLog
from streaks.api.audience import AudienceMixin
from streaks.api.fields import STREAK_SLUG


class RewardLogViewSet(AudienceMixin, RecordViewSet):
    """Rewards; end users see their own."""

    serializer_class = RewardLogSerializer
    filterset_class = RewardLogFilterSet
    allowed = {"admin": READ | {"partial_update"}, "end_user": READ}
    filter_expressions = {"linkedSchemaSlug": models.Value(STREAK_SLUG)}

    def get_queryset(self) -> models.QuerySet[RewardLog]:
        """Return what the caller may see; a milestone that was deleted stays shown (S29)."""
        return self.own(read_rewards(self.now))

    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the code or the instants, while no pool gives out codes."""
        lock_pools([self.get_object().milestone_id])
        return super().partial_update(request, *args, **kwargs)

    def perform_update(self, serializer: BaseSerializer[RewardLog]) -> None:
        """Save, unless another reward has just got the code (S25)."""
        try:
            with transaction.atomic():
                serializer.save()
        except IntegrityError as error:
            raise ValidationError({"couponCode": code_taken().detail}) from error
