"""Databases that earlier versions have made and filled, upgraded: they take activity, and nothing in them is lost."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client
from psycopg import sql

from rewards.models import PoolCode, RewardLog
from streaks.models import Streak, StreakProgress
from streaks.tests.calling import admin, log_body

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

DATA = Path(__file__).parent / "data"
NAME = "made_by_an_earlier_version"


@pytest.fixture(params=sorted(DATA.glob("database-*.sql.gz")), ids=lambda path: path.name)
def _earlier_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let Django use a database of its own, restored from a dump of pg_dump."""
    usual, parameters = connection.settings_dict["NAME"], connection.get_connection_params()
    parameters = {name: parameters[name] for name in ("host", "port", "user", "password") if name in parameters}
    with psycopg.connect(**parameters, dbname=usual, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        try:
            with psycopg.connect(**parameters, dbname=NAME, autocommit=True) as restored:
                restored.execute(gzip.decompress(request.param.read_bytes()))
            use(NAME)
            yield
        finally:
            use(usual)
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(NAME)))


def use(name: str) -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()


@pytest.mark.usefixtures("_earlier_database")
def test_a_database_of_an_earlier_version_takes_activity_after_migrate(capsys: pytest.CaptureFixture[str]) -> None:
    assert Client().get("/readyz").status_code == 503
    call_command("migrate", verbosity=0, skip_checks=False)
    assert Client().get("/readyz").status_code == 200
    streak, codes = Streak.objects.get(), list(PoolCode.objects.exclude(reward_log=None).values_list("code", flat=True))
    assert codes == list(RewardLog.objects.filter(coupon_source="pool").values_list("coupon_code", flat=True))
    assert codes == ["EARLY-1"]
    with time_machine.travel("2026-11-21T18:00:00Z", tick=False):
        caller = admin()
        for name, value in {"ann": 4, "bob": 2, "cyd": 3, "dan": 1}.items():
            body = log_body(streak, of=name, activityAt="2026-11-21T12:00:00Z", uniqueIdentifier="order 21")
            answer = caller.post("streak_log/record", body)
            assert (answer.status, answer.data["streakProgress"]["currentProgressValue"]) == (201, value)
            assert caller.post("streak_log/record", body).status == 409
        assert RewardLog.objects.filter(coupon_code="EARLY-2", member__external_id="cyd").count() == 1
        call_command("check_progress")
    assert StreakProgress.objects.count() == 5
    assert ", 0 differences." in capsys.readouterr().out
