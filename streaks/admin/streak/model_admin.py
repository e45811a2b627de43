"""Administration of streaks: rules, texts in every language, milestones, and what can be done with a streak."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminImageFieldWidget

from gamopanda.admin.fast_widgets import TimeZoneInput
from gamopanda.admin.model_admins import ExplainedDeletionAdmin
from gamopanda.api.models import Status
from gamopanda.icons.fields import IconField
from streaks.admin.language_tabs import STREAK_TEXTS, language_fieldsets, text_formfield
from streaks.admin.milestone import MilestoneInline
from streaks.admin.rule_texts import calendar_names, target_summary
from streaks.admin.streak import bulk_actions, changelist, layout, lifecycle, simulator, text_pages
from streaks.admin.streak.dialogs import members_sentence
from streaks.admin.streak.form import PauseInline, StreakForm
from streaks.models import Milestone, Streak
from streaks.models.weekdays import weekday_names
from streaks.progress.lifecycle import delete_streak, lock_milestones

STATUS = _(
    "Only a live streak accepts activity. Choose “live” and save: a checklist comes before it starts. A pause, for "
    "example while the shop is closed, excuses the periods that it covers part of."
)


ICON = {
    "widget": UnfoldAdminImageFieldWidget({"accept": "image/*"}),
    "label": _("Icon"),
    "help_text": _(
        "PNG, JPEG, GIF or SVG, at most 100 KB, such as a square picture of a shopping bag. Empty: the icon of the "
        "default language, else the product's."
    ),
}


PROTECTION = [
    ("freeze_max_count", "freeze_initial_count"),
    ("freeze_every_periods", "freeze_minimum_value"),
    ("member_breaks_allowed", "restore_max_periods"),
    ("member_break_max_days", "member_break_max_days_per_year"),
]


@admin.register(Streak)
class StreakAdmin(ExplainedDeletionAdmin):
    """Streaks. None is ever deleted for good: it is hidden, and can be restored (S29).

    Columns, buttons and pages are functions of the modules beside this one; other apps add theirs with `add_page`,
    `layout.add_step` and `checklist.add_check`.
    """

    list_display = changelist.COLUMNS
    list_filter = changelist.FILTERS
    search_fields = ["name", "description"]
    actions = [
        bulk_actions.go_live_selected,
        bulk_actions.pause_selected,
        bulk_actions.duplicate_selected,
        bulk_actions.restore_selected,
    ]
    form = StreakForm
    inlines = [MilestoneInline, PauseInline]
    readonly_fields = [
        "id", "target", "counting_days", "holidays", "created_at", "updated_at", "deleted_at", "paused_at",
    ]  # fmt: skip
    custom_urls = (*layout.URLS, *simulator.URLS, *text_pages.URLS)
    actions_detail = ("simulate", "go_live", "pause", "duplicate", "restore", "translations")
    simulate = simulator.simulate
    go_live = lifecycle.go_live
    pause = lifecycle.pause
    duplicate = lifecycle.duplicate
    restore = lifecycle.restore
    translations = text_pages.translations

    # --- permissions --------------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Streak | None = None) -> bool:
        """A hidden streak can be looked at and restored, not changed."""
        return (obj is None or obj.deleted_at is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Streak | None = None) -> bool:
        """What is hidden already cannot be deleted again."""
        return (obj is None or obj.deleted_at is None) and super().has_delete_permission(request, obj)

    def has_go_live_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer to go live where it is not live yet."""
        streak = self._streak(request, object_id)
        return streak is not None and streak.status != Status.LIVE and self.has_change_permission(request, streak)

    def has_pause_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer a pause where it is live."""
        streak = self._streak(request, object_id)
        return streak is not None and streak.status == Status.LIVE and self.has_change_permission(request, streak)

    def has_duplicate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Let everyone copy a streak who may add one."""
        return bool(self.has_add_permission(request))

    def has_restore_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer to restore what is hidden."""
        streak = self._streak(request, object_id)
        is_hidden = streak is not None and streak.deleted_at is not None
        return is_hidden and bool(super().has_change_permission(request, streak))

    def _streak(self, request: HttpRequest, object_id: Any) -> Streak | None:
        return None if object_id is None else self.get_object(request, str(object_id))

    # --- the list -----------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Count milestones along with the streaks."""
        return changelist.with_milestone_count(super().get_queryset(request))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Put the numbers beside the streaks of the page."""
        found = super().get_changelist_instance(request)
        changelist.add_numbers(found.result_list)
        return found

    # --- the form -----------------------------------------------------------------------------------------------------

    @display(description=_("target per period"))
    def target(self, streak: Streak) -> str:
        """What one period asks for, in words."""
        return target_summary(streak)

    @display(description=_("days that count"))
    def counting_days(self, streak: Streak) -> str:
        """Name the days of the week that count."""
        return weekday_names(streak.active_weekdays)

    @display(description=_("holiday calendars"))
    def holidays(self, streak: Streak) -> str:
        """Name the calendars that it follows."""
        return calendar_names(streak) or gettext("none")

    def get_fieldsets(self, request: HttpRequest, obj: Streak | None = None) -> Any:
        """Return what the steps of the page hold: basics, rules, and the texts of each language."""
        is_frozen = obj is not None and obj.has_activity
        record = ["id", ("created_at", "updated_at")] if obj else []
        state = [name for name in ("paused_at", "deleted_at") if getattr(obj, name, None)]
        target = "target" if is_frozen else "aggregation_target_value"
        rules = [
            ("aggregation_method", "aggregation_period"),
            (target, "completion_target_value"),
            ("time_zone", "clock"),
        ]
        days = ("counting_days", "holidays") if is_frozen else ("active_weekdays", "holiday_calendar_ids")
        schedule = [
            days,
            "day_starts_at",
            "starts_at",
            "ends_at",
            ("late_days", "display_order"),
            ("announce_after_hours", "reward_budget"),
        ]
        basics = ["name", "description", "status", *state, *record]
        return [
            (_("Basics"), {"classes": ["tab", "basics"], "fields": basics}),
            (_("Rules"), {"classes": ["tab", "rules"], "fields": rules}),
            (_("Schedule"), {"classes": ["tab", "rules"], "fields": schedule}),
            (_("Protection"), {"classes": ["tab", "rules"], "fields": PROTECTION}),
            *language_fieldsets(("eud_icon", *STREAK_TEXTS), "tab"),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Streak | None = None) -> Any:
        """Freeze the rules from the first log on (S28)."""
        return [*self.readonly_fields, *(Streak.RULES if obj is not None and obj.has_activity else ())]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show icons as pictures, and give texts room and a label without the name of the column."""
        if isinstance(db_field, IconField):
            return super().formfield_for_dbfield(db_field, request, **kwargs, **ICON)
        if db_field.name == "time_zone":
            kwargs["widget"] = TimeZoneInput()
        if db_field.name == "status":
            kwargs["help_text"] = STATUS
        return text_formfield(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add the steps to what Django has put together."""
        return super().render_change_form(
            request, {**context, **layout.form_context(request, context)}, *args, **kwargs
        )

    def parts_of(self, record: Any) -> list[str]:
        """Tell the changes of milestones in the history of their streak."""
        milestones = Milestone.objects.filter(streak=record).order_by("pk")
        return [str(key) for key in milestones.values_list("pk", flat=True)]

    def lock_record(self, object_id: str) -> None:
        """Lock the milestones as well: the page saves them, once nothing is being recorded."""
        with suppress(ValueError):
            lock_milestones(UUID(object_id))
        super().lock_record(object_id)
        with suppress(ValueError):
            milestones = Milestone.objects.filter(streak=UUID(object_id)).order_by("pk")
            list(milestones.select_for_update(no_key=True).values("pk"))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the page again when activity came in at the very moment of saving (S28)."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
            return HttpResponseRedirect(request.get_full_path())

    # --- saving and deleting ------------------------------------------------------------------------------------------

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
            return lifecycle.lead_to_checklist(request, obj)
        return super().response_add(request, obj, post_url_continue)  # type: ignore[no-any-return]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Lead a streak that is to go live to the checklist."""
        if obj.is_to_go_live:
            return lifecycle.lead_to_checklist(request, obj)
        return super().response_change(request, obj)  # type: ignore[no-any-return]

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say what S29 does."""
        assert isinstance(obj, Streak)
        meaning = _(
            "it is hidden, with its milestones, from every API, list and widget. Logs, runs and issued rewards "
            "stay readable here, and it can be restored."
        )
        return f"{meaning} {members_sentence(obj)}"

    def delete_one(self, obj: Any) -> None:
        """Hide it (S29)."""
        delete_streak(obj, now=timezone.now())
