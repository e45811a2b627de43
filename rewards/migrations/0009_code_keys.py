"""Columns for the keys of codes. None of them makes PostgreSQL write a table anew; they are filled in the next one."""

from django.db import migrations, models

import rewards.code_keys
import streaks.validators
from streaks.statements import on_postgresql

# As 0006 made it, for processes of the last version, which do not say what a new reward has in the column that is never
# NULL.
_ISSUE = """
CREATE OR REPLACE FUNCTION rewards_issue(rewards json) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ids json;
    empty rewards_rewardlog := json_populate_record(NULL::rewards_rewardlog, '{"is_code_double": false}');
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
    """A double is a code that was taken while another way of writing it was there already."""

    dependencies = [
        ("rewards", "0008_run_that_earned"),
        ("streaks", "0014_texts_and_codes"),
    ]

    operations = [
        migrations.AddField("poolcode", "code_key", rewards.code_keys.CodeKeyField("code")),
        migrations.AddField(
            "poolcode", "is_double", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.AddField("rewardlog", "coupon_key", rewards.code_keys.CodeKeyField("coupon_code")),
        migrations.AddField(
            "rewardlog", "is_code_double", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.AlterField(
            "rewardlog",
            "coupon_code",
            models.CharField(
                blank=True,
                help_text="What the member enters to use the reward, such as SAVE5-7KQ2MW9X. It can be replaced by another.",
                max_length=256,
                null=True,
                validators=[streaks.validators.validate_code],
                verbose_name="coupon code",
            ),
        ),
        migrations.RunPython(on_postgresql(_ISSUE), migrations.RunPython.noop),
    ]
