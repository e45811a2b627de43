from django.db import migrations, models

import gamopanda.icons.fields

LANGUAGES = ("en", "es", "fr", "de", "pt", "ar", "hi", "ja")
# The default language: what was stored so far was shown in all languages, and goes on being shown in them.
TAKE_OVER = "UPDATE streaks_streak SET eud_icon_en = eud_icon WHERE eud_icon <> ''"
GIVE_BACK = "UPDATE streaks_streak SET eud_icon = COALESCE(eud_icon_en, '')"


def column():
    return models.FileField(
        blank=True,
        max_length=255,
        null=True,
        upload_to=gamopanda.icons.fields.icon_path,
        validators=[gamopanda.icons.fields.validate_icon],
        verbose_name="icon",
    )


class Migration(migrations.Migration):
    dependencies = [("streaks", "0010_functions_anew")]

    operations = [
        *(
            migrations.AddField(model_name="streak", name=f"eud_icon_{language}", field=column())
            for language in LANGUAGES
        ),
        migrations.RunSQL(TAKE_OVER, GIVE_BACK),
    ]
