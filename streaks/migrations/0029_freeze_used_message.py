"""What members read while a freeze has just saved their streak."""

from django.db import migrations, models

import streaks.validators

NAME = "eud_freeze_used_message"
LANGUAGES = ("en", "es", "fr", "de", "pt", "ar", "hi", "ja")


def message(**options):
    return models.CharField(
        blank=True,
        help_text="After a freeze has saved the streak, such as “Saved! You have {{freezesLeft}} of {{freezeMaxCount}} left.”",
        max_length=256,
        validators=[streaks.validators.validate_message],
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("streaks", "0028_freeze_reward"),
    ]

    operations = [
        # The database has a default for processes of earlier versions, which do not know the column.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AddField("streak", NAME, message(db_default=""))],
            state_operations=[migrations.AddField("streak", NAME, message())],
        ),
        *(migrations.AddField("streak", f"{NAME}_{language}", message(null=True)) for language in LANGUAGES),
    ]
