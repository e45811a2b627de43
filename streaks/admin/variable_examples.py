"""What the variables of a message become in each language, for those who write one (S63)."""

from decimal import Decimal
from functools import cache

from django.conf import settings

from gamopanda.conf.languages import nearest_language
from gamopanda.conf.locales import plural_categories, plural_category_of
from streaks.core.messages import VARIABLES, Situation, variables
from streaks.core.periods import PeriodKind
from streaks.core.runs import RunStatus
from streaks.models.phrases import words_for

COUNTS = (1, 2, 3, 11, 100)
"""Numbers that take different forms in some language."""


@cache
def examples_of_variables() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return language -> period -> variable -> its values for some counts, each once."""
    codes = [code for code, _name in settings.LANGUAGES]
    return {code: {period.value: _examples(code, period) for period in PeriodKind} for code in codes}


def _examples(language: str, period: PeriodKind) -> dict[str, list[str]]:
    words = words_for(language, period)
    values = [variables(_situation(count), words) for count in COUNTS]
    is_shipped = nearest_language(language, settings.LANGUAGE_NAMES) is not None
    names = [name for name, one in VARIABLES.items() if is_shipped or not one.needs_phrases]
    return {name: list(dict.fromkeys(each[name] for each in values)) for name in names}


def _situation(count: int) -> Situation:
    """Return the situation in which as many periods are done as are missing."""
    return Situation(
        RunStatus.IN_PROGRESS,
        count,
        Decimal("29.50"),
        False,
        Decimal(50),
        completion_target=2 * count,
        freezes_left=count,
        freeze_max_count=count,
    )


@cache
def plural_forms() -> dict[str, dict[str, list[int]]]:
    """Return language -> plural category -> which of some counts take it."""
    return {
        code: {
            category: [count for count in COUNTS if plural_category_of(code)(count) == category]
            for category in plural_categories(code)
        }
        for code, _name in settings.LANGUAGES
    }
