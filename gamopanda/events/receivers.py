"""Events that arise elsewhere, stored in the transaction that tells of them (E1)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from gamopanda.accounts.models import Member, MemberMerge
from gamopanda.accounts.sandbox import is_sandbox
from gamopanda.accounts.signals import clock_moved, member_deleted, members_merged
from gamopanda.events.announcements import announce_breaks, announce_used_freezes, note_broken, note_closed
from gamopanda.events.expiring_rewards import tell_expiring, tell_expiring_of
from gamopanda.events.freeze_events import tell_given
from gamopanda.events.outages import warn_of_outages
from gamopanda.events.outbox import NewEvent, store_events, take
from gamopanda.events.rendering import read_members, render_member
from gamopanda.events.reward_events import OF_POOLS, tell_pools, tell_rewards
from gamopanda.events.run_events import OF_CHANGES, Told, overtaken_runs, read_along, tell_changes, tell_rederived
from gamopanda.events.subscriptions import Takers, takers_for, takers_now
from gamopanda.events.types import EventType
from gamopanda.events.used_freezes import note_recorded, note_used, note_used_of
from rewards.models import RewardLog
from rewards.signals import codes_assigned, past_rewards_issued, rewards_redeemed
from streaks.core.advance import Changes, Pair
from streaks.core.aggregation import Total
from streaks.models import Streak, StreakFreeze
from streaks.progress.signals import clock_followed, freezes_given, histories_rederived, logs_recorded, runs_closed
from streaks.progress.streak_cache import CachedStreak, read_streaks


@receiver(logs_recorded, dispatch_uid="events.logs_recorded")
def tell_of_logs(
    *,
    changes: Mapping[Pair, Changes],
    streaks: Mapping[UUID, CachedStreak],
    rewards: Sequence[RewardLog],
    members: Mapping[UUID, Member],
    totals: Mapping[Pair, Total | None],
    now: datetime,
    **_kwargs: Any,
) -> None:
    """Tell what logs have set off."""
    takers = takers_for(streaks[streak_id] for _member_id, streak_id in changes)
    if not takers:
        return
    taken = {pair: one for pair, one in changes.items() if takers.take_any(OF_CHANGES, pair[1])}
    of_members = _members({pair[0] for pair in taken} | {reward.member_id for reward in rewards}, members)
    told = _told(taken, streaks, of_members, totals, now)
    events = [event for one in told for event in tell_changes(one)]
    events += _about_issued(rewards, takers, of_members, {pk: one.streak for pk, one in streaks.items()}, now)
    note_broken(overtaken_runs(changes), takers)
    note_recorded(changes, takers, now=now)
    store_events(take(events, takers), now=now)


@receiver(histories_rederived, dispatch_uid="events.histories_rederived")
def tell_of_rederived(
    changes: Mapping[Pair, Changes], rewards: Sequence[RewardLog], now: datetime, **_kwargs: Any
) -> None:
    """Tell which runs are alive again or completed and what was reached by that, and note which runs are broken."""
    takers = takers_now()
    changed = {pair: one for pair, one in changes.items() if one.runs.changed or one.achievements}
    if not takers or not changed:
        return
    streaks = read_streaks({streak_id for _member_id, streak_id in changed})
    changed = {pair: one for pair, one in changed.items() if pair[1] in streaks}
    members = read_members({member_id for member_id, _streak_id in changed})
    told = _told(changed, streaks, members, {}, now)
    note_broken(overtaken_runs(changed), takers)
    note_recorded(changed, takers, now=now)
    events = [event for one in told for event in tell_rederived(one)]
    events += _about_issued(rewards, takers, members, {pk: one.streak for pk, one in streaks.items()}, now)
    store_events(take(events, takers), now=now)


@receiver(runs_closed, dispatch_uid="events.runs_closed")
def note_closed_runs(run_ids: Sequence[UUID], **_kwargs: Any) -> None:
    """Note the runs that the clock has broken, to be told later (E4)."""
    note_closed(run_ids, takers_now())


@receiver(clock_followed, dispatch_uid="events.clock_followed")
def announce_due(now: datetime, **_kwargs: Any) -> None:
    """Tell what is due by now of all that the clock does, and of endpoints that are out (E4, W3)."""
    note_used(now=now)
    announce_breaks(now=now)
    announce_used_freezes(now=now)
    tell_expiring(now=now)
    warn_of_outages(now=now)


@receiver(freezes_given, dispatch_uid="events.freezes_given")
def tell_of_freezes(freezes: Sequence[StreakFreeze], now: datetime, **_kwargs: Any) -> None:
    """Tell which freezes members were given."""
    takers = takers_now()
    taken = [one for one in freezes if takers.take_any([EventType.STREAK_FREEZE_GRANTED], one.streak_id)]
    if taken:
        store_events(take(tell_given(taken, now=now), takers), now=now)


@receiver(clock_moved, dispatch_uid="events.clock_moved")
def announce_due_of_member(member: Member, before: datetime, now: datetime, **_kwargs: Any) -> None:
    """Tell what is due on the clock of a sandbox member, as the clock of everybody has it told (E4)."""
    note_used_of(member.pk, now=now)
    announce_breaks(now=now, member_id=member.pk)
    announce_used_freezes(now=now, member_id=member.pk)
    tell_expiring_of(member.pk, since=before, now=now)


@receiver(past_rewards_issued, dispatch_uid="events.past_rewards_issued")
def tell_of_past_rewards(rewards: Sequence[RewardLog], now: datetime, **_kwargs: Any) -> None:
    """Tell which rewards were issued to those who stood at a milestone already."""
    takers = takers_now()
    if takers and rewards:
        members = read_members({reward.member_id for reward in rewards})
        events = _about_issued(rewards, takers, members, _streaks_of(rewards), now)
        store_events(take(events, takers), now=now)


@receiver(codes_assigned, dispatch_uid="events.codes_assigned")
def tell_of_codes(rewards: Sequence[RewardLog], now: datetime, **_kwargs: Any) -> None:
    """Tell which rewards got the code that they waited for."""
    takers = takers_now()
    if takers and rewards:
        events = [*_about_rewards(EventType.REWARD_CODE_ASSIGNED, rewards, now)]
        events += _about_pools(rewards, takers, _streaks_of(rewards))
        store_events(take(events, takers), now=now)


@receiver(rewards_redeemed, dispatch_uid="events.rewards_redeemed")
def tell_of_redemptions(rewards: Sequence[RewardLog], now: datetime, **_kwargs: Any) -> None:
    """Tell which rewards were used."""
    takers = takers_now()
    if takers and rewards:
        store_events(take(_about_rewards(EventType.REWARD_REDEEMED, rewards, now), takers), now=now)


@receiver(member_deleted, dispatch_uid="events.member_deleted")
def tell_of_erasure(member: Member, now: datetime, **_kwargs: Any) -> None:
    """Tell that a person is gone."""
    takers = takers_now()
    if takers:
        data = {"isLate": False, "member": render_member(member), "streak": None}
        store_events(take([NewEvent(EventType.MEMBER_ERASED, data, None, member.pk)], takers), now=now)


@receiver(members_merged, dispatch_uid="events.members_merged")
def tell_of_merge(merge: MemberMerge, into: Member, now: datetime, **_kwargs: Any) -> None:
    """Tell that two members are one."""
    takers = takers_now()
    if takers:
        data = {
            "isLate": False,
            "member": render_member(into),
            "streak": None,
            "mergedMember": render_member(merge.merged),
        }
        store_events(take([NewEvent(EventType.MEMBER_MERGED, data, None, into.pk)], takers), now=now)


def _about_rewards(event_type: EventType, rewards: Sequence[RewardLog], now: datetime) -> Iterable[NewEvent]:
    members = read_members({reward.member_id for reward in rewards})
    return tell_rewards(event_type, rewards, members=members, streaks=_streaks_of(rewards), now=now)


def _about_issued(
    rewards: Sequence[RewardLog],
    takers: Takers,
    members: Mapping[UUID, Member],
    streaks: Mapping[UUID, Streak],
    now: datetime,
) -> Iterable[NewEvent]:
    """Yield what is told of rewards that were just issued."""
    taken = [reward for reward in rewards if takers.take_any([EventType.REWARD_ISSUED], reward.streak_id)]
    yield from tell_rewards(EventType.REWARD_ISSUED, taken, members=members, streaks=streaks, now=now)
    yield from _about_pools(rewards, takers, streaks)


def _about_pools(rewards: Sequence[RewardLog], takers: Takers, streaks: Mapping[UUID, Streak]) -> Iterable[NewEvent]:
    real = (reward for reward in rewards if not is_sandbox(reward.member_id))
    taken = [reward for reward in real if takers.take_any(OF_POOLS, reward.streak_id)]
    return tell_pools(taken, streaks=streaks)


def _streaks_of(rewards: Sequence[RewardLog]) -> dict[UUID, Streak]:
    return Streak.objects.in_bulk({reward.streak_id for reward in rewards})


def _members(member_ids: set[UUID], given: Mapping[UUID, Member]) -> dict[UUID, Member]:
    """Return members; those that are not given are read."""
    missing = member_ids - given.keys()
    return {**given, **read_members(missing)} if missing else dict(given)


def _told(
    changes: Mapping[Pair, Changes],
    streaks: Mapping[UUID, CachedStreak],
    members: Mapping[UUID, Member],
    totals: Mapping[Pair, Total | None],
    now: datetime,
) -> list[Told]:
    """Return of whom is told, with all that runs are shown with."""
    told = [Told(pair, members[pair[0]], streaks[pair[1]], one, now) for pair, one in changes.items()]
    read_along(told, totals, now)
    return told
