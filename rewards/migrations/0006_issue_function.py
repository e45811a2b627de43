"""A function of PostgreSQL that issues rewards, planned once for a connection: see rewards.issuing."""

from django.db import migrations

from streaks.statements import on_postgresql

# Except what the run, or a member who may have it once, has already (S21). Returns the ids of those that are issued.
_ISSUE = """
CREATE FUNCTION rewards_issue(rewards json) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ids json;
BEGIN
    WITH issued AS (
        INSERT INTO rewards_rewardlog
        SELECT * FROM json_populate_recordset(NULL::rewards_rewardlog, rewards) AS due
        WHERE NOT EXISTS (
            SELECT FROM rewards_rewardlog AS held
            WHERE held.member_id = due.member_id AND held.milestone_id = due.milestone_id
            AND (due.is_once_per_member OR held.streak_progress_id = due.streak_progress_id))
        RETURNING id)
    SELECT json_agg(id) INTO ids FROM issued;
    RETURN coalesce(ids, '[]');
END $$
"""


class Migration(migrations.Migration):
    """The table keeps its columns' names: a migration that renames one makes this function anew."""

    dependencies = [
        ("rewards", "0005_reward_by_code"),
    ]

    operations = [
        migrations.RunPython(on_postgresql(_ISSUE), on_postgresql("DROP FUNCTION rewards_issue")),
    ]
