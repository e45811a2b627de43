"""The button that retires a milestone whose rules are frozen, and adds another one in its place (S20)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from gamopanda.admin.links import leave_dialog, page_of
from streaks.models import Milestone
from streaks.progress.lifecycle import replace_milestone


def has_retire_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it for a milestone that can be changed and has frozen rules."""
    found = Milestone.objects.visible().select_related("streak").filter(pk=object_id).first()
    return found is not None and found.is_frozen and bool(model_admin.has_change_permission(request, found))


@action(
    description=_("Retire and add another"),
    permissions=["retire"],
    icon="swap_horiz",
    dialog={
        "title": _("Retire and add another?"),
        "description": _(
            "This milestone is paused: no member reaches it any more, and rewards that it has given stay. A copy is "
            "added as a draft, where you can change everything. Uploaded codes stay with this one."
        ),
        "form_class": BaseDialogForm,
        "form_submit_text": _("Retire and add another"),
    },
)
def retire(model_admin: ModelAdmin, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
    """Pause the milestone, and lead to its copy."""
    draft = replace_milestone(Milestone.objects.get(pk=object_id))
    messages.success(
        request,
        _("This is the new milestone. Change it and make it live; then you can reward those who are already there."),
    )
    return leave_dialog(request, page_of(draft))
