"""The page that tells how a streak went: who took part, where they dropped out, and what it cost in coupons."""

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
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from gamopanda.admin.links import page_of
from gamopanda.admin.sheets import csv_parts
from gamopanda.api.access.freshness import replica_may_answer
from gamopanda.console.result_tables import Range, lines_of, tables_of
from streaks.admin.rule_texts import rules_summary
from streaks.admin.streak.layout import AddedStep
from streaks.models import Streak
from streaks.presenters.results import recent_round


class DayInput(UnfoldAdminTextInputWidget):
    """A day, with the picker of the browser."""

    input_type = "date"


class RangeForm(forms.Form):
    """The days whose runs and rewards are looked at, without them all; and others beside them."""

    since = forms.DateField(required=False, label=gettext_lazy("From"), widget=DayInput)
    until = forms.DateField(required=False, label=gettext_lazy("To"), widget=DayInput)
    beside_since = forms.DateField(required=False, label=gettext_lazy("Beside it, from"), widget=DayInput)
    beside_until = forms.DateField(required=False, label=gettext_lazy("To"), widget=DayInput)

    def clean(self) -> dict[str, Any]:
        """Put the limits of all time where there are none; refuse a range that ends before it begins."""
        values = super().clean() or {}
        ranges = [self._range(values, "")]
        if values.get("beside_since") or values.get("beside_until"):
            ranges.append(self._range(values, "beside_"))
        return {"ranges": ranges}

    @staticmethod
    def _range(values: dict[str, Any], prefix: str) -> Range:
        days = Range(values.get(f"{prefix}since") or date.min, values.get(f"{prefix}until") or date.max)
        if days.since > days.until:
            raise ValidationError(_("The range ends before it begins."))
        return days


@action(description=gettext_lazy("Results"), permissions=["view"], icon="insights")
def show_results(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the results of this streak."""
    streak = get_object_or_404(Streak, pk=object_id)
    return HttpResponseRedirect(reverse("admin:streaks_streak_results", args=[streak.pk]))


def results_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> HttpResponse:
    """Show the results in the ranges that the query names."""
    streak = _streak_of(request, model_admin, object_id)
    counted = recent_round(now=timezone.now())
    form = RangeForm(request.GET)
    with replica_may_answer(request):
        ranges = [tables_of(streak, days) for days in form.cleaned_data["ranges"]] if form.is_valid() else []
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Results of %s") % streak,
        "opts": model_admin.opts,
        "object": streak,
        "page_name": _("Results"),
        "streak": streak,
        "streak_page": page_of(streak),
        "rules": rules_summary(streak),
        "form": form,
        "counted_at": counted.counted_at,
        "query": request.GET.urlencode(),
        "sees_runs": request.user.has_perm("streaks.view_streakprogress"),
        "sees_rewards": request.user.has_perm("rewards.view_rewardlog"),
        "ranges": ranges,
        **(ranges[0] if ranges else {}),
    }
    return TemplateResponse(request, "admin/rewards/streak/results.html", context)


def results_file_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> HttpResponse:
    """Send the same figures as a CSV file, one to a line."""
    streak = _streak_of(request, model_admin, object_id)
    recent_round(now=timezone.now())
    form = RangeForm(request.GET)
    if not form.is_valid():
        raise Http404(_("Enter a valid date range."))
    with replica_may_answer(request):
        lines = lines_of(tables_of(streak, form.cleaned_data["ranges"][0]))
        content = b"".join(csv_parts([[_("table"), _("row"), _("figure"), _("value")], *map(list, lines)]))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(streak.name) or "streak"}-results.csv"'
    return response


def _streak_of(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID) -> Streak:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    streak: Streak | None = model_admin.get_object(request, str(object_id))
    if streak is None:
        raise Http404(_("There is no streak with this id."))
    return streak


STEP = AddedStep(slug="results", name=gettext_lazy("Results"), is_for_new=False)
URLS = (
    ("<uuid:object_id>/results/", "streaks_streak_results", results_view),
    ("<uuid:object_id>/results.csv", "streaks_streak_results_file", results_file_view),
)
