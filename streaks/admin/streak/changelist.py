"""The list of streaks: status, rules in words, milestones and how each is doing."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from gamopanda.admin.formatting import STATUS_COLOURS
from streaks.admin.charts import columns
from streaks.admin.filters import DeletedFilter
from streaks.admin.language_tabs import complete_languages
from streaks.admin.rule_texts import rules_summary
from streaks.models import Milestone, Streak
from streaks.presenters.results import (
    StreakNumbers,
    day_at,
    days_until,
    members_by_day,
    numbers_of_streaks,
    recent_round,
)

# What the little picture beside a streak goes back.
DAYS_DRAWN = 14


@display(description=_("status"), label={**STATUS_COLOURS, "deleted": "danger"}, ordering="status")
def status_label(streak: Streak) -> tuple[str, Any]:
    return ("deleted", _("deleted")) if streak.deleted_at else (streak.status, streak.get_status_display())


@display(description=_("rules"))
def rules(streak: Streak) -> str:
    """The rules in words."""
    return rules_summary(streak)


@display(description=_("milestones"), ordering="milestone_count")
def milestone_count(streak: Any) -> int:
    """How many milestones it has, counted by the list's own query."""
    return int(streak.milestone_count)


@display(description=_("active members"))
def alive(streak: Any) -> int:
    """How many members have a run in progress."""
    return int(streak.numbers.alive)


@display(description=_("runs completed"))
def completion(streak: Any) -> str:
    """How many of the runs that ended were completed."""
    rate = streak.numbers.completion_rate
    return "–" if rate is None else f"{rate}%"


@display(description=_("active in 14 days"))
def active(streak: Any) -> SafeString:
    """How many members were active on each of the last days."""
    told = _("Active members of the last 14 days, day by day: %s")
    return columns(streak.active, told % ", ".join(str(number) for number in streak.active))


@display(description=_("languages complete"))
def languages(streak: Streak) -> str:
    """The languages in which every text is written."""
    return ", ".join(complete_languages(streak)) or "–"


COLUMNS = ("name", status_label, rules, milestone_count, alive, completion, active, languages)
FILTERS = (DeletedFilter, "status", "aggregation_period", "aggregation_method")


def add_numbers(streaks: Sequence[Any]) -> None:
    """Put the numbers beside the streaks of a page of the list, of all of them with one query each."""
    now = timezone.now()
    recent_round(now=now)
    numbers = numbers_of_streaks()
    active_members = dict(members_by_day([streak.pk for streak in streaks], days_until(day_at(now), DAYS_DRAWN)))
    for streak in streaks:
        streak.numbers, streak.active = numbers.get(streak.pk, StreakNumbers()), active_members[streak.pk]


def with_milestone_count(streaks: "QuerySet[Any]") -> "QuerySet[Any]":
    """Count milestones along with the streaks."""
    milestones = Milestone.objects.visible().filter(streak=OuterRef("pk")).order_by().values("streak")
    counted = Subquery(milestones.annotate(number=Count("pk")).values("number"))
    return streaks.annotate(milestone_count=Coalesce(counted, 0))  # type: ignore[no-any-return]
