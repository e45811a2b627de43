"""Administration of rewards: issued by the product alone, corrected and redeemed by hand."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from gamopanda.accounts.naming import find_member
from gamopanda.admin.audit import record_saved
from gamopanda.admin.exports import BigExportMixin
from gamopanda.admin.links import linked
from gamopanda.admin.merging import MergingForm
from gamopanda.admin.model_admins import BigTableAdmin
from rewards.admin import resending
from rewards.admin.exports import RewardResource
from rewards.code_keys import code_key
from rewards.coupons import is_code_taken
from rewards.models import RewardLog, RewardStatus
from rewards.signals import tell_edited

STATUS_COLOURS = {
    RewardStatus.PENDING: "warning",
    RewardStatus.ISSUED: "info",
    RewardStatus.REDEEMED: "success",
    RewardStatus.EXPIRED: "danger",
}


class RewardStatusFilter(admin.SimpleListFilter):
    """Rewards by their status as the clock has it (S24)."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(RewardStatus.choices)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Narrow a list that was annotated by `with_status`."""
        return queryset.filter(status=self.value()) if self.value() else queryset


class RewardForm(MergingForm):
    """What may be changed by hand: the code, the expiry, and that the reward was redeemed."""

    class Meta:
        """Everything else never changes."""

        model = RewardLog
        fields = ["coupon_code", "reward_expiry_at", "redeemed_at"]

    def clean_coupon_code(self) -> str | None:
        """Refuse to take a code away (S9), and a code that another reward or a pool has (S25)."""
        code: str | None = self.cleaned_data["coupon_code"] or None
        before = RewardLog.objects.values_list("coupon_code", flat=True).get(pk=self.instance.pk)
        if code == before:
            return code
        if code is None:
            raise ValidationError(_("A reward keeps its code: put another one in its place."), code="required")
        if self.instance.is_beyond_limit:
            message = _("The limit of the milestone is used up: raise it there, and the reward gets its code.")
            raise ValidationError(message, code="limit_reached")
        if is_code_taken(code, self.instance):
            raise ValidationError(_("Another reward, or a pool, has this code."), code="unique")
        return code


def add_rewards(context: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Add to an explanation the rewards of the runs on the page, each with its status in words."""
    runs = [row.run for row in context["runs"]]
    found = RewardLog.objects.filter(member=context["member"], streak_progress__in=runs).with_status(now)
    rewards = list(found.select_related("milestone").order_by("reward_issued_at", "pk"))
    for reward in rewards:
        reward.status_words = RewardStatus(reward.status).label
    return {**context, "rewards": rewards}


@admin.register(RewardLog)
class RewardLogAdmin(BigExportMixin, BigTableAdmin):
    """Rewards, with their status as the clock has it (S24)."""

    form = RewardForm
    resource_classes = [RewardResource]
    list_display = [
        "member_link",
        "milestone_link",
        "status_label",
        "coupon_code",
        "reward_issued_at",
        "reward_expiry_at",
    ]
    list_display_links = ["reward_issued_at"]
    list_filter = [RewardStatusFilter, ("streak", AutocompleteSelectFilter), "coupon_source", "member__sandbox"]
    list_select_related = ["member", "milestone", "streak"]
    search_fields = ["member__external_id", "coupon_code"]
    search_help_text = _("External id of the member, or coupon code, in full")
    actions = [resending.mark_redeemed]
    custom_urls = resending.URLS
    actions_detail = ("resend", "redeem")
    resend = resending.resend
    redeem = resending.redeem
    has_handling_permission = resending.has_handling_permission
    has_redemption_permission = resending.has_redemption_permission
    fieldsets = [
        (None, {"fields": [("member_link", "status_text"), ("streak_link", "milestone_link"), "coupon_code"]}),
        (_("Times"), {"fields": ["reward_issued_at", "reward_expiry_at", "redeemed_at"]}),
        (_("Earned"), {"fields": [("run_link", "log_link"), "period_key", "coupon_source", "is_carried_over"]}),
        (_("Record"), {"fields": ["id", ("created_at", "updated_at")]}),
    ]

    member_link = linked("member", _("member"))
    streak_link = linked("streak", _("streak"))
    milestone_link = linked("milestone", _("milestone"))
    run_link = linked("streak_progress", _("run"), _("Show"))
    log_link = linked("streak_log", _("activity log"))

    readonly_fields = [
        "member_link", "status_text", "streak_link", "milestone_link", "run_link", "log_link", "reward_issued_at",
        "period_key", "coupon_source", "is_carried_over", "id", "created_at", "updated_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Read the status off the clock."""
        return super().get_queryset(request).with_status(timezone.now())  # type: ignore[no-any-return]

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, reward: Any) -> tuple[str, Any]:
        return reward.status, RewardStatus(reward.status).label

    @display(description=_("status"))
    def status_text(self, reward: Any) -> str:
        return str(RewardStatus(reward.status).label)

    def save_model(self, request: HttpRequest, obj: RewardLog, form: "forms.ModelForm[Any]", change: bool) -> None:
        """Save, and note what was changed: rewards that are issued are too many to be noted."""
        before = RewardLog.objects.get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        record_saved(obj, before)
        tell_edited(obj, before, now=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rewards are issued for milestones alone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A reward is never taken away (S9)."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        if not search_term:
            return queryset, False
        member = find_member(search_term)
        found = queryset.filter(coupon_key=code_key(search_term)) if member is None else queryset.filter(member=member)
        return found, False
