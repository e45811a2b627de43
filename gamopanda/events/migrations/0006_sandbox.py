"""Endpoints of the sandbox get the events of sandbox members, and no others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column."""

    dependencies = [("events", "0005_reminder_help_texts")]

    operations = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="sandbox",
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name="sandbox"),
        ),
    ]
