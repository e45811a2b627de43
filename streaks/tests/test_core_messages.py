"""Which label, which messages, and the values of their variables (S30–S33), as the product page shows them."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from streaks.core.messages import (
    BROKEN,
    COMPLETED,
    FREEZE_USED,
    MESSAGES,
    MILESTONE_ACHIEVED,
    MILESTONE_NEXT,
    NON_MILESTONE_ACHIEVED,
    NON_MILESTONE_NEXT,
    VARIABLES,
    Situation,
    format_number,
    label_field,
    message_fields,
    render,
    unknown_variables,
    variables,
    with_english_plural,
)
from streaks.core.periods import PeriodKind
from streaks.core.runs import RunStatus
from streaks.models import texts
from streaks.models.phrases import words_for
from streaks.validators import validate_message

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

# The member of the product page: 3 of 7 days done, 29.50 of 50 spent today, the next milestone at 5.
ON_THE_PAGE = Situation(
    status=RunStatus.IN_PROGRESS,
    value=3,
    total=Decimal("29.50"),
    is_complete=False,
    target=Decimal(50),
    completion_target=7,
    milestones=(5,),
    freezes_left=1,
    freeze_max_count=2,
)
PAGE_VALUES = {
    "periodText": "day",
    "currentProgressValue": "3",
    "nextProgressValue": "4",
    "nextRemainingValue": "20.50",
    "nextRemainingPeriod": "2",
}
ENGLISH = words_for("en", PeriodKind.DAILY)
PHRASES = {
    "nextRemainingPeriodText": "2 days",
    "currentPeriodName": "day 3",
    "nextPeriodName": "day 4",
    "thisPeriodText": "today",
    "nextPeriodText": "tomorrow",
}
FREEZES = {"freezesLeft": "1", "freezeMaxCount": "2"}


def rendered_in_english(template: str, values: Mapping[str, str]) -> str:
    return render(with_english_plural(template), values, ENGLISH.plural_category)


DEFAULTS_ON_THE_PAGE = {
    "eud_in_progress_label": "In Progress",
    "eud_completed_label": "Completed",
    "eud_not_started_label": "Not Started",
    "eud_broken_label": "Broken",
    "eud_view_details_button_text": "View Details",
    "eud_non_milestone_next_to_be_achieved_message": "Shop for ${{nextRemainingValue}} or more to complete the {{periodText}} {{nextProgressValue}} streak!",  # noqa: E501
    "eud_non_milestone_achieved_message": "You have completed {{periodText}} {{currentProgressValue}} streak! Come back next {{periodText}} to shop more to maintain your streak and reach the next milestone!",  # noqa: E501
    "eud_completed_streak_message": "Congratulations! You have completed this streak! Come back next {{periodText}} to shop more and start your next streak!",  # noqa: E501
    "eud_broken_streak_message": "Your streak has been broken. Don't worry, you can start a new streak today! Shop more and reach your next milestone!",  # noqa: E501
    "eud_milestone_next_to_be_achieved_message": "Shop for ${{nextRemainingValue}} or more for {{nextRemainingPeriod}} {{periodText}}s to complete the next milestone!",  # noqa: E501
    "eud_milestone_achieved_message": "You have completed {{periodText}} {{currentProgressValue}} streak! Come back next {{periodText}} to shop more to maintain your streak and reach the next milestone!",  # noqa: E501
    # Not on the page (S51).
    "eud_freeze_used_message": "A freeze has saved your streak! You have {{freezesLeft|one: # freeze|other: # freezes}} left.",  # noqa: E501
}

RENDERED_FOR_THE_MEMBER_OF_THE_PAGE = {
    # The first two are on the page; the others follow from its defaults and its table of values.
    NON_MILESTONE_NEXT: "Shop for $20.50 or more to complete the day 4 streak!",
    MILESTONE_NEXT: "Shop for $20.50 or more for 2 days to complete the next milestone!",
    NON_MILESTONE_ACHIEVED: "You have completed day 3 streak! Come back next day to shop more to maintain your streak and reach the next milestone!",  # noqa: E501
    MILESTONE_ACHIEVED: "You have completed day 3 streak! Come back next day to shop more to maintain your streak and reach the next milestone!",  # noqa: E501
    COMPLETED: "Congratulations! You have completed this streak! Come back next day to shop more and start your next streak!",  # noqa: E501
    BROKEN: "Your streak has been broken. Don't worry, you can start a new streak today! Shop more and reach your next milestone!",  # noqa: E501
    FREEZE_USED: "A freeze has saved your streak! You have 1 freeze left.",
}


def test_the_defaults_are_those_of_the_product_page_to_the_character_s34() -> None:
    assert texts.DEFAULTS == DEFAULTS_ON_THE_PAGE


def test_the_defaults_fit_their_fields_and_know_all_their_variables_s31() -> None:
    assert {name for name in texts.DEFAULTS if name.endswith("_message")} == set(MESSAGES)
    assert all(len(texts.DEFAULTS[name]) <= texts.MESSAGE_LENGTH for name in MESSAGES)
    assert all(len(text) <= texts.LABEL_LENGTH for name, text in texts.DEFAULTS.items() if name not in MESSAGES)
    assert all(unknown_variables(text) == [] for text in texts.DEFAULTS.values())


def test_the_variables_of_the_page_have_the_values_of_the_page() -> None:
    assert variables(ON_THE_PAGE, ENGLISH) == PAGE_VALUES | PHRASES | FREEZES
    assert list(VARIABLES) == [*PAGE_VALUES, *PHRASES, *FREEZES]


@pytest.mark.parametrize(("name", "rendered"), RENDERED_FOR_THE_MEMBER_OF_THE_PAGE.items())
def test_a_default_message_reads_as_on_the_product_page(name: str, rendered: str) -> None:
    assert rendered_in_english(texts.DEFAULTS[name], variables(ON_THE_PAGE, ENGLISH)) == rendered


# --- numbers ---------------------------------------------------------------------------------------------------------

NUMBERS = [
    ("0", "0"),
    ("50", "50"),
    ("50.0000", "50"),
    ("1E+3", "1000"),
    ("20.5", "20.50"),
    ("20.50", "20.50"),
    ("0.1", "0.10"),
    ("20.501", "20.51"),  # rounded up: paying what the text says is enough
    ("20.5001", "20.51"),
    ("0.0001", "0.01"),
    ("0.9900", "0.99"),
    ("19.9899", "19.99"),
    ("99999999999999.9801", "99999999999999.99"),
    ("99999999999999", "99999999999999"),
]


@pytest.mark.parametrize(("value", "text"), NUMBERS)
def test_numbers_are_whole_or_have_two_decimals_rounded_up_s30_f20(value: str, text: str) -> None:
    assert format_number(Decimal(value)) == text
    assert format_number(Decimal(value), ",") == text.replace(".", ",")


@settings(max_examples=300, deadline=None)
@given(st.decimals(0, Decimal("99999999999999.9999"), places=4))
def test_paying_what_the_text_says_always_suffices_and_is_less_than_a_cent_too_much_s30(value: Decimal) -> None:
    text = format_number(value)
    assert value <= Decimal(text) < value + Decimal("0.01")
    assert "." not in text or len(text.partition(".")[2]) == 2
    assert value != value.to_integral_value() or "." not in text


def test_the_decimal_separator_is_that_of_the_language_s30() -> None:
    values = variables(ON_THE_PAGE, words_for("de", PeriodKind.DAILY))
    assert (values["periodText"], values["nextRemainingValue"]) == ("Tag", "20,50")


# --- values ----------------------------------------------------------------------------------------------------------

NOT_STARTED = replace(ON_THE_PAGE, status=None, value=0, total=Decimal(0))
DONE_TODAY = replace(ON_THE_PAGE, value=4, total=Decimal("50.25"), is_complete=True)
IS_BROKEN = replace(ON_THE_PAGE, status=RunStatus.BROKEN, total=Decimal(0))
IS_COMPLETED = replace(ON_THE_PAGE, status=RunStatus.COMPLETED, value=7, total=Decimal(80), is_complete=True)
REFUNDED = replace(ON_THE_PAGE, total=Decimal("-4.50"))
NO_MILESTONES = replace(ON_THE_PAGE, milestones=())
PAST_THE_LAST_MILESTONE = replace(ON_THE_PAGE, value=5, milestones=(2, 5))

VALUES = [
    # (situation, current, next, remaining value, remaining periods)
    (NOT_STARTED, "0", "1", "50", "5"),
    (ON_THE_PAGE, "3", "4", "20.50", "2"),
    (DONE_TODAY, "4", "5", "0", "1"),  # never below 0
    (IS_BROKEN, "3", "1", "50", "2"),  # the full target: a new run would start
    (IS_COMPLETED, "7", "1", "50", "0"),
    (REFUNDED, "3", "4", "54.50", "2"),  # S9: what was given back has to be earned again
    (NO_MILESTONES, "3", "4", "20.50", "4"),  # to completion
    (PAST_THE_LAST_MILESTONE, "5", "6", "20.50", "2"),
    (replace(ON_THE_PAGE, milestones=(7, 5, 3, 1)), "3", "4", "20.50", "2"),  # in any order
]


@pytest.mark.parametrize(("situation", "current", "following", "remaining_value", "remaining_periods"), VALUES)
def test_the_variables_say_where_the_member_stands(
    situation: Situation, current: str, following: str, remaining_value: str, remaining_periods: str
) -> None:
    values = variables(situation, words_for("en", PeriodKind.WEEKLY))
    assert {name: values[name] for name in PAGE_VALUES} == {
        "periodText": "week",
        "currentProgressValue": current,
        "nextProgressValue": following,
        "nextRemainingValue": remaining_value,
        "nextRemainingPeriod": remaining_periods,
    }


# --- which label and which messages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "label"),
    [
        (None, "Not Started"),
        (RunStatus.IN_PROGRESS, "In Progress"),
        (RunStatus.COMPLETED, "Completed"),
        (RunStatus.BROKEN, "Broken"),
    ],
)
def test_the_label_is_that_of_the_status_s32(status: RunStatus | None, label: str) -> None:
    assert texts.DEFAULTS[label_field(status)] == label


MESSAGES_OF_SITUATIONS = [
    (NOT_STARTED, [MILESTONE_NEXT, NON_MILESTONE_NEXT]),
    (replace(NOT_STARTED, milestones=()), [NON_MILESTONE_NEXT]),
    (ON_THE_PAGE, [MILESTONE_NEXT, NON_MILESTONE_NEXT]),
    (NO_MILESTONES, [NON_MILESTONE_NEXT]),
    (PAST_THE_LAST_MILESTONE, [NON_MILESTONE_NEXT]),
    # Below the target the last milestone is no news any more, although the value is still its target.
    (replace(ON_THE_PAGE, milestones=(3, 5)), [MILESTONE_NEXT, NON_MILESTONE_NEXT]),
    (DONE_TODAY, [NON_MILESTONE_ACHIEVED]),
    (replace(DONE_TODAY, milestones=()), [NON_MILESTONE_ACHIEVED]),
    (replace(DONE_TODAY, value=5), [MILESTONE_ACHIEVED]),
    (replace(DONE_TODAY, milestones=(4, 5)), [MILESTONE_ACHIEVED]),
    (IS_COMPLETED, [COMPLETED]),
    (replace(IS_COMPLETED, milestones=(7,)), [COMPLETED]),
    (replace(IS_COMPLETED, is_complete=False, total=Decimal(0)), [COMPLETED]),
    (IS_BROKEN, [BROKEN]),
]


@pytest.mark.parametrize(("situation", "names"), MESSAGES_OF_SITUATIONS)
def test_the_messages_follow_from_the_run_and_the_current_period_s33(situation: Situation, names: list[str]) -> None:
    assert message_fields(situation) == names
    saved = message_fields(replace(situation, has_used_freeze=True))
    assert saved == ([FREEZE_USED, *names] if situation.status is RunStatus.IN_PROGRESS else names), "S51"


# --- templates -------------------------------------------------------------------------------------------------------

RENDERINGS = [
    ("{{periodText}}", "day"),
    ("{{ periodText }}", "day"),
    ("{{\tperiodText   }}", "day"),
    ("{{periodText}}{{currentProgressValue}}", "day3"),
    ("{{periodText}}s, {{periodText}}s", "days, days"),
    ("${{nextRemainingValue}}!", "$20.50!"),
    # S31: what is unknown stays as written.
    ("{{unknown}} {{ unknown }}", "{{unknown}} {{ unknown }}"),
    ("{{PeriodText}}", "{{PeriodText}}"),
    ("{{period Text}}", "{{period Text}}"),
    ("{periodText} {{periodText} {periodText}}", "{periodText} {{periodText} {periodText}}"),
    ("{{}} {{ }} {{", "{{}} {{ }} {{"),
    ("{{periodText.__class__}}", "{{periodText.__class__}}"),
    ("%(periodText)s {0} \\1 \\g<1>", "%(periodText)s {0} \\1 \\g<1>"),
    ("", ""),
]


@pytest.mark.parametrize(("template", "rendered"), RENDERINGS)
def test_a_template_is_filled_in_with_what_it_knows_s31(template: str, rendered: str) -> None:
    assert rendered_in_english(template, PAGE_VALUES) == rendered


def test_values_are_data_and_are_not_rendered_again_s31() -> None:
    values = {**PAGE_VALUES, "periodText": "{{currentProgressValue}} \\1 {{periodText}}"}
    assert rendered_in_english("{{periodText}}!", values) == "{{currentProgressValue}} \\1 {{periodText}}!"
    split = {**PAGE_VALUES, "periodText": "{{", "currentProgressValue": "nextProgressValue}}"}
    assert rendered_in_english("{{periodText}}{{currentProgressValue}}", split) == "{{nextProgressValue}}"


UNKNOWN = [
    ("{{periodText}} {{ nextRemainingValue }}", []),
    ("plain $5 {single} text", []),
    ("{{unknown}}", ["unknown"]),
    ("{{ b }} {{periodText}} {{ a }}", ["b", "a"]),
    ("{{PeriodText}}", ["PeriodText"]),
    ("{{period Text}}", ["period Text"]),
    ("{{}}", [""]),
    ("{{periodText|upper}}", ["periodText|upper"]),
]


@pytest.mark.parametrize(("template", "names"), UNKNOWN)
def test_unknown_variables_are_named_in_order_s31(template: str, names: list[str]) -> None:
    assert unknown_variables(template) == names


PIECES = st.sampled_from(
    ["{{", "}}", "{", "}", " ", "periodText", "nextProgressValue", "currentProgressValue", "other", "$", "\n", "é"]
)
TEMPLATES = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEMPLATES, st.dictionaries(st.sampled_from(sorted(VARIABLES)), TEMPLATES))
def test_any_template_is_rendered_once_and_only_once_s31(template: str, given_values: dict[str, str]) -> None:
    """Rendering equals replacing, from left to right, each known variable between double braces."""
    values = {**PAGE_VALUES, **given_values}
    rendered, rest = "", template
    while rest:
        inside = rest[2:].partition("}}")[0].strip() if rest.startswith("{{") and "}}" in rest[2:] else None
        if inside in values:
            rendered, rest = rendered + values[inside], rest[2:].partition("}}")[2]
        else:
            rendered, rest = rendered + rest[0], rest[1:]
    assert rendered_in_english(template, values) == rendered


WRITTEN = st.sampled_from(["{{periodText}}", "{{ nextProgressValue }}", "{{other}}", "{", "}", "{{", "}}", " ", "é"])


@settings(max_examples=400, deadline=None)
@given(st.lists(WRITTEN, max_size=6).map("".join))
def test_a_template_that_may_be_saved_leaves_no_brace_behind_s31(template: str) -> None:
    """Whatever is refused is not rendered; in what is taken, every placeholder is replaced by its value."""
    try:
        validate_message(template)
    except ValidationError:
        return
    rendered = rendered_in_english(template, {**PAGE_VALUES, "periodText": "day", "nextProgressValue": "4"})
    assert "{{" not in rendered
    assert "}}" not in rendered
    assert rendered.count("day") == template.count("{{periodText}}")
    assert rendered.count("4") == template.count("{{ nextProgressValue }}")
