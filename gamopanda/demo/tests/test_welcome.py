"""`manage.py welcome`: what a first look needs is made once, and printed as often as asked."""

import json
import shlex
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from gamopanda.accounts.models import ApiKey
from gamopanda.api.models import Status
from streaks.models import Milestone, Streak, StreakLog

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def welcome() -> str:
    printed = StringIO()
    call_command("welcome", url="http://localhost:8000", stdout=printed, stderr=StringIO())
    return printed.getvalue()


def make_streak(*, target: int = 50, method: str = "sum", milestone_at: int = 1) -> Streak:
    streak = Streak.objects.create(
        name="Own",
        description="A streak of this installation's own.",
        status=Status.LIVE,
        aggregation_method=method,
        aggregation_target_value=target,
        completion_target_value=3,
    )
    Milestone.objects.create(streak=streak, name="Step", milestone_target_value=milestone_at, status=Status.LIVE)
    return streak


def printed_request(printed: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Return the address, the headers and the body of the printed curl line."""
    (line,) = [line for line in printed.splitlines() if line.startswith("curl ")]
    words = shlex.split(line)
    headers = [words[place + 1] for place, word in enumerate(words) if word == "-H"]
    pairs = dict(header.split(": ", 1) for header in headers)
    return words[words.index("POST") + 1], pairs, json.loads(words[words.index("-d") + 1])


def value_after(printed: str, label: str) -> str:
    (line,) = [line for line in printed.splitlines() if line.strip().startswith(label)]
    return line.split()[-1]


def test_an_empty_installation_gets_demo_streaks_a_login_and_a_key(client: Client) -> None:
    printed = welcome()
    assert Streak.objects.count() == 4
    password = value_after(printed, "Password")
    client.post("/admin/login/", {"username": value_after(printed, "Username"), "password": password})
    assert client.get("/admin/").status_code == 200
    key = ApiKey.objects.get()
    assert (value_after(printed, "x-api-key"), value_after(printed, "x-api-secret")) == (key.api_key, key.secret)


def test_the_printed_request_is_answered_with_a_milestone_and_its_reward(client: Client) -> None:
    address, headers, body = printed_request(welcome())
    assert address == "http://localhost:8000/api/v1.0/schema/streak_log/record"
    response = client.post(
        "/api/v1.0/schema/streak_log/record",
        json.dumps(body),
        content_type=headers.pop("content-type"),
        headers=headers,
    )
    assert response.status_code == 201, response.content
    data = response.json()["data"]
    assert data["achievedMilestone"]["milestoneTargetValue"] == 1
    assert data["achievedMilestoneRewardLog"]["couponCode"]
    assert StreakLog.objects.filter(unique_identifier=body["uniqueIdentifier"]).count() == 1


def test_a_second_look_prints_the_same_login_and_key_and_another_member() -> None:
    first, second = welcome(), welcome()
    for label in ("Username", "Password", "x-api-key", "x-api-secret"):
        assert value_after(first, label) == value_after(second, label)
    bodies = [printed_request(printed)[2] for printed in (first, second)]
    assert bodies[0]["streakId"] == bodies[1]["streakId"]
    assert bodies[0]["ownedBy"] != bodies[1]["ownedBy"]
    assert bodies[0]["uniqueIdentifier"] != bodies[1]["uniqueIdentifier"]
    assert (Streak.objects.count(), ApiKey.objects.count(), get_user_model().objects.count()) == (4, 1, 1)


def test_the_password_is_kept_where_only_its_owner_reads_it(var_dir: Path) -> None:
    make_streak()
    password = value_after(welcome(), "Password")
    path = var_dir / "admin_password"
    assert path.read_text() == f"{password}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(password) == 16


def test_an_installation_with_streaks_gets_no_demo() -> None:
    streak = make_streak(target=50)
    body = printed_request(welcome())[2]
    assert Streak.objects.count() == 1
    assert (body["streakId"], body["activityValue"]) == (str(streak.pk), 50)


def test_a_count_of_one_is_reached_by_one_log_too() -> None:
    streak = make_streak(target=1, method="count")
    assert printed_request(welcome())[2]["streakId"] == str(streak.pk)


@pytest.mark.parametrize("rules", [{"target": 2, "method": "count"}, {"milestone_at": 2}])
def test_no_request_is_printed_when_a_single_log_reaches_nothing(rules: dict[str, Any]) -> None:
    make_streak(**rules)
    printed = welcome()
    assert "curl" not in printed
    assert value_after(printed, "x-api-key") == ApiKey.objects.get().api_key


@pytest.mark.parametrize("change", [{"status": Status.DRAFT}, {"deleted_at": "2026-01-01T00:00:00Z"}])
def test_no_request_is_printed_for_a_streak_that_takes_no_activity(change: dict[str, Any]) -> None:
    """S26, S29."""
    make_streak()
    Streak.objects.update(**change)
    assert "curl" not in welcome()


def test_a_login_of_ones_own_is_left_alone(var_dir: Path) -> None:
    make_streak()
    get_user_model().objects.create_superuser("rosa", password="hers alone")
    printed = welcome()
    assert "Admin     http://localhost:8000/admin/   (log in with your own account)" in printed
    assert not (var_dir / "admin_password").exists()
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["rosa"]


def test_a_password_that_was_changed_is_not_printed_any_more() -> None:
    make_streak()
    old = value_after(welcome(), "Password")
    user = get_user_model().objects.get()
    user.set_password("a new one")
    user.save()
    printed = welcome()
    assert old not in printed
    assert "(log in with your own account)" in printed


def test_a_key_that_was_paused_is_not_printed_any_more() -> None:
    make_streak()
    welcome()
    key = ApiKey.objects.get()
    key.status = Status.PAUSED
    key.save()
    printed = welcome()
    assert key.api_key not in printed
    assert "(the key “First look” is paused: use one of your own)" in printed


def test_a_lost_secret_key_is_named_as_the_reason(settings: Settings) -> None:
    make_streak()
    welcome()
    settings.SECRET_KEY = "another one"
    with pytest.raises(CommandError, match="were made under another SECRET_KEY"):
        welcome()
