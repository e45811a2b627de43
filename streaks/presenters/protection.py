"""What saved a run, and what will: frozen and excused periods, and the freezes that are left (S43, S49)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q

from streaks.core.advance import Pair
from streaks.core.rules import FreezeSettings, Rules
from streaks.core.runs import Run, freezes_left
from streaks.models import RunStatus, StreakProgress, TaskProgress
from streaks.progress.store.columns import RUN_FIELDS
from streaks.progress.store.orm import read_facts
from streaks.progress.streak_cache import rules_of


@dataclass(frozen=True, slots=True)
class Protection:
    """What the wire shows of a run that was or is protected."""

    frozen_periods: Sequence[date]
    excused_periods: Sequence[date]
    freezes_left: int
    freezes_max: int
    is_excused_now: bool
    is_protected: bool
    has_used_freeze: bool
    break_reason: str | None
    freeze_declined: str | None
    current_period_ends_at: datetime

    @property
    def is_perfect(self) -> bool:
        """Whether every period of the run was completed (S43)."""
        return not self.frozen_periods and not self.excused_periods


def read_protection(runs: Sequence[Any], now: datetime) -> None:
    """Set `rules` and `protection` of runs that have their streak, member and status.

    It costs queries only where there is any protection, or a clock of a member's own.
    """
    rules = _rules_for(runs)
    excused = {run.pk: _excused_periods(run, rules[run.pk], now) for run in runs}
    complete = _complete_among(runs, excused)
    newest = _newest_of(run for run in runs if rules[run.pk].has_freezes and run.status != RunStatus.IN_PROGRESS)
    for run in runs:
        pair = run.member_id, run.streak_id
        keys = [key for key in excused[run.pk] if key not in complete[pair]]
        run.rules = rules[run.pk]
        run.protection = _protection(run, rules[run.pk], keys, newest.get(pair, run), now)


def _rules_for(runs: Sequence[Any]) -> dict[UUID, Rules]:
    """Return the rules of each run, with the facts of its member."""
    read_along = {run.pk: run.__dict__.get("rules") for run in runs}
    unread = [run for run in runs if not read_along[run.pk]]
    own_clocks = {run.streak_id for run in unread if run.streak.has_own_clocks and run.member.has_own_zone}
    pairs = [
        (run.member_id, run.streak_id) for run in unread if run.member.has_own_facts or run.streak_id in own_clocks
    ]
    facts = read_facts(pairs, own_clocks)
    found = {}
    for run in runs:
        own = facts.get((run.member_id, run.streak_id))
        rules = read_along[run.pk] or rules_of(run.streak)
        found[run.pk] = rules if own is None else own.added_to(rules)
    return found


def _excused_periods(run: Any, rules: Rules, now: datetime) -> list[date]:
    """Return the periods of a run that have ended and are excused, whether they were completed or not."""
    if not rules.has_excuses:
        return []
    until = min(rules.calendar.key_of(rules.clock_at(now)), rules.calendar.following(run.ends_on))
    return [key for key in rules.calendar.keys_between(run.starts_on, until) if rules.is_excused(key)]


def _complete_among(runs: Sequence[Any], excused: dict[UUID, list[date]]) -> dict[Pair, set[date]]:
    """Return which of the excused periods were completed all the same, in one query if there are any."""
    complete: dict[Pair, set[date]] = defaultdict(set)
    asked = [Q(member=run.member_id, streak=run.streak_id, period_key__in=excused[run.pk]) for run in runs]
    asked = [one for one, run in zip(asked, runs, strict=True) if excused[run.pk]]
    if asked:
        totals = TaskProgress.objects.filter(reduce(or_, asked), completed_at__isnull=False).order_by()
        for member_id, streak_id, key in totals.values_list("member_id", "streak_id", "period_key"):
            complete[member_id, streak_id].add(key)
    return complete


def _newest_of(runs: Iterable[Any]) -> dict[Pair, Any]:
    """Return the newest run by member and streak: what is left of freezes is read from it."""
    pairs = {(run.member_id, run.streak_id) for run in runs}
    if not pairs:
        return {}
    asked = reduce(or_, (Q(member=member_id, streak=streak_id) for member_id, streak_id in pairs))
    stored = StreakProgress.objects.filter(asked).order_by("starts_on")
    return {(run.member_id, run.streak_id): run for run in stored}


def _protection(run: Any, rules: Rules, excused: Sequence[date], newest: Any, now: datetime) -> Protection:
    current = rules.calendar.key_of(now)
    settings = rules.version_for(current).freezes
    frozen = [date.fromisoformat(key) for key in run.frozen_periods or ()]
    on_clock = rules.calendar.key_of(rules.clock_at(now))
    ended = [key for key in frozen if key < on_clock]
    is_alive, is_broken = run.status == RunStatus.IN_PROGRESS, run.status == RunStatus.BROKEN
    return Protection(
        frozen_periods=ended,
        excused_periods=excused,
        freezes_left=0 if settings is None else _freezes_left(newest, rules, now),
        freezes_max=0 if settings is None else settings.maximum,
        is_excused_now=rules.is_excused(current),
        is_protected=is_alive and current in frozen,
        has_used_freeze=is_alive and bool(ended) and rules.calendar.following(ended[-1]) == on_clock,
        break_reason="missed" if is_broken else None,
        freeze_declined=_declined(run, rules.version_for(run.ends_on).freezes) if is_broken else None,
        current_period_ends_at=rules.calendar.ends_at(current),
    )


def _freezes_left(run: Any, rules: Rules, now: datetime) -> int:
    return freezes_left(Run(*(getattr(run, name) for name in RUN_FIELDS)), rules, now)


def _declined(run: Any, settings: FreezeSettings | None) -> str | None:
    """Say why no freeze saved a broken run; null where the streak has none (S49)."""
    if settings is None:
        return None
    return "run_too_short" if run.current_progress_value < settings.minimum_value else "none_left"
