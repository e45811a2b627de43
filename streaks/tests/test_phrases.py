"""Phrases and plural forms in each language, and what is refused (S63)."""

from typing import cast

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import TextField
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from gamopanda.conf.locales import plural_categories, plural_category_of
from streaks.admin.variable_examples import examples_of_variables, plural_forms
from streaks.core.messages import render
from streaks.core.periods import PeriodKind
from streaks.models import Streak
from streaks.models.phrases import LATER_DAYS, SHIPPED, words_for
from streaks.validators import validate_message

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

COUNTED = {
    "en": ["1 day", "2 days", "3 days", "11 days", "100 days", "1 week", "2 weeks", "1 month", "2 months"],
    "es": ["1 día", "2 días", "3 días", "11 días", "100 días", "1 semana", "2 semanas", "1 mes", "2 meses"],
    "fr": ["1 jour", "2 jours", "3 jours", "11 jours", "100 jours", "1 semaine", "2 semaines", "1 mois", "2 mois"],
    "de": ["1 Tag", "2 Tage", "3 Tage", "11 Tage", "100 Tage", "1 Woche", "2 Wochen", "1 Monat", "2 Monate"],
    "pt": ["1 dia", "2 dias", "3 dias", "11 dias", "100 dias", "1 semana", "2 semanas", "1 mês", "2 meses"],
    "ar": ["يوم واحد", "يومان", "3 أيام", "11 يومًا", "100 يوم", "أسبوع واحد", "أسبوعان", "شهر واحد", "شهران"],
    "hi": ["1 दिन", "2 दिन", "3 दिन", "11 दिन", "100 दिन", "1 हफ़्ता", "2 हफ़्ते", "1 महीना", "2 महीने"],
    "ja": ["1日", "2日", "3日", "11日", "100日", "1週間", "2週間", "1か月", "2か月"],
    "sv": ["1 dygn", "2 dygn", "3 dygn", "11 dygn", "100 dygn", "1 vecka", "2 veckor", "1 månad", "2 månader"],
}


@pytest.mark.parametrize("language", COUNTED)
def test_a_number_of_periods_is_a_phrase_of_the_language(language: str) -> None:
    daily, weekly, monthly = (words_for(language, period) for period in PeriodKind)
    counted = [daily.count_of(number) for number in (1, 2, 3, 11, 100)]
    counted += [words.count_of(number) for words in (weekly, monthly) for number in (1, 2)]
    assert counted == COUNTED[language]


def test_every_shipped_language_has_its_phrases_and_only_plural_forms_of_its_own() -> None:
    assert set(SHIPPED) == set(LATER_DAYS) == set(settings.LANGUAGE_NAMES)
    for language, by_period in SHIPPED.items():
        assert list(by_period) == list(PeriodKind)
        for phrases in by_period.values():
            assert set(phrases.counts) <= set(plural_categories(language))


def test_regions_have_the_phrases_of_their_language_and_other_languages_their_own_period() -> None:
    assert words_for("pt-br", PeriodKind.WEEKLY).name_of(4) == "a semana 4"
    assert words_for("sv", PeriodKind.DAILY).name_of(4) == "dag 4"
    assert words_for("zh-hant-tw", PeriodKind.DAILY).count_of(2) == "2 天"


def test_those_who_write_see_what_a_variable_becomes_in_each_language_and_period() -> None:
    examples = examples_of_variables()
    assert list(examples) == list(settings.LANGUAGE_NAMES)
    assert examples["ar"]["daily"]["nextRemainingPeriodText"] == ["يوم واحد", "يومان", "3 أيام", "11 يومًا", "100 يوم"]
    assert examples["de"]["weekly"]["currentPeriodName"] == ["Woche 1", "Woche 2", "Woche 3", "Woche 11", "Woche 100"]
    assert examples["ja"]["monthly"]["nextPeriodText"] == ["来月"]
    assert plural_forms()["en"] == {"one": [1], "other": [2, 3, 11, 100]}
    assert plural_forms()["ja"] == {"other": [1, 2, 3, 11, 100]}


# --- plural forms in a text ------------------------------------------------------------------------------------------

TAKEN = [
    ("en", "{{nextRemainingPeriod|one: # day|other: # days}} to go"),
    ("en", "{{ currentProgressValue | one:first | other: no. # }}"),
    ("de", "{{nextProgressValue|other:#}} {{nextRemainingPeriodText}}"),
    ("ar", "{{nextRemainingPeriod|zero:a|one:b|two:c|few:d|many:e|other:f}}"),
    ("ja", "{{nextRemainingPeriod|other:#日}}"),
    ("sv", "{{nextPeriodName}}: {{nextRemainingPeriodText}}"),
    ("pt-br", "{{thisPeriodText}}"),
]
REFUSED = [
    ("en", "{{nextRemainingPeriod|one: # day}}", "plural_forms", "other"),
    ("en", "{{nextRemainingPeriod|two: # days|other: # days}}", "plural_forms", "one, other"),
    ("ja", "{{nextRemainingPeriod|one: #日|other: #日}}", "plural_forms", "other"),
    ("ar", "{{nextRemainingPeriod|some: #|other: #}}", "plural_forms", "zero, one, two, few, many, other"),
    ("en", "{{nextRemainingPeriod|one: a|one: b|other: c}}", "plural_forms", "one, other"),
    ("en", "{{nextRemainingValue|one: #|other: #}}", "plural_forms", "{{nextRemainingPeriod}}"),
    ("en", "{{periodText|one: #|other: #}}", "plural_forms", "{{nextProgressValue}}"),
    ("en", "{{nextRemainingPeriods|one: #|other: #}}", "unknown_variable", "{{nextRemainingPeriod}}"),
    ("en", "{{nextRemainingPeriod|upper}}", "unknown_variable", "{{nextRemainingPeriod}}"),
    ("en", "{{nextRemainingPeriod|one: {{periodText}}|other: #}}", "unpaired_braces", "{{"),
    ("sv", "{{thisPeriodText}}", "unknown_variable", "sv"),
]


@pytest.mark.parametrize(("language", "text"), TAKEN)
def test_s63_forms_of_the_language_are_taken(language: str, text: str) -> None:
    with translation.override(language):
        validate_message(text)


@pytest.mark.parametrize(("language", "text", "code", "named"), REFUSED)
def test_s63_other_forms_are_refused_with_those_that_the_language_has(
    language: str, text: str, code: str, named: str
) -> None:
    with translation.override(language), pytest.raises(ValidationError) as refused:
        validate_message(text)
    assert refused.value.code == code
    assert named in refused.value.messages[0]


def test_s63_a_column_is_held_to_the_forms_of_its_own_language() -> None:
    two = "{{nextRemainingPeriod|two: يومان|other: #}}"
    field = "eud_broken_streak_message"
    arabic, english = (cast("TextField[str, str]", Streak._meta.get_field(f"{field}_{code}")) for code in ("ar", "en"))
    arabic.run_validators(two)
    with pytest.raises(ValidationError, match="one, other"):
        english.run_validators(two)


FORM_TEXTS = st.text(st.characters(exclude_characters="{}|#", exclude_categories=["Cs"]), max_size=8).map(str.strip)


@given(st.sampled_from(sorted(COUNTED)), st.integers(0, 10**6), st.data())
def test_s63_any_number_takes_the_form_of_its_category_and_other_where_that_is_not_written(
    language: str, number: int, data: st.DataObject
) -> None:
    own = plural_categories(language)
    written = data.draw(
        st.sets(st.sampled_from(own)).map(lambda some: [name for name in own if name in {*some, "other"}])
    )
    forms = {name: f"{data.draw(FORM_TEXTS)} {name}" for name in written}
    template = "a{{nextRemainingPeriod" + "".join(f"|{name}: {text} #" for name, text in forms.items()) + "}}b"
    with translation.override(language):
        validate_message(template)
    category = plural_category_of(language)
    expected = forms.get(category(number), forms["other"]).strip()
    assert render(template, {"nextRemainingPeriod": str(number)}, category) == f"a{expected} {number}b"
