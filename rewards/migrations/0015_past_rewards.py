"""Requests to reward those who stood at a milestone when it went live."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0014_rights_to_protect"),
        ("streaks", "0018_set_aside_logs"),
    ]

    operations = [
        migrations.CreateModel(
            "PastRewards",
            [
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("requested_at", models.DateTimeField()),
                ("applied_through", models.UUIDField(null=True)),
                ("rewarded_members", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "milestone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_rewards",
                        to="streaks.milestone",
                    ),
                ),
            ],
        ),
    ]
