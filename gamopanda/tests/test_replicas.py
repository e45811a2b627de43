"""Which reads a standby answers: never what is older than the caller has written, or older than allowed."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import router
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from gamopanda.accounts.models import Member
from gamopanda.api.access import freshness
from gamopanda.conf.environment import read_replicas
from gamopanda.postgresql import replicas
from gamopanda.postgresql.replicas import ReplicaRouter, Watch, choose_replica, current_reading, reading

# It is the same on every database.
pytestmark = pytest.mark.sqlite


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the present process has lived."""
    seconds = [1000.0]
    monkeypatch.setattr(replicas.time, "monotonic", lambda: seconds[0])
    return seconds


def test_the_lag_is_the_time_since_the_primary_had_what_the_standby_has_not(clock: list[float]) -> None:
    watch = Watch("replica-1")
    assert not watch.is_usable
    for now, written, replayed, lag in [
        (1000.0, 10, 10, 0.0),
        (1000.5, 20, 10, 0.0),
        (1001.0, 30, 10, 0.5),
        (1003.0, 30, 20, 2.0),
        (1004.0, 30, 30, 0.0),
        # Nothing is written, and nothing is missing, however long that is.
        (1999.0, 30, 30, 0.0),
    ]:
        watch.note(now, written, replayed)
        assert watch.lag == lag


def test_few_positions_are_kept_however_far_a_standby_is_behind() -> None:
    watch = Watch("replica-1")
    for second in range(3000):
        watch.note(float(second), 100 + second, 100)
    assert len(watch.not_replayed) == replicas.MOST_POSITIONS
    assert watch.lag == 2998
    watch.note(3000.0, 5000, 4999)
    assert watch.lag == 0
    watch.note(3001.0, 5000, 4999)
    assert watch.lag == 1


def test_a_standby_is_left_out_when_it_lags_is_not_seen_or_has_failed(clock: list[float], settings: Settings) -> None:
    settings.DATABASE_REPLICA_SECONDS = 5
    watch = Watch("replica-1")
    watch.note(994.0, 20, 10)
    watch.note(1000.0, 20, 10)
    found = [(watch.lag, watch.is_usable)]
    watch.note(1000.0, 20, 20)
    for now in (1000.0, 1003.5, 1001.0):
        clock[0] = now
        found.append((watch.lag, watch.is_usable))
    watch.leave_out()
    assert [*found, (watch.lag, watch.is_usable)] == [(6, False), (0, True), (0, False), (0, True), (None, False)]


def test_a_call_reads_from_a_standby_that_has_what_it_has_to_see(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    behind, ahead = Watch("replica-1"), Watch("replica-2")
    monkeypatch.setattr(replicas, "watches", {"replica-1": behind, "replica-2": ahead})
    monkeypatch.setattr(replicas, "has_replayed", lambda watch, since: False)
    assert choose_replica(0) == "default"
    behind.note(1000.0, 10, 10)
    ahead.note(1000.0, 20, 20)
    assert {choose_replica(0) for _ in range(50)} == {"replica-1", "replica-2"}
    assert {choose_replica(15) for _ in range(20)} == {"replica-2"}
    assert choose_replica(21) == "default"


def test_only_reads_are_led_to_the_standby_that_a_call_has_chosen(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = ["gamopanda.postgresql.replicas.ReplicaRouter"]
    assert router.db_for_read(Member) == "default"
    with reading() as chosen:
        assert router.db_for_read(Member) == "default"
        chosen.alias = "replica-1"
        assert router.db_for_read(Member) == Member.objects.all().db == "replica-1"
        assert router.db_for_write(Member) == Member.objects.select_for_update().db == "default"
    assert router.db_for_read(Member) == "default"
    assert not ReplicaRouter().allow_migrate("replica-1", "streaks")
    assert not current_reading().is_replica


def test_without_the_cache_the_primary_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        """A cache that cannot be reached."""

        def get_many(self, _keys: Any) -> Any:
            raise RedisConnectionError("away")

    monkeypatch.setattr(freshness, "_left_alone_until", 0.0)
    assert freshness.last_position(["key:a"]) == 0
    with monkeypatch.context() as patched:
        patched.setattr(freshness, "caches", {"calls": Away()})
        assert freshness.last_position(["key:a"]) == freshness.UNKNOWN
    # For a moment it is not asked again.
    assert freshness.last_position(["key:a"]) == freshness.UNKNOWN


def test_standbys_need_postgresql_and_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_REPLICA_URL", "postgres://u:p@one/db  postgres://u:p@two,three/db?sslmode=require")
    postgresql = {"ENGINE": "gamopanda.postgresql"}
    found = read_replicas("DATABASE_REPLICA_URL", primary=postgresql, cache="redis://cache")
    assert {name: one["HOST"] for name, one in found.items()} == {"replica-1": "one", "replica-2": "two,three"}
    with pytest.raises(ImproperlyConfigured, match="needs GAMOPANDA_CACHE_URL"):
        read_replicas("DATABASE_REPLICA_URL", primary=postgresql, cache="")
    with pytest.raises(ImproperlyConfigured, match="needs a DATABASE_URL of PostgreSQL"):
        read_replicas("DATABASE_REPLICA_URL", primary={"ENGINE": "django.db.backends.sqlite3"}, cache="redis://cache")
    monkeypatch.setenv("DATABASE_REPLICA_URL", "mysql://one/db")
    with pytest.raises(ImproperlyConfigured):
        read_replicas("DATABASE_REPLICA_URL", primary=postgresql, cache="redis://cache")
    monkeypatch.delenv("DATABASE_REPLICA_URL")
    assert read_replicas("DATABASE_REPLICA_URL", primary={"ENGINE": ""}, cache="") == {}
