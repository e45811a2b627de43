"""Indexes by which members are found: by the beginning of a name, an address or an external id, in any case."""

from django.db import migrations

from gamopanda.conf.statements import on_postgresql

FIELDS = ("external_id", "last_name", "first_name", "email")


def _make():
    for field in FIELDS:
        yield f"DROP INDEX CONCURRENTLY IF EXISTS member_by_{field}"
        yield f"CREATE INDEX CONCURRENTLY member_by_{field} ON accounts_member (upper({field}) text_pattern_ops)"


def _drop():
    for field in FIELDS:
        yield f"DROP INDEX CONCURRENTLY IF EXISTS member_by_{field}"


class Migration(migrations.Migration):
    """Django knows nothing of them: on SQLite a search reads the table."""

    atomic = False
    dependencies = [("accounts", "0010_language_default")]

    operations = [migrations.RunPython(on_postgresql(*_make()), on_postgresql(*_drop()))]
