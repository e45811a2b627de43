"""Streaks and milestones."""

from typing import Any

from django.db import models, transaction
from django.db.models import F, Prefetch, Value
from django.db.models.functions import NullIf
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gamopanda.accounts.api.idempotency import MakesOnce
from gamopanda.api.access.permissions import READ, WRITE
from gamopanda.api.models import Status
from gamopanda.api.parsing.parsers import BoundedMultiPartParser, StrictJSONParser
from gamopanda.api.serializers.base import read_id
from gamopanda.api.views import RecordViewSet
from streaks.api.fields import STREAK_SLUG
from streaks.api.filters import MilestoneFilterSet, StreakFilterSet
from streaks.api.serializers import (
    MilestoneSerializer,
    PublicMilestoneSerializer,
    StreakFormSerializer,
    StreakSerializer,
)
from streaks.models import Milestone, Streak
from streaks.progress.lifecycle import delete_milestone, delete_streak, lock_milestones

BODIES = {"application/json": StreakSerializer, "multipart/form-data": StreakFormSerializer}
EVERYBODY_READS = {"admin": READ | WRITE, "end_user": READ, "guest": READ}


class StreakViewSet(MakesOnce, RecordViewSet):
    """Streaks; end users and guests see the live ones."""

    serializer_class = StreakSerializer
    filterset_class = StreakFilterSet
    parser_classes = [StrictJSONParser, BoundedMultiPartParser]
    # A streak without a clock of its own has null on the wire, so null is what filters and sorting see.
    filter_expressions = {"timeZone": NullIf(F("time_zone"), Value(""), output_field=models.TextField())}
    allowed = EVERYBODY_READS
    body_examples = {"partial_update": {"eudTitle": "Seven days in a row", "displayOrder": 1}}

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return what the caller may see, with its milestones in order of target."""
        streaks: models.QuerySet[Any] = Streak.objects.visible()
        milestones: models.QuerySet[Any] = Milestone.objects.visible()
        if not self.is_admin:
            streaks, milestones = streaks.filter(status=Status.LIVE), milestones.filter(status=Status.LIVE)
        return streaks.prefetch_related(Prefetch("milestones", milestones), "rules_versions")

    @extend_schema(request=BODIES)
    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a streak."""
        return super().create(request, *args, **kwargs)

    @extend_schema(request=BODIES)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a streak: the fields that the body names. Its rules are frozen from the first log on."""
        return super().partial_update(request, *args, **kwargs)

    def perform_destroy(self, instance: Streak) -> None:
        """Hide it, and keep what was recorded (S29)."""
        delete_streak(instance, now=self.now)


class MilestoneViewSet(MakesOnce, RecordViewSet):
    """Milestones; end users and guests see the live ones of live streaks."""

    filterset_class = MilestoneFilterSet
    allowed = EVERYBODY_READS
    filter_expressions = {"linkedSchemaSlug": models.Value(STREAK_SLUG)}

    def get_serializer_class(self) -> type[PublicMilestoneSerializer]:
        """Show coupon codes to administrators alone."""
        return MilestoneSerializer if self.is_admin else PublicMilestoneSerializer

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return what the caller may see."""
        milestones: models.QuerySet[Any] = Milestone.objects.visible().filter(streak__deleted_at=None)
        return milestones if self.is_admin else milestones.filter(status=Status.LIVE, streak__status=Status.LIVE)

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a milestone."""
        streak_id = read_id(request.data.get("linkedSchemaRecordId")) if isinstance(request.data, dict) else None
        if streak_id is not None:
            lock_milestones(streak_id)
        return super().create(request, *args, **kwargs)

    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a milestone."""
        lock_milestones(self.get_object().streak_id)
        return super().partial_update(request, *args, **kwargs)

    def perform_destroy(self, instance: Milestone) -> None:
        """Delete it; once its streak has activity, hide it: its rewards keep showing it (S29)."""
        delete_milestone(instance, now=self.now)
