"""Pauses are applied to members one by one where there are freezes; those of the past have been."""

from django.db import migrations, models


def mark(apps, schema_editor):
    """Streaks have few pauses: one statement for all."""
    apps.get_model("streaks", "StreakPause").objects.update(applied_at=models.F("ended_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('streaks', '0026_versions_of_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='streakpause',
            name='applied_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='applied at'),
        ),
        migrations.AddField(
            model_name='streakpause',
            name='applied_members',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='applied to'),
        ),
        migrations.AddField(
            model_name='streakpause',
            name='applied_through',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='streakpause',
            name='total_members',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='members'),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
