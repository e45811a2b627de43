"""Positions for rewards, whose list can be followed; a reward moves when it is changed. No statement writes a table anew."""

from django.db import migrations, models

import gamopanda.api.positions
from streaks.statements import on_postgresql

_TRIGGER = """
CREATE TRIGGER reward_position_moves BEFORE UPDATE ON rewards_rewardlog
FOR EACH ROW WHEN (NEW.updated_at IS DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION gamopanda_move_position()
"""
# Processes of an earlier version call it; it inserts every column that the table has.
_ISSUE = """
DO $do$
BEGIN
    IF to_regproc('rewards_issue') IS NOT NULL THEN
        EXECUTE replace(pg_get_functiondef('rewards_issue'::regproc), '{before}', '{after}');
    END IF;
END $do$
"""
_BEFORE = """''{"is_code_double": false, "is_beyond_limit": false}''"""
_AFTER = (
    "json_build_object(''is_code_double'', false, ''is_beyond_limit'', false, "
    "''position'', gamopanda_position(pg_current_xact_id()))"
)


class Migration(migrations.Migration):
    """The index comes in the next one."""

    dependencies = [("rewards", "0015_past_rewards"), ("streaks", "0022_positions")]

    operations = [
        migrations.AddField("rewardlog", "position", models.BigIntegerField(db_default=0, editable=False)),
        migrations.RunPython(
            on_postgresql(_TRIGGER, _ISSUE.replace("{before}", _BEFORE).replace("{after}", _AFTER)),
            on_postgresql(
                "DROP TRIGGER reward_position_moves ON rewards_rewardlog",
                _ISSUE.replace("{before}", _AFTER).replace("{after}", _BEFORE),
            ),
        ),
        migrations.AlterField("rewardlog", "position", gamopanda.api.positions.PositionField()),
    ]
