"""The plain query filters of streaks and what belongs to them; all exact, instants inclusive at both ends."""

import re
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from gamopanda.accounts.naming import ExternalIdFilter
from gamopanda.api.lists.filter_types import read_date
from gamopanda.api.lists.filters import ChoiceFilter, InstantFilter, RecordFilterSet, exact_text
from gamopanda.api.models import Status
from gamopanda.api.serializers.base import read_id
from streaks.api.fields import STREAK_SLUG
from streaks.models import (
    MAX_PERIODS,
    AggregationMethod,
    AggregationPeriod,
    ExcuseKind,
    HolidayCalendar,
    Milestone,
    RunStatus,
    Streak,
    StreakExcuse,
    StreakFreeze,
    StreakLog,
    StreakProgress,
    StreakRules,
)


class PeriodsFormField(forms.Field):
    """A number of periods in a query string."""

    def __init__(self, *, minimum: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum = minimum

    def to_python(self, value: Any) -> Any:
        """Read the number, in digits alone; what no record can have is refused."""
        if value in self.empty_values:
            return None
        if not re.fullmatch("[0-9]{1,9}", value) or not self.minimum <= int(value) <= MAX_PERIODS:
            raise ValidationError(f"Use a whole number from {self.minimum} to {MAX_PERIODS}.", code="invalid")
        return int(value)


class PeriodsFilter(django_filters.Filter):  # type: ignore[misc]
    """Compare a number of periods, of which there are `minimum` at least."""

    field_class = PeriodsFormField


class DateFormField(forms.Field):
    """A date in a query string."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return read_date(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error


class DateFilter(django_filters.Filter):  # type: ignore[misc]
    """Compare a date."""

    field_class = DateFormField


class StreakFilterSet(RecordFilterSet):
    """`?status=live&aggregationPeriod=daily&aggregationMethod=sum&name=…`."""

    status = ChoiceFilter(choices=Status.choices)
    aggregation_method = ChoiceFilter(choices=AggregationMethod.choices)
    aggregation_period = ChoiceFilter(choices=AggregationPeriod.choices)
    name = exact_text()

    class Meta:
        model = Streak
        fields: list[str] = []


class LinkedFilterSet(RecordFilterSet):
    """What belongs to a streak: `?linkedSchemaSlug=streak&linkedSchemaRecordId=…`, or shorter `?streakId=…`."""

    linked_schema_slug = ChoiceFilter(method="keep_all", choices=[(STREAK_SLUG, STREAK_SLUG)])
    linked_schema_record_id = django_filters.UUIDFilter("streak")
    streak_id = django_filters.UUIDFilter("streak")

    def keep_all(self, queryset: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        """Keep every record: all belong to streaks."""
        return queryset


class MilestoneFilterSet(LinkedFilterSet):
    """Also `?status=live&milestoneTargetValue=3&name=…`."""

    status = ChoiceFilter(choices=Status.choices)
    milestone_target_value = PeriodsFilter(minimum=1)
    name = exact_text()

    class Meta:
        model = Milestone
        fields: list[str] = []


class OwnedFilterSet(RecordFilterSet):
    """What logs, runs and rewards have in common: `?streakId=…&ownedById=…&externalId=…`."""

    streak_id = django_filters.UUIDFilter("streak")
    owned_by_id = django_filters.UUIDFilter("member")
    external_id = ExternalIdFilter()


class LogFilterSet(OwnedFilterSet):
    """Also `?activityId=…&uniqueIdentifier=…&periodKey=2026-03-01`."""

    activity_id = exact_text()
    unique_identifier = exact_text()
    period_key = DateFilter()
    activity_at_from = InstantFilter("activity_at", "gte", help_text="Happened at this instant or later.")
    activity_at_to = InstantFilter("activity_at", "lte", help_text="Happened at this instant or earlier.")

    class Meta:
        model = StreakLog
        fields: list[str] = []


class ExcuseFilterSet(OwnedFilterSet):
    """Also `?kind=amnesty`."""

    kind = ChoiceFilter(choices=ExcuseKind.choices)

    class Meta:
        model = StreakExcuse
        fields: list[str] = []


class FreezeFilterSet(OwnedFilterSet):
    """Also `?uniqueIdentifier=…`."""

    unique_identifier = exact_text()

    class Meta:
        model = StreakFreeze
        fields: list[str] = []


class RulesFilterSet(RecordFilterSet):
    """`?streakId=…&validFrom=2026-03-02`."""

    streak_id = django_filters.UUIDFilter("streak")
    valid_from = DateFilter()

    class Meta:
        model = StreakRules
        fields: list[str] = []


class HolidayCalendarFilterSet(RecordFilterSet):
    """`?name=…`."""

    name = exact_text()

    class Meta:
        model = HolidayCalendar
        fields: list[str] = []


class RunFilterSet(OwnedFilterSet):
    """Also `?streakProgressStatus=in_progress`, by the clock (S16), and when runs started, ended or are due."""

    streak_progress_status = ChoiceFilter("status", choices=RunStatus.choices)
    current_progress_value = PeriodsFilter(minimum=0)
    unique_identifier = django_filters.CharFilter(method="keep_pair", strip=False)
    streak_started_at_from = InstantFilter("streak_started_at", "gte", help_text="Started at this instant or later.")
    streak_started_at_to = InstantFilter("streak_started_at", "lte", help_text="Started at this instant or earlier.")
    streak_completed_at_from = InstantFilter(
        "streak_completed_at", "gte", help_text="Completed at this instant or later."
    )
    streak_completed_at_to = InstantFilter(
        "streak_completed_at", "lte", help_text="Completed at this instant or earlier."
    )
    streak_broken_at_from = InstantFilter("broken_at", "gte", help_text="Broken at this instant or later.")
    streak_broken_at_to = InstantFilter("broken_at", "lte", help_text="Broken at this instant or earlier.")
    streak_breaks_at_from = InstantFilter("due_at", "gte", help_text="Will break at this instant or later.")
    streak_breaks_at_to = InstantFilter("due_at", "lte", help_text="Will break at this instant or earlier.")

    class Meta:
        model = StreakProgress
        fields: list[str] = []

    def keep_pair(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Keep the runs of the streak and the member that a unique identifier names."""
        streak_id, _, member_id = value.partition(":")
        return queryset.filter(streak=read_id(streak_id), member=read_id(member_id))
