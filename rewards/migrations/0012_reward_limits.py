"""What counts rewards of milestones with a limit, and a mark on those that wait for it."""

import django.db.models.deletion
from django.db import migrations, models

from streaks.statements import on_postgresql

# As 0009 made it, for processes of earlier versions, which do not say what a new reward has in the columns that are
# never NULL.
_ISSUE = """
CREATE OR REPLACE FUNCTION rewards_issue(rewards json) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ids json;
    empty rewards_rewardlog := json_populate_record(
        NULL::rewards_rewardlog, '{"is_code_double": false, "is_beyond_limit": false}');
BEGIN
    WITH issued AS (
        INSERT INTO rewards_rewardlog
        SELECT * FROM json_populate_recordset(empty, rewards) AS due
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
    dependencies = [
        ("rewards", "0011_support_adds_activity"),
        ("streaks", "0017_reward_limit"),
    ]

    operations = [
        migrations.CreateModel(
            "RewardCount",
            [
                (
                    "milestone",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reward_count",
                        serialize=False,
                        to="streaks.milestone",
                    ),
                ),
                ("limit", models.PositiveIntegerField(null=True)),
                ("issued", models.PositiveIntegerField()),
                ("owed", models.PositiveIntegerField(default=0)),
            ],
            {
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("owed__lte", models.F("issued"))), name="reward_count_owes_what_it_counts"
                    ),
                ],
            },
        ),
        migrations.AddField(
            "rewardlog", "is_beyond_limit", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.RunPython(on_postgresql(_ISSUE), migrations.RunPython.noop),
    ]
