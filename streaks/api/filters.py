"""The plain query filters of streaks and what belongs to them; all exact, instants inclusive at both ends."""

import django_filters
from django import forms

from gamopanda.api.filters import RecordFilterSet, exact_text
from gamopanda.api.models import Status
from streaks.api.fields import STREAK_SLUG
from streaks.models import AggregationMethod, AggregationPeriod, Milestone, Streak


class WholeNumberFilter(django_filters.Filter):
    """Compare a whole number."""

    field_class = forms.IntegerField


class StreakFilterSet(RecordFilterSet):
    """`?status=live&aggregationPeriod=daily&aggregationMethod=sum&name=…`."""

    status = django_filters.ChoiceFilter(choices=Status.choices)
    aggregationMethod = django_filters.ChoiceFilter("aggregation_method", choices=AggregationMethod.choices)
    aggregationPeriod = django_filters.ChoiceFilter("aggregation_period", choices=AggregationPeriod.choices)
    name = exact_text()

    class Meta:
        """Only the filters above."""

        model = Streak
        fields: list[str] = []


class MilestoneFilterSet(RecordFilterSet):
    """`?linkedSchemaRecordId=…&status=live&milestoneTargetValue=3`."""

    linkedSchemaSlug = django_filters.ChoiceFilter(method="keep_all", choices=[(STREAK_SLUG, STREAK_SLUG)])
    linkedSchemaRecordId = django_filters.UUIDFilter("streak")
    streakId = django_filters.UUIDFilter("streak")
    status = django_filters.ChoiceFilter(choices=Status.choices)
    milestoneTargetValue = WholeNumberFilter("milestone_target_value")
    name = exact_text()

    class Meta:
        """Only the filters above."""

        model = Milestone
        fields: list[str] = []

    def keep_all(self, queryset, _name, _value):  # type: ignore[no-untyped-def]
        """Keep every milestone: all belong to streaks."""
        return queryset
