"""A single log is answered by the fast path on PostgreSQL, and the answer is that of the view."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.models import Status
from rewards.models import RewardLog
from streaks.api import log_views
from streaks.models import StreakLog
from streaks.tests.calling import Answer, Caller, admin, log_body, make_milestone, make_streak
from streaks.tests.recording_cases import NOW, make_case

# In transactions of their own: BEGIN and COMMIT go along with the statements then.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

PATH = "streak_log/record"


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[Any]:
    with time_machine.travel("2026-03-03T18:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def fast_path(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note of each call whether the fast path answered it."""
    taken: list[bool] = []
    plain = log_views.answer_single_log

    def noting(*args: Any) -> Any:
        answer = plain(*args)
        taken.append(answer is not None)
        return answer

    monkeypatch.setattr(log_views, "answer_single_log", noting)
    return taken


def warmed_up() -> tuple[Caller, Any]:
    """A server that has called before, and a streak that has activity: this process has both cached."""
    streak, caller = make_streak(), admin()
    for target in (1, 2):
        make_milestone(streak, target)
    assert caller.post(PATH, log_body(streak, of="somebody")).status == 201
    return caller, streak


def comparable(answer: Answer) -> tuple[int, str, Mapping[str, str]]:
    """What is the same for two members: everything but ids, codes, and what counts their letters."""
    data = answer.data
    ids = {data["id"], data["streakProgress"]["id"], data["ownedById"], f"'{data['externalId']}'"}
    for reached in data["achievedMilestones"]:
        ids |= {reached["rewardLog"]["id"], reached["rewardLog"]["couponCode"]}
    text = str(data)
    for one in ids:
        text = text.replace(one, "-")
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status, text, headers


def test_the_answer_and_its_headers_are_those_of_the_view(fast_path: list[bool]) -> None:
    caller, streak = warmed_up()
    for name in ("ann", "bob"):
        Member.objects.create(external_id=name)
    del fast_path[:]
    for day, value in ((1, 50), (2, 20.5), (2, 30), (3, -1), (1, 1)):
        body = log_body(streak, day=day, value=value, uniqueIdentifier=f"{day}:{value}")
        # A parameter that changes nothing is unusual enough.
        fast = caller.post(PATH, body)
        plain = caller.post(PATH, {**body, "ownedBy": {"externalId": "bob"}}, languageCode="en")
        assert comparable(fast) == comparable(plain)
        assert caller.get(f"{PATH}/{fast.data['id']}").data == fast.data
    assert fast_path == [True, False] * 5
    assert RewardLog.objects.filter(member__external_id="ann").count() == 2


@pytest.mark.parametrize(
    "text", ["O'Brien", "a\\'b\\\\", "%s %(a)s", "é漢😀\u2028", "'); DROP TABLE streaks_streaklog; --", " \tx "]
)
def test_a_text_is_stored_as_it_was_sent(text: str, fast_path: list[bool]) -> None:
    caller, streak = warmed_up()
    Member.objects.create(external_id=text)
    answer = caller.post(PATH, log_body(streak, of=text, uniqueIdentifier=text, activityId=text))
    assert (answer.data["uniqueIdentifier"], answer.data["activityId"]) == (text, text)
    stored = StreakLog.objects.get(member__external_id=text)
    assert (stored.unique_identifier, stored.activity_id) == (text, text)
    assert fast_path[1:] == [True]


def test_a_call_makes_no_session_and_the_language_of_a_browser_does_not_matter() -> None:
    caller, streak = warmed_up()
    for path in (PATH, f"{PATH}?languageCode=en"):
        body = log_body(streak, of="somebody", uniqueIdentifier=path)
        answer = caller.send("POST", f"/api/v1.0/schema/{path}", body, headers={"Accept-Language": "fr"})
        assert answer.status == 201
        assert answer.headers["Content-Language"] == "en"
        assert "Set-Cookie" not in answer.headers
        varies = "x-api-key, x-api-secret, x-enduser-access-token, x-account-id, origin, Accept-Encoding"
        assert answer.headers["Vary"] == varies


UNUSUAL: dict[str, dict[str, Any]] = {
    "a member who is not there yet": {"of": "new"},
    "a repeat": {"uniqueIdentifier": "there already"},
    "a refusal": {"activityAt": "2026-03-03T19:00:00Z"},
}


@pytest.mark.parametrize("change", UNUSUAL.values(), ids=UNUSUAL)
def test_whatever_is_unusual_is_left_to_the_view(change: dict[str, Any], fast_path: list[bool]) -> None:
    caller, streak = warmed_up()
    Member.objects.create(external_id="ann")
    assert caller.post(PATH, log_body(streak, uniqueIdentifier="there already")).status == 201
    before, fast_path[:] = StreakLog.objects.count(), []
    body = log_body(streak, day=2) | {name: part for name, part in change.items() if name != "of"}
    if "of" in change:
        body["ownedBy"] = {"externalId": change["of"]}
    status = caller.post(PATH, body).status
    assert fast_path == [False]
    assert StreakLog.objects.count() == before + (status == 201)


def test_a_streak_without_activity_and_a_member_with_a_name_need_no_view_S28(fast_path: list[bool]) -> None:
    caller, _ = warmed_up()
    for name in ("ann", "bob"):
        Member.objects.create(external_id=name, first_name="Kim")
    for first, owner in (("ann", "bob"), ("bob", "ann")):
        streak = make_streak()
        make_milestone(streak, 1)
        del fast_path[:]
        bodies = [log_body(streak, ownedBy={"externalId": name, "firstName": "Ann"}) for name in (first, owner)]
        fast = caller.post(PATH, bodies[0])
        assert comparable(fast) == comparable(caller.post(PATH, bodies[1], languageCode="en"))
        assert fast_path == [True, False]
        streak.refresh_from_db()
        assert streak.has_activity
    assert set(Member.objects.filter(external_id__in=["ann", "bob"]).values_list("first_name", flat=True)) == {"Kim"}


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-secret": "wrong"},
        {"x-enduser-access-token": "both"},
        {"x-api-key": "unknown"},
    ],
)
def test_other_credentials_are_refused_with_nothing_stored(headers: dict[str, str]) -> None:
    caller, streak = warmed_up()
    answer = Caller({**caller.headers, **headers}).post(PATH, log_body(streak, of="somebody", day=2))
    assert answer.error() == (401, "unauthorized")
    assert StreakLog.objects.count() == 1


def test_a_key_that_another_process_has_revoked_is_refused_at_once() -> None:
    caller, streak = warmed_up()
    ApiKey.objects.filter(api_key=caller.headers["x-api-key"]).update(status=Status.PAUSED)
    assert caller.post(PATH, log_body(streak, of="somebody", day=2)).error() == (401, "unauthorized")
    assert StreakLog.objects.count() == 1
    ApiKey.objects.filter(api_key=caller.headers["x-api-key"]).update(status=Status.LIVE)
    assert caller.post(PATH, log_body(streak, of="somebody", day=2)).status == 201


def test_a_secret_that_another_process_has_replaced_is_refused_at_once() -> None:
    caller, streak = warmed_up()
    other = ApiKey.objects.create(name="its secret")
    ApiKey.objects.filter(api_key=caller.headers["x-api-key"]).update(encrypted_secret=other.encrypted_secret)
    assert caller.post(PATH, log_body(streak, of="somebody", day=2)).error() == (401, "unauthorized")
    renewed = Caller({**caller.headers, "x-api-secret": other.secret})
    assert renewed.post(PATH, log_body(streak, of="somebody", day=2)).status == 201


def test_a_call_counts_once_whether_the_fast_path_answers_it_or_the_view(settings: Any, at_noon: Any) -> None:
    caller, streak = warmed_up()
    at_noon.shift(timedelta(minutes=1))
    settings.GAMOPANDA_CALLS_PER_MINUTE = {**settings.GAMOPANDA_CALLS_PER_MINUTE, "admin": 3}
    body = log_body(streak, of="somebody", day=2)
    statuses = [caller.post(PATH, one).status for one in (body, body, log_body(streak, of="somebody", day=3), body)]
    assert statuses == [201, 409, 201, 429]


def test_a_body_larger_than_this_installation_takes_is_413(settings: Any) -> None:
    settings.GAMOPANDA_MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024
    caller, streak = warmed_up()
    long = log_body(streak, of="somebody", day=2, activityId="x" * 1024)
    assert caller.post(PATH, long).error() == (413, "payload_too_large")
    assert StreakLog.objects.count() == 1


def test_a_transaction_of_somebody_else_is_left_to_them() -> None:
    case = make_case()
    case.record(1, 50)
    transaction.set_autocommit(False)
    try:
        case.record(2, 50)
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert case.runs(NOW) == [("broken", 1, 1, 2)]


def test_a_body_larger_than_any_log_and_a_body_of_another_type_are_left_to_the_view(fast_path: list[bool]) -> None:
    caller, streak = warmed_up()
    del fast_path[:]
    too_long = log_body(streak, of="somebody", activityId="x" * 9000)
    assert caller.post(PATH, too_long).error() == (400, "validation_error")
    answer = Client().post(f"/api/v1.0/schema/{PATH}", {"a": "form"}, headers=dict(caller.headers))
    assert answer.status_code == 415
    assert fast_path == [False, False]
