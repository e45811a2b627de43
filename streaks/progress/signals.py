"""What the app tells the world, always inside the transaction in which it happened.

`milestones_reached` has `achievements`, a list of `streaks.core.milestones.Achievement`, and `now`; receivers issue
what is due, return it, and must not swallow errors (S22). `runs_rearranged` tells that runs were joined, split, moved
or deleted (S21): with `changes`, those of `streaks.core.advance` by pair, and `streak_ids`, all streaks that the
transaction records for. `results_counted` is sent, with `now`, while results are counted.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.dispatch import Signal

from streaks.core.advance import Changes, Pair
from streaks.models import StreakProgress

milestones_reached = Signal()
runs_rearranged = Signal()
results_counted = Signal()


def tell_rearranged(changes: Mapping[Pair, Changes], streak_ids: Collection[UUID]) -> None:
    """Tell that runs were joined, split, moved or deleted (S21)."""
    rearranged = {pair: one for pair, one in changes.items() if one.runs.is_rearranged}
    if rearranged:
        runs_rearranged.send(sender=StreakProgress, changes=rearranged, streak_ids=streak_ids)
