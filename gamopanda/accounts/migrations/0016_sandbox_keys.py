"""Sandbox keys: apart from the columns of members, which a log locks in another order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column."""

    dependencies = [("accounts", "0015_member_zones")]

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
    ]
