"""The page that tells how a streak went: who took part, where they dropped out, and what it cost in coupons."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSingleDateWidget

from gamopanda.admin.links import page_of
from gamopanda.api.access.freshness import replica_may_answer
from rewards.models import RewardStatus
from rewards.results import rewards_by_milestone
from streaks.admin.charts import bar, percent
from streaks.admin.rule_texts import rules_summary
from streaks.admin.streak.layout import AddedStep
from streaks.models import AggregationPeriod, Milestone, Streak
from streaks.presenters.results import RunResults, StreakNumbers, recent_round, results_of

# A long streak is shown in at most so many steps.
MAX_ROWS = 31


class RangeForm(forms.Form):
    """The days whose runs and rewards are looked at; without them, all."""

    since = forms.DateField(required=False, label=gettext_lazy("From"), widget=UnfoldAdminSingleDateWidget)
    until = forms.DateField(required=False, label=gettext_lazy("To"), widget=UnfoldAdminSingleDateWidget)

    def clean(self) -> dict[str, Any]:
        """Put the limits of all time where there are none; refuse a range that ends before it begins."""
        values = super().clean() or {}
        since, until = values.get("since") or date.min, values.get("until") or date.max
        if since > until:
            raise ValidationError(_("The range ends before it begins."))
        return {"since": since, "until": until}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is about, how many, and how much that is of all, in percent."""

    label: str
    number: int
    share: int

    @property
    def bar(self) -> str:
        """The share as a picture."""
        return bar(self.share)


@dataclass(frozen=True, slots=True)
class RewardRow:
    """What became of the rewards of a milestone."""

    milestone: Milestone
    issued: int
    redeemed: int
    expired: int
    waiting: int


@action(description=gettext_lazy("Results"), permissions=["view"], icon="insights")
def show_results(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the results of this streak."""
    streak = get_object_or_404(Streak, pk=object_id)
    return HttpResponseRedirect(reverse("admin:streaks_streak_results", args=[streak.pk]))


def results_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> HttpResponse:
    """Show the results in the range that `since` and `until` name."""
    streak = _streak_of(request, model_admin, object_id)
    counted = recent_round(now=timezone.now())
    form = RangeForm(request.GET)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Results of %s") % streak,
        "opts": model_admin.opts,
        "streak": streak,
        "streak_page": page_of(streak),
        "rules": rules_summary(streak),
        "form": form,
        "counted_at": counted.counted_at,
        "query": request.GET.urlencode(),
    }
    if form.is_valid():
        with replica_may_answer(request):
            context |= tables_of(streak, **form.cleaned_data)
    return TemplateResponse(request, "admin/rewards/streak/results.html", context)


def results_file_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> HttpResponse:
    """Send the same figures as a CSV file, one to a line."""
    streak = _streak_of(request, model_admin, object_id)
    recent_round(now=timezone.now())
    form = RangeForm(request.GET)
    if not form.is_valid():
        raise Http404(_("Enter a valid date range."))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="results-{streak.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow(["table", "row", "figure", "value"])
    with replica_may_answer(request):
        writer.writerows(lines_of(tables_of(streak, **form.cleaned_data)))
    return response


def _streak_of(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> Streak:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    streak: Streak | None = model_admin.get_object(request, str(object_id))
    if streak is None:
        raise Http404(_("There is no streak with this id."))
    return streak


def tables_of(streak: Streak, *, since: date, until: date) -> dict[str, Any]:
    """Return everything that the page shows of the runs that began, and the rewards that were issued, in a range."""
    results = results_of(streak.pk, streak.completion_target_value, since=since, until=until)
    return {
        "results": results,
        "reached": _reached(results, streak),
        "broken_at": _broken_at(results, streak),
        "broken_on": _broken_on(results) if streak.aggregation_period == AggregationPeriod.DAILY else [],
        "rewards": _rewards(streak, since, until),
        "cohorts": [
            (_("Week of %s") % date_format(monday), monday, numbers) for monday, numbers in results.cohorts.items()
        ],
    }


def _steps(length: int) -> list[int]:
    """Return the numbers of periods to show: all, or evenly spread ones of a long streak, and always the last."""
    width = -(-length // MAX_ROWS)
    return sorted({*range(width, length + 1, width), length})


def _reached(results: RunResults, streak: Streak) -> list[Row]:
    return [
        Row(_("%s completed") % step, results.reached[step], percent(results.reached[step], results.runs))
        for step in _steps(streak.completion_target_value)
    ]


def _broken_at(results: RunResults, streak: Streak) -> list[Row]:
    """Tell in which period of their run members fell short; of a long streak, in which group of periods."""
    rows, first = [], 1
    for last in _steps(streak.completion_target_value):
        number = sum(results.broken_at[first - 1 : last])
        label = (
            _("Period %s") % first
            if first == last
            else _("Periods %(first)s–%(last)s") % {"first": first, "last": last}
        )
        rows.append(Row(label, number, percent(number, results.numbers.broken)))
        first = last + 1
    return rows


def _broken_on(results: RunResults) -> list[Row]:
    return [
        Row(str(WEEKDAYS[day]), number, percent(number, results.numbers.broken))
        for day, number in enumerate(results.broken_on)
    ]


def _rewards(streak: Streak, since: date, until: date) -> list[RewardRow]:
    milestones = list(streak.milestones.order_by("milestone_target_value", "pk"))
    found = rewards_by_milestone([milestone.pk for milestone in milestones], since=since, until=until)
    return [
        RewardRow(
            milestone,
            issued=sum(found[milestone.pk].values()),
            redeemed=found[milestone.pk].get(RewardStatus.REDEEMED, 0),
            expired=found[milestone.pk].get(RewardStatus.EXPIRED, 0),
            waiting=found[milestone.pk].get(RewardStatus.PENDING, 0),
        )
        for milestone in milestones
        if milestone.deleted_at is None or found[milestone.pk]
    ]


def lines_of(tables: dict[str, Any]) -> Iterator[tuple[str, str, str, int]]:
    """Yield every figure of the page with the table and the row that it stands in."""
    yield from (("totals", "all", *figure) for figure in _figures(tables["results"].numbers))
    for table in ("reached", "broken_at", "broken_on"):
        rows: Sequence[Row] = tables[table]
        yield from ((table, row.label, "runs", row.number) for row in rows)
    for row in tables["rewards"]:
        for figure in ("issued", "redeemed", "expired", "waiting"):
            yield "rewards", f"{row.milestone.milestone_target_value}: {row.milestone}", figure, getattr(row, figure)
    for _label, monday, numbers in tables["cohorts"]:
        yield from (("cohorts", monday.isoformat(), *figure) for figure in _figures(numbers))


def _figures(numbers: StreakNumbers) -> Iterator[tuple[str, int]]:
    for name in ("participants", "alive", "completed", "broken"):
        yield name, getattr(numbers, name)


STEP = AddedStep(slug="results", name=gettext_lazy("Results"), is_for_new=False)
URLS = (
    ("<uuid:object_id>/results/", "streaks_streak_results", results_view),
    ("<uuid:object_id>/results.csv", "streaks_streak_results_file", results_file_view),
)
