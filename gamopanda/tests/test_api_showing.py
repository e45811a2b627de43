"""Showing records: as each language has them, in the order of the resource, and with nothing made anew for a call."""

from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from gamopanda.api.language import read_text
from gamopanda.api.serializers import RecordSerializer
from gamopanda.api.showing import Reader, shape_of
from streaks.api.serializers import StreakSerializer
from streaks.models import Streak
from streaks.tests.calling import admin, guest, make_member, make_milestone, make_streak
from streaks.texts import DEFAULTS

TEXTS = {"eud_title_en": "Shopper", "eud_title_pt": "Comprador", "eud_broken_label_ja": "途切れた", "eud_title_fr": ""}


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_text_is_what_its_attribute_is_while_the_language_is_active_s34(language: str) -> None:
    streak = Streak(**TEXTS)
    for name in ("eud_title", "eud_description", *DEFAULTS):
        with translation.override(language):
            expected = getattr(streak, name)
        assert read_text(streak, Streak, name, language) == expected, name


@pytest.mark.django_db
def test_just_some_fields_are_shown_in_the_order_of_the_resource(rf: Any) -> None:
    streak, reader = make_streak(eud_title="Shopper"), Reader("en", rf.get("/"))
    shown = shape_of(StreakSerializer, is_admin=True).only({"eudIcon", "eudTitle", "id"}).show(streak, reader)
    address = "http://testserver/static/streaks/default-icon.svg"
    assert list(shown.items()) == [("id", streak.pk), ("eudTitle", "Shopper"), ("eudIcon", address)]
    assert shape_of(StreakSerializer, is_admin=True).only({"id"}).show(streak, reader) == {"id": streak.pk}


@pytest.mark.django_db
def test_no_serializer_works_out_its_fields_again_to_show_records(monkeypatch: pytest.MonkeyPatch) -> None:
    make_milestone(make_streak(), 1)
    make_member("ann")
    paths = [f"{slug}/record" for slug in ("streak", "milestone", "account_user", "streak_progress", "reward_log")]

    def read_everything() -> None:
        server = admin()
        for path in paths:
            assert server.get(path, sortBy=[{"fieldSlug": "createdAt", "order": "ASC"}]).status == 200
        assert guest().get("/api/v1.0/end-user-display").status == 200

    read_everything()
    worked_out: list[str] = []
    plain = RecordSerializer.get_fields

    def counted(serializer: Any) -> Any:
        worked_out.append(type(serializer).__name__)
        return plain(serializer)

    monkeypatch.setattr(RecordSerializer, "get_fields", counted)
    read_everything()
    assert worked_out == []
