"""How many calls a minute: counted for each caller, by all processes together, and told when to come back."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client, RequestFactory

from gamopanda.accounts.models import Member
from gamopanda.api.access.addresses import client_address
from gamopanda.api.access.callers import CallerKind
from gamopanda.api.limits import throttling
from gamopanda.api.limits.throttling import WINDOW, Allowance, count_call
from gamopanda.conf.environment import read_call_cache
from gamopanda.tests.commands import run_manage
from gamopanda.tests.test_first_look import free_port
from streaks.tests.calling import Answer, Caller, admin, end_user, guest, log_body, make_streak

NOON = "2026-03-01T12:00:00Z"
NOON_IN_SECONDS = 1_772_366_400


@pytest.fixture
def limits(settings: Any) -> Any:
    """Two calls a minute for everybody."""
    settings.GAMOPANDA_CALLS_PER_MINUTE = {"admin": 2, "end_user": 2, "guest": 2}
    return settings


def statuses(caller: Caller, times: int, path: str = "streak/record", **headers: str) -> list[int]:
    return [caller.get(path, headers=headers).status for _ in range(times)]


@pytest.mark.django_db
@pytest.mark.parametrize("make_caller", [admin, end_user, guest])
def test_beyond_the_limit_a_call_is_429_until_the_next_minute(make_caller, limits):
    with time_machine.travel("2026-03-01T12:00:20Z", tick=False) as clock:
        caller = make_caller()
        assert statuses(caller, 2) == [200, 200]
        answer = caller.get("streak/record")
        assert answer.error() == (429, "throttled")
        assert answer.headers["Retry-After"] == "40"
        clock.shift(39)
        assert caller.get("streak/record").headers["Retry-After"] == "1"
        clock.shift(1)
        assert statuses(caller, 3) == [200, 200, 429]


def told(answer: Answer) -> tuple[int, str | None, str | None]:
    return answer.status, answer.headers.get("RateLimit-Policy"), answer.headers.get("RateLimit")


@pytest.mark.django_db
@pytest.mark.parametrize("make_caller", [admin, end_user, guest])
def test_every_answer_to_a_limited_caller_tells_what_is_left(make_caller, limits):
    with time_machine.travel("2026-03-01T12:00:20.5Z", tick=False):
        caller = make_caller()
        policy = '"default";q=2;w=60'
        assert told(caller.get("streak/record")) == (200, policy, '"default";r=1;t=40')
        assert told(caller.get("streak/record/nothing")) == (404, policy, '"default";r=0;t=40')
        refused = caller.get("streak/record")
        assert told(refused) == (429, policy, '"default";r=0;t=40')
        assert refused.headers["Retry-After"] == "40"


@pytest.mark.django_db
def test_logs_and_unchanged_displays_tell_it_too(limits):
    with time_machine.travel(NOON, tick=False):
        server, streak = admin(), make_streak()
        # The second by the fast path, which counts by itself; the third is told what is wrong by the view.
        for number, left in enumerate((1, 0, 0)):
            body = log_body(streak, uniqueIdentifier=str(number), activityAt="2026-03-01T11:00:00Z")
            assert told(server.post("streak_log/record", body))[2] == f'"default";r={left};t=60'
        visitor = guest()
        tag = visitor.get("/api/v1.0/end-user-display").headers["ETag"]
        again = visitor.send("GET", "/api/v1.0/end-user-display", headers={"If-None-Match": tag})
        assert told(again) == (304, '"default";q=2;w=60', '"default";r=0;t=60')


@pytest.mark.django_db
def test_callers_without_a_limit_are_told_nothing(limits):
    limits.GAMOPANDA_CALLS_PER_MINUTE = {"admin": 0, "end_user": 0, "guest": 0}
    for caller in (admin(), end_user(), guest()):
        assert told(caller.get("streak/record")) == (200, None, None)


@pytest.mark.django_db
def test_each_caller_has_a_limit_of_its_own(limits):
    with time_machine.travel(NOON, tick=False):
        for caller in (admin(), admin(), end_user("ann"), end_user("bob"), end_user("x" * 256), guest()):
            assert statuses(caller, 3) == [200, 200, 429]


@pytest.mark.django_db
def test_an_end_user_has_one_limit_whatever_key_signed_the_token(limits):
    with time_machine.travel(NOON, tick=False):
        assert [end_user("ann").get("streak/record").status for _ in range(3)] == [200, 200, 429]


@pytest.mark.django_db
def test_a_refused_call_changes_nothing(limits):
    with time_machine.travel(NOON, tick=False):
        caller = admin()
        answers = [caller.post("account_user/record", {"externalId": name}) for name in ("ann", "bob", "cat")]
    assert [answer.status for answer in answers] == [201, 201, 429]
    assert Member.objects.count() == 2


@pytest.mark.django_db
def test_a_limit_of_zero_is_none(limits):
    limits.GAMOPANDA_CALLS_PER_MINUTE = {"admin": 0, "end_user": 0, "guest": 0}
    with time_machine.travel(NOON, tick=False):
        for caller in (admin(), end_user(), guest()):
            assert statuses(caller, 20) == [200] * 20


def test_keys_have_no_limit_unless_one_is_set(tmp_path):
    shown = run_manage("diffsettings", "--all", var_dir=tmp_path, DEBUG="1").stdout
    assert "GAMOPANDA_CALLS_PER_MINUTE = {'admin': 0, 'end_user': 600, 'guest': 3000}" in shown


def test_a_limit_is_met_to_the_call_by_threads_at_once(settings):
    settings.GAMOPANDA_CALLS_PER_MINUTE = {"admin": 1000}
    name = uuid4().hex
    with ThreadPoolExecutor(8) as pool:
        calls = pool.map(lambda _: count_call(CallerKind.ADMIN, name, NOON_IN_SECONDS), range(1100))
        assert sorted(call.left for call in calls if call) == list(range(-100, 1000))
    assert count_call(CallerKind.ADMIN, name, NOON_IN_SECONDS + WINDOW) == Allowance(1000, 999, WINDOW)


@pytest.mark.django_db
def test_guests_are_counted_by_address_and_cannot_choose_theirs(limits):
    with time_machine.travel(NOON, tick=False):
        assert statuses(guest(), 2, **{"X-Forwarded-For": "203.0.113.1"}) == [200, 200]
        assert statuses(guest(), 1, **{"X-Forwarded-For": "203.0.113.2"}) == [429]


@pytest.mark.django_db
def test_behind_a_proxy_guests_are_counted_by_the_address_that_the_proxy_saw(limits):
    limits.REST_FRAMEWORK = {**limits.REST_FRAMEWORK, "NUM_PROXIES": 1}
    with time_machine.travel(NOON, tick=False):
        assert statuses(guest(), 3, **{"X-Forwarded-For": "203.0.113.1"}) == [200, 200, 429]
        assert statuses(guest(), 3, **{"X-Forwarded-For": "203.0.113.1, 203.0.113.2"}) == [200, 200, 429]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("forwarded", "same"),
    [("203.0.113.1:4711", "203.0.113.1"), ("[2001:db8::1]:443", "2001:DB8:0::1"), ("unknown", "127.0.0.1")],
)
def test_behind_a_proxy_an_address_counts_however_it_is_written(limits, forwarded, same):
    limits.REST_FRAMEWORK = {**limits.REST_FRAMEWORK, "NUM_PROXIES": 1}
    with time_machine.travel(NOON, tick=False):
        assert statuses(guest(), 2, **{"X-Forwarded-For": forwarded}) == [200, 200]
        assert statuses(guest(), 1, **{"X-Forwarded-For": same}) == [429]


@pytest.mark.parametrize("url", ["memcached://localhost", "localhost:6379"])
def test_a_cache_that_cannot_be_used_stops_the_start(url, tmp_path):
    answer = run_manage("check", var_dir=tmp_path, DEBUG="1", GAMOPANDA_CACHE_URL=url)
    assert answer.returncode == 1
    assert "GAMOPANDA_CACHE_URL must be redis://host:port/number" in answer.stderr


# --- a cache that is away ---------------------------------------------------------------------------------------------

NOT_LIMITED = {"status": "ok", "warning": "Calls cannot be counted: they are not limited."}


@pytest.fixture
def lost_cache(limits: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A Redis server that is not there."""
    monkeypatch.setattr(throttling, "_left_alone_until", 0.0)
    monkeypatch.setenv("LOST", f"redis://127.0.0.1:{free_port()}/0")
    limits.CACHES = {**limits.CACHES, "calls": read_call_cache("LOST")}
    return limits


def warnings_in(caplog: Any) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.django_db
def test_without_the_cache_every_caller_is_served_and_the_log_has_one_warning(lost_cache, monkeypatch, caplog):
    monkeypatch.setattr(throttling, "SECONDS_LEFT_ALONE", 600)
    with caplog.at_level("WARNING"):
        caller, streak = admin(), make_streak()
        for number in range(3):
            assert caller.post("streak_log/record", log_body(streak, uniqueIdentifier=str(number))).status == 201
        for reader in (caller, end_user("ann"), guest()):
            assert statuses(reader, 3) == [200, 200, 200]
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, NOT_LIMITED)
    (warning,) = warnings_in(caplog)
    assert warning.startswith("Calls cannot be counted, so they are not limited. ConnectionError: ")


@pytest.mark.django_db
def test_a_cache_that_comes_back_counts_again(lost_cache, monkeypatch, settings):
    monkeypatch.setattr(throttling, "SECONDS_LEFT_ALONE", 0)
    assert statuses(guest(), 3) == [200, 200, 200]
    settings.CACHES = {**settings.CACHES, "calls": read_call_cache("NO_URL")}
    assert Client().get("/readyz").json() == {"status": "ok"}
    with time_machine.travel(NOON, tick=False):
        assert statuses(guest(), 3) == [200, 200, 429]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.1", "127.0.0.1"),
        (1, "198.51.100.9, 203.0.113.1", "203.0.113.1"),
        (2, "198.51.100.9, 203.0.113.1, 10.0.0.7", "203.0.113.1"),
        (2, "203.0.113.1", "203.0.113.1"),
        (2, "unknown, 10.0.0.7", "127.0.0.1"),
    ],
)
def test_behind_proxies_the_address_is_the_one_that_the_first_of_them_saw(
    settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == address
