"""Positions for logs and runs, whose lists can be followed. No statement writes a table anew or looks at its rows.

Records that are there have position 0. Processes of the last version write positions too: the database does it for
them.
"""

from django.db import migrations, models

import gamopanda.api.positions
from streaks.statements import on_postgresql

_POSITION = """
CREATE FUNCTION gamopanda_position(transaction xid8) RETURNS bigint LANGUAGE sql STABLE
AS $$ SELECT transaction::text::bigint + 0 $$
"""
_MOVE = """
CREATE FUNCTION gamopanda_move_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.position := gamopanda_position(pg_current_xact_id());
    RETURN NEW;
END $$
"""
_TRIGGER = """
CREATE TRIGGER run_position_moves BEFORE UPDATE ON streaks_streakprogress
FOR EACH ROW EXECUTE FUNCTION gamopanda_move_position()
"""
# Processes of an earlier version call it; it inserts every column that the table has.
_WRITE = """
DO $do$
BEGIN
    IF to_regproc('streaks_write') IS NOT NULL THEN
        EXECUTE replace(replace(pg_get_functiondef('streaks_write'::regproc),
            'json_populate_record(NULL::streaks_streaklog, new_log)',
            'json_populate_record(NULL::streaks_streaklog, (new_log::jsonb || jsonb_build_object(''position'',
             gamopanda_position(pg_current_xact_id())))::json)'),
            'json_populate_record(NULL::streaks_streakprogress, new_run)',
            'json_populate_record(NULL::streaks_streakprogress, (new_run::jsonb || jsonb_build_object(''position'',
             gamopanda_position(pg_current_xact_id())))::json)');
    END IF;
END $do$
"""


class Migration(migrations.Migration):
    """The indexes come in the next one."""

    dependencies = [("streaks", "0021_announce_after_hours")]

    operations = [
        migrations.AddField("streaklog", "position", models.BigIntegerField(db_default=0, editable=False)),
        migrations.AddField("streakprogress", "position", models.BigIntegerField(db_default=0, editable=False)),
        migrations.RunPython(
            on_postgresql(_POSITION, _MOVE, _TRIGGER, _WRITE),
            on_postgresql(
                "DROP TRIGGER run_position_moves ON streaks_streakprogress",
                "DROP FUNCTION gamopanda_move_position, gamopanda_position",
            ),
        ),
        migrations.AlterField("streaklog", "position", gamopanda.api.positions.PositionField()),
        migrations.AlterField("streakprogress", "position", gamopanda.api.positions.PositionField()),
    ]
