"""Milestones can have a limit of rewards."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("streaks", "0016_protection"),
    ]

    operations = [
        migrations.AddField(
            "milestone",
            "reward_limit",
            models.PositiveIntegerField(
                blank=True,
                help_text="How many rewards are given in all, such as 500. Later ones wait, and follow, the oldest first, when you raise the limit. Empty: there is no limit.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1000000000),
                ],
                verbose_name="reward limit",
            ),
        ),
    ]
