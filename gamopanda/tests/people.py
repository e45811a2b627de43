"""People who sign in to the administration, for tests."""

from importlib import import_module

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client


def make_groups() -> None:
    """Make the groups as the migration does: tests that empty the database lose what migrations made."""
    import_module("rewards.migrations.0002_groups").make_groups(apps, None)
    import_module("rewards.migrations.0011_support_adds_activity").allow(apps, None)
    import_module("rewards.migrations.0014_rights_to_protect").allow(apps, None)
    import_module("rewards.migrations.0022_rights_to_zones").allow(apps, None)
    import_module("rewards.migrations.0018_rights_to_change_rules").allow(apps, None)
    import_module("rewards.migrations.0021_support_pauses_members").allow(apps, None)
    import_module("gamopanda.events.migrations.0002_groups").allow(apps, None)
    import_module("gamopanda.events.migrations.0004_reminder_rights").allow(apps, None)


def make_person(group: str = "") -> User:
    """Make somebody who may sign in, as a member of a group or of none."""
    make_groups()
    person = User.objects.create_user(group.lower() or "groupless", is_staff=True)
    person.groups.set(Group.objects.filter(name=group))
    return person


def signed_in(group: str = "") -> Client:
    """Return a browser in which a member of a group, or of none, has signed in."""
    client = Client()
    client.force_login(make_person(group))
    return client
