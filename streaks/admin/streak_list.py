"""The list of streaks: status, rules in words, milestones and how each is doing."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from gamopanda.admin import STATUS_COLOURS
from streaks.admin.filters import DeletedFilter
from streaks.admin.numbers import StreakNumbers, recent_numbers
from streaks.admin.words import rules_in_words
from streaks.models import Milestone, Streak


class StreakListAdmin(ModelAdmin):
    """The columns of the list, in a fixed number of queries."""

    list_display = ["name", "status_label", "rules", "milestone_count", "alive", "completion", "created_at"]
    list_filter = [DeletedFilter, "status", "aggregation_period", "aggregation_method"]
    search_fields = ["name", "description"]

    @display(description=_("status"), label={**STATUS_COLOURS, "deleted": "danger"}, ordering="status")
    def status_label(self, streak: Streak) -> tuple[str, Any]:
        """The status, in colour, or that it is deleted."""
        return ("deleted", _("deleted")) if streak.deleted_at else (streak.status, streak.get_status_display())

    @display(description=_("rules"))
    def rules(self, streak: Streak) -> str:
        """The rules in words."""
        return rules_in_words(streak)

    @display(description=_("milestones"), ordering="milestone_count")
    def milestone_count(self, streak: Any) -> int:
        """How many milestones it has, counted by the list's own query."""
        return int(streak.milestone_count)

    @display(description=_("members alive"))
    def alive(self, streak: Any) -> int:
        """How many members have a run in progress."""
        return int(streak.numbers.alive)

    @display(description=_("runs completed"))
    def completion(self, streak: Any) -> str:
        """How many of the runs that ended were completed."""
        rate = streak.numbers.completion_rate
        return "–" if rate is None else f"{rate}%"

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Put the numbers beside the streaks of the page, all of them with one query."""
        changelist = super().get_changelist_instance(request)
        numbers = recent_numbers(now=timezone.now())
        for streak in changelist.result_list:
            streak.numbers = numbers.get(streak.pk, StreakNumbers())
        return changelist

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Count milestones along with the streaks."""
        milestones = Milestone.objects.visible().filter(streak=OuterRef("pk")).order_by().values("streak")
        counted = Subquery(milestones.annotate(number=Count("pk")).values("number"))
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.annotate(milestone_count=Coalesce(counted, 0))  # type: ignore[no-any-return]
