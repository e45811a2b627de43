"""The texts of the demo read well in every language, and count what their streak counts."""

import re
from decimal import Decimal

import pytest
from django.conf import settings

from gamopanda.demo.campaign import localized
from gamopanda.demo.daily_learner import DAILY_LEARNER
from gamopanda.demo.monthly_mover import MONTHLY_MOVER
from gamopanda.demo.people import CAMPAIGNS
from gamopanda.demo.seven_day_shopper import SEVEN_DAY_SHOPPER
from gamopanda.demo.weekly_regular import WEEKLY_REGULAR
from streaks.admin.language_tabs import complete_languages
from streaks.admin.streak.checklist import check_member_texts
from streaks.core import messages
from streaks.core.runs import RunStatus
from streaks.models.texts import DEFAULTS, MESSAGE_LENGTH
from streaks.presenters.display import display_for

LANGUAGES = set(settings.LANGUAGE_NAMES)
EVERY_TEXT = [
    pytest.param(name, field, by_language, id=f"{name}: {field}")
    for name, texts in [
        *((campaign.fields["name"], campaign.texts) for campaign in CAMPAIGNS),
        *((point.fields["name"], point.texts) for campaign in CAMPAIGNS for point in campaign.checkpoints),
    ]
    for field, by_language in texts.items()
]


# What a message says of the member, whichever variable says it.
SAYS = {
    "nextRemainingPeriodText": "nextRemainingPeriod",
    "currentPeriodName": "currentProgressValue",
    "nextPeriodName": "nextProgressValue",
}
OF_THE_PERIOD = {"periodText", "thisPeriodText", "nextPeriodText"}


@pytest.mark.parametrize(("name", "field", "by_language"), EVERY_TEXT)
def test_every_text_is_there_in_every_shipped_language_with_the_same_numbers_in_it_S31_S34(name, field, by_language):
    if by_language["en"] == DEFAULTS.get(field):
        assert set(by_language) <= LANGUAGES, "the others read the shipped default"
        return
    assert set(by_language) == LANGUAGES
    assert all(by_language.values())
    variables = {
        language: {found.name for found in messages.placeholders(text)} for language, text in by_language.items()
    }
    facts = {
        language: {SAYS.get(name, name) for name in found - OF_THE_PERIOD} for language, found in variables.items()
    }
    assert facts == dict.fromkeys(LANGUAGES, facts["en"])
    assert [text for text in by_language.values() if messages.unknown_variables(text)] == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda found: found.activity.prefix)
def test_no_card_says_a_sentence_twice(campaign, language):
    situation = messages.Situation(RunStatus.IN_PROGRESS, 3, Decimal("0.5"), False, Decimal(1), 30, (7,))
    display = display_for(campaign.streak(), situation, language)
    assert {*display["messageLanguages"], display["statusLabelLanguage"]} == {language}
    first, second = (set(re.split(r"(?<=[.!]) |(?<=[！。])", text)) - {""} for text in display["messages"])
    assert not first & second
    assert not any("{{" in text for text in display["rendered"].values())
    assert max(map(len, display["rendered"].values())) <= MESSAGE_LENGTH


@pytest.mark.parametrize(
    "text",
    [
        text
        for campaign in CAMPAIGNS
        for texts in (campaign.texts, *(point.texts for point in campaign.checkpoints))
        for column, text in localized(texts).items()
        if not column.endswith("_en")
    ],
)
def test_no_line_ends_within_an_amount_and_no_hindi_number_is_followed_by_what_reads_as_a_one(text):
    assert not re.search(r"[\d}] [%$](?![\d{])|US\$ | [!?:;]|[\d}]।", text)


@pytest.mark.parametrize(
    "campaign", [WEEKLY_REGULAR, MONTHLY_MOVER, DAILY_LEARNER], ids=lambda found: found.activity.prefix
)
def test_visits_minutes_and_lessons_are_not_counted_in_dollars(campaign):
    assert [text for texts in campaign.texts.values() for text in texts.values() if "$" in text] == []


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda found: found.activity.prefix)
def test_every_streak_writes_every_text_that_a_member_reads(campaign):
    # None of them has freezes.
    written = {*campaign.texts, messages.FREEZE_USED}
    assert written == {"eud_title", "eud_description", *messages.MESSAGES}
    assert complete_languages(campaign.streak()) == list(settings.LANGUAGE_NAMES)
    assert list(check_member_texts(campaign.streak())) == [], "the first page of the administration is calm"


def test_the_shopper_reads_the_messages_of_the_product_page_word_by_word() -> None:
    english = {field: SEVEN_DAY_SHOPPER.texts[field]["en"] for field in messages.MESSAGES}
    assert english == {field: DEFAULTS[field] for field in messages.MESSAGES}


def test_amara_reads_the_sentences_of_the_product_page_S30_S33():
    streak = SEVEN_DAY_SHOPPER.streak()
    situation = messages.Situation(RunStatus.IN_PROGRESS, 3, Decimal("29.50"), False, Decimal(50), 7, (3, 7))
    assert display_for(streak, situation, "en")["messages"] == [
        "Shop for $20.50 or more for 4 days to complete the next milestone!",
        "Shop for $20.50 or more to complete the day 4 streak!",
    ]
