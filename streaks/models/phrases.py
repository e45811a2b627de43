"""What the periods of a streak are called inside a sentence, in each language (S63).

The phrases of the shipped languages are written here; counted periods, such as 2 days, are those of CLDR. Of any other
language the name of a period stands in a catalog.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from django.utils import translation
from django.utils.translation import pgettext_lazy

from gamopanda.conf import locales
from gamopanda.conf.languages import nearest_language
from streaks.core.messages import LaterDay
from streaks.core.periods import PeriodKind

DAILY, WEEKLY, MONTHLY = PeriodKind.DAILY, PeriodKind.WEEKLY, PeriodKind.MONTHLY
ENGLISH = "en"
SATURDAY = 5
UNITS = {DAILY: "day", WEEKLY: "week", MONTHLY: "month"}

PERIOD_TEXTS = {
    DAILY: pgettext_lazy("period", "day"),
    WEEKLY: pgettext_lazy("period", "week"),
    MONTHLY: pgettext_lazy("period", "month"),
}


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases for one period; {} is a number. `counts` are the plural forms that differ from those of CLDR."""

    this: str
    next: str
    name: str
    counts: Mapping[str, str] = field(default_factory=dict)


SHIPPED: Mapping[str, Mapping[PeriodKind, Phrases]] = {
    "en": {
        DAILY: Phrases("today", "tomorrow", "day {}"),
        WEEKLY: Phrases("this week", "next week", "week {}"),
        MONTHLY: Phrases("this month", "next month", "month {}"),
    },
    "es": {
        DAILY: Phrases("hoy", "mañana", "el día {}"),
        WEEKLY: Phrases("esta semana", "la próxima semana", "la semana {}"),
        MONTHLY: Phrases("este mes", "el próximo mes", "el mes {}"),
    },
    "fr": {
        DAILY: Phrases("aujourd'hui", "demain", "le jour {}"),
        WEEKLY: Phrases("cette semaine", "la semaine prochaine", "la semaine {}"),
        MONTHLY: Phrases("ce mois-ci", "le mois prochain", "le mois {}"),
    },
    "de": {
        DAILY: Phrases("heute", "morgen", "Tag {}"),
        WEEKLY: Phrases("diese Woche", "nächste Woche", "Woche {}"),
        MONTHLY: Phrases("diesen Monat", "nächsten Monat", "Monat {}"),
    },
    "pt": {
        DAILY: Phrases("hoje", "amanhã", "o dia {}"),
        WEEKLY: Phrases("esta semana", "na próxima semana", "a semana {}"),
        MONTHLY: Phrases("este mês", "no próximo mês", "o mês {}"),
    },
    "ar": {
        DAILY: Phrases("اليوم", "غدًا", "اليوم {}", {"one": "يوم واحد"}),
        WEEKLY: Phrases("هذا الأسبوع", "الأسبوع القادم", "الأسبوع {}", {"one": "أسبوع واحد"}),
        MONTHLY: Phrases("هذا الشهر", "الشهر القادم", "الشهر {}", {"one": "شهر واحد"}),
    },
    "hi": {
        DAILY: Phrases("आज", "कल", "दिन {}"),
        WEEKLY: Phrases("इस हफ़्ते", "अगले हफ़्ते", "हफ़्ता {}", {"one": "{} हफ़्ता", "other": "{} हफ़्ते"}),
        MONTHLY: Phrases("इस महीने", "अगले महीने", "महीना {}"),
    },
    "ja": {
        DAILY: Phrases("今日", "明日", "{}日目", {"other": "{}日"}),
        WEEKLY: Phrases("今週", "来週", "{}週目", {"other": "{}週間"}),
        MONTHLY: Phrases("今月", "来月", "{}か月目", {"other": "{}か月"}),
    },
}

# On a workday, on a day of the weekend, and on a date.
LATER_DAYS: Mapping[str, tuple[str, str, str]] = {
    "en": ("{}", "{}", "on {}"),
    "es": ("el {}", "el {}", "el {}"),
    "fr": ("{}", "{}", "le {}"),
    "de": ("am {}", "am {}", "am {}"),
    "pt": ("na {}", "no {}", "em {}"),
    "ar": ("يوم {}", "يوم {}", "في {}"),
    "hi": ("{} को", "{} को", "{} को"),
    "ja": ("{}", "{}", "{}"),
}


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """The words of a language for one period, as templates need them."""

    language: str
    period: PeriodKind
    period_text: str
    decimal_separator: str
    phrases: Phrases

    @property
    def this_period(self) -> str:
        """Return today, this week or this month."""
        return self.phrases.this

    def next_period(self, later: LaterDay | None) -> str:
        """Return tomorrow, next week or next month, or the name of a later day."""
        if later is None:
            return self.phrases.next
        workday, weekend, on_date = LATER_DAYS[nearest_language(self.language, LATER_DAYS) or ENGLISH]
        if not later.is_within_a_week:
            return on_date.format(locales.day_and_month(self.language, later.day))
        weekday = later.day.weekday()
        return (weekend if weekday >= SATURDAY else workday).format(locales.weekday_name(self.language, weekday))

    def name_of(self, number: int) -> str:
        """Return the name of a period by its number, such as day 4."""
        return self.phrases.name.format(number)

    def count_of(self, number: int) -> str:
        """Return a number of periods, such as 2 days."""
        form = self.phrases.counts.get(self.plural_category(number))
        if form is None:
            return locales.count_of_units(self.language, UNITS[self.period], number)
        return form.format(number)

    def plural_category(self, number: int) -> str:
        """Return which form a number takes, such as one or other."""
        return locales.plural_category_of(self.language)(number)


@cache
def words_for(language: str, period: PeriodKind) -> PeriodWords:
    """Return the words of a configured language for a period."""
    with translation.override(language):
        period_text = str(PERIOD_TEXTS[period])
    shipped = nearest_language(language, SHIPPED)
    if shipped is not None:
        phrases = SHIPPED[shipped][period]
    else:
        phrases = replace(SHIPPED[ENGLISH][period], name=f"{period_text} {{}}")
    return PeriodWords(language, period, period_text, locales.decimal_separator(language), phrases)
