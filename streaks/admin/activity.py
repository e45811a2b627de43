"""What was recorded and what follows from it, to look at: logs, period totals and runs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import ModelResource
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from gamopanda.accounts.naming import find_member
from gamopanda.admin.exports import BigExportMixin
from gamopanda.admin.formatting import instant_on_clock, instant_text, plain_number
from gamopanda.admin.links import linked
from gamopanda.admin.model_admins import BigTableAdmin, ReadOnlyAdmin
from streaks.admin import explanation
from streaks.admin.filters import CompleteFilter, FirstRunFilter, RiskFilter, RunStatusFilter, SavedFilter
from streaks.fields import as_decimal
from streaks.models import RunStatus, StreakProgress, TaskProgress
from streaks.progress.streak_cache import rules_of, share_rules

RUN_COLOURS = {RunStatus.IN_PROGRESS: "info", RunStatus.COMPLETED: "success", RunStatus.BROKEN: "danger"}


class RunResource(ModelResource):
    """A run in one line, with its status as the clock has it (S16)."""

    member = Field("member__external_id", _("member"))
    streak = Field("streak__name", _("streak"))
    status = Field("status", _("status"))
    progress = Field("current_progress_value", _("completed periods"))
    starts_on = Field("starts_on", _("first period"))
    ends_on = Field("ends_on", _("last period"))
    id = Field("id", _("id"))

    class Meta:
        """The columns in this order."""

        model = StreakProgress
        fields = ("member", "streak", "status", "progress", "starts_on", "ends_on", "id")


class MemberRecordAdmin(BigTableAdmin):
    """Records of members to look at, found by the external id of the member."""

    # Whether they are read beside what the rules ask for in their period.
    reads_rules = False
    has_add_permission = ReadOnlyAdmin.has_add_permission
    has_change_permission = ReadOnlyAdmin.has_change_permission
    has_delete_permission = ReadOnlyAdmin.has_delete_permission

    list_filter: Any = [("streak", AutocompleteSelectFilter), "member__sandbox"]
    list_select_related = ["member", "streak"]
    search_fields = ["member__external_id"]
    search_help_text = _("External id of the member, in full")

    member_link = linked("member", _("member"))
    streak_link = linked("streak", _("streak"))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Read the rules of the streaks on the page together, where they are needed."""
        found = super().get_changelist_instance(request)
        if self.reads_rules:
            share_rules(found.result_list)
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Find by the whole term: first the member, then their records, so that an index serves for each."""
        if not search_term:
            return queryset, False
        member = find_member(search_term)
        return (self.search_records(queryset, search_term) if member is None else queryset.filter(member=member)), False

    def search_records(self, queryset: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Find records by something else than their member."""
        return queryset.none()


@admin.register(TaskProgress)
class TaskProgressAdmin(MemberRecordAdmin):
    """Totals of the periods."""

    reads_rules = True
    list_display = ["period_key", "member_link", "streak_link", "progress", "log_count", "completed_at"]
    list_filter = [("streak", AutocompleteSelectFilter), CompleteFilter, "member__sandbox"]
    # Ids are in order of time, and only they have an index over the whole table.
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": [("member_link", "streak_link"), ("period_key", "progress"), "log_count"]}),
        (_("Record"), {"fields": [("first_activity_at", "last_activity_at"), "completed_at", "id"]}),
    ]
    readonly_fields = ["member_link", "streak_link", "progress"]

    @display(description=_("total"))
    def progress(self, total: TaskProgress) -> str:
        """The total beside the target."""
        target = plain_number(as_decimal(rules_of(total.streak).target_for(total.period_key)))
        return _("%(total)s of %(target)s") % {"total": plain_number(total.total), "target": target}


@admin.register(StreakProgress)
class StreakProgressAdmin(BigExportMixin, MemberRecordAdmin):
    """Runs, with their status as the clock has it (S16)."""

    reads_rules = True
    resource_classes = [RunResource]

    list_display = [
        "member_link",
        "streak_link",
        "status_label",
        "progress",
        "started_at",
        "ended_at",
        explanation.explain_link,
    ]
    list_display_links = ["progress"]
    list_filter = [
        ("streak", AutocompleteSelectFilter), RunStatusFilter, RiskFilter, FirstRunFilter, SavedFilter,
        "member__sandbox",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": [("member_link", "streak_link"), ("status_text", "progress"), ("starts_on", "ends_on")]}),
        (_("Times"), {"fields": ["streak_started_at", "streak_completed_at", "broken", "deadline"]}),
        (_("Record"), {"fields": ["logs", "id", "unique_identifier", ("created_at", "updated_at")]}),
    ]
    readonly_fields = [
        "member_link", "streak_link", "status_text", "progress", "broken", "deadline", "logs", "unique_identifier",
    ]  # fmt: skip
    custom_urls = explanation.URLS
    actions_detail = ("explain",)
    explain = explanation.explain

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read the status off the clock."""
        return super().get_queryset(request).with_status(timezone.now())  # type: ignore[no-any-return]

    @display(description=_("status"), label=RUN_COLOURS)
    def status_label(self, run: Any) -> tuple[str, Any]:
        return run.status, RunStatus(run.status).label

    @display(description=_("status"))
    def status_text(self, run: Any) -> str:
        return str(RunStatus(run.status).label)

    @display(description=_("completed periods"))
    def progress(self, run: StreakProgress) -> str:
        """The completed periods beside the number that finishes the streak."""
        of = rules_of(run.streak).completion_for(run.ends_on)
        return _("%(value)s of %(target)s") % {"value": run.current_progress_value, "target": of}

    @display(description=_("started at"))
    def started_at(self, run: Any) -> str:
        """When it began, on the clock of its streak."""
        return instant_on_clock(run.streak_started_at, run.streak.calendar.zone)

    @display(description=_("ended at"))
    def ended_at(self, run: Any) -> str:
        """When it was completed or broken, on the clock of its streak."""
        return instant_on_clock(run.streak_completed_at or run.broken_at, run.streak.calendar.zone)

    @display(description=_("broken at"))
    def broken(self, run: Any) -> str:
        """When it broke."""
        return instant_text(run.broken_at)

    @display(description=_("will break at"))
    def deadline(self, run: Any) -> str:
        """When it will break if nothing more comes; never while the streak is paused."""
        is_ticking = run.status == RunStatus.IN_PROGRESS and run.streak.paused_at is None
        return instant_text(run.breaks_at if is_ticking else None)

    @display(description=_("logs of the run"))
    def logs(self, run: StreakProgress) -> str:
        """A link to the logs that count in it."""
        within = {"period_key__gte": run.starts_on, "period_key__lte": run.ends_on}
        address = explanation.logs_of(run.member_id, run.streak_id, **within)
        return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', address, _("Show"))
