"""What accounts tell, always inside the transaction in which it happened.

`member_deleted` has the `member`, whose person is gone already, and `now`. `members_merged` has the `merge`, the member
that it was merged `into`, both locked, and `now`: receivers move what they have about the former member, and return
what the merge does to it as a part of its impact. `clock_moved` has the sandbox `member`, locked, what its
clock said `before`, and `now`. `member_zone_changed` has the locked `member`, who asked for another time zone, and
`now`.
"""

from django.dispatch import Signal

member_deleted = Signal()
members_merged = Signal()
member_zone_changed = Signal()
clock_moved = Signal()
