"""The index that finds the few members of the sandbox, made beside writers on PostgreSQL."""

from django.db import migrations, models

INDEX = models.Index(condition=models.Q(sandbox=True), fields=["id"], name="member_sandbox")


def forwards(apps, schema_editor):
    """Make it; what was begun and not finished is made anew."""
    backwards(apps, schema_editor)
    statement = str(INDEX.create_sql(apps.get_model("accounts", "Member"), schema_editor))
    if schema_editor.connection.vendor == "postgresql":
        statement = statement.replace("INDEX", "INDEX CONCURRENTLY", 1)
    schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    """Drop it, where it is."""
    how = "CONCURRENTLY IF EXISTS" if schema_editor.connection.vendor == "postgresql" else "IF EXISTS"
    schema_editor.execute(f"DROP INDEX {how} {schema_editor.quote_name(INDEX.name)}")


class Migration(migrations.Migration):
    """Outside of a transaction, which PostgreSQL asks for."""

    atomic = False

    dependencies = [("accounts", "0012_sandbox")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[migrations.AddIndex("member", INDEX)],
        )
    ]
