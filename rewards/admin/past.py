"""The action that rewards those who stand at a milestone already (S20)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from gamopanda.admin.links import leave_dialog, page_of
from gamopanda.api.models import Status
from rewards.issuing.past import request_past_rewards, runs_to_reward
from streaks.models import Milestone


class PastRewardsForm(BaseDialogForm):
    """A dialog that says how many members would be rewarded."""

    def render_before_template(self) -> str:
        """Say it above the button."""
        milestone = Milestone.objects.get(pk=self.object_id)
        members = runs_to_reward(milestone, timezone.now()).count()
        sentence = ngettext(
            "%(number)s member is there and has no reward for it.",
            "%(number)s members are there and have no reward for it.",
            members,
        )
        return format_html('<p class="mt-4 font-semibold">{}</p>', sentence % {"number": members})


def has_past_permission(model_admin: ModelAdmin, request: HttpRequest, object_id: Any = None) -> bool:
    """Offer it for a live milestone of a streak that has activity."""
    found = Milestone.objects.filter(pk=object_id, status=Status.LIVE, streak__has_activity=True).first()
    return found is not None and bool(model_admin.has_change_permission(request, found))


@action(
    description=_("Reward those already there"),
    permissions=["past"],
    icon="redeem",
    dialog={
        "title": _("Reward those already there?"),
        "description": _(
            "Members in a run in progress who reached this milestone before it was live have no reward for it. This "
            "issues one to each of them, now. A reward is never taken back."
        ),
        "form_class": PastRewardsForm,
        "form_submit_text": _("Issue rewards"),
    },
)
def reward_past(model_admin: ModelAdmin, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
    """Issue the rewards, those of very many members little by little."""
    milestone = Milestone.objects.get(pk=object_id)
    request_past_rewards(milestone, now=timezone.now())
    messages.success(request, _("Members who are there get their rewards now."))
    return leave_dialog(request, page_of(milestone))
