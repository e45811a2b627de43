"""What the end user reads about a streak, in one language (S30–S34).

The core decides which texts and which values; this adds the language: the nouns of periods, the decimal separator and
the texts that the marketer has written.
"""

from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TypedDict

from django.utils import translation
from django.utils.formats import get_format
from django.utils.translation import pgettext_lazy

from gamopanda.api.models import Status
from gamopanda.api.naming import camel_case
from gamopanda.api.serializers.language import read_text
from gamopanda.api.serializers.memoising import memoise
from streaks.core import messages
from streaks.core.messages import Situation
from streaks.models import AggregationPeriod, Streak, StreakProgress, TaskProgress

# As used inside a sentence.
PERIOD_TEXTS = {
    AggregationPeriod.DAILY: pgettext_lazy("period", "day"),
    AggregationPeriod.WEEKLY: pgettext_lazy("period", "week"),
    AggregationPeriod.MONTHLY: pgettext_lazy("period", "month"),
}

_TEXTS = (*messages.MESSAGES, *messages.LABELS.values())
_SHOWN = {name: camel_case(name) for name in messages.MESSAGES}


class Display(TypedDict):
    """The texts as the API shows them: `rendered` has every message by its field, `messages` those to show now."""

    statusLabel: str
    messages: list[str]
    variables: dict[str, str]
    rendered: dict[str, str]


def situation_of(streak: Streak, run: StreakProgress | None, task: TaskProgress | None, now: datetime) -> Situation:
    """Return the situation of a member: the displayed run, None before the first, and the current period at `now`.

    `task` is the member's total in the period that contains `now`, None when nothing was logged in it. Reads
    `run.streak` and `streak.milestones`: select and prefetch them in lists.
    """
    total = Decimal(0) if task is None else task.total
    return Situation(
        status=None if run is None else run.status_at(now),
        value=0 if run is None else run.current_progress_value,
        total=total,
        is_complete=total >= streak.aggregation_target_value,
        target=streak.aggregation_target_value,
        completion_target=streak.completion_target_value,
        milestones=live_milestone_targets(streak),
    )


def live_milestone_targets(streak: Streak) -> tuple[int, ...]:
    """Return at which periods the milestones lie that can be reached, in order."""
    return memoise(streak, "targets", lambda: _targets(streak))


def _targets(streak: Streak) -> tuple[int, ...]:
    milestones = (row for row in streak.milestones_to_reach() if row.status == Status.LIVE and row.deleted_at is None)
    return tuple(sorted(milestone.milestone_target_value for milestone in milestones))


def display_for(streak: Streak, situation: Situation, language: str) -> Display:
    """Return the label, messages and variables for a member in a situation, in a configured language."""
    texts = memoise(streak, ("texts", language), lambda: _texts_of(streak, language))
    return _display(texts, streak.aggregation_period, situation, language)


def _texts_of(streak: Streak, language: str) -> tuple[str, ...]:
    """Return the messages and labels of a streak, in the order of `_TEXTS`."""
    return tuple(read_text(streak, Streak, name, language) for name in _TEXTS)


# Most readers of a streak are in one of a few situations.
@lru_cache(maxsize=2048)
def _display(texts: tuple[str, ...], period: str, situation: Situation, language: str) -> Display:
    templates = dict(zip(_TEXTS, texts, strict=True))
    values = messages.variables(
        situation,
        period_text=_period_text(AggregationPeriod(period), language),
        decimal_separator=str(get_format("DECIMAL_SEPARATOR", language, use_l10n=True)),
    )
    rendered = {name: messages.render(templates[name], values) for name in messages.MESSAGES}
    return Display(
        statusLabel=templates[messages.label_field(situation.status)],
        messages=[rendered[name] for name in messages.message_fields(situation)],
        variables=values,
        rendered={_SHOWN[name]: text for name, text in rendered.items()},
    )


@cache
def _period_text(period: AggregationPeriod, language: str) -> str:
    with translation.override(language):
        return str(PERIOD_TEXTS[period])
