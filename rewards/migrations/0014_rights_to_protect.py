"""Support restores runs and gives freezes; marketers declare amnesties too."""

from importlib import import_module

from django.db import migrations

permission = import_module("rewards.migrations.0002_groups").permission

BOTH = [("streakexcuse", "view"), ("streakfreeze", "view"), ("streakfreeze", "add")]


def allow(apps, schema_editor):
    """Give the rights to the groups, where they were not deleted."""
    restore = _right(apps, "restore_run", "Can restore a run")
    any_run = _right(apps, "restore_any_run", "Can restore a run whatever was missed")
    both = [permission(apps, "streaks", model, verb) for model, verb in BOTH]
    excuse = permission(apps, "streaks", "streakexcuse", "add")
    _give(apps, "Support", restore, *both)
    _give(apps, "Marketer", restore, any_run, excuse, *both)


def _right(apps, codename, name):
    permission(apps, "streaks", "streakexcuse", "view")
    kind = apps.get_model("contenttypes", "ContentType").objects.get(app_label="streaks", model="streakexcuse")
    made, _is_new = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": name}
    )
    return made


def _give(apps, name, *permissions):
    group = apps.get_model("auth", "Group").objects.filter(name=name).first()
    if group is not None:
        group.permissions.add(*permissions)


class Migration(migrations.Migration):
    """Whoever installs the product can take them back on the pages of the groups."""

    dependencies = [
        ("rewards", "0013_index_beyond_limit"),
        ("streaks", "0019_restore_rights"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
