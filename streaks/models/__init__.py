"""The models of streaks: what marketers configure, and what follows from the activity of members."""

from streaks.models.activity import RunStatus, StreakLog, StreakProgress, TaskProgress
from streaks.models.campaign import (
    MAX_PERIODS,
    AggregationMethod,
    AggregationPeriod,
    Milestone,
    Streak,
    StreakPause,
)

__all__ = [
    "MAX_PERIODS",
    "AggregationMethod",
    "AggregationPeriod",
    "Milestone",
    "RunStatus",
    "Streak",
    "StreakLog",
    "StreakPause",
    "StreakProgress",
    "TaskProgress",
]
