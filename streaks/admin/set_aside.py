"""Logs that merges of members have set aside, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from gamopanda.admin.links import linked
from streaks.admin.activity import MemberRecordAdmin
from streaks.models import SetAsideLog


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
