"""Members who were merged into another one: their rows stay, as aliases."""

import django.db.models.deletion
import django.db.models.manager
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_own_facts'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='member',
            options={'base_manager_name': 'everybody', 'ordering': ['-created_at', '-id'], 'verbose_name': 'member', 'verbose_name_plural': 'members'},
        ),
        migrations.AlterModelManagers(
            name='member',
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everybody', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name='member',
            name='merged_into',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='former_members', to='accounts.member'),
        ),
        migrations.CreateModel(
            name='MemberMerge',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('author', models.CharField(help_text='Who did it: a person here, or an API key.', max_length=256, verbose_name='author')),
                ('reason', models.CharField(blank=True, help_text='Why, such as “signed up twice”. May stay empty.', max_length=1024, verbose_name='reason')),
                ('merged', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='merge', to='accounts.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'merge of members',
                'verbose_name_plural': 'merges of members',
                'ordering': ['-created_at', '-id'],
            },
        ),
    ]
