"""What a reminder says: the marketer's words, with the member's values, in the member's language (R5)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.api.serializers.language import read_text_and_language, readable_language
from gamopanda.events.reminder_models import ReminderRule
from streaks.core.messages import Situation, address
from streaks.core.periods import Calendar, PeriodKind
from streaks.core.runs import RunStatus
from streaks.models import Streak, StreakProgress, TaskProgress
from streaks.presenters.display import SAMPLE_FIRST_NAME, live_milestone_targets, render_text, situation_of

SAMPLE_VALUE = 3
"""How many periods the member has completed for whom a reminder is previewed."""


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
    first_name: str,
    now: datetime,
) -> Words:
    """Return the words of a rule for a member; without a language of the member's, in the default one."""
    if run is not None:
        run.streak = streak
    situation = situation_of(streak, run, total, now, calendar)
    return _words(rule, streak, situation, readable_language(language_code), first_name)


def sample_words(rule: ReminderRule, language: str) -> Words:
    """Return the words of a rule for a member who does not exist, in a configured language."""
    return _words(rule, rule.streak, _sample_situation(rule), language, SAMPLE_FIRST_NAME)


def _words(rule: ReminderRule, streak: Streak, situation: Situation, language: str, first_name: str) -> Words:
    period = PeriodKind(streak.aggregation_period)
    rendered = (
        render_text(*read_text_and_language(rule, ReminderRule, name, language), period, situation)
        for name in ("subject", "text")
    )
    subject, text = (address(one, first_name) for one in rendered)
    return Words(language, " ".join(subject.split()), text)


def _sample_situation(rule: ReminderRule) -> Situation:
    """Return where a member may stand when the reminder comes: after three periods, and just before a milestone."""
    streak, targets = rule.streak, live_milestone_targets(rule.streak)
    value = max(0, min(SAMPLE_VALUE, streak.completion_target_value - 1))
    if rule.type == ReminderType.MILESTONE_NEAR:
        value = min(targets, default=value + 1) - 1
    is_saved, is_broken = rule.type == ReminderType.FREEZE_USED, rule.type == ReminderType.BROKEN
    return Situation(
        status=RunStatus.BROKEN if is_broken else RunStatus.IN_PROGRESS,
        value=value,
        total=Decimal(0),
        is_complete=False,
        target=streak.aggregation_target_value,
        completion_target=streak.completion_target_value,
        milestones=targets,
        freezes_left=max(0, streak.freeze_max_count - 1),
        freeze_max_count=streak.freeze_max_count,
        has_used_freeze=is_saved,
    )
