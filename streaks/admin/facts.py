"""Rows beside amnesties and merges of members, to look at."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from gamopanda.admin.links import linked
from gamopanda.admin.model_admins import ReadOnlyAdmin
from streaks.admin.activity import MemberRecordAdmin
from streaks.models import ExcusedMember, SetAsideLog


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
