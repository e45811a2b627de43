"""New migrations let old processes go on: nothing blocks writers of a large table, or asks for what these leave out.

Those before `FIRST` have landed without that rule.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import models
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import SeparateDatabaseAndState

from gamopanda.conf.statements import AddIndexWithoutLock

# It is the same on every database.
pytestmark = pytest.mark.sqlite

FIRST = {"accounts": "0004", "rewards": "0012", "streaks": "0016", "widget": "0004", "events": "0001"}
# What marketers make: all other tables grow with members or their activity.
SMALL = {"apikey", "milestone", "streak", "streakpause", "widgetsettings", "widgettexts"}


def new_migrations() -> list[Migration]:
    loader = MigrationLoader(None)
    return [one for (app, name), one in loader.disk_migrations.items() if app in FIRST and name >= FIRST[app]]


def run_on_the_database(migration: Migration) -> Iterator[Operation]:
    for operation in migration.operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from operation.database_operations
        else:
            yield operation


def blocking(migration: Migration) -> list[str]:
    """Return which operations of a migration hold up writers of a large table, or fail those that do not know them."""
    operations = list(run_on_the_database(migration))
    made = {operation.name.lower() for operation in operations if isinstance(operation, CreateModel)}
    found = []
    for operation in operations:
        model = getattr(operation, "model_name", "").lower()
        if model in made:
            continue
        locks = isinstance(operation, AddIndex) and not isinstance(operation, AddIndexWithoutLock)
        locks |= isinstance(operation, AddConstraint) and not isinstance(operation, AddConstraintNotValid)
        if locks and model not in SMALL:
            found.append(operation.describe())
        if isinstance(operation, AddField) and not _may_be_left_out(operation.field):
            found.append(operation.describe())
    return found


def _may_be_left_out(field: "models.Field[Any, Any]") -> bool:
    return field.null or field.many_to_many or field.has_db_default()


def test_no_new_migration_blocks_writers_or_breaks_old_processes() -> None:
    found = {f"{one.app_label}.{one.name}": blocking(one) for one in new_migrations()}
    assert {name: some for name, some in found.items() if some} == {}


# From here on a migration changes one table that recording reads, or is not atomic: the locks on two could wait for a
# log that holds them in another order, and the log for them.
FIRST_OF_ONE_TABLE = {"accounts": "0011", "rewards": "0018", "streaks": "0026", "widget": "0005", "events": "0003"}
READ_BY_A_LOG = {
    "apikey", "member", "milestone", "streak", "streakpause", "streaklog", "taskprogress", "streakprogress",
    "rewardlog", "poolcode",
}  # fmt: skip


def tables_changed(migration: Migration) -> set[str]:
    """Return the tables of recording that an atomic migration locks; another word for people locks none."""
    if not migration.atomic:
        return set()
    operations = run_on_the_database(migration)
    changed = {
        str(operation.model_name).lower()
        for operation in operations
        if isinstance(operation, AddField | AddConstraint | AddIndex)
    }
    return changed & READ_BY_A_LOG


def test_no_new_migration_locks_two_tables_of_recording_at_once() -> None:
    new = [one for one in new_migrations() if one.name >= FIRST_OF_ONE_TABLE[one.app_label]]
    assert {one.name: tables_changed(one) for one in new if len(tables_changed(one)) > 1} == {}


def test_locks_on_two_tables_are_found() -> None:
    operations: list[Operation] = [
        AddField("Milestone", "number", models.IntegerField(db_default=0)),
        AddField("Streak", "number", models.IntegerField(db_default=0)),
        CreateModel("Visit", [("number", models.IntegerField())]),
    ]
    migration = type("New", (Migration,), {"operations": operations})("new", "streaks")
    assert tables_changed(migration) == {"milestone", "streak"}
    migration.atomic = False
    assert tables_changed(migration) == set()


def test_what_blocks_is_found() -> None:
    index = models.Index(fields=["period_key"], name="some_index")
    harmless = models.IntegerField(db_default=0)
    operations: list[Operation] = [
        AddIndex("StreakLog", index),
        AddIndexWithoutLock("StreakLog", index),
        AddIndex("Streak", index),
        AddConstraint("Member", models.UniqueConstraint(fields=["name"], name="once")),
        AddField("StreakLog", "number", models.IntegerField(default=0)),
        AddField("StreakLog", "another", harmless),
        CreateModel("Visit", [("number", models.IntegerField())]),
        AddIndex("Visit", index),
    ]
    migration = type("New", (Migration,), {"operations": operations})("new", "streaks")
    assert blocking(migration) == [operations[number].describe() for number in (0, 3, 4)]
