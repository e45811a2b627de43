"""What can be done with a streak, and with several: go live, pause, duplicate, delete, restore (S19, S28, S29)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from gamopanda.admin.links import leave_dialog, page_of
from gamopanda.admin.model_admins import ExplainedDeletionAdmin
from gamopanda.api.models import Status
from streaks.admin.checklist import Need, Point, check
from streaks.admin.confirming import DuplicateForm, RestoreForm, UnderWayForm, returning, staying, under_way
from streaks.lifecycle import delete_streak, duplicate_streak, restore_streak
from streaks.models import Milestone, Streak


class StreakLifecycleAdmin(ExplainedDeletionAdmin):
    """Each says what it does before it does it, and to how many members."""

    actions = ["go_live_selected", "pause_selected", "duplicate_selected", "restore_selected"]
    actions_detail = ["simulate", "go_live", "pause", "duplicate", "restore"]

    def has_change_permission(self, request: HttpRequest, obj: Streak | None = None) -> bool:
        """A hidden streak can be looked at and restored, not changed."""
        return (obj is None or obj.deleted_at is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Streak | None = None) -> bool:
        """What is hidden already cannot be deleted again."""
        return (obj is None or obj.deleted_at is None) and super().has_delete_permission(request, obj)

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say what S29 does."""
        assert isinstance(obj, Streak)
        meaning = _(
            "it is hidden, with its milestones, from every API, list and widget. Logs, runs and issued rewards "
            "stay readable here, and it can be restored."
        )
        return f"{meaning} {under_way(obj)}"

    def delete_one(self, obj: Any) -> None:
        """Hide it (S29)."""
        delete_streak(obj, now=timezone.now())

    def _streak(self, request: HttpRequest, object_id: Any) -> Streak | None:
        return None if object_id is None else self.get_object(request, str(object_id))

    def has_go_live_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer to go live where it is not live yet."""
        streak = self._streak(request, object_id)
        return streak is not None and streak.status != Status.LIVE and self.has_change_permission(request, streak)

    def has_pause_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer a pause where it is live."""
        streak = self._streak(request, object_id)
        return streak is not None and streak.status == Status.LIVE and self.has_change_permission(request, streak)

    def has_duplicate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may make a streak may copy one."""
        return bool(self.has_add_permission(request))

    def has_restore_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer to restore what is hidden."""
        streak = self._streak(request, object_id)
        is_hidden = streak is not None and streak.deleted_at is not None
        return is_hidden and bool(super().has_change_permission(request, streak))

    @action(description=_("Go live"), permissions=["go_live"], icon="play_arrow")
    def go_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what is missing; once that was looked at, take activity from now on: a pause ends and is noted (S19)."""
        if request.method == "POST":
            return self._set_status(request, object_id, Status.LIVE)
        streak = Streak.objects.get(pk=object_id)
        milestones = list(Milestone.objects.visible().filter(streak=streak))
        points = list(self.checklist(request, streak, milestones))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Go live: %(streak)s") % {"streak": streak},
            "opts": self.opts,
            "streak": streak,
            "streak_page": page_of(streak),
            "under_way": under_way(streak),
            "missing": [point for point in points if point.need is Need.MISSING],
            "advice": [point for point in points if point.need is Need.ADVICE],
            "done": [point for point in points if point.need is Need.DONE],
        }
        return TemplateResponse(request, "admin/streaks/streak/checklist.html", context)

    def checklist(self, request: HttpRequest, streak: Streak, milestones: Sequence[Milestone]) -> Iterator[Point]:
        """Yield what is to be looked at before a streak goes live; others add what they know."""
        yield from check(streak, milestones, sees_keys=request.user.has_perm("accounts.view_apikey"))

    @action(
        description=_("Pause"),
        permissions=["pause"],
        icon="pause",
        dialog={
            "title": _("Pause?"),
            "description": _(
                "While it is paused no activity is taken, and every period that the pause touches is excused."
            ),
            "form_class": UnderWayForm,
            "form_submit_text": _("Pause"),
        },
    )
    def pause(self, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
        """Stop taking activity, and excuse the periods that the pause touches (S19)."""
        return self._set_status(request, object_id, Status.PAUSED)

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
    def duplicate(self, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
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
    def restore(self, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
        """Show a hidden streak again (S29)."""
        streak = Streak.objects.get(pk=object_id)
        restore_streak(streak)
        messages.success(request, _("The streak is shown again."))
        return leave_dialog(request, page_of(streak))

    def _set_status(self, request: HttpRequest, object_id: str, status: Status) -> HttpResponse:
        streak = Streak.objects.get(pk=object_id)
        self._save_status(streak, status)
        messages.success(request, _("The streak is %(status)s now.") % {"status": status.label})
        return leave_dialog(request, page_of(streak))

    def _save_status(self, streak: Streak, status: Status) -> None:
        streak.status = status
        streak.save(update_fields=["status", "paused_at", "updated_at"])

    # --- the status in the form ---------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: "forms.ModelForm[Any]", change: bool) -> None:
        """Save all but the wish to go live: the checklist comes first."""
        before = form.initial.get("status") if change else Status.DRAFT
        obj.is_to_go_live = obj.status == Status.LIVE and before != Status.LIVE
        if obj.is_to_go_live:
            obj.status = before
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Lead a new streak that is to go live to the checklist."""
        if obj.is_to_go_live:
            return self._lead_to_checklist(request, obj)
        return super().response_add(request, obj, post_url_continue)  # type: ignore[no-any-return]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Lead a streak that is to go live to the checklist."""
        if obj.is_to_go_live:
            return self._lead_to_checklist(request, obj)
        return super().response_change(request, obj)  # type: ignore[no-any-return]

    def _lead_to_checklist(self, request: HttpRequest, streak: Streak) -> HttpResponse:
        messages.info(request, _("Saved, and not live yet: look through this list, then go live."))
        return HttpResponseRedirect(checklist_of(streak))

    # --- several at once ----------------------------------------------------------------------------------------------

    @admin.action(description=_("Go live"), permissions=["change"])
    def go_live_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Let the selected streaks take activity, once that was confirmed."""
        streaks = list(queryset.filter(deleted_at=None).exclude(status=Status.LIVE))
        meaning = _("From now on these streaks take activity, and members see them.")
        for streak in streaks:
            streak.missing, streak.checklist = self._number_missing(request, streak), checklist_of(streak)
        asked = self._ask(request, streaks, "go_live_selected", _("Go live?"), f"{meaning} {under_way(*streaks)}")
        if asked is None:
            self._save_statuses(request, streaks, Status.LIVE)
        return asked

    def _number_missing(self, request: HttpRequest, streak: Streak) -> int:
        milestones = list(Milestone.objects.visible().filter(streak=streak))
        return sum(point.need is Need.MISSING for point in self.checklist(request, streak, milestones))

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Pause the selected streaks that are live, once that was confirmed; drafts stay drafts."""
        streaks = list(queryset.filter(deleted_at=None, status=Status.LIVE))
        meaning = _("While they are paused no activity is taken, and every period that the pause touches is excused.")
        asked = self._ask(request, streaks, "pause_selected", _("Pause?"), f"{meaning} {under_way(*streaks)}")
        if asked is None:
            self._save_statuses(request, streaks, Status.PAUSED)
        return asked

    def _save_statuses(self, request: HttpRequest, streaks: Sequence[Streak], status: Status) -> None:
        for streak in streaks:
            self._save_status(streak, status)
        messages.success(
            request, _("%(number)s changed: %(status)s now.") % {"number": len(streaks), "status": status.label}
        )

    @admin.action(description=_("Duplicate as draft"), permissions=["add"])
    def duplicate_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Make a draft of each selected streak, once that was confirmed."""
        streaks = list(queryset)
        meaning = _("Makes a new draft of each, with the same rules, texts, icon and milestones.")
        asked = self._ask(
            request, streaks, "duplicate_selected", _("Duplicate as draft?"), f"{meaning} {staying(*streaks)}"
        )
        if asked is None:
            copies = [duplicate_streak(streak) for streak in streaks]
            messages.success(request, _("%(number)s drafts made.") % {"number": len(copies)})
        return asked

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Show the selected hidden streaks again, once that was confirmed (S29)."""
        hidden = list(queryset.exclude(deleted_at=None))
        meaning = _("These streaks and their milestones are shown again everywhere, with the status that each has.")
        asked = self._ask(request, hidden, "restore_selected", _("Restore?"), f"{meaning} {returning(*hidden)}")
        if asked is None:
            for streak in hidden:
                restore_streak(streak)
            messages.success(request, _("%(number)s restored.") % {"number": len(hidden)})
        return asked

    def _ask(
        self, request: HttpRequest, streaks: Sequence[Streak], name: str, title: object, meaning: str
    ) -> HttpResponse | None:
        """Say what would happen, to which streaks and to how many members; None once that was confirmed."""
        if not streaks or request.POST.get("post") == "yes":
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "action": name,
            "streaks": streaks,
            "meaning": meaning,
        }
        return TemplateResponse(request, "admin/streaks/streak/selected.html", context)


def checklist_of(streak: Streak) -> str:
    """Return the address of what is to be looked at before a streak goes live."""
    return reverse("admin:streaks_streak_go_live", args=[streak.pk])
