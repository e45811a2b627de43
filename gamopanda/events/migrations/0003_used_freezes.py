"""Freezes that were used are told of later, and members can be reminded of them."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0002_groups'),
    ]

    operations = [
        migrations.CreateModel(
            name='FollowedStreak',
            fields=[
                ('streak_id', models.UUIDField(primary_key=True, serialize=False)),
                ('freezes_until', models.DateTimeField(null=True)),
                ('freezes_target', models.DateTimeField(null=True)),
                ('freezes_through', models.UUIDField(null=True)),
                ('rewards_until', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AlterField(
            model_name='reminder',
            name='type',
            field=models.CharField(choices=[('at_risk', 'about to break'), ('reward_expiring', 'reward about to expire'), ('milestone_near', 'milestone near'), ('broken', 'broken'), ('freeze_used', 'freeze used')], max_length=16, verbose_name='reminder'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='minimum_value',
            field=models.PositiveSmallIntegerField(default=1, help_text='About to break, broken and freeze used: only runs with so many completed periods, such as 3.', validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10000)], verbose_name='from a value of'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='type',
            field=models.CharField(choices=[('at_risk', 'about to break'), ('reward_expiring', 'reward about to expire'), ('milestone_near', 'milestone near'), ('broken', 'broken'), ('freeze_used', 'freeze used')], max_length=16, verbose_name='reminder'),
        ),
        migrations.CreateModel(
            name='UsedFreeze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run_id', models.UUIDField()),
                ('period_key', models.DateField()),
                ('due_at', models.DateTimeField()),
                ('is_open', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['due_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('is_open', True)), fields=['due_at', 'id'], name='used_freeze_due')],
                'constraints': [models.UniqueConstraint(fields=('run_id', 'period_key'), name='used_freeze_once')],
            },
        ),
    ]
