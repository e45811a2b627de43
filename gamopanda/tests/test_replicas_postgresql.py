"""A real standby that streams from the database of the tests: what is read from it, and what is not."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django import Settings

from gamopanda.api.access import freshness
from gamopanda.console.home import CONCERNS
from gamopanda.postgresql import replicas
from gamopanda.postgresql.replicas import Watch, connect
from scripts.drill.cluster import Cluster, folder_for_clusters
from streaks.models import Streak
from streaks.tests import calling
from streaks.tests.calling import Answer, Caller, admin, end_user, guest, log_body, make_milestone, make_streak

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True, databases=["default", "replica-1"])]

ALIAS = "replica-1"
LOGS = "streak_log/record"
DISPLAY = "/api/v1.0/end-user-display"


@pytest.fixture(scope="module")
def standby(django_db_setup: None) -> Iterator[Cluster]:
    """A standby of the server that the tests run on."""
    given = connection.settings_dict
    host, port, user = (
        quote(given[name] or other, safe="")
        for name, other in (("HOST", "localhost"), ("PORT", "5432"), ("USER", "postgres"))
    )
    password = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    with folder_for_clusters() as (folder, binaries):
        cluster = Cluster(folder / "standby", binaries, max_connections="200", max_wal_senders="16", fsync="off")
        cluster.follow(f"postgres://{user}{password}@{host}:{port}/postgres")
        own = {"HOST": str(cluster.socket), "PORT": "", "TEST": {**given["TEST"], "MIRROR": "default"}}
        connections.databases[ALIAS] = {**given, **own, "CONN_HEALTH_CHECKS": True}
        yield cluster
        del connections.databases[ALIAS]
        if (cluster.data / "postmaster.pid").exists():
            cluster.stop()


@pytest.fixture
def watch(standby: Cluster, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator["Looking"]:
    """The product, told of the standby as its settings would."""
    settings.DATABASE_ROUTERS = ["gamopanda.postgresql.replicas.ReplicaRouter"]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "gamopanda.api.access.freshness.FreshnessMiddleware"]
    monkeypatch.setattr(calling, "_client", Client(raise_request_exception=False))
    watched = Watch(ALIAS)
    monkeypatch.setitem(replicas.watches, ALIAS, watched)
    monkeypatch.setattr(freshness, "_left_alone_until", 0.0)
    with connect("default") as one, connect(ALIAS) as other:
        looking = Looking(watched, one, other)
        looking.resume()
        yield looking
        with suppress(psycopg.OperationalError):
            looking.resume()
    connections[ALIAS].close()
    del connections[ALIAS]


class Looking:
    """The watch of the standby, that looks when it is told to, and the standby, that can be held up."""

    def __init__(self, watched: Watch, primary: "psycopg.Connection[Any]", standby: "psycopg.Connection[Any]") -> None:
        self.watched, self.primary, self.standby = watched, primary, standby

    def look(self) -> None:
        self.watched.look(self.primary, self.standby)

    def pause(self) -> None:
        self.catch_up()
        self.standby.execute("SELECT pg_wal_replay_pause()")
        while self.standby.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != ("paused",):
            time.sleep(0.01)

    def resume(self) -> None:
        self.standby.execute("SELECT pg_wal_replay_resume()")
        self.catch_up()

    def catch_up(self) -> None:
        """Return when the standby has everything."""
        (written,) = self.primary.execute("SELECT pg_logical_emit_message(true, 'tests', 'after all')").fetchone()
        while self.standby.execute("SELECT pg_last_wal_replay_lsn() >= %s", [written]).fetchone() != (True,):
            time.sleep(0.01)
        self.look()


def is_of_standby(answer: Answer) -> bool:
    assert answer.status == 200
    return freshness.HEADER in answer.headers


def number_of_logs(caller: Caller) -> int:
    return len(caller.get(LOGS).ids)


@pytest.fixture
def streak() -> Streak:
    streak = make_streak()
    make_milestone(streak, 1)
    return streak


def test_what_a_caller_has_just_written_it_reads(streak: Streak, watch: Looking) -> None:
    shop, till, ann, bob = admin(), admin(), end_user("ann"), end_user("bob")
    for name in ("ann", "bob"):
        assert shop.post(LOGS, log_body(streak, of=name)).status == 201
    watch.pause()
    for caller in (till, ann, bob, guest()):
        assert is_of_standby(caller.get(DISPLAY if caller is not till else LOGS))
    assert shop.post(LOGS, log_body(streak, of="ann", day=2, uniqueIdentifier="order 2")).status == 201
    # The key that has written and the member whom it concerns read from the primary.
    assert not is_of_standby(shop.get(LOGS)) and number_of_logs(shop) == 3
    assert not is_of_standby(ann.get(DISPLAY)) and number_of_logs(ann) == 2
    # The others read what the standby has.
    assert is_of_standby(till.get(LOGS)) and number_of_logs(till) == 2
    assert is_of_standby(bob.get(DISPLAY))
    batch = {"records": [log_body(streak, of="bob", day=2, uniqueIdentifier="order 3")]}
    assert till.post("streak_log/record/bulk", batch).status == 200
    assert not is_of_standby(bob.get(DISPLAY)) and number_of_logs(till) == 4
    watch.resume()
    for caller in (shop, till, ann, bob):
        assert is_of_standby(caller.get(LOGS))
    assert [number_of_logs(caller) for caller in (shop, till, ann, bob)] == [4, 4, 2, 2]


def test_one_record_and_what_is_followed_are_read_from_the_primary(streak: Streak, watch: Looking) -> None:
    shop, till = admin(), admin()
    log = shop.post(LOGS, log_body(streak)).data["id"]
    watch.catch_up()
    assert is_of_standby(till.get(LOGS))
    assert not is_of_standby(till.get(f"{LOGS}/{log}"))
    assert not is_of_standby(till.get(LOGS, after=""))


def test_a_standby_that_lags_too_long_is_left_out(streak: Streak, watch: Looking, settings: Settings) -> None:
    settings.DATABASE_REPLICA_SECONDS = 0.2
    till = admin()
    watch.pause()
    make_streak(name="Another")
    watch.look()
    time.sleep(0.25)
    watch.look()
    assert watch.watched.lag > 0.2
    assert not is_of_standby(till.get("streak/record"))
    watch.resume()
    assert is_of_standby(till.get("streak/record"))


def test_a_standby_that_fails_is_left_out_at_once_and_no_call_fails(
    streak: Streak, watch: Looking, standby: Cluster
) -> None:
    till = admin()
    watch.catch_up()
    assert is_of_standby(till.get("streak/record"))
    standby.stop()
    try:
        # The watch has not seen it yet.
        assert watch.watched.is_usable
        assert not is_of_standby(till.get("streak/record"))
        assert not watch.watched.is_usable
    finally:
        standby.start()


def test_the_figures_of_the_console_come_from_a_standby(
    streak: Streak, watch: Looking, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    watch.catch_up()

    def find_concerns() -> list[Any]:
        read.append(Streak.objects.all().db)
        return []

    monkeypatch.setitem(CONCERNS, "streaks.view_streak", find_concerns)
    assert admin_client.get("/admin/").status_code == 200
    assert read == [ALIAS]
