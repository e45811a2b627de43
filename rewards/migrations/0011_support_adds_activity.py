"""Support can add activity by hand."""

from importlib import import_module

from django.db import migrations

permission = import_module("rewards.migrations.0002_groups").permission


def allow(apps, schema_editor):
    """Give the right to the group, where it was not deleted."""
    group = apps.get_model("auth", "Group").objects.filter(name="Support").first()
    if group is not None:
        group.permissions.add(permission(apps, "streaks", "streaklog", "add"))


class Migration(migrations.Migration):
    """Whoever installs the product can take it back on the page of the group."""

    dependencies = [
        ("rewards", "0010_code_keys_once"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
