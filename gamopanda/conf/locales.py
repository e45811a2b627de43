"""What CLDR says of a language: its decimal separator, its plural forms and its names of days and months."""

from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, get_day_names
from babel.numbers import get_decimal_symbol
from babel.units import format_unit


@cache
def locale_of(language: str) -> Locale:
    """Return the locale of a language, of the nearest one where CLDR does not have it, or English."""
    parts = language.split("-")
    while parts:
        try:
            return Locale.parse("-".join(parts), sep="-")
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return Locale("en")


@cache
def decimal_separator(language: str) -> str:
    """Return the character between units and tenths."""
    return get_decimal_symbol(locale_of(language))


@cache
def plural_categories(language: str) -> tuple[str, ...]:
    """Return the plural categories, such as one and other, in the order of CLDR."""
    own = {*locale_of(language).plural_form.tags, "other"}
    return tuple(name for name in ("zero", "one", "two", "few", "many", "other") if name in own)


@cache
def plural_category_of(language: str) -> Callable[[int], str]:
    """Return the function that names the plural category of a whole number."""
    return lru_cache(maxsize=1024)(locale_of(language).plural_form)


def count_of_units(language: str, unit: str, number: int) -> str:
    """Return a number of days, weeks or months, such as 2 days; `unit` is day, week or month.

    French has a no-break space there, and other languages have none.
    """
    counted = format_unit(number, f"duration-{unit}", length="long", locale=locale_of(language))
    return counted.replace("\N{NO-BREAK SPACE}", " ")


def weekday_name(language: str, weekday: int) -> str:
    """Return the name of a weekday, 0 for Monday."""
    return str(get_day_names("wide", context="format", locale=locale_of(language))[weekday])


def day_and_month(language: str, day: date) -> str:
    """Return a date without its year, such as December 4."""
    return format_skeleton("MMMMd", day, locale=locale_of(language))
