from django.db import migrations, models
from django.db.models import Q

from streaks.statements import AddIndexWithoutLock


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('events', '0003_used_freezes'),
    ]

    operations = [
        migrations.CreateModel(
            name='CommandRound',
            fields=[
                ('command', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('finished_at', models.DateTimeField()),
            ],
        ),
        AddIndexWithoutLock(
            model_name='delivery',
            index=models.Index(
                condition=Q(status__in=['failed', 'dropped']), fields=['endpoint', 'created_at'], name='delivery_lost',
            ),
        ),
    ]
