"""An index by which logs are found by the beginning of an identifier too, in the place of one for the whole alone."""

from django.db import migrations, models

from streaks.statements import AddIndexWithoutLock, RemoveIndexWithoutLock


class Migration(migrations.Migration):
    """The new index is there before the old one goes."""

    atomic = False
    dependencies = [("streaks", "0030_index_runs_with_freezes")]

    operations = [
        AddIndexWithoutLock(
            "streaklog",
            models.Index(fields=["unique_identifier"], opclasses=["text_pattern_ops"], name="log_by_identifier_start"),
        ),
        RemoveIndexWithoutLock("streaklog", "log_by_identifier"),
    ]
