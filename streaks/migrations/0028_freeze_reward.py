"""Milestones can give freezes, along with a code or instead of one."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("streaks", "0027_applied_pauses"),
    ]

    operations = [
        migrations.AddField(
            "milestone",
            "freeze_reward",
            models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="How many freezes it gives, for example 1, with a code or instead of one; 0: none. A member never gets more than the streak allows.",
                validators=[django.core.validators.MaxValueValidator(10)],
                verbose_name="freezes",
            ),
        ),
        migrations.AlterField(
            "milestone",
            "coupon_source",
            models.CharField(
                choices=[
                    ("generated", "generated"),
                    ("fixed", "fixed"),
                    ("pool", "pool"),
                    ("external", "external"),
                    ("none", "none"),
                ],
                default="generated",
                help_text="“generated”: a new code for every reward; “fixed”: one code for all, such as SPRING10; “pool”: codes that you upload, such as those of your shop system; “external”: your own system fills it in later; “none”: no code, for a milestone that gives freezes alone.",
                max_length=9,
                verbose_name="coupon source",
            ),
        ),
        migrations.AddConstraint(
            "milestone",
            models.CheckConstraint(condition=models.Q(("freeze_reward__lte", 10)), name="milestone_freezes_in_range"),
        ),
        migrations.AddConstraint(
            "milestone",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("coupon_source", "none"), _negated=True), ("freeze_reward__gte", 1), _connector="OR"
                ),
                name="milestone_gives_something",
            ),
        ),
    ]
