"""Support can pause a member who looks suspicious."""

from importlib import import_module

from django.db import migrations

permission = import_module("rewards.migrations.0002_groups").permission


def allow(apps, schema_editor):
    """Give the right to the group, where it was not deleted."""
    permission(apps, "accounts", "member", "view")
    kind = apps.get_model("contenttypes", "ContentType").objects.get(app_label="accounts", model="member")
    right, _is_new = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename="pause_member", defaults={"name": "Can pause a member"}
    )
    group = apps.get_model("auth", "Group").objects.filter(name="Support").first()
    if group is not None:
        group.permissions.add(right)


class Migration(migrations.Migration):
    """Who installs the product can take it back on the page of the group."""

    dependencies = [("rewards", "0020_reward_search"), ("accounts", "0014_pause_right")]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
