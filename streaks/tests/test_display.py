"""What the end user reads, in every language (S30–S34)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from streaks.core.messages import MILESTONE_NEXT, Situation
from streaks.core.runs import RunStatus
from streaks.models import Milestone, Streak, StreakLog, StreakProgress, TaskProgress
from streaks.models.texts import DEFAULTS
from streaks.presenters.display import Display, display_for, situation_of
from streaks.presenters.protection import read_protection
from streaks.presenters.runs import read_clock
from streaks.progress.service import record_log
from streaks.progress.streak_cache import share_rules

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def shopper(**values: object) -> Streak:
    """Return the "7-Day Shopper" of the product page: $50 a day for seven days."""
    return Streak(
        **{
            "name": "7-Day Shopper",
            "description": "Spend $50 every day for 7 days.",
            "status": Status.LIVE,
            "aggregation_target_value": Decimal(50),
            "completion_target_value": 7,
            **values,
        }
    )


def situation(
    status: RunStatus | None = RunStatus.IN_PROGRESS,
    value: int = 3,
    total: str = "29.50",
    milestones: tuple[int, ...] = (5,),
    completion_target: int = 7,
    *,
    is_complete: bool = False,
) -> Situation:
    """Return the situation of the product page: 3 of 7 days done, $29.50 of $50 spent today, next milestone at 5."""
    return Situation(status, value, Decimal(total), is_complete, Decimal(50), completion_target, milestones)


def shown(where: Situation, language: str = "en", **values: object) -> Display:
    return display_for(shopper(**values), where, language)


# --- the product page, character for character ------------------------------------------------------------------------


def test_the_variables_of_the_product_page() -> None:
    assert shown(situation())["variables"] == {
        "periodText": "day",
        "currentProgressValue": "3",
        "nextProgressValue": "4",
        "nextRemainingValue": "20.50",
        "nextRemainingPeriod": "2",
        "nextRemainingPeriodText": "2 days",
        "currentPeriodName": "day 3",
        "nextPeriodName": "day 4",
        "thisPeriodText": "today",
        "nextPeriodText": "tomorrow",
        "freezesLeft": "0",
        "freezeMaxCount": "0",
    }


def test_the_rendered_examples_of_the_product_page() -> None:
    display = shown(situation())
    assert display["statusLabel"] == "In Progress"
    assert display["messages"] == [
        "Shop for $20.50 or more for 2 days to complete the next milestone!",
        "Shop for $20.50 or more to complete the day 4 streak!",
    ]


def test_every_message_is_rendered_under_the_name_of_its_field() -> None:
    achieved = (
        "You have completed day 3 streak! Come back next day to shop more to maintain your streak and reach the next "
        "milestone!"
    )
    assert shown(situation())["rendered"] == {
        "eudNonMilestoneNextToBeAchievedMessage": "Shop for $20.50 or more to complete the day 4 streak!",
        "eudNonMilestoneAchievedMessage": achieved,
        "eudCompletedStreakMessage": (
            "Congratulations! You have completed this streak! Come back next day to shop more and start your next "
            "streak!"
        ),
        "eudBrokenStreakMessage": (
            "Your streak has been broken. Don't worry, you can start a new streak today! Shop more and reach your "
            "next milestone!"
        ),
        "eudMilestoneNextToBeAchievedMessage": "Shop for $20.50 or more for 2 days to complete the next milestone!",
        "eudMilestoneAchievedMessage": achieved,
        "eudFreezeUsedMessage": "A freeze has saved your streak! You have 0 freezes left.",
    }


@pytest.mark.parametrize(
    ("where", "label", "fields"),
    [
        (situation(None, 0, "0"), "Not Started", ["eudMilestoneNextToBeAchieved", "eudNonMilestoneNextToBeAchieved"]),
        (situation(None, 0, "0", ()), "Not Started", ["eudNonMilestoneNextToBeAchieved"]),
        (situation(), "In Progress", ["eudMilestoneNextToBeAchieved", "eudNonMilestoneNextToBeAchieved"]),
        (situation(milestones=(3,)), "In Progress", ["eudNonMilestoneNextToBeAchieved"]),
        (situation(total="50", milestones=(3, 5), is_complete=True), "In Progress", ["eudMilestoneAchieved"]),
        (situation(total="50", is_complete=True), "In Progress", ["eudNonMilestoneAchieved"]),
        (situation(RunStatus.COMPLETED, 7, "50", is_complete=True), "Completed", ["eudCompletedStreak"]),
        (situation(RunStatus.BROKEN, 3, "0"), "Broken", ["eudBrokenStreak"]),
    ],
)
def test_s32_s33_the_label_and_messages_of_every_situation(where: Situation, label: str, fields: list[str]) -> None:
    display = shown(where)
    assert display["statusLabel"] == label
    assert display["messages"] == [display["rendered"][f"{field}Message"] for field in fields]


# --- languages --------------------------------------------------------------------------------------------------------

NOUNS_AND_SEPARATOR = {
    "en": ("day", "week", "month", "."),
    "es": ("día", "semana", "mes", ","),
    "fr": ("jour", "semaine", "mois", ","),
    "de": ("Tag", "Woche", "Monat", ","),
    "pt": ("dia", "semana", "mês", ","),
    "ar": ("يوم", "أسبوع", "شهر", "."),
    "hi": ("दिन", "सप्ताह", "महीना", "."),
    "ja": ("日", "週", "月", "."),
}


@pytest.mark.parametrize("language", NOUNS_AND_SEPARATOR)
def test_s30_period_and_decimal_separator_are_those_of_the_language(language: str) -> None:
    *nouns, separator = NOUNS_AND_SEPARATOR[language]
    for period, noun in zip(["daily", "weekly", "monthly"], nouns, strict=True):
        variables = shown(situation(), language, aggregation_period=period)["variables"]
        assert variables["periodText"] == noun
        assert variables["nextRemainingValue"] == f"20{separator}50"
        assert shown(situation(total="20"), language)["variables"]["nextRemainingValue"] == "30"


def test_s34_texts_are_those_of_the_language_and_the_others_fall_back() -> None:
    texts = {
        "eud_in_progress_label_ar": "جارٍ",
        "eud_non_milestone_next_to_be_achieved_message_ar": (
            "تسوّق بمبلغ ${{nextRemainingValue}} لإكمال {{ periodText }} {{nextProgressValue}}!"
        ),
        "eud_milestone_next_to_be_achieved_message_en": "{{nextRemainingPeriod}} × {{periodText}} to go",
    }
    arabic = shown(situation(), "ar", **texts)
    assert arabic["statusLabel"] == "جارٍ"
    assert arabic["messages"] == ["2 × day to go", "تسوّق بمبلغ $20.50 لإكمال يوم 4!"]
    assert (arabic["statusLabelLanguage"], arabic["messageLanguages"]) == ("ar", ["en", "ar"])
    japanese = shown(situation(), "ja", **texts)
    assert japanese["messages"] == ["2 × day to go", "今日はあと20.50で、ストリーク4日目を達成できます！"]
    assert (japanese["statusLabel"], japanese["messageLanguages"]) == ("進行中", ["en", "ja"])


def test_s62_the_numbers_in_an_english_text_are_english_for_every_reader() -> None:
    german = shown(situation(), "de", eud_non_milestone_next_to_be_achieved_message="Only {{nextRemainingValue}} to go")
    assert german["messages"][1] == "Only 20.50 to go"
    assert german["variables"]["nextRemainingValue"] == "20,50"


def test_s63_one_day_is_no_days_in_the_default_of_the_product_page_and_in_its_copies() -> None:
    one_day_ahead = situation(milestones=(4,))
    copy = DEFAULTS[MILESTONE_NEXT].replace("Shop", "Buy")
    for written in ("", copy):
        texts = shown(one_day_ahead, eud_milestone_next_to_be_achieved_message=written)["messages"]
        assert texts[0].removeprefix("Buy").removeprefix("Shop") == (
            " for $20.50 or more for 1 day to complete the next milestone!"
        )


def test_s63_plural_forms_are_those_of_the_language_of_the_text() -> None:
    name = "eud_milestone_next_to_be_achieved_message"
    texts = {
        f"{name}_en": "{{nextRemainingPeriod|one: # day|other: # days}} to go",
        f"{name}_ar": "{{ nextRemainingPeriod | two:يومان | few: # أيام | other: # يوم }}",
    }
    ahead = {target: situation(milestones=(3 + target,), completion_target=200) for target in (1, 2, 3, 11, 100)}
    assert [shown(where, "en", **texts)["messages"][0] for where in ahead.values()] == [
        "1 day to go",
        "2 days to go",
        "3 days to go",
        "11 days to go",
        "100 days to go",
    ]
    arabic = [shown(where, "ar", **texts)["messages"][0] for where in ahead.values()]
    assert arabic == ["1 يوم", "يومان", "3 أيام", "11 يوم", "100 يوم"]
    assert shown(ahead[1], "de", **texts)["messages"][0] == "1 day to go"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("weekdays", "language", "phrase"),
    [
        ("mon,tue,wed,thu,fri,sat,sun", "en", "tomorrow"),
        ("mon,tue,wed,thu,fri,sat,sun", "de", "morgen"),
        ("mon,wed", "en", "Monday"),
        ("mon,wed", "de", "am Montag"),
        ("wed,sat", "pt", "no sábado"),
        ("wed", "en", "on March 11"),
        ("wed", "ja", "3月11日"),
    ],
)
def test_s63_the_next_period_is_the_next_that_counts_s40(weekdays: str, language: str, phrase: str) -> None:
    streak = shopper(active_weekdays=weekdays)
    display = display_for(streak, situation_of(streak, None, None, NOW), language)
    assert display["variables"]["nextPeriodText"] == phrase


def test_s31_values_are_data_and_an_unknown_variable_stays_as_written() -> None:
    text = "{{periodText}} {{ nextProgressValue }} {{unknown}} {periodText} {{{periodText}}}"
    display = shown(situation(), "fr", eud_milestone_next_to_be_achieved_message_fr=text)
    assert display["messages"][0] == "jour 4 {{unknown}} {periodText} {jour}"


def test_the_active_language_decides_nothing_and_stays_what_it_was() -> None:
    with translation.override("de"):
        assert shown(situation(), "fr")["variables"]["periodText"] == "jour"
        assert translation.get_language() == "de"


# --- from what is stored ----------------------------------------------------------------------------------------------


def stored_shopper(*milestones: int) -> Streak:
    streak = shopper()
    streak.save()
    for target in milestones:
        Milestone.objects.create(streak=streak, name=f"{target}", milestone_target_value=target, status=Status.LIVE)
    return streak


def record(streak: Streak, member: Member, day: int, value: str) -> None:
    at = datetime(2026, 3, day, 9, tzinfo=UTC)
    values: dict[str, object] = {
        "member": member,
        "streak": streak,
        "activity_at": at,
        "activity_id": "made_a_purchase",
        "unique_identifier": f"order {day}",
        "activity_value": Decimal(value),
    }
    record_log(StreakLog(**values), now=at)


def current_state(streak: Streak, now: datetime = NOW) -> Situation:
    key = streak.calendar.key_of(now)
    run = StreakProgress.objects.first()
    if run is not None:
        protected(run, now)
    return situation_of(streak, run, TaskProgress.objects.filter(period_key=key).first(), now)


def protected(run: StreakProgress, now: datetime = NOW) -> None:
    """Read along what every run is shown with."""
    read_clock(run, run.streak, now)
    read_protection([run], now)


@pytest.mark.django_db
def test_the_product_page_comes_out_of_what_was_recorded() -> None:
    streak, member = stored_shopper(5), Member.objects.create(external_id="ada")
    for day, value in [(1, "50"), (2, "75"), (3, "50.01"), (4, "29.50")]:
        record(streak, member, day, value)
    assert current_state(streak) == situation(milestones=(5,))
    assert display_for(streak, current_state(streak), "en") == shown(situation())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "is_complete"),
    [(["49.99"], False), (["50"], True), (["50.01"], True), (["25", "25"], True), (["50", "-0.01"], False)],
)
def test_s8_the_current_period_is_complete_from_its_target_on(values: list[str], is_complete: bool) -> None:
    streak, member = stored_shopper(), Member.objects.create(external_id="ada")
    for hour, value in enumerate(values):
        log = StreakLog(
            streak=streak,
            member=member,
            activity_at=NOW.replace(hour=hour),
            activity_id="made_a_purchase",
            unique_identifier=f"order {hour}",
            activity_value=Decimal(value),
        )
        record_log(log, now=NOW)
    assert current_state(streak).is_complete is is_complete


@pytest.mark.django_db
def test_before_the_first_log_nothing_is_done_and_everything_ahead() -> None:
    streak = stored_shopper(3, 5)
    assert current_state(streak) == situation(None, 0, "0", (3, 5))
    assert display_for(streak, current_state(streak), "en")["messages"] == [
        "Shop for $50 or more for 3 days to complete the next milestone!",
        "Shop for $50 or more to complete the day 1 streak!",
    ]


@pytest.mark.django_db
def test_s16_a_run_past_its_deadline_reads_as_broken_although_no_job_has_run() -> None:
    streak, member = stored_shopper(), Member.objects.create(external_id="ada")
    record(streak, member, 1, "50")
    assert current_state(streak, datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)).status is RunStatus.IN_PROGRESS
    where = current_state(streak, datetime(2026, 3, 3, tzinfo=UTC))
    assert (where.status, where.value, where.total) == (RunStatus.BROKEN, 1, Decimal(0))
    display = display_for(streak, where, "en")
    assert display["statusLabel"] == "Broken"
    assert (display["variables"]["nextProgressValue"], display["variables"]["nextRemainingValue"]) == ("1", "50")


@pytest.mark.django_db
def test_s33_only_live_and_visible_milestones_lie_ahead() -> None:
    streak = stored_shopper(6, 4)
    Milestone.objects.create(streak=streak, name="draft", milestone_target_value=2, status=Status.DRAFT)
    Milestone.objects.create(streak=streak, name="hidden", milestone_target_value=3, status=Status.LIVE, deleted_at=NOW)
    assert current_state(streak).milestones == (4, 6)


@pytest.mark.django_db
def test_a_display_asks_the_database_for_nothing_but_milestones_and_not_even_those_when_prefetched() -> None:
    member = Member.objects.create(external_id="ada")
    record(stored_shopper(5), member, 4, "20")
    run = StreakProgress.objects.select_related("streak").prefetch_related("streak__milestones").get()
    task = TaskProgress.objects.get()
    protected(run)
    share_rules([run])
    with CaptureQueriesContext(connection) as queries:
        display_for(run.streak, situation_of(run.streak, run, task, NOW), "fr")
    assert len(queries) == 0
    run = StreakProgress.objects.select_related("streak").get()
    protected(run)
    share_rules([run])
    with CaptureQueriesContext(connection) as queries:
        display_for(run.streak, situation_of(run.streak, run, task, NOW), "fr")
    assert len(queries) == 1
