"""The member's card beside the form of a streak, as the display itself draws it, while one types."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from unfold.admin import ModelAdmin

from gamopanda.admin.merging import FieldProblem
from gamopanda.api.rendering.renderers import dump_json
from gamopanda.api.serializers.language import columns_of_text
from gamopanda.api.serializers.serializer_compiler import RenderContext, compiled
from gamopanda.console.example import State, example_programme, example_progress
from rewards.api.programme_serializers import ProgrammeSerializer
from streaks.admin.milestone import MilestoneInline
from streaks.admin.rule_texts import rules_summary
from streaks.admin.streak.layout import AddedStep
from streaks.admin.unsaved_form import apply_unsaved, unsaved_milestones
from streaks.api.fields import default_icon
from streaks.models import Milestone, Streak

# Shown in the preview of a new streak until its own rules are typed.
EXAMPLE_TARGET, EXAMPLE_LENGTH = Decimal(50), 7
WHY_NOT = {
    State.PERIOD_DONE: _("Every completed period of this streak reaches a milestone or completes the streak."),
    State.FREEZE_USED: _("This streak has no freezes, or it ends before they protect."),
    State.MILESTONE: _("No live milestone lies before the last period."),
}


@xframe_options_sameorigin
def preview_frame_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Show the display, which waits to be told what to show."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    return render(request, "admin/streaks/streak/preview_frame.html")


def preview_view(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID | None = None) -> HttpResponse:
    """Answer the form as it is typed with what a member in a state would read of it; nothing is stored."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    streak = _previewed(request, model_admin, object_id)
    state, language = request.POST.get("preview_state"), request.POST.get("preview_language", "")
    if state not in State.values or language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest()
    milestones, problems = _read_form(request, model_admin, streak)
    body = _preview(request, streak, milestones, State(state), language)
    answer = {**body, "problems": [asdict(problem) for problem in problems]}
    return HttpResponse(dump_json(answer), content_type="application/json")


def _previewed(request: HttpRequest, model_admin: ModelAdmin, object_id: UUID | None) -> Streak:
    """Return the stored streak, or an empty one; refuse who may not see it."""
    if object_id is None:
        if not model_admin.has_add_permission(request):
            raise PermissionDenied
        return Streak()
    streak: Streak | None = model_admin.get_object(request, str(object_id))
    if streak is None:
        raise Http404
    if not model_admin.has_view_or_change_permission(request, streak):
        raise PermissionDenied
    return streak


def _read_form(
    request: HttpRequest, model_admin: ModelAdmin, streak: Streak
) -> tuple[Sequence[Milestone], list[FieldProblem]]:
    """Put what is typed into the streak; return its milestones as typed, and what is wrong."""
    stored = streak if not streak._state.adding else None
    inline = MilestoneInline(model_admin.model, model_admin.admin_site)
    if stored is not None and not model_admin.has_change_permission(request, stored):
        return list(inline.get_queryset(request).filter(streak=streak)), []
    form = model_admin.get_form(request, stored, change=stored is not None)(request.POST, instance=streak)
    problems = apply_unsaved(form)
    formset = inline.get_formset(request, stored)(
        data=request.POST, instance=streak, prefix="milestones", queryset=inline.get_queryset(request)
    )
    key, forms = streak.pk, formset.forms
    # A formset takes the key of a new streak away: it would get another one when it is saved.
    streak.pk = key
    milestones, others = unsaved_milestones(forms, streak)
    return milestones, [*problems, *others]


def _preview(
    request: HttpRequest, streak: Streak, milestones: Sequence[Milestone], state: State, language: str
) -> dict[str, Any]:
    streak.aggregation_target_value = streak.aggregation_target_value or EXAMPLE_TARGET
    streak.completion_target_value = streak.completion_target_value or EXAMPLE_LENGTH
    targets = [one.milestone_target_value for one in milestones if one.status == "live"]
    progress = example_progress(state, streak, targets)
    if progress is None:
        return {"programme": None, "note": WHY_NOT[state]}
    with translation.override(language):
        programme = example_programme(streak, milestones, progress, now=timezone.now(), language=language)
        rendered = compiled(ProgrammeSerializer, is_admin=False).render(programme, RenderContext(language, request))
    return {"programme": rendered, "note": rules_summary(streak)}


def _script_data(streak: Streak | None) -> dict[str, Any]:
    """Say where the preview is drawn, and the icons among which each language has its own."""
    name, args = ("preview_new", []) if streak is None else ("preview", [streak.pk])
    address = reverse(f"admin:streaks_streak_{name}", args=args)
    columns = {code: list(columns_of_text(Streak, "eud_icon", code).values()) for code, _name in settings.LANGUAGES}
    stored = {name: getattr(streak, name, None) for names in columns.values() for name in names}
    icons = {
        "default": default_icon(),
        "columns": columns,
        "stored": {name: icon.url for name, icon in stored.items() if icon},
    }
    return {"previewUrl": address, "icons": icons}


STEP = AddedStep(
    slug="preview",
    name=_("Preview"),
    is_for_new=True,
    context={"preview_states": State.choices, "preview_languages": settings.LANGUAGES},
    script_data=_script_data,
)
URLS = (
    ("preview/frame/", "streaks_streak_preview_frame", preview_frame_view),
    ("preview/", "streaks_streak_preview_new", preview_view),
    ("<uuid:object_id>/preview/", "streaks_streak_preview", preview_view),
)
