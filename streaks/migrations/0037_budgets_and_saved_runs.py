"""Another migration than that of milestones: locks on both tables at once could wait for a log, and it for them."""

import django.core.validators
import django.db.models.deletion
import streaks.fields
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('streaks', '0036_few_edits'),
    ]

    operations = [
        migrations.AddField(
            model_name='streak',
            name='reward_budget',
            field=streaks.fields.ExactDecimalField(blank=True, help_text='What the rewards may cost in all, in the currency of their values, such as 5000. Results say how much of it is used, and how long it lasts. Nothing stops when it is used up. Empty: there is none.', null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.0001'))], verbose_name='budget for rewards'),
        ),
        migrations.CreateModel(
            name='SavedTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField()),
                ('saved_by', models.CharField(choices=[('frozen', 'freeze'), ('member_break', 'break of a member'), ('restoration', 'restoration'), ('amnesty', 'amnesty')], max_length=12)),
                ('runs', models.PositiveIntegerField()),
                ('streak', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='saved_tallies', to='streaks.streak')),
            ],
            options={
                'verbose_name': 'tally of saved runs',
                'verbose_name_plural': 'tallies of saved runs',
                'constraints': [models.UniqueConstraint(fields=('streak', 'starts_on', 'saved_by'), name='saved_tally_once')],
            },
        ),
    ]
