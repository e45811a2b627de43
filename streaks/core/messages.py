"""What the end user reads: which label, which messages, and the values of their variables (S30–S33)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from streaks.core.runs import RunStatus

VARIABLES = {
    "periodText": "day, week or month, in the language of the reader",
    "currentProgressValue": "completed periods so far, such as 3",
    "nextProgressValue": "number of the period being worked toward, such as 4",
    "nextRemainingValue": "what is still missing in the current period, such as 20.50",
    "nextRemainingPeriod": "periods still needed for the next milestone, or to complete when none is left, such as 2",
}

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
MESSAGES = (NON_MILESTONE_NEXT, NON_MILESTONE_ACHIEVED, COMPLETED, BROKEN, MILESTONE_NEXT, MILESTONE_ACHIEVED)

CENT = Decimal("0.01")
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a member stands in a streak at one instant.

    `status` is that of the shown run, None before the first; `value` its completed periods; `total` and `is_complete`
    are of the current period; `milestones` are the targets of the live milestones.
    """

    status: RunStatus | None
    value: int
    total: Decimal
    is_complete: bool
    target: Decimal
    completion_target: int
    milestones: tuple[int, ...] = ()

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


def format_number(value: Decimal, decimal_separator: str = ".") -> str:
    """Write a number for readers: whole values plain, others with exactly two decimals, rounded up (S30)."""
    if value == value.to_integral_value():
        return str(int(value))
    rounded = value.quantize(CENT, rounding=ROUND_CEILING)
    if rounded == rounded.to_integral_value():
        return str(int(rounded))
    return str(rounded).replace(".", decimal_separator)


def variables(situation: Situation, *, period_text: str, decimal_separator: str = ".") -> dict[str, str]:
    """Return the value of every template variable, written for the reader (S30)."""
    return {
        "periodText": period_text,
        "currentProgressValue": str(situation.value),
        "nextProgressValue": str(situation.next_value),
        "nextRemainingValue": format_number(situation.remaining_value, decimal_separator),
        "nextRemainingPeriod": str(situation.remaining_periods),
    }


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill in the known variables once; an unknown one stays as written, and values are never rendered again (S31)."""
    return "".join([values.get(name, written) for name, written in _pieces(template)])


@lru_cache(maxsize=4096)
def _pieces(template: str) -> Sequence[tuple[str, str]]:
    """Cut a template into placeholders, each with the name of its variable, and the texts between, without a name."""
    pieces, end = [], 0
    for match in PLACEHOLDER.finditer(template):
        pieces += [("", template[end : match.start()]), (match[1], match[0])]
        end = match.end()
    return [*pieces, ("", template[end:])]


def unknown_variables(template: str) -> list[str]:
    """Return the names between double braces that are no variables, in order of appearance (S31)."""
    return [name for name in re.findall(r"\{\{\s*(.*?)\s*\}\}", template, re.DOTALL) if name not in VARIABLES]


def label_field(status: RunStatus | None) -> str:
    """Return the name of the text that labels a status (S32)."""
    return LABELS[status]


def message_fields(situation: Situation) -> list[str]:
    """Return the names of the messages to show, most important first (S33)."""
    if situation.status is RunStatus.COMPLETED:
        return [COMPLETED]
    if situation.status is RunStatus.BROKEN:
        return [BROKEN]
    if situation.status is RunStatus.IN_PROGRESS and situation.is_complete:
        return [MILESTONE_ACHIEVED if situation.value in situation.milestones else NON_MILESTONE_ACHIEVED]
    return [NON_MILESTONE_NEXT] if situation.next_milestone is None else [MILESTONE_NEXT, NON_MILESTONE_NEXT]
