"""Indexes for following logs and runs, made while the tables are in use."""

from django.db import migrations, models

from streaks.statements import AddIndexWithoutLock


class Migration(migrations.Migration):
    """Outside of a transaction, which PostgreSQL asks for."""

    atomic = False

    dependencies = [("streaks", "0022_positions")]

    operations = [
        AddIndexWithoutLock("streaklog", models.Index(fields=["position", "id"], name="log_by_position")),
        AddIndexWithoutLock("streakprogress", models.Index(fields=["position", "id"], name="run_by_position")),
    ]
