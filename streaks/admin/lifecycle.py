"""What can be done with a streak, and with several: go live, pause, duplicate, delete, restore (S19, S28, S29)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from gamopanda.admin import ExplainedDeletionAdmin, leave_dialog, page_of
from gamopanda.api.models import Status
from streaks.admin.checklist import Need, Point, check
from streaks.lifecycle import delete_streak, duplicate_streak, restore_streak
from streaks.models import Milestone, Streak
from streaks.results import StreakNumbers, numbers_of_streaks, recent_round


def under_way(*streaks: Streak) -> str:
    """Say how many members have a run in progress in some streaks, as last counted."""
    recent_round(now=timezone.now())
    numbers = numbers_of_streaks()
    number = sum(numbers.get(streak.pk, StreakNumbers()).alive for streak in streaks)
    return ngettext("%(number)s member is under way.", "%(number)s members are under way.", number) % {"number": number}


class UnderWayForm(BaseDialogForm):
    """A dialog that says how many members it concerns."""

    def render_before_template(self) -> str:
        """Say it above the button."""
        streak = Streak.objects.get(pk=self.object_id)
        return format_html('<p class="mt-4 font-semibold">{}</p>', under_way(streak))


class StreakLifecycleAdmin(ExplainedDeletionAdmin):
    """Each says what it does before it does it, and leaves a line in the history of the streak."""

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
            "form_class": None,
            "form_submit_text": _("Duplicate"),
        },
    )
    def duplicate(self, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
        """Make a draft with the same rules and texts: the way out of S28."""
        streak = Streak.objects.get(pk=object_id)
        copy = self._duplicate(request, streak)
        messages.success(request, _("This is the copy. Change its rules, then go live."))
        return leave_dialog(request, page_of(copy))

    @action(
        description=_("Restore"),
        permissions=["restore"],
        icon="restore_from_trash",
        dialog={
            "title": _("Restore?"),
            "description": _("The streak and its milestones are shown again everywhere, with the status that it has."),
            "form_class": None,
            "form_submit_text": _("Restore"),
        },
    )
    def restore(self, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
        """Show a hidden streak again (S29)."""
        streak = Streak.objects.get(pk=object_id)
        self._restore(request, streak)
        messages.success(request, _("The streak is shown again."))
        return leave_dialog(request, page_of(streak))

    def _set_status(self, request: HttpRequest, object_id: str, status: Status) -> HttpResponse:
        streak = Streak.objects.get(pk=object_id)
        self._save_status(request, streak, status)
        messages.success(request, _("The streak is %(status)s now.") % {"status": status.label})
        return leave_dialog(request, page_of(streak))

    def _save_status(self, request: HttpRequest, streak: Streak, status: Status) -> None:
        streak.status = status
        streak.save(update_fields=["status", "paused_at", "updated_at"])
        self.log_change(request, streak, f"Status: {status.value}")

    def _duplicate(self, request: HttpRequest, streak: Streak) -> Streak:
        copy = duplicate_streak(streak)
        self.log_addition(request, copy, f"Duplicated from {streak.pk}")
        return copy

    def _restore(self, request: HttpRequest, streak: Streak) -> None:
        restore_streak(streak)
        self.log_change(request, streak, "Restored")

    @admin.action(description=_("Go live"), permissions=["change"])
    def go_live_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Let the selected streaks take activity, once that was confirmed."""
        meaning = _("From now on these streaks take activity, and members see them.")
        return self._save_statuses(request, queryset, Status.LIVE, "go_live_selected", meaning)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Pause the selected streaks that are live, once that was confirmed; drafts stay drafts."""
        meaning = _("While they are paused no activity is taken, and every period that the pause touches is excused.")
        live = queryset.filter(status=Status.LIVE)
        return self._save_statuses(request, live, Status.PAUSED, "pause_selected", meaning)

    def _save_statuses(
        self, request: HttpRequest, queryset: "QuerySet[Any]", status: Status, name: str, meaning: object
    ) -> HttpResponse | None:
        """Say what would happen, to which streaks and to how many members; do it when it comes back confirmed."""
        streaks = list(queryset.filter(deleted_at=None).exclude(status=status))
        if streaks and request.POST.get("post") != "yes":
            context = {
                **self.admin_site.each_context(request),
                "title": _("Go live?") if status == Status.LIVE else _("Pause?"),
                "opts": self.opts,
                "action": name,
                "streaks": streaks,
                "meaning": meaning,
                "under_way": under_way(*streaks),
            }
            return TemplateResponse(request, "admin/streaks/streak/selected.html", context)
        for streak in streaks:
            self._save_status(request, streak, status)
        messages.success(
            request, _("%(number)s changed: %(status)s now.") % {"number": len(streaks), "status": status.label}
        )
        return None

    @admin.action(description=_("Duplicate as draft"), permissions=["add"])
    def duplicate_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Make a draft of each selected streak."""
        copies = [self._duplicate(request, streak) for streak in queryset]
        messages.success(request, _("%(number)s drafts made.") % {"number": len(copies)})

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Show the selected hidden streaks again (S29)."""
        hidden = list(queryset.exclude(deleted_at=None))
        for streak in hidden:
            self._restore(request, streak)
        messages.success(request, _("%(number)s restored.") % {"number": len(hidden)})
