"""Activity that people add by hand: what a server has lost, and goodwill. It follows the rules of every other log."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from gamopanda.accounts.admin.members import MemberAdmin
from gamopanda.accounts.models import Member
from gamopanda.admin.audit import record_saved
from gamopanda.admin.formatting import instant_on_clock, plain_number
from streaks.admin.activity import MemberRecordAdmin
from streaks.admin.explanation import explanation_of
from streaks.admin.filters import ActiveFilter
from streaks.models import StreakLog
from streaks.progress.admission import Refused, find_refusal
from streaks.progress.service import as_fact

RIGHT = "streaks.add_streaklog"


class LogForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new log, and why somebody adds it."""

    reason = forms.CharField(
        label=_("reason"),
        max_length=256,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the audit trail, such as “Paid in the shop while the till was offline”."),
    )

    class Meta:
        """Fields come from the fieldsets."""

        model = StreakLog
        fields: list[str] = []
        help_texts = {
            "member": _("Who did it, found by external id, such as customer-42."),
            "activity_at": _("When it happened, in UTC, such as 2026-03-01 17:30:00."),
            "activity_id": _("What happened, such as made_a_purchase or goodwill."),
            "activity_value": _("What a sum adds up, such as 29.50; negative to correct. A count needs none."),
            "unique_identifier": _("This one event, such as an order number. Each is taken once."),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse what the rules do not let in, beside the field that is wrong (S1, S6, S26)."""
        cleaned: dict[str, Any] = super().clean() or {}
        names = ("member", "streak", "activity_at", "activity_value")
        if self.errors or any(name not in cleaned for name in names):
            return cleaned
        streak, log = cleaned["streak"], StreakLog(**{name: cleaned[name] for name in names})
        visible = streak if streak.deleted_at is None else None
        refusal = find_refusal(as_fact(log), visible, cleaned["member"].status, now=timezone.now())
        if refusal is not None:
            self.add_error(_field_of(refusal), ValidationError(refusal.message, code=refusal.code))
        return cleaned


def _field_of(refusal: Refused) -> str:
    """Return the field of the form that a refusal is about."""
    if refusal.field:
        return refusal.field.removesuffix("_id")
    return "member" if refusal.is_about_member else "streak"


@admin.register(StreakLog)
class StreakLogAdmin(MemberRecordAdmin):
    """Activity logs: people with the right to it can add them; no one can change them (S29)."""

    form = LogForm
    list_display = [
        "happened_at",
        "member_link",
        "streak_link",
        "activity_id",
        "value",
        "unique_identifier",
        "period_key",
    ]
    search_help_text = _("External id of the member, or unique identifier, in full")
    fieldsets = [
        (None, {"fields": [("member_link", "streak_link"), ("activity_at", "period_key"), ("activity_id", "value")]}),
        (_("Record"), {"fields": ["unique_identifier", "id", "created_at"]}),
    ]
    readonly_fields = ["member_link", "streak_link", "value"]
    autocomplete_fields = ("member", "streak")
    add_fields = ("member", "streak", "activity_at", "activity_id", "activity_value", "unique_identifier", "reason")

    @display(description=_("happened at"))
    def happened_at(self, log: StreakLog) -> str:
        """When it happened, on the clock of the streak."""
        return instant_on_clock(log.activity_at, log.streak.calendar.zone)

    @display(description=_("value"))
    def value(self, log: StreakLog) -> str:
        """What the log adds to a sum."""
        return "–" if log.activity_value is None else str(plain_number(log.activity_value))

    def search_records(self, queryset: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """Find the logs with this unique identifier."""
        return queryset.filter(unique_identifier=term)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for the right, which the group Support has."""
        return bool(request.user.has_perm(RIGHT))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for what makes a log."""
        return [(None, {"fields": self.add_fields})] if obj is None else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let a new log be written."""
        return [] if obj is None else super().get_readonly_fields(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the present instant, and an identifier that no log has."""
        proposed = {"activity_at": timezone.now(), "unique_identifier": f"console-{uuid4().hex[:12]}"}
        return {**proposed, **super().get_changeform_initial_data(request)}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Say so when the rules have changed since the form was checked."""
        try:
            return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]
        except Refused as refused:
            messages.error(request, refused.message)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Record the log with everything that follows, and who added it why."""
        super().save_model(request, obj, form, change)
        record_saved(obj, None, reason=(None, form.cleaned_data["reason"]))

    def response_post_save_add(self, request: HttpRequest, obj: StreakLog) -> HttpResponse:
        """Show where the member stands now."""
        return HttpResponseRedirect(explanation_of(obj.member_id, obj.streak_id))


def adding_address(member_id: UUID, streak_id: UUID | None = None) -> str:
    """Return the address of the form for a new log of a member, in a streak if one is given."""
    filled = {"member": member_id} if streak_id is None else {"member": member_id, "streak": streak_id}
    return f"{reverse('admin:streaks_streaklog_add')}?{urlencode(filled)}"


def has_adding_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it to users who may add activity."""
    return bool(request.user.has_perm(RIGHT))


@action(description=_("Add activity"), permissions=["adding"], icon="add")
def add_activity(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the form."""
    return HttpResponseRedirect(adding_address(get_object_or_404(Member, pk=object_id).pk))


MemberAdmin.add_page(button=add_activity, permission=has_adding_permission)
MemberAdmin.list_filter = (*MemberAdmin.list_filter, ActiveFilter)
