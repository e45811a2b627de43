"""Versions of rules, and holiday calendars."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from gamopanda.accounts.api.idempotency import MakesOnce
from gamopanda.api.access.permissions import READ, WRITE
from gamopanda.api.errors.exceptions import from_django
from gamopanda.api.naming import camel_case
from gamopanda.api.views import RecordViewSet
from streaks.api.filters import HolidayCalendarFilterSet, RulesFilterSet
from streaks.api.protection_serializers import read_body
from streaks.api.protection_views import FactCalls
from streaks.api.rules_serializers import (
    HolidayCalendarSerializer,
    NewRulesSerializer,
    RulesDryRunSerializer,
    StreakRulesSerializer,
)
from streaks.models import HolidayCalendar, StreakRules
from streaks.progress.applying import apply_when_stored
from streaks.progress.changing_rules import (
    RulesImpact,
    declare_version,
    delete_calendar,
    edit_dates,
    find_impact,
    withdraw_version,
)


def describe_rules_impact(impact: RulesImpact) -> dict[str, Any]:
    """Return whom a version meets as the wire has it."""
    return {
        "runsAlive": impact.runs_alive,
        "atOrPastCompletion": impact.at_or_past_completion,
        "milestonesBeyond": [
            {"milestoneId": str(one.pk), "name": one.name, "milestoneTargetValue": one.milestone_target_value}
            for one in impact.milestones_beyond
        ],
    }


class RulesViewSet(FactCalls, MakesOnce, RecordViewSet):
    """Versions of rules: what changes in a streak from a period on. No period that has begun is judged anew."""

    serializer_class = StreakRulesSerializer
    filterset_class = RulesFilterSet
    allowed = {"admin": READ | {"create", "destroy"}}
    dry_runs = frozenset({"create"})

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the versions that were not withdrawn."""
        versions = StreakRules.objects.filter(withdrawn_at=None, streak__deleted_at=None)
        return versions.select_related("streak").prefetch_related("streak__rules_versions")

    @extend_schema(request=NewRulesSerializer, responses={201: StreakRulesSerializer, 200: RulesDryRunSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the rules of a streak from a period on; what the body leaves out stays."""
        version = self._unsaved(read_body(NewRulesSerializer, request.data))
        try:
            if self.is_dry_run:
                return Response({"impact": describe_rules_impact(find_impact(version, now=self.now))})
            declare_version(version, now=self.now)
        except DjangoValidationError as error:
            raise from_django(error) from error
        apply_when_stored(version, now=self.now)
        return Response(self.read_back(version), status=status.HTTP_201_CREATED)

    def _unsaved(self, body: Any) -> StreakRules:
        given = {name: body[camel_case(name)] for name in StreakRules.CHANGEABLE if camel_case(name) in body}
        if given.get("freeze_every_periods", 0) is None:
            given["freeze_every_periods"] = 0
        return StreakRules(
            streak=body["streakId"],
            valid_from=body["validFrom"],
            reason=body["reason"],
            created_by=self.author,
            **given,
        )

    def perform_destroy(self, instance: StreakRules) -> None:
        """Withdraw it before it is in force."""
        try:
            withdraw_version(instance, by=self.author, now=self.now)
        except DjangoValidationError as error:
            raise from_django(error) from error
        apply_when_stored(instance, now=self.now)


class HolidayCalendarViewSet(FactCalls, MakesOnce, RecordViewSet):
    """Holiday calendars: named dates that daily streaks follow."""

    serializer_class = HolidayCalendarSerializer
    filterset_class = HolidayCalendarFilterSet
    allowed = {"admin": READ | WRITE}

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return all calendars."""
        return HolidayCalendar.objects.all()

    def perform_update(self, serializer: Any) -> None:
        """Save it; edited dates are applied to the members of every streak that follows it."""
        dates = serializer.validated_data.pop("dates", None)
        serializer.save()
        if dates is None:
            return
        try:
            edits = edit_dates(serializer.instance, dates, by=self.author)
        except DjangoValidationError as error:
            raise from_django(error) from error
        for edit in edits:
            apply_when_stored(edit, now=self.now)

    def perform_destroy(self, instance: HolidayCalendar) -> None:
        """Delete it, unless a streak follows it."""
        try:
            delete_calendar(instance)
        except DjangoValidationError as error:
            raise from_django(error) from error
