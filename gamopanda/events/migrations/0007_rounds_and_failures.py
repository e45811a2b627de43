from django.db import migrations, models
from django.db.models import Q

from gamopanda.conf.statements import AddIndexWithoutLock


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('events', '0006_sandbox'),
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
