"""Integrators look at the latest calls of their servers."""

from importlib import import_module

from django.db import migrations

permission = import_module("rewards.migrations.0002_groups").permission


def allow(apps, schema_editor):
    """Give the right to the group, where it was not deleted."""
    group = apps.get_model("auth", "Group").objects.filter(name="Integrator").first()
    if group is not None:
        group.permissions.add(permission(apps, "accounts", "recentcall", "view"))


class Migration(migrations.Migration):
    """A superuser can take it back on the page of the group."""

    dependencies = [
        ("rewards", "0022_rights_to_zones"),
        ("accounts", "0017_recent_calls"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
