"""Marketers write reminders, and support sees what became of them."""

from importlib import import_module

from django.db import migrations

permission = import_module("rewards.migrations.0002_groups").permission
RIGHTS = {
    "Marketer": {"reminderrule": ["add", "change", "delete", "view"], "reminder": ["view"]},
    "Support": {"reminderrule": ["view"], "reminder": ["view"]},
}


def allow(apps, schema_editor):
    """Give the rights to the groups that were not deleted."""
    for name, models in RIGHTS.items():
        group = apps.get_model("auth", "Group").objects.filter(name=name).first()
        if group is not None:
            rights = [(model, verb) for model, verbs in models.items() for verb in verbs]
            group.permissions.add(*(permission(apps, "events", model, verb) for model, verb in rights))


class Migration(migrations.Migration):
    """Whoever installs the product can take them back on the page of the group."""

    dependencies = [("events", "0003_used_freezes"), ("rewards", "0020_reward_search")]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
