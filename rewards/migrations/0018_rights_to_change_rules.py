"""Marketers change rules and keep holiday calendars; support looks at both."""

from importlib import import_module

from django.db import migrations

permission = import_module("rewards.migrations.0002_groups").permission

RIGHTS = {
    "Marketer": {"streakrules": ["view", "add"], "holidaycalendar": ["view", "add", "change", "delete"]},
    "Support": {"streakrules": ["view"], "holidaycalendar": ["view"]},
}


def allow(apps, schema_editor):
    """Give the rights to the groups, where they were not deleted."""
    for name, models in RIGHTS.items():
        group = apps.get_model("auth", "Group").objects.filter(name=name).first()
        if group is not None:
            rights = [permission(apps, "streaks", model, verb) for model, verbs in models.items() for verb in verbs]
            group.permissions.add(*rights)


class Migration(migrations.Migration):
    """Who installs the product can take them back on the pages of the groups."""

    dependencies = [
        ("rewards", "0017_position_indexes"),
        ("streaks", "0026_versions_of_rules"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
