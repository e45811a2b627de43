"""Buttons on the page of a streak: go live, pause, duplicate, restore (S19, S28, S29)."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from gamopanda.admin.links import leave_dialog, page_of
from gamopanda.api.models import Status
from streaks.admin.streak.checklist import Need, points_for
from streaks.admin.streak.dialogs import (
    DuplicateForm,
    MembersDialogForm,
    RestoreForm,
    members_sentence,
)
from streaks.models import Streak
from streaks.progress.lifecycle import duplicate_streak, restore_streak


@action(description=_("Go live"), permissions=["go_live"], icon="play_arrow")
def go_live(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show what is missing; once that was looked at, take activity from now on: a pause ends and is noted (S19)."""
    if request.method == "POST":
        return _set_status(request, object_id, Status.LIVE)
    streak = Streak.objects.get(pk=object_id)
    points = points_for(request.user, streak)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Go live: %(streak)s") % {"streak": streak},
        "opts": model_admin.opts,
        "object": streak,
        "page_name": _("Go live"),
        "streak": streak,
        "streak_page": page_of(streak),
        "under_way": members_sentence(streak),
        "missing": [point for point in points if point.need is Need.MISSING],
        "advice": [point for point in points if point.need is Need.ADVICE],
        "done": [point for point in points if point.need is Need.DONE],
    }
    return TemplateResponse(request, "admin/streaks/streak/checklist.html", context)


@action(
    description=_("Pause"),
    permissions=["pause"],
    icon="pause",
    dialog={
        "title": _("Pause?"),
        "description": _(
            "While it is paused no activity is accepted, and every period that the pause covers part of is excused."
        ),
        "form_class": MembersDialogForm,
        "form_submit_text": _("Pause"),
    },
)
def pause(model_admin: ModelAdmin, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
    """Stop taking activity, and excuse the periods that the pause covers part of (S19)."""
    return _set_status(request, object_id, Status.PAUSED)


@action(
    description=_("Duplicate as draft"),
    permissions=["duplicate"],
    icon="content_copy",
    dialog={
        "title": _("Duplicate as draft?"),
        "description": _(
            "Makes a new draft with the same rules, texts, icon and milestones, which you can change freely."
        ),
        "form_class": DuplicateForm,
        "form_submit_text": _("Duplicate"),
    },
)
def duplicate(model_admin: ModelAdmin, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
    """Make a draft with the same rules and texts: the way out of S28."""
    copy = duplicate_streak(Streak.objects.get(pk=object_id))
    messages.success(request, _("This is the copy. Change its rules, then go live."))
    return leave_dialog(request, page_of(copy))


@action(
    description=_("Restore"),
    permissions=["restore"],
    icon="restore_from_trash",
    dialog={
        "title": _("Restore?"),
        "description": _("The streak and its milestones are shown again everywhere, with the status that it has."),
        "form_class": RestoreForm,
        "form_submit_text": _("Restore"),
    },
)
def restore(model_admin: ModelAdmin, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
    """Show a hidden streak again (S29)."""
    streak = Streak.objects.get(pk=object_id)
    restore_streak(streak)
    messages.success(request, _("The streak is shown again."))
    return leave_dialog(request, page_of(streak))


def _set_status(request: HttpRequest, object_id: str, status: Status) -> HttpResponse:
    streak = Streak.objects.get(pk=object_id)
    save_status(streak, status)
    messages.success(request, _("The streak is %(status)s now.") % {"status": status.label})
    return leave_dialog(request, page_of(streak))


def save_status(streak: Streak, status: Status) -> None:
    """Save a status; the model notes pauses with it."""
    streak.status = status
    streak.save(update_fields=["status", "paused_at", "updated_at"])


def lead_to_checklist(request: HttpRequest, streak: Streak) -> HttpResponse:
    """Go to the checklist of a streak that was saved with the wish to go live."""
    messages.info(request, _("Saved, and not live yet: look through this list, then go live."))
    return HttpResponseRedirect(checklist_of(streak))


def checklist_of(streak: Streak) -> str:
    """Return the address of what is to be looked at before a streak goes live."""
    return reverse("admin:streaks_streak_go_live", args=[streak.pk])
