"""The demo shop: open for trials alone, and a clock that moves for its own visitors alone."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.models import Status
from gamopanda.demo.seven_day_shopper import SEVEN_DAY_SHOPPER
from gamopanda.demo.shop.webhooks import PATH, keep_endpoint
from gamopanda.demo.weekly_regular import WEEKLY_REGULAR
from gamopanda.events import delivering
from gamopanda.events.models import WebhookEndpoint
from gamopanda.events.sending import Outcome
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.progress import service
from streaks.tests.calling import Caller, admin, log_body

pytestmark = pytest.mark.django_db

DISPLAY = "/api/v1.0/end-user-display"


@pytest.fixture(autouse=True)
def _open_on_a_wednesday(settings: Any, time_machine: Any) -> None:
    settings.GAMOPANDA_DEMO = True
    time_machine.move_to("2026-03-04T10:00:00Z", tick=False)


@pytest.fixture
def shop(client: Client) -> Client:
    """The shop with its streaks, and a visitor in it."""
    for campaign in (SEVEN_DAY_SHOPPER, WEEKLY_REGULAR):
        streak = campaign.streak()
        streak.save()
        for checkpoint in campaign.checkpoints:
            checkpoint.milestone_of(streak).save()
    assert client.get("/demo/").status_code == 200
    return client


def do(shop: Client, deed: str) -> Any:
    """Press a button; return what the page is told."""
    answer = shop.post(f"/demo/do/{deed}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def shopper(told: Any) -> Any:
    """Return the streak that purchases count for, as the display shows it to the visitor."""
    headers = {"x-enduser-access-token": told["accessToken"], "x-account-id": "gamopanda"}
    streaks = Caller(headers).get(DISPLAY).data["streaks"]
    return next(streak for streak in streaks if streak["id"] == str(SEVEN_DAY_SHOPPER.id))


@pytest.mark.parametrize("path", ["", "token", "do/buy", "do/tomorrow", "do/anew"])
def test_where_nothing_is_tried_out_there_is_no_shop(client: Client, settings: Any, path: str) -> None:
    settings.GAMOPANDA_DEMO = False
    assert client.post(f"/demo/{path}").status_code == 404
    assert client.get("/demo/").status_code == 404
    assert not ApiKey.objects.exists()


def test_looking_around_makes_no_member(shop: Client) -> None:
    members = Member.objects.count()
    page = shop.get("/demo/")
    assert Member.objects.count() == members
    assert "no-store" in page["Cache-Control"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "demo streaks are not here" not in page.content.decode()


def test_without_the_demo_streaks_the_page_says_how_to_get_them(client: Client) -> None:
    assert "manage.py seed_demo" in client.get("/demo/").content.decode()
    (call,) = do(client, "buy")["calls"]
    assert (call["status"], call["answer"]["error"]["details"][0]["code"]) == (400, "not_found")


def test_a_purchase_goes_over_the_wire_and_shows(shop: Client) -> None:
    told = do(shop, "buy")
    (call,) = told["calls"]
    assert (call["method"], call["path"], call["status"]) == ("POST", "/api/v1.0/schema/streak_log/record", 201)
    assert call["body"]["ownedBy"]["externalId"] == told["externalId"]
    assert call["answer"]["data"]["activityValue"] == 20
    assert call["headers"]["x-api-secret"] == "••••••••"
    secret = ApiKey.objects.get(name="Demo shop (sandbox)").secret
    assert secret not in str(told)
    shown = shopper(told)
    assert shown["taskProgress"]["remainingValue"] == 30
    assert shown["display"]["messages"][1] == "Shop for $30 or more to complete the day 1 streak!"


def test_three_days_of_shopping_bring_the_reward_and_the_next_miss_breaks_the_streak(shop: Client) -> None:
    for day in range(3):
        for _ in range(3):
            told = do(shop, "buy")
        assert shopper(told)["streakProgress"]["currentProgressValue"] == day + 1
        if day < 2:
            assert do(shop, "tomorrow")["days"] == day + 1
    reward = shopper(told)["milestones"][0]["rewardLog"]
    assert reward["couponCode"].startswith("TEST-")

    told = do(shop, "tomorrow")
    shown = shopper(told)
    assert shown["streakProgress"]["streakProgressStatus"] == "in_progress"
    assert shown["taskProgress"]["currentValue"] == 0
    assert shown["milestones"][0]["rewardLog"] == reward
    assert (reward["rewardIssuedAt"], reward["periodKey"]) == ("2026-03-06T10:00:00Z", "2026-03-06")
    (call,) = told["calls"]
    assert (call["path"].rpartition("/")[2], call["body"], call["status"]) == (
        "clock",
        {"now": "2026-03-07T10:00:00Z"},
        200,
    )

    shown = shopper(do(shop, "tomorrow"))
    assert shown["streakProgress"]["streakProgressStatus"] == "broken"
    member = Member.objects.get(external_id=told["externalId"])
    assert member.sandbox
    assert service.check([member.pk], now=member.now_at(timezone.now())) == []
    assert RewardLog.objects.filter(member=member).count() == 1


def test_the_clock_moves_for_no_other_visitor(shop: Client) -> None:
    told = do(shop, "buy")
    admin().post("streak_log/record", log_body(Streak.objects.get(pk=SEVEN_DAY_SHOPPER.id)))
    kinds = (StreakLog, TaskProgress, StreakProgress, RewardLog)

    def of_others() -> list[list[Any]]:
        return [list(kind._base_manager.exclude(member__external_id=told["externalId"]).values()) for kind in kinds]

    before = of_others()
    assert [len(rows) for rows in before] == [1, 1, 1, 0]
    do(shop, "tomorrow")
    assert of_others() == before


def test_a_forged_visitor_is_somebody_new(shop: Client) -> None:
    session = shop.session
    session["demo_visitor"] = "demo-amara"
    session.save()
    told = do(shop, "tomorrow")
    assert told["externalId"] != "demo-amara"
    assert told["externalId"].startswith("demo-visitor-")


def test_starting_over_is_coming_as_somebody_new(shop: Client) -> None:
    first = do(shop, "buy")
    do(shop, "tomorrow")
    told = do(shop, "anew")
    assert told["externalId"] != first["externalId"]
    assert told["days"] == 0
    assert shopper(told)["streakProgress"] is None
    assert shop.post("/demo/token").json()["externalId"] == told["externalId"]


def test_the_shop_shows_its_visitor_the_signed_calls_that_its_webhook_takes(shop: Client, monkeypatch: Any) -> None:
    keep_endpoint("http://testserver")
    do(shop, "buy")
    answers = []

    def send(url: str, headers: dict[str, str], body: bytes) -> Outcome:
        assert url == f"http://testserver{PATH}"
        content_type = headers.pop("Content-Type")
        forged, taken = (shop.post(PATH, data, content_type, headers=headers) for data in (body + b" ", body))
        answers.append((forged.status_code, taken.status_code))
        return Outcome(taken.status_code, 1, "")

    monkeypatch.setattr(delivering, "send", send)
    jobs = delivering.claim(WebhookEndpoint.objects.get(), 20, now=timezone.now())
    for job in jobs:
        delivering.note(job, delivering.try_job(job), now=timezone.now())
    assert answers == [(401, 204)] * len(jobs)
    calls = shop.get("/demo/webhooks").json()["calls"]
    assert [call["body"]["type"] for call in calls] == ["streak.started"]
    assert [call["id"] for call in calls] == [str(job.delivery.event_id) for job in jobs]
    assert Client().get("/demo/webhooks").json() == {"calls": []}


def test_visits_count_for_the_week(shop: Client) -> None:
    do(shop, "visit")
    told = do(shop, "visit")
    assert told["calls"][0]["answer"]["data"]["streakProgress"]["currentProgressValue"] == 1


def test_unknown_deeds_and_requests_without_the_pages_token_are_refused(shop: Client) -> None:
    assert shop.post("/demo/do/steal").status_code == 404
    assert shop.get("/demo/do/buy").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/demo/do/buy").status_code == 403


def test_a_paused_streak_says_so_on_the_wire(shop: Client) -> None:
    streak = Streak.objects.get(pk=SEVEN_DAY_SHOPPER.id)
    streak.status = Status.PAUSED
    streak.save()
    (call,) = do(shop, "buy")["calls"]
    assert (call["status"], call["answer"]["error"]["code"]) == (400, "streak_not_live")
