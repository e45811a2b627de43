"""While the cache is away calls are served uncounted: what keeps the service up must not be what takes it down."""

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from gamopanda.api import outages
from gamopanda.console.figures import members_active
from gamopanda.tests.test_first_look import free_port
from streaks.tests.calling import admin, end_user, guest, log_body, make_streak

pytestmark = pytest.mark.django_db

WARNING = "The cache cannot be used, so calls are not limited. It is tried again in 600 seconds."
NOT_LIMITED = {"status": "ok", "warning": "The cache cannot be used: calls are not limited."}


def unreachable_redis(_folder: Path) -> dict[str, str]:
    """A Redis server that is not there."""
    return {"BACKEND": "gamopanda.api.redis_cache.RedisCache", "LOCATION": f"redis://127.0.0.1:{free_port()}/0"}


def unusable_file(folder: Path) -> dict[str, str]:
    """A file that cannot be opened, because it is a folder."""
    (folder / "cache.sqlite3").mkdir()
    return {
        "BACKEND": "gamopanda.api.shared_cache.SharedFileCache",
        "LOCATION": str(folder / "cache.sqlite3"),
    }


@pytest.fixture(params=[unreachable_redis, unusable_file])
def lost_cache(request: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> None:
    """Limits of one call a minute, and a cache that is away; however slow the machine, it is asked once."""
    monkeypatch.setattr(outages, "SECONDS_LEFT_ALONE", 600)
    settings.GAMOPANDA_CALLS_PER_MINUTE = {"admin": 1, "end_user": 1, "guest": 1}
    settings.CACHES = {"default": request.param(tmp_path)}


def warnings_in(caplog: Any) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.usefixtures("lost_cache")
def test_without_the_cache_every_caller_is_served_and_the_log_has_one_warning(caplog):
    caller, streak = admin(), make_streak()
    assert caller.post("streak_log/record", log_body(streak)).status == 201
    for reader in (caller, end_user("ann"), guest()):
        assert [reader.get("streak/record").status for _ in range(3)] == [200, 200, 200]
    (warning,) = warnings_in(caplog)
    assert warning.startswith(WARNING)


@pytest.mark.usefixtures("lost_cache")
def test_without_the_cache_readyz_is_ready_and_says_that_calls_are_not_limited():
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, NOT_LIMITED)


@pytest.mark.usefixtures("lost_cache")
def test_a_cache_that_is_away_is_an_empty_one():
    cache.set("a", 1)
    assert cache.add("a", 1)
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a", "b"]) == {}
    assert "a" not in cache
    assert not cache.touch("a")
    assert not cache.delete("a")
    with pytest.raises(ValueError, match="There is no 'a' in the cache"):
        cache.incr("a")
    cache.clear()
    # What the administration keeps for a minute is counted anew.
    streak = make_streak()
    assert members_active(now=timezone.now()) == 0
    assert admin().post("streak_log/record", log_body(streak, activityAt=timezone.now().isoformat())).status == 201
    assert members_active(now=timezone.now()) == 1


def test_a_cache_that_comes_back_counts_again(settings, tmp_path, monkeypatch, caplog):
    settings.GAMOPANDA_CALLS_PER_MINUTE = {"admin": 1, "end_user": 1, "guest": 1}
    settings.CACHES = {"default": unusable_file(tmp_path)}
    monkeypatch.setattr(outages, "SECONDS_LEFT_ALONE", 0)
    assert Client().get("/readyz").json() == NOT_LIMITED
    assert [guest().get("streak/record").status for _ in range(3)] == [200, 200, 200]
    # No longer left alone for any time, it was tried, and warned of, at each of these calls.
    assert len(warnings_in(caplog)) > 3
    shutil.rmtree(tmp_path / "cache.sqlite3")
    assert Client().get("/readyz").json() == {"status": "ok"}
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        assert [guest().get("streak/record").status for _ in range(3)] == [200, 429, 429]


def test_a_cache_that_failed_is_left_alone_for_a_while(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(outages, "SECONDS_LEFT_ALONE", 600)
    settings.CACHES = {"default": unusable_file(tmp_path)}
    assert cache.get("a") is None
    shutil.rmtree(tmp_path / "cache.sqlite3")
    cache.set("a", 1)
    assert cache.get("a") is None
    assert not (tmp_path / "cache.sqlite3").exists()
