"""The form of a streak: its rules, which freeze, its texts, and the pauses that were noted."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from gamopanda.admin.fast_widgets import FastErrorList
from gamopanda.admin.formatting import plain_number
from gamopanda.admin.merging import MergingForm
from gamopanda.admin.model_admins import ReadOnlyAdmin
from streaks.admin.language_tabs import show_fallbacks
from streaks.models import Streak, StreakPause
from streaks.models.holidays import CalendarIdsField
from streaks.models.weekdays import WeekdaysField

FROZEN = _(
    "These rules are frozen because activity has been recorded: a change would rewrite people's history. "
    "Use “Change the rules” for targets, days and freezes from a day to come on, or “Duplicate as draft” for all else."
)


class StreakForm(MergingForm):
    """A streak whose empty texts show what members read instead, and whose rules stay frozen (S28, S34)."""

    class Meta:
        model = Streak
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "error_class": FastErrorList})
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

    def _values_sent(self, name: str) -> list[str]:
        """Return all the values that were sent for a field with several boxes."""
        data: Any = self.data
        return list(data.getlist(name))

    def _is_edited(self, rule: str) -> bool:
        try:
            field: Any = Streak._meta.get_field(rule)
            has_boxes = isinstance(field, WeekdaysField | CalendarIdsField)
            sent = field.to_python(self._values_sent(rule) if has_boxes else self.data[rule])
        except ValidationError:
            return True
        return bool(sent != getattr(self.instance, rule))


class PauseInline(TabularInline):
    """The times in which the streak was paused, which excuse the periods that they touch (S19)."""

    model = StreakPause
    verbose_name_plural = _("Pauses")
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
