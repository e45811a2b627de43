"""Actions on the selected streaks of the list, confirmed first: go live, pause, duplicate, restore."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from gamopanda.api.models import Status
from streaks.admin.streak.checklist import Need, points_for
from streaks.admin.streak.dialogs import (
    duplicate_sentence,
    members_sentence,
    restore_sentence,
)
from streaks.admin.streak.lifecycle import checklist_of, save_status
from streaks.models import Streak
from streaks.progress.lifecycle import duplicate_streak, restore_streak


@admin.action(description=_("Go live"), permissions=["change"])
def go_live_selected(model_admin: ModelAdmin, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
    """Let the selected streaks take activity, once that was confirmed."""
    streaks = list(queryset.filter(deleted_at=None).exclude(status=Status.LIVE))
    meaning = _("From now on these streaks accept activity, and members see them.")
    for streak in streaks:
        points = points_for(request.user, streak)
        streak.missing = sum(point.need is Need.MISSING for point in points)
        streak.checklist = checklist_of(streak)
    asked = _ask(
        model_admin,
        request,
        streaks,
        name="go_live_selected",
        title=_("Go live?"),
        meaning=f"{meaning} {members_sentence(*streaks)}",
    )
    if asked is None:
        _save_statuses(request, streaks, Status.LIVE)
    return asked


@admin.action(description=_("Pause"), permissions=["change"])
def pause_selected(model_admin: ModelAdmin, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
    """Pause the selected streaks that are live, once that was confirmed; drafts stay drafts."""
    streaks = list(queryset.filter(deleted_at=None, status=Status.LIVE))
    meaning = _(
        "While they are paused no activity is accepted, and every period that the pause covers part of is excused."
    )
    asked = _ask(
        model_admin,
        request,
        streaks,
        name="pause_selected",
        title=_("Pause?"),
        meaning=f"{meaning} {members_sentence(*streaks)}",
    )
    if asked is None:
        _save_statuses(request, streaks, Status.PAUSED)
    return asked


def _save_statuses(request: HttpRequest, streaks: Sequence[Streak], status: Status) -> None:
    for streak in streaks:
        save_status(streak, status)
    messages.success(
        request, _("%(number)s changed: %(status)s now.") % {"number": len(streaks), "status": status.label}
    )


@admin.action(description=_("Duplicate as draft"), permissions=["add"])
def duplicate_selected(model_admin: ModelAdmin, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
    """Make a draft of each selected streak, once that was confirmed."""
    streaks = list(queryset)
    meaning = _("Makes a new draft of each, with the same rules, texts, icon and milestones.")
    asked = _ask(
        model_admin,
        request,
        streaks,
        name="duplicate_selected",
        title=_("Duplicate as draft?"),
        meaning=f"{meaning} {duplicate_sentence(*streaks)}",
    )
    if asked is None:
        copies = [duplicate_streak(streak) for streak in streaks]
        messages.success(request, _("%(number)s drafts made.") % {"number": len(copies)})
    return asked


@admin.action(description=_("Restore"), permissions=["change"])
def restore_selected(model_admin: ModelAdmin, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
    """Show the selected hidden streaks again, once that was confirmed (S29)."""
    hidden = list(queryset.exclude(deleted_at=None))
    meaning = _("These streaks and their milestones are shown again everywhere, with the status that each has.")
    asked = _ask(
        model_admin,
        request,
        hidden,
        name="restore_selected",
        title=_("Restore?"),
        meaning=f"{meaning} {restore_sentence(*hidden)}",
    )
    if asked is None:
        for streak in hidden:
            restore_streak(streak)
        messages.success(request, _("%(number)s restored.") % {"number": len(hidden)})
    return asked


def _ask(
    model_admin: ModelAdmin, request: HttpRequest, streaks: Sequence[Streak], *, name: str, title: object, meaning: str
) -> HttpResponse | None:
    """Say what would happen, to which streaks and to how many members; None once that was confirmed."""
    if not streaks or request.POST.get("post") == "yes":
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "page_name": title,
        "action": name,
        "streaks": streaks,
        "meaning": meaning,
    }
    return TemplateResponse(request, "admin/streaks/streak/selected.html", context)
