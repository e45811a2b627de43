"""The models of streaks: what marketers configure, and what follows from the activity of members."""

from streaks.models.activity import RunStatus, StreakLog, StreakProgress, TaskProgress
from streaks.models.campaign import (
    MAX_PERIODS,
    AggregationMethod,
    AggregationPeriod,
    Streak,
    StreakPause,
)
from streaks.models.facts import ExcusedMember, ExcuseKind, StreakExcuse, StreakFreeze
from streaks.models.milestone import Milestone
from streaks.models.results import DayTally, RunTally, SavedBy, SavedTally, TallyRound
from streaks.models.rules_versions import HolidayCalendar, HolidayEdit, StreakRules
from streaks.models.set_aside import SetAsideLog

__all__ = [
    "MAX_PERIODS",
    "AggregationMethod",
    "AggregationPeriod",
    "DayTally",
    "ExcuseKind",
    "ExcusedMember",
    "HolidayCalendar",
    "HolidayEdit",
    "Milestone",
    "RunStatus",
    "RunTally",
    "SavedBy",
    "SavedTally",
    "SetAsideLog",
    "Streak",
    "StreakExcuse",
    "StreakFreeze",
    "StreakLog",
    "StreakPause",
    "StreakProgress",
    "StreakRules",
    "TallyRound",
    "TaskProgress",
]
