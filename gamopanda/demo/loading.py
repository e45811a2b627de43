"""Load the demo into the database by the same service as every client's activity."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation

from gamopanda.accounts.models import Member
from gamopanda.demo.campaign import Campaign
from gamopanda.demo.history import Event, events_of
from gamopanda.demo.people import CAMPAIGNS, STORIES, Story, people
from rewards.coupons import upload_codes
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog
from streaks.progress.service import record_log

REDEEMED_AFTER = timedelta(hours=20)
FIRST_NUMBER = 10_001


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much the demo put into the database."""

    streaks: int
    milestones: int
    members: int
    logs: int
    rewards: int


@transaction.atomic
def load_demo(*, now: datetime) -> Loaded | None:
    """Load the four streaks with their members and what these did up to `now`; None when it was done before.

    Once for ever: a demo streak that was edited, renamed or deleted since (S29) is left as it is. Raises `ValueError`,
    and loads nothing, when members of the client's own have external ids of the demo.
    """
    if Streak.objects.filter(pk__in=[campaign.id for campaign in CAMPAIGNS]).exists():
        return None
    with translation.override(settings.LANGUAGE_CODE):
        members = _create_members()
        milestones = sum(_create(campaign, now) for campaign in CAMPAIGNS)
        events = events_of(STORIES, now=now)
        _replay(events, members)
        for story in STORIES:
            _follow_up(story, members[story.external_id])
    rewards = RewardLog.objects.filter(member__in=members.values()).count()
    return Loaded(len(CAMPAIGNS), milestones, len(members), len(events), rewards)


def _create_members() -> dict[str, Member]:
    members = {member.external_id: member for member in people()}
    taken = Member.objects.filter(external_id__in=members).order_by("external_id")
    if taken:
        names = ", ".join(member.external_id for member in taken)
        raise ValueError(f"There are members already whose external ids the demo needs: {names}.")
    Member.objects.bulk_create(members.values())
    return members


def _create(campaign: Campaign, now: datetime) -> int:
    """Save a streak with its milestones and the codes of their pools; returns how many milestones."""
    streak = campaign.streak()
    streak.full_clean()
    streak.save(force_insert=True)
    for checkpoint in campaign.checkpoints:
        milestone = checkpoint.milestone_of(streak)
        milestone.full_clean()
        milestone.save()
        upload_codes(milestone, checkpoint.pool, now=now)
    return len(campaign.checkpoints)


def _replay(events: Iterable[Event], members: dict[str, Member]) -> None:
    """Record every event as of the instant at which it came to be known, so that rewards have the age they should."""
    for number, event in enumerate(events, start=FIRST_NUMBER):
        log = StreakLog(
            member=members[event.external_id],
            streak_id=event.campaign.id,
            activity_at=event.activity_at,
            activity_id=event.activity_id,
            unique_identifier=f"{event.prefix}-{number}",
            activity_value=event.value,
        )
        record_log(log, now=event.arrived_at)


def _follow_up(story: Story, member: Member) -> None:
    """Redeem the rewards that the person has redeemed, and enter the codes that the client's own system has sent."""
    rewards = RewardLog.objects.filter(
        member=member,
        streak=story.campaign.id,
        milestone__milestone_target_value__in={*story.redeemed, *story.sent_codes},
    )
    for reward in rewards.select_related("milestone"):
        target = reward.milestone.milestone_target_value
        if target in story.redeemed:
            reward.redeemed_at = reward.reward_issued_at + REDEEMED_AFTER
        if target in story.sent_codes:
            reward.coupon_code = story.sent_codes[target]
        reward.save(update_fields=["redeemed_at", "coupon_code", "updated_at"])
