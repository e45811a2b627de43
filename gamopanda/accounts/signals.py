"""What accounts tell, always inside the transaction in which it happened.

`member_deleted` has the `member`, whose person is gone already, and `now`.
"""

from django.dispatch import Signal

member_deleted = Signal()
