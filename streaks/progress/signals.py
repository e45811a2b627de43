"""What the app tells the world, always inside the transaction in which it happened.

`milestones_reached` has `achievements`, a list of `streaks.core.milestones.Achievement`, and `now`; receivers issue
what is due, return it, and must not swallow errors (S22). `runs_rearranged` tells that runs were joined, split, moved
or deleted (S21): with `changes`, those of `streaks.core.advance` by pair, and `streak_ids`, all streaks that the
transaction records for. `histories_joined` tells that the logs of one member become those of another,
before anything is derived (S60): with `merged_id`, `into_id`, `streak_ids`, and `kept`, the ids of logs that stay by
those of the logs that go. `results_counted` is sent, with `now`, while results are counted.
"""

from django.dispatch import Signal

milestones_reached = Signal()
runs_rearranged = Signal()
histories_joined = Signal()
results_counted = Signal()
