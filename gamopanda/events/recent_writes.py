"""Which members a call writes about: for a moment they read from a database that has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.dispatch import receiver

from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.accounts.signals import member_deleted, members_merged
from gamopanda.api.access.freshness import note_members
from rewards.models import RewardLog
from rewards.signals import codes_assigned, past_rewards_issued, rewards_redeemed
from streaks.core.advance import Changes, Pair
from streaks.progress.signals import histories_rederived, logs_recorded


@receiver([logs_recorded, histories_rederived], dispatch_uid="events.note_changes")
def note_changes(changes: Mapping[Pair, Changes], **_kwargs: Any) -> None:
    """Note those whose activity counts anew."""
    note_members(member_id for member_id, _streak_id in changes)


@receiver([past_rewards_issued, codes_assigned, rewards_redeemed], dispatch_uid="events.note_rewards")
def note_rewards(rewards: Sequence[RewardLog], **_kwargs: Any) -> None:
    """Note those whose rewards have changed."""
    note_members(reward.member_id for reward in rewards)


@receiver(members_merged, dispatch_uid="events.note_merge")
def note_merge(merge: MemberMerge, into: Member, **_kwargs: Any) -> None:
    """Note both members of a merge."""
    note_members([merge.merged_id, into.pk])


@receiver(member_deleted, dispatch_uid="events.note_erasure")
def note_erasure(member: Member, **_kwargs: Any) -> None:
    """Note who was erased."""
    note_members([member.pk])
