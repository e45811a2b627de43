"""Help texts of reminder rules, with examples."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0004_reminder_rights'),
    ]

    operations = [
        migrations.AlterField(
            model_name='reminderrule',
            name='days_before',
            field=models.PositiveSmallIntegerField(default=3, help_text='How many days before the reward expires, from 1 to 60, such as 3. The event reward.expiring comes as early, whether the reminder is on or off.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='days before'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='hours_before',
            field=models.PositiveSmallIntegerField(default=3, help_text='How many hours before the period ends, from 1 to 24, for example 3 for nine in the evening.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(24)], verbose_name='hours before'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='is_on',
            field=models.BooleanField(default=False, help_text='Whether it is sent; off, for example, until every language has its text.', verbose_name='on'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='local_hour',
            field=models.PositiveSmallIntegerField(default=10, help_text="At which full hour of the member's day it comes, such as 10: outside of the quiet hours.", validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(23)], verbose_name='hour of the day'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='minimum_value',
            field=models.PositiveSmallIntegerField(default=1, help_text='Only for runs with so many completed periods or more, such as 3: nobody misses a run of one day.', validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10000)], verbose_name='from a value of'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='periods_to_go',
            field=models.PositiveSmallIntegerField(default=1, help_text='At most so many periods before the next milestone, from 1 to 31, such as 2.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='periods to go'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='way',
            field=models.CharField(choices=[('event', 'event, for a system of your own'), ('email', 'e-mail')], default='event', help_text='As the event reminder.due, such as for a push message of your own app; or as an e-mail to members who have an address.', max_length=5, verbose_name='way'),
        ),
    ]
