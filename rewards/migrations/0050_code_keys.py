"""Columns for the keys of codes. None of them makes PostgreSQL write a table anew; they are filled in the next one."""

from django.db import migrations, models

import rewards.code_keys
import streaks.validators


class Migration(migrations.Migration):
    """A double is a code that was taken while another way of writing it was there already."""

    dependencies = [
        ("rewards", "0007_newest_of_a_streak"),
        ("streaks", "0051_codes_of_one_line"),
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
    ]
