"""How the app hears and is heard.

`milestones_reached` is sent inside the transaction that recorded the logs, with `achievements`, a list of
`streaks.run_storage.Achievement`, and `now`; receivers issue what is due and must not swallow errors (S22).
`runs_rearranged` is sent, likewise inside, when a late log or a correction joined, split or moved runs of one member
in one streak: with `pair`, (member id, streak id), and `runs`, the stored runs of that stretch in order (S21).
"""

from django.dispatch import Signal

milestones_reached = Signal()
runs_rearranged = Signal()
