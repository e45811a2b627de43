"""The fixed texts of the panel: complete in every shipped language, and found for every reader (S34)."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection

from gamopanda.widget.display import widget_display
from gamopanda.widget.models import WidgetText
from gamopanda.widget.shipped import SHIPPED
from gamopanda.widget.texts import PURPOSES, VARIABLES, length_limit, pick_text

VARIABLE = re.compile(r"\{\{(\w+)\}\}")


OFFLINE_TEXTS = Path(finders.find("widget/src/offline_texts.js") or "")


def test_every_shipped_language_has_every_text() -> None:
    assert set(SHIPPED) == set(settings.LANGUAGE_NAMES)
    assert set(re.findall(r"shipped_texts/(\w+)\.json", OFFLINE_TEXTS.read_text())) == set(SHIPPED)
    for texts in SHIPPED.values():
        assert list(texts) == list(PURPOSES)
        assert all(text.strip() == text != "" for text in texts.values())


@pytest.mark.parametrize("language", SHIPPED)
def test_every_shipped_text_fits_and_has_its_variables(language: str) -> None:
    texts = SHIPPED[language]
    assert [key for key, text in texts.items() if len(text) > length_limit(key)] == []
    found = {key: tuple(sorted(VARIABLE.findall(text))) for key, text in texts.items() if VARIABLE.search(text)}
    assert found == {key: tuple(sorted(names)) for key, names in VARIABLES.items()}


def test_no_line_ends_before_a_french_mark() -> None:
    marks = re.findall(r"(.)[!?:;]", "\n".join(SHIPPED["fr"].values()))
    assert set(marks) == {"\N{NO-BREAK SPACE}"}


def test_s34_what_is_written_in_the_language_comes_first_then_what_is_shipped_in_it() -> None:
    written = {"en": "Club", "pt": "Clube", "fr": ""}
    assert pick_text("panel_title", written, "en") == "Club"
    assert pick_text("panel_title", written, "pt") == "Clube"
    assert pick_text("panel_title", written, "pt-br") == "Clube"
    assert pick_text("panel_title", written, "de") == "Deine Serien"
    assert pick_text("panel_title", written, "fr") == "Vos séries"
    assert pick_text("panel_title", written, "sv") == "Club"
    assert pick_text("panel_title", {}, "sv") == "Your streaks"


@pytest.mark.django_db
def test_the_settings_are_read_with_their_texts_and_have_defaults(django_assert_num_queries) -> None:
    WidgetText.objects.create(key="panel_title", text_de="Serienklub", text_en="Streak club")
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        shown = widget_display("de")
    assert shown["launcher"] == {
        "alignment": "bottom_right",
        "alignmentPositionX": 20,
        "alignmentPositionY": 20,
        "launcherIcon": "flame",
    }
    assert shown["theme"] == {
        "colorScheme": "auto",
        "primaryColor": "#7c3aed",
        "primaryTextColor": "#ffffff",
        "secondaryColor": "#1a1c1e",
        "secondaryTextColor": "#ffffff",
        "backgroundColor": "#ffffff",
        "bodyTextColor": "#1a1c1e",
        "fontFamily": "system-ui, sans-serif",
        "borderRadius": 16,
    }
    assert len(shown["texts"]) == len(PURPOSES)
    assert (shown["texts"]["panelTitle"], shown["texts"]["closeButton"]) == ("Serienklub", "Schließen")
    assert shown["decimal_separator"] == ","
    assert widget_display("en")["texts"]["panelTitle"] == "Streak club"
    assert widget_display("fr")["texts"]["panelTitle"] == "Vos séries"
