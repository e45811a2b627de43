"""Milestones with what they mean for rewards: those who stand there already can be rewarded too."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gamopanda.api.errors.exceptions import invalid
from gamopanda.api.lists.paging import read_switch
from gamopanda.api.models import Status
from gamopanda.api.views import WRITING
from rewards.issuing.past import describe_past_rewards, request_past_rewards
from streaks.api.protection_serializers import DryRunSerializer
from streaks.api.serializers import MilestoneSerializer
from streaks.api.views import MilestoneViewSet
from streaks.models import Milestone

CREATED = {201: MilestoneSerializer, 200: DryRunSerializer}
UPDATED = PolymorphicProxySerializer("MilestoneOrImpact", [MilestoneSerializer, DryRunSerializer], None)


class RewardingMilestoneViewSet(MilestoneViewSet):
    """Milestones; end users and guests see the live ones of live streaks."""

    def query_parameters(self) -> list[str]:
        """Add who is rewarded."""
        return [*super().query_parameters(), *(["rewardPast", "dryRun"] if self.action in WRITING else [])]

    @extend_schema(responses=CREATED)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a milestone."""
        return self._write(super().create, request, *args, **kwargs)

    @extend_schema(responses=UPDATED)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a milestone."""
        return self._write(super().partial_update, request, *args, **kwargs)

    def perform_create(self, serializer: Any) -> None:
        """Save it, and reward who stands there."""
        super().perform_create(serializer)
        self._reward_past(serializer.instance)

    def perform_update(self, serializer: Any) -> None:
        """Save it, and reward who stands there."""
        super().perform_update(serializer)
        self._reward_past(serializer.instance)

    @transaction.atomic
    def _write(self, write: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write, or say what that would do and store nothing."""
        is_dry = read_switch(request, "dryRun")
        answer = write(request, *args, **kwargs)
        if not is_dry:
            return answer
        transaction.set_rollback(True)
        return Response({"impact": self.impact})

    def _reward_past(self, milestone: Milestone) -> None:
        is_wanted = read_switch(self.request, "rewardPast")
        if is_wanted and milestone.status != Status.LIVE:
            message = "Only a live milestone gives rewards: set its status to live, or leave this out."
            raise invalid("rewardPast", message, "milestone_not_live")
        if read_switch(self.request, "dryRun"):
            self.impact = describe_past_rewards(milestone, now=self.now, is_wanted=is_wanted)
        elif is_wanted:
            request_past_rewards(milestone, now=self.now)
