"""Ready texts read well in every language, for one as for many, and on a streak without changes of its own."""

from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from modeltranslation.utils import build_localized_fieldname

from gamopanda.admin.links import page_of
from streaks.admin.ready_texts import PURPOSES, TO_DO, ready_texts
from streaks.core import messages
from streaks.models import Streak
from streaks.tests.calling import make_streak

pytestmark = pytest.mark.sqlite
NAMES = set(ready_texts("spend"))


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_message_is_there_in_every_language_and_can_be_saved(purpose: str) -> None:
    texts = ready_texts(purpose)
    assert texts.keys() == NAMES
    assert {name[: -len("_en")] for name in NAMES if name.endswith("_en")} == set(ready_messages())
    for name, text in texts.items():
        column: Any = Streak._meta.get_field(name)
        try:
            column.run_validators(text)
        except ValidationError as error:
            pytest.fail(f"{name}: {error.messages}")


def ready_messages() -> list[str]:
    """Return the messages that a purpose has something to say in."""
    return [name for name in messages.MESSAGES if build_localized_fieldname(name, "en") in NAMES]


def test_each_purpose_has_words_of_its_own_and_counts_nothing_in_its_grammar() -> None:
    assert set(TO_DO) == set(settings.LANGUAGE_NAMES)
    for code, texts in TO_DO.items():
        assert len(set(texts.values())) == len(PURPOSES), code
        for text in texts.values():
            assert "{{nextRemainingValue}}" in text, code
            assert "periodText}}s" not in text, code


@pytest.mark.django_db
def test_they_are_offered_for_a_new_streak_alone(admin_client: Client) -> None:
    new = admin_client.get("/admin/streaks/streak/add/")
    assert list(new.context["console"]["readyTexts"]) == list(PURPOSES)
    assert 'id="ready-texts"' in new.content.decode()
    assert 'id="ready-texts"' not in admin_client.get(page_of(make_streak())).content.decode()
