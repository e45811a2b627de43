"""What a demo streak is written down as: its rules, its milestones and its texts in every shipped language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from modeltranslation.utils import build_localized_fieldname

from gamopanda.api.models import Status
from streaks.models import Milestone, Streak
from streaks.models.texts import unbroken

Texts = Mapping[str, Mapping[str, str]]
"""field -> language -> text"""


@dataclass(frozen=True, slots=True)
class Activity:
    """How members of a streak are active: names for the logs, and the time between two logs of one period."""

    activity_id: str
    prefix: str
    rhythm: timedelta


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A milestone: its fields, its texts, and the codes that its pool starts with."""

    fields: Mapping[str, Any]
    texts: Texts
    pool: tuple[str, ...] = ()

    def milestone_of(self, streak: Streak) -> Milestone:
        """Return the unsaved live milestone of a streak."""
        return Milestone(streak=streak, status=Status.LIVE, **self.fields, **localized(self.texts))


@dataclass(frozen=True, slots=True)
class Campaign:
    """A streak with its milestones. The id is fixed, so that a second load finds what the first has made."""

    id: UUID
    fields: Mapping[str, Any]
    texts: Texts
    activity: Activity
    checkpoints: tuple[Checkpoint, ...] = ()

    def streak(self) -> Streak:
        """Return the unsaved live streak."""
        return Streak(id=self.id, status=Status.LIVE, **self.fields, **localized(self.texts))


def localized(texts: Texts) -> dict[str, str]:
    """Return each text under the name of its field in its language, such as `eud_title_es` (S34)."""
    return {
        build_localized_fieldname(field, language): unbroken(text)
        for field, by_language in texts.items()
        for language, text in by_language.items()
    }
