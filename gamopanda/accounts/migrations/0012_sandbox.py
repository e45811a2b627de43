"""Sandbox keys, and members with clocks of their own; new columns with defaults of the database lock nothing for long."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns."""

    dependencies = [("accounts", "0011_member_search")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="sandbox",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A key for trying things out, for example in tests: its members count nowhere, and have "
                "clocks of their own. It cannot be changed later.",
                verbose_name="sandbox",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="sandbox",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether the member was made with a sandbox key, for example by a test: it counts nowhere.",
                verbose_name="sandbox",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="clock_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="own clock"),
        ),
    ]
