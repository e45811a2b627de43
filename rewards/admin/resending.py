"""Sending a member's code once more: the product sends nothing itself, so it puts the words into people's hands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname, get_language_bidi
from unfold.admin import ModelAdmin
from unfold.decorators import action

from gamopanda.admin.audit import record_change
from gamopanda.admin.links import leave_dialog, page_of
from rewards.models import RewardLog
from rewards.signals import tell_redeemed
from streaks.models import Milestone

TITLE, INSTRUCTION = "eud_title", "eud_milestone_reward_instruction_message"


@dataclass(frozen=True, slots=True)
class Letter:
    """What to tell a member in one language, and the address that opens it in a mail program."""

    language: str
    code: str
    direction: str
    subject: str
    body: str
    mail_address: str


def has_handling_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer both buttons with change permission, for a reward that has a code."""
    may = object_id is not None and model_admin.has_change_permission(request)
    return bool(may) and RewardLog.objects.filter(pk=object_id, coupon_code__isnull=False).exists()


def has_redemption_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it for a reward that was not redeemed yet."""
    is_open = has_handling_permission(model_admin, request, object_id)
    return is_open and RewardLog.objects.filter(pk=object_id, redeemed_at=None).exists()


@action(description=_("Resend code"), permissions=["handling"], icon="forward_to_inbox")
def resend(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the page with what to send."""
    return HttpResponseRedirect(reverse("admin:rewards_rewardlog_letter", args=[object_id]))


def resend_view(request: HttpRequest, model_admin: ModelAdmin, reward_id: UUID) -> HttpResponse:
    """Show what to send; a POST notes in the audit trail that it was sent."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    rewards = RewardLog.objects.select_related("member", "milestone", "streak").exclude(coupon_code=None)
    reward = get_object_or_404(rewards, pk=reward_id)
    if request.method == "POST":
        record_change(reward, code_sent_again=(None, timezone.now()))
        messages.success(request, _("Noted: the code was sent again."))
        return HttpResponseRedirect(page_of(reward))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Send the code again"),
        "opts": model_admin.opts,
        "object": reward,
        "page_name": _("Resend code"),
        "reward": reward,
        "reward_page": page_of(reward),
        "letters": list(letters_for(reward)),
    }
    return TemplateResponse(request, "admin/rewards/rewardlog/letter.html", context)


@action(
    description=_("Mark as redeemed"),
    permissions=["redemption"],
    icon="task_alt",
    dialog={
        "title": _("Mark as redeemed?"),
        "description": _("Notes that the member has used the code, now."),
        "form_class": None,
        "form_submit_text": _("Mark as redeemed"),
    },
)
def redeem(model_admin: ModelAdmin, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
    """Note the present as the time of redemption."""
    mark_redeemed(model_admin, request, RewardLog.objects.filter(pk=object_id))
    return leave_dialog(request, reverse("admin:rewards_rewardlog_change", args=[object_id]))


@admin.action(description=_("Mark as redeemed"), permissions=["change"])
@transaction.atomic
def mark_redeemed(model_admin: ModelAdmin, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
    """Note the present as the time of redemption for those that have a code and were not redeemed yet."""
    now = timezone.now()
    open_rewards = RewardLog.objects.filter(
        pk__in=[reward.pk for reward in queryset], redeemed_at=None, coupon_code__isnull=False
    )
    redeemed = list(open_rewards.select_related("milestone").select_for_update(of=("self",)))
    RewardLog.objects.filter(pk__in=[reward.pk for reward in redeemed]).update(redeemed_at=now, updated_at=now)
    for reward in redeemed:
        reward.redeemed_at = reward.updated_at = now
        record_change(reward, redeemed_at=(None, now))
    tell_redeemed(redeemed, now=now)
    messages.success(request, _("%(number)s marked as redeemed.") % {"number": len(redeemed)})
    left_out = len(queryset) - len(redeemed)
    if left_out:
        message = _("%(number)s left as they are: redeemed before, or without a code yet.")
        messages.warning(request, message % {"number": left_out})


def letters_for(reward: RewardLog) -> Iterator[Letter]:
    """Yield what to tell the member, in the default language and in each that the milestone has texts in."""
    for code, name in settings.LANGUAGES:
        if code == settings.MODELTRANSLATION_DEFAULT_LANGUAGE or _is_written(reward.milestone, code):
            with translation.override(code):
                yield _letter(reward, code, name)


def _is_written(milestone: Milestone, code: str) -> bool:
    return any(getattr(milestone, build_localized_fieldname(text, code)) for text in (TITLE, INSTRUCTION))


def _letter(reward: RewardLog, code: str, language: str) -> Letter:
    """Put title, code and instruction together, in the language that is active."""
    title, instruction = (str(getattr(reward.milestone, text)) for text in (TITLE, INSTRUCTION))
    subject = title or reward.milestone.name
    lines = [subject, str(reward.coupon_code), instruction]
    body = "\n\n".join(line for line in lines if line)
    query = urlencode({"subject": subject, "body": body}, quote_via=quote)
    mail_address = f"mailto:{quote(reward.member.email, safe='@')}?{query}" if reward.member.email else ""
    return Letter(language, code, "rtl" if get_language_bidi(code) else "ltr", subject, body, mail_address)


URLS = (("<uuid:reward_id>/letter/", "rewards_rewardlog_letter", resend_view),)
