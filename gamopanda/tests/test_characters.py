"""Control characters are refused wherever people type names and texts, with a sentence that finds them."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.characters import refuse_control_characters, without_control_characters
from gamopanda.tests.people import make_groups
from gamopanda.widget.models import WidgetSettings, WidgetText
from streaks.models import Milestone, Streak
from streaks.tests.calling import SHOPPER, admin, make_milestone, make_streak

CONTROL = ["\0", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x85", "\x9f", "\ufffe", "\uffff"]
READABLE = ["Ann", "a\tb", "a\nb", "a\r\nb", "é🔥", "خصم", "\u200f\u00ad\u00a0", "👩‍👩‍👧", ""]


@pytest.mark.parametrize("character", CONTROL)
def test_a_control_character_is_named_with_its_place(character: str) -> None:
    with pytest.raises(ValidationError) as caught:
        refuse_control_characters(f"Ann{character}X")
    code = f"U+{ord(character):04X}"
    assert caught.value.messages == [
        f"Character 4 is a control character ({code}), which cannot be displayed: remove it."
    ]
    assert without_control_characters(f"Ann{character}X") == "Ann\ufffdX"


@pytest.mark.parametrize("text", READABLE)
def test_what_can_be_read_is_left_as_it_is(text: str) -> None:
    refuse_control_characters(text)
    assert without_control_characters(text) == text


MILESTONE = {"name": "Day 3", "milestoneTargetValue": 3}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("resource", "field", "body"),
    [
        ("account_user", "firstName", {"externalId": "ann"}),
        ("account_user", "lastName", {"externalId": "ann"}),
        ("streak", "name", SHOPPER),
        ("streak", "description", SHOPPER),
        ("streak", "eudTitle", SHOPPER),
        ("streak", "eudBrokenLabel", SHOPPER),
        ("streak", "eudBrokenStreakMessage", SHOPPER),
        ("milestone", "name", MILESTONE),
        ("milestone", "eudMilestoneRewardInstructionMessage", MILESTONE),
    ],
)
def test_the_api_refuses_control_characters_and_stores_nothing(resource: str, field: str, body: Any) -> None:
    if resource == "milestone":
        body = {**body, "linkedSchemaRecordId": str(make_streak().pk)}
    before = [model.objects.count() for model in (Member, Streak, Milestone)]
    answer = admin().post(f"{resource}/record?languageCode=fr", {**body, field: "Ann\x0bX"})
    assert (answer.error(), answer.details()) == ((400, "validation_error"), [(field, "control_character")])
    assert [model.objects.count() for model in (Member, Streak, Milestone)] == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "fields"),
    [
        (lambda: Member(external_id="ann"), ["first_name", "last_name"]),
        (ApiKey, ["name", "description"]),
        (make_streak, ["name", "description", "eud_title_fr", "eud_description_ar", "eud_completed_label_ja"]),
        (lambda: make_milestone(make_streak(), 3), ["name", "description", "eud_title_de", "eud_description_en"]),
        (lambda: WidgetText(key="launcher_title"), ["text_fr"]),
    ],
)
def test_models_refuse_control_characters_in_every_name_and_text(make: Any, fields: list[str]) -> None:
    record = make()
    for field in fields:
        setattr(record, field, "Ann\x0bX")
    with pytest.raises(ValidationError) as caught:
        record.full_clean()
    codes = {name: [error.code for error in errors] for name, errors in caught.value.error_dict.items()}
    assert {name: codes[name] for name in fields} == {name: ["control_character"] for name in fields}


@pytest.mark.django_db
def test_the_administration_refuses_control_characters_and_stores_nothing(admin_client: Client) -> None:
    make_groups()
    typed = {"external_id": "ann", "status": "live", "first_name": "Ann\x0bX"}
    page = admin_client.post(reverse("admin:accounts_member_add"), typed)
    message = "Character 4 is a control character (U+000B), which cannot be displayed: remove it."
    assert page.context["adminform"].form.errors == {"first_name": [message]}
    assert not Member.objects.exists()
    WidgetSettings.objects.get_or_create(pk=1)
    page = admin_client.post(
        reverse("admin:widget_widgetsettings_change", args=[1]), {"text__panel_title__en": "A\x0bB"}
    )
    assert page.context["adminform"].form.errors["text__panel_title__en"] == [message.replace("4", "2", 1)]
    assert not WidgetText.objects.exists()
