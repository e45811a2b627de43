"""What an amnesty would change, or taking it back: counted member by member; nothing is locked or stored (S42)."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

from streaks.core.advance import History, Pair, refold
from streaks.core.aggregation import Total
from streaks.core.facts import MemberFacts
from streaks.core.milestones import Achievement
from streaks.core.rules import DatesExcused, Rules
from streaks.core.runs import Run
from streaks.models import Streak, StreakExcuse, StreakProgress, TaskProgress
from streaks.progress.applying import concerned
from streaks.progress.deriving import Impact
from streaks.progress.signals import milestones_counted
from streaks.progress.store.clocks import with_own_clocks
from streaks.progress.store.columns import RUN_FIELDS
from streaks.progress.store.orm import dates_excused, read_facts
from streaks.progress.streak_cache import forget_streaks, read_streaks

AT_ONCE = 500
"""So many members are looked at for an estimate."""
SLICES = 10
"""They are taken in so many places, as those who came first differ from those who came last."""


@dataclass(frozen=True, slots=True)
class Members:
    """Those whom an excuse concerns, in order: a list, or those who are found where it is None."""

    excuse: StreakExcuse
    listed: Sequence[UUID] | None = None

    def number(self) -> int:
        """Return how many they are."""
        return int(concerned(self.excuse).count()) if self.listed is None else len(self.listed)

    def sample(self, number: int) -> list[UUID]:
        """Return some of so many, from all places, or all where they are few."""
        if self.listed is not None:
            return list(self.listed[:: max(1, number // AT_ONCE)][:AT_ONCE])
        if number <= AT_ONCE:
            return list(concerned(self.excuse))
        ids = StreakProgress.objects.order_by("member_id").values_list("member_id", flat=True)
        first, last = (pk.int for pk in (ids[0], ids.reverse()[0]))
        places = [UUID(int=first + (last - first) * number // SLICES) for number in range(SLICES)]
        found = (concerned(self.excuse).filter(member_id__gte=place)[: AT_ONCE // SLICES] for place in places)
        return sorted({pk for some in found for pk in some})

    def batches(self, size: int) -> Iterator[list[UUID]]:
        """Yield all of them, so many at a time."""
        if self.listed is not None:
            yield from (list(self.listed[start : start + size]) for start in range(0, len(self.listed), size))
            return
        batch = list(concerned(self.excuse)[:size])
        while batch:
            yield batch
            batch = list(concerned(self.excuse).filter(member_id__gt=batch[-1])[:size])


def estimate(members: Members, *, now: datetime) -> Impact:
    """Return what an excuse would change, scaled up from some members to all where there are many."""
    number = members.number()
    sample = members.sample(number)
    impact = count(members.excuse, sample, now=now)
    if sample and number > len(sample):
        impact.scale(number / len(sample))
    return impact


def count(excuse: StreakExcuse, member_ids: Collection[UUID], *, now: datetime) -> Impact:
    """Return what an excuse that is not stored would do to members, or revoking one that is stored."""
    is_undoing = not excuse._state.adding
    is_own = excuse.is_for_list or not is_undoing
    impact, achieved, changed = Impact(), [], set()
    rules = _rules_of(excuse)
    histories = _read(member_ids, rules)
    facts = read_facts(list(histories), with_own_clocks(rules))
    for pair, history in histories.items():
        own = facts.get(pair, MemberFacts())
        history.facts = replace(own, excuses=_other(own.excuses, excuse)) if is_own else own
        before = [replace(run) for run in history.runs]
        changes = refold(history, rules[pair[1]], now, is_silent=excuse.without_rewards, is_undoing=is_undoing)
        runs = changes.runs
        if runs.created or runs.changed or runs.deleted:
            changed.add(pair[0])
            impact.runs.add(before, runs.runs, clock=rules[pair[1]].clock_at(now))
            achieved += [(pair[0], one) for one in changes.achievements]
    impact.members, impact.rewards = len(changed), _rewards(achieved)
    return impact


def _rules_of(excuse: StreakExcuse) -> Mapping[UUID, Rules]:
    """Return the rules of the streaks that an excuse concerns, without it where it is stored."""
    ids = Streak.objects.filter(has_activity=True, deleted_at=None).values_list("pk", flat=True)
    concerned_ids = [excuse.streak_id] if excuse.streak_id is not None else list(ids)
    forget_streaks(concerned_ids)
    streaks = read_streaks(concerned_ids)
    if excuse._state.adding or excuse.is_for_list:
        return {pk: one.rules for pk, one in streaks.items()}
    return {pk: replace(one.rules, excuses=_other(one.rules.excuses, excuse)) for pk, one in streaks.items()}


def _other(excuses: Sequence[Any], excuse: StreakExcuse) -> tuple[Any, ...]:
    """Return excuses with one that is not stored, or without one that is."""
    dates = dates_excused(excuse.kind, excuse.starts_on, excuse.ends_on)
    if excuse._state.adding:
        return (*excuses, dates)
    return _without(excuses, dates)


def _without(excuses: Sequence[Any], dates: DatesExcused) -> tuple[Any, ...]:
    if dates not in excuses:
        return tuple(excuses)
    place = list(excuses).index(dates)
    return (*excuses[:place], *excuses[place + 1 :])


def _read(member_ids: Collection[UUID], rules: Mapping[UUID, Rules]) -> dict[Pair, History]:
    """Read all that runs are folded from: of totals only when they began and were complete."""
    histories = {pair: History() for pair in product(member_ids, rules)}
    only = {"member__any_of": member_ids, "streak__any_of": list(rules)}
    runs = StreakProgress.objects.filter(**only).order_by("starts_on")
    for member_id, streak_id, *values in runs.values_list("member_id", "streak_id", *RUN_FIELDS):
        histories[member_id, streak_id].runs.append(Run(*values))
    columns = ("member_id", "streak_id", "period_key", "first_activity_at", "completed_at")
    for member_id, streak_id, key, at, completed_at in (
        TaskProgress.objects.filter(**only).order_by().values_list(*columns)
    ):
        histories[member_id, streak_id].totals[key] = Total(key, 0, 0, at, at, completed_at)
    return {pair: history for pair, history in histories.items() if history.runs}


def _rewards(achieved: Sequence[tuple[UUID, Achievement]]) -> Counter[UUID]:
    """Return how many rewards would be issued, by milestone."""
    if not achieved:
        return Counter()
    answers: Any = milestones_counted.send(StreakProgress, achieved=achieved)
    due: list[Achievement] = [one for _receiver, found in answers for one in found]
    return Counter(one.milestone.pk for one in due)
