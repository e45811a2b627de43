"""What the app tells the world, always inside the transaction in which it happened.

`milestones_reached` has `achievements`, a list of `streaks.core.milestones.Achievement`, and `now`; receivers issue
what is due, return it, and must not swallow errors (S22). `milestones_counted` only asks for which of the `achieved`,
each an achievement with the id of its member, a reward would be issued (S42). `runs_rearranged` tells that runs were
joined, split, moved or deleted (S21): with `changes`, those of `streaks.core.advance` by pair, and `streak_ids`, all
streaks that the transaction records for. `histories_joined` tells that the logs of one member become those of another,
before anything is derived (S60): with `merged_id`, `into_id`, `streak_ids`, and `kept`, the ids of logs that stay by
those of the logs that go. `results_counted` is sent, with `now`, while results are counted.

`logs_recorded` comes last of all that recording tells: with `changes` by pair, `streaks` as cached by id, the `rewards`
issued, `members` by id and the `totals` of current periods by pair as far as they were read, and `now`.
`freezes_given` tells of gifts, with the `freezes` and `now`, after what follows from them is derived.
`histories_rederived` tells what was derived anew: with `changes` by pair, the `rewards` issued, and `now`.
`runs_closed` tells that the clock has broken runs: with their ids as `run_ids`, and `now`. `clock_followed` comes after
all of these, outside of a transaction, with `now`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import Signal

from streaks.core.advance import Changes, Pair
from streaks.core.milestones import Achievement
from streaks.models import StreakProgress

milestones_reached = Signal()
milestones_counted = Signal()
runs_rearranged = Signal()
histories_joined = Signal()
results_counted = Signal()
logs_recorded = Signal()
histories_rederived = Signal()
freezes_given = Signal()
runs_closed = Signal()
clock_followed = Signal()


def tell_rearranged(changes: Mapping[Pair, Changes], streak_ids: Collection[UUID]) -> None:
    """Tell that runs were joined, split, moved or deleted (S21)."""
    rearranged = {pair: one for pair, one in changes.items() if one.runs.is_rearranged}
    if rearranged:
        runs_rearranged.send(sender=StreakProgress, changes=rearranged, streak_ids=streak_ids)


def tell_reached(achievements: Sequence[Achievement], *, now: datetime) -> list[Any]:
    """Tell that milestones were reached, and return the rewards that were issued for them (S22)."""
    if not achievements:
        return []
    answers: list[Any] = milestones_reached.send(StreakProgress, achievements=achievements, now=now)
    return [reward for _receiver, issued in answers for reward in issued or ()]
