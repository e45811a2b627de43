"""Databases that were migrated by earlier versions take activity after `migrate`."""

from collections.abc import Iterator

import pytest
import time_machine
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from gamopanda.api.monitoring.health import READINESS
from streaks.progress.store.functions import FUNCTIONS, SAVE, missing_functions
from streaks.tests.calling import admin, log_body, make_streak

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

LAST_VERSION = [("rewards", "0007_newest_of_a_streak"), ("streaks", "0008_newest_of_a_streak")]
# As an early state of the migration made it: without the API key, and locking more than it has to.
EARLY_FUNCTION = """
CREATE FUNCTION streaks_lock_and_read(
    owner_id uuid, owner_external_id text, of_streak uuid, identifier text, of_period date, of_today date
) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$
"""


def migrate(*targets: tuple[str, str]) -> None:
    executor = MigrationExecutor(connection)
    executor.loader.build_graph()
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


@pytest.fixture
def database_of_an_early_version() -> Iterator[None]:
    migrate(*LAST_VERSION)
    with connection.cursor() as cursor:
        for name in ("streaks_lock_and_read", "streaks_write", "streaks_version"):
            cursor.execute(f"DROP FUNCTION {name}")
        for function in reversed(FUNCTIONS):
            cursor.execute(f"DROP FUNCTION {function.name}")
        cursor.execute(EARLY_FUNCTION)
    yield
    call_command("migrate", verbosity=0)


def arguments_of(name: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_function_identity_arguments(oid) FROM pg_proc WHERE proname = %s", [name])
        return [arguments for (arguments,) in cursor.fetchall()]


@pytest.mark.usefixtures("database_of_an_early_version")
def test_functions_of_any_earlier_state_are_replaced_and_activity_is_taken() -> None:
    assert len(missing_functions(connection.alias)) == len(FUNCTIONS)
    (found,) = run_checks(tags=[READINESS], include_deployment_checks=True, databases=["default"])
    assert found.id == "streaks.E003"
    call_command("migrate", verbosity=0, skip_checks=False)
    assert Client().get("/readyz").status_code == 200
    assert missing_functions(connection.alias) == []
    # What processes of the last version call while an upgrade goes on.
    (arguments,) = arguments_of("streaks_lock_and_read")
    assert arguments.endswith("of_today date, of_key text")
    assert arguments_of("streaks_write") == ["new_log json, period_total json, changed_run json, new_run json"]
    with time_machine.travel("2026-03-02T18:00:00Z", tick=False):
        caller, streak = admin(), make_streak()
        for number in range(2):
            answer = caller.post("streak_log/record", log_body(streak, of="ann", day=2, uniqueIdentifier=f"{number}"))
            assert answer.status == 201


def test_a_process_is_not_ready_while_a_function_is_missing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP FUNCTION {SAVE.name}")
    try:
        answer = Client().get("/readyz")
        assert answer.status_code == 503
        assert "lacks 1 of the functions that recording calls" in answer.json()["reason"]
    finally:
        call_command("migrate", verbosity=0, skip_checks=False)
    assert Client().get("/readyz").status_code == 200
