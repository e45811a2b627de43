"""Members with clocks of their own; new columns with defaults of the database lock nothing for long."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns."""

    dependencies = [("accounts", "0011_member_search")]

    operations = [
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
