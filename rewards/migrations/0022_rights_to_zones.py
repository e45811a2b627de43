"""Support changes time zones of members at once; marketers look at them."""

from importlib import import_module

from django.db import migrations

permission = import_module("rewards.migrations.0002_groups").permission

RIGHTS = {"Support": ("view", "add"), "Marketer": ("view",)}


def allow(apps, schema_editor):
    """Give the rights to the groups, where they were not deleted."""
    for name, verbs in RIGHTS.items():
        group = apps.get_model("auth", "Group").objects.filter(name=name).first()
        if group is not None:
            group.permissions.add(*(permission(apps, "accounts", "memberzone", verb) for verb in verbs))


class Migration(migrations.Migration):
    """Whoever installs the product can take them back on the pages of the groups."""

    dependencies = [
        ("rewards", "0021_support_pauses_members"),
        ("accounts", "0015_member_zones"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
