"""What the end user reads about a streak (S30–S34, S62).

The core decides which texts and which values; this adds the language. Every value in a text is in the language of that
text, and the variables by themselves are in that of the reader.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypedDict

from gamopanda.api.models import Status
from gamopanda.api.naming import camel_case
from gamopanda.api.serializers.language import read_text_and_language
from gamopanda.api.serializers.memoising import memoise
from streaks.core import messages
from streaks.core.messages import LaterDay, Situation
from streaks.core.periods import Calendar, PeriodKind
from streaks.core.rules import Rules
from streaks.core.runs import RunStatus
from streaks.fields import as_decimal
from streaks.models import Streak, StreakProgress, TaskProgress
from streaks.models.phrases import ENGLISH, words_for
from streaks.presenters.current_period import period_at
from streaks.progress.streak_cache import rules_of

_TEXTS = (*messages.MESSAGES, *messages.LABELS.values())
_WIRE_NAMES = {name: camel_case(name) for name in messages.MESSAGES}
DAYS_OF_WEEK = 7
SAMPLE_FIRST_NAME = "Ann"
"""The first name of members who do not exist, in previews."""


class Display(TypedDict):
    """The texts as the API shows them: `rendered` has every message by its field, `messages` those to show now."""

    statusLabel: str
    statusLabelLanguage: str
    messages: list[str]
    messageLanguages: list[str]
    variables: dict[str, str]
    rendered: dict[str, str]


def situation_of(
    streak: Streak,
    run: StreakProgress | None,
    task: TaskProgress | None,
    now: datetime,
    calendar: Calendar | None = None,
) -> Situation:
    """Return the situation of a member: the displayed run, None before the first, and the current period at `now`.

    `task` is the member's total in the period that contains `now`, None when nothing was logged in it. `calendar` is
    the member's own, None where that of the streak counts. Reads `run.streak`, `run.protection` and
    `streak.milestones`: select and prefetch them in lists.
    """
    total = Decimal(0) if task is None else task.total
    today, *_bounds = period_at(calendar or streak.calendar, now)
    rules = rules_of(streak)
    target, status = as_decimal(rules.target_for(today)), None if run is None else run.status_at(now)
    judged = run.ends_on if run is not None and status is RunStatus.COMPLETED else today
    return Situation(
        status=status,
        value=0 if run is None else run.current_progress_value,
        total=total,
        is_complete=total >= target,
        target=target,
        completion_target=rules.completion_for(judged),
        milestones=live_milestone_targets(streak),
        later_day=memoise(streak, ("later day", today), lambda: _later_day(today, rules)),
        **_freezes(run, rules, today),
    )


def _freezes(run: Any, rules: Rules, today: date) -> dict[str, Any]:
    """Return what a situation says of freezes (S51); before the first activity they are those at the start."""
    if run is not None:
        protection = run.protection
        return {
            "freezes_left": protection.freezes_left,
            "freeze_max_count": protection.freezes_max,
            "has_used_freeze": protection.has_used_freeze,
        }
    settings = rules.version_for(today).freezes
    return {} if settings is None else {"freezes_left": settings.initial, "freeze_max_count": settings.maximum}


def _later_day(today: date, rules: Rules) -> LaterDay | None:
    """Return the next day that counts where rest days come before it (S40)."""
    tomorrow = rules.calendar.following(today)
    due = rules.next_due(tomorrow)
    return None if due == tomorrow else LaterDay(due, (due - today).days < DAYS_OF_WEEK)


def live_milestone_targets(streak: Streak) -> tuple[int, ...]:
    """Return at which periods the milestones lie that can be reached, in order."""
    return memoise(streak, "targets", lambda: _targets(streak))


def _targets(streak: Streak) -> tuple[int, ...]:
    milestones = (row for row in streak.milestones_to_reach() if row.status == Status.LIVE and row.deleted_at is None)
    return tuple(sorted(milestone.milestone_target_value for milestone in milestones))


def display_for(streak: Streak, situation: Situation, language: str, first_name: str = "") -> Display:
    """Return the label, messages and variables for a member in a situation, for a reader of a configured language.

    The first name is empty for guests. It is filled in last, so that what is kept for other readers has no names.
    """
    texts = _texts_in(streak, language)
    display = _display(texts, streak.aggregation_period, situation, language)
    return _addressed(display, first_name) if _say_name(texts) else display


def addresses_by_name(streak: Streak, language: str) -> bool:
    """Return whether a text of a streak says the first name of its reader."""
    return _say_name(_texts_in(streak, language))


def _say_name(texts: tuple[tuple[str, str], ...]) -> bool:
    return any(messages.FIRST_NAME in text for text, _code in texts)


def _addressed(display: Display, first_name: str) -> Display:
    rendered = {name: messages.address(text, first_name) for name, text in display["rendered"].items()}
    shown = [messages.address(text, first_name) for text in display["messages"]]
    return {**display, "messages": shown, "rendered": rendered}


def _texts_in(streak: Streak, language: str) -> tuple[tuple[str, str], ...]:
    return memoise(streak, ("texts", language), lambda: _texts_of(streak, language))


def _texts_of(streak: Streak, language: str) -> tuple[tuple[str, str], ...]:
    """Return the messages and labels of a streak with their languages, in the order of `_TEXTS`."""
    return tuple(read_text_and_language(streak, Streak, name, language) for name in _TEXTS)


# Most readers of a streak are in one of a few situations.
@lru_cache(maxsize=2048)
def _display(texts: tuple[tuple[str, str], ...], period: str, situation: Situation, language: str) -> Display:
    by_name = dict(zip(_TEXTS, texts, strict=True))
    rendered = {name: render_text(*by_name[name], PeriodKind(period), situation) for name in messages.MESSAGES}
    label, label_language = by_name[messages.label_field(situation.status)]
    names = messages.message_fields(situation)
    return Display(
        statusLabel=label,
        statusLabelLanguage=label_language,
        messages=[rendered[name] for name in names],
        messageLanguages=[by_name[name][1] for name in names],
        variables=dict(_values(situation, language, PeriodKind(period))),
        rendered={_WIRE_NAMES[name]: text for name, text in rendered.items()},
    )


def render_text(template: str, language: str, period: PeriodKind, situation: Situation) -> str:
    """Fill in a text that is in a language, with values in the same one (S62); all but the first name."""
    if language.partition("-")[0] == ENGLISH:
        template = messages.with_english_plural(template)
    values = _values(situation, language, period)
    return messages.render(template, values, words_for(language, period).plural_category)


@lru_cache(maxsize=2048)
def _values(situation: Situation, language: str, period: PeriodKind) -> dict[str, str]:
    return messages.variables(situation, words_for(language, period))
