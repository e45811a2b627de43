"""An index of logs in the order in which they come: a page is full when the next begins, and takes half of the room."""

from django.db import migrations, models

from streaks.statements import AddIndexWithoutLock, RemoveIndexWithoutLock


class Migration(migrations.Migration):
    """Lists read it backwards. The old one goes when the new one is there."""

    atomic = False

    dependencies = [("streaks", "0038_plain_help_texts")]

    operations = [
        AddIndexWithoutLock("streaklog", models.Index(fields=["created_at", "id"], name="log_by_creation")),
        RemoveIndexWithoutLock("streaklog", "log_newest"),
    ]
