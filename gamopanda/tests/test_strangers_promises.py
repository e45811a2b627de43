"""Promises of the API page that no single resource keeps: what is shown is what is filtered, secrets, deep lists."""

import json
import logging
import re
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken
from django.conf import settings as configured
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import Watch
from gamopanda.accounts.models import ApiKey
from streaks.tests.calling import admin, end_user, make_key, make_streak

RESOURCES = ["streak", "milestone", "streak_log", "streak_progress", "reward_log", "account_user", "api_key"]


# --- what is shown is what is filtered and sorted ---------------------------------------------------------------------


@pytest.mark.django_db
def test_a_streak_without_a_clock_of_its_own_is_null_when_shown_filtered_and_sorted():
    own, deployment = make_streak(time_zone="Europe/Berlin"), make_streak(time_zone="")
    caller = admin()
    assert caller.get(f"streak/record/{deployment.pk}").data["timeZone"] is None

    def found(operator: str, value: object) -> list[str]:
        condition = {"fieldSlug": "timeZone", "operator": operator, "value": value}
        return caller.get("streak/record", filters=condition).ids

    assert found("isNull", True) == [str(deployment.pk)]
    assert found("isNull", False) == [str(own.pk)]
    assert found("eq", "Europe/Berlin") == [str(own.pk)]
    assert found("ne", "Europe/Berlin") == [str(deployment.pk)]
    assert found("eq", "") == []
    for order in ("ASC", "DESC"):
        by_zone = [{"fieldSlug": "timeZone", "order": order}]
        assert caller.get("streak/record", sortBy=by_zone).ids == [str(own.pk), str(deployment.pk)]


# --- deep lists -------------------------------------------------------------------------------------------------------


def plan_of(sql: str) -> str:
    """How the database would read a list."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # With rows as few as in a test it would sort, which says nothing of a million.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
        return "\n".join(str(row) for row in cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("by_id", [False, True])
def test_a_list_is_read_in_order_from_an_index_and_never_sorted(resource, by_id):
    """The default order, and the one in which docs/api.md pages through everything."""
    after = {"fieldSlug": "id", "operator": "gt", "value": "0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"}
    query = {"sortBy": [{"fieldSlug": "id", "order": "ASC"}], "filters": after} if by_id else {}
    caller = admin()
    with CaptureQueriesContext(connection) as queries:
        assert caller.get(f"{resource}/record", **query).status == 200
    (listing,) = [found["sql"] for found in queries if "LIMIT 21" in found["sql"]]
    plan = plan_of(listing)
    assert "ORDER BY" in listing
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
    if by_id:
        # Entered where the last page ended, instead of read through from its beginning.
        assert re.search(r"Index Cond: \((\w+\.)?id > |\(id>\?\)", plan)
    else:
        assert re.search("_newest|_by_creation", plan)


# --- secrets ----------------------------------------------------------------------------------------------------------


def everything_stored() -> str:
    """Every value of every table."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.django_db(transaction=True)
def test_a_copy_of_the_database_reveals_no_secret_of_an_api_key(settings):
    made = admin().post("api_key/record", {"name": "checkout"}).data
    assert admin().post("streak/record", {}).status == 400
    assert end_user().get("streak/record").status == 200
    stored = everything_stored()
    assert made["apiKey"] in stored
    assert made["apiSecret"] not in stored
    if connection.vendor == "sqlite":
        files = Path(connection.settings_dict["NAME"]).parent.glob("test*.sqlite3*")
        assert made["apiSecret"].encode() not in b"".join(file.read_bytes() for file in files)
    # Nor does it open with anything that is in the copy: the key to it is in the environment.
    assert configured.SECRET_KEY not in stored
    settings.SECRET_KEY = "another one that is as long as a real one has to be: 0123456789"
    with pytest.raises(InvalidToken):
        _ = ApiKey.objects.get(pk=made["id"]).secret


@pytest.mark.django_db
def test_an_export_of_the_data_reveals_none_either(capsys):
    key = make_key()
    call_command("dumpdata", "accounts")
    exported = capsys.readouterr().out
    assert json.loads(exported)
    assert key.secret not in exported


@pytest.mark.django_db
def test_the_watch_over_the_logs_of_all_tests_sees_a_secret_and_a_token():
    """`conftest.py` keeps this watch in every test: a message with a secret fails the test that wrote it."""
    watch, key = Watch(), make_key()
    watch.secrets.add(key.secret)
    for message in (
        "GET /api 200",
        f"x-api-secret: {key.secret}",
        "a token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJnIn0.c2ln",
    ):
        watch.handle(logging.makeLogRecord({"name": "shop", "msg": message}))
    assert [line.partition(":")[0] for line in watch.leaks()] == ["x-api-secret", "a token"]
