"""How the app hears and is heard.

`milestones_reached` is sent inside the transaction that recorded the logs, with `achievements`, a list of
`streaks.run_storage.Achievement`, and `now`; receivers issue what is due, return it, and must not swallow errors (S22).
`runs_rearranged` is sent, likewise inside, when late logs or corrections joined, split or moved runs (S21): with
`stretches`, a list of `streaks.run_storage.Stretch`, and `streak_ids`, all streaks that the transaction records for.
`results_counted` is sent, with `now`, inside the transaction that counts how streaks went.
"""

from django.dispatch import Signal

milestones_reached = Signal()
runs_rearranged = Signal()
results_counted = Signal()
