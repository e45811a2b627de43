"""The facts from which everything else follows (S36)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(slots=True)
class Log:
    """One activity of a member in a streak.

    Its value is in units. Its period and what it amounts to are decided when it is admitted.
    """

    id: UUID
    member_id: UUID
    streak_id: UUID
    activity_at: datetime
    activity_id: str
    unique_identifier: str
    units: int | None
    period_key: date = date.min
    amount: int = 0
    created_at: datetime | None = None
