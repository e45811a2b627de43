"""A reward need not have a code: its milestone may give freezes alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0018_rights_to_change_rules"),
        ("streaks", "0028_freeze_reward"),
    ]

    operations = [
        migrations.AlterField(
            "rewardlog",
            "coupon_source",
            models.CharField(
                choices=[
                    ("generated", "generated"),
                    ("fixed", "fixed"),
                    ("pool", "pool"),
                    ("external", "external"),
                    ("none", "none"),
                ],
                editable=False,
                max_length=9,
            ),
        ),
    ]
