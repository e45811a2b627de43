"""Rules that change while a streak runs, and the holidays that streaks follow, on pages of their own (S40, S58)."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from gamopanda.admin.audit import record_saved
from gamopanda.admin.links import leave_dialog, link_to, page_of
from gamopanda.admin.merging import MergingForm
from gamopanda.admin.model_admins import ExplainedDeletionAdmin, ReadOnlyAdmin
from streaks.admin.previewing import PreviewedAdmin, applied_text
from streaks.admin.protection import author_of
from streaks.admin.rule_texts import changes_sentence
from streaks.models import HolidayCalendar, HolidayEdit, StreakRules
from streaks.progress.applying import apply_when_stored
from streaks.progress.changing_rules import (
    RulesImpact,
    check_dates,
    check_followers,
    declare_version,
    delete_calendar,
    edit_dates,
    find_impact,
    followers_of,
    withdraw_version,
)

ON_FORM = {"validFrom": "valid_from", "streakId": "streak"}
RULES = (
    ("aggregation_target_value", "completion_target_value"),
    ("active_weekdays", "holiday_calendar_ids"),
    ("freeze_max_count", "freeze_initial_count"),
    ("freeze_every_periods", "freeze_minimum_value"),
)


def rules_impact_sentence(version: StreakRules, impact: RulesImpact) -> str:
    """Say what changes, and whom that meets."""
    alive = ngettext("%(n)s run is in progress", "%(n)s runs are in progress", impact.runs_alive) % {
        "n": impact.runs_alive
    }
    number = impact.at_or_past_completion
    there = ngettext("%(n)s of them is long enough already", "%(n)s of them are long enough already", number)
    values = {"changes": changes_sentence(version), "alive": alive, "there": there % {"n": number}}
    told = capfirst(gettext("%(changes)s; %(alive)s, %(there)s.") % values)
    beyond = ", ".join(milestone.name for milestone in impact.milestones_beyond)
    lost = gettext("No run reaches these milestones any more: %(names)s.") % {"names": beyond}
    return f"{told} {lost}" if beyond else told


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """A version of the rules, checked and previewed before it is made."""

    request: HttpRequest

    class Meta:
        """Fields come from the fieldsets."""

        model = StreakRules
        fields: list[str] = []
        help_texts = {
            "streak": _("The streak whose rules change, such as “7-Day Shopper”."),
            "aggregation_target_value": _("What a member has to reach in one period, such as 60. Empty: no change."),
            "completion_target_value": _("How many periods in a row finish the streak, such as 9. Empty: no change."),
            "freeze_max_count": _("How many freezes a member can have, such as 2; 0: none. Empty: no change."),
            "freeze_initial_count": _("How many freezes a member begins with, such as 1. Empty: no change."),
            "freeze_every_periods": _("One more for every so many periods, such as 7; 0: none. Empty: no change."),
            "freeze_minimum_value": _(
                "Freezes protect from this many completed periods on, such as 3. Empty: no change."
            ),
        }

    def clean(self) -> dict[str, Any]:
        """Look whom it meets; what the rules refuse stands beside its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        # Without a choice the days stay.
        for name in ("active_weekdays", "holiday_calendar_ids"):
            cleaned[name] = cleaned.get(name) or None
        if self.errors:
            return cleaned
        self.version = StreakRules(**cleaned, created_by=author_of(self.request))
        try:
            self.impact = find_impact(self.version, now=timezone.now())
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                field = ON_FORM.get(name, name)
                self.add_error(None if field == NON_FIELD_ERRORS else field, ValidationError(errors))
        return cleaned


@admin.register(StreakRules)
class StreakRulesAdmin(PreviewedAdmin, ReadOnlyAdmin):
    """Versions of the rules: previewed, made, and withdrawn here; never edited."""

    form = RulesForm
    list_display = ["valid_from", "streak_link", "changes", "created_by", "state"]
    list_select_related = ["streak"]
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": [("streak_link", "valid_from"), ("changes", "state"), "reason"]}),
        (_("Record"), {"fields": ["created_by", ("withdrawn_at", "withdrawn_by"), "id", "created_at"]}),
    ]
    readonly_fields = ["streak_link", "changes", "state"]
    autocomplete_fields = ("streak",)
    add_fields = ("streak", "valid_from", *RULES, "reason")
    actions_detail = ["withdraw"]

    @display(description=_("streak"))
    def streak_link(self, version: StreakRules) -> str:
        """The streak."""
        return link_to(version.streak)

    @display(description=_("changes"))
    def changes(self, version: StreakRules) -> str:
        """What it changes."""
        return changes_sentence(version)

    @display(description=_("state"))
    def state(self, version: StreakRules) -> str:
        """How far it has been applied, or that it was withdrawn."""
        return applied_text(version) or (gettext("applied") if version.withdrawn_at is None else gettext("withdrawn"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for the right, which the group Marketer has."""
        return bool(request.user.has_perm("streaks.add_streakrules"))

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer to withdraw what was not withdrawn."""
        version = None if object_id is None else self.get_object(request, str(object_id))
        return version is not None and version.withdrawn_at is None and self.has_add_permission(request)

    def preview_sentence(self, form: Any) -> str:
        """Say what would change, and whom it meets."""
        return rules_impact_sentence(form.version, form.impact)

    def save_model(self, request: HttpRequest, obj: StreakRules, form: Any, change: bool) -> None:
        """Make the version, and note who made it why."""
        now, obj.created_by = timezone.now(), author_of(request)
        declare_version(obj, now=now)
        record_saved(obj, None, reason=(None, obj.reason))
        apply_when_stored(obj, now=now)

    def response_post_save_add(self, request: HttpRequest, obj: StreakRules) -> HttpResponse:
        """Show the streak with its rules."""
        return HttpResponseRedirect(page_of(obj.streak))

    @action(
        description=_("Withdraw"),
        permissions=["withdraw"],
        icon="undo",
        dialog={
            "title": _("Withdraw?"),
            "description": _("The rules stay as they are. Only a version that is not in force yet can be withdrawn."),
            "form_class": BaseDialogForm,
            "form_submit_text": _("Withdraw"),
        },
    )
    def withdraw(self, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
        """Withdraw the version before it is in force (S58)."""
        version, now = StreakRules.objects.get(pk=object_id), timezone.now()
        try:
            withdraw_version(version, by=author_of(request), now=now)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return leave_dialog(request, page_of(version))
        record_saved(version, None, withdrawn_by=("", version.withdrawn_by))
        apply_when_stored(version, now=now)
        messages.success(request, _("It is withdrawn: the rules stay as they are."))
        return leave_dialog(request, page_of(version))


# --- holidays --------------------------------------------------------------------------------------------------------


class DatesField(forms.CharField):
    """Dates, one on each line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read the dates; what is none is named."""
        found = []
        for word in value if isinstance(value, list) else (value or "").split():
            try:
                found.append(date.fromisoformat(word))
            except ValueError as error:
                message = gettext("“%(word)s” is not a date: write it as 2026-12-25.") % {"word": word}
                raise ValidationError(message, code="invalid") from error
        try:
            return check_dates(found)
        except ValidationError as error:
            raise ValidationError(error.messages, code="max_length") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the dates."""
        return (initial or []) != (data or "").split()


class HolidayCalendarForm(MergingForm):
    """A name, and dates on lines."""

    class Meta:
        model = HolidayCalendar
        fields: list[str] = []

    def clean(self) -> dict[str, Any]:
        """Refuse other dates while a streak that follows it is still taking over a change."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "dates" in self.changed_data and not self.instance._state.adding:
            try:
                check_followers(self.instance)
            except ValidationError as error:
                self.add_error("dates", ValidationError(error.messages, code="being_applied"))
        return cleaned


@admin.register(HolidayEdit)
class HolidayEditAdmin(ReadOnlyAdmin):
    """Dates that came into a calendar or were taken out of it, for each streak that follows it."""

    list_display = ["calendar", "streak", "added", "removed", "created_by", "applied_at"]
    list_select_related = ["calendar", "streak"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """They belong to their calendar: no entry of their own."""
        return False


@admin.register(HolidayCalendar)
class HolidayCalendarAdmin(ExplainedDeletionAdmin):
    """Holiday calendars: edited dates are applied to every streak that follows them (S38)."""

    form = HolidayCalendarForm
    list_display = ["name", "number_of_dates", "followers"]
    search_fields = ["name"]
    fieldsets = [(None, {"fields": ["name", "dates", "followers"]})]
    readonly_fields = ["followers"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let dates be typed on lines."""
        if db_field.name == "dates":
            return DatesField(label=_("Dates"), required=False, help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description=_("dates"))
    def number_of_dates(self, calendar: HolidayCalendar) -> int:
        """How many dates it has."""
        return len(calendar.dates)

    @display(description=_("followed by"))
    def followers(self, calendar: HolidayCalendar) -> str:
        """The streaks that follow it."""
        return ", ".join(streak.name for streak in followers_of(calendar)) or gettext("no streak")

    def save_model(self, request: HttpRequest, obj: HolidayCalendar, form: Any, change: bool) -> None:
        """Save it; edited dates are applied after the answer."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        now, dates = timezone.now(), obj.dates
        obj.dates = HolidayCalendar.objects.get(pk=obj.pk).dates
        super().save_model(request, obj, form, change)
        for edit in edit_dates(obj, dates, by=author_of(request)):
            apply_when_stored(edit, now=now)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep a calendar that a streak follows."""
        is_free = obj is not None and not followers_of(obj)
        return is_free and bool(super().has_delete_permission(request, obj))

    def deletion_meaning(self, obj: Any) -> str:
        """Say what it means."""
        return gettext("it is gone for good.")

    def delete_one(self, obj: Any) -> None:
        """Delete it, unless a streak follows it."""
        delete_calendar(obj)
