"""Everything a client needs, in one call: what an end user or a guest sees of the whole programme."""

import pytest
from django.db import connection

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.models import Status
from streaks.tests.calling import Caller, admin, end_user, guest, log_body, make_milestone, make_streak

pytestmark = pytest.mark.django_db

PATH = "/api/v1.0/end-user-display"


@pytest.fixture(autouse=True)
def _evening_of_the_fourth_of_march(time_machine):
    time_machine.move_to("2026-03-04T18:00:00Z", tick=False)


def log(streak, **changes):
    """Record a log through the API."""
    answer = admin().post("streak_log/record", log_body(streak, **changes))
    assert answer.status == 201, answer.body
    return answer.data


def three_days_and_some(streak):
    """Three days of seven done, and 29.50 of 50 spent today: the example of the product page."""
    for day in (1, 2, 3):
        log(streak, day=day)
    return log(streak, day=4, value="29.50")


def test_a_member_sees_the_example_of_the_product_page():
    streak = make_streak(eud_title="Shop daily")
    first, second = make_milestone(streak, 3), make_milestone(streak, 5)
    run = three_days_and_some(streak)["streakProgress"]
    ann = end_user("ann")
    data = ann.get(PATH).data
    assert set(data) == {"languageCode", "streaks", "rewards", "widget"}
    assert data["languageCode"] == "en"
    (shown,) = data["streaks"]
    plain = ann.get(f"streak/record/{streak.pk}").data
    assert {name: shown[name] for name in plain if name != "milestones"} == {
        name: value for name, value in plain.items() if name != "milestones"
    }
    assert set(shown) - set(plain) == {"streakProgress", "taskProgress", "display"}
    assert shown["taskProgress"] == run.pop("taskProgress")
    assert shown["display"] == run.pop("display")
    assert shown["streakProgress"] == run
    assert shown["display"]["messages"] == [
        "Shop for $20.50 or more for 2 days to complete the next milestone!",
        "Shop for $20.50 or more to complete the day 4 streak!",
    ]
    (reward,) = data["rewards"]
    assert reward == ann.get(f"reward_log/record/{reward['id']}").data
    assert shown["milestones"] == [
        {**plain["milestones"][0], "isReached": True, "rewardLog": reward},
        {**plain["milestones"][1], "isReached": False, "rewardLog": None},
    ]
    assert [milestone["id"] for milestone in shown["milestones"]] == [str(first.pk), str(second.pk)]


def test_a_guest_and_an_end_user_who_has_done_nothing_see_the_programme():
    streak = make_streak()
    make_milestone(streak, 3)
    three_days_and_some(streak)
    for reader in (guest(), end_user("new member")):
        data = reader.get(PATH).data
        assert data["rewards"] == []
        (shown,) = data["streaks"]
        assert shown["streakProgress"] is None
        assert shown["taskProgress"] == {
            "periodKey": "2026-03-04",
            "periodStartsAt": "2026-03-04T00:00:00Z",
            "periodEndsAt": "2026-03-05T00:00:00Z",
            "currentValue": 0,
            "targetValue": 50,
            "remainingValue": 50,
            "status": "in_progress",
        }
        assert shown["display"]["statusLabel"] == "Not Started"
        assert shown["display"]["messages"][0] == "Shop for $50 or more for 3 days to complete the next milestone!"
        assert [(milestone["isReached"], milestone["rewardLog"]) for milestone in shown["milestones"]] == [
            (False, None)
        ]


def test_only_live_streaks_and_live_milestones_are_shown():
    live = make_streak()
    make_milestone(live, 3, status=Status.PAUSED)
    make_streak(status=Status.DRAFT)
    make_streak(status=Status.PAUSED)
    make_streak(deleted_at=live.created_at)
    data = guest().get(PATH).data
    assert [(shown["id"], shown["milestones"]) for shown in data["streaks"]] == [(str(live.pk), [])]


def test_the_shown_run_is_the_newest():
    streak = make_streak()
    make_milestone(streak, 1)
    log(streak, day=1)
    new = log(streak, day=4, value=1)
    (shown,) = end_user("ann").get(PATH).data["streaks"]
    assert shown["streakProgress"]["id"] == new["streakProgress"]["id"]
    assert [(one["isReached"], one["rewardLog"]) for one in shown["milestones"]] == [(False, None)]


def test_s16_a_run_past_its_deadline_is_shown_as_broken(time_machine):
    log(make_streak(), day=1)
    (shown,) = end_user("ann").get(PATH).data["streaks"]
    assert shown["streakProgress"]["streakProgressStatus"] == "broken"
    assert shown["display"]["statusLabel"] == "Broken"
    assert shown["display"]["messages"][0].startswith("Your streak has been broken.")


def test_s21_a_reward_for_once_in_a_lifetime_stays_on_the_ladder_of_the_next_run():
    streak = make_streak()
    make_milestone(streak, 1, once_per_member=True)
    reward = log(streak, day=1)["achievedMilestoneRewardLog"]
    log(streak, day=4)
    (shown,) = end_user("ann").get(PATH).data["streaks"]
    (one,) = shown["milestones"]
    assert one["isReached"] is True
    assert one["rewardLog"]["id"] == reward["id"]


def test_s9_a_milestone_whose_reward_was_issued_stays_reached_after_a_refund():
    streak = make_streak()
    make_milestone(streak, 1)
    reward = log(streak, day=4)["achievedMilestoneRewardLog"]
    log(streak, day=4, value=-20, uniqueIdentifier="refund")
    (shown,) = end_user("ann").get(PATH).data["streaks"]
    (one,) = shown["milestones"]
    assert (shown["streakProgress"]["currentProgressValue"], one["isReached"]) == (0, True)
    assert one["rewardLog"]["id"] == reward["id"]


def test_rewards_of_paused_streaks_are_shown_and_those_of_deleted_ones_are_not():
    paused, deleted = make_streak(), make_streak()
    for streak in (paused, deleted):
        make_milestone(streak, 1)
        log(streak)
    caller = admin()
    caller.patch(f"streak/record/{paused.pk}", {"status": "paused"})
    caller.delete(f"streak/record/{deleted.pk}")
    data = end_user("ann").get(PATH).data
    assert data["streaks"] == []
    assert [reward["linkedSchemaRecordId"] for reward in data["rewards"]] == [str(paused.pk)]


def test_a_member_sees_nothing_that_belongs_to_another():
    streak = make_streak()
    make_milestone(streak, 1)
    log(streak, of="bob")
    data = end_user("ann").get(PATH).data
    assert data["rewards"] == []
    assert data["streaks"][0]["streakProgress"] is None
    assert data["streaks"][0]["milestones"][0]["rewardLog"] is None


def test_s34_the_whole_answer_is_in_the_language_asked_for():
    streak = make_streak(eud_title="Shop daily")
    make_milestone(streak, 3, eud_title="Three")
    caller = admin()
    caller.patch(f"streak/record/{streak.pk}", {"eudTitle": "Compre todo dia"}, languageCode="pt")
    three_days_and_some(streak)
    answer = end_user("ann").get(PATH, languageCode="pt-BR")
    assert answer.headers["Content-Language"] == "pt"
    assert answer.data["languageCode"] == "pt"
    (shown,) = answer.data["streaks"]
    assert (shown["eudTitle"], shown["milestones"][0]["eudTitle"]) == ("Compre todo dia", "Three")
    assert shown["display"]["variables"]["periodText"] == "dia"
    assert shown["display"]["variables"]["nextRemainingValue"] == "20,50"
    assert guest().get(PATH, languageCode="not a language").data["languageCode"] == "en"


def test_s62_a_text_in_another_language_says_so_and_holds_no_word_of_the_readers():
    streak = make_streak(
        eud_non_milestone_next_to_be_achieved_message="Only {{nextRemainingValue}} this {{periodText}}"
    )
    make_milestone(streak, 5)
    log(streak, day=4, value="29.50")
    (shown,) = end_user("ann").get(PATH, languageCode="de").data["streaks"]
    display = shown["display"]
    assert (display["statusLabel"], display["statusLabelLanguage"]) == ("Läuft", "de")
    assert display["messages"] == ["Noch 5 Tage bis zum nächsten Meilenstein!", "Only 20.50 this day"]
    assert display["messageLanguages"] == ["de", "en"]
    assert display["variables"]["nextRemainingValue"] == "20,50"


def test_administrators_and_broken_credentials_are_refused():
    assert admin().get(PATH).error() == (403, "forbidden")
    token = end_user("ann")
    ApiKey.objects.update(status=Status.PAUSED)
    assert token.get(PATH).error() == (401, "unauthorized")
    assert Caller({"x-account-id": "gamopanda"}).get(PATH).error() == (401, "unauthorized")
    assert guest().post(PATH, {}).error()[0] in {401, 405}
    assert guest().get(PATH, language="fr").error() == (400, "validation_error")


def test_an_unchanged_answer_is_a_304_and_a_changed_one_is_not():
    streak = make_streak()
    log(streak, day=3)
    ann = end_user("ann")
    first = ann.get(PATH)
    tag = first.headers["ETag"]
    same = ann.send("GET", PATH, headers={"If-None-Match": tag})
    assert (same.status, same.body, same.headers["ETag"]) == (304, None, tag)
    assert first.headers["Cache-Control"] == same.headers["Cache-Control"] == "private, no-cache"
    assert same.headers["Content-Language"] == "en"
    french = ann.send("GET", PATH, headers={"If-None-Match": tag}, languageCode="fr")
    assert french.status == 200
    same = ann.send("GET", PATH, headers={"If-None-Match": french.headers["ETag"]}, languageCode="fr")
    assert (same.status, same.headers["Content-Language"]) == (304, "fr")
    log(streak, day=4)
    changed = ann.send("GET", PATH, headers={"If-None-Match": tag})
    assert (changed.status, changed.headers["ETag"] != tag) == (200, True)


def test_s16_the_tag_changes_when_only_the_clock_moves(time_machine):
    log(make_streak(), day=4)
    tag = end_user("ann").get(PATH).headers["ETag"]
    time_machine.move_to("2026-03-04T18:30:00Z", tick=False)
    assert end_user("ann").send("GET", PATH, headers={"If-None-Match": tag}).status == 304
    time_machine.move_to("2026-03-05T00:00:00Z", tick=False)
    assert end_user("ann").send("GET", PATH, headers={"If-None-Match": tag}).status == 200


def test_caches_are_told_that_the_answer_depends_on_the_credentials():
    for reader in (guest(), end_user("ann")):
        vary = {name.strip().lower() for name in reader.get(PATH).headers["Vary"].split(",")}
        assert {"x-enduser-access-token", "x-account-id", "x-api-key", "x-api-secret"} <= vary


def test_the_call_takes_a_fixed_number_of_queries(django_assert_num_queries):
    def add_streak(**rules):
        streak = make_streak(**rules)
        make_milestone(streak, 1)
        make_milestone(streak, 2)
        for day in (1, 4):
            log(streak, day=day)

    add_streak()
    ann, visitor = end_user("ann"), guest()
    # key, member, streaks, milestones, versions, rewards, runs, settings and texts of the widget, current periods; on
    # PostgreSQL all from the streaks to the texts are read together
    for_ann, for_guest = (4, 1) if connection.vendor == "postgresql" else (10, 5)
    with django_assert_num_queries(for_ann):
        assert len(ann.get(PATH).data["streaks"]) == 1
    with django_assert_num_queries(for_guest):  # streaks, milestones, settings and texts of the widget
        visitor.get(PATH)
    for zone in ("Asia/Tokyo", "Pacific/Kiritimati", ""):
        add_streak(time_zone=zone)
    with django_assert_num_queries(for_ann):
        data = ann.get(PATH).data
    assert (len(data["streaks"]), len(data["rewards"])) == (4, 8)
    with django_assert_num_queries(for_guest):
        visitor.get(PATH)
    assert Member.objects.count() == 1


def test_what_was_written_before_is_written_anew_when_the_streak_the_day_or_the_reader_is_another_one(time_machine):
    time_machine.move_to("2026-03-04T12:00:00Z", tick=False)
    streak = make_streak(eud_title_en="Shopper", eud_title_de="Käufer")
    milestone = make_milestone(streak, 3)

    def seen(reader, **query):
        (shown,) = reader.get(PATH, **query).data["streaks"]
        return shown["eudTitle"], shown["taskProgress"]["periodKey"], shown["milestones"][0]["eudTitle"]

    ann, visitor = end_user("ann"), guest()
    for reader in (visitor, visitor, ann):
        assert seen(reader) == ("Shopper", "2026-03-04", "")
    assert seen(visitor, languageCode="de") == ("Käufer", "2026-03-04", "")
    type(streak).objects.update(eud_title_en="Runner")
    assert seen(visitor) == ("Runner", "2026-03-04", "")
    type(milestone).objects.update(eud_title_en="Three days")
    assert seen(ann) == ("Runner", "2026-03-04", "Three days")
    time_machine.move_to("2026-03-05T00:00:00Z", tick=False)
    assert seen(visitor) == ("Runner", "2026-03-05", "Three days")
    log(streak, day=4)
    (shown,) = end_user("ann").get(PATH).data["streaks"]
    assert shown["streakProgress"]["currentProgressValue"] == 1
    assert seen(visitor) == ("Runner", "2026-03-05", "Three days")
    assert visitor.get(PATH).data["streaks"][0]["streakProgress"] is None


def test_head_says_what_get_says_without_the_body():
    make_streak()
    got, path = guest().get("/api/v1.0/end-user-display"), "/api/v1.0/end-user-display"
    head = guest().send("HEAD", path)
    assert (head.status, head.body, head.headers["ETag"]) == (200, None, got.headers["ETag"])
    unchanged = guest().send("HEAD", path, headers={"If-None-Match": got.headers["ETag"]})
    assert (unchanged.status, unchanged.body) == (304, None)
