"""How many calls a minute: counted for each caller, by all processes together, and told when to come back."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from gamopanda.accounts.models import Member
from gamopanda.api.callers import CallerKind
from gamopanda.api.shared_cache import SharedFileCache
from gamopanda.api.throttling import WINDOW, count_calls, is_within_limit
from gamopanda.tests.commands import run_manage
from streaks.tests.calling import Caller, admin, end_user, guest

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


@pytest.mark.parametrize("limit", [7, 20_001])
def test_a_limit_that_is_counted_in_shares_is_met_to_the_call(limit, settings):
    settings.GAMOPANDA_CALLS_PER_MINUTE = {"admin": limit}
    name = uuid4().hex
    allowed = [is_within_limit(CallerKind.ADMIN, name, NOON_IN_SECONDS) for _ in range(limit + 5)]
    assert allowed == [True] * limit + [False] * 5
    assert is_within_limit(CallerKind.ADMIN, name, NOON_IN_SECONDS + WINDOW)


def test_what_another_process_has_counted_is_not_given_twice(settings):
    settings.GAMOPANDA_CALLS_PER_MINUTE = {"admin": 30_000}
    name = uuid4().hex
    assert is_within_limit(CallerKind.ADMIN, name, NOON_IN_SECONDS)
    others = count_calls(f"calls:admin:{name}:{NOON_IN_SECONDS // WINDOW}", 29_995)
    assert others == 29_998
    allowed = [is_within_limit(CallerKind.ADMIN, name, NOON_IN_SECONDS) for _ in range(6)]
    # Two of the share that was counted before, and the last two of all.
    assert allowed == [True, True, True, True, False, False]


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


@pytest.mark.parametrize("url", ["memcached://localhost", "localhost:6379"])
def test_a_cache_that_cannot_be_used_stops_the_start(url, tmp_path):
    answer = run_manage("check", var_dir=tmp_path, DEBUG="1", GAMOPANDA_CACHE_URL=url)
    assert answer.returncode == 1
    assert "GAMOPANDA_CACHE_URL must be redis://host:port/number" in answer.stderr


@pytest.fixture
def cache(tmp_path: Path) -> SharedFileCache:
    """A cache in a file of its own."""
    return SharedFileCache(str(tmp_path / "deeper" / "cache.sqlite3"), {})


def test_the_shared_cache_stores_and_forgets(cache):
    assert cache.get("a") is None
    assert cache.get("a", "nothing") == "nothing"
    assert cache.add("a", {"b": [1, None]})
    assert not cache.add("a", "other")
    assert cache.get("a") == {"b": [1, None]}
    cache.set("a", 1)
    assert cache.incr("a") == 2
    assert cache.incr("a", 5) == 7
    assert cache.decr("a") == 6
    assert cache.get_many(["a", "b"]) == {"a": 6}
    assert cache.delete("a")
    assert not cache.delete("a")
    with pytest.raises(ValueError, match="There is no 'a'"):
        cache.incr("a")
    for value in (None, True, False, "", 0, 1.5, b"x"):
        cache.set("a", value)
        assert cache.get("a", "nothing") == value
        assert type(cache.get("a")) is type(value)
    cache.clear()
    assert cache.get("a", "nothing") == "nothing"


def test_the_shared_cache_forgets_in_time(cache):
    with time_machine.travel(NOON, tick=False) as clock:
        cache.set("short", 1, timeout=60)
        cache.set("long", 1, timeout=None)
        cache.set("never", 1, timeout=0)
        assert cache.get("never") is None
        clock.shift(59)
        assert cache.incr("short") == 2
        clock.shift(1)
        assert cache.get("short") is None
        assert not cache.touch("short")
        assert cache.add("short", 5, timeout=60)
        assert cache.touch("short", timeout=120)
        clock.shift(100)
        assert cache.get("short") == 5
        clock.shift(10**9)
        assert cache.get("long") == 1


def test_what_has_expired_leaves_the_file(cache, monkeypatch):
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(100):
            cache.set(f"a{number}", 1, timeout=60)
        clock.shift(60)
        monkeypatch.setattr("gamopanda.api.shared_cache._STORES_PER_CLEANING", 1)
        cache.set("b", 1, timeout=60)
        assert cache._run("SELECT count(*) FROM entry") == [(1,)]


def test_f25_counts_are_exact_when_processes_and_threads_count_at_once(cache, tmp_path):
    cache.set("calls", 0)
    program = (
        "import sys; from gamopanda.api.shared_cache import SharedFileCache\n"
        "cache = SharedFileCache(sys.argv[1], {})\n"
        "for _ in range(200): cache.incr('calls')"
    )
    command = [sys.executable, "-c", program, str(cache._path)]
    processes = [subprocess.Popen(command, cwd=Path(__file__).parents[2]) for _ in range(3)]

    def count() -> None:
        own = SharedFileCache(str(cache._path), {})
        for _ in range(200):
            own.incr("calls")

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert cache.get("calls") == 1000
