"""What a reminder says: the marketer's words, with the member's values, in the member's language (R5)."""

from dataclasses import dataclass
from datetime import datetime

from gamopanda.api.serializers.language import read_text, readable_language
from gamopanda.events.reminder_models import ReminderRule
from streaks.core.messages import render
from streaks.models import Streak, StreakProgress, TaskProgress
from streaks.presenters.display import display_for, situation_of


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
    language_code: str,
    now: datetime,
) -> Words:
    """Return the words of a rule for a member; without a language of the member's, in the default one."""
    language = readable_language(language_code)
    if run is not None:
        run.streak = streak
    values = display_for(streak, situation_of(streak, run, total, now), language)["variables"]
    subject, text = (render(read_text(rule, ReminderRule, name, language), values) for name in ("subject", "text"))
    return Words(language, " ".join(subject.split()), text)
