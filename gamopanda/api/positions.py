"""The order in which records become visible, for clients that follow a list (see `gamopanda.api.lists.following`).

A record that commits late can have an older id, and an earlier time, than one that was read already. So each record
that can be followed has a `position`. The database writes it, whichever process or tool makes or changes the record.

On PostgreSQL the position is the number of the transaction, and what is below the oldest transaction under way is
complete. The numbers begin anew in another cluster: `keep_positions` then adds to them, so that positions only grow. On
SQLite, where writers are alone, triggers count.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.apps import AppConfig
from django.db import connection, connections, models, transaction
from django.db.models import Func

GAP = 2**32
"""How far positions jump in another cluster: past all that the last one gave, also after the copy was made."""
_POSITION = """
CREATE OR REPLACE FUNCTION gamopanda_position(transaction xid8) RETURNS bigint LANGUAGE sql STABLE
AS $$ SELECT transaction::text::bigint + {offset} $$
"""
_READABLE = """
SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL
    THEN gamopanda_position(pg_snapshot_xmin(pg_current_snapshot())) - 1
    ELSE gamopanda_position(pg_current_xact_id()) END
"""
# This transaction's own number can be higher than those that others have completed.
_REACHED = """
SELECT greatest(
    gamopanda_position(pg_snapshot_xmax(pg_current_snapshot())) - 1,
    gamopanda_position(pg_current_xact_id_if_assigned())
)
"""
_COUNTER = (
    "CREATE TABLE IF NOT EXISTS gamopanda_position (last INTEGER NOT NULL)",
    "INSERT INTO gamopanda_position SELECT 0 WHERE NOT EXISTS (SELECT * FROM gamopanda_position)",
)
_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {table}_position_{event} AFTER {event} ON {table} {condition} BEGIN
    UPDATE gamopanda_position SET last = last + 1;
    UPDATE {table} SET position = (SELECT last FROM gamopanda_position) WHERE rowid = NEW.rowid;
END
"""


class CurrentPosition(Func):
    """The position of what this transaction writes; on SQLite the one of what no trigger has counted."""

    template = "gamopanda_position(pg_current_xact_id())"
    arity = 0
    allowed_default = True
    output_field: ClassVar[Any] = models.BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Leave it to the triggers."""
        return self.as_sql(compiler, connection, template="0", **context)


class PositionField(models.BigIntegerField):  # type: ignore[type-arg]
    """Where a record stands in the order in which records became visible; records from before all have 0.

    Read and ordered by, never written: the database does. `moves_with` is the column whose change moves the record to
    the end, `*` for every update; none for records that never change.
    """

    def __init__(self, *args: Any, moves_with: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **{"db_default": CurrentPosition(), **kwargs, "editable": False})
        self.moves_with = moves_with

    def deconstruct(self) -> Any:
        """Leave out what no column depends on."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable")
        return name, path, args, kwargs


def written_fields(model: type[models.Model]) -> list[Any]:
    """Return the fields of a model that are written here: all but the position, which the database writes."""
    return [field for field in model._meta.concrete_fields if not isinstance(field, PositionField)]


def readable_position() -> int:
    """Return the last position up to which all records are there: none will come to lie before it or at it.

    A transaction that has written reads its own records too.
    """
    statement = _READABLE if connection.vendor == "postgresql" else "SELECT last FROM gamopanda_position"
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def is_behind(using: str, tables: Sequence[str]) -> bool:
    """Say whether records have positions that are still to be given: they come from another cluster."""
    if connections[using].vendor != "postgresql":
        return False
    with connections[using].cursor() as cursor:
        # In this order: what is complete when the first looks has a number that the second has seen.
        highest = _highest(cursor, tables)
        cursor.execute(_REACHED)
        return highest > int(cursor.fetchone()[0])


def _highest(cursor: Any, tables: Sequence[str]) -> int:
    each = " UNION ALL ".join(f"SELECT max(position) AS position FROM {table}" for table in tables)  # noqa: S608
    cursor.execute(f"SELECT coalesce(max(position), 0) FROM ({each}) AS highest")  # noqa: S608 (our own tables)
    return int(cursor.fetchone()[0])


def followed_tables(app_config: AppConfig, using: str) -> dict[str, PositionField]:
    """Return the tables of an app whose records have positions, with that field."""
    fields = {
        model._meta.db_table: field
        for model in app_config.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, PositionField)
    }
    introspection = connections[using].introspection
    with connections[using].cursor() as cursor:
        present = set(introspection.table_names(cursor)) if fields else set()
        return {
            table: field
            for table, field in fields.items()
            if table in present
            and field.column in {column.name for column in introspection.get_table_description(cursor, table)}
        }


def keep_positions(app_config: AppConfig, using: str, **_kwargs: Any) -> None:
    """After migrations, see to it that positions are given and only grow."""
    tables = followed_tables(app_config, using)
    if tables and connections[using].vendor == "sqlite":
        # Making a table anew, as most of its migrations do, drops its triggers.
        with connections[using].cursor() as cursor:
            for statement in (*_COUNTER, *_triggers(tables)):
                cursor.execute(statement)
    elif tables and is_behind(using, list(tables)):
        _jump(using, list(tables))


def _jump(using: str, tables: Sequence[str]) -> None:
    """Raise the positions that are still to be given above those that are there; waits for writers."""
    with transaction.atomic(using), connections[using].cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(_POSITION.format(offset=_highest(cursor, tables) + GAP))


def _triggers(tables: dict[str, PositionField]) -> list[str]:
    statements = []
    for table, field in tables.items():
        statements.append(_TRIGGER.format(table=table, event="INSERT", condition=""))
        if field.moves_with:
            is_any = field.moves_with == "*"
            condition = "" if is_any else f"WHEN NEW.{field.moves_with} IS NOT OLD.{field.moves_with}"
            statements.append(_TRIGGER.format(table=table, event="UPDATE", condition=condition))
    return statements
