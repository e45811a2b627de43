"""Buttons with which support pauses a member who looks suspicious, and lets them go on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from gamopanda.accounts.admin.members import MemberAdmin
from gamopanda.accounts.models import Member
from gamopanda.admin.audit import record_saved
from gamopanda.admin.links import leave_dialog, page_of
from gamopanda.api.models import Status


def has_pausing_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it for a live member."""
    return _may_set(model_admin, request, object_id, Status.LIVE)


def has_resuming_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it for a paused member."""
    return _may_set(model_admin, request, object_id, Status.PAUSED)


def _may_set(model_admin: ModelAdmin, request: HttpRequest, object_id: Any, present: Status) -> bool:
    is_allowed = request.user.has_perm("accounts.pause_member") or request.user.has_perm("accounts.change_member")
    member = model_admin.get_object(request, str(object_id)) if is_allowed and object_id is not None else None
    return member is not None and member.status == present


@action(
    description=_("Pause"),
    permissions=["pausing"],
    icon="pause",
    dialog={
        "title": _("Pause this member?"),
        "description": _("Their activity is refused from now on, and they earn nothing. Their runs break in time."),
        "form_class": BaseDialogForm,
        "form_submit_text": _("Pause"),
    },
)
def pause_member(model_admin: ModelAdmin, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
    """Refuse the activity of a member from now on."""
    return _set_status(request, object_id, Status.PAUSED, _("The member is paused."))


@action(
    description=_("Resume"),
    permissions=["resuming"],
    icon="play_arrow",
    dialog={
        "title": _("Let this member go on?"),
        "description": _("Their activity is accepted again from now on."),
        "form_class": BaseDialogForm,
        "form_submit_text": _("Resume"),
    },
)
def resume_member(model_admin: ModelAdmin, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
    """Take the activity of a member again."""
    return _set_status(request, object_id, Status.LIVE, _("The member is live again."))


def _set_status(request: HttpRequest, object_id: str, status: Status, said: Any) -> HttpResponse:
    member = get_object_or_404(Member, pk=object_id)
    before = Member.objects.get(pk=object_id)
    member.status = status
    member.save(update_fields=["status", "updated_at"])
    record_saved(member, before)
    messages.success(request, said)
    return leave_dialog(request, page_of(member))


MemberAdmin.add_page(button=resume_member, permission=has_resuming_permission)
MemberAdmin.add_page(button=pause_member, permission=has_pausing_permission)
