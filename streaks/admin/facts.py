"""What saves runs, and what merges of members have set aside, to look at."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from gamopanda.admin.links import link_to, linked
from gamopanda.admin.model_admins import ReadOnlyAdmin
from streaks.admin.activity import MemberRecordAdmin
from streaks.models import ExcusedMember, SetAsideLog, StreakExcuse, StreakFreeze


@admin.register(StreakExcuse)
class StreakExcuseAdmin(MemberRecordAdmin):
    """Breaks of members, restorations and amnesties."""

    list_display = ["created_at", "kind", "member_link", "streak_link", "starts_on", "ends_on", "revoked_at"]
    list_filter = [("streak", AutocompleteSelectFilter), "kind"]
    fieldsets = [
        (
            None,
            {"fields": [("kind", "created_by"), ("member_link", "streak_link"), ("starts_on", "ends_on"), "reason"]},
        ),
        (_("Effect"), {"fields": [("total_members", "applied_members"), "applied_at", "without_rewards"]}),
        (_("Record"), {"fields": [("revoked_at", "revoked_by"), ("created_at", "updated_at"), "id"]}),
    ]
    readonly_fields = ["member_link", "streak_link"]

    @display(description=_("member"))
    def member_link(self, excuse: StreakExcuse) -> str:
        """The one member; an amnesty is for many."""
        return str(_("several members")) if excuse.member is None else link_to(excuse.member)

    @display(description=_("streak"))
    def streak_link(self, excuse: StreakExcuse) -> str:
        """The one streak; without one it concerns all."""
        return str(_("all streaks")) if excuse.streak is None else link_to(excuse.streak)


@admin.register(StreakFreeze)
class StreakFreezeAdmin(MemberRecordAdmin):
    """Freezes that were given by hand."""

    list_display = ["given_at", "member_link", "streak_link", "quantity", "created_by"]
    fieldsets = [
        (None, {"fields": [("member_link", "streak_link"), ("quantity", "given_at"), "reason", "created_by"]}),
        (_("Record"), {"fields": ["unique_identifier", ("created_at", "updated_at"), "id"]}),
    ]
    readonly_fields = ["member_link", "streak_link"]


@admin.register(ExcusedMember)
class ExcusedMemberAdmin(ReadOnlyAdmin):
    """Members of an amnesty."""

    list_display = ["member", "excuse"]
    list_select_related = ["member", "excuse"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """They belong to their amnesty: no entry of their own."""
        return False


@admin.register(SetAsideLog)
class SetAsideLogAdmin(MemberRecordAdmin):
    """Logs that merges of members have set aside."""

    list_display = ["activity_at", "member_link", "streak_link", "activity_id", "activity_value"]
    fields = [
        ("member_link", "streak_link"), ("activity_at", "recorded_at"), ("activity_id", "activity_value"), "period_key",
        "unique_identifier", "kept_link", "id",
    ]  # fmt: skip
    kept_link = linked("kept", _("activity log that counts"))
    readonly_fields = ["member_link", "streak_link", "kept_link"]
