"""The settings of the widget: one row, and colours on which everybody can read."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from gamopanda.widget.colours import contrast
from gamopanda.widget.models import TEXT_ON_GROUND, WidgetSettings


def errors(**changes: object) -> dict[str, list[str]]:
    """Return what is wrong with settings, by field."""
    try:
        WidgetSettings(**changes).full_clean(validate_constraints=False)
    except ValidationError as error:
        return error.message_dict
    return {}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.542, abs=0.001)
    assert contrast("#7C3AED", "#7c3aed") == 1


def test_the_defaults_can_be_read_by_everybody() -> None:
    assert errors() == {}
    row = WidgetSettings()
    assert all(contrast(getattr(row, text), getattr(row, ground)) >= 4.5 for text, ground in TEXT_ON_GROUND.items())


@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND.items())
def test_a_text_that_cannot_be_read_on_its_ground_is_refused(text: str, ground: str) -> None:
    found = errors(**{text: "#777777", ground: "#ffffff"})
    assert list(found) == [text]
    assert "has a contrast of 4.47: at least 4.5 is needed" in found[text][0]
    assert errors(**{text: "#767676", ground: "#ffffff"}) == {}


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "url(//x.example)", "#7c3aed;}", ""])
def test_only_colours_are_colours(colour: str) -> None:
    assert list(errors(primary_color=colour)) == ["primary_color"]


@pytest.mark.parametrize("font", ["x;} body{display:none", "url(//x.example/a)", "a\\62", "</style>"])
def test_a_font_is_a_list_of_names(font: str) -> None:
    assert list(errors(font_family=font)) == ["font_family"]
    assert errors(font_family="'Noto Sans', Inter, system-ui") == {}


@pytest.mark.django_db
def test_there_is_one_row() -> None:
    WidgetSettings(primary_color="#000000").save()
    WidgetSettings(primary_color="#111111").save()
    assert [row.primary_color for row in WidgetSettings.objects.all()] == ["#111111"]
    with pytest.raises(IntegrityError), transaction.atomic():
        WidgetSettings.objects.bulk_create([WidgetSettings(pk=2)])
