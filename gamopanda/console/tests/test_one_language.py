"""The console speaks one language, says the zone of its times, and finds a time zone by its place."""

import re
from typing import Any

import pytest
from django.test import Client

from gamopanda.conf.environment import BASE_DIR
from gamopanda.conf.time_zones import places, zone_names, zone_of
from streaks.models import Streak
from streaks.tests.admin_pages import save
from streaks.tests.calling import make_streak

TEMPLATES = sorted((BASE_DIR / "templates" / "admin").rglob("*.html"))
# Names of formats and of headers are the same in every language, and pictures have names instead of words.
NAMES = {"XLSX", "CSV", "(x-api-key)", "(x-api-secret)"}
PICTURES = re.compile(r'<span class="material-symbols-outlined"[^>]*>\w+</span>')
TRANSLATED = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}|{% comment.*?{% endcomment %}", re.DOTALL)
TAGS = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|<script.*?</script>|<!--.*?-->", re.DOTALL)
ATTRIBUTES = re.compile(r'(?:title|aria-label|placeholder|alt)="([^"]*)"')


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["es", "ar", "fr-CA,fr;q=0.9"])
def test_the_console_is_in_english_whatever_the_browser_asks_for(admin_client: Client, language: str) -> None:
    streak = make_streak()
    for address in ("/admin/", "/admin/streaks/streak/", f"/admin/streaks/streak/{streak.pk}/delete/"):
        page = admin_client.get(address, headers={"Accept-Language": language})
        assert page.headers["Content-Language"] == "en"
        assert '<html lang="en" dir="ltr"' in page.content.decode()
        assert "Eliminar" not in page.content.decode()


@pytest.mark.sqlite
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_every_word_of_a_template_can_be_translated(template: Any) -> None:
    text = PICTURES.sub(" ", TAGS.sub(" ", TRANSLATED.sub(" ", template.read_text())))
    words = [*ATTRIBUTES.findall(text), *re.sub(r"<[^>]*>", " ", text).split()]
    assert [word for word in words if re.search(r"[A-Za-z]{2}", word) and word not in NAMES] == []


@pytest.mark.django_db
def test_times_say_their_zone(admin_client: Client) -> None:
    streak = make_streak(starts_at="2026-03-01T17:00:00Z", time_zone="Asia/Tokyo")
    page = admin_client.get(f"/admin/streaks/streak/{streak.pk}/change/").content.decode()
    assert "It starts on March 2, 2026, 02:00 JST." in page
    assert "Starts at (UTC)" in page
    assert re.search(r"\d\d:\d\d UTC", page), "created at"


@pytest.mark.sqlite
def test_a_time_zone_is_found_by_its_place() -> None:
    assert (places()["New York"], places()["Buenos Aires"]) == ("America/New_York", "America/Buenos_Aires")
    assert (zone_of(" new york"), zone_of("Europe/Berlin"), zone_of("Mars")) == (
        "America/New_York", "Europe/Berlin", "Mars",
    )  # fmt: skip
    assert set(places().values()) <= zone_names()


@pytest.mark.django_db
def test_the_form_of_a_streak_takes_a_place_and_offers_them_all(admin_client: Client) -> None:
    streak = make_streak()
    assert save(admin_client, streak, time_zone="new york").status_code == 302
    assert Streak.objects.get().time_zone == "America/New_York"
    page = admin_client.get(f"/admin/streaks/streak/{streak.pk}/change/").content.decode()
    assert 'list="time_zone-places"' in page
    assert '<option value="America/New_York">New York</option>' in page
    said = admin_client.get(
        "/admin/streaks/streak/rules/",
        {
            "time_zone": "New York",
            "aggregation_method": "sum",
            "aggregation_period": "daily",
            "aggregation_target_value": "5",
            "completion_target_value": "7",
        },
    )
    assert "on the clock of America/New_York" in said.json()["sentence"]
