"""Every default text in every shipped language, period and count, in a file for people to read (S34, S62, S63).

After a change `DEBUG=1 DJANGO_SETTINGS_MODULE=gamopanda.settings python -m streaks.tests.test_default_texts` writes it.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django import setup
from django.conf import settings

if __name__ == "__main__":
    setup()

from gamopanda.api.serializers.language import read_text_and_language
from gamopanda.conf.locales import decimal_separator
from streaks.core import messages
from streaks.core.messages import Situation
from streaks.core.runs import RunStatus
from streaks.models import AggregationPeriod, Streak, texts
from streaks.presenters.display import display_for

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

GOLDEN = Path(__file__).parent / "data" / "default_texts.txt"
COUNTS = (1, 2, 3, 11, 100)
LABELS = [name for name in texts.DEFAULTS if name not in messages.MESSAGES]
TRANSLATED = [language for language in settings.LANGUAGE_NAMES if language != "en"]
# Words that Spanish, Portuguese and German have as well.
ALSO_ENGLISH = {"a", "has", "details"}


def messages_of(language: str, period: AggregationPeriod, count: int) -> dict[str, str]:
    """Return the messages where `count` periods are done and as many are missing."""
    in_progress = RunStatus.IN_PROGRESS
    situation = Situation(
        in_progress,
        count,
        Decimal("29.50"),
        False,
        Decimal(50),
        completion_target=2 * count,
        freezes_left=count,
        freeze_max_count=2 * count,
    )
    display = display_for(Streak(aggregation_period=period), situation, language)
    assert {*display["messageLanguages"], display["statusLabelLanguage"]} == {language}
    return display["rendered"]


def labels_of(language: str) -> list[str]:
    read = [read_text_and_language(Streak(), Streak, name, language) for name in LABELS]
    assert {code for _text, code in read} == {language}
    return [text for text, _code in read]


def sentences_of(language: str, period: AggregationPeriod) -> list[str]:
    """Return each message with all counts, and each sentence once."""
    by_count = [messages_of(language, period, count) for count in COUNTS]
    return list(dict.fromkeys(rendered[name] for name in by_count[0] for rendered in by_count))


def lines() -> Iterator[str]:
    for language in settings.LANGUAGE_NAMES:
        yield from (f"# {language}", *labels_of(language))
        for period in AggregationPeriod:
            yield from ("", f"## {language}, {period}", *sentences_of(language, period))
        yield ""


def all_sentences(language: str) -> list[str]:
    return [sentence for period in AggregationPeriod for sentence in sentences_of(language, period)]


def words_of(sentences: list[str]) -> set[str]:
    return {word.lower() for sentence in sentences for word in re.findall(r"[A-Za-zÀ-ÿ']+", sentence)}


def test_every_default_reads_as_in_the_file() -> None:
    assert list(lines()) == GOLDEN.read_text(encoding="utf-8").split("\n")


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_default_has_an_english_word_in_it_or_a_number_of_another_language(language: str) -> None:
    sentences = all_sentences(language)
    english = words_of(labels_of("en") + all_sentences("en"))
    assert words_of(labels_of(language) + sentences) & english <= ALSO_ENGLISH
    amounts = re.findall(r"\d+[.,]\d+", " ".join(sentences))
    assert set(amounts) == {f"20{decimal_separator(language)}50"}


@pytest.mark.parametrize("language", settings.LANGUAGE_NAMES)
def test_every_default_is_filled_in_and_fits(language: str) -> None:
    sentences = all_sentences(language)
    assert not any("{{" in sentence or "}}" in sentence for sentence in sentences)
    assert max(map(len, sentences)) <= texts.MESSAGE_LENGTH
    assert max(map(len, labels_of(language))) <= texts.LABEL_LENGTH


def test_no_line_ends_before_a_french_mark_and_no_hindi_sentence_ends_in_what_reads_as_a_one() -> None:
    french = " ".join(all_sentences("fr"))
    assert set(re.findall(r"(.)[!?:;]", french)) == {"\N{NO-BREAK SPACE}"}
    assert not re.search(r"\d।", " ".join(all_sentences("hi")))


if __name__ == "__main__":
    GOLDEN.write_text("\n".join(lines()), encoding="utf-8")
