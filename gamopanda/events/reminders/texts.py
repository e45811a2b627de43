"""What a reminder says: the marketer's words, with the member's values, in the member's language (R5)."""

from dataclasses import dataclass
from datetime import datetime

from gamopanda.api.serializers.language import read_text_and_language, readable_language
from gamopanda.events.reminder_models import ReminderRule
from streaks.core.periods import Calendar, PeriodKind
from streaks.models import Streak, StreakProgress, TaskProgress
from streaks.presenters.display import render_text, situation_of


@dataclass(frozen=True, slots=True)
class Words:
    """A reminder as the member reads it."""

    language: str
    subject: str
    text: str


def words_for(
    rule: ReminderRule,
    streak: Streak,
    run: StreakProgress | None,
    total: TaskProgress | None,
    *,
    calendar: Calendar,
    language_code: str,
    now: datetime,
) -> Words:
    """Return the words of a rule for a member; without a language of the member's, in the default one."""
    language = readable_language(language_code)
    if run is not None:
        run.streak = streak
    situation, period = situation_of(streak, run, total, now, calendar), PeriodKind(streak.aggregation_period)
    subject, text = (
        render_text(*read_text_and_language(rule, ReminderRule, name, language), period, situation)
        for name in ("subject", "text")
    )
    return Words(language, " ".join(subject.split()), text)
