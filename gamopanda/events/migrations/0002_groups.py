"""Integrators look after webhook endpoints."""

from importlib import import_module

from django.db import migrations

permission = import_module("rewards.migrations.0002_groups").permission
RIGHTS = {"webhookendpoint": ["add", "change", "delete", "view"], "delivery": ["view"], "event": ["view"]}


def allow(apps, schema_editor):
    """Give the rights to the group, where it was not deleted."""
    group = apps.get_model("auth", "Group").objects.filter(name="Integrator").first()
    if group is not None:
        rights = [(model, verb) for model, verbs in RIGHTS.items() for verb in verbs]
        group.permissions.add(*(permission(apps, "events", model, verb) for model, verb in rights))


class Migration(migrations.Migration):
    """Whoever installs the product can take them back on the page of the group."""

    dependencies = [("events", "0001_initial"), ("rewards", "0017_position_indexes")]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
