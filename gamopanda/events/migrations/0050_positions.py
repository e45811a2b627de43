"""Positions for events, whose list can be followed. No statement writes the table anew."""

from django.db import migrations, models

import gamopanda.api.positions


class Migration(migrations.Migration):
    """The index comes in the next one."""

    dependencies = [("events", "0001_initial"), ("streaks", "0050_positions")]

    operations = [
        migrations.AddField("event", "position", models.BigIntegerField(db_default=0, editable=False)),
        migrations.AlterField("event", "position", gamopanda.api.positions.PositionField()),
    ]
