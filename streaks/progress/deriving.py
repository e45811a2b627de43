"""Runs once more, when a fact beside the logs says so: an excuse, a gift of freezes, a pause (S36, S38)."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from streaks.core.advance import Changes, History, Pair, refold
from streaks.core.impact import RunImpact
from streaks.core.milestones import Achievement
from streaks.core.rules import Rules
from streaks.core.runs import Run
from streaks.models import Milestone, StreakLog, StreakProgress
from streaks.models.applied import AppliedToMany
from streaks.progress.signals import histories_rederived, tell_reached, tell_rearranged
from streaks.progress.store import store
from streaks.progress.store.clocks import with_own_clocks
from streaks.progress.store.columns import RUN_FIELDS
from streaks.progress.store.histories import read_histories
from streaks.progress.store.orm import read_facts, share_streaks
from streaks.progress.streak_cache import CachedStreak, forget_streaks, read_streaks


@dataclass(slots=True)
class Impact:
    """What a fact changes: for how many members, in which runs, and the rewards by milestone (S42)."""

    members: int = 0
    runs: RunImpact = field(default_factory=RunImpact)
    rewards: Counter[UUID] = field(default_factory=Counter)

    def add(self, other: "Impact") -> None:
        """Add what it changes for others."""
        self.members += other.members
        for name in RunImpact.__slots__:
            setattr(self.runs, name, getattr(self.runs, name) + getattr(other.runs, name))
        self.rewards += other.rewards

    def scale(self, factor: float) -> None:
        """Estimate what it changes for so many times more members."""
        self.members = round(self.members * factor)
        for name in RunImpact.__slots__:
            setattr(self.runs, name, round(getattr(self.runs, name) * factor))
        self.rewards = Counter({pk: round(count * factor) for pk, count in self.rewards.items()})


Streaks = Mapping[UUID, CachedStreak]
"""Streaks by id, all as they were at one time."""


def derive_runs(
    pairs: Collection[Pair],
    *,
    now: datetime,
    is_silent: bool = False,
    is_undoing: bool = False,
    streaks: Streaks | None = None,
) -> Impact:
    """Derive the runs of locked members once more and save what differs; returns what was changed.

    Milestones to which runs rise are reached, unless it `is_silent` or something `is_undoing` an earlier fact. Without
    `streaks` they are as they are now.
    """
    streak_ids = {streak_id for _, streak_id in pairs}
    rules = {pk: one.rules for pk, one in (streaks or _present(streak_ids)).items()}
    impact, changes = Impact(), {}
    for pair, history in _read([pair for pair in pairs if pair[1] in rules], rules).items():
        before = [replace(run) for run in history.runs]
        one = refold(history, rules[pair[1]], now, is_silent=is_silent, is_undoing=is_undoing)
        if one.runs.created or one.runs.changed or one.runs.deleted:
            changes[pair] = one
            impact.runs.add(before, one.runs.runs, clock=rules[pair[1]].clock_at(now))
    impact.members = len({member_id for member_id, _ in changes})
    if changes:
        store().save(changes)
        tell_rearranged(changes, streak_ids)
        rewards = reach(changes, now)
        impact.rewards = Counter(reward.milestone_id for reward in rewards)
        histories_rederived.send(StreakProgress, changes=changes, rewards=rewards, now=now)
    return impact


def _present(streak_ids: Collection[UUID]) -> Streaks:
    """Return streaks as they are now; until the transaction ends none is paused or resumed."""
    share_streaks(streak_ids)
    forget_streaks(streak_ids)
    return read_streaks(streak_ids)


def catch_up(pair: Pair, pending: AppliedToMany, streaks: Streaks, *, now: datetime) -> None:
    """Apply a fact about many to a locked member whose turn has not come (S38)."""
    derive_runs([pair], now=now, is_silent=pending.is_silent, is_undoing=pending.is_undoing, streaks=streaks)


def catch_up_all(pairs: Iterable[Pair], *, now: datetime) -> Streaks:
    """Apply first what concerns many, where the turn of locked members has not come; return the streaks meanwhile.

    With these the member is derived from what follows: what is stored for many later has its own turn (S38).
    """
    pairs = list(pairs)
    streaks = _present({streak_id for _, streak_id in pairs})
    for pair in pairs:
        cached = streaks.get(pair[1])
        pending = None if cached is None else cached.pending_for(pair[0])
        if pending is not None:
            catch_up(pair, pending, streaks, now=now)
    return streaks


def _read(pairs: Sequence[Pair], rules: Mapping[UUID, Rules]) -> dict[Pair, History]:
    if not pairs:
        return {}
    members, streaks = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    found = read_histories({"member__any_of": members, "streak__any_of": streaks}, None)
    histories = {pair: found[pair] for pair in pairs if pair in found}
    for pair, facts in read_facts(list(histories), with_own_clocks(rules)).items():
        histories[pair].facts = facts
    return histories


def reach(changes: dict[Pair, Changes], now: datetime) -> list[Any]:
    """Issue rewards for the milestones that were reached, each with the last log of its period (S38)."""
    achievements = [
        replace(one, log=_last_log(pair, one)) for pair, some in changes.items() for one in some.achievements
    ]
    rewards = tell_reached(achievements, now=now)
    follow_gifts(changes, achievements)
    return rewards


def follow_gifts(changes: Mapping[Pair, Changes], achievements: Iterable[Achievement]) -> None:
    """Bring runs in line with the freezes that milestones gave just now, which are derived and stored already (S47)."""
    pairs = {(one.log.member_id, one.log.streak_id) for one in achievements if one.milestone.freeze_reward}
    if not pairs:
        return
    runs = [run for pair in pairs for run in changes[pair].runs.runs]
    rows = StreakProgress.objects.filter(pk__in=[run.id for run in runs if run.id is not None])
    stored = {run.id: run for run in (Run(*values) for values in rows.values_list(*RUN_FIELDS))}
    for run in runs:
        for name in RUN_FIELDS:
            setattr(run, name, getattr(stored[run.id], name))
    streaks = read_streaks({streak_id for _, streak_id in pairs})
    facts = read_facts(pairs, with_own_clocks({pk: one.rules for pk, one in streaks.items()}))
    for pair in facts:
        changes[pair].rules = facts[pair].added_to(streaks[pair[1]].rules_for(pair[0]))


def _last_log(pair: Pair, achievement: Achievement) -> StreakLog:
    logs = StreakLog.objects.filter(member=pair[0], streak=pair[1], period_key=achievement.period_key)
    return logs.order_by("-activity_at", "-pk")[:1].get()


def describe_impact(impact: Impact) -> dict[str, Any]:
    """Return an impact as the wire has it."""
    names = dict(Milestone.objects.filter(pk__in=impact.rewards).values_list("pk", "name"))
    return {
        "members": impact.members,
        "runs": {name: getattr(impact.runs, name) for name in RunImpact.__slots__},
        "rewards": [
            {"milestoneId": str(pk), "name": names[pk], "count": count} for pk, count in sorted(impact.rewards.items())
        ],
    }
