"""Administration of streaks: rules, texts in every language, milestones, and what can be done with a streak."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminImageFieldWidget

from gamopanda.admin import (
    STATUS_COLOURS,
    ExplainedDeletionAdmin,
    ReadOnlyAdmin,
    leave_dialog,
    note,
    page_of,
    plain_number,
)
from gamopanda.api.models import Status
from streaks.admin.filters import DeletedFilter
from streaks.admin.language_tabs import (
    STREAK_TEXTS,
    describe_variables,
    language_fieldsets,
    show_fallbacks,
    text_formfield,
)
from streaks.admin.milestone import MilestoneInline
from streaks.admin.numbers import StreakNumbers, recent_numbers
from streaks.admin.words import rules_in_words, target_in_words
from streaks.lifecycle import delete_streak, duplicate_streak, restore_streak
from streaks.models import Milestone, Streak, StreakPause

FROZEN = _(
    "These rules are frozen because activity has been recorded: a change would rewrite people's history. "
    "To go on with other rules, use “Duplicate as draft” and change the copy."
)


class StreakForm(forms.ModelForm):  # type: ignore[type-arg]
    """A streak whose empty texts show what members read instead, and whose rules stay frozen (S28, S34)."""

    class Meta:
        """Fields come from the fieldsets."""

        model = Streak
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        show_fallbacks(self)
        target = self.initial.get("aggregation_target_value")
        if target is not None:
            self.initial["aggregation_target_value"] = plain_number(target)

    def clean(self) -> dict[str, Any]:
        """Refuse rules that were edited on a page opened before the first activity came in (S28)."""
        cleaned: dict[str, Any] = super().clean() or {}
        if any(self._is_edited(rule) for rule in Streak.RULES if rule not in self.fields and rule in self.data):
            raise ValidationError(FROZEN, code="rules_frozen")
        return cleaned

    def _is_edited(self, rule: str) -> bool:
        try:
            field: Any = Streak._meta.get_field(rule)
            sent = field.to_python(self.data[rule])
        except ValidationError:
            return True
        return bool(sent != getattr(self.instance, rule))


class PauseInline(TabularInline):
    """The times in which the streak was paused, which excuse the periods that they touch (S19)."""

    model = StreakPause
    verbose_name_plural = _("Pauses")
    tab = True
    extra = 0
    can_delete = False
    hide_title = True
    fields = readonly_fields = ["started_at", "ended_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Pauses are noted when the status changes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They cannot be changed."""
        return False


@admin.register(StreakPause)
class StreakPauseAdmin(ReadOnlyAdmin):
    """Pauses of all streaks."""

    list_display = ["streak", "started_at", "ended_at"]
    list_select_related = ["streak"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """They are shown on the pages of their streaks: no entry of their own."""
        return False


@admin.register(Streak)
class StreakAdmin(ExplainedDeletionAdmin, ModelAdmin):
    """Streaks. None is ever deleted for good: it is hidden, and can be restored (S29)."""

    form = StreakForm
    inlines = [MilestoneInline, PauseInline]
    list_display = ["name", "status_label", "rules", "milestone_count", "alive", "completion", "created_at"]
    list_filter = [DeletedFilter, "status", "aggregation_period", "aggregation_method"]
    search_fields = ["name", "description"]
    actions = ["go_live_selected", "pause_selected", "duplicate_selected", "restore_selected"]
    actions_detail = ["go_live", "pause", "duplicate", "restore"]
    warn_unsaved_form = True
    readonly_fields = ["id", "target", "created_at", "updated_at", "deleted_at", "paused_at"]

    # --- the list ---

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

    @display(description=_("target per period"))
    def target(self, streak: Streak) -> str:
        """What one period asks for, in words."""
        return target_in_words(streak)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Count milestones along with the streaks."""
        milestones = Milestone.objects.visible().filter(streak=OuterRef("pk")).order_by().values("streak")
        counted = Subquery(milestones.annotate(number=Count("pk")).values("number"))
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.annotate(milestone_count=Coalesce(counted, 0))  # type: ignore[no-any-return]

    # --- the page of one streak ---

    def get_fieldsets(self, request: HttpRequest, obj: Streak | None = None) -> Any:
        """Return the tabs: basics, rules (with the reason when they are frozen), and one per language."""
        is_frozen = obj is not None and obj.has_activity
        record = ["id", ("created_at", "updated_at")] if obj else []
        state = [name for name in ("paused_at", "deleted_at") if getattr(obj, name, None)]
        target = "target" if is_frozen else "aggregation_target_value"
        rules = [("aggregation_method", "aggregation_period"), (target, "completion_target_value"), "time_zone"]
        basics = ["name", "description", "status", *state, "eud_icon", *record]
        return [
            (_("Basics"), {"classes": ["tab"], "fields": basics}),
            (_("Rules"), {"classes": ["tab"], "fields": rules, "description": note(FROZEN) if is_frozen else ""}),
            *language_fieldsets(STREAK_TEXTS, "tab", description=note(describe_variables())),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Streak | None = None) -> Any:
        """Freeze the rules from the first log on (S28)."""
        return [*self.readonly_fields, *(Streak.RULES if obj is not None and obj.has_activity else ())]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show the icon as a picture, and give texts room and a label without the name of the column."""
        if db_field.name == "eud_icon":
            kwargs["widget"] = UnfoldAdminImageFieldWidget({"accept": "image/*"})
            kwargs["help_text"] = _("PNG, JPEG, GIF or SVG, at most 100 KB. Empty: the default icon.")
        return text_formfield(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the page again when activity came in at the very moment of saving (S28)."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
            return HttpResponseRedirect(request.get_full_path())

    def has_change_permission(self, request: HttpRequest, obj: Streak | None = None) -> bool:
        """A hidden streak can be looked at and restored, not changed."""
        return (obj is None or obj.deleted_at is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Streak | None = None) -> bool:
        """What is hidden already cannot be deleted again."""
        return (obj is None or obj.deleted_at is None) and super().has_delete_permission(request, obj)

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say what S29 does."""
        return str(
            _(
                "it is hidden, with its milestones, from every API, list and widget. Logs, runs and issued rewards "
                "stay readable here, and it can be restored."
            )
        )

    def delete_one(self, obj: Any) -> None:
        """Hide it (S29)."""
        delete_streak(obj, now=timezone.now())

    # --- what can be done with one ---

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

    @action(
        description=_("Go live"),
        permissions=["go_live"],
        icon="play_arrow",
        dialog={
            "title": _("Go live?"),
            "description": _("From now on the streak takes activity, and members see it. Save your changes first."),
            "form_class": None,
            "form_submit_text": _("Go live"),
        },
    )
    def go_live(self, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
        """Take activity from now on; a pause ends and is noted (S19)."""
        return self._set_status(request, object_id, Status.LIVE)

    @action(
        description=_("Pause"),
        permissions=["pause"],
        icon="pause",
        dialog={
            "title": _("Pause?"),
            "description": _(
                "While it is paused no activity is taken, and every period that the pause touches is excused."
            ),
            "form_class": None,
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

    # --- what can be done with several ---

    @admin.action(description=_("Go live"), permissions=["change"])
    def go_live_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Let the selected streaks take activity."""
        self._save_statuses(request, queryset, Status.LIVE)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Pause the selected streaks that are live; drafts stay drafts."""
        self._save_statuses(request, queryset.filter(status=Status.LIVE), Status.PAUSED)

    def _save_statuses(self, request: HttpRequest, queryset: "QuerySet[Any]", status: Status) -> None:
        streaks = list(queryset.filter(deleted_at=None).exclude(status=status))
        for streak in streaks:
            self._save_status(request, streak, status)
        messages.success(
            request, _("%(number)s changed: %(status)s now.") % {"number": len(streaks), "status": status.label}
        )

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
