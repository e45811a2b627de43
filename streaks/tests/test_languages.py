"""The languages of the end-user texts: those shipped, one more, and where a missing text is looked for (S34)."""

import json
import os
import re
import secrets
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from gamopanda.api.serializers.language import read_text_and_language
from gamopanda.conf.languages import fallback_languages, with_extra_languages
from gamopanda.tests.commands import run_manage
from streaks.api.fields import icon_path
from streaks.models import Milestone, Streak
from streaks.models.texts import DEFAULTS
from streaks.models.translated_texts import TRANSLATED_DEFAULTS
from streaks.progress.lifecycle import duplicate_streak
from streaks.tests.calling import make_streak
from streaks.tests.pictures import PICTURES

SHIPPED = ["en", "es", "fr", "de", "pt", "ar", "hi", "ja"]
CATALOGS = sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po"))
ENTRY = re.compile(r'(?:^msgctxt "(.+)"\n)?^msgid "(.+)"\nmsgstr "(.+)"$', re.MULTILINE)

# The table "Labels" and the table of messages of the product page.
ACHIEVED = (
    "You have completed {{periodText}} {{currentProgressValue}} streak! Come back next {{periodText}} to shop more "
    "to maintain your streak and reach the next milestone!"
)
PRODUCT_PAGE = {
    "eud_title": "",
    "eud_description": "",
    "eud_in_progress_label": "In Progress",
    "eud_completed_label": "Completed",
    "eud_not_started_label": "Not Started",
    "eud_broken_label": "Broken",
    "eud_view_details_button_text": "View Details",
    "eud_non_milestone_next_to_be_achieved_message": (
        "Shop for ${{nextRemainingValue}} or more to complete the {{periodText}} {{nextProgressValue}} streak!"
    ),
    "eud_non_milestone_achieved_message": ACHIEVED,
    "eud_completed_streak_message": (
        "Congratulations! You have completed this streak! Come back next {{periodText}} to shop more and start your "
        "next streak!"
    ),
    "eud_broken_streak_message": (
        "Your streak has been broken. Don't worry, you can start a new streak today! Shop more and reach your next "
        "milestone!"
    ),
    "eud_milestone_next_to_be_achieved_message": (
        "Shop for ${{nextRemainingValue}} or more for {{nextRemainingPeriod}} {{periodText}}s to complete the next "
        "milestone!"
    ),
    "eud_milestone_achieved_message": ACHIEVED,
}
# S51 has no text on the page.
DEFAULTS_OF_ALL = PRODUCT_PAGE | {"eud_freeze_used_message": DEFAULTS["eud_freeze_used_message"]}


def read(record: Streak | Milestone, field: str, language: str) -> str:
    with translation.override(language):
        return str(getattr(record, field))


# --- what is shipped --------------------------------------------------------------------------------------------------


def test_eight_languages_are_shipped_and_english_is_the_default() -> None:
    assert list(settings.LANGUAGE_NAMES) == [code for code, _name in settings.LANGUAGES] == SHIPPED
    assert settings.LANGUAGE_CODE == "en"


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parts[-3])
def test_a_compiled_catalog_says_what_its_source_says(path: Path) -> None:
    source = path.read_text()
    entries = ENTRY.findall(source)
    with path.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    assert len(entries) == source.count("\nmsgid ") - 1  # the first one is the header
    for context, original, translated in entries:
        assert (compiled.pgettext(context, original) if context else compiled.gettext(original)) == translated


@pytest.mark.parametrize("language", SHIPPED)
def test_the_labels_of_the_admin_are_written_in_every_shipped_language(language: str) -> None:
    with translation.override(language):
        labels = [str(label) for _value, label in Streak._meta.get_field("aggregation_period").flatchoices]
    assert (labels == ["daily", "weekly", "monthly"]) == (language == "en")
    assert len(set(labels)) == 3


@pytest.mark.django_db
def test_the_migrations_have_a_column_for_every_shipped_language() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# --- falling back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["", None])
def test_s34_a_text_that_is_not_written_is_that_of_the_product_page(empty: str | None) -> None:
    streak = Streak(**{f"{field}_{code}": empty for field in PRODUCT_PAGE for code in SHIPPED})
    assert {field: read(streak, field, "en") for field in PRODUCT_PAGE} == PRODUCT_PAGE
    assert set(DEFAULTS) | {"eud_title", "eud_description"} == set(DEFAULTS_OF_ALL)


@pytest.mark.parametrize("language", SHIPPED[1:])
def test_s62_nothing_written_or_the_english_default_is_read_as_the_default_of_the_language(language: str) -> None:
    copies = {f"{field}_{code}": text for field, text in DEFAULTS.items() for code in ("en", language)}
    for streak in (Streak(), Streak(**copies)):
        for field, text in TRANSLATED_DEFAULTS[language].items():
            assert read(streak, field, language) == text
            assert read_text_and_language(streak, Streak, field, language) == (text, language)
        for field, text in DEFAULTS.items():
            assert read_text_and_language(streak, Streak, field, "en") == (text, "en")


def test_s62_a_default_never_hides_a_text_that_is_written() -> None:
    streak = Streak(eud_broken_label_en="Oh no", eud_completed_label_pt="Pronto")
    assert read_text_and_language(streak, Streak, "eud_broken_label", "de") == ("Oh no", "en")
    assert read_text_and_language(streak, Streak, "eud_completed_label", "pt") == ("Pronto", "pt")
    assert read_text_and_language(streak, Streak, "eud_completed_label", "de") == ("Geschafft", "de")


@pytest.mark.parametrize("empty", ["", None])
def test_s34_a_language_falls_back_to_its_base_and_then_to_the_default(empty: str | None) -> None:
    streak = Streak(eud_title_en="Every day", eud_title_pt=empty)
    assert read(streak, "eud_title", "pt-br") == read(streak, "eud_title", "pt") == "Every day"
    with translation.override("pt"):
        streak.eud_title = "Todo dia"
    assert read(streak, "eud_title", "pt-br") == read(streak, "eud_title", "pt") == "Todo dia"
    assert read(streak, "eud_title", "fr") == read(streak, "eud_title", "sv") == "Every day"


def test_s34_nothing_falls_back_to_a_language_that_is_not_the_default() -> None:
    streak = Streak(eud_title_pt="Todo dia", eud_broken_label_pt="Interrompida")
    assert (read(streak, "eud_title", "fr"), read(streak, "eud_broken_label", "fr")) == ("", "Interrompue")


def test_s34_the_texts_of_a_milestone_fall_back_likewise() -> None:
    milestone = Milestone(eud_title_en="5% off", eud_title_de="")
    assert read(milestone, "eud_title", "de") == "5% off"
    assert read(milestone, "eud_milestone_reward_instruction_message", "de") == ""


@pytest.mark.django_db
def test_s34_what_was_written_under_one_language_stays_in_that_language() -> None:
    with translation.override("fr"):
        streak = Streak.objects.create(
            name="n",
            description="d",
            status="live",
            aggregation_target_value=1,
            completion_target_value=1,
            eud_title="Chaque jour",
        )
    stored = Streak.objects.get(pk=streak.pk)
    assert (read(stored, "eud_title", "fr"), read(stored, "eud_title", "en")) == ("Chaque jour", "")
    assert Streak.objects.filter(pk=streak.pk).values_list("eud_title_fr", "eud_title_en").get() == (
        "Chaque jour",
        None,
    )


@pytest.mark.django_db
def test_s34_an_icon_falls_back_to_the_default_language_and_then_to_the_default_icon(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    streak = make_streak()
    addresses = {code: icon_path(streak, code) for code in SHIPPED}
    assert set(addresses.values()) == {"/static/streaks/default-icon.svg"}
    with translation.override("pt"):
        streak.eud_icon = ContentFile(PICTURES["png"], name="a.png")
        streak.save()
    stored = Streak.objects.get()
    assert {code for code in SHIPPED if icon_path(stored, code) != addresses[code]} == {"pt"}
    stored.eud_icon = ContentFile(PICTURES["gif"], name="a.gif")
    stored.save()
    names = {code: icon_path(Streak.objects.get(), code)[-3:] for code in SHIPPED}
    assert names == dict.fromkeys(SHIPPED, "gif") | {"pt": "png"}
    copy = duplicate_streak(stored)
    assert [icon_path(copy, code) for code in SHIPPED] == [icon_path(stored, code) for code in SHIPPED]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


# --- languages to be added --------------------------------------------------------------------------------------------


def test_extra_languages_come_after_the_shipped_ones_under_the_name_that_speakers_use() -> None:
    assert with_extra_languages({"en": "English"}, ["sv", "pt-BR", "EN", "gu", "es-419"]) == [
        ("en", "English"),
        ("sv", "svenska"),
        ("pt-br", "Português Brasileiro"),
        ("gu", "gu"),
        ("es-419", "es-419"),
    ]
    # Django knows what it was told, so pages that ask for the name or the direction of writing do not fail.
    assert [translation.get_language_info(code)["bidi"] for code in ("sv", "gu", "es-419")] == [False] * 3


@pytest.mark.parametrize("code", ["s", "swedish", "pt_BR", "sv;en", "sv-", "-", "12", "sv sv"])
def test_what_is_no_language_code_stops_the_process_with_a_sentence(code: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"is not a language code. Use codes such as sv, pt-BR or zh-Hant\."):
        with_extra_languages({"en": "English"}, ["sv", code])


def test_s34_a_regional_language_falls_back_through_every_shorter_one() -> None:
    languages = [(code, code) for code in ("en", "pt", "pt-br", "zh-hant", "zh-hant-tw", "sr-latn")]
    assert fallback_languages(languages) == {
        "default": ("en",),
        "pt-br": ("pt",),
        "zh-hant": (),
        "zh-hant-tw": ("zh-hant",),
        "sr-latn": (),
    }


@given(st.lists(st.from_regex(r"[a-c]{2}(-[a-b]{2}){0,2}", fullmatch=True), min_size=1, unique=True))
def test_s34_any_fallback_is_configured_and_shorter(codes: list[str]) -> None:
    fallbacks = fallback_languages([(code, code) for code in codes])
    assert fallbacks.pop("default") == (codes[0],)
    for code, bases in fallbacks.items():
        expected = [other for other in codes if code.startswith(f"{other}-")]
        assert list(bases) == sorted(expected, key=len, reverse=True)


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """Give the address of a new and empty database of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'languages.sqlite3'}"
        return
    server, name = os.environ["TEST_DATABASE_URL"], f"languages_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as maintenance:
        maintenance.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


ENGLISH = "Shop for $1 or more to complete the day 1 streak!"
PORTUGUESE = "Mais 1 hoje e você completa o dia 1 da sua sequência!"
WRITE_AND_READ = """
import json
from decimal import Decimal
from django.utils import translation
from streaks.api.fields import icon_path
from streaks.presenters.display import display_for
from streaks.core.messages import Situation
from streaks.models import Milestone, Streak

def icon(number):
    return f"icons/{str(number) * 64}.png"

streak = Streak.objects.create(
    eud_icon_en=icon(1), eud_icon_sv=icon(2), eud_icon_pt=icon(3), eud_icon_gu="",
    name="n", description="d", status="live", aggregation_target_value=1, completion_target_value=1,
    eud_title_en="Every day", eud_title_sv="Varje dag", eud_title_pt="Todo dia",
    eud_broken_label_pt_br="Quebrada", eud_broken_label_pt="Interrompida", eud_broken_label_sv="",
)
Milestone.objects.create(streak=streak, name="m", milestone_target_value=1, eud_title_sv="Fem procent")
streak = Streak.objects.get()
told = {}
for language in ("pt-br", "pt", "sv", "gu", "en"):
    display = display_for(streak, Situation(None, 0, Decimal(0), False, Decimal(1), 1), language)
    with translation.override(language):
        texts = [streak.eud_title, str(streak.eud_broken_label), display["variables"]["periodText"]]
        texts += [display["messages"][0], *display["messageLanguages"]]
        assert icon_path(streak, language) == streak.eud_icon.url
        told[language] = [*texts, streak.eud_icon.name[6]]
told["milestone"] = Milestone.objects.get().eud_title_sv
print(json.dumps(told))
"""


@pytest.mark.django_db
def test_s34_a_language_is_added_by_naming_it_and_syncing_and_takes_texts_at_once(
    tmp_path: Path, database_url: str
) -> None:
    def manage(*arguments: str, extra: str = "sv,pt-BR,gu") -> str:
        done = run_manage(
            *arguments,
            var_dir=tmp_path,
            DEBUG="1",
            DATABASE_URL=database_url,
            GAMOPANDA_EXTRA_LANGUAGES=extra,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # The way of an installation that has been running: migrated without the languages, then with them.
    manage("migrate", "--verbosity", "0", extra="")
    manage("migrate", "--verbosity", "0")
    manage("sync_translation_fields", "--noinput")
    assert manage("sync_translation_fields", "--noinput") == "No new translatable fields detected\n"
    assert json.loads(manage("shell", "--verbosity", "0", "--command", WRITE_AND_READ)) == {
        "pt-br": ["Todo dia", "Quebrada", "dia", PORTUGUESE, "pt", "3"],
        "pt": ["Todo dia", "Interrompida", "dia", PORTUGUESE, "pt", "3"],
        "sv": ["Varje dag", "Broken", "dag", ENGLISH, "en", "2"],
        "gu": ["Every day", "Broken", "day", ENGLISH, "en", "1"],
        "en": ["Every day", "Broken", "day", ENGLISH, "en", "1"],
        "milestone": "Fem procent",
    }
