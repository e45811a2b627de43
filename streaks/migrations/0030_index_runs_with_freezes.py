"""An index for the runs that freezes can save, made while the table is in use."""

from django.db import migrations, models

from streaks.statements import AddIndexWithoutLock


class Migration(migrations.Migration):
    """Outside of a transaction, which PostgreSQL asks for."""

    atomic = False

    dependencies = [("streaks", "0029_freeze_used_message")]

    operations = [
        AddIndexWithoutLock(
            "streakprogress",
            models.Index(
                fields=["streak", "id"],
                condition=models.Q(("frozen_periods__isnull", False), ("stored_status", "in_progress")),
                name="run_with_freezes",
            ),
        ),
    ]
