"""The columns of the tables that a store writes, taken from the models, by the names that the core uses too."""

from dataclasses import fields
from typing import Any

from django.db import models

from gamopanda.api.positions import written_fields
from streaks.core.aggregation import Total
from streaks.core.runs import Run
from streaks.models import StreakLog, StreakProgress, TaskProgress


def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(str(field.column) for field in written_fields(model))


LOG_COLUMNS = _columns(StreakLog)
TOTAL_COLUMNS = _columns(TaskProgress)
RUN_COLUMNS = _columns(StreakProgress)
# What identifies a row never changes.
_IDENTITY = {"id", "member_id", "streak_id", "created_at"}
CHANGING_TOTAL_COLUMNS = tuple(name for name in TOTAL_COLUMNS if name not in {*_IDENTITY, "period_key"})
CHANGING_RUN_COLUMNS = tuple(name for name in RUN_COLUMNS if name not in _IDENTITY)
# In the order in which the core's classes take them.
TOTAL_FIELDS = tuple(field.name for field in fields(Total))
RUN_FIELDS = tuple(field.name for field in fields(Run))
# Where two members are merged, two runs can begin in one period: first the one that lives longer.
RUN_ORDER = (models.F("starts_on"), models.F("breaks_at").desc(nulls_first=True), models.F("pk"))


def values_of(record: Total | Run | StreakProgress, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}
