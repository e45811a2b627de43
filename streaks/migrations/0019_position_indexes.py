"""Indexes for following logs and runs, made beside writers on PostgreSQL."""

from django.db import migrations, models

INDEXES = [
    ("streaklog", models.Index(fields=["position", "id"], name="log_by_position")),
    ("streakprogress", models.Index(fields=["position", "id"], name="run_by_position")),
]


def forwards(apps, schema_editor):
    """Make them; what was begun and not finished is made anew."""
    backwards(apps, schema_editor)
    for model, index in INDEXES:
        statement = str(index.create_sql(apps.get_model("streaks", model), schema_editor))
        if schema_editor.connection.vendor == "postgresql":
            statement = statement.replace("INDEX", "INDEX CONCURRENTLY", 1)
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    """Drop them, where they are."""
    how = "CONCURRENTLY IF EXISTS" if schema_editor.connection.vendor == "postgresql" else "IF EXISTS"
    for _model, index in INDEXES:
        schema_editor.execute(f"DROP INDEX {how} {schema_editor.quote_name(index.name)}")


class Migration(migrations.Migration):
    """Outside of a transaction, which PostgreSQL asks for."""

    atomic = False

    dependencies = [("streaks", "0018_positions")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[migrations.AddIndex(model, index) for model, index in INDEXES],
        )
    ]
