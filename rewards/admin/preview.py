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
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from gamopanda.api.renderers import dump_json
from gamopanda.api.serializer_compiler import RenderContext, compiled
from rewards.admin.example import State, example_programme, standing_in
from rewards.api.programme_serializers import ProgrammeSerializer
from streaks.admin.console import LanguageTab, Section
from streaks.admin.milestone import MilestoneInline
from streaks.admin.streak import StreakAdmin
from streaks.admin.text_pages import TextSheetAdmin
from streaks.admin.typed import Problem, apply_typed, read_milestones
from streaks.admin.words import rules_in_words
from streaks.models import Milestone, Streak

# Shown in the preview of a new streak until its own rules are typed.
EXAMPLE_TARGET, EXAMPLE_LENGTH = Decimal(50), 7
WHY_NOT = {
    State.PERIOD_DONE: _("No period is only done here: each reaches a milestone or completes the streak."),
    State.MILESTONE: _("No live milestone lies before the last period."),
}


class StreakPreviewAdmin(TextSheetAdmin, StreakAdmin):
    """A streak's page with the preview as one of its steps."""

    actions_detail = [*StreakAdmin.actions_detail, "translations"]

    def sections(self, context: dict[str, Any], languages: list[LanguageTab]) -> list[Section]:
        """Add the preview after the texts."""
        return [*super().sections(context, languages), Section("preview", _("Preview"))]

    def script_data(self, streak: Streak | None) -> dict[str, Any]:
        """Add where the preview is drawn, and the icon of a streak that has none."""
        address = reverse(
            "admin:streaks_streak_preview_new" if streak is None else "admin:streaks_streak_preview",
            args=[] if streak is None else [streak.pk],
        )
        default_icon = static("streaks/default-icon.svg")
        return {**super().script_data(streak), "previewUrl": address, "defaultIcon": default_icon}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add the choices of the preview."""
        context |= {"preview_states": State.choices, "preview_languages": settings.LANGUAGES}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[Any]:
        """Add the page inside the frame, and what it is fed with."""
        wrap = self.admin_site.admin_view
        return [
            path("preview/frame/", wrap(self.preview_frame_view), name="streaks_streak_preview_frame"),
            path("preview/", wrap(self.preview_view), name="streaks_streak_preview_new"),
            path("<uuid:object_id>/preview/", wrap(self.preview_view), name="streaks_streak_preview"),
            *super().get_urls(),
        ]

    @method_decorator(xframe_options_sameorigin)
    def preview_frame_view(self, request: HttpRequest) -> HttpResponse:
        """Show the display, which waits to be told what to show."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(request, "admin/streaks/streak/preview_frame.html")

    def preview_view(self, request: HttpRequest, object_id: UUID | None = None) -> HttpResponse:
        """Answer the form as it is typed with what a member in a state would read of it; nothing is stored."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        streak = self._previewed(request, object_id)
        state, language = request.POST.get("preview_state"), request.POST.get("preview_language", "")
        if state not in State.values or language not in dict(settings.LANGUAGES):
            return HttpResponseBadRequest()
        milestones, problems = self._read_form(request, streak)
        body = self._preview(request, streak, milestones, State(state), language)
        answer = {**body, "problems": [asdict(problem) for problem in problems]}
        return HttpResponse(dump_json(answer), content_type="application/json")

    def _previewed(self, request: HttpRequest, object_id: UUID | None) -> Streak:
        """Return the stored streak, or an empty one; refuse who may not see it."""
        if object_id is None:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return Streak()
        streak: Streak | None = self.get_object(request, str(object_id))
        if streak is None:
            raise Http404
        if not self.has_view_or_change_permission(request, streak):
            raise PermissionDenied
        return streak

    def _read_form(self, request: HttpRequest, streak: Streak) -> tuple[Sequence[Milestone], list[Problem]]:
        """Put what is typed into the streak; return its milestones as typed, and what is wrong."""
        stored = streak if not streak._state.adding else None
        inline = MilestoneInline(self.model, self.admin_site)
        if stored is not None and not self.has_change_permission(request, stored):
            return list(inline.get_queryset(request).filter(streak=streak)), []
        form = self.get_form(request, stored, change=stored is not None)(request.POST, instance=streak)
        problems = apply_typed(form)
        formset = inline.get_formset(request, stored)(
            data=request.POST, instance=streak, prefix="milestones", queryset=inline.get_queryset(request)
        )
        key, forms = streak.pk, formset.forms
        # A formset takes the key of a new streak away: it would get another one when it is saved.
        streak.pk = key
        milestones, others = read_milestones(forms, streak)
        return milestones, [*problems, *others]

    def _preview(
        self, request: HttpRequest, streak: Streak, milestones: Sequence[Milestone], state: State, language: str
    ) -> dict[str, Any]:
        streak.aggregation_target_value = streak.aggregation_target_value or EXAMPLE_TARGET
        streak.completion_target_value = streak.completion_target_value or EXAMPLE_LENGTH
        targets = [one.milestone_target_value for one in milestones if one.status == "live"]
        standing = standing_in(state, streak, targets)
        if standing is None:
            return {"programme": None, "note": WHY_NOT[state]}
        with translation.override(language):
            programme = example_programme(streak, milestones, standing, now=timezone.now(), language=language)
            shown = compiled(ProgrammeSerializer, is_admin=False).render(programme, RenderContext(language, request))
        return {"programme": shown, "note": rules_in_words(streak)}
