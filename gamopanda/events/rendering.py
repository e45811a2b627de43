"""What events show: members, streaks, runs, milestones and rewards, as the API shows them."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from gamopanda.accounts.models import Member
from gamopanda.api.serializers.serializer_compiler import CompiledSerializer, RenderContext, compiled
from rewards.api.reading import present_rewards
from rewards.api.serializers import RewardLogSerializer
from rewards.models import RewardLog
from streaks.api.protection_serializers import FreezeSerializer
from streaks.api.run_serializers import RunSerializer
from streaks.api.serializers import MilestoneSerializer
from streaks.models import Milestone, Streak, StreakFreeze
from streaks.presenters.runs import RunPresenter

# What is shown in events has no absolute addresses, for which there would have to be a request.
_CONTEXT = RenderContext(settings.LANGUAGE_CODE, HttpRequest())


@cache
def _run_serializer() -> CompiledSerializer:
    whole = compiled(RunSerializer, is_admin=True)
    return whole.only(whole.getters.keys() - {"display"})


def read_members(member_ids: Collection[UUID]) -> dict[UUID, Member]:
    """Read who events are about, by id."""
    members = Member.objects.filter(pk__any_of=member_ids).order_by()
    return {member.pk: member for member in members}


def render_member(member: Member) -> dict[str, Any]:
    """Return who an event is about: never a name or an address."""
    return {"id": member.pk, "externalId": member.external_id}


def render_streak(streak: Streak) -> dict[str, Any]:
    """Return which streak an event is about."""
    return {"id": streak.pk, "name": streak.name}


def render_run(run: RunPresenter) -> dict[str, Any]:
    """Return a run without its texts."""
    return _run_serializer().render(run, _CONTEXT)


def render_milestone(milestone: Milestone) -> dict[str, Any]:
    """Return a milestone as administrators see it."""
    return compiled(MilestoneSerializer, is_admin=True).render(milestone, _CONTEXT)


def render_reward(reward: RewardLog, member: Member, now: datetime) -> dict[str, Any]:
    """Return a reward of a member with its code, as administrators see it."""
    reward.member = member
    (presented,) = present_rewards([reward], now)
    return compiled(RewardLogSerializer, is_admin=True).render(presented, _CONTEXT)


@cache
def _freeze_serializer() -> CompiledSerializer:
    # Who gave it and why is for colleagues: people write names into it.
    whole = compiled(FreezeSerializer, is_admin=True)
    return whole.only(whole.getters.keys() - {"reason", "createdBy"})


def render_freeze(freeze: StreakFreeze) -> dict[str, Any]:
    """Return freezes that were given."""
    return _freeze_serializer().render(freeze, _CONTEXT)
