"""What the end user reads: which label, which messages, and the values of their variables (S30–S33)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Protocol

from streaks.core.runs import RunStatus

LABELS = {
    None: "eud_not_started_label",
    RunStatus.IN_PROGRESS: "eud_in_progress_label",
    RunStatus.COMPLETED: "eud_completed_label",
    RunStatus.BROKEN: "eud_broken_label",
}

MILESTONE_NEXT = "eud_milestone_next_to_be_achieved_message"
NON_MILESTONE_NEXT = "eud_non_milestone_next_to_be_achieved_message"
MILESTONE_ACHIEVED = "eud_milestone_achieved_message"
NON_MILESTONE_ACHIEVED = "eud_non_milestone_achieved_message"
COMPLETED = "eud_completed_streak_message"
BROKEN = "eud_broken_streak_message"
FREEZE_USED = "eud_freeze_used_message"
MESSAGES = (
    NON_MILESTONE_NEXT,
    NON_MILESTONE_ACHIEVED,
    COMPLETED,
    BROKEN,
    MILESTONE_NEXT,
    MILESTONE_ACHIEVED,
    FREEZE_USED,
)

CENT = Decimal("0.01")
OTHER = "other"
"""The plural category that every language has."""
FIRST_NAME = "firstName"
"""The variable that is personal: no value of a situation, and filled in last."""
FALLBACK = "fallback"

BETWEEN_BRACES = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*((?:\|\s*\w+\s*:[^{}|]*)*)\}\}")
_FORM = re.compile(r"\|\s*(\w+)\s*:([^{}|]*)")
# The default of the product page says "1 days" otherwise.
_ENGLISH_PLURAL = re.compile(r"\{\{\s*nextRemainingPeriod\s*\}\} \{\{\s*periodText\s*\}\}s\b")


@dataclass(frozen=True, slots=True)
class LaterDay:
    """A day that is not tomorrow, and whether its weekday is enough to name it."""

    day: date
    is_within_a_week: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a member stands in a streak at one instant.

    `status` is that of the shown run, None before the first; `value` its completed periods; `total` and `is_complete`
    are of the current period; `milestones` are the targets of the live milestones; `later_day` is the next day
    that counts where rest days come before it. `has_used_freeze` says that a freeze saved the period that ended last.
    """

    status: RunStatus | None
    value: int
    total: Decimal
    is_complete: bool
    target: Decimal
    completion_target: int
    milestones: tuple[int, ...] = ()
    later_day: LaterDay | None = None
    freezes_left: int = 0
    freeze_max_count: int = 0
    has_used_freeze: bool = False

    @property
    def starts_anew(self) -> bool:
        """Whether the next log in a new period would start a run."""
        return self.status in {None, RunStatus.COMPLETED, RunStatus.BROKEN}

    @property
    def next_milestone(self) -> int | None:
        """The lowest live milestone above the current value."""
        return min((target for target in self.milestones if target > self.value), default=None)

    @property
    def next_value(self) -> int:
        """The period being worked toward."""
        return 1 if self.starts_anew else self.value + 1

    @property
    def remaining_value(self) -> Decimal:
        """What is missing in the current period, never below 0; the full target when a new run would start."""
        return self.target if self.starts_anew else max(self.target - self.total, Decimal(0))

    @property
    def remaining_periods(self) -> int:
        """Periods from the current value to the next live milestone, or to completion when none is left."""
        return (self.next_milestone or self.completion_target) - self.value


class Words(Protocol):
    """What a language calls the periods of a streak, and how it writes numbers (S62, S63)."""

    @property
    def decimal_separator(self) -> str: ...
    @property
    def period_text(self) -> str: ...
    @property
    def this_period(self) -> str: ...
    def next_period(self, later: LaterDay | None) -> str: ...
    def name_of(self, number: int) -> str: ...
    def count_of(self, number: int) -> str: ...
    def plural_category(self, number: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Variable:
    """A template variable; one that `is_whole` can have plural forms, such as {{name|one: # day|other: # days}}.

    One that `needs_phrases` has values in the shipped languages alone.
    """

    meaning: str
    value: Callable[[Situation, Words], str]
    is_whole: bool = False
    needs_phrases: bool = False


def _number(value: Callable[[Situation], int]) -> Callable[[Situation, Words], str]:
    return lambda situation, _words: str(value(situation))


VARIABLES = {
    "periodText": Variable("day, week or month", lambda _, words: words.period_text),
    "currentProgressValue": Variable(
        "completed periods so far, such as 3", _number(lambda at: at.value), is_whole=True
    ),
    "nextProgressValue": Variable(
        "number of the period being worked toward, such as 4", _number(lambda at: at.next_value), is_whole=True
    ),
    "nextRemainingValue": Variable(
        "what is still missing in the current period, such as 20.50",
        lambda at, words: format_number(at.remaining_value, words.decimal_separator),
    ),
    "nextRemainingPeriod": Variable(
        "periods still needed for the next milestone, or to complete when none is left, such as 2",
        _number(lambda at: at.remaining_periods),
        is_whole=True,
    ),
    "nextRemainingPeriodText": Variable(
        "the same with its period, such as 2 days", lambda at, words: words.count_of(at.remaining_periods)
    ),
    "currentPeriodName": Variable(
        "the last completed period, such as day 3", lambda at, words: words.name_of(at.value)
    ),
    "nextPeriodName": Variable(
        "the period being worked toward, such as day 4", lambda at, words: words.name_of(at.next_value)
    ),
    "thisPeriodText": Variable(
        "today, this week or this month", lambda _, words: words.this_period, needs_phrases=True
    ),
    "nextPeriodText": Variable(
        "the next period that counts, such as tomorrow, Monday, next week or next month",
        lambda at, words: words.next_period(at.later_day),
        needs_phrases=True,
    ),
    "freezesLeft": Variable(
        "freezes that the member has left, such as 1", _number(lambda at: at.freezes_left), is_whole=True
    ),
    "freezeMaxCount": Variable(
        "the most freezes that a member can have, such as 2", _number(lambda at: at.freeze_max_count), is_whole=True
    ),
}
"""Every template variable of a situation by its name, in the order in which they are listed."""
NAMES = (*VARIABLES, FIRST_NAME)
"""What can stand in a template."""


def format_number(value: Decimal, decimal_separator: str = ".") -> str:
    """Write a number for readers: whole values plain, others with exactly two decimals, rounded up (S30)."""
    if value == value.to_integral_value():
        return str(int(value))
    rounded = value.quantize(CENT, rounding=ROUND_CEILING)
    if rounded == rounded.to_integral_value():
        return str(int(rounded))
    return str(rounded).replace(".", decimal_separator)


def variables(situation: Situation, words: Words) -> dict[str, str]:
    """Return the value of every template variable, in the language of the words (S30)."""
    return {name: variable.value(situation, words) for name, variable in VARIABLES.items()}


def render(template: str, values: Mapping[str, str], plural_category: Callable[[int], str]) -> str:
    """Fill in the variables once; an unknown one stays as written, and values are never rendered again (S31).

    `plural_category` names the form that a number takes in the language of the template, such as one or other. The
    first name is left to `address`.
    """
    return "".join([_fill(piece, values, plural_category) for piece in _pieces(template)])


def address(rendered: str, first_name: str) -> str:
    """Fill the first name of the member into a rendered text, or the fallback that the text has for an empty one."""
    return "".join([_fill_name(piece, first_name.strip()) for piece in _pieces(rendered)])


def _fill_name(piece: "Placeholder", first_name: str) -> str:
    is_name = piece.name == FIRST_NAME and piece.forms
    return (first_name or dict(piece.forms)[FALLBACK]) if is_name else piece.written


def with_english_plural(template: str) -> str:
    """Return an English template that says “1 day” where it would say “1 days” (S63)."""
    return _ENGLISH_PLURAL.sub("{{nextRemainingPeriodText}}", template)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A variable as a template has it; `forms` are (plural category, text), or that of the fallback of a name."""

    name: str
    written: str
    forms: tuple[tuple[str, str], ...] = ()


def _fill(piece: Placeholder, values: Mapping[str, str], plural_category: Callable[[int], str]) -> str:
    value = values.get(piece.name)
    if value is None:
        return piece.written
    if not piece.forms:
        return value
    forms = dict(piece.forms)
    return forms.get(plural_category(int(value)), forms[OTHER]).replace("#", value)


@lru_cache(maxsize=4096)
def _pieces(template: str) -> Sequence[Placeholder]:
    """Cut a template into placeholders and the texts between, which have no name."""
    pieces, end = [], 0
    for match in PLACEHOLDER.finditer(template):
        pieces.append(Placeholder("", template[end : match.start()]))
        placeholder = _placeholder(match)
        pieces.append(placeholder if _can_be_filled(placeholder) else Placeholder("", match[0]))
        end = match.end()
    return [*pieces, Placeholder("", template[end:])]


def _placeholder(match: "re.Match[str]") -> Placeholder:
    forms = tuple((category, text.strip()) for category, text in _FORM.findall(match[2]))
    return Placeholder(match[1], match[0], forms)


def _can_be_filled(placeholder: Placeholder) -> bool:
    """Say whether plural forms, or a fallback, are such as can be saved; others stay as written."""
    if placeholder.name == FIRST_NAME:
        return has_fallback(placeholder)
    if not placeholder.forms:
        return True
    return placeholder.name in VARIABLES and VARIABLES[placeholder.name].is_whole and OTHER in dict(placeholder.forms)


def has_fallback(placeholder: Placeholder) -> bool:
    """Return whether a name has a fallback, and nothing else."""
    return [name for name, text in placeholder.forms if text] == [FALLBACK] and len(placeholder.forms) == 1


def placeholders(template: str) -> list[Placeholder]:
    """Return the variables of a template, known or not, in order of appearance."""
    return [_placeholder(match) for match in PLACEHOLDER.finditer(template)]


def unknown_variables(template: str) -> list[str]:
    """Return the names between double braces that are no variables, in order of appearance (S31)."""
    found = ((match[1], PLACEHOLDER.fullmatch(match[0])) for match in BETWEEN_BRACES.finditer(template))
    names = (placeholder[1] if placeholder else written for written, placeholder in found)
    return [name for name in names if name not in NAMES]


def label_field(status: RunStatus | None) -> str:
    """Return the name of the text that labels a status (S32)."""
    return LABELS[status]


def message_fields(situation: Situation) -> list[str]:
    """Return the names of the messages to show, most important first (S33, S51)."""
    names = _fields_of_status(situation)
    is_saved = situation.status is RunStatus.IN_PROGRESS and situation.has_used_freeze
    return [FREEZE_USED, *names] if is_saved else names


def _fields_of_status(situation: Situation) -> list[str]:
    if situation.status is RunStatus.COMPLETED:
        return [COMPLETED]
    if situation.status is RunStatus.BROKEN:
        return [BROKEN]
    if situation.status is RunStatus.IN_PROGRESS and situation.is_complete:
        return [MILESTONE_ACHIEVED if situation.value in situation.milestones else NON_MILESTONE_ACHIEVED]
    return [NON_MILESTONE_NEXT] if situation.next_milestone is None else [MILESTONE_NEXT, NON_MILESTONE_NEXT]
