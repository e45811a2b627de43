"""Administration of streaks: rules, texts in every language, milestones, and what can be done with a streak."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminImageFieldWidget

from gamopanda.icons.fields import IconField
from streaks.admin.console import StreakConsoleAdmin
from streaks.admin.language_tabs import STREAK_TEXTS, language_fieldsets, text_formfield
from streaks.admin.lifecycle import StreakLifecycleAdmin
from streaks.admin.milestone import MilestoneInline
from streaks.admin.simulating import SimulatingAdmin
from streaks.admin.streak_form import PauseInline, StreakForm
from streaks.admin.streak_list import StreakListAdmin
from streaks.admin.words import target_in_words
from streaks.models import Streak

STATUS = _(
    "Only a live streak takes activity. Choose “live” and save: a checklist comes before it starts. A pause, for "
    "example while the shop is closed, excuses the periods it touches."
)


ICON = {
    "widget": UnfoldAdminImageFieldWidget({"accept": "image/*"}),
    "label": _("Icon"),
    "help_text": _(
        "PNG, JPEG, GIF or SVG, at most 100 KB, such as a square picture of a shopping bag. Empty: the icon of the "
        "default language, else the product's."
    ),
}


@admin.register(Streak)
class StreakAdmin(StreakListAdmin, StreakLifecycleAdmin, StreakConsoleAdmin, SimulatingAdmin):
    """Streaks. None is ever deleted for good: it is hidden, and can be restored (S29)."""

    form = StreakForm
    inlines = [MilestoneInline, PauseInline]
    readonly_fields = ["id", "target", "created_at", "updated_at", "deleted_at", "paused_at"]

    @display(description=_("target per period"))
    def target(self, streak: Streak) -> str:
        """What one period asks for, in words."""
        return target_in_words(streak)

    def get_fieldsets(self, request: HttpRequest, obj: Streak | None = None) -> Any:
        """Return what the steps of the page hold: basics, rules, and the texts of each language."""
        is_frozen = obj is not None and obj.has_activity
        record = ["id", ("created_at", "updated_at")] if obj else []
        state = [name for name in ("paused_at", "deleted_at") if getattr(obj, name, None)]
        target = "target" if is_frozen else "aggregation_target_value"
        rules = [("aggregation_method", "aggregation_period"), (target, "completion_target_value"), "time_zone"]
        basics = ["name", "description", "status", *state, *record]
        return [
            (_("Basics"), {"classes": ["tab", "basics"], "fields": basics}),
            (_("Rules"), {"classes": ["tab", "rules"], "fields": rules}),
            *language_fieldsets(("eud_icon", *STREAK_TEXTS), "tab"),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Streak | None = None) -> Any:
        """Freeze the rules from the first log on (S28)."""
        return [*self.readonly_fields, *(Streak.RULES if obj is not None and obj.has_activity else ())]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show icons as pictures, and give texts room and a label without the name of the column."""
        if isinstance(db_field, IconField):
            return super().formfield_for_dbfield(db_field, request, **kwargs, **ICON)
        if db_field.name == "status":
            kwargs["help_text"] = STATUS
        return text_formfield(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the page again when activity came in at the very moment of saving (S28)."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
            return HttpResponseRedirect(request.get_full_path())
