"""The models of streaks: what marketers configure, and what follows from the activity of members."""

from streaks.models.activity import RunStatus, StreakLog, StreakProgress, TaskProgress
from streaks.models.campaign import (
    MAX_PERIODS,
    AggregationMethod,
    AggregationPeriod,
    Streak,
    StreakPause,
)
from streaks.models.milestone import Milestone
from streaks.models.results import DayTally, RunTally, TallyRound

__all__ = [
    "MAX_PERIODS",
    "AggregationMethod",
    "AggregationPeriod",
    "DayTally",
    "Milestone",
    "RunStatus",
    "RunTally",
    "Streak",
    "StreakLog",
    "StreakPause",
    "StreakProgress",
    "TallyRound",
    "TaskProgress",
]
