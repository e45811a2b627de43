"""Room on the pages of totals, which are updated by nearly every log: a new version stays beside the one before.

With every tenth of a page left free all updates are such, of two logs a period and of four; with full pages 94 and 97
in 100. Runs get no such room: the indexes by their last period and by their deadline move with them wherever they lie.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def leave_room(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fill pages to nine tenths from now on; SQLite knows no such thing."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE streaks_taskprogress SET (fillfactor = 90)")


def fill_pages(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fill pages as by default."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE streaks_taskprogress RESET (fillfactor)")


class Migration(migrations.Migration):
    """What is stored stays where it is."""

    dependencies = [("streaks", "0005_log_by_identifier")]

    operations = [migrations.RunPython(leave_room, fill_pages)]
